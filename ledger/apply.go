package ledger

import (
	"fmt"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// apply applies a durable block that this ledger did not form, or that it does not know of any more: on opening, and after another
// writer's. What it changes is shown to readers.
func (l *Ledger) apply(b *journal.Block) error {
	l.showing.Lock()
	defer l.showing.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	keys := l.applying[:0]
	err := l.state.apply(b, &l.decoded, func(p *decodedRecord) {
		for _, k := range p.keys {
			keys = append(keys, keyed{p.key(k).hash(), p.number})
		}
	})
	if l.applying = keys; err != nil {
		return err
	}
	l.keys.apply(b.Head().Record, keys)
	l.publish(b.Head())
	return nil
}

// publish shows readers the state as it is, which is that of a durable block. Who calls it holds the lock, or nobody reads yet.
func (l *Ledger) publish(head journal.Head) {
	for _, a := range l.state.applied {
		a.shown, a.shownStatus = true, a.status
		for c := a.cells; c != nil; c = c.next {
			c.show()
		}
	}
	clear(l.state.applied)
	l.state.applied = l.state.applied[:0]
	l.showBlock(head, l.state.names(), l.state.table)
}

// showBlock shows readers which block is the last, and what its records are written with. Who calls it holds the lock, or nobody reads yet.
func (l *Ledger) showBlock(head journal.Head, names names, table money.Table) {
	l.shown.head, l.shown.names, l.shown.table = head, names, table
	if len(names.symbols) != len(l.shown.symbols.list) {
		l.shown.symbols = newSymbols(names.symbols)
	}
	l.grown.Send()
}

// apply applies the records of a block, each of which is then visited.
func (s *state) apply(b *journal.Block, p *decodedRecord, visit func(*decodedRecord)) error {
	for i := range b.Len() {
		if err := p.parse(b.Record(i)); err != nil {
			return err
		}
		if err := s.applyRecord(p); err != nil {
			return err
		}
		visit(p)
	}
	return nil
}

// applyRecord makes the state what it was after the record was appended, and checks that the record says the same.
// What a checkpoint had already is passed over.
func (s *state) applyRecord(p *decodedRecord) error {
	wrong := func(format string, args ...any) error { return damaged(p.number, fmt.Sprintf(format, args...)) }
	for i, w := range p.words {
		switch n := p.firstWord + uint64(i); {
		case n > uint64(len(s.symbols.list)):
			return wrong("adds word %d where word %d is expected", n, len(s.symbols.list))
		case n == uint64(len(s.symbols.list)):
			s.symbols.add(string(w))
		case s.symbols.list[n] != string(w):
			return wrong("has %q as word %d, which is %q", w, n, s.symbols.list[n])
		}
	}
	names := s.names()
	for _, a := range p.assets {
		code, err := names.word(a.word)
		if err != nil {
			return wrong("%v", err)
		}
		if s.table, err = s.table.With(money.Asset{Code: money.Currency(code), Exponent: int(a.exponent)}); err != nil {
			return wrong("%v", err)
		}
	}
	for i := range p.opens {
		n := p.firstOpen + uint64(i)
		if n < uint64(len(s.accounts)) {
			if have := s.accounts[n]; string(have.id) != p.string(p.opens[i].id) {
				return wrong("opens account %s under number %d, which is %s", p.string(p.opens[i].id), n, have.id)
			}
			continue
		}
		a, err := p.account(&p.opens[i], names)
		if err != nil || n != uint64(len(s.accounts)) || s.find(a.ID) != nil {
			return wrong("opens account %s under number %d of %d: %v", a.ID, n, len(s.accounts), err)
		}
		s.applied = append(s.applied, s.open(a))
	}
	names = s.names()
	for _, c := range p.statuses {
		a, err := names.account(c.account)
		if err != nil {
			return wrong("%v", err)
		}
		s.change(a)
		s.applied = append(s.applied, a)
		a.status = accounts.Status(c.status)
	}
	for i := range p.updates {
		u := &p.updates[i]
		a, err := names.account(u.account)
		if err != nil {
			return wrong("%v", err)
		}
		d, err := p.details(&u.parsedDetails, names)
		if err != nil {
			return wrong("%v", err)
		}
		s.change(a)
		a.details = &d
	}
	for i, e := range p.entries {
		if err := p.balanced(e); err != nil {
			return wrong("entry %d: %v", p.entry+uint64(i), err)
		}
	}
	for i := range p.postings {
		if err := s.post(p, i); err != nil {
			return wrong("posting %d: %v", i+1, err)
		}
	}
	return nil
}

// balanced checks that an entry sums to zero in every currency.
func (p *decodedRecord) balanced(e parsedEntry) error {
	p.sums = p.sums[:0]
next:
	for i := e.from; i < e.to; i++ {
		q := &p.postings[i]
		for j := range p.sums {
			if p.sums[j].word == q.currency {
				p.sums[j].amount = p.sums[j].amount.Add(q.amount)
				continue next
			}
		}
		p.sums = append(p.sums, parsedAmount{q.currency, q.amount})
	}
	for _, s := range p.sums {
		if !s.amount.IsZero() {
			return fmt.Errorf("debits less credits are %s, expected 0 (minor units of currency number %d)", s.amount, s.word)
		}
	}
	return nil
}

// post applies the i-th posting of a record.
func (s *state) post(p *decodedRecord, i int) error {
	q := &p.postings[i]
	a, err := s.names().account(q.account)
	if err != nil {
		return err
	}
	if q.currency == 0 || q.currency >= uint64(len(s.symbols.list)) {
		return fmt.Errorf("currency %d of %d", q.currency, len(s.symbols.list))
	}
	c := a.cell(uint16(q.currency), q.sub)
	if c == nil {
		c = a.addCell(uint16(q.currency), q.sub)
	}
	here := at(p.number, i)
	if here <= c.head() {
		return nil // the checkpoint had it
	}
	s.change(a)
	s.applied = append(s.applied, a)
	n, _ := c.push(here, q.amount, p.at)
	if n.prev != q.prev || n.jump != q.jump || n.lateness != q.lateness || n.late != q.late {
		return fmt.Errorf("the chain of account %s, %s %s, is broken: the posting before is said to be in record %d, found in record %d",
			a.id, c.sub, s.symbols.list[c.currency], q.prev.record(), n.prev.record())
	}
	if !n.balance.Equal(q.balance) {
		return fmt.Errorf("account %s, %s %s: the balance after it is %s, the record says %s (minor units, debits positive)",
			a.id, c.sub, s.symbols.list[c.currency], n.balance, q.balance)
	}
	return nil
}
