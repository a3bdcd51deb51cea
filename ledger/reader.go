package ledger

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A Reader looks into the books: accounts, balances, records by key, and history.
//
// What it sees depends on where it is from. The Reader of a [Tx] sees the books at the function's turn, and
// what the function has appended so far. The one that [Ledger.Read] lends sees the records up to the newest
// durable block at the call, and accounts and balances as of the newest durable block when it is asked. That of
// a [Ledger] sees what is durable when it is asked.
type Reader struct {
	turn *executor // one of the three is not nil, until what the reader was given to returns
	view *view
	live *Ledger

	until uint64 // of a ledger: as of which record; 0 is the newest
}

// A source is where a reader finds records: a view, or the executor with what is not durable yet.
type source interface {
	// newest returns the newest record that may have a key, 0 if there is none.
	newest(Key) (uint64, error)
	// Read returns a record. Its payload is good until the source is closed or, of the executor, waits for something.
	Read(n uint64) (journal.Record, error)
	search(before func(journal.Chunk) bool) (uint64, error)
	names() names
	last() journal.Head
	memory() *codec.Record // for one record at a time
}

// begin returns where to find records. It must be given to end.
func (r *Reader) begin() (source, error) {
	switch x := r.executor(); {
	case x != nil:
		return x, nil
	case r.view != nil:
		return r.view, nil
	}
	v, err := r.live.newView()
	if err == nil && r.until > 0 {
		v.head.Record = min(v.head.Record, r.until)
	}
	return v, err
}

// end gives up what begin returned, where it was opened for this one question.
func (r *Reader) end(s source) {
	if r.live != nil {
		s.(*view).close()
	}
}

// executor returns the executor of a reader that has its turn, else nil.
func (r *Reader) executor() *executor {
	if r.turn == nil && r.view == nil && r.live == nil {
		panic("ledger: a Tx or Reader was used after the function that it was given to had returned")
	}
	return r.turn
}

// ledger returns the ledger of a reader that does not have its turn.
func (r *Reader) ledger() *Ledger {
	if r.live != nil {
		return r.live
	}
	return r.view.ledger
}

// Now returns the recorded time of what is appended, or would be, to the microsecond, in UTC. It never goes
// back, even where the ledger's clock does.
func (r *Reader) Now() time.Time {
	if x := r.executor(); x != nil {
		return fromMicros(x.block.Time)
	}
	l := r.ledger()
	l.mu.RLock()
	head := l.shown.head.Time
	l.mu.RUnlock()
	return fromMicros(max(l.now(), head))
}

// Table returns the exponents of the ledger's currencies.
func (r *Reader) Table() money.Table {
	if x := r.executor(); x != nil {
		return x.state.table
	}
	l := r.ledger()
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.shown.table
}

// HasSymbol reports whether a record ever wrote a symbol by [Encoder.Symbol].
func (r *Reader) HasSymbol(symbol string) bool {
	if x := r.executor(); x != nil {
		_, ok := x.state.symbols.Number(symbol)
		return ok
	}
	l := r.ledger()
	l.mu.RLock()
	defer l.mu.RUnlock()
	_, ok := l.shown.symbols.Number(symbol)
	return ok
}

// Account returns an account. Its Metadata and Overdraft are shared, and must not be changed.
func (r *Reader) Account(id accounts.ID) (accounts.Account, bool) {
	if x := r.executor(); x != nil {
		if a := x.state.account(id); a != nil {
			return a.public(a.status, a.details), true
		}
		return accounts.Account{}, false
	}
	l := r.ledger()
	l.mu.RLock()
	defer l.mu.RUnlock()
	if a := l.state.find(id); a != nil && a.shown {
		return a.seen(), true
	}
	return accounts.Account{}, false
}

// Balance returns what an account holds in a currency: zero where nothing was ever posted. It fails with UnknownAccount
// where no such account was opened, and with Invalid where the currency is none of ISO 4217 nor an asset of the ledger.
func (r *Reader) Balance(id accounts.ID, c money.Currency) (Balance, error) {
	if x := r.executor(); x != nil {
		return balanceIn(x.state.account(id), id, c, x.state.table, &x.state.symbols, presentBalance)
	}
	l := r.ledger()
	l.mu.RLock()
	defer l.mu.RUnlock()
	a := l.state.find(id)
	if a != nil && !a.shown {
		a = nil
	}
	return balanceIn(a, id, c, l.shown.table, &l.shown.symbols, shownBalance)
}

// balanceIn returns the balance of an account in one currency, by get. a is nil where there is no such account.
func balanceIn(a *account, id accounts.ID, c money.Currency, t money.Table, s *codec.Symbols,
	get func(*subBalance) (money.Int, bool)) (Balance, error) {
	nothing := (&account{}).balance(c, 0, nil)
	if a == nil {
		return nothing, unknownAccount(id)
	}
	if _, ok := t.Exponent(c); !ok {
		return nothing, &Error{Code: Invalid, Field: "currency",
			Message: fmt.Sprintf("expected a currency of ISO 4217 or an asset of this ledger, found %s", c)}
	}
	symbol, _ := s.Number(string(c))
	if symbol == 0 {
		return nothing, nil
	}
	return a.balance(c, symbol, get), nil
}

