package posting

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

// nothingUnsettled refuses an account that has a part in a capture which is neither settled nor cancelled, even where its balance
// happens to be zero. It goes through all that was ever pending of the account.
func (k *booking) nothingUnsettled(id accounts.ID) error {
	finder := Finder{book: k.book, books: k.books}
	seen := map[string]bool{}
	for rec, err := range k.books.Touching(id, ledger.Pending) {
		if err != nil {
			return err
		}
		name := PaymentOf(rec)
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		p, err := finder.named(name)
		if err != nil {
			return err
		}
		if c := p.unsettledOf(id); c != nil {
			return refusal(InvalidState, "account", "expected no part of %s in a capture that is not settled, found payment %s, capture %s, which is %s",
				id, quote(p.ID), quote(c.ID), c.State())
		}
	}
	return nil
}

// unsettledOf returns the first capture that is neither settled nor cancelled and of which an account has a part, nil if there is none.
func (p *Payment) unsettledOf(id accounts.ID) *Capture {
	for _, c := range p.Captures {
		if c.Settled || c.Cancelled {
			continue
		}
		for i, at := range c.pending.keys {
			if at.account == id && !c.pending.values[i].IsZero() {
				return c
			}
		}
		for i, part := range c.shares.keys {
			s := c.shares.values[i]
			if part.account == id && !(s.left().IsZero() && s.promised.IsZero()) && !p.settledFor(id, c) {
				return c
			}
		}
	}
	return nil
}

// settledFor reports whether a settlement moved what an account has of a capture, of which others wait.
func (p *Payment) settledFor(id accounts.ID, c *Capture) bool {
	moved := func(post ledger.Posting) bool { return post.Account == id && post.Type == PostingSettlement }
	for i := range p.Events {
		for _, e := range p.Events[i].Record.Entries {
			if e.Reference == c.ID && slices.ContainsFunc(e.Postings, moved) {
				return true
			}
		}
	}
	return false
}
