package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// Books is a ledger with sellers, ready for payments.
type Books struct {
	Ledger  *ledger.Ledger
	Book    *posting.Book
	sellers int
	next    atomic.Uint64
	at      func(n uint64) time.Time // when the n-th payment happened; nil: when it is booked
}

// OpenBooks opens a ledger and its sellers.
func OpenBooks(path string, sellers int, o ledger.Options) (*Books, error) {
	l, err := ledger.Open(path, o)
	if err != nil {
		return nil, err
	}
	book, err := posting.New(l, posting.Options{})
	b := &Books{Ledger: l, Book: book, sellers: sellers}
	if err == nil {
		err = b.open()
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return b, nil
}

// open opens the sellers that are not open yet, and finds out how many payments there are.
func (b *Books) open() error {
	const batch = 5000
	for from := 0; from < b.sellers; from += batch {
		var events []posting.Event
		for i := from; i < min(from+batch, b.sellers); i++ {
			events = append(events, posting.Event{ID: fmt.Sprintf("open-%d", i), Type: posting.AccountOpen, Account: seller(i), Kind: accounts.KindSub})
		}
		if err := refused(b.Book.PostBatch(context.Background(), events)); err != nil {
			return err
		}
	}
	b.next.Store(b.Ledger.Stats().Records)
	return nil
}

func seller(i int) accounts.ID { return accounts.ID(fmt.Sprintf("seller:%07d", i)) }

// Payment makes the n-th payment: a capture of 10 to 1,010 EUR with three splits. Sellers are spread evenly: the
// worst there is for caches.
func (b *Books) Payment(n uint64) posting.Event {
	h := mix(n)
	amount := int64(1000 + h%100_000)
	first, commission := amount*7/10, amount/10
	id := fmt.Sprintf("pay_%012d", n)
	var at time.Time
	if b.at != nil {
		at = b.at(n)
	}
	return posting.Event{
		ID: "evt" + id[3:], Type: posting.PaymentCapture, At: at, Payment: id, Provider: "adyen", Reference: fmt.Sprintf("order-%d", n),
		Amount: money.New(amount, "EUR"),
		Splits: []posting.Split{
			{Type: posting.BalanceAccount, Account: seller(int(h >> 20 % uint64(b.sellers))), Amount: money.New(first, "EUR"), Reference: fmt.Sprintf("sale-%d-1", n)},
			{Type: posting.BalanceAccount, Account: seller(int(h >> 40 % uint64(b.sellers))), Amount: money.New(amount-first-commission, "EUR"), Reference: fmt.Sprintf("sale-%d-2", n)},
			{Type: posting.Commission, Amount: money.New(commission, "EUR"), Reference: fmt.Sprintf("fee-%d", n)},
		},
	}
}

// WriteLines writes payments as JSON lines, from the first.
func (b *Books) WriteLines(w io.Writer, payments int) error {
	var line []byte
	for n := range uint64(payments) {
		e := b.Payment(n + 1)
		line = append(e.AppendJSON(line[:0]), '\n')
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// mix spreads a number over 64 bits (splitmix64).
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

func (b *Books) prepare(n int) func(context.Context) error {
	last := b.next.Add(uint64(n))
	events := make([]posting.Event, n)
	for i := range events {
		events[i] = b.Payment(last - uint64(n-1-i))
	}
	if n == 1 {
		return func(ctx context.Context) error {
			_, err := b.Book.Post(ctx, &events[0])
			return err
		}
	}
	return func(ctx context.Context) error { return refused(b.Book.PostBatch(ctx, events)) }
}

// payloadSize posts some payments and returns how many bytes the journal grew by for each.
func (b *Books) payloadSize(ctx context.Context) (int, error) {
	const n = 1000
	before := b.Ledger.Stats()
	if err := b.prepare(n)(ctx); err != nil {
		return 0, err
	}
	return int(b.Ledger.Stats().JournalBytes-before.JournalBytes) / n, nil
}

// Close closes the ledger.
func (b *Books) Close() error { return b.Ledger.Close() }
