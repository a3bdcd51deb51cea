package ledger

import (
	"math"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/money"
)

// An AsOf says which postings count towards a balance. The zero value does not limit.
type AsOf struct {
	At       time.Time // events that had happened by then, at that very time among them
	Recorded time.Time // what the books knew by then, likewise
	Until    uint64    // what the books knew when this record was the newest; 0 does not limit
}

// BalanceAt returns what an account held as of some moment, by currency, in every currency it ever had a
// posting in. With both times of an AsOf it answers what was known then about an earlier moment. It reads O(log
// n) of the account's n postings, and in addition those that were booked late.
func (l *Ledger) BalanceAt(id accounts.ID, when AsOf) ([]Balance, error) {
	a, err := l.known(id)
	if err != nil {
		return nil, err
	}
	heads := l.heads(a) // before the view, which then has them all
	v, err := l.newView()
	if err != nil {
		return nil, err
	}
	defer v.close()
	return newChain(v, true).balances(a, heads, when.bounds())
}

// An AccountBalance is an account with what it holds, by currency.
type AccountBalance struct {
	Account  accounts.Account
	Balances []Balance
}

// BalancesAt returns all accounts, in the order in which they were opened, with what they held as of some
// moment; the zero AsOf is now. All balances are of one state of the books, so in each currency debits equal
// credits. If keep is not nil, only accounts for which it returns true are returned. Writers do not wait
// meanwhile.
func (l *Ledger) BalancesAt(when AsOf, keep func(accounts.Account) bool) ([]AccountBalance, error) {
	v, err := l.newView()
	if err != nil {
		return nil, err
	}
	defer v.close()
	var list []AccountBalance
	c, within := newChain(v, false), when.bounds()
	within.record = min(within.record, v.head.Record)
	for some := range slices.Chunk(v.symbols.accounts, stretch) {
		l.mu.RLock()
		ends := endsOf(some)
		l.mu.RUnlock()
		for _, e := range ends {
			if keep != nil && !keep(e.public) {
				continue
			}
			b, err := c.balances(e.account, e.heads, within)
			if err != nil {
				return nil, err
			}
			list = append(list, AccountBalance{e.public, b})
		}
		v.release()
	}
	return list, nil
}

// An accountEnd is an account with where the chains of its sub-balances end.
type accountEnd struct {
	account *account
	public  accounts.Account
	heads   []chainEnd
}

// endsOf copies where the chains of some accounts end for readers, who hold the ledger's lock.
func endsOf(some []*account) []accountEnd {
	list := make([]accountEnd, len(some))
	for i, a := range some {
		list[i] = accountEnd{a, a.seen(), a.heads(shownEnd)}
	}
	return list
}

// bounds is an AsOf in the journal's terms.
type bounds struct {
	record   uint64 // up to this one
	recorded int64  // by then, microseconds
	at       int64  // of events up to this time, nanoseconds
}

// bounds turns times into numbers. A limit that is not set is the greatest number, so that every comparison holds.
func (when AsOf) bounds() bounds {
	b := bounds{math.MaxUint64, math.MaxInt64, math.MaxInt64}
	if !when.At.IsZero() {
		b.at = nanos(when.At)
	}
	if !when.Recorded.IsZero() {
		b.recorded = when.Recorded.UnixMicro()
	}
	if when.Until > 0 {
		b.record = when.Until
	}
	return b
}

// now reports that nothing is left out by time.
func (b bounds) now() bool { return b.recorded == math.MaxInt64 && b.at == math.MaxInt64 }

// knew reports whether a posting was booked by then, and so all before it in its chain.
func (b bounds) knew(s *historyNode) bool {
	return s.recorded <= b.recorded && s.place.Record() <= b.record
}

// all reports whether a posting and all before it in its chain lie within the bounds.
func (b bounds) all(s *historyNode) bool { return b.knew(s) && s.latest() <= b.at }

// nanos returns a time in nanoseconds since 1970. A time beyond what int64 can hold becomes the end of that
// range.
func nanos(t time.Time) int64 {
	switch {
	case t.Year() < 1678:
		return math.MinInt64
	case t.Year() > 2261:
		return math.MaxInt64
	}
	return t.UnixNano()
}

// heads returns where the chains of an account's sub-balances end for readers.
func (l *Ledger) heads(a *account) []chainEnd {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return a.heads(shownEnd)
}

// heads returns where the chains of an account's sub-balances end, by end; none of no account.
func (a *account) heads(end func(*subBalance) chainEnd) (list []chainEnd) {
	if a == nil {
		return nil
	}
	for c := a.subBalances; c != nil; c = c.next {
		if h := end(c); h.head != 0 {
			list = append(list, h)
		}
	}
	return list
}

