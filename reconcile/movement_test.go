package reconcile

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// Whichever of two reports comes first, in one run or in several, and however often: the books are the same.
func TestMovementsInAnyOrder(t *testing.T) {
	a, err := txtar.ParseFile("testdata/movements.txtar")
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]string{}
	for _, f := range a.Files {
		given[f.Name] = string(f.Data)
	}
	whole, parts := given["report 1"], given["report 2"]
	parts = strings.Replace(parts, "net=-0.20 Fee=0.20", "net=-0.10 Fee=0.10", 1) // as what differs is booked by who comes first
	want := ""
	for name, runs := range map[string][][]string{
		"one run":              {{whole, parts}},
		"one run, parts first": {{parts, whole}},
		"two runs":             {{whole}, {parts}},
		"two, parts first":     {{parts}, {whole}},
		"again":                {{whole, parts}, {parts}, {whole}, {parts, whole}},
		"again, parts first":   {{parts, whole}, {whole}, {parts}, {whole, parts}},
	} {
		b := open(t, given["events"])
		for _, reports := range runs {
			dry := b.compare(Options{}, reports...)
			posted := b.compare(Options{Post: true}, reports...)
			for _, r := range []*Result{dry, posted} {
				if n := r.Counts[FeeMismatch] + r.Counts[BatchMismatch]; n > 0 || posted.Posting.Refused > 0 {
					t.Errorf("%s: %s", name, text(t, r))
				}
			}
		}
		b.post(given["later"])
		for _, reports := range runs {
			b.compare(Options{Post: true}, reports...)
		}
		if want == "" {
			want = b.balances()
		}
		if got := b.balances(); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
	if !strings.Contains(want, "provider:adyen   EUR 0/16570/0") {
		t.Error(want)
	}
}
