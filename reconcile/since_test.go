package reconcile

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// Every break says since when it is open.
func TestSince(t *testing.T) {
	t.Parallel()
	const report = `settled A 10.00 EUR net=10.00 mod=m1 id=l1 at=12T06:00
settled unknown 10.00 EUR net=10.00 mod=m2 id=l2 batch=7 at=14T06:00 booked=13T06:00
? no amount
settled unknown 5.00 EUR net=5.00 mod=m3 id=l4 batch=7 at=13T07:00
payout - 16.00 EUR net=-16.00 batch=7 id=l5 at=14T08:00
`
	b := open(t, `{"id":"c","at":"2026-03-10T10:00:00Z","type":"payment.capture","payment":"B","capture":"c1","provider":"adyen","amount":{"value":2000,"currency":"EUR"}}`)
	day := func(s string) string { return "2026-03-" + s + ":00Z" }
	list := func(r *Result) (got []string) {
		for x, err := range r.Breaks() {
			if err != nil {
				t.Fatal(err)
			}
			since := x.Since.Format(time.RFC3339)
			if time.Since(x.Since) < time.Hour {
				since = "now"
			}
			got = append(got, fmt.Sprint(x.Class, " ", x.Line, " ", since))
		}
		return got
	}
	want := []string{
		"missing_in_ledger 1 " + day("12T06:00"),
		"missing_in_ledger 2 " + day("13T06:00"), // when it was booked
		"unreadable 3 now",
		"missing_in_ledger 4 " + day("13T07:00"),
		"missing_at_provider 0 " + day("10T10:00"), // when we captured it
		"balance_mismatch 0 " + day("14T08:00"),    // the newest line of the batch
	}
	for _, post := range []bool{false, true} {
		if got := list(b.compare(Options{Post: post}, report)); !slices.Equal(got, want) {
			t.Errorf("posted %v: %q, want %q", post, got, want)
		}
	}
	waiting, err := b.book.Waiting("adyen")
	if err != nil || len(waiting) != 3 {
		t.Fatal(len(waiting), err)
	}
	kept := b.compare(Options{}, report)
	for x, err := range kept.Breaks() {
		if err != nil {
			t.Fatal(err)
		}
		if x.Class == MissingInLedger && !x.Since.Equal(waiting[0].Recorded) {
			t.Errorf("line %d waits since %v, told since %v", x.Line, waiting[0].Recorded, x.Since)
		}
		if x.Class == Unreadable && !x.Since.Equal(kept.Files[0].Before) {
			t.Errorf("unreadable since %v, want %v", x.Since, kept.Files[0].Before)
		}
	}
}
