package ledger

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A Tx is what a function given to [Ledger.Update] works with: the books as they are at its turn, with all that
// the function has appended so far. It is for one goroutine, and only until the function returns; after that its methods panic.
type Tx struct {
	x *executor // nil once the function has returned
}

// books returns the executor, while the function has its turn.
func (tx *Tx) books() *executor {
	if tx.x == nil {
		panic("ledger: a Tx was used after its function had returned")
	}
	return tx.x
}

// Now returns the recorded time of everything appended in this Update, to the microsecond, in UTC. It never goes
// back, even where the clock does.
func (tx *Tx) Now() time.Time { return fromMicros(tx.books().block.Time) }

// Table returns the exponents of the ledger's currencies.
func (tx *Tx) Table() money.Table { return tx.books().state.table }

// HasWord reports whether a record ever wrote a word by [Encoder.Symbol].
func (tx *Tx) HasWord(word string) bool {
	_, ok := tx.books().state.words.number(word)
	return ok
}

// Account returns an account. Its Metadata and Overdraft are shared, and must not be changed.
func (tx *Tx) Account(id accounts.ID) (accounts.Account, bool) {
	a := tx.books().state.account(id)
	if a == nil {
		return accounts.Account{}, false
	}
	return a.public(a.status, a.details), true
}

// Balance returns what an account holds in a currency: zero where nothing was ever posted.
func (tx *Tx) Balance(id accounts.ID, c money.Currency) Balance {
	s := tx.books().state
	a := s.account(id)
	word, _ := s.words.number(string(c))
	if a == nil || word == 0 {
		return (&account{}).balance(c, 0, nil)
	}
	return a.balance(c, word, presentBalance)
}

// presentBalance is what a function sees of a cell, and whether it has any posting. It has none where the function
// that was first to post to it was refused.
func presentBalance(c *cell) (money.Int, bool) { return c.balance, len(c.spine) > 0 }

// AccountBalances returns what an account holds, in every currency it ever had a posting in, by currency.
// An account that does not exist is unknown_account.
func (tx *Tx) AccountBalances(id accounts.ID) ([]Balance, error) {
	a := tx.books().state.account(id)
	if a == nil {
		return nil, unknownAccount(id)
	}
	return a.balances(tx.books().state.words.list, presentBalance), nil
}

// carriers returns the records that carry a key, those that are not durable yet among them.
func (tx *Tx) carriers(k Key) (c carriers, err error) {
	x := tx.books()
	c = carriers{source: x, scratch: &x.scratch, names: x.state.names(), key: k}
	c.next, err = x.newest(k.hash())
	return c, err
}

// Has reports whether any record carries the key.
func (tx *Tx) Has(k Key) (bool, error) {
	c, err := tx.carriers(k)
	if err != nil {
		return false, err
	}
	return c.more()
}

// Group returns the records that carry the key, oldest first.
func (tx *Tx) Group(k Key) ([]*Record, error) { return tx.GroupIn(new(Room), k) }

// GroupIn is [Tx.Group] in the memory of a room: the records are good until others are read in it.
func (tx *Tx) GroupIn(room *Room, k Key) ([]*Record, error) {
	c, err := tx.carriers(k)
	if err != nil {
		return nil, err
	}
	return c.group(room)
}

// Last returns the newest record that carries the key, nil if there is none. Unlike [Tx.Group] it reads no more than that one,
// however many carry the key.
func (tx *Tx) Last(k Key) (*Record, error) {
	c, err := tx.carriers(k)
	if err != nil {
		return nil, err
	}
	return c.last()
}

// IsNewest reports whether none came after rec of the records that carry the key, as rec does. It reads no record.
func (tx *Tx) IsNewest(k Key, rec *Record) (bool, error) {
	newest, err := tx.books().newest(k.hash())
	return newest == rec.Number, err
}

// EntryRecord returns the record that holds the entry numbered n, or an error that is [journal.ErrNotFound].
func (tx *Tx) EntryRecord(n uint64) (*Record, error) {
	x := tx.books()
	return entryRecord(n, x.state.names(), x.block.LastEntry(), x)
}

