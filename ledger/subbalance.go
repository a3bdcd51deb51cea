package ledger

import (
	"math/bits"

	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/money"
)

// A subBalance, also called a cell, is one sub-balance of one account in one currency. Its postings form a
// chain through the journal. Each posting has the place of the one before, and the place of a farther one, its
// jump; so any point of the chain is O(log n) steps from its end (Myers, "An applicative random-access stack",
// 1983). The journal keeps the balance after each posting, so a balance as of any moment is one such search.
//
// Times of events may be backdated. So each posting also has how far its time lies before the greatest time in
// the chain so far, and a bound on that for all postings its jump passes over. With these a search by time of
// event can skip a stretch that has nothing as early as it looks for.
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

// A link is one posting on the spine of its chain, which are the postings met by following jumps from the
// newest. It has the place, how many postings the jump passes (2^rank − 1), and the bound on how far those are
// backdated.
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
