package ledger_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

// BenchmarkOpen opens a ledger of 100,000 accounts as a killed process leaves it: with all of them in a checkpoint, and records
// of four postings and three keys behind it, which are booked again.
func BenchmarkOpen(b *testing.B) {
	const sellers = 100_000
	for _, behind := range []int{0, 50_000} {
		b.Run(fmt.Sprint(behind, " records behind the checkpoint"), func(b *testing.B) {
			dir := b.TempDir()
			l := open(b, filepath.Join(dir, "bench.db"), ledger.Options{CheckpointEvery: 1})
			opens := &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "open"}}}
			for i := range sellers {
				opens.Opens = append(opens.Opens, accounts.Account{ID: seller(i), Kind: accounts.KindSub})
			}
			post(b, l, opens)
			if err := l.Close(); err != nil {
				b.Fatal(err)
			}
			l = open(b, filepath.Join(dir, "bench.db"), ledger.Options{CheckpointEvery: 1 << 30})
			var fs []func(*ledger.Tx) error
			for n := range behind {
				id := fmt.Sprintf("%012d", n)
				fs = append(fs, func(tx *ledger.Tx) error {
					return tx.Append(&ledger.Record{
						Keys: []ledger.Key{{Space: 'e', Name: "evt_" + id}, {Space: 'p', Name: "pay_" + id}, {Space: 'r', Name: "order-" + id}},
						Entries: []ledger.Entry{{Reference: "evt_" + id, Postings: []ledger.Posting{
							{Account: accounts.Platform, Sub: ledger.Pending, Amount: eur(1000), Type: "Capture"},
							{Account: seller(n * 7919 % sellers), Sub: ledger.Pending, Amount: eur(-700), Type: "BalanceAccount", Reference: "sale-1"},
							{Account: seller(n * 104729 % sellers), Sub: ledger.Pending, Amount: eur(-200), Type: "BalanceAccount", Reference: "sale-2"},
							{Account: accounts.Liable, Sub: ledger.Pending, Amount: eur(-100), Type: "Commission", Reference: "fee"},
						}}},
					})
				})
			}
			for _, err := range l.UpdateBatch(b.Context(), fs) {
				if err != nil {
					b.Fatal(err)
				}
			}
			killed := b.TempDir()
			if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				l, err := ledger.Open(filepath.Join(killed, "bench.db"), ledger.Options{ReadOnly: true})
				if err != nil {
					b.Fatal(err)
				}
				if err := l.Close(); err != nil {
					b.Fatal(err)
				}
			}
			if behind > 0 {
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(behind), "ns/record")
			}
		})
	}
}
