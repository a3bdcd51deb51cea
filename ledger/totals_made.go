package ledger

import (
	"cmp"
	"context"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/internal/daily"
	"github.com/splitledger/splitledger/ledger/journal"
)

// A bookedReader reads of records what totals need.
type bookedReader struct {
	view    view
	kinds   []uint8 // of each account, as a bit
	booked  codec.Booked
	scratch codec.Record
}

// newBookedReader makes one of the records up to a head. kinds are those of accounts that were found before, to which it
// adds.
func (l *Ledger) newBookedReader(n names, head journal.Head, kinds []uint8) *bookedReader {
	return &bookedReader{view: view{ledger: l, symbols: n, head: head}, kinds: kinds}
}

// kindsOf returns the kinds of the accounts of a record, as bits.
func (r *bookedReader) kindsOf(record uint64, moved []codec.Moved) (set uint8, err error) {
	for i := range moved {
		n := moved[i].Account
		for uint64(len(r.kinds)) <= n {
			a, err := r.view.symbols.account(uint64(len(r.kinds)))
			if err != nil {
				return 0, damaged(record, err.Error())
			}
			kind := a.kind
			if kind == accounts.KindBank && a.id != accounts.Bank {
				kind = accounts.KindSub
			}
			r.kinds = append(r.kinds, 1<<kind)
		}
		set |= r.kinds[n]
	}
	return set, nil
}

// readerStretch is how many records are read in one snapshot of the journal, which keeps storage from reuse.
const readerStretch = 4096

// read calls f with the records from one up to another, which are durable. What f is given is good until it returns.
func (r *bookedReader) read(ctx context.Context, from, to uint64, f func(uint64, *codec.Booked, uint8)) error {
	defer r.view.release()
	for n := from; n <= to; n++ {
		if (n-from)%readerStretch == 0 {
			r.view.release()
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
		rec, err := r.view.Read(n)
		if err == nil {
			err = corrupt(r.booked.Parse(rec, &r.scratch))
		}
		if err != nil {
			return err
		}
		kinds, err := r.kindsOf(n, r.booked.Moved)
		if err != nil {
			return err
		}
		f(n, &r.booked, kinds)
	}
	return nil
}

// Daily totals are made of so many times as many records as lie between two checkpoints: when nothing was booked for a
// while, when the ledger is closed, and when totalsWait times as many wait: it takes the processor a tenth to a fifth of
// what it takes to book them. Those that wait are what a question has to read of the journal, a million in the end.
const (
	totalsEvery = 2
	totalsWait  = 8
	quietEvery  = 250 * time.Millisecond
)

// totalsDue reports whether daily totals are to be made up to the newest checkpoint: of at least so many times
// totalsEvery, and 1. It is for the goroutine that has the index.
func (x *indexer) totalsDue(times uint64) bool {
	return x.index.Start.Record >= x.index.TotalsEnd().Record+x.totalsStep()*max(times, 1)
}

// totalsStep is how many records are added up at a time.
func (x *indexer) totalsStep() uint64 { return totalsEvery * uint64(x.ledger.options.CheckpointEvery) }

// foldTotals brings the daily totals up to the newest checkpoint, if they are due. It is for the goroutine that has the
// index. between is called now and then, and may make another checkpoint.
func (x *indexer) foldTotals(times uint64, between func()) error {
	l := x.ledger
	if !x.totalsDue(times) {
		return nil
	}
	step := x.totalsStep()
	for x.totalsDue(0) {
		l.mu.RLock()
		names, head := l.shown.names, l.shown.head
		l.mu.RUnlock()
		covered, end := x.index.TotalsEnd().Record, x.index.Start
		if end.Record >= covered+2*step {
			var err error
			if end, err = l.headOf(covered + step); err != nil {
				return err
			}
		}
		b, r := daily.NewBuilder(), l.newBookedReader(names, head, x.kinds)
		err := r.read(context.Background(), covered+1, end.Record, b.Add)
		if x.kinds = r.kinds; err != nil {
			return err
		}
		if err := x.index.AddTotals(b, end); err != nil {
			return err
		}
		between()
	}
	return nil
}

// headOf returns the end of the block that holds a record.
func (l *Ledger) headOf(record uint64) (h journal.Head, err error) {
	v := view{ledger: l}
	n, err := v.block(record)
	v.release()
	if err != nil {
		return h, err
	}
	b, err := l.block(context.Background(), n)
	if err != nil || b == nil {
		return h, cmp.Or(err, error(&journal.DamageError{Block: n, What: "is missing"}))
	}
	return b.Head(), nil
}
