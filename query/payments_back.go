package query

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// A beginning is a payment that a record may begin.
type beginning struct {
	payment string
	record  uint64
}

// paymentsBack yields the payments that may have the metadata, the newest first, as [Books.paymentsWith] does forwards.
// So the newest of many millions are there at once.
func (b *Books) paymentsBack(ctx context.Context, wanted map[string]string) iter.Seq2[*posting.Payment, error] {
	return func(yield func(*posting.Payment, error) bool) {
		s, err := b.Searchable(wanted)
		if err != nil {
			yield(nil, err)
			return
		}
		finder, last := b.finder(), b.head()
		if s.Since > 0 {
			var late []beginning
			for rec, err := range b.indexed(ctx, s.Key, wanted[s.Key]) {
				if err != nil {
					yield(nil, err)
					return
				}
				if id, ok := begins(rec); ok {
					late = append(late, beginning{id, rec.Number})
				}
			}
			if !back(finder, late, yield) {
				return
			}
			last = min(last, s.Since)
		}
		// Journals are read forwards: stretches, each before the one before it.
		for long := uint64(256); last > 0; long = min(2*long, longestStretch) {
			first := last - min(last, long) + 1
			var some []beginning
			for rec, err := range b.Ledger.Scan(ctx, ledger.Scan{From: first, To: last}) {
				if err != nil {
					yield(nil, err)
					return
				}
				if id, ok := begins(rec); ok {
					some = append(some, beginning{strings.Clone(id), rec.Number}) // records share their memory
				}
			}
			if !back(finder, some, yield) {
				return
			}
			last = first - 1
		}
	}
}

// back yields the payments that begin with some records, the last first. It reports whether more are wanted.
func back(finder *posting.Finder, some []beginning, yield func(*posting.Payment, error) bool) bool {
	for _, of := range slices.Backward(some) {
		p, err := finder.Payment(of.payment)
		if err == nil && p.Events[0].Record.Number != of.record {
			continue // an event that repeats what the payment's first said
		}
		if !yield(p, err) || err != nil {
			return false
		}
	}
	return true
}
