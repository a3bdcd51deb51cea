package reconcile

import (
	"reflect"
	"testing"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// A notice keeps all that an outcome says.
func TestNoticeKeepsAll(t *testing.T) {
	o := providers.Outcome{Kind: providers.Refunded, ID: "i", Reference: "order-1", ProviderReference: "PSP1", Movement: "m", Ours: "r",
		Account: "BA1", Split: "goods", Part: true, Amount: eur(100), Fees: []posting.Fee{{Type: posting.FeeVAT, Amount: eur(3)}, {Type: posting.FeeGeneral, Amount: money.New(-2, "USD")}},
		Shares: []posting.Split{{Type: posting.BalanceAccount, Account: "seller:1", Amount: eur(60), Reference: "goods"}, {Type: posting.Commission, Amount: eur(40)}},
		Net:    money.New(-100, "USD"), Rate: "1.1", Group: "x", Batch: "7", Receiver: "seller", Held: true, At: time.Date(2026, 3, 12, 6, 0, 0, 5, time.UTC), Reason: "why"}
	for _, is := range []bool{false, true} {
		b := open(t)
		r := &Resolver{Ledger: b.ledger, Book: b.book, Provider: "adyen", Told: is}
		b.bookAll(&Resolution{Events: []posting.Event{r.Notice(&o)}})
		waiting, err := b.book.Waiting("adyen")
		if err != nil || len(waiting) != 1 {
			t.Fatalf("%d notices, %v", len(waiting), err)
		}
		got, told, err := outcomeOf(waiting[0])
		if err != nil || told != is || !reflect.DeepEqual(got, o) {
			t.Errorf("got %+v %v %v\nwant %+v", got, told, err, o)
		}
	}
}
