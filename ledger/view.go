package ledger

import (
	"sync"

	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/journal"
)

// A view is the records up to one durable block. It holds no snapshot of the journal until something is read, and
// gives it up when it must look further: storage is kept from reuse as briefly as can be.
type view struct {
	ledger   *Ledger
	symbols  names
	head     journal.Head
	snapshot journal.Snapshot // opened when something is read
	reach    uint64           // the last record that the snapshot is sure to have
	scratch  *codec.Record    // as soon as there is a snapshot
}

// scratches keeps records for reuse: a look-up reads only a few, and would allocate all their lists each time.
var scratches = sync.Pool{New: func() any { return new(codec.Record) }}

// Read runs f on a reader of the records up to the newest durable block at the call, and returns f's error.
// Many look-ups in one Read cost less than as many by the ledger's own methods.
//
// f should return soon, as it may keep storage from being reused. In f, use the reader, not methods of the
// ledger that read or write its file.
func (l *Ledger) Read(f func(*Reader) error) error {
	v, err := l.newView()
	if err != nil {
		return err
	}
	r := &Reader{view: v}
	defer func() {
		r.view = nil
		v.close()
	}()
	return f(r)
}

// newView opens a view. It must be closed.
func (l *Ledger) newView() (*view, error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return &view{ledger: l, symbols: l.shown.names, head: l.shown.head}, nil
}

// close gives up the view.
func (v *view) close() {
	v.release()
	if v.scratch != nil {
		scratches.Put(v.scratch)
		v.scratch = nil
	}
	v.ledger.readers.Done()
}

// release gives up the snapshot, and what was parsed of it.
func (v *view) release() {
	if v.snapshot != nil {
		if v.scratch != nil {
			// What was parsed lies in the snapshot's memory, which may go away with it.
			v.scratch.Number = 0
		}
		v.snapshot.Close()
		v.snapshot = nil
	}
}

// open opens the snapshot, unless it is open and has the record.
func (v *view) open(record uint64) error {
	if v.snapshot != nil {
		if record <= v.reach {
			return nil
		}
		v.release()
	}
	j := v.ledger.journal
	// The head is asked for before the snapshot is opened, which so has at least that.
	v.reach = j.Head().Record
	s, err := j.Snapshot()
	if err != nil {
		return corrupt(err)
	}
	v.snapshot = s
	return nil
}

// Read implements source.
func (v *view) Read(n uint64) (journal.Record, error) {
	if err := v.open(n); err != nil {
		return journal.Record{}, err
	}
	r, err := v.snapshot.Record(n)
	return r, corrupt(err)
}

// search implements source.
func (v *view) search(before func(journal.Chunk) bool) (uint64, error) {
	if err := v.open(0); err != nil {
		return 0, err
	}
	n, err := v.snapshot.Search(before)
	return n, corrupt(err)
}

// newest implements source.
func (v *view) newest(k Key) (uint64, error) {
	n, err := v.ledger.index.AsOf(codec.HashKey(k.Space, k.Name), v.head.Record, v)
	for err == nil && n > v.head.Record { // booked since
		n, _, err = follow(v, k, n)
	}
	return n, corrupt(err)
}

// names, last and memory implement source.
func (v *view) names() names       { return v.symbols }
func (v *view) last() journal.Head { return v.head }

// memory implements source. Few questions need it, so it is only taken when one does.
func (v *view) memory() *codec.Record {
	if v.scratch == nil {
		v.scratch = scratches.Get().(*codec.Record)
	}
	return v.scratch
}
