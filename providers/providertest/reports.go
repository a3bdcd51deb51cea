package providertest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

func testNoReport(t *testing.T, a providers.Adapter) {
	for _, junk := range []string{
		"", "\n", " ", "hello\n", "a,b,c\n1,2,3\n", "\xff\xfea\x00,\x00b\x00\n\x00",
		"\x1f\x8b", "\x1f\x8b\x08\x00\x00", "PK\x03\x04\x00\x00",
		"null", "[1]", `"x"`, "{", "[", `{"a":1}`, strings.Repeat("[", 100_000),
		strings.Repeat("x", 1<<20), "\x00\x00\x00\n", ",,,,\n,,,,\n",
	} {
		if r := text(a, []byte(junk), providers.ReportOptions{}); !r.wrong() || len(r.outcomes) > 0 {
			t.Errorf("%.40q: expected an error, found %d outcomes", junk, len(r.outcomes))
		}
	}
}

func testReport(t *testing.T, a providers.Adapter, f Report) {
	whole := text(a, f.Text, f.Options)
	t.Run("whole", func(t *testing.T) { testWhole(t, whole, f) })
	if whole.err != nil {
		return
	}
	t.Run("forms", func(t *testing.T) { testForms(t, a, whole, f) })
	t.Run("pieces", func(t *testing.T) { testPieces(t, a, whole, f) })
	t.Run("cut short", func(t *testing.T) { testCut(t, a, whole, f) })
	t.Run("altered", func(t *testing.T) { testAltered(t, a, whole, f) })
	t.Run("twice", func(t *testing.T) { testTwice(t, a, whole, f) })
	t.Run("at once", func(t *testing.T) { testAtOnce(t, a, whole, f) })
}

func testWhole(t *testing.T, whole reading, f Report) {
	switch {
	case whole.err != nil:
		t.Errorf("expected a report, found the error %v", whole.err)
		return
	case whole.format != f.Format:
		t.Errorf("expected the format %q, found %q", f.Format, whole.format)
	case len(whole.bad) != f.Errors:
		t.Errorf("expected %d lines that cannot be read, found %d: %v", f.Errors, len(whole.bad), whole.bad)
	}
	sound(t, whole, f.Options, f.Separator != 0)
	for i := range whole.outcomes {
		if o := &whole.outcomes[i]; o.At.IsZero() && o.Kind != providers.Other && o.Kind != providers.Unknown {
			t.Errorf("line %d: expected the time of an outcome of kind %s, found none", o.Line, o.Kind)
		}
	}
	if lines := rows(f); f.Separator != 0 && len(whole.order) != lines {
		t.Errorf("expected an outcome or an error for each of %d lines, found %d", lines, len(whole.order))
	}
	if f.Sums != nil {
		want := map[string]string{}
		for _, s := range f.Sums {
			want[batch(s.Batch, s.Receiver, s.Net)] = s.Net.String()
		}
		if diff := cmp.Diff(want, sums(whole.outcomes)); diff != "" {
			t.Errorf("sums of batch, receiver and currency (- expected, + found):\n%s", diff)
		}
	}
}

// rows counts the lines of a table that are neither a header nor its end.
func rows(f Report) (n int) {
	lines := strings.Split(strings.TrimPrefix(string(f.Text), "\ufeff"), "\n")
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" && l != strings.TrimSpace(lines[0]) && l != f.End {
			n++
		}
	}
	return n
}

func batch(batch, receiver string, net money.Amount) string {
	return fmt.Sprintf("batch %q, receiver %q, %s", batch, receiver, net.Currency())
}

func sums(outcomes []providers.Outcome) map[string]string {
	sum := map[string]money.Amount{}
	for _, o := range outcomes {
		if o.Net.Currency() != "" {
			k := batch(o.Batch, o.Receiver, o.Net)
			sum[k] = money.Sum(o.Net.Currency(), sum[k], o.Net)
		}
	}
	text := map[string]string{}
	for k, s := range sum {
		text[k] = s.String()
	}
	return text
}

// testForms reads the report in other forms, in which it must say the same.
func testForms(t *testing.T, a providers.Adapter, whole reading, f Report) {
	for name, form := range forms(f) {
		got := text(a, form, f.Options)
		if diff := differ(whole, got); diff != "" {
			t.Errorf("%s: expected the same as of the report itself (-), found (+):\n%s", name, diff)
		}
	}
}

// differ says how what was read of two forms of a report differs, errors by line alone.
func differ(whole, got reading) string {
	var b strings.Builder
	if whole.format != got.format || (whole.err == nil) != (got.err == nil) {
		fmt.Fprintf(&b, "- %s, error %v\n+ %s, error %v\n", whole.format, whole.err, got.format, got.err)
	}
	lines := func(bad []*providers.LineError) (n []int) {
		for _, e := range bad {
			n = append(n, e.Line)
		}
		return n
	}
	b.WriteString(cmp.Diff(lines(whole.bad), lines(got.bad)))
	b.WriteString(cmp.Diff(whole.outcomes, got.outcomes))
	return b.String()
}

// testPieces reads from readers that give little at a time, or fail.
func testPieces(t *testing.T, a providers.Adapter, whole reading, f Report) {
	for name, r := range map[string]io.Reader{
		"a byte at a time":      iotest.OneByteReader(bytes.NewReader(f.Text)),
		"the end with the last": iotest.DataErrReader(bytes.NewReader(f.Text)),
		"halves":                iotest.HalfReader(bytes.NewReader(f.Text)),
	} {
		if diff := differ(whole, read(a, r, f.Options)); diff != "" {
			t.Errorf("%s: expected the same (-), found (+):\n%s", name, diff)
		}
	}
	broken := errors.New("the disk is on fire")
	for _, n := range []int{0, 10, len(f.Text) / 2, len(f.Text)} {
		r := read(a, io.MultiReader(bytes.NewReader(f.Text[:n]), iotest.ErrReader(broken)), f.Options)
		if !errors.Is(r.err, broken) {
			t.Errorf("a reader that fails after %d bytes: expected its error, found %v", n, r.err)
		}
	}
}

func testAtOnce(t *testing.T, a providers.Adapter, whole reading, f Report) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if diff := differ(whole, text(a, f.Text, f.Options)); diff != "" {
				t.Errorf("read by several goroutines: expected the same (-), found (+):\n%s", diff)
			}
		})
	}
	all.Wait()
}
