package ledger

import (
	"math"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
)

// An AsOf says which postings count towards a balance. A zero time does not limit.
type AsOf struct {
	At       time.Time // events that had happened by then, at that very time among them
	Recorded time.Time // what the books knew by then, likewise
}

// BalanceAt returns what an account held as of some moment, in every currency it ever had a posting in, by
// currency; both times together tell what was known then of then. It reads O(log n) postings of the account's n,
// and those few more that came late.
func (l *Ledger) BalanceAt(id accounts.ID, when AsOf) ([]Balance, error) {
	l.mu.RLock()
	a := l.state.find(id)
	shown := a != nil && a.shown
	l.mu.RUnlock()
	if !shown {
		return nil, unknownAccount(id)
	}
	heads := l.heads(a) // before the view, which then has them all
	v, err := l.newView()
	if err != nil {
		return nil, err
	}
	defer v.close()
	return newChain(v, true).balances(a, heads, when.bounds())
}

// BalancesAt is [Ledger.Balances] as of some moment.
func (l *Ledger) BalancesAt(when AsOf, keep func(accounts.Account) bool) ([]AccountBalance, error) {
	if when == (AsOf{}) {
		return l.Balances(keep), nil
	}
	ends := l.ends(keep)
	v, err := l.newView()
	if err != nil {
		return nil, err
	}
	defer v.close()
	var list []AccountBalance
	c := newChain(v, false)
	for i, e := range ends {
		if i%stretch == stretch-1 {
			v.release()
		}
		b, err := c.balances(e.account, e.heads, when.bounds())
		if err != nil {
			return nil, err
		}
		list = append(list, AccountBalance{e.public, b})
	}
	return list, nil
}

// An accountEnd is an account with where the chains of its cells end.
type accountEnd struct {
	account *account
	public  accounts.Account
	heads   []cellHead
}

// ends copies where all chains end, at one moment.
func (l *Ledger) ends(keep func(accounts.Account) bool) (list []accountEnd) {
	l.each(keep, func(a *account, p accounts.Account) { list = append(list, accountEnd{a, p, a.heads(shownHead)}) })
	return list
}

// bounds is an AsOf in the journal's terms.
type bounds struct {
	recorded int64 // by then, microseconds
	at       int64 // of events up to this time, nanoseconds
}

func (when AsOf) bounds() bounds {
	b := bounds{math.MaxInt64, math.MaxInt64}
	if !when.At.IsZero() {
		b.at = nanos(when.At)
	}
	if !when.Recorded.IsZero() {
		b.recorded = when.Recorded.UnixMicro()
	}
	return b
}

// all reports whether a posting and all before it in its chain lie within the bounds.
func (b bounds) all(s *stop) bool { return s.recorded <= b.recorded && s.latest() <= b.at }

// nanos returns a time in nanoseconds since 1970, or the end of that range it lies beyond.
func nanos(t time.Time) int64 {
	switch {
	case t.Year() < 1678:
		return math.MinInt64
	case t.Year() > 2261:
		return math.MaxInt64
	}
	return t.UnixNano()
}

type cellHead struct {
	cell *subBalance
	head position
}

type cellSum struct {
	cell *subBalance
	sum  money.Int
}

// heads returns where the chains of an account's sub-balances end for readers.
func (l *Ledger) heads(a *account) []cellHead {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return a.heads(shownHead)
}

// heads returns where the chains of an account's sub-balances end, by get; none of no account.
func (a *account) heads(get func(*subBalance) position) (list []cellHead) {
	if a == nil {
		return nil
	}
	for c := a.cells; c != nil; c = c.next {
		if head := get(c); head != 0 {
			list = append(list, cellHead{c, head})
		}
	}
	return list
}

// shownHead is where the chain of a sub-balance ends for readers, who hold the ledger's lock.
func shownHead(c *subBalance) position { return c.shownHead }

// A chain is a place in a cell's chain of postings, and then in another's.
type chain struct {
	view   *view
	remind bool // milestones are left for later questions
	at     position
	here   *stop // where it stands, once that was read
	ahead  *stop // that was looked at last, to know whether to jump there
	floor  *stop // the newest known that lies within the bounds with all before it: no jump leads over it
	sums   []cellSum
}

func newChain(v *view, remind bool) *chain {
	stops := new([3]stop)
	return &chain{view: v, remind: remind, here: &stops[0], ahead: &stops[1], floor: &stops[2]}
}

// balances collects the cells of an account as of the bounds.
func (c *chain) balances(a *account, heads []cellHead, b bounds) ([]Balance, error) {
	c.sums = c.sums[:0]
	for _, h := range heads {
		sum, err := c.sum(h.head, b)
		if err != nil {
			return nil, err
		}
		c.sums = append(c.sums, cellSum{h.cell, sum})
	}
	l := c.view.ledger
	l.mu.RLock()
	defer l.mu.RUnlock()
	return a.balances(c.view.symbols.symbols, c.balance), nil
}

func (c *chain) balance(of *subBalance) (money.Int, bool) {
	for i := range c.sums {
		if c.sums[i].cell == of {
			return c.sums[i].sum, true
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
	return c.stop(c.here, c.at)
}

// sum adds up the postings of a chain that are within bounds, debits positive.
//
// Where one and all before it lie within, the balance kept there is their sum. Until then, stretches that have nothing within are
// jumped over, and the others counted singly: those that came late.
func (c *chain) sum(head position, b bounds) (sum money.Int, err error) {
	c.at, c.floor.place = head, 0
	for c.at != 0 {
		if err := c.load(); err != nil {
			return sum, err
		}
		p := c.here
		if b.all(p) {
			return sum.Add(p.balance), nil
		}
		if p.recorded <= b.recorded && p.happened <= b.at {
			sum = sum.Add(p.amount)
		}
		c.at = p.prev
		if p.jump != p.prev && p.jump > c.floor.place {
			over, err := c.none(p, b)
			if err != nil {
				return sum, err
			}
			if over {
				c.at = p.jump
			}
		}
	}
	return sum, nil
}

// none reports whether no posting behind the target of p's jump, up to p, lies within the bounds.
func (c *chain) none(p *stop, b bounds) (bool, error) {
	if err := c.stop(c.ahead, p.jump); err != nil {
		return false, err
	}
	target := c.ahead
	if b.all(target) {
		c.ahead, c.floor = c.floor, c.ahead
		return false, nil
	}
	earliest := target.latest()
	if p.late > 0 {
		earliest -= int64(1)<<p.late - 1
	}
	return target.recorded > b.recorded || earliest > b.at, nil
}
