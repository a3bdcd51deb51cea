package ledger

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/ledger/journal"
)

// A Tx is what a function given to [Ledger.Update] works with: it reads the books as they are at its turn, with
// all that the function has appended so far, and appends to them. It is for one goroutine, and only until the
// function returns; after that its methods panic.
type Tx struct{ Reader }

// newest implements source.
func (x *executor) newest(k Key) (uint64, error) {
	_, n, err := x.ask(k)
	return n, err
}

// names, last and memory implement source.
func (x *executor) names() names          { return x.state.names() }
func (x *executor) last() journal.Head    { return x.block.Head() }
func (x *executor) memory() *codec.Record { return &x.scratch }

// Append appends a record and sets its Number and Recorded and the numbers of its entries. It fails, and leaves
// nothing, with Unbalanced, UnknownAccount or Invalid where the record is not well formed. Rules of business
// are not its affair: it books on closed accounts and below zero.
func (tx *Tx) Append(r *Record) error {
	x := tx.executor()
	before := x.save()
	err := x.append(r)
	if err != nil {
		x.rollBack(before)
	}
	return err
}

// append checks a record, encodes it, and changes the state and the block by it. What it did is in the undo log, so
// that [executor.rollBack] takes it back where it fails amid that.
func (x *executor) append(r *Record) error {
	s := x.state
	x.undo.symbols = append(x.undo.symbols, len(s.symbols.List))
	// Checks come before any change. What fails after a change is taken back by the undo log.
	c := &x.encoder
	c.reset(s)
	if err := c.check(r, s.table); err != nil {
		return err
	}
	if r.Content != nil {
		r.Content.Encode(&c.Encoder)
	}
	c.EndContent()
	// The order is that of the format. Accounts are opened before the entries that may post to them.
	if len(r.Assets) > 0 {
		table, err := s.table.With(r.Assets...)
		if err != nil {
			return Errorf(Invalid, "%v", err)
		}
		s.table = table
		c.Assets(r.Assets)
	}
	if len(r.Opens) > 0 {
		if err := x.opens(c, r.Opens); err != nil {
			return err
		}
	}
	if len(r.Statuses) > 0 {
		if err := x.statuses(c, r.Statuses); err != nil {
			return err
		}
	}
	if len(r.Updates) > 0 {
		if err := x.updates(c, r.Updates); err != nil {
			return err
		}
	}
	for _, k := range r.Keys {
		hash, before, err := x.ask(k)
		if err != nil {
			return err
		}
		c.keys = append(c.keys, c.Key(k.Space, k.Name, hash, before))
	}
	if err := c.lines(r); err != nil {
		return err
	}
	return x.write(c, r)
}

// write enters an encoded record into the state and the block, and says in r how it is numbered. It fails where there
// is no room for the record.
func (x *executor) write(c *recordEncoder, r *Record) error {
	number, recorded := x.block.First+uint64(x.block.Len()), x.block.Time
	if number > codec.MaxRecord {
		return Errorf(Invalid, "the ledger holds %d events, which is all it can", uint64(codec.MaxRecord))
	}
	happened := recorded * int64(time.Microsecond)
	if !r.At.IsZero() {
		happened = r.At.UnixNano()
	}
	c.Keys(c.keys, number)
	x.undo.keys = x.ledger.index.Put(c.keys, number, x.undo.keys)
	x.asked = x.asked[:0]
	for i := range c.postings { // before the rest: none waits for the memory of another
		p := &c.postings[i]
		p.subBalance = x.touch(p.account, uint16(p.Currency), Sub(p.Sub))
	}
	posting := 0
	for i := range c.entries {
		c.Entry(&c.entries[i])
		for ; posting < c.entries[i].To; posting++ {
			p := &c.postings[posting]
			n, undo := p.subBalance.push(codec.At(number, posting), p.Amount, happened)
			x.undo.subBalances = append(x.undo.subBalances, undo)
			c.Posting(&p.Posting, &n, number)
		}
	}
	var err error
	if x.payload, err = c.Finish(x.payload[:0], happened, recorded); err != nil {
		return &Error{Code: Invalid, Message: err.Error()}
	}
	r.Number, r.Recorded, r.At = number, fromMicros(recorded), time.Unix(0, happened).UTC()
	for i := range r.Entries {
		r.Entries[i].Number = x.block.LastEntry() + 1 + uint64(i)
	}
	x.block.Add(x.payload, uint64(len(r.Entries)))
	x.block.Format = max(x.block.Format, c.Format())
	return nil
}

// opens opens accounts, and writes them into the record. One that exists already is Invalid. The lock is for readers,
// who look accounts up while the turn goes on; what they may not see yet is not shown to them.
func (x *executor) opens(e *recordEncoder, list []accounts.Account) error {
	e.Opens(len(x.state.accounts), list)
	for i := range list {
		if x.state.find(list[i].ID) != nil {
			return Errorf(Invalid, "account %s exists already", list[i].ID)
		}
		p := list[i] // which stays the caller's
		p.Metadata, p.Overdraft = maps.Clone(p.Metadata), slices.Clone(p.Overdraft)
		p.ID = accounts.ID(strings.Clone(string(p.ID))) // which may be part of a long line
		x.ledger.mu.Lock()
		a := x.state.open(p)
		x.ledger.mu.Unlock()
		x.undo.opened++
		x.block.opened = append(x.block.opened, a)
	}
	return nil
}

