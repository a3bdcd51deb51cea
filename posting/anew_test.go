package posting

import (
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// The new payment is found by its provider's reference although its only record is not the first of the name; by that of
// the wrong provider nothing is.
func TestBegunAnewIsFound(t *testing.T) {
	_, b := open(t, filepath.Join(t.TempDir(), "l"))
	eur := money.New(100, "EUR")
	for _, e := range []Event{
		{ID: "a1", Type: PaymentAuthorise, Payment: "p", Provider: "xendit", ProviderReference: "psp", Amount: eur},
		{ID: "k1", Type: PaymentCancel, Payment: "p"},
		{ID: "a2", Type: PaymentAuthorise, Payment: "p", Provider: "adyen", ProviderReference: "psp", Amount: eur},
	} {
		if got := b.PostBatch(t.Context(), []Event{e}); got[0].Err != nil {
			t.Fatal(got[0].Err)
		}
	}
	p, err := b.Finder().Find("adyen", "psp", "")
	if err != nil || p.Provider != "adyen" || p.State() != Authorised || len(p.Earlier) != 1 || p.Earlier[0].Provider != "xendit" {
		t.Errorf("by the right provider's reference: %+v, %v", p, err)
	}
	p, err = b.Finder().Find("xendit", "psp", "")
	if refused, ok := ledger.Refused(err); !ok || refused.Code != UnknownPayment {
		t.Errorf("by the wrong provider's reference: %+v, %v", p, err)
	}
}
