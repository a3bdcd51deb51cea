package ledger

import (
	"sync/atomic"

	"github.com/splitledger/splitledger/ledger/internal/codec"
)

// A historyNode is a posting as whoever follows its chain sees it.
type historyNode struct {
	codec.ChainedPosting
	place    codec.Position
	recorded int64 // microseconds
	happened int64 // when its event did, nanoseconds
}

// latest returns the greatest time of an event in the chain up to it.
func (n *historyNode) latest() int64 { return n.happened + int64(n.BackdatedBy) }

// A historyCache keeps nodes that jump far: any place of a long chain is reached by a few of them and a few others. They
// never change. Each has one place in the cache, where it gives way to another.
type historyCache [1 << 12]atomic.Pointer[historyNode]

func (c *historyCache) at(place codec.Position) *atomic.Pointer[historyNode] {
	return &c[uint64(place)*0x9E3779B97F4A7C15>>(64-12)]
}

// far is the part of the journal that a node passes at least by its jump to be kept.
const far = 1 << 10

// read reads the posting at a place into n, unless that is what it has.
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
