package reports_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/internal/lab/reports"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/posting"
)

// A sample is what was written, by the name of the file.
type sample struct {
	reports.Summary
	files  map[string]*bytes.Buffer
	breaks []reports.Break
}

type buffer struct{ *bytes.Buffer }

func (buffer) Close() error { return nil }

func newSample(t testing.TB, o reports.Options) sample {
	t.Helper()
	s := sample{files: map[string]*bytes.Buffer{}}
	o.Create = func(name string) (io.WriteCloser, error) {
		s.files[name] = new(bytes.Buffer)
		return buffer{s.files[name]}, nil
	}
	var err error
	if s.Summary, err = reports.Write(o); err != nil {
		t.Fatal(err)
	}
	var file struct {
		Provider string
		Breaks   []reports.Break
	}
	if err := json.Unmarshal(s.files[reports.BreaksFile].Bytes(), &file); err != nil {
		t.Fatal(err)
	}
	if file.Provider != o.Provider {
		t.Errorf("the breaks are of provider %q, expected %q", file.Provider, o.Provider)
	}
	s.breaks = file.Breaks
	return s
}

func ofEach(t *testing.T, do func(t *testing.T, provider string)) {
	for _, p := range reports.Providers() {
		t.Run(p, func(t *testing.T) { do(t, p) })
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	ofEach(t, func(t *testing.T, provider string) {
		a := newSample(t, reports.Options{Provider: provider, Payments: 200, Breaks: 1, Seed: 7})
		b := newSample(t, reports.Options{Provider: provider, Payments: 200, Breaks: 1, Seed: 7})
		c := newSample(t, reports.Options{Provider: provider, Payments: 200, Breaks: 1, Seed: 8})
		for name := range a.files {
			if !bytes.Equal(a.files[name].Bytes(), b.files[name].Bytes()) {
				t.Errorf("%s: the same seed made something else", name)
			}
			if other := c.files[name]; other != nil && bytes.Equal(a.files[name].Bytes(), other.Bytes()) {
				t.Errorf("%s: another seed made the same", name)
			}
		}
	})
}

// TestBreaksAreThere finds the asked number of breaks of every class, each at a line of its own that the report has.
func TestBreaksAreThere(t *testing.T) {
	ofEach(t, func(t *testing.T, provider string) {
		s := newSample(t, reports.Options{Provider: provider, Breaks: 5})
		found := map[reports.Class]int{}
		taken := map[string]bool{}
		for _, b := range s.breaks {
			found[b.Class]++
			if b.Class == reports.MissingAtProvider {
				if b.File != "" || b.Line != 0 {
					t.Errorf("expected no line of what the report does not have, found %s:%d", b.File, b.Line)
				}
				continue
			}
			lines := bytes.Count(s.files[b.File].Bytes(), []byte("\n"))
			if b.Line < 2 || b.Line > lines {
				t.Errorf("%s at %s:%d, expected a line from 2 to %d", b.Class, b.File, b.Line, lines)
			}
			if at := string(encode(t, []any{b.File, b.Line})); b.Class != reports.BalanceMismatch {
				if taken[at] {
					t.Errorf("two breaks at %s", at)
				}
				taken[at] = true
			}
		}
		if !maps.Equal(found, s.Breaks) {
			t.Errorf("%v in the file, %v in the summary", found, s.Breaks)
		}
		for _, c := range reports.Classes() {
			want, shown := 5, s.NotShown[c] == ""
			switch {
			case !shown && found[c] != 0:
				t.Errorf("%d breaks of %s, which is not shown", found[c], c)
			case c == reports.UnmatchedOther && found[c] > 0: // every batch has some
			case c == reports.MissingInLedger && provider == "antom" && found[c] >= want: // and pays out sellers
			case shown && found[c] != want:
				t.Errorf("%d breaks of %s, expected %d", found[c], c, want)
			}
		}
	})
}

func encode(t *testing.T, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestEventsAreAccepted posts the events of a sample; a ledger books every one.
func TestEventsAreAccepted(t *testing.T) {
	ofEach(t, func(t *testing.T, provider string) {
		post(t, ledgertest.Open(t, ledger.Options{}), newSample(t, reports.Options{Provider: provider, Breaks: 6}))
	})
}

// post posts the events of a sample to a ledger.
func post(t testing.TB, l *ledger.Ledger, s sample) *posting.Book {
	t.Helper()
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSuffix(s.files[reports.EventsFile].Bytes(), []byte("\n")), []byte("\n"))
	if len(lines) != s.Events {
		t.Errorf("%d events, the summary says %d", len(lines), s.Events)
	}
	for chunk := range slices.Chunk(lines, 1000) {
		var events []posting.Event
		for _, line := range chunk {
			e, err := posting.Decode(line)
			if err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			events = append(events, e)
		}
		for i, r := range book.PostBatch(t.Context(), events) {
			if r.Err != nil {
				t.Fatalf("%v: %s", r.Err, chunk[i])
			}
		}
	}
	return book
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for _, tt := range []struct {
		o    reports.Options
		want string
	}{
		{reports.Options{Provider: "northpay"}, `expected one of the providers adyen, antom, paysafe, xendit, found "northpay"`},
		{reports.Options{Provider: "adyen", Breaks: -1}, "expected payments and breaks of at least 0, found 0 and -1"},
		{reports.Options{Provider: "adyen", Breaks: 1, Payments: 5}, "expected at least 32 payments for 1 breaks of every class, found 5"},
	} {
		if _, err := reports.Write(tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Write(%+v): %v, expected %s", tt.o, err, tt.want)
		}
	}
}