// presentBalance is what a function sees of a sub-balance, and whether it has any posting. A cell can be empty:
// the function that was first to post to it may have been refused.
func presentBalance(c *subBalance) (money.Int, bool) { return c.balance, len(c.skips) > 0 }

// shownBalance is what readers of what is durable see of a sub-balance, and whether they see any posting to it.
func shownBalance(c *subBalance) (money.Int, bool) { return c.shownBalance, c.shownHead != 0 }

// AccountBalances returns what an account holds, in every currency it ever had a posting in, by currency.
// An account that does not exist is unknown_account.
func (r *Reader) AccountBalances(id accounts.ID) ([]Balance, error) {
	if x := r.executor(); x != nil {
		a := x.state.account(id)
		if a == nil {
			return nil, unknownAccount(id)
		}
		return a.balances(x.state.symbols.List, presentBalance), nil
	}
	l := r.ledger()
	l.mu.RLock()
	defer l.mu.RUnlock()
	a := l.state.find(id)
	if a == nil || !a.shown {
		return nil, unknownAccount(id)
	}
	return a.balances(l.shown.names.symbols, shownBalance), nil
}

// Has reports whether any record has the key.
func (r *Reader) Has(k Key) (bool, error) {
	s, err := r.begin()
	if err != nil {
		return false, err
	}
	defer r.end(s)
	c := recordsByKey{source: s, key: k}
	if c.next, err = s.newest(k); c.next == 0 || err != nil {
		return false, err
	}
	return c.more()
}

// Group returns the records that have the key, oldest first.
func (r *Reader) Group(k Key) ([]*Record, error) { return r.GroupIn(new(RecordBuffer), k) }

// GroupIn is [Reader.Group] in the memory of a buffer: the records are good until others are read into it.
func (r *Reader) GroupIn(b *RecordBuffer, k Key) ([]*Record, error) {
	list, err := r.collect(b, k, 0)
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list, err
}

// Newest returns the records that have the key, newest first, at most so many. It reads no more than those.
func (r *Reader) Newest(k Key, atMost int) ([]*Record, error) {
	return r.collect(new(RecordBuffer), k, max(atMost, 1))
}

// Numbers returns the numbers of the records that have the key, oldest first. It reads each of them, and keeps none.
func (r *Reader) Numbers(k Key) (list []uint64, err error) {
	s, err := r.begin()
	if err != nil {
		return nil, err
	}
	defer r.end(s)
	c := recordsByKey{source: s, key: k}
	if c.next, err = s.newest(k); err != nil {
		return nil, err
	}
	for c.next != 0 {
		more, err := c.more()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		list = append(list, s.memory().Number)
	}
	slices.Reverse(list)
	return list, nil
}

// collect returns the records that have a key, newest first: at most so many, all if 0.
func (r *Reader) collect(b *RecordBuffer, k Key, atMost int) ([]*Record, error) {
	s, err := r.begin()
	if err != nil {
		return nil, err
	}
	defer r.end(s)
	b.empty()
	c := recordsByKey{source: s, key: k}
	if c.next, err = s.newest(k); err != nil {
		return nil, err
	}
	for c.next != 0 && (atMost == 0 || len(b.list) < atMost) {
		more, err := c.more()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		if err := b.add().fill(s.memory(), s.names()); err != nil {
			return nil, err
		}
	}
	return b.list, nil
}

// Last returns the newest record that has the key, nil if there is none. Unlike [Reader.Group] it reads no more
// than that one, however many have the key.
func (r *Reader) Last(k Key) (*Record, error) {
	list, err := r.Newest(k, 1)
	if len(list) == 0 {
		return nil, err
	}
	return list[0], err
}

// IsNewest reports whether rec is the newest record with the key, which rec must have. It reads no record.
func (r *Reader) IsNewest(k Key, rec *Record) (bool, error) {
	s, err := r.begin()
	if err != nil {
		return false, err
	}
	defer r.end(s)
	newest, err := s.newest(k)
	return newest == rec.Number, err
}

// Record returns the record numbered n, or an error that is [journal.ErrNotFound].
func (r *Reader) Record(n uint64) (*Record, error) {
	s, err := r.begin()
	if err != nil {
		return nil, err
	}
	defer r.end(s)
	if n == 0 || n > s.last().Record {
		return nil, journal.ErrNotFound
	}
	if err := load(s, n, s.memory()); err != nil {
		return nil, err
	}
	return newRecord(s.memory(), s.names())
}

// EntryRecord returns the record that holds the entry numbered n, or an error that is [journal.ErrNotFound].
func (r *Reader) EntryRecord(n uint64) (*Record, error) {
	s, err := r.begin()
	if err != nil {
		return nil, err
	}
	defer r.end(s)
	return entryRecord(n, s)
}

// Touching yields the records with postings to a sub-balance of an account, newest first in each currency. It
// ends with an error, if there is one. It reads all of the account's history, unless it is stopped.
func (r *Reader) Touching(id accounts.ID, sub Sub) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		s, err := r.begin()
		if err != nil {
			yield(nil, err)
			return
		}
		defer r.end(s)
		touching(s, r.heads(id), sub, yield)
	}
}

// heads returns where the chains of an account's sub-balances end; none where there is no such account.
func (r *Reader) heads(id accounts.ID) []chainEnd {
	if x := r.executor(); x != nil {
		return x.state.account(id).heads((*subBalance).end)
	}
	l := r.ledger()
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.state.find(id).heads(shownEnd)
}
