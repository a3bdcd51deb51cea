package reconcile

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/reconcile/internal/plain"
)

var update = flag.Bool("update", false, "write the golden files anew")

// compare runs a comparison over texts of reports.
func (b *books) compare(o Options, reports ...string) *Result {
	b.Helper()
	var paths []string
	for i, text := range reports {
		path := filepath.Join(b.TempDir(), fmt.Sprintf("report-%d", i+1))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
		paths = append(paths, path)
	}
	o.Ledger, o.Book, o.Adapter = b.ledger, b.book, plain.Adapter{}
	r, err := Compare(context.Background(), o, paths...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { r.Close() })
	return r
}

// text puts a result into lines, but for classes to leave out.
func text(t testing.TB, r *Result, without ...Class) string {
	t.Helper()
	var s strings.Builder
	for _, c := range Classes() {
		if r.Counts[c] > 0 && !slices.Contains(without, c) {
			fmt.Fprintf(&s, "%-20s %d\n", c, r.Counts[c])
		}
	}
	for b, err := range r.Breaks() {
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(without, b.Class) {
			continue
		}
		fmt.Fprintf(&s, "\n%s", b.Class)
		if b.Line > 0 {
			fmt.Fprintf(&s, " line %d", b.Line)
		}
		fmt.Fprintf(&s, " %s: books %s, provider %s", b.Reference, sideOf(b.Expected), sideOf(b.Found))
		if !b.Difference.IsZero() {
			fmt.Fprintf(&s, ", difference %s", b.Difference)
		}
		fmt.Fprintf(&s, "\n  %s\n", b.Hint)
	}
	for i := range r.Batches {
		b := &r.Batches[i]
		fmt.Fprintf(&s, "\nbatch %s: %d lines, %s, paid %s: %s\n", b.Batch, b.Lines, b.Net, b.Paid, b.State())
	}
	return s.String()
}

// postedText is what was posted, and what has changed since before.
func postedText(t testing.TB, r *Result, before string) string {
	t.Helper()
	var s strings.Builder
	if now := text(t, r); now != before {
		s.WriteString(now + "\n")
	}
	if p := r.Posting; p != nil {
		fmt.Fprintf(&s, "posted %d, duplicate %d, refused %d, taken up %d; open %d, waiting %d\n", p.Accepted, p.Duplicate, p.Refused, p.Waiting, r.Open(), r.Waiting)
		for _, why := range p.Why {
			fmt.Fprintf(&s, "  %s\n", why)
		}
	}
	return s.String()
}

func sideOf(x Side) string {
	if x.IsZero() {
		return "nothing"
	}
	parts := []string{}
	if x.Amount.Currency() != "" {
		parts = append(parts, x.Amount.String())
	}
	if x.State != "" {
		parts = append(parts, x.State)
	}
	return strings.Join(parts, " ")
}

// Each file in testdata has events, a report, and what comes of comparing it, of posting it, of posting it again, and what
// accounts have then.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			given := map[string]string{}
			var reports []string
			kept := []txtar.File{}
			for _, f := range a.Files {
				given[f.Name] = string(f.Data)
				if strings.HasPrefix(f.Name, "report") {
					reports = append(reports, string(f.Data))
				}
				if f.Name == "events" || f.Name == "later" || strings.HasPrefix(f.Name, "report") {
					kept = append(kept, f)
				}
			}
			b := open(t, given["events"])
			got := func(name, s string) { kept = append(kept, txtar.File{Name: name, Data: []byte(s)}) }
			compared := text(t, b.compare(Options{}, reports...))
			got("compared", compared)
			got("posted", postedText(t, b.compare(Options{Post: true}, reports...), compared))
			b.post(given["later"])
			got("posted again", postedText(t, b.compare(Options{Post: true}, reports...), compared))
			got("balances", b.balances())
			a.Files = kept
			if *update {
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			for _, f := range kept {
				if given[f.Name] != string(f.Data) {
					t.Errorf("%s: got\n%s\nwant\n%s", f.Name, f.Data, given[f.Name])
				}
			}
		})
	}
}

// balances lists what accounts have.
func (b *books) balances() string {
	var s strings.Builder
	for _, a := range ledgertest.Balances(b.ledger, nil) {
		for _, h := range a.Balances {
			if !h.Pending.IsZero() || !h.Available.IsZero() || !h.Reserved.IsZero() {
				fmt.Fprintf(&s, "%-16s %s %s\n", a.Account.ID, h.Currency, b.held(string(a.Account.ID), h.Currency))
			}
		}
	}
	return s.String()
}