// Append appends a record and sets its Number and Recorded and the numbers of its entries. It fails, and leaves
// nothing, with Unbalanced, UnknownAccount or Invalid where the record is not well formed. Rules of business are not its
// affair: it books on closed accounts and below zero.
func (tx *Tx) Append(r *Record) error {
	x := tx.books()
	before := x.save()
	err := x.append(r)
	if err != nil {
		x.rollback(before)
	}
	return err
}

// append checks a record, and then changes the state and the block.
func (x *executor) append(r *Record) error {
	s, c := x.state, &x.composition
	c.reset(Encoder{state: s, first: len(s.words.list)})
	if err := c.check(r, s.table); err != nil {
		return err
	}
	x.undo.words = append(x.undo.words, len(s.words.list))
	c.encode(r.Content)
	if len(r.Assets) > 0 {
		c.flags |= hasAssets
		table, err := s.table.With(r.Assets...)
		if err != nil {
			return Errorf(Invalid, "%v", err)
		}
		s.table = table
		for _, a := range r.Assets {
			c.word(string(a.Code))
		}
	}
	if len(r.Opens) > 0 {
		c.flags |= hasOpens
		if err := x.opens(r.Opens); err != nil {
			return err
		}
	}
	if len(r.Statuses) > 0 {
		c.flags |= hasStatuses
		if err := x.statuses(r.Statuses); err != nil {
			return err
		}
	}
	if len(r.Updates) > 0 {
		c.flags |= updatesVersion
		c.Needs(2)
		if err := x.updates(r.Updates); err != nil {
			return err
		}
	}
	if err := c.lines(r); err != nil {
		return err
	}
	for i := range c.keys {
		k := &c.keys[i]
		var err error
		if k.before, err = x.newest(k.hash); err != nil {
			return err
		}
	}
	n, err := x.write(c)
	if err != nil {
		return err
	}
	r.Number, r.Recorded, r.At = n.Record, fromMicros(x.block.Time), n.At
	for i := range r.Entries {
		r.Entries[i].Number = n.Entry + uint64(i)
	}
	return nil
}

// Numbers says which record something was appended as.
type Numbers struct {
	Record  uint64
	Entry   uint64 // its first entry
	Entries int    // how many it has, numbered from the first on
	At      time.Time
}

// write enters a record that is composed into the state and the block.
func (x *executor) write(c *composition) (Numbers, error) {
	number, recorded := x.block.First+uint64(x.block.Len()), x.block.Time
	if number > maxRecords {
		return Numbers{}, Errorf(Invalid, "the ledger holds %d events, which is all it can", uint64(maxRecords))
	}
	happened := recorded * int64(time.Microsecond)
	if !c.at.IsZero() {
		happened = c.at.UnixNano()
	}
	c.begin()
	x.keys(c, number)
	posting := 0
	for i := range c.entries {
		c.entry(&c.entries[i])
		for ; posting < c.entries[i].to; posting++ {
			p := &c.postings[posting]
			n, undo := x.touch(p.account, p.currency, p.sub).push(at(number, posting), p.amount, happened)
			x.undo.cells = append(x.undo.cells, undo)
			c.posting(p, &n, number)
		}
	}
	if err := c.wellFormed(); err != nil {
		return Numbers{}, err
	}
	x.payload = c.finish(x.payload[:0], c.flags, happened, recorded, c.assets)
	n := Numbers{number, x.block.LastEntry() + 1, len(c.entries), time.Unix(0, happened).UTC()}
	x.block.Add(x.payload, uint64(n.Entries))
	x.block.Format = max(x.block.Format, c.format)
	return n, nil
}

// keys enters the record under its keys, and writes each with the record that had its hash before. Keys of one record
// with one hash all point to a record before it.
func (x *executor) keys(c *composition, number uint64) {
	c.Uint(uint64(len(c.keys)))
	for i := range c.keys {
		k := &c.keys[i]
		c.key(k, number)
		x.block.hashes = append(x.block.hashes, keyed{k.hash, number})
		prev := x.block.recent.get(k.hash)
		x.undo.keys = append(x.undo.keys, keyUndo{k.hash, prev, prev != 0})
		x.block.recent.put(k.hash, number)
	}
}

