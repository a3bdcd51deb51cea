package reconcile

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// TestNoticeKeepsAll makes notices of outcomes and outcomes of the notices: nothing is lost.
func TestNoticeKeepsAll(t *testing.T) {
	at := time.Date(2026, 3, 10, 9, 15, 21, 0, time.UTC)
	for _, o := range []providers.Outcome{
		{Kind: providers.Captured, Reference: "order-1", At: at},
		{Kind: providers.Refunded, ID: "r/1", Reference: "order-1", ProviderReference: "psp-1", Modification: "m", ModificationReference: "refund-1", Amount: money.New(500, "EUR"),
			Shares: []posting.Split{{Type: posting.BalanceAccount, Account: "seller:1", Amount: money.New(300, "EUR"), Reference: "goods and more"}, {Type: posting.Commission, Amount: money.New(200, "EUR")}}, At: at},
		{Kind: providers.Settled, ProviderReference: "psp-1", Account: "BA1", Split: "part", Part: true, Amount: money.New(1000, "EUR"), Net: money.New(-7, "USD"), Rate: "1.1", Batch: "7", Receiver: "R",
			Fees: []posting.Fee{{Type: posting.FeeScheme, Amount: money.New(3, "EUR")}, {Type: posting.FeeVAT, Amount: money.New(-1, "EUR")}}, Reason: "why", At: at},
	} {
		e := (&Resolver{Provider: "adyen", Told: true}).Notice(&o)
		if err := e.Validate(); err != nil {
			t.Errorf("%s: %v", o.Kind, err)
		}
		got, told, err := outcomeOf(&posting.Notice{ID: e.ID, Provider: e.Provider, Name: e.Name, Reference: e.Reference, ProviderReference: e.ProviderReference,
			Amount: e.Amount, Batch: e.Batch, Reason: e.Reason, Metadata: e.Metadata, At: e.At})
		if d := cmp.Diff(o, got); d != "" || !told || err != nil {
			t.Errorf("%s (- told, + kept), %v:\n%s", o.Kind, err, d)
		}
	}
}
