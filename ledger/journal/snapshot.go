package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"sort"

	"go.etcd.io/bbolt"
)

// A boltSnapshot is one bbolt read transaction.
type boltSnapshot struct {
	tx     *bbolt.Tx
	cursor *bbolt.Cursor
	head   Head
	recent [4]place // in the chunks read last: records asked for together often stand in a few of them
	turn   int
}

// A place is where a record begins in a chunk.
type place struct {
	Chunk
	frames []byte // of the chunk
	record uint64
	entry  uint64 // number of the first entry at or after it
	rest   []byte // the frames from it on
}

// begin goes to the first record of the chunk.
func (p *place) begin() { p.record, p.entry, p.rest = p.Record, p.Entry, p.frames }

// pass goes on to the next record, of which only the length is looked at.
func (p *place) pass(f *frame) {
	p.record, p.entry, p.rest = p.record+1, p.entry+f.entries, p.rest[f.size:]
}

// find goes to record n, and returns false if the chunk ends before it, or is cut short there.
func (p *place) find(n uint64) bool {
	if n < p.record {
		p.begin()
	}
	for len(p.rest) > 0 && p.record < n {
		f := nextFrame(p.rest)
		if f.size == 0 {
			return false
		}
		p.pass(&f)
	}
	return len(p.rest) > 0
}

// Snapshot implements [Journal].
func (j *Bolt) Snapshot() (Snapshot, error) {
	s, err := j.snapshot()
	if err != nil {
		return nil, err
	}
	return s, nil
}

// snapshot opens a snapshot. The head is taken before the transaction begins, which then has all up to it. An open
// snapshot keeps the pages it sees from being used again, so it should not stay open for long.
func (j *Bolt) snapshot() (s *boltSnapshot, err error) {
	err = guard(func() error {
		head := j.Head()
		tx, err := j.begin()
		if err != nil {
			return err
		}
		defer func() {
			if s == nil { // bbolt panicked: Close would wait for the transaction for ever
				tx.Rollback()
			}
		}()
		s = &boltSnapshot{tx: tx, cursor: tx.Bucket(journalBucket).Cursor(), head: head}
		return nil
	})
	return s, err
}

// view runs f on a snapshot, which is closed afterwards. Where bbolt panics on what it reads, the page is looked for
// that makes it do so, as its own message names none.
func (j *Bolt) view(f func(*boltSnapshot) error) error {
	s, err := j.snapshot()
	if err != nil {
		return err
	}
	err = errors.Join(guard(func() error { return f(s) }), s.Close())
	if d, ok := errors.AsType[*DamageError](err); ok && d.panicked {
		if found := j.Check(context.Background()); found != nil {
			return found
		}
	}
	return err
}

// near is how many records ahead a record is looked for in a chunk that was read already, rather than by a search.
const near = 16

// find returns where record n begins.
func (s *boltSnapshot) find(n uint64) (*place, error) {
	for i := range s.recent {
		if p := &s.recent[i]; p.Record != 0 && p.Record <= n && n < p.record+near && p.find(n) {
			return p, nil
		}
	}
	c, err := s.chunk(n)
	if err != nil {
		return nil, err
	}
	p := &s.recent[s.turn%len(s.recent)]
	s.turn++
	p.Chunk, p.frames = c.Chunk, c.frames
	p.begin()
	if !p.find(n) {
		return nil, &DamageError{Block: p.Block, Record: n, What: "is missing or cut short"}
	}
	return p, nil
}

// chunk returns the chunk that holds record n. The error is [ErrNotFound] where the head has no such record.
func (s *boltSnapshot) chunk(n uint64) (c chunk, err error) {
	if n == 0 || n > s.head.Record {
		return c, ErrNotFound
	}
	var want [8]byte
	binary.BigEndian.PutUint64(want[:], n)
	// A chunk has the number of its first record as its key: the one that holds n begins at n or before it.
	key, value := s.cursor.Seek(want[:])
	if key == nil || [8]byte(key) != want {
		key, value = s.cursor.Prev()
	}
	if key == nil {
		return c, &DamageError{Record: n, What: "is missing"}
	}
	return decodeChunk(key, value)
}

// Record implements [Snapshot].
func (s *boltSnapshot) Record(n uint64) (r Record, err error) {
	err = guard(func() error {
		p, err := s.find(n)
		if err != nil {
			return err
		}
		f := nextFrame(p.rest)
		switch {
		case f.size == 0:
			return &DamageError{Block: p.Block, Record: n, What: "is missing or cut short"}
		case !f.fits(n, p.Time):
			return &DamageError{Block: p.Block, Record: n, What: "its checksum does not fit its content and place"}
		}
		r = Record{Number: n, Time: p.Time, Entry: p.entry, Entries: f.entries, Payload: f.payload}
		p.pass(&f)
		return nil
	})
	return r, err
}

// Search implements [Snapshot]. It looks at about as many chunks as the number of records has binary digits.
func (s *boltSnapshot) Search(before func(Chunk) bool) (n uint64, err error) {
	err = guard(func() error {
		var failed error
		n = 1 + uint64(sort.Search(int(s.head.Record), func(i int) bool {
			c, err := s.chunk(uint64(i) + 1)
			if err != nil {
				failed = err
				return true
			}
			return !before(c.Chunk)
		}))
		return failed
	})
	return n, err
}

// Close implements [Snapshot].
func (s *boltSnapshot) Close() error { return s.tx.Rollback() }
