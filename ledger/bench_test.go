package ledger_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

// BenchmarkUpdateBatch books records of four postings and three keys, 1,000 in a call: what the ledger itself takes
// for a payment, without the rules of package posting and without reading JSON. Each call is synced.
func BenchmarkUpdateBatch(b *testing.B) {
	const sellers, batch = 10_000, 1000
	l := open(b, filepath.Join(b.TempDir(), "bench.db"), ledger.Options{})
	opens := &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "open"}}, Opens: []accounts.Account{{ID: "provider:adyen", Kind: accounts.KindProvider}}}
	for i := range sellers {
		opens.Opens = append(opens.Opens, accounts.Account{ID: seller(i), Kind: accounts.KindSub})
	}
	post(b, l, opens)
	n := 0
	fs := make([]func(*ledger.Tx) error, batch)
	b.ReportAllocs()
	for b.Loop() {
		for i := range fs {
			n++
			id := fmt.Sprintf("%012d", n)
			r := &ledger.Record{
				Keys: []ledger.Key{{Space: 'e', Name: "evt_" + id}, {Space: 'p', Name: "pay_" + id}, {Space: 'r', Name: "order-" + id}},
				Entries: []ledger.Entry{{Reference: "evt_" + id, Postings: []ledger.Posting{
					{Account: "provider:adyen", Sub: ledger.Pending, Amount: eur(1000), Type: "Capture"},
					{Account: seller(n * 7919 % sellers), Sub: ledger.Pending, Amount: eur(-700), Type: "BalanceAccount", Reference: "sale-1"},
					{Account: seller(n * 104729 % sellers), Sub: ledger.Pending, Amount: eur(-200), Type: "BalanceAccount", Reference: "sale-2"},
					{Account: accounts.Liable, Sub: ledger.Pending, Amount: eur(-100), Type: "Commission", Reference: "fee"},
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
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/record")
}

func seller(i int) accounts.ID { return accounts.ID(fmt.Sprintf("seller:%07d", i)) }
