package ledger

import (
	"sync"

	"github.com/splitledger/splitledger/ledger/journal"
)

// A View is the books as of one durable block. One goroutine at a time may use it, and only until the function it was given to
// returns; after that its methods panic. See [Ledger.View].
type View struct {
	ledger   *Ledger // nil once it is closed
	names    names
	head     journal.Head
	snapshot journal.Snapshot // opened when something is read
	reach    uint64           // the last record that the snapshot is sure to have
	scratch  *parsed          // as soon as there is a snapshot
}

// scratches are used again: a look-up reads a few records, and would make all the lists of one each time.
var scratches = sync.Pool{New: func() any { return new(parsed) }}

// View runs f on a view of the books, and returns its error. All that f looks up is as of the newest block at the call, whatever
// is booked meanwhile, and many look-ups in one view take less than as many by the ledger's own methods.
//
// f should return soon, as storage may be kept from being reused until then. It must not call methods of the ledger that read or
// write its file, but those of the view instead.
func (l *Ledger) View(f func(*View) error) error {
	v, err := l.view()
	if err != nil {
		return err
	}
	defer v.close()
	return f(v)
}

// look is View for one look-up.
func look[T any](l *Ledger, f func(*View) (T, error)) (found T, err error) {
	err = l.View(func(v *View) error {
		found, err = f(v)
		return err
	})
	return found, err
}

// view opens a view. It must be closed.
func (l *Ledger) view() (*View, error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return &View{ledger: l, names: l.shown.names, head: l.shown.head}, nil
}

// books returns the ledger, while the view is open.
func (v *View) books() *Ledger {
	if v.ledger == nil {
		panic("ledger: a View was used after its function had returned")
	}
	return v.ledger
}

// close gives up the view.
func (v *View) close() {
	v.release()
	if v.scratch != nil {
		scratches.Put(v.scratch)
		v.scratch = nil
	}
	v.ledger.readers.Done()
	v.ledger = nil
}

// release gives up the snapshot, and what was parsed of it.
func (v *View) release() {
	if v.snapshot != nil {
		v.scratch.number = 0
		v.snapshot.Close()
		v.snapshot = nil
	}
}

// open opens the snapshot, unless it is open and has the record.
func (v *View) open(record uint64) error {
	if v.snapshot != nil {
		if record <= v.reach {
			return nil
		}
		v.release()
	}
	j := v.books().journal
	v.reach = j.Head().Record
	s, err := j.Snapshot()
	if err != nil {
		return corrupt(err)
	}
	v.snapshot = s
	if v.scratch == nil {
		v.scratch = scratches.Get().(*parsed)
	}
	return nil
}

// read implements source.
func (v *View) read(n uint64) (journal.Record, error) {
	if err := v.open(n); err != nil {
		return journal.Record{}, err
	}
	r, err := v.snapshot.Record(n)
	return r, corrupt(err)
}

// search implements source.
func (v *View) search(before func(journal.Chunk) bool) (uint64, error) {
	if err := v.open(0); err != nil {
		return 0, err
	}
	n, err := v.snapshot.Search(before)
	return n, corrupt(err)
}

// newest returns the newest record of the view that has the key's hash, 0 if there is none.
func (v *View) newest(k Key, hash uint64) (uint64, error) {
	n, err := v.books().keys.get(hash, v)
	for err == nil && n > v.head.Record { // booked since
		if err := v.open(n); err != nil {
			return 0, err
		}
		n, _, err = follow(v, v.scratch, k, n)
	}
	return n, err
}

// carriers returns the records that carry a key.
func (v *View) carriers(k Key) (carriers, error) {
	newest, err := v.newest(k, k.hash())
	if err != nil {
		return carriers{}, err
	}
	return v.from(k, newest)
}

// from returns the records that carry a key, given the newest that has its hash.
func (v *View) from(k Key, newest uint64) (carriers, error) {
	if newest != 0 {
		if err := v.open(newest); err != nil {
			return carriers{}, err
		}
	}
	return carriers{source: v, scratch: v.scratch, names: v.names, key: k, next: newest}, nil
}

