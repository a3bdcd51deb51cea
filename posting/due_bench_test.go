package posting

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// BenchmarkDue measures rolling reserves: what a settlement costs with a rule and without one, how long it takes to list
// the first hundred holds of those that wait, and to book a day of releases. b.N is how many payments there are in the
// ledger, over 30 days: -benchtime 1000000x.
func BenchmarkDue(b *testing.B) {
	for _, percent := range []string{"without a rule", "10"} {
		b.Run(percent, func(b *testing.B) { benchmarkDue(b, percent) })
	}
}

func benchmarkDue(b *testing.B, percent string) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := start
	l, err := ledger.Open(filepath.Join(b.TempDir(), "due.db"), ledger.Options{Clock: func() time.Time { return now }})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	book, err := New(l, Options{})
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	post := func(events []Event) {
		for _, r := range book.PostBatch(ctx, events) {
			if r.Err != nil {
				b.Fatal(r.Err)
			}
		}
	}
	var events []Event
	const sellers = 1000
	for i := range sellers {
		events = append(events, Event{ID: fmt.Sprint("o", i), Type: AccountOpen, Account: accounts.ID(fmt.Sprint("seller:", i)), Kind: accounts.KindSub})
	}
	if p, err := money.ParsePercent(percent); err == nil {
		events = append(events, SetReserveRule{ID: "rule", Percent: &p, Days: 30}.Event())
	}
	post(events)
	const days = 30
	var within time.Duration
	for day := range days {
		now = start.AddDate(0, 0, day).Add(12 * time.Hour)
		for from := day * b.N / days; from < (day+1)*b.N/days; from += 4000 {
			events = events[:0]
			for i := from; i < min(from+4000, (day+1)*b.N/days); i++ {
				p, eur := fmt.Sprint("p", i), money.New(1000, "EUR")
				events = append(events,
					Event{ID: "c" + p, Type: PaymentCapture, Payment: p, Provider: "adyen", Amount: eur,
						Splits: []Split{{Type: BalanceAccount, Account: accounts.ID(fmt.Sprint("seller:", i%sellers)), Amount: eur, Reference: p}}},
					Event{ID: "s" + p, Type: PaymentSettle, Payment: p})
			}
			began := time.Now()
			post(events)
			within += time.Since(began)
		}
	}
	b.ReportMetric(float64(within.Microseconds())/float64(b.N), "µs/payment")
	if percent == "without a rule" {
		return
	}
	now = start.AddDate(0, 0, days).Add(13 * time.Hour) // the holds of the first day are due
	began := time.Now()
	n := 0
	for _, err := range book.Finder().Due(time.Time{}) {
		if err != nil {
			b.Fatal(err)
		}
		if n++; n == 100 {
			break
		}
	}
	b.ReportMetric(float64(time.Since(began).Microseconds()), "µs/first100")
	began = time.Now()
	booked, err := book.PostDue(ctx, now)
	if err != nil || booked != b.N/days {
		b.Fatalf("%d of %d were booked: %v", booked, b.N/days, err)
	}
	b.ReportMetric(float64(time.Since(began).Microseconds())/float64(booked), "µs/release")
}
