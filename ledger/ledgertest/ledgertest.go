// Package ledgertest opens real ledgers for tests, and holds each to its invariants when the test is over.
package ledgertest

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// Open opens an empty ledger in a temporary directory. When the test ends, the ledger is verified and closed: see
// [Verify]. Where o has no clock, it gets one from [Clock].
func Open(t testing.TB, o ledger.Options) *ledger.Ledger {
	t.Helper()
	return OpenFile(t, filepath.Join(t.TempDir(), "ledger.db"), o)
}

// OpenFile is [Open] for the ledger in a file, which is made where there is none. A test that closes the ledger itself
// verifies it itself, if it wants that.
func OpenFile(t testing.TB, path string, o ledger.Options) *ledger.Ledger {
	t.Helper()
	if o.Clock == nil {
		o.Clock = Clock()
	}
	l, err := ledger.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := l.Has(ledger.Key{}); !errors.Is(err, ledger.ErrClosed) {
			Verify(t, l)
		}
		if err := l.Close(); err != nil {
			t.Errorf("closing %s: %v", path, err)
		}
	})
	return l
}

// MakeFormat1 makes an empty ledger in a file of format 1, as programs of before did.
func MakeFormat1(t testing.TB, path string) {
	t.Helper()
	none := func(func(*ledger.Record, error) bool) {}
	if _, err := ledger.Rebuild(context.Background(), path, uuid.Nil,
		none, func(journal.Head) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

// Verify fails the test if [ledger.Ledger.Verify] finds any damage.
func Verify(t testing.TB, l *ledger.Ledger) ledger.Verification {
	t.Helper()
	v, err := l.Verify(context.Background(), nil)
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	for _, d := range v.Damage {
		t.Errorf("verify: %s: %s", d.Place, d.What)
	}
	return v
}

// Start is when a [Clock] begins: after what happens in tests, as instructions of a time to come are refused.
var Start = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

// Clock returns a clock that begins at [Start] and moves on by a millisecond each time it is read.
func Clock() func() time.Time {
	var mu sync.Mutex
	now := Start
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Millisecond)
		return now
	}
}

// Post appends one record to the ledger, and fails the test if it is refused.
func Post(t testing.TB, l *ledger.Ledger, r *ledger.Record) {
	t.Helper()
	if err := l.Update(context.Background(), func(tx *ledger.Tx) error { return tx.Append(r) }); err != nil {
		t.Fatalf("posting %v: %v", r.Keys, err)
	}
}

// Balances returns what all accounts have, or those that keep wants.
func Balances(l *ledger.Ledger, keep func(accounts.Account) bool) []ledger.AccountBalance {
	list, err := l.BalancesAt(ledger.AsOf{}, keep)
	if err != nil {
		panic(err) // the file of a test cannot be read
	}
	return list
}

// Holds returns what an account has in a currency, nothing where there is no such account or currency.
func Holds(r interface {
	Balance(accounts.ID, money.Currency) (ledger.Balance, error)
}, id accounts.ID, c money.Currency) ledger.Balance {
	b, err := r.Balance(id, c)
	if err != nil && !errors.Is(err, ledger.UnknownAccount) && !errors.Is(err, ledger.Invalid) {
		panic(err) // the books could not be read
	}
	return b
}
