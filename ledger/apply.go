package ledger

import (
	"fmt"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// apply applies a durable block and shows it to readers. It is for blocks that this ledger did not form itself,
// or no longer has in memory: those read on opening, and those of another writer.
func (l *Ledger) apply(b *journal.Block) error {
	l.showing.Lock()
	defer l.showing.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	// The names of keys are only valid while the record is: what the index needs of them is hashed at once.
	keys := l.applying[:0]
	err := l.state.apply(b, &l.decoded, func(p *codec.Record) {
		for i := range p.Keys {
			keys = append(keys, index.KeyRef{Hash: p.HashKey(&p.Keys[i]), Record: p.Number})
		}
	})
	if l.applying = keys; err != nil {
		return err
	}
	l.index.Apply(b.Head().Record, keys)
	l.publish(b.Head())
	return nil
}

// publish shows readers the present state, which must be that of a durable block. The caller holds the lock, or
// there are no readers yet.
func (l *Ledger) publish(head journal.Head) {
	// An account may be listed several times, once for each posting: to show it again changes nothing.
	for _, a := range l.state.applied {
		a.shown, a.shownStatus = true, a.status
		for c := a.subBalances; c != nil; c = c.next {
			c.show()
		}
	}
	clear(l.state.applied)
	l.state.applied = l.state.applied[:0]
	l.showBlock(head, l.state.names(), l.state.table)
}

// showBlock shows readers the last block, and the names and currencies its records are written with. The caller
// holds the lock, or there are no readers yet.
func (l *Ledger) showBlock(head journal.Head, names names, table money.Table) {
	l.shown.head, l.shown.names, l.shown.table = head, names, table
	// Readers look symbols up by name without waiting for the writer: so they have a table of their own, which is made
	// again when the list has grown. That is rare.
	if len(names.symbols) != len(l.shown.symbols.List) {
		l.shown.symbols = codec.NewSymbols(names.symbols)
	}
	l.grown.Send()
}

// apply applies the records of a block, each of which is then visited.
func (s *state) apply(b *journal.Block, p *codec.Record, visit func(*codec.Record)) error {
	for i := range b.Len() {
		if err := p.Parse(b.Record(i)); err != nil {
			return corrupt(err)
		}
		if err := s.applyRecord(p); err != nil {
			return err
		}
		visit(p)
	}
	return nil
}

// applyRecord brings the state to where it was after the record was appended. It fails, as damage of the journal, if
// the record says anything else, such as another balance.
//
// A loaded checkpoint may be ahead of the record: what it has already is compared where it can be, and passed over.
func (s *state) applyRecord(p *codec.Record) error {
	if err := s.applySymbols(p); err != nil {
		return damaged(p.Number, err.Error())
	}
	// Few records change accounts; the others should not pay for looking.
	if len(p.Assets) > 0 || len(p.Opens) > 0 || len(p.Statuses) > 0 || len(p.Updates) > 0 {
		if err := s.applyAccounts(p); err != nil {
			return damaged(p.Number, err.Error())
		}
	}
	// Entries were checked before they were written. They are checked again because the file may have been
	// changed by somebody who also made its checksums right.
	for i, e := range p.Entries {
		if err := s.balanced(p.Postings[e.From:e.To]); err != nil {
			return damaged(p.Number, fmt.Sprintf("entry %d: %v", p.FirstEntry+uint64(i), err))
		}
	}
	for i := range p.Postings {
		if err := s.post(p, i); err != nil {
			return damaged(p.Number, fmt.Sprintf("posting %d: %v", i+1, err))
		}
	}
	return nil
}

// applySymbols adds the symbols that the record is the first to use. They carry their numbers. A checkpoint may have
// later ones already; those must be the same, and new ones must come next without a gap.
func (s *state) applySymbols(p *codec.Record) error {
	for i, symbol := range p.Symbols {
		switch n := p.FirstSymbol + uint64(i); {
		case n > uint64(len(s.symbols.List)):
			return fmt.Errorf("adds symbol %d where symbol %d is expected", n, len(s.symbols.List))
		case n == uint64(len(s.symbols.List)):
			s.symbols.Add(string(symbol))
		case s.symbols.List[n] != string(symbol):
			return fmt.Errorf("has %q as symbol %d, which is %q", symbol, n, s.symbols.List[n])
		}
	}
	return nil
}

// applyAccounts applies all but the symbols, entries and keys: assets, and accounts that are opened or changed, in the
// order in which the record has them, because an account may be opened and changed by one record.
func (s *state) applyAccounts(p *codec.Record) error {
	symbols := s.symbols.List
	for _, a := range p.Assets {
		code, err := codec.Symbol(symbols, a.Symbol)
		if err != nil {
			return err
		}
		if s.table, err = s.table.With(money.Asset{Code: money.Currency(code), Exponent: int(a.Exponent)}); err != nil {
			return err
		}
	}
	if err := s.applyOpens(p); err != nil {
		return err
	}
	names := s.names() // with the accounts just opened
	for _, c := range p.Statuses {
		a, err := names.account(c.Account)
		if err != nil {
			return err
		}
		s.change(a)
		s.applied = append(s.applied, a)
		a.status = accounts.Status(c.Byte)
	}
	for i := range p.Updates {
		u := &p.Updates[i]
		a, err := names.account(u.Account)
		if err != nil {
			return err
		}
		kept, err := p.Account(u, symbols)
		if err != nil {
			return err
		}
		s.change(a)
		a.details = newDetails(&kept)
	}
	return nil
}

// applyOpens opens the accounts that the record opens, under the numbers that it gives them. One that a checkpoint has
// already must have the same id.
func (s *state) applyOpens(p *codec.Record) error {
	for i := range p.Opens {
		n := p.FirstOpen + uint64(i)
		if n < uint64(len(s.accounts)) {
			if have := s.accounts[n]; string(have.id) != p.String(p.Opens[i].ID) {
				return fmt.Errorf("opens account %s under number %d, which is %s", p.String(p.Opens[i].ID), n, have.id)
			}
			continue
		}
		a, err := p.Account(&p.Opens[i], s.symbols.List)
		if err != nil || n != uint64(len(s.accounts)) || s.find(a.ID) != nil {
			return fmt.Errorf("opens account %s under number %d of %d: %v", a.ID, n, len(s.accounts), err)
		}
		s.applied = append(s.applied, s.open(a))
	}
	return nil
}

// balanced checks that an entry sums to zero in every currency.
func (s *state) balanced(postings []codec.ChainedPosting) error {
	sums := s.sums[:0]
next:
	for i := range postings {
		p := &postings[i].Posting
		for j := range sums {
			if sums[j].Symbol == p.Currency {
				sums[j].Amount = sums[j].Amount.Add(p.Amount)
				continue next
			}
		}
		sums = append(sums, codec.Amount{Symbol: p.Currency, Amount: p.Amount})
	}
	s.sums = sums
	for _, sum := range sums {
		if !sum.Amount.IsZero() {
			return fmt.Errorf("debits less credits are %s, expected 0 (minor units of currency number %d)",
				sum.Amount, sum.Symbol)
		}
	}
	return nil
}

// post applies the i-th posting of a record.
func (s *state) post(p *codec.Record, i int) error {
	q := &p.Postings[i]
	names := s.names()
	a, err := names.account(q.Account)
	if err != nil {
		return err
	}
	if q.Currency == 0 || q.Currency >= uint64(len(s.symbols.List)) {
		return fmt.Errorf("currency %d of %d", q.Currency, len(s.symbols.List))
	}
	currency, sub := uint16(q.Currency), Sub(q.Sub)
	c := a.subBalance(currency, sub)
	if c == nil {
		c = a.addSubBalance(currency, sub)
	}
	// An account in a checkpoint is as it was when it was written, perhaps after this record. Its chain says how far
	// it is.
	here := codec.At(p.Number, i)
	if here <= c.head() {
		return nil // the checkpoint had it
	}
	s.change(a)
	s.applied = append(s.applied, a)
	// The record has the pointers that the writer made. To make them anew and compare proves that both were made of
	// the same history.
	n, _ := c.push(here, q.Amount, p.At)
	if n.Prev != q.Prev || n.Jump != q.Jump || n.BackdatedBy != q.BackdatedBy || n.Bound != q.Bound {
		return fmt.Errorf("the chain of account %s, %s %s, is broken: "+
			"the posting before is said to be in record %d, found in record %d",
			a.id, c.sub, s.symbols.List[c.currency], q.Prev.Record(), n.Prev.Record())
	}
	if !n.Balance.Equal(q.Balance) {
		return fmt.Errorf("account %s, %s %s: "+
			"the balance after it is %s, the record says %s (minor units, debits positive)",
			a.id, c.sub, s.symbols.List[c.currency], n.Balance, q.Balance)
	}
	return nil
}