// Has reports whether any record carries the key.
func (v *View) Has(k Key) (bool, error) {
	c, err := v.carriers(k)
	if err != nil {
		return false, err
	}
	return c.more()
}

// Group returns the records that carry the key, oldest first.
func (v *View) Group(k Key) ([]*Record, error) { return v.GroupIn(new(Room), k) }

// GroupIn is [View.Group] in the memory of a room: the records are good until others are read in it.
func (v *View) GroupIn(room *Room, k Key) ([]*Record, error) {
	c, err := v.carriers(k)
	if err != nil {
		return nil, err
	}
	return c.group(room)
}

// Last returns the newest record that carries the key, nil if there is none. Unlike [View.Group] it reads no more than that
// one, however many carry the key.
func (v *View) Last(k Key) (*Record, error) {
	c, err := v.carriers(k)
	if err != nil {
		return nil, err
	}
	return c.last()
}

// Newest returns the records that carry the key, newest first, at most so many. It reads no more than those.
func (v *View) Newest(k Key, atMost int) ([]*Record, error) {
	c, err := v.carriers(k)
	if err != nil {
		return nil, err
	}
	return c.collect(new(Room), max(atMost, 1))
}

// IsNewest reports whether none came after rec of the records that carry the key, as rec does. It reads no record of the view.
func (v *View) IsNewest(k Key, rec *Record) (bool, error) {
	newest, err := v.newest(k, k.hash())
	return newest == rec.Number, err
}

// Record returns the record numbered n, or an error that is [journal.ErrNotFound].
func (v *View) Record(n uint64) (*Record, error) {
	if n > v.head.Record {
		return nil, journal.ErrNotFound
	}
	r, err := v.read(n)
	if err != nil {
		return nil, err
	}
	if err := v.scratch.parse(r); err != nil {
		return nil, err
	}
	return v.scratch.record(v.names)
}

// EntryRecord returns the record that holds the entry numbered n, or an error that is [journal.ErrNotFound].
func (v *View) EntryRecord(n uint64) (*Record, error) {
	return entryRecord(n, v.names, v.head.Entry, v)
}

// Has is [View.Has] as of the newest block.
func (l *Ledger) Has(k Key) (bool, error) {
	return look(l, func(v *View) (bool, error) { return v.Has(k) })
}

// Group is [View.Group] as of the newest block.
func (l *Ledger) Group(k Key) ([]*Record, error) {
	return look(l, func(v *View) ([]*Record, error) { return v.Group(k) })
}

// GroupIn is [View.GroupIn] as of the newest block.
func (l *Ledger) GroupIn(room *Room, k Key) ([]*Record, error) {
	return look(l, func(v *View) ([]*Record, error) { return v.GroupIn(room, k) })
}

// Last is [View.Last] as of the newest block.
func (l *Ledger) Last(k Key) (*Record, error) {
	return look(l, func(v *View) (*Record, error) { return v.Last(k) })
}

// Newest is [View.Newest] as of the newest block.
func (l *Ledger) Newest(k Key, atMost int) ([]*Record, error) {
	return look(l, func(v *View) ([]*Record, error) { return v.Newest(k, atMost) })
}

// IsNewest is [View.IsNewest] as of the newest block.
func (l *Ledger) IsNewest(k Key, rec *Record) (bool, error) {
	return look(l, func(v *View) (bool, error) { return v.IsNewest(k, rec) })
}

// Record is [View.Record] as of the newest block.
func (l *Ledger) Record(n uint64) (*Record, error) {
	return look(l, func(v *View) (*Record, error) { return v.Record(n) })
}

// EntryRecord is [View.EntryRecord] as of the newest block.
func (l *Ledger) EntryRecord(n uint64) (*Record, error) {
	return look(l, func(v *View) (*Record, error) { return v.EntryRecord(n) })
}
