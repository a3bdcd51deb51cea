package posting_test

import (
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// Trying says of each event what posting says, later ones seeing earlier ones, and leaves the books as they were.
func TestTry(t *testing.T) {
	l, err := ledger.Open(t.TempDir()+"/try.db", ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	eur := func(n int64) money.Amount { return money.New(n, "EUR") }
	if _, err := book.Post(t.Context(), posting.Event{ID: "a", Type: posting.AccountOpen, At: at, Account: "seller:1", Kind: 1}); err != nil {
		t.Fatal(err)
	}
	events := []posting.Event{
		{ID: "a", Type: posting.AccountOpen, At: at, Account: "seller:1", Kind: 1},
		{ID: "c", Type: posting.PaymentCapture, At: at, Payment: "p", Provider: "adyen", Amount: eur(1000),
			Splits: []posting.Split{{Type: posting.BalanceAccount, Account: "seller:1", Amount: eur(1000), Reference: "s"}}},
		{ID: "x", Type: posting.Transfer, At: at, From: "seller:1", To: "platform", Amount: eur(1)}, // not settled yet
		{ID: "s", Type: posting.PaymentSettle, At: at, Payment: "p"},
		{ID: "y", Type: posting.Transfer, At: at, From: "seller:1", To: "platform", Amount: eur(1000)},
		{ID: "z", Type: posting.Transfer, At: at, From: "seller:1", To: "platform", Amount: eur(1)}, // spent by y
		{ID: "", Type: posting.Transfer},
	}
	before := l.Stats()
	for range 2 { // a try leaves nothing, so the second says the same
		tried, err := book.Try(t.Context(), events)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"duplicate", "accepted", "insufficient_funds", "accepted", "accepted", "insufficient_funds", "invalid"} {
			got := string(tried[i].Receipt.Status)
			if e, ok := ledger.Refused(tried[i].Err); ok {
				got = string(e.Code)
			}
			if got != want {
				t.Errorf("event %d, %q: %s, want %s (%v)", i, events[i].ID, got, want, tried[i].Err)
			}
			if got == "accepted" && len(tried[i].Entries) == 0 {
				t.Errorf("event %d has no entries", i)
			}
		}
	}
	if after := l.Stats(); after.Records != before.Records || after.Entries != before.Entries || after.Head != before.Head {
		t.Errorf("a try changed the books: %+v, before %+v", after, before)
	}
	// Posting comes to what the try said.
	for i, r := range book.PostBatch(t.Context(), events) {
		tried, err := book.Try(t.Context(), events[i:i+1])
		if err != nil {
			t.Fatal(err)
		}
		if (r.Err == nil) != (tried[0].Err == nil) || r.Err == nil && tried[0].Receipt.Status != posting.Duplicate {
			t.Errorf("event %d: posted %v, tried again %v", i, r, tried[0])
		}
	}
}
