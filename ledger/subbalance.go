package ledger

import (
	"math/bits"

	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/money"
)

// A subBalance, also called a cell, is one sub-balance of one account in one currency. Its postings form a
// chain through the journal: each says where the one before stands, and where a farther one stands, the jump,
// so that any point of the chain is found from its end in O(log n) steps (Myers, "An applicative random-access
// stack", 1983). With each posting the journal has the balance after it, so a balance as of any moment is one
// such search.
//
// For times of events, which may be backdated, each posting also says by how much: how far its time lies before the
// greatest time that the chain had seen; and for the postings that its jump passes over, a bound on that.
// A search can then pass over a whole stretch that has nothing as early as it looks for.
type subBalance struct {
	next     *subBalance
	owner    *account
	balance  money.Int // debits positive, after the newest posting
	skips    []link    // oldest first; the newest posting is the last
	latest   int64     // greatest time of an event so far, nanoseconds since 1970
	currency uint16
	sub      Sub
	touched  bool // in the block being formed

	shownBalance money.Int      // after the newest durable posting
	shownHead    codec.Position // of the newest durable posting
}

// A link is one posting on the spine of its chain, the postings that are met by following jumps from the newest:
// where it stands, how many postings its jump passes (2^rank − 1), and the bound on how far they are backdated.
type link uint64

func newLink(p codec.Position, rank int, bound uint8) link {
	return link(uint64(p)<<12 | uint64(rank)<<6 | uint64(bound))
}

func (l link) position() codec.Position { return codec.Position(l >> 12) }
func (l link) rank() int                { return int(l >> 6 & 63) }
func (l link) bound() uint8             { return uint8(l & 63) }

// A chainEnd is where the chain of a sub-balance ends, or ended, and the balance there.
type chainEnd struct {
	cell    *subBalance
	balance money.Int
	head    codec.Position
}

// head returns where the newest posting stands, 0 if there is none.
func (c *subBalance) head() codec.Position {
	if len(c.skips) == 0 {
		return 0
	}
	return c.skips[len(c.skips)-1].position()
}

// A cellUndo is what it takes to take a push back.
type cellUndo struct {
	cell    *subBalance
	balance money.Int
	latest  int64
	popped  [2]link
	merged  bool
}

// push adds a posting to the chain and returns what the journal keeps of it.
func (c *subBalance) push(p codec.Position, amount money.Int, at int64) (n codec.Node, undo cellUndo) {
	undo = cellUndo{cell: c, balance: c.balance, latest: c.latest}
	c.balance = c.balance.Add(amount)
	n.Balance = c.balance
	n.Prev = c.head()
	if at >= c.latest || n.Prev == 0 {
		c.latest = at
	} else {
		n.BackdatedBy = uint64(c.latest - at)
		n.Bound = uint8(min(bits.Len64(n.BackdatedBy), 63))
	}
	last := len(c.skips) - 1
	if last >= 1 && c.skips[last].rank() == c.skips[last-1].rank() {
		one, two := c.skips[last], c.skips[last-1]
		undo.popped, undo.merged = [2]link{two, one}, true
		n.Bound = max(n.Bound, one.bound(), two.bound())
		if last >= 2 {
			n.Jump = c.skips[last-2].position()
		}
		c.skips[last-1] = newLink(p, one.rank()+1, n.Bound)
		c.skips = c.skips[:last]
		return n, undo
	}
	n.Jump = n.Prev
	if c.skips == nil {
		c.skips = make([]link, 0, 2)
	}
	c.skips = append(c.skips, newLink(p, 1, n.Bound))
	return n, undo
}

// undo takes back the newest push.
func (u *cellUndo) undo() {
	c := u.cell
	c.balance, c.latest = u.balance, u.latest
	c.skips = c.skips[:len(c.skips)-1]
	if u.merged {
		c.skips = append(c.skips, u.popped[0], u.popped[1])
	}
}

// show makes the cell's present state what readers see.
func (c *subBalance) show() {
	c.shownBalance, c.shownHead = c.balance, c.head()
}
