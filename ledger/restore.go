package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// restore makes the state, from the newest checkpoint and the journal behind it, or from the journal alone.
func (l *Ledger) restore() error {
	if !l.options.ReadOnly {
		if err := os.MkdirAll(l.keeper.dir, 0o700); err != nil {
			return fmt.Errorf("ledger: the index directory: %w", err)
		}
	}
	from, err := l.loadIndex()
	accepted, lost := l.lost()
	if lost != nil && !accepted {
		return lost
	}
	if accepted {
		err = lost
	}
	if err != nil {
		if from, err = (journal.Head{}), l.discardIndex(err); err != nil {
			return err
		}
	} else if !l.options.ReadOnly {
		l.keeper.failed = l.keeper.sweep() // else remains stay
	}
	if err := l.replay(from); err != nil && from.Record > 0 {
		// Where the journal does not go on from the checkpoint, it is more likely the checkpoint that is wrong.
		if from, err = (journal.Head{}), l.discardIndex(err); err != nil {
			return err
		}
		if err := l.replay(from); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	for _, a := range l.state.changed { // by what was replayed
		a.shown, a.shownStatus = true, a.status
		for c := a.cells; c != nil; c = c.next {
			c.show()
		}
	}
	head := l.journal.Head()
	l.shown = shown{head: head, names: l.state.names(), currencies: newWords(l.state.words.list), table: l.state.table}
	l.keeper.head, l.keeper.last = head, from.Record
	if l.options.ReadOnly {
		return nil
	}
	if accepted || head.Record-from.Record >= uint64(l.options.CheckpointEvery) {
		l.keeper.failed = l.keeper.checkpoint() // without it, opening takes longer; nothing is lost
	}
	return nil
}

// discardIndex begins anew without an index, because of an error.
func (l *Ledger) discardIndex(because error) error {
	if !errors.Is(because, errNoIndex) {
		l.noteDamage(Damage{Place: "index", What: because.Error() + "; it was made again from the journal"})
	}
	if err := l.keys.close(); err != nil {
		return err
	}
	l.keys.active = new(keyMap)
	l.state = newState()
	l.keeper.manifest, l.keeper.start, l.keeper.covered = manifest{Losses: l.keeper.manifest.Losses}, journal.Head{}, 0
	if l.options.ReadOnly {
		return nil
	}
	if err := l.keeper.sweep(); err != nil {
		return fmt.Errorf("ledger: the index directory: %w", err)
	}
	return nil
}

// loadIndex loads what the manifest names, and returns the point of the journal from which to replay. The error is
// errNoIndex if there is no index.
func (l *Ledger) loadIndex() (from journal.Head, err error) {
	k := l.keeper
	m, err := readManifest(k.manifestPath)
	if err != nil {
		return from, err
	}
	k.manifest = m
	if names, _ := k.files(); len(names) == 0 {
		return from, errNoIndex // somebody removed the directory, or what is in it
	}
	if !sameLedger(k.manifest.Ledger, l.identity()) {
		return from, errors.New("the manifest is of another ledger")
	}
	s, end, err := readCheckpoints(k.dir, k.manifest)
	if err != nil {
		return from, err
	}
	if err := l.anchored(end.start); err != nil {
		return from, err
	}
	if err := l.anchored(end.end); err != nil {
		return from, err
	}
	next := end.start.Record
	for _, named := range k.manifest.Runs {
		r, err := openRun(filepath.Join(k.dir, named.Name), l.options.ReadOnly)
		if err != nil {
			return from, err
		}
		r.noted = l.noteDamage
		l.keys.runs = append(l.keys.runs, r)
		if err := named.fits(r.Sum()); err != nil {
			return from, err
		}
		if r.end.Record != next {
			return from, fmt.Errorf("%s ends with record %d, expected %d", named.Name, r.end.Record, next)
		}
		next = r.first - 1
	}
	if next != 0 {
		return from, fmt.Errorf("no run of keys has the records up to %d", next)
	}
	l.state, k.start, k.covered = s, end.start, end.start.Record
	return end.start, nil
}

// lost returns an error if the index knows later blocks than the journal has, and whether the options accept that.
// Then the next manifest says so.
func (l *Ledger) lost() (accepted bool, err error) {
	head, known := l.journal.Head(), l.keeper.newest(l.identity())
	if known.Block <= head.Block {
		return false, nil
	}
	blocks := fmt.Sprintf("blocks %d to %d", head.Block+1, known.Block)
	if known.Block == head.Block+1 {
		blocks = fmt.Sprintf("block %d", known.Block)
	}
	missing := fmt.Sprintf("events %d to %d of %s are missing", head.Record+1, known.Record, blocks)
	if head.Block > 0 && l.options.AcceptLoss == head.Block {
		l.keeper.manifest.Losses = append(l.keeper.manifest.Losses, loss{head.Block, known.Block, l.options.Clock()})
		return true, errors.New(missing + ", which was accepted")
	}
	end, remedy := "is empty", "if the ledger is meant to be a new one, remove "+l.keeper.dir+" and "+l.keeper.manifestPath
	if head.Block > 0 {
		end = fmt.Sprintf("ends with block %d of %s", head.Block, recordedText(head))
		remedy = fmt.Sprintf("if they are lost, or an older copy is there on purpose, "+
			"accept that with 'splitledger verify --accept-loss %d'", head.Block)
	}
	message := fmt.Sprintf("the journal %s, but the index beside it knows block %d of %s: %s. "+
		"Put the newest copy of the ledger in its place; %s", end, known.Block, recordedText(known), missing, remedy)
	return false, &Error{Code: Corrupt, Message: message}
}

func recordedText(h journal.Head) string { return fromMicros(h.Time).Format(time.RFC3339) }

// anchored checks that the journal has the block of a checkpoint: that both are of one history.
func (l *Ledger) anchored(h journal.Head) error {
	head := l.journal.Head()
	if h == head {
		return nil
	}
	for b, err := range l.journal.Blocks(context.Background(), h.Block) {
		if err != nil {
			return err
		}
		if b.Head() == h {
			return nil
		}
		break
	}
	return fmt.Errorf("the checkpoint is of another journal: it knows a block %d with hash %s", h.Block, h.Hash)
}

// spillEvery is how many times the records between checkpoints are replayed before their keys are written out of memory.
const spillEvery = 4

// replay applies the journal's records after the block of from.
func (l *Ledger) replay(from journal.Head) error {
	k, total := l.keeper, l.journal.Head().Record
	spilled := k.covered
	var p parsed
	for b, err := range l.journal.Blocks(context.Background(), from.Block+1) {
		if err != nil {
			return corrupt(err)
		}
		for i := range b.Len() {
			if err := p.parse(b.Record(i)); err != nil {
				return err
			}
			if err := l.state.apply(&p); err != nil {
				return err
			}
			for _, key := range p.keys {
				l.keys.active.put(p.key(key).hash(), p.number)
			}
		}
		l.tell("replaying", b.Head().Record-from.Record, total-from.Record)
		if last := b.Head().Record; !l.options.ReadOnly && last-spilled >= spillEvery*uint64(l.options.CheckpointEvery) && last < total {
			spilled = last
			k.failed = k.spill(b.Head()) // where that fails, the keys stay in memory
		}
	}
	return nil
}

// apply makes the state what it was after the record was appended, and checks that the record says the same.
// What a checkpoint had already is passed over.
func (s *state) apply(p *parsed) error {
	wrong := func(format string, args ...any) error { return damaged(p.number, fmt.Sprintf(format, args...)) }
	for i, w := range p.words {
		switch n := p.firstWord + uint64(i); {
		case n > uint64(len(s.words.list)):
			return wrong("adds word %d where word %d is expected", n, len(s.words.list))
		case n == uint64(len(s.words.list)):
			s.words.add(string(w))
		case s.words.list[n] != string(w):
			return wrong("has %q as word %d, which is %q", w, n, s.words.list[n])
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
		if err != nil || n != uint64(len(s.accounts)) || s.byID[a.ID] != nil {
			return wrong("opens account %s under number %d of %d: %v", a.ID, n, len(s.accounts), err)
		}
		s.open(a)
	}
	names = s.names()
	for _, c := range p.statuses {
		a, err := names.account(c.account)
		if err != nil {
			return wrong("%v", err)
		}
		s.change(a)
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
func (p *parsed) balanced(e parsedEntry) error {
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
func (s *state) post(p *parsed, i int) error {
	q := &p.postings[i]
	a, err := s.names().account(q.account)
	if err != nil {
		return err
	}
	if q.currency == 0 || q.currency >= uint64(len(s.words.list)) {
		return fmt.Errorf("currency %d of %d", q.currency, len(s.words.list))
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
	n, _ := c.push(here, q.amount, p.at)
	if n.prev != q.prev || n.jump != q.jump || n.lateness != q.lateness || n.late != q.late {
		return fmt.Errorf("the chain of account %s, %s %s, is broken: the posting before is said to be in record %d, found in record %d",
			a.id, c.sub, s.words.list[c.currency], q.prev.record(), n.prev.record())
	}
	if !n.balance.Equal(q.balance) {
		return fmt.Errorf("account %s, %s %s: the balance after it is %s, the record says %s (minor units, debits positive)",
			a.id, c.sub, s.words.list[c.currency], n.balance, q.balance)
	}
	return nil
}
