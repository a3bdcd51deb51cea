package ledger

import (
	"context"
	"iter"
	"math"
	"slices"
	"sort"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/journal"
)

// A source is where records are read: a View, or the executor with what is not durable yet.
type source interface {
	read(n uint64) (journal.Record, error)
	search(before func(journal.Chunk) bool) (uint64, error)
}

// follow reads record n, to which the key's hash leads, into p, and returns the record before it that has the hash. carries
// says whether record n has the key itself.
func follow(s source, p *parsed, k Key, n uint64) (prev uint64, carries bool, err error) {
	r, err := s.read(n)
	if err != nil {
		return 0, false, err
	}
	if err := p.parse(r); err != nil {
		return 0, false, err
	}
	known := false
	for _, q := range p.keys {
		if q.space == k.Space && string(p.bytes(q.name)) == k.Name {
			prev, known, carries = q.prev, true, true
			break
		}
	}
	for i := 0; i < len(p.keys) && !known; i++ { // another key of the same hash
		q := p.keys[i]
		if p.key(q).hash() == k.hash() {
			prev, known = q.prev, true
		}
	}
	switch {
	case !known:
		return 0, false, damaged(n, "the key index leads here, but the record has no such key")
	case prev >= n:
		return 0, false, damaged(n, "a key points to itself")
	}
	return prev, carries, nil
}

// Carriers are the records that carry a key, newest first, and where to read them.
type carriers struct {
	source
	scratch *parsed
	names   names
	key     Key
	next    uint64 // the newest of them, or of another key of the same hash; 0 if there is none
}

// more goes to the next record, which is then in the scratch, and reports whether there is one.
func (c *carriers) more() (bool, error) {
	for c.next != 0 {
		prev, carries, err := follow(c.source, c.scratch, c.key, c.next)
		if err != nil {
			return false, err
		}
		if c.next = prev; carries {
			return true, nil
		}
	}
	return false, nil
}

// collect makes records of carriers, newest first: at most so many, all if 0.
func (c *carriers) collect(room *Room, atMost int) ([]*Record, error) {
	room.empty()
	for atMost == 0 || len(room.list) < atMost {
		more, err := c.more()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		if err := c.scratch.fill(room.add(), c.names); err != nil {
			return nil, err
		}
	}
	return room.list, nil
}

// group makes the records of carriers, oldest first.
func (c *carriers) group(room *Room) ([]*Record, error) {
	list, err := c.collect(room, 0)
	slices.Reverse(list)
	return list, err
}

// last makes the newest record of carriers, nil if there is none.
func (c *carriers) last() (*Record, error) {
	if more, err := c.more(); !more || err != nil {
		return nil, err
	}
	return c.scratch.record(c.names)
}

// entryRecord finds the record of an entry, of which there are last.
func entryRecord(n uint64, names names, last uint64, s source) (*Record, error) {
	if n == 0 || n > last {
		return nil, journal.ErrNotFound
	}
	next, err := s.search(func(r journal.Chunk) bool { return r.Entry <= n })
	if err != nil {
		return nil, err
	}
	for next--; ; next-- {
		r, err := s.read(next)
		if err != nil {
			return nil, err
		}
		if r.Entry+r.Entries > n && r.Entry <= n {
			var p parsed
			if err := p.parse(r); err != nil {
				return nil, err
			}
			return p.record(names)
		}
	}
}

