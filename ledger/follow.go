package ledger

import (
	"context"
	"iter"
)

// Follow yields the records after the one numbered after, as they become durable, by any writer; at the end it
// waits for more. It is at least as current as any other answer of the ledger. To resume without a gap, pass
// the number of the last record that was dealt with.
//
// It ends with the cause of ctx when ctx is done, and with ErrClosed when the ledger is closed. For a ledger
// opened for reading it also ends when its journal can no longer be followed.
func (l *Ledger) Follow(ctx context.Context, after uint64) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		for {
			grown, _ := l.grown.Wait() // before looking, so that no block comes between
			l.mu.RLock()
			head := l.shown.head.Record
			l.mu.RUnlock()
			if after < head {
				for rec, err := range l.records(ctx, Scan{From: after + 1, To: head}, newRecord) {
					if !yield(rec, err) || err != nil {
						return
					}
					after = rec.Number
				}
				continue
			}
			if err := l.failure(); err != nil && l.options.ReadOnly { // nothing follows
				yield(nil, err)
				return
			}
			select {
			case <-grown:
			case <-ctx.Done():
				yield(nil, context.Cause(ctx))
				return
			case <-l.closing:
				yield(nil, ErrClosed)
				return
			}
		}
	}
}

// follow applies the blocks that are appended to the journal, of a ledger that only reads.
func (l *Ledger) follow(ctx context.Context) error {
	for b, err := range l.journal.Follow(ctx, l.shown.head.Block+1) {
		if err == nil {
			err = l.apply(b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
