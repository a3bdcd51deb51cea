package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger/ledgertest"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// clock ticks a millisecond each time it is read, from the beginning of 2026 on.
func clock() func() time.Time {
	t := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time { t = t.Add(time.Millisecond); return t }
}

func open(t testing.TB, path string, o ledger.Options) *ledger.Ledger {
	t.Helper()
	if o.Clock == nil {
		o.Clock = clock()
	}
	l, err := ledger.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }

// entry is from debited and to credited by an amount.
func entry(from, to accounts.ID, sub ledger.Sub, a money.Amount) ledger.Entry {
	return ledger.Entry{Postings: []ledger.Posting{
		{Account: from, Sub: sub, Amount: a, Type: "Test"},
		{Account: to, Sub: sub, Amount: a.Neg(), Type: "Test"},
	}}
}

func post(t testing.TB, l *ledger.Ledger, r *ledger.Record) {
	t.Helper()
	if err := l.Update(context.Background(), func(tx *ledger.Tx) error { return tx.Append(r) }); err != nil {
		t.Fatal(err)
	}
}

func verify(t testing.TB, l *ledger.Ledger) ledger.Verification {
	t.Helper()
	v, err := l.Verify(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range v.Damage {
		t.Errorf("verify: %s: %s", d.Place, d.What)
	}
	return v
}

func TestPostAndReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l.db")
	for _, every := range []int{1, 7, 100, 1 << 20} {
		t.Run(fmt.Sprint("checkpoint every ", every), func(t *testing.T) {
			t.Parallel()
			path := fmt.Sprint(path, every)
			total := int64(0)
			for round := range 5 {
				l := open(t, path, ledger.Options{CheckpointEvery: every})
				if round == 0 {
					post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "open"}}, Opens: []accounts.Account{
						{ID: "seller:1", Kind: accounts.KindSub, Holder: "Anna"}, {ID: "provider:adyen", Kind: accounts.KindProvider}}})
				}
				for i := range 25 {
					e := entry("provider:adyen", "seller:1", ledger.Sub(i%2), eur(int64(i)))
					post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: fmt.Sprint(round, "-", i)}, {Space: 'p', Name: "pay"}}, Entries: []ledger.Entry{e}})
					total += int64(i)
				}
				b := ledgertest.Holds(l, "seller:1", "EUR")
				if !b.Total().Equal(eur(total)) {
					t.Errorf("balance %v, want %d", b.Total(), total)
				}
				g, err := l.Group(ledger.Key{Space: 'p', Name: "pay"})
				if err != nil || len(g) != 25*(round+1) {
					t.Errorf("group has %d records, %v", len(g), err)
				}
				v := verify(t, l)
				if v.Records != uint64(25*(round+1)+1) {
					t.Errorf("verified %+v", v)
				}
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
				if err := l.Update(context.Background(), func(*ledger.Tx) error { return nil }); !errors.Is(err, ledger.ErrClosed) {
					t.Errorf("update after close: %v", err)
				}
			}
		})
	}
}

// TestRefused tells refusals of what was asked for from failures of the ledger.
func TestRefused(t *testing.T) {
	refusal := ledger.Errorf(ledger.Unbalanced, "1 EUR more debits")
	for _, tt := range []struct {
		err  error
		want *ledger.Error
	}{
		{refusal, refusal},
		{fmt.Errorf("line 7: %w", refusal), refusal},
		{nil, nil},
		{context.Canceled, nil},
		{ledger.ErrClosed, nil},
		{ledger.Errorf(ledger.Locked, "in use"), nil},
		{ledger.Errorf(ledger.Corrupt, "record 7"), nil},
		{fmt.Errorf("line 7: %w", ledger.Errorf(ledger.DiskFull, "no room")), nil},
	} {
		if got, refused := ledger.Refused(tt.err); got != tt.want || refused != (tt.want != nil) {
			t.Errorf("Refused(%v) = %v, %v", tt.err, got, refused)
		}
		if got, want := ledger.Failed(tt.err), tt.err != nil && tt.want == nil; got != want {
			t.Errorf("Failed(%v) = %v", tt.err, got)
		}
	}
}
