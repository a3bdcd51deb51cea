package ledger

import (
	"math/bits"

	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/money"
)

// A subBalance is what an account holds in one currency as one of pending, available and reserved. Its postings
// form a chain through the journal, which is a skip list: each posting has the position of the one before, and the
// position of a farther one, its jump. So any point of the chain is O(log n) steps from its end (Myers, "An
// applicative random-access stack", 1983). The journal keeps the balance after each posting, so a balance as of any
// moment is one such search.
//
// Times of events may be backdated. So each posting also has how far its time lies before the greatest time in
// the chain so far, and a bound on that for all postings its jump passes over. With these a search by effective
// time can skip a stretch that has nothing as early as it looks for.
type subBalance struct {
	next    *subBalance   // of the same account, in order of first use
	owner   *account      // whose it is
	balance money.Int     // minor units, debits positive, after the newest posting
	skips   []skipPointer // oldest first; the newest posting is the last
	// latest is the greatest effective time so far, in nanoseconds since 1970 UTC. A new posting with an earlier one
	// is backdated.
	latest   int64
	currency uint16 // number of its symbol
	sub      Sub
	touched  bool // posted to in the block being formed

	// What readers see, who hold the ledger's lock: the balance after the newest durable posting, and where that is.
	// Position 0 says that no posting is durable yet.
	shownBalance money.Int
	shownHead    codec.Position
}

// A skipPointer is one of the postings that are met by following jumps from the newest: all that is needed to give the
// next posting its own pointers. It has the position, the level, which says that the jump passes 2^level − 1
// postings, and the bound on how far those are backdated. One word each, because there are millions of them in memory.
type skipPointer uint64

// newSkipPointer packs the three into one word: 52 bits of position, and 6 each of level and bound.
func newSkipPointer(p codec.Position, level int, bound uint8) skipPointer {
	return skipPointer(uint64(p)<<12 | uint64(level)<<6 | uint64(bound))
}

func (p skipPointer) position() codec.Position { return codec.Position(p >> 12) }
func (p skipPointer) level() int               { return int(p >> 6 & 63) }
func (p skipPointer) bound() uint8             { return uint8(p & 63) }

// A chainEnd is the newest posting of a sub-balance at some moment, and the balance after it. It is copied while the
// state moves on.
type chainEnd struct {
	subBalance *subBalance
	balance    money.Int
	head       codec.Position
}

// head returns where the newest posting stands, 0 if there is none.
func (c *subBalance) head() codec.Position {
	if len(c.skips) == 0 {
		return 0
	}
	return c.skips[len(c.skips)-1].position()
}

// A pushUndo is what it takes to take one push back: the fields before it, and the two pointers that it merged, if it
// did.
type pushUndo struct {
	subBalance *subBalance
	balance    money.Int
	latest     int64
	popped     [2]skipPointer
	merged     bool
}

// push adds a posting to the chain and returns what the journal keeps of it.
func (c *subBalance) push(p codec.Position, amount money.Int, at int64) (n codec.Node, undo pushUndo) {
	undo = pushUndo{subBalance: c, balance: c.balance, latest: c.latest}
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
	// Two neighbours of one level and the new posting become one pointer of the next level, as in a skew-binary number:
	// so there are O(log n) of them, and one posting changes at most two.
	if last >= 1 && c.skips[last].level() == c.skips[last-1].level() {
		one, two := c.skips[last], c.skips[last-1]
		undo.popped, undo.merged = [2]skipPointer{two, one}, true
		n.Bound = max(n.Bound, one.bound(), two.bound())
		if last >= 2 {
			n.Jump = c.skips[last-2].position()
		}
		c.skips[last-1] = newSkipPointer(p, one.level()+1, n.Bound)
		c.skips = c.skips[:last]
		return n, undo
	}
	n.Jump = n.Prev
	if c.skips == nil {
		c.skips = make([]skipPointer, 0, 2)
	}
	c.skips = append(c.skips, newSkipPointer(p, 1, n.Bound))
	return n, undo
}

// undo takes back the newest push.
func (u *pushUndo) undo() {
	c := u.subBalance
	c.balance, c.latest = u.balance, u.latest
	c.skips = c.skips[:len(c.skips)-1]
	if u.merged {
		c.skips = append(c.skips, u.popped[0], u.popped[1])
	}
}

// show makes the present state what readers see. They must be locked out.
func (c *subBalance) show() {
	c.shownBalance, c.shownHead = c.balance, c.head()
}