// opens opens accounts, and writes them.
func (x *executor) opens(list []accounts.Account) error {
	e := &x.composition.Encoder
	e.Uint(uint64(len(x.state.accounts)))
	e.Uint(uint64(len(list)))
	for i := range list {
		if x.state.byID[list[i].ID] != nil {
			return Errorf(Invalid, "account %s exists already", list[i].ID)
		}
		x.ledger.mu.Lock()
		a := x.state.open(list[i])
		x.ledger.mu.Unlock()
		x.undo.opened++
		x.block.opened = append(x.block.opened, a)
		e.open(&list[i])
	}
	return nil
}

// statuses changes the status of accounts, and writes that.
func (x *executor) statuses(list []StatusChange) error {
	x.composition.Uint(uint64(len(list)))
	for _, c := range list {
		a := x.state.account(c.Account)
		if a == nil {
			return unknownAccount(c.Account)
		}
		x.undo.statuses = append(x.undo.statuses, statusUndo{a, a.status})
		a.status = c.Status
		x.state.change(a)
		x.block.changed = append(x.block.changed, a)
		x.composition.Uint(uint64(a.number))
		x.composition.body = append(x.composition.body, byte(c.Status))
	}
	return nil
}

// updates changes what is kept with accounts, and writes that.
func (x *executor) updates(list []Update) error {
	e := &x.composition.Encoder
	e.Uint(uint64(len(list)))
	for i := range list {
		u := &list[i]
		a := x.state.account(u.Account)
		if a == nil {
			return unknownAccount(u.Account)
		}
		d := &details{holder: u.Holder, metadata: maps.Clone(u.Metadata), overdraft: slices.Clone(u.Overdraft), hidden: true, before: a.details}
		x.undo.details = append(x.undo.details, detailsUndo{a, a.details})
		x.block.updated = append(x.block.updated, d)
		x.ledger.mu.Lock()
		a.details = d
		x.ledger.mu.Unlock()
		x.state.change(a)
		e.Uint(uint64(a.number))
		e.details(u.Holder, u.Metadata, u.Overdraft)
	}
	return nil
}

func unknownAccount(id accounts.ID) error {
	return &Error{Code: UnknownAccount, Message: fmt.Sprintf("account %s was never opened", id), Field: "account"}
}

// touch returns the cell to post to, and notes it for publication with the block.
func (x *executor) touch(a *account, currency uint16, sub Sub) *cell {
	x.state.change(a) // at each posting: a checkpoint may begin amid a block
	c := a.cell(currency, sub)
	if c == nil {
		x.ledger.mu.Lock()
		c = a.addCell(currency, sub)
		x.ledger.mu.Unlock()
	}
	if !c.touched {
		c.touched = true
		x.block.cells = append(x.block.cells, c)
	}
	return c
}

// newest returns the newest record with the hash, in the blocks not yet durable or before; 0 for none.
func (x *executor) newest(hash uint64) (uint64, error) {
	if n := x.block.recent.get(hash); n != 0 {
		return n, nil
	}
	for _, k := range x.asked {
		if k.hash == hash {
			return k.record, nil
		}
	}
	n, err := x.older(hash)
	if err != nil {
		return 0, err
	}
	if len(x.asked) < maxAsked {
		x.asked = append(x.asked, keyed{hash, n})
	} else {
		x.asked[x.turn%maxAsked] = keyed{hash, n}
		x.turn++
	}
	return n, nil
}

// older is newest for the records before the block being formed.
func (x *executor) older(hash uint64) (uint64, error) {
	if x.flying != nil {
		if n := x.flying.recent.get(hash); n != 0 {
			return n, nil
		}
	}
	return x.ledger.keys.get(hash, x)
}

// read finds a record, in the blocks not yet durable or in the journal. Its payload is valid until the executor
// waits for something.
func (x *executor) read(n uint64) (journal.Record, error) {
	for _, b := range []*journal.Block{x.block.Block, x.flyingBlock()} {
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

// look opens the snapshot of the journal.
func (x *executor) look() error {
	if x.snapshot != nil {
		return nil
	}
	s, err := x.ledger.journal.Snapshot()
	x.snapshot = s
	return corrupt(err)
}

// search is [journal.Snapshot.Search], with each record that is not durable yet as a chunk of its own.
func (x *executor) search(before func(journal.Chunk) bool) (uint64, error) {
	for _, b := range []*journal.Block{x.block.Block, x.flyingBlock()} {
		if b == nil || b.Len() == 0 || !before(journal.Chunk{Record: b.First, Entry: b.FirstEntry, Block: b.Number, Time: b.Time}) {
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
