package ledger_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
)

// BenchmarkBalanceAt asks for balances of an account of many postings, as of random moments of its past.
func BenchmarkBalanceAt(b *testing.B) {
	const records, batch = 200_000, 10_000
	l := open(b, filepath.Join(b.TempDir(), "bench.db"), ledger.Options{})
	start := ledgertest.Start
	fs := make([]func(*ledger.Tx) error, batch)
	for from := 0; from < records; from += batch {
		for i := range fs {
			n := from + i
			r := &ledger.Record{
				At:   start.Add(time.Duration(n) * time.Second),
				Keys: []ledger.Key{{Space: 'e', Name: fmt.Sprintf("evt_%012d", n)}},
				Entries: []ledger.Entry{{Postings: []ledger.Posting{
					{Account: accounts.Platform, Amount: eur(int64(n + 1)), Type: "Transfer", Reference: fmt.Sprintf("sale-%d", n)},
					{Account: accounts.Liable, Amount: eur(int64(-n - 1)), Type: "Transfer"},
				}}},
			}
			fs[i] = func(tx *ledger.Tx) error { return tx.Append(r) }
		}
		for _, err := range l.UpdateBatch(context.Background(), fs) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 1))
	b.ReportAllocs()
	for b.Loop() {
		at := start.Add(time.Duration(random.IntN(records)) * time.Second)
		if _, err := l.BalanceAt(accounts.Liable, ledger.AsOf{At: at}); err != nil {
			b.Fatal(err)
		}
	}
}
