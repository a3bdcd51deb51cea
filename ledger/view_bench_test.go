package ledger_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

// BenchmarkGroup looks up payments of two records each, in the order in which they were booked, as reports have them, and in no order;
// one by one, and many in a view.
func BenchmarkGroup(b *testing.B) {
	const payments, batch, inView = 50_000, 10_000, 256
	l := open(b, filepath.Join(b.TempDir(), "bench.db"), ledger.Options{CheckpointEvery: 20_000})
	keys := make([]ledger.Key, payments)
	for n := range keys {
		keys[n] = ledger.Key{Space: 'p', Name: fmt.Sprintf("pay_%012d", n)}
	}
	fs := make([]func(*ledger.Tx) error, batch)
	for _, kind := range []string{"capture", "settle"} {
		for from := 0; from < payments; from += batch {
			for i := range fs {
				amount := eur(int64(from + i + 1))
				r := &ledger.Record{
					Keys: []ledger.Key{{Space: 'e', Name: kind + keys[from+i].Name}, keys[from+i]},
					Entries: []ledger.Entry{{Postings: []ledger.Posting{
						{Account: accounts.Platform, Amount: amount, Type: kind}, {Account: accounts.Liable, Amount: amount.Neg(), Type: kind}}}},
				}
				fs[i] = func(tx *ledger.Tx) error { return tx.Append(r) }
			}
			for _, err := range l.UpdateBatch(context.Background(), fs) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	for _, order := range []struct {
		name string
		step int
	}{{"in order", 1}, {"in no order", 7919}} {
		key := func(i int) ledger.Key { return keys[i*order.step%payments] }
		b.Run(order.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if group, err := l.Group(key(i)); err != nil || len(group) != 2 {
					b.Fatal(group, err)
				}
			}
		})
		b.Run(order.name+" in a view", func(b *testing.B) {
			b.ReportAllocs()
			var room ledger.RecordBuffer
			i, more := 0, true
			for more {
				if err := l.Read(func(v *ledger.Reader) error {
					for range inView {
						if more = b.Loop(); !more {
							return nil
						}
						if group, err := v.GroupIn(&room, key(i)); err != nil || len(group) != 2 {
							return fmt.Errorf("%d records, %v", len(group), err)
						}
						i++
					}
					return nil
				}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
