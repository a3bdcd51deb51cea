package ledger

import (
	"sync/atomic"

	"github.com/splitledger/splitledger/ledger/internal/codec"
)

// A historyNode is one posting as a walk along its chain sees it.
type historyNode struct {
	codec.ChainedPosting
	place    codec.Position
	recorded int64 // microseconds
	happened int64 // when its event did, nanoseconds
}

// latest returns the greatest time of an event in the chain up to it.
func (n *historyNode) latest() int64 { return n.happened + int64(n.BackdatedBy) }

// A historyCache keeps nodes with long jumps: walks from any end of a long chain meet the same few of them.
// Nodes never change. The cache is direct-mapped, so a new node may evict an old one.
type historyCache [1 << 12]atomic.Pointer[historyNode]

// at returns the one slot that a place may be kept in.
func (c *historyCache) at(place codec.Position) *atomic.Pointer[historyNode] {
	return &c[uint64(place)*0x9E3779B97F4A7C15>>(64-12)]
}

// A node is cached if its jump passes more than 1/far of the journal: shorter jumps are met by few walks.
const far = 1 << 10

// read reads the posting at a place into n. It does nothing if n already holds it.
func (c *chain) read(n *historyNode, place codec.Position) error {
	if n.place == place {
		return nil
	}
	v := c.view
	cached := v.ledger.history.at(place)
	if m := cached.Load(); m != nil && m.place == place {
		*n = *m
		return nil
	}
	// What n held is given up first: after an error it must not pass for what was asked.
	n.place = 0
	rec, err := v.Read(place.Record())
	if err != nil {
		return err
	}
	n.recorded = rec.Time
	if n.happened, err = codec.DecodePosting(rec, place.Index(), &n.ChainedPosting, v.memory()); err == nil {
		err = n.Behind(place)
	}
	if err != nil {
		return corrupt(err)
	}
	n.place = place
	if c.remind && n.Jump != n.Prev && place.Record()-n.Jump.Record() > v.head.Record/far {
		m := *n
		cached.Store(&m)
	}
	return nil
}

// touching follows the chains of a sub-balance from their ends.
func touching(s source, ends []chainEnd, sub Sub, yield func(*Record, error) bool) {
	var p codec.Record // of its own: whoever is given a record may read others
	for _, end := range ends {
		for here := end.head; here != 0 && end.subBalance.sub == sub; {
			rec, prev, err := touchingAt(s, here, &p)
			if (rec != nil || err != nil) && !yield(rec, err) || err != nil {
				return
			}
			here = prev
		}
	}
}

// touchingAt reads the record of a posting, and returns the place of the newest posting before it that is in
// another record. A record newer than the source's last one is passed over, as the source may not have its
// names.
func touchingAt(s source, here codec.Position, p *codec.Record) (*Record, codec.Position, error) {
	if err := load(s, here.Record(), p); err != nil {
		return nil, 0, err
	}
	prev := here
	// A record may post to one sub-balance several times. It is yielded once.
	for prev.Record() == here.Record() {
		q, err := posting(p, prev)
		if err != nil {
			return nil, 0, err
		}
		prev = q.Prev
	}
	if here.Record() > s.last().Record {
		return nil, prev, nil
	}
	rec, err := newRecord(p, s.names())
	return rec, prev, err
}

// posting returns a posting of a decoded record, to which a later posting points.
func posting(p *codec.Record, place codec.Position) (*codec.ChainedPosting, error) {
	q, err := p.Posting(place.Index())
	if err == nil {
		err = q.Behind(place)
	}
	return q, corrupt(err)
}
