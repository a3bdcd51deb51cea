package bank

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A payout is money that moved between a provider and a bank account in the books.
type payout struct {
	provider string
	batch    string // may be empty
	event    string // the id of the event
	amount   money.Amount
	at       time.Time
	taken    bool // by a line
}

// name is what a finding calls the payout.
func (p *payout) name() string {
	if p.batch != "" {
		return p.batch
	}
	return p.event
}

// namedBy reports whether a line says which payout it is; short reports whether what it says is short, such as "batch 7", and no
// proof by itself.
func (p *payout) namedBy(w words) (named, short bool) {
	for _, n := range []string{p.batch, p.event} {
		if n != "" && w.name(n) {
			return true, len(n) < longName
		}
	}
	return false, false
}

// payouts returns what moved between providers and bank accounts in the books, from a time on, in the order of time.
func payouts(ctx context.Context, l *ledger.Ledger, from time.Time) ([]*payout, error) {
	var all []*payout
	for a := range l.Accounts() {
		if a.Kind != accounts.KindBank {
			continue
		}
		for line, err := range l.Postings(ctx, a.ID, ledger.Range{From: from, Newest: true}) {
			if err != nil {
				return nil, err
			}
			p, err := payoutOf(l, a.ID, &line)
			if err != nil {
				return nil, err
			}
			if p != nil {
				all = append(all, p)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *payout) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.event, b.event))
	})
	return all, nil
}

// payoutOf returns the payout that a posting of a bank account is of, nil if it is of something else.
func payoutOf(l *ledger.Ledger, bank accounts.ID, line *ledger.Line) (*payout, error) {
	if line.Type != posting.PostingReceipt && line.Type != posting.PostingEntry {
		return nil, nil
	}
	rec, err := l.EntryRecord(line.Entry)
	if err != nil {
		return nil, err
	}
	p := &payout{event: line.Event.Name, amount: line.Amount, at: line.At}
	for i := range rec.Entries {
		if rec.Entries[i].Number != line.Entry {
			continue
		}
		for _, other := range rec.Entries[i].Postings {
			if a, ok := l.Account(other.Account); ok && a.Kind == accounts.KindProvider {
				p.provider = string(a.ID[len(accounts.Provider("")):])
			}
		}
	}
	if p.provider == "" {
		return nil, nil
	}
	e, err := posting.EventOf(rec)
	if err != nil {
		return nil, err
	}
	p.batch = e.Batch
	if p.batch == "" {
		p.batch = line.Reference
	}
	return p, nil
}

// paidOut finds the payout of an account that a line that took money names, nil if it names none.
func paidOut(l *ledger.Ledger, book *posting.Book, line *Line) (*posting.Payout, error) {
	for _, t := range tokens(line) {
		if t == "" || len(t) > posting.MaxName {
			continue
		}
		known, err := l.Has(ledger.Key{Space: posting.KeyPayout, Name: t})
		if err != nil {
			return nil, err
		}
		if known {
			return book.Payout(t)
		}
	}
	return nil, nil
}
