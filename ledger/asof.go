package ledger

import (
	"math"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// An AsOf says which postings count towards a balance. A zero time does not limit.
type AsOf struct {
	At       time.Time // events that had happened by then
	Recorded time.Time // what the books knew by then
}

// BalanceAt returns what an account held as of some moment, in every currency it ever had a posting in, by
// currency; both times together tell what was known then of then. It reads O(log n) postings of the account's n,
// and those few more that came late.
func (l *Ledger) BalanceAt(id accounts.ID, when AsOf) ([]Balance, error) {
	l.mu.RLock()
	a := l.state.byID[id]
	shown := a != nil && a.shown
	l.mu.RUnlock()
	if !shown {
		return nil, unknownAccount(id)
	}
	heads := l.heads(a) // before the view, which then has them all
	v, err := l.view()
	if err != nil {
		return nil, err
	}
	defer v.close()
	bounds, err := v.bounds(when)
	if err != nil {
		return nil, err
	}
	return l.balancesAt(v, a, heads, bounds)
}

// BalancesAt is [Ledger.Balances] as of some moment.
func (l *Ledger) BalancesAt(when AsOf, keep func(accounts.Account) bool) ([]AccountBalance, error) {
	if when == (AsOf{}) {
		return l.Balances(keep), nil
	}
	ends := l.ends(keep)
	v, err := l.view()
	if err != nil {
		return nil, err
	}
	defer v.close()
	bounds, err := v.bounds(when)
	if err != nil {
		return nil, err
	}
	var list []AccountBalance
	for _, e := range ends {
		b, err := l.balancesAt(v, e.account, e.heads, bounds)
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
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, a := range l.shown.names.accounts {
		if p := a.public(a.shownStatus); keep == nil || keep(p) {
			list = append(list, accountEnd{a, p, a.heads()})
		}
	}
	return list
}

// bounds is an AsOf in the journal's terms.
type bounds struct {
	record uint64 // postings up to this record
	at     int64  // of events up to this time, nanoseconds
}

func (v *View) bounds(when AsOf) (b bounds, err error) {
	b = bounds{v.head.Record, math.MaxInt64}
	if !when.At.IsZero() {
		b.at = nanos(when.At)
	}
	if !when.Recorded.IsZero() {
		t := micros(when.Recorded)
		n, err := v.search(func(c journal.Chunk) bool { return c.Time <= t })
		if err != nil {
			return b, err
		}
		b.record = min(b.record, n-1)
	}
	return b, nil
}

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

func micros(t time.Time) int64 { return t.UnixMicro() }

// balancesAt collects the cells of an account as of the bounds.
func (l *Ledger) balancesAt(v *View, a *account, heads []cellHead, b bounds) ([]Balance, error) {
	sums := make(map[*cell]money.Int)
	for _, c := range heads {
		ch := chain{view: v, at: c.head}
		sum, err := ch.sum(b)
		if err != nil {
			return nil, err
		}
		sums[c.cell] = sum
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return a.balances(v.names.words, func(c *cell) (money.Int, bool) { sum, ok := sums[c]; return sum, ok }), nil
}

type cellHead struct {
	cell *cell
	head position
}

// heads returns where the chains of an account's cells end.
func (l *Ledger) heads(a *account) (list []cellHead) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return a.heads()
}

func (a *account) heads() (list []cellHead) {
	for c := a.cells; c != nil; c = c.next {
		if c.shownHead != 0 {
			list = append(list, cellHead{c, c.shownHead})
		}
	}
	return list
}

// A chain is a place in a cell's chain of postings.
type chain struct {
	view   *View
	at     position
	parsed *parsed // the record it stands in
	ahead  *parsed // the record that was looked at last to know whether to jump there
}

// load reads the posting it stands at.
func (c *chain) load() (*parsedPosting, error) {
	if c.parsed == nil {
		c.parsed, c.ahead = new(parsed), new(parsed)
	}
	if c.ahead.number == c.at.record() {
		c.parsed, c.ahead = c.ahead, c.parsed
	}
	return c.view.posting(c.parsed, c.at)
}

// posting reads the posting at a position, into the record it stands in unless that has been read.
func (v *View) posting(into *parsed, at position) (*parsedPosting, error) {
	if n := at.record(); into.number != n {
		r, err := v.read(n)
		if err != nil {
			return nil, err
		}
		if err := into.parse(r); err != nil {
			return nil, err
		}
	}
	if at.index() >= len(into.postings) {
		return nil, damaged(at.record(), "a later posting points to one that is not there")
	}
	p := &into.postings[at.index()]
	if p.prev >= at || p.jump > p.prev {
		return nil, damaged(at.record(), "a posting points forward")
	}
	return p, nil
}

// latest returns the greatest time of an event in the chain of one of the record's postings, up to it.
func (r *parsed) latest(p *parsedPosting) int64 { return r.at + int64(p.lateness) }

// back moves to the newest posting of a record up to the given one.
func (c *chain) back(record uint64) error {
	for c.at.record() > record {
		p, err := c.load()
		if err != nil {
			return err
		}
		if p.jump.record() > record {
			c.at = p.jump
		} else {
			c.at = p.prev
		}
	}
	return nil
}

// sum adds up the postings within bounds, debits positive.
//
// Where the greatest time so far lies within the bound, all postings before do: the balance kept there is their
// sum. Until then, stretches that have nothing within the bound are jumped over, and late postings counted singly.
func (c *chain) sum(b bounds) (sum money.Int, err error) {
	if err := c.back(b.record); err != nil {
		return sum, err
	}
	for c.at != 0 {
		p, err := c.load()
		if err != nil {
			return sum, err
		}
		if c.parsed.latest(p) <= b.at {
			return sum.Add(p.balance), nil
		}
		prev, jump, late := p.prev, p.jump, p.late
		if c.parsed.at <= b.at {
			sum = sum.Add(p.amount)
		}
		c.at = prev
		if jump != prev && jump != 0 {
			over, err := c.nothing(jump, late, b.at)
			if err != nil {
				return sum, err
			}
			if over {
				c.at = jump
			}
		}
	}
	return sum, nil
}

// nothing reports whether nothing behind the jump's target, up to the posting that jumps, happened by the time at.
func (c *chain) nothing(jump position, late uint8, at int64) (bool, error) {
	p, err := c.view.posting(c.ahead, jump)
	if err != nil {
		return false, err
	}
	earliest := c.ahead.latest(p)
	if late > 0 {
		earliest -= int64(1)<<late - 1
	}
	return earliest > at, nil
}
