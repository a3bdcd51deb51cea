package reconcile

import (
	"slices"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// A refused event is named by its payment, or by its id where it is of none.
func TestRefusedByName(t *testing.T) {
	p := &poster{run: &run{Result: &Result{Posting: &Posting{}}, Options: Options{Top: 5}}}
	p.refused.Dir = t.TempDir()
	defer p.refused.Close()
	refusal := posting.Result{Err: ledger.Errorf(ledger.Invalid, "no")}
	for _, e := range []posting.Event{
		{ID: "e-1", Type: posting.PaymentSettle, Payment: "shop-1"}, {ID: "e-2", Type: posting.JournalEntry},
	} {
		if err := p.count(&e, refusal); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"payment.settle of shop-1: invalid: no", "entry e-2: invalid: no"}
	if got := p.run.Posting.Why; !slices.Equal(got, want) {
		t.Errorf("found %q, expected %q", got, want)
	}
}
