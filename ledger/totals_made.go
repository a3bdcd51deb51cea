package ledger

import (
	"cmp"
	"context"

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

// totalsEvery is how many times as many records as lie between two checkpoints are added up to daily totals together.
// So many, and those of one checkpoint, are what a question may have to read of the journal.
const totalsEvery = 2

// foldTotals brings the daily totals up to the newest checkpoint, if enough was booked since. It is for the goroutine
// that has the index. between is called now and then.
func (x *indexer) foldTotals(between func(done, total uint64)) error {
	l := x.ledger
	every := totalsEvery * uint64(l.options.CheckpointEvery)
	l.mu.RLock()
	names, head := l.shown.names, l.shown.head
	l.mu.RUnlock()
	first, err := x.index.TotalsEnd()
	if err != nil {
		return err
	}
	total := x.index.Start.Record - first.Record
	for covered := first; x.index.Start.Record >= covered.Record+every; {
		end := x.index.Start
		if end.Record >= covered.Record+2*every { // of an older ledger, or after they were damaged
			if end, err = l.headOf(covered.Record + every); err != nil {
				return err
			}
		}
		b, r := daily.NewBuilder(), l.newBookedReader(names, head, x.kinds)
		err := r.read(context.Background(), covered.Record+1, end.Record, b.Add)
		if x.kinds = r.kinds; err != nil {
			return err
		}
		if err := x.index.AddTotals(b, end); err != nil {
			return err
		}
		covered = end
		between(covered.Record-first.Record, total)
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
