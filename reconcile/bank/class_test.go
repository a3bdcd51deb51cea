package bank

import (
	"slices"
	"testing"

	"github.com/splitledger/splitledger/money"
)

// TestTotals sums findings by class and currency. What has no amount is counted apart, and lines of no provider are
// summed as they came.
func TestTotals(t *testing.T) {
	eur := func(minor int64) money.Amount { return money.New(minor, "EUR") }
	r := Result{
		Findings: []Finding{
			{Class: Matched, Found: eur(100), Expected: eur(100), By: "amount"},
			{Class: Matched, Found: money.New(7, "USD"), Expected: money.New(7, "USD"), By: "name"},
			{Class: MissingAtBank, Expected: eur(300)},
			{Class: AmountMismatch, Found: eur(90), Expected: eur(100), Difference: eur(-10)},
			{Class: AmountMismatch, Found: eur(60), Expected: eur(100), Difference: eur(-40)},
			{Class: Unreadable},
		},
		Others: []Sum{{Currency: "EUR", Lines: 2, In: eur(50), Out: eur(-80)}},
	}
	want := []string{
		"matched 100 EUR, 0", "matched 7 USD, 0", "missing_at_bank 300 EUR, 0", "amount_mismatch 150 EUR, -50 EUR",
		"unreadable 0, 0", "other -30 EUR, 0",
	}
	var got []string
	for _, total := range r.Totals() {
		got = append(got, string(total.Class)+" "+total.Amount.String()+", "+total.Difference.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("expected %q, found %q", want, got)
	}
	if n := r.ByAmount(); n != 1 {
		t.Errorf("expected one line that was matched by its amount, found %d", n)
	}
	var order []string
	for _, f := range Largest(r.Findings) {
		order = append(order, f.Amount().String())
	}
	if want := []string{"300 EUR", "100 EUR", "60 EUR", "90 EUR", "7 USD", "0"}; !slices.Equal(order, want) {
		t.Errorf("expected the largest first: %q, found %q", want, order)
	}
}
