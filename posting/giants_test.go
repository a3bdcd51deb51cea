package posting

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// TestGiants takes payments of as many parts as an event may have through their lives. What the provider reports of
// all captures at once makes several times as many postings, and is booked: 5 captures of 5,000 parts, a settlement
// moves each twice.
func TestGiants(t *testing.T) {
	t.Parallel()
	captures := 5
	if testing.Short() {
		captures = 2
	}
	l, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	n := 0
	var events []Event
	post := func(e Event) {
		n++
		e.ID = fmt.Sprint("e", n)
		events = append(events, e)
	}
	book := func() {
		t.Helper()
		for i, r := range b.PostBatch(context.Background(), events) {
			if r.Err != nil {
				t.Fatalf("%s of %s: %v", events[i].Type, events[i].Payment, r.Err)
			}
		}
		events = nil
	}
	for i := range wire.MaxSplits {
		post(Event{Type: AccountOpen, Account: accounts.ID(fmt.Sprint("seller:", i)), Kind: accounts.KindSub})
	}
	book()
	before := balances(l)
	splits := func(first int) []Split {
		list := make([]Split, wire.MaxSplits)
		for i := range list {
			list[i] = Split{Type: BalanceAccount, Account: accounts.ID(fmt.Sprint("seller:", (first+i)%wire.MaxSplits)), Amount: money.New(int64(1+(first+i)%7), "EUR"), Reference: fmt.Sprint("part ", i)}
		}
		return list
	}
	sum := func(list []Split) (sum int64) {
		for _, s := range list {
			v, _ := s.Amount.Int().Int64()
			sum += v
		}
		return sum
	}
	whole := money.New(int64(captures)*sum(splits(0)), "EUR")
	capture := func(payment string) {
		post(Event{Type: PaymentAuthorise, Payment: payment, Provider: "adyen", Amount: whole})
		for c := range captures {
			post(Event{Type: PaymentCapture, Payment: payment, Capture: fmt.Sprint("c", c), Amount: money.New(sum(splits(c)), "EUR"), Splits: splits(c), Fact: true})
		}
	}

	capture("settled and taken back")
	post(Event{Type: PaymentSettle, Payment: "settled and taken back"})
	for c := range captures {
		post(Event{Type: PaymentCaptureReversed, Payment: "settled and taken back", Capture: fmt.Sprint("c", c)})
	}
	capture("split anew and refunded")
	other := splits(0)
	for i := range other {
		other[i].Account = accounts.ID(fmt.Sprint("seller:", (i+1)%wire.MaxSplits))
	}
	post(Event{Type: PaymentResplit, Payment: "split anew and refunded", Capture: "c0", Splits: other})
	post(Event{Type: PaymentSettle, Payment: "split anew and refunded"})
	book()
	p, err := b.Payment("split anew and refunded")
	if err != nil {
		t.Fatal(err)
	}
	post(Event{Type: PaymentRefund, Payment: p.ID, Refund: "r", Amount: p.Captured})
	capture("cancelled")
	post(Event{Type: PaymentCancel, Payment: "cancelled", Fact: true})
	book()
	if after := balances(l); after != before {
		t.Error("something is left of payments that were taken back, refunded and cancelled")
	}
}