// shownEnd is where the chain of a sub-balance ends for readers, who hold the ledger's lock.
func shownEnd(c *subBalance) chainEnd { return chainEnd{c, c.shownBalance, c.shownHead} }

// end is where the chain ends for the writer.
func (c *subBalance) end() chainEnd { return chainEnd{c, c.balance, c.head()} }

// A chain is where a walk along the postings of a sub-balance stands. It is used for one after another, as its nodes
// are memory that is worth keeping.
type chain struct {
	view   *view
	remind bool // long jumps are kept for later questions
	at     codec.Position
	here   *historyNode // where it stands, once that was read
	ahead  *historyNode // that was looked at last, to know whether to jump there
	floor  *historyNode // the newest known that lies within the bounds with all before it: no jump leads over it
	sums   []chainEnd
}

// newChain makes a chain in a view. remind says that nodes with long jumps are kept for later questions, as is worth
// it for one account and not for a walk over all.
func newChain(v *view, remind bool) *chain {
	nodes := new([3]historyNode)
	return &chain{view: v, remind: remind, here: &nodes[0], ahead: &nodes[1], floor: &nodes[2]}
}

// balances collects the cells of an account as of the bounds.
func (c *chain) balances(a *account, heads []chainEnd, b bounds) ([]Balance, error) {
	c.sums = c.sums[:0]
	symbols := c.view.symbols.symbols
	for _, h := range heads {
		if int(h.subBalance.currency) >= len(symbols) {
			continue // the currency is newer than the view
		}
		sum := h.balance
		if !b.now() || h.head.Record() > b.record {
			var err error
			var known bool
			if sum, known, err = c.sum(h.head, b); err != nil {
				return nil, err
			}
			if !known {
				continue // first used later than the record
			}
		}
		c.sums = append(c.sums, chainEnd{subBalance: h.subBalance, balance: sum})
	}
	l := c.view.ledger
	l.mu.RLock()
	defer l.mu.RUnlock()
	return a.balances(symbols, c.balance), nil
}

// balance returns what was summed up for a sub-balance, and false where nothing was.
func (c *chain) balance(of *subBalance) (money.Int, bool) {
	for i := range c.sums {
		if c.sums[i].subBalance == of {
			return c.sums[i].balance, true
		}
	}
	return money.Int{}, false
}

// load reads the posting it stands at.
func (c *chain) load() error {
	switch c.at {
	case c.ahead.place:
		c.here, c.ahead = c.ahead, c.here
	case c.floor.place:
		c.here, c.floor = c.floor, c.here
	}
	return c.read(c.here, c.at)
}

// sum adds up the postings of a chain that are within bounds, debits positive. It reports whether the chain has any up
// to the record of the bounds.
//
// It walks back from the newest posting. Once a posting and all before it lie within the bounds, the balance
// kept with it is the rest of the sum. Before that point, it jumps over stretches that lie wholly outside, and
// adds single postings that were booked late.
func (c *chain) sum(head codec.Position, b bounds) (sum money.Int, known bool, err error) {
	c.at, c.floor.place = head, 0
	for c.at != 0 {
		if err := c.load(); err != nil {
			return sum, known, err
		}
		p := c.here
		known = known || p.place.Record() <= b.record
		if b.all(p) {
			return sum.Add(p.Balance), known, nil
		}
		if b.knew(p) && p.happened <= b.at {
			sum = sum.Add(p.Amount)
		}
		c.at = p.Prev
		if p.Jump != p.Prev && p.Jump > c.floor.place {
			over, err := c.none(p, b)
			if err != nil {
				return sum, known, err
			}
			if over {
				c.at = p.Jump
			}
		}
	}
	return sum, known, nil
}

// none reports whether no posting after the target of p's jump, up to p itself, lies within the bounds: then
// sum can take the jump.
func (c *chain) none(p *historyNode, b bounds) (bool, error) {
	if err := c.read(c.ahead, p.Jump); err != nil {
		return false, err
	}
	target := c.ahead
	if b.all(target) {
		c.ahead, c.floor = c.floor, c.ahead
		return false, nil
	}
	// The bound is on what the jump passes: none of it happened earlier than so much before the greatest time at the
	// target.
	earliest := target.latest()
	if p.Bound > 0 {
		earliest -= int64(1)<<p.Bound - 1
	}
	return !b.knew(target) || earliest > b.at, nil
}
