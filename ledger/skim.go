package ledger

import (
	"sync/atomic"

	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A stop is a posting as whoever follows its chain sees it.
type stop struct {
	place    position
	recorded int64 // microseconds
	happened int64 // when its event did, nanoseconds
	amount   money.Int
	node
}

// latest returns the greatest time of an event in the chain up to it.
func (s *stop) latest() int64 { return s.happened + int64(s.lateness) }

// Milestones are stops that were read, of those that jump far: any place of a long chain is reached by a few of them and a few others.
// They never change, and each may give way to another.
type milestones [1 << 12]atomic.Pointer[stop]

func (m *milestones) at(place position) *atomic.Pointer[stop] {
	return &m[uint64(place)*0x9E3779B97F4A7C15>>(64-12)]
}

// far is the part of the journal that a milestone passes at least by its jump.
const far = 1 << 10

// stop reads the posting at a place, unless that is where it stands.
func (c *chain) stop(s *stop, place position) error {
	if s.place == place {
		return nil
	}
	v := c.view
	milestone := v.ledger.milestones.at(place)
	if m := milestone.Load(); m != nil && m.place == place {
		*s = *m
		return nil
	}
	s.place = 0
	rec, err := v.read(place.record())
	if err != nil {
		return err
	}
	if err := s.skim(rec, place.index(), v.memory()); err != nil {
		return err
	}
	if err := s.behind(place); err != nil {
		return err
	}
	s.place = place
	if c.remind && s.jump != s.prev && place.record()-s.jump.record() > v.head.Record/far {
		m := *s
		milestone.Store(&m)
	}
	return nil
}

// behind refuses a posting at a place that points forward, or to itself.
func (n *node) behind(place position) error {
	if n.prev >= place || n.jump > n.prev {
		return damaged(place.record(), "a posting points forward")
	}
	return nil
}

func noPosting(record uint64) error {
	return damaged(record, "a later posting points to one that is not there")
}

// skim reads one posting of a record, counted from 0, and passes over all else. The few records that have more than keys and
// entries are parsed as a whole.
func (s *stop) skim(rec journal.Record, index int, p *decodedRecord) error {
	r := reader{b: rec.Payload}
	flags, err := r.flags(rec.Number)
	if err != nil {
		return err
	}
	s.recorded = rec.Time
	if flags&(hasWords|hasAssets|hasOpens|hasStatuses) != 0 || flags&0xf0 == updatesVersion {
		if err := p.parse(rec); err != nil {
			return err
		}
		if index >= len(p.postings) {
			return noPosting(rec.Number)
		}
		q := &p.postings[index]
		s.happened, s.amount, s.node = p.at, q.amount, q.node
		return nil
	}
	s.happened = r.at(rec.Time)
	r.bytes() // strings
	for range r.count() {
		r.byte() // a key
		r.skip(2)
	}
	found := false
	for e := uint64(0); e < rec.Entries && r.err == nil && !found; e++ {
		r.skip(1)
		postings := r.count()
		for range min(index, postings) {
			r.pass()
		}
		if found = index < postings; found {
			s.read(&r, rec.Number)
		}
		index -= postings
	}
	switch {
	case r.err != nil:
		return damaged(rec.Number, r.err.Error())
	case !found:
		return noPosting(rec.Number)
	}
	return nil
}

// read takes what a chain has of a posting.
func (s *stop) read(r *reader, record uint64) {
	tag := r.byte()
	r.skip(named(tag))
	s.amount = r.money()
	s.node = node{}
	r.node(tag, record, &s.node)
}

// pass passes over a posting.
func (r *reader) pass() {
	tag := r.byte()
	r.skip(named(tag) + 2) // and amount, and balance
	if tag&isFirst == 0 {
		r.skip(2)
		if r.uint() > 1 {
			r.skip(1)
		}
	}
	if tag&isLate != 0 {
		r.skip(1)
		r.byte()
	}
	for _, text := range [...]byte{hasReference, hasReason} {
		if tag&text != 0 {
			r.skip(1)
		}
	}
}

// named returns how many numbers stand in a posting before its amount: those of its account, and of its currency and type unless
// they are those of the posting before.
func named(tag byte) int {
	n := 3
	for _, same := range [...]byte{sameCurrency, sameType} {
		if tag&same != 0 {
			n--
		}
	}
	return n
}

// skip passes over so many numbers, of any size.
func (r *reader) skip(n int) {
	for i, c := range r.b {
		if c < 0x80 {
			if n--; n == 0 {
				r.b = r.b[i+1:]
				return
			}
		}
	}
	r.fail(errShort)
}
