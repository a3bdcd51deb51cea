package ledger

import (
	"errors"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A Draft is what a function will append, worked out ahead of its turn on a view of the books. It keeps note of
// all that it was asked on the way. At the turn, [Tx.Adopt] appends it, if the books would still give the same answers; so
// what is booked is what the function would have booked. Any number of goroutines may work out drafts, one each, while
// functions run one after another, which so have little to do.
//
// The answers are those of the [Tx] methods of the same names, of what is durable. A draft may be used again from Begin on.
type Draft struct {
	ledger *Ledger
	whole  bool // there is something to adopt

	asked    []keyed // the newest record that had each hash, 0 for none
	accounts []draftAccount
	balances []draftBalance
	assets   int // of the table, if that was asked for; else negative

	view   *View
	upTo   uint64 // the last record of the view
	locked bool   // the ledger's lock is held for reading, as it must not be while files are read

	composition composition
	ready       bool // the composition has the content
	body        int  // how much of it, from its beginning, Prepare wrote
	strings     int
	table       int
}

type draftAccount struct {
	id      accounts.ID
	account *account // nil where there was none
	asked   bool     // for what readers see of it
	status  accounts.Status
	details *details
}

type draftBalance struct {
	account  accounts.ID
	currency money.Currency
	balance  Balance
}

// Begin empties the draft, for the function whose work begins, on the books of a view, which goes on until End. One view may do for
// many drafts, one after another.
func (d *Draft) Begin(v *View) {
	d.ledger, d.view, d.upTo = v.ledger, v, v.head.Record
	d.whole, d.ready = false, false
	d.asked, d.accounts, d.balances, d.assets = d.asked[:0], d.accounts[:0], d.balances[:0], -1
}

// lock holds what readers see in its present state.
func (d *Draft) lock() {
	if !d.locked {
		d.ledger.mu.RLock()
		d.locked = true
	}
}

func (d *Draft) unlock() {
	if d.locked {
		d.ledger.mu.RUnlock()
		d.locked = false
	}
}

// End ends the work, and reports whether there is something to adopt.
func (d *Draft) End() bool {
	d.unlock()
	d.view = nil
	return d.whole
}

// Prepare runs encode, which writes content, or the beginning of it. An [Encoder.Take] in its place, while the draft is worked out or
// at the turn, need not do it again. It reports false, and there is nothing to take, where the content refers to a word or an account
// that the ledger does not have yet.
func (d *Draft) Prepare(encode func(*Encoder)) bool {
	d.lock()
	c := &d.composition
	c.reset(Encoder{ahead: d, table: c.table[:0]})
	encode(&c.Encoder)
	c.tabulate()
	d.body, d.strings, d.table = len(c.body), len(c.strings), len(c.table)
	d.ready = !c.limited
	return d.ready
}

// Take writes what was prepared. It reports false, and writes nothing, where there is nothing to take, something was
// written before it, or there are too many strings.
func (e *Encoder) Take(d *Draft) bool {
	c := &d.composition
	switch {
	case !d.ready:
		return false
	case e == &c.Encoder:
		return len(e.body) == d.body
	case len(e.body) > 0, len(e.strings) > 0, d.strings > manyStrings:
		return false
	}
	e.body = append(e.body, c.body[:d.body]...)
	e.strings = append(e.strings, c.strings[:d.strings]...)
	e.table, e.tabled, e.size = c.table[:d.table], d.strings, d.table
	e.Needs(c.format)
	return true
}

// Account is [Tx.Account].
func (d *Draft) Account(id accounts.ID) (accounts.Account, bool) {
	s := d.find(id)
	if !s.asked {
		s.asked = true
		if s.account != nil {
			d.lock()
			s.status, s.details = s.account.shownStatus, s.account.seenDetails()
		}
	}
	if s.account == nil {
		return accounts.Account{}, false
	}
	return s.account.public(s.status, s.details), true
}

// HasWord is [Tx.HasWord].
func (d *Draft) HasWord(word string) bool {
	d.lock()
	_, ok := d.ledger.shown.currencies.number(word)
	return ok
}

// find finds an account, each time the same.
func (d *Draft) find(id accounts.ID) *draftAccount {
	for i := range d.accounts {
		if s := &d.accounts[i]; s.id == id {
			return s
		}
	}
	d.lock()
	a := d.ledger.state.byID[id]
	if a != nil && !a.shown {
		a = nil
	}
	d.accounts = append(d.accounts, draftAccount{id: id, account: a})
	return &d.accounts[len(d.accounts)-1]
}

// Balance is [Tx.Balance].
func (d *Draft) Balance(id accounts.ID, c money.Currency) Balance {
	for _, s := range d.balances {
		if s.account == id && s.currency == c {
			return s.balance
		}
	}
	d.lock()
	b := d.ledger.balance(id, c)
	d.balances = append(d.balances, draftBalance{id, c, b})
	return b
}

// errAtTurn is the answer to what is left to the turn.
var errAtTurn = errors.New("ledger: this is known at the turn only")

// AccountBalances fails: it is left to the turn.
func (d *Draft) AccountBalances(accounts.ID) ([]Balance, error) { return nil, errAtTurn }

// Now returns the newest recorded time of the view. [Tx.Now] is no earlier at the function's turn.
func (d *Draft) Now() time.Time { return fromMicros(d.view.head.Time) }

// Table is [Tx.Table].
func (d *Draft) Table() money.Table {
	d.lock()
	t := d.ledger.shown.table
	if d.assets < 0 {
		d.assets = t.Len()
	}
	return t
}

// Has is [Tx.Has].
func (d *Draft) Has(k Key) (bool, error) {
	c, err := d.carriers(k)
	if err != nil {
		return false, err
	}
	return c.more()
}

// Group is [Tx.Group].
func (d *Draft) Group(k Key) ([]*Record, error) { return d.GroupIn(new(Room), k) }

// GroupIn is [Tx.GroupIn].
func (d *Draft) GroupIn(room *Room, k Key) ([]*Record, error) {
	c, err := d.carriers(k)
	if err != nil {
		return nil, err
	}
	return c.group(room)
}

// Last is [Tx.Last].
func (d *Draft) Last(k Key) (*Record, error) {
	c, err := d.carriers(k)
	if err != nil {
		return nil, err
	}
	return c.last()
}

// IsNewest is [Tx.IsNewest].
func (d *Draft) IsNewest(k Key, rec *Record) (bool, error) {
	newest, err := d.newest(k, k.hash())
	return newest == rec.Number, err
}

// EntryRecord is [Tx.EntryRecord]. Where it finds nothing, it is left to the turn.
func (d *Draft) EntryRecord(n uint64) (*Record, error) {
	d.unlock()
	r, err := d.view.EntryRecord(n)
	if errors.Is(err, journal.ErrNotFound) {
		err = errAtTurn
	}
	return r, err
}

// newest returns the newest record of the view that has the key's hash.
func (d *Draft) newest(k Key, hash uint64) (uint64, error) {
	for _, a := range d.asked {
		if a.hash == hash {
			return a.record, nil
		}
	}
	d.unlock()
	n, err := d.view.newest(k, hash)
	if err == nil {
		d.asked = append(d.asked, keyed{hash, n})
	}
	return n, err
}

// carriers returns the records that carry a key.
func (d *Draft) carriers(k Key) (carriers, error) {
	newest, err := d.newest(k, k.hash())
	if err != nil {
		return carriers{}, err
	}
	d.unlock()
	return d.view.from(k, newest)
}

// Append composes what is to be appended, once in a draft. It keeps nothing of r but its strings. Records that open or change accounts, or have something else that is not durable yet, are left to the turn,
// and so is saying what is wrong with r.
func (d *Draft) Append(r *Record) {
	c := &d.composition
	if len(r.Assets) > 0 || len(r.Opens) > 0 || len(r.Statuses) > 0 || len(r.Updates) > 0 {
		return
	}
	if !d.ready {
		d.Prepare(func(*Encoder) {})
	}
	d.lock()
	if c.check(r, d.Table()) != nil {
		return
	}
	c.encode(r.Content)
	if c.lines(r) != nil || c.limited {
		return
	}
	c.tabulate()
	for i := range c.keys {
		k := &c.keys[i]
		var err error
		if k.before, err = d.newest(r.Keys[i], k.hash); err != nil {
			return
		}
	}
	d.whole = true
}

// Adopt appends what the draft has, as [Tx.Append] does. It reports false, and does nothing, where the books would
// answer differently by now than they did to the draft: the function then has to work it out on tx.
func (tx *Tx) Adopt(d *Draft) (n Numbers, adopted bool, err error) {
	x := tx.books()
	if !d.whole || !x.agrees(d) {
		return n, false, nil
	}
	before := x.save()
	if n, err = x.write(&d.composition); err != nil {
		x.rollback(before)
	}
	return n, true, err
}

// agrees reports whether the books answer as they did to the draft.
func (x *executor) agrees(d *Draft) bool {
	for i := range d.asked {
		if n, err := x.since(d.upTo, d.asked[i]); err != nil || n != d.asked[i].record {
			return false
		}
	}
	for i := range d.accounts {
		s := &d.accounts[i]
		if !s.asked {
			continue
		}
		if a := s.account; a != nil && (a.status != s.status || a.details != s.details) || a == nil && x.state.account(s.id) != nil {
			return false
		}
	}
	for i := range d.balances {
		s := &d.balances[i]
		if !s.balance.equal((&Tx{x}).Balance(s.account, s.currency)) {
			return false
		}
	}
	return d.assets < 0 || x.state.table.Len() == d.assets
}

// since returns the newest record with a hash, given the newest of those up to some record. It need not look
// far where none has become durable since.
func (x *executor) since(upTo uint64, known keyed) (uint64, error) {
	if upTo+1 < x.oldest() {
		return x.newest(known.hash)
	}
	if n := x.block.recent.get(known.hash); n != 0 {
		return n, nil
	}
	if x.flying != nil {
		if n := x.flying.recent.get(known.hash); n != 0 {
			return n, nil
		}
	}
	return known.record, nil
}

// oldest is the first record of which readers may not know yet.
func (x *executor) oldest() uint64 {
	if x.flying != nil {
		return x.flying.First
	}
	return x.block.First
}

func (b Balance) equal(c Balance) bool {
	return b.Pending.Equal(c.Pending) && b.Available.Equal(c.Available) && b.Reserved.Equal(c.Reserved)
}
