package ledger

import (
	"context"
	"errors"
	"iter"
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
		if q.space == k.Space && string(q.name) == k.Name {
			prev, known, carries = q.prev, true, true
			break
		}
	}
	for i := 0; i < len(p.keys) && !known; i++ { // another key of the same hash
		q := p.keys[i]
		if (Key{q.space, string(q.name)}).hash() == k.hash() {
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

// walk yields the records that carry the key, newest first, from the newest that has its hash. They are parsed into p.
func walk(s source, p *parsed, k Key, newest uint64, yield func(*parsed) bool) error {
	for n := newest; n != 0; {
		prev, carries, err := follow(s, p, k, n)
		if err != nil || carries && !yield(p) {
			return err
		}
		n = prev
	}
	return nil
}

// collect makes records of what a walk finds, newest first: at most so many, all if 0.
func collect(room *Room, atMost int, walk func(yield func(names, *parsed) bool) error) ([]*Record, error) {
	var failed error
	room.empty()
	err := walk(func(n names, p *parsed) bool {
		failed = p.fill(room.add(), n)
		return failed == nil && len(room.list) != atMost
	})
	if err := errors.Join(err, failed); err != nil {
		return nil, err
	}
	return room.list, nil
}

// group makes the records of a walk, oldest first.
func group(room *Room, walk func(yield func(names, *parsed) bool) error) ([]*Record, error) {
	list, err := collect(room, 0, walk)
	slices.Reverse(list)
	return list, err
}

// last makes the newest record of a walk, nil if there is none.
func last(walk func(yield func(names, *parsed) bool) error) (*Record, error) {
	list, err := collect(new(Room), 1, walk)
	if len(list) == 0 {
		return nil, err
	}
	return list[0], err
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
		v, err := l.view()
		if err != nil {
			yield(nil, err)
			return
		}
		from = max(from, 1)
		block, err := v.block(from)
		v.close()
		if err != nil || from > v.head.Record {
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
				if r.Number < from || r.Number > v.head.Record {
					continue
				}
				var rec *Record
				err := p.parse(r)
				if err == nil {
					rec, err = p.record(v.names)
				}
				if err == nil {
					rec.Block = b.Number
				}
				if !yield(rec, err) || err != nil {
					return
				}
			}
			if b.Head().Record >= v.head.Record {
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
		l.mu.RLock()
		list := l.shown.names.accounts
		l.mu.RUnlock()
		for _, a := range list {
			l.mu.RLock()
			p := a.public(a.shownStatus)
			l.mu.RUnlock()
			if !yield(p) {
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
func (l *Ledger) Balances(keep func(accounts.Account) bool) []AccountBalance {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var list []AccountBalance
	for _, a := range l.shown.names.accounts {
		p := a.public(a.shownStatus)
		if keep == nil || keep(p) {
			list = append(list, AccountBalance{p, a.balances(l.shown.names.words, balanceOf)})
		}
	}
	return list
}

// entryIndex returns which entry of the record a posting is in.
func (p *parsed) entryIndex(posting int) int {
	return sort.Search(len(p.entries), func(i int) bool { return p.entries[i].to > posting })
}