// statuses changes the status of accounts, and writes that. It asks nothing of the old status: which changes are
// allowed is a rule of the package above.
func (x *executor) statuses(e *recordEncoder, list []StatusChange) error {
	e.Statuses(len(list))
	for _, c := range list {
		a := x.state.account(c.Account)
		if a == nil {
			return unknownAccount(c.Account)
		}
		x.undo.statuses = append(x.undo.statuses, statusUndo{a, a.status})
		a.status = c.Status
		x.state.change(a)
		x.block.changed = append(x.block.changed, a)
		e.Status(a.number, c.Status)
	}
	return nil
}

// updates changes what is kept with accounts, and writes that. Readers go on seeing the details of before until the
// block is durable, so these are kept with the new ones.
func (x *executor) updates(e *recordEncoder, list []Update) error {
	e.Updates(len(list))
	for i := range list {
		u := &list[i]
		a := x.state.account(u.Account)
		if a == nil {
			return unknownAccount(u.Account)
		}
		d := &details{holder: u.Holder, metadata: maps.Clone(u.Metadata),
			overdraft: slices.Clone(u.Overdraft), hidden: true, before: a.details}
		x.undo.details = append(x.undo.details, detailsUndo{a, a.details})
		x.block.updated = append(x.block.updated, d)
		x.ledger.mu.Lock()
		a.details = d
		x.ledger.mu.Unlock()
		x.state.change(a)
		e.Update(a.number, u.Holder, u.Metadata, u.Overdraft)
	}
	return nil
}

// unknownAccount refuses the id of an account that was never opened.
func unknownAccount(id accounts.ID) error {
	return &Error{Code: UnknownAccount, Message: fmt.Sprintf("account %s was never opened", id), Field: "account",
		Unknown: string(id)}
}

// touch returns the sub-balance to post to, made if need be, and notes it so that it is shown with the block.
func (x *executor) touch(a *account, currency uint16, sub Sub) *subBalance {
	x.state.change(a) // at each posting: a checkpoint may begin amid a block
	c := a.subBalance(currency, sub)
	if c == nil {
		x.ledger.mu.Lock()
		c = a.addSubBalance(currency, sub)
		x.ledger.mu.Unlock()
	}
	if !c.touched {
		c.touched = true
		x.block.subBalances = append(x.block.subBalances, c)
	}
	return c
}

// ask returns the hash of a key and the newest record with it, 0 for none. The answers of a turn are kept, as a rule
// looks a payment up that the record then has as a key.
func (x *executor) ask(k Key) (hash, record uint64, err error) {
	for i := range x.asked {
		if a := &x.asked[i]; a.Space == k.Space && a.Name == k.Name {
			return a.Hash, a.Record, nil
		}
	}
	a := index.Ask(k.Space, k.Name)
	if a.Record, err = x.ledger.index.Newest(a.Hash, x); err != nil {
		return 0, 0, corrupt(err)
	}
	if len(x.asked) < maxAsked {
		x.asked = append(x.asked, a)
	} else {
		// One answer gives way, in turn: which one matters little, and to find the oldest would cost more.
		x.asked[x.turn%maxAsked] = a
		x.turn++
	}
	return a.Hash, a.Record, nil
}

// Read finds a record, in the blocks not yet durable or in the journal. Its payload is valid until the executor
// waits for something.
func (x *executor) Read(n uint64) (journal.Record, error) {
	for _, b := range []*journal.Block{x.block.Block, x.committingBlock()} {
		if b != nil && n >= b.First && n < b.First+uint64(b.Len()) {
			return b.Record(int(n - b.First)), nil
		}
	}
	if err := x.look(); err != nil {
		return journal.Record{}, err
	}
	r, err := x.snapshot.Record(n)
	return r, corrupt(err)
}

// look opens the snapshot of the journal, once for all that a turn asks. Most turns ask nothing of it.
func (x *executor) look() error {
	if x.snapshot != nil {
		return nil
	}
	s, err := x.ledger.journal.Snapshot()
	x.snapshot = s
	return corrupt(err)
}

// search is [journal.Snapshot.Search] over the block that forms, the one being made durable and the journal, in this
// order, with each record that is not durable yet as a chunk of its own.
func (x *executor) search(before func(journal.Chunk) bool) (uint64, error) {
	for _, b := range []*journal.Block{x.block.Block, x.committingBlock()} {
		if b == nil || b.Len() == 0 ||
			!before(journal.Chunk{Record: b.First, Entry: b.FirstEntry, Block: b.Number, Time: b.Time}) {
			continue
		}
		return b.First + uint64(sort.Search(b.Len(), func(i int) bool {
			r := b.Record(i)
			return !before(journal.Chunk{Record: r.Number, Entry: r.Entry, Block: b.Number, Time: r.Time})
		})), nil
	}
	if err := x.look(); err != nil {
		return 0, err
	}
	n, err := x.snapshot.Search(before)
	return n, corrupt(err)
}
