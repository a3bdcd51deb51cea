package posting

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// BenchmarkExecute measures what the ledger's one writer does for a capture with three splits: the look-up of its id
// and payment, the rules, and the record in memory: execute-ns/op. The rest is the disk.
func BenchmarkExecute(b *testing.B) {
	l, book := open(b, filepath.Join(b.TempDir(), "book.db"))
	events := captures(b, book, b.N)
	b.ReportAllocs()
	var within time.Duration
	for from := 0; from < len(events); from += stretchEvents {
		to := min(from+stretchEvents, len(events))
		var numbers []uint64
		if err := l.Update(context.Background(), func(tx *ledger.Tx) error {
			begin := time.Now()
			defer func() { within += time.Since(begin) }()
			for i := from; i < to; i++ {
				if _, err := book.execute(tx, &events[i], new(ledger.Expected), &numbers); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(within.Nanoseconds())/float64(b.N), "execute-ns/op")
}

// BenchmarkPostBatch measures whole captures, with the disk, in batches of 8000.
func BenchmarkPostBatch(b *testing.B) {
	_, book := open(b, filepath.Join(b.TempDir(), "book.db"))
	events := captures(b, book, b.N)
	b.ReportAllocs()
	for from := 0; from < len(events); from += 8000 {
		for _, r := range book.PostBatch(context.Background(), events[from:min(from+8000, len(events))]) {
			if r.Err != nil {
				b.Fatal(r.Err)
			}
		}
	}
}

// BenchmarkPost measures whole captures, with the disk, of 64 callers with one at a time.
func BenchmarkPost(b *testing.B) {
	_, book := open(b, filepath.Join(b.TempDir(), "book.db"))
	events := captures(b, book, b.N)
	b.ReportAllocs()
	var next atomic.Int64
	b.SetParallelism(64 / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := book.Post(context.Background(), &events[next.Add(1)-1]); err != nil {
				b.Error(err)
			}
		}
	})
}

// captures opens a thousand sellers and makes n captures for them, and starts the clock.
func captures(b *testing.B, book *Book, n int) []Event {
	for i := range 1000 {
		if _, err := book.Post(context.Background(), Event{ID: fmt.Sprint("open-", i), Type: AccountOpen, Account: seller(i), Kind: accounts.KindSub}); i == 0 && err != nil {
			b.Fatal(err)
		}
	}
	events := make([]Event, n)
	for i := range events {
		events[i] = Event{
			ID: fmt.Sprint("capture-", i), Type: PaymentCapture, Payment: fmt.Sprint("order-", i), Provider: "adyen", Amount: money.New(40000, "USD"),
			Splits: []Split{
				{Type: BalanceAccount, Account: seller(i), Amount: money.New(35000, "USD"), Reference: "seller"},
				{Type: Commission, Amount: money.New(4000, "USD"), Reference: "commission"},
				{Type: VAT, Amount: money.New(1000, "USD"), Reference: "vat"},
			},
		}
	}
	b.ResetTimer()
	return events
}

func seller(i int) accounts.ID { return accounts.ID(fmt.Sprintf("seller:%04d", i%1000)) }

// BenchmarkRules measures the rules alone: what becomes of a capture with three splits before the ledger has it.
func BenchmarkRules(b *testing.B) {
	l, book := open(b, filepath.Join(b.TempDir(), "book.db"))
	events := captures(b, book, 1)
	measureRules(b, l, book, &events[0])
}

// measureRules decides on an event again and again, and appends nothing.
func measureRules(b *testing.B, l *ledger.Ledger, book *Book, e *Event) {
	b.ReportAllocs()
	if err := l.Update(context.Background(), func(tx *ledger.Tx) error {
		for b.Loop() {
			k := book.begin(&tx.Reader, e)
			if err := k.decide(); err != nil {
				return err
			}
			k.release()
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPayment measures what it takes to read a payment: authorised, captured with three splits, charged fees for, settled and
// refunded in part.
func BenchmarkPayment(b *testing.B) {
	_, book := open(b, filepath.Join(b.TempDir(), "book.db"))
	first := captures(b, book, 1)[0]
	for _, e := range []Event{
		{ID: "a", Type: PaymentAuthorise, Payment: first.Payment, Provider: first.Provider, Amount: first.Amount, Reference: "cart-1", ProviderReference: "8835"},
		{ID: "c", Type: PaymentCapture, Payment: first.Payment, Amount: first.Amount, Splits: first.Splits},
		{ID: "f", Type: PaymentFee, Payment: first.Payment, Fees: []Fee{{Type: FeeInterchange, Amount: money.New(80, "USD")}, {Type: FeeScheme, Amount: money.New(20, "USD")}}},
		{ID: "s", Type: PaymentSettle, Payment: first.Payment, Batch: "7"},
		{ID: "r", Type: PaymentRefund, Payment: first.Payment, Refund: "r", Amount: money.New(1000, "USD")},
	} {
		if _, err := book.Post(context.Background(), e); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := book.Finder().Find(first.Provider, "8835", ""); err != nil {
			b.Fatal(err)
		}
	}
}
