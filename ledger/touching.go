package ledger

import (
	"iter"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/journal"
)

// Touching yields the records with postings to a sub-balance of an account, newest first in each currency. It ends with an error, if
// there is one. It reads all of the account's history, unless it is stopped.
func (tx *Tx) Touching(id accounts.ID, sub Sub) iter.Seq2[*Record, error] {
	x := tx.books()
	var heads []position
	if a := x.state.account(id); a != nil {
		for c := a.cells; c != nil; c = c.next {
			if c.sub == sub {
				heads = append(heads, c.head())
			}
		}
	}
	return touching(x.read, x.state.names(), heads)
}

// Touching is [Tx.Touching] of what is durable.
func (l *Ledger) Touching(id accounts.ID, sub Sub) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		err := l.View(func(v *View) error {
			l.mu.RLock()
			var heads []position
			if a := l.state.find(id); a != nil {
				for c := a.cells; c != nil; c = c.next {
					if c.sub == sub {
						heads = append(heads, c.shownHead)
					}
				}
			}
			names := l.shown.names
			l.mu.RUnlock()
			for rec, err := range touching(v.read, names, heads) {
				if !yield(rec, err) {
					return nil
				}
			}
			return nil
		})
		if err != nil {
			yield(nil, err)
		}
	}
}

// touching follows chains from their heads.
func touching(read func(uint64) (journal.Record, error), n names, heads []position) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		var p parsed // of its own: whoever is given a record may read others
		for _, here := range heads {
			for here != 0 {
				rec, prev, err := p.touching(read, n, here)
				if !yield(rec, err) || err != nil {
					return
				}
				here = prev
			}
		}
	}
}

// touching reads the record of a posting, and where the one before it stands that is in another record.
func (p *parsed) touching(read func(uint64) (journal.Record, error), n names, here position) (*Record, position, error) {
	raw, err := read(here.record())
	if err != nil {
		return nil, 0, err
	}
	if err := p.parse(raw); err != nil {
		return nil, 0, err
	}
	prev := here
	for prev.record() == here.record() {
		if prev.index() >= len(p.postings) {
			return nil, 0, noPosting(here.record())
		}
		node := &p.postings[prev.index()].node
		if err := node.behind(prev); err != nil {
			return nil, 0, err
		}
		prev = node.prev
	}
	rec, err := p.record(n)
	return rec, prev, err
}