// Records yields the records from the one numbered from to the last durable one at the call.
func (l *Ledger) Records(ctx context.Context, from uint64) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		total := l.Stats().Records
		defer l.tell("reading", total, total)
		for rec, err := range l.records(ctx, Scan{From: from, To: math.MaxUint64}, (*parsed).record) {
			if err == nil && rec.Number%tellEvery == 0 {
				l.tell("reading", rec.Number, total)
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

// tellEvery is how many records are read before it is told how far reading has come.
const tellEvery = 1024

// A Scan says which records [Ledger.Scan] is to read.
type Scan struct {
	From, To uint64            // the numbers of the first and the last
	Skip     func(uint64) bool // reports that a record is not wanted; nil: all are
}

// Scan yields the records of a stretch of the journal, up to the last durable one at the call, each in the memory of the one
// before: it is good until the next.
func (l *Ledger) Scan(ctx context.Context, s Scan) iter.Seq2[*Record, error] {
	var rec Record
	return l.records(ctx, s, func(p *parsed, n names) (*Record, error) { return &rec, p.fill(&rec, n) })
}

func (l *Ledger) records(ctx context.Context, s Scan, record func(*parsed, names) (*Record, error)) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		v, err := l.view()
		if err != nil {
			yield(nil, err)
			return
		}
		from, to := max(s.From, 1), min(s.To, v.head.Record)
		block, err := v.block(from)
		v.close()
		if err != nil || from > to {
			if err != nil {
				yield(nil, err)
			}
			return
		}
		var p parsed
		for b, err := range l.journal.Blocks(ctx, block) {
			if err != nil {
				if l.enter() != nil { // closed between two of its blocks
					err = ErrClosed
				} else {
					l.readers.Done()
				}
				yield(nil, corrupt(err))
				return
			}
			for i := range b.Len() {
				r := b.Record(i)
				if r.Number < from || r.Number > to || s.Skip != nil && s.Skip(r.Number) {
					continue
				}
				var rec *Record
				err := p.parse(r)
				if err == nil {
					rec, err = record(&p, v.names)
				}
				if err == nil {
					rec.Block, rec.BlockHash = b.Number, journal.Hash{}
					if i == b.Len()-1 {
						rec.BlockHash = b.Hash
					}
				}
				if !yield(rec, err) || err != nil {
					return
				}
			}
			if b.Head().Record >= to {
				return
			}
		}
	}
}

// block returns the number of the block that holds a record.
func (v *View) block(record uint64) (block uint64, err error) {
	_, err = v.search(func(c journal.Chunk) bool {
		if c.Record <= record {
			block = max(block, c.Block)
			return true
		}
		return false
	})
	return block, err
}

// Accounts yields all accounts in the order in which they were opened.
func (l *Ledger) Accounts() iter.Seq[accounts.Account] {
	return func(yield func(accounts.Account) bool) {
		for _, p := range l.accounts() {
			if !yield(p) {
				return
			}
		}
	}
}

func (l *Ledger) accounts() iter.Seq2[*account, accounts.Account] {
	return func(yield func(*account, accounts.Account) bool) {
		l.mu.RLock()
		list := l.shown.names.accounts
		l.mu.RUnlock()
		for _, a := range list {
			l.mu.RLock()
			p := a.seen()
			l.mu.RUnlock()
			if !yield(a, p) {
				return
			}
		}
	}
}

// AccountBalances returns what an account holds, in every currency it ever had a posting in, by currency.
// An account that does not exist is unknown_account.
func (l *Ledger) AccountBalances(id accounts.ID) ([]Balance, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	a := l.state.byID[id]
	if a == nil || !a.shown {
		return nil, unknownAccount(id)
	}
	return a.balances(l.shown.names.words, balanceOf), nil
}

// An AccountBalance is an account with what it holds, by currency.
type AccountBalance struct {
	Account  accounts.Account
	Balances []Balance
}

// Balances returns all accounts, in the order in which they were opened, with what they hold at one moment: in
// each currency the debit-normal accounts hold as much as the others. If keep is not nil, only accounts for which it returns true.
func (l *Ledger) Balances(keep func(accounts.Account) bool) (list []AccountBalance) {
	l.each(keep, func(a *account, p accounts.Account) {
		list = append(list, AccountBalance{p, a.balances(l.shown.names.words, balanceOf)})
	})
	return list
}

// each calls f, which may read what is shown, for all accounts at one moment, or those that keep wants. keep is asked before, without the
// lock, as it may ask the ledger itself.
func (l *Ledger) each(keep func(accounts.Account) bool, f func(*account, accounts.Account)) {
	var wanted []*account
	if keep != nil {
		for a, p := range l.accounts() {
			if keep(p) {
				wanted = append(wanted, a)
			}
		}
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	if keep == nil {
		wanted = l.shown.names.accounts
	}
	for _, a := range wanted {
		f(a, a.seen())
	}
}

// entryIndex returns which entry of the record a posting is in.
func (p *parsed) entryIndex(posting int) int {
	return sort.Search(len(p.entries), func(i int) bool { return p.entries[i].to > posting })
}
