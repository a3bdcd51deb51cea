package posting

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

func bookFee(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	c, sub, reference := p.feeCapture()
	postings := make([]ledger.Posting, 0, len(e.Fees)+1)
	var sums ordered[money.Currency, money.Int]
	for i := range e.Fees {
		f := &e.Fees[i]
		minor, currency := f.Amount.Int(), f.Amount.Currency()
		if err := k.known("fees"+index(i)+".amount", currency); err != nil {
			return err
		}
		bearer, reason := k.bearable(p.bearer(c, f.Type))
		post := debit(bearer, sub, minor, currency, string(f.Type))
		post.Reason = reason
		postings = append(postings, post)
		sum, _ := sums.add(currency)
		*sum = sum.Add(minor)
	}
	for i, currency := range sums.keys {
		postings = append(postings, credit(p.provider, sub, *sums.values[i], currency, PostingFees))
	}
	k.open(p.provider, accounts.KindProvider)
	k.entry(reference, postings)
	return nil
}

// feeCapture returns the capture that a fee is taken from: the first that is not settled, else the last; nil
// if there is none.
func (p *Payment) feeCapture() (c *Capture, sub ledger.Sub, reference string) {
	for _, c := range p.Captures {
		if !c.Settled {
			return c, ledger.Pending, c.ID
		}
	}
	if n := len(p.Captures); n > 0 {
		return p.Captures[n-1], ledger.Available, p.Captures[n-1].ID
	}
	return nil, ledger.Available, ""
}

// bearer returns the account that bears a fee.
func (p *Payment) bearer(c *Capture, f FeeType) accounts.ID {
	if !p.scheme.FeeSplits {
		return p.Account
	}
	splits := p.splits
	if c != nil {
		splits = c.splits
		if c.Fallback {
			return accounts.Liable
		}
	}
	for _, covers := range feeSplits[f] {
		if i := slices.IndexFunc(splits, func(s Split) bool { return s.Type == covers }); i >= 0 {
			return splits[i].Account
		}
	}
	return accounts.Liable
}

func foldFee(p *Payment, s *step) {
	for i := range s.rec.Entries {
		entry := &s.rec.Entries[i]
		for _, post := range entry.Postings {
			if post.Account != p.provider {
				p.Fees = append(p.Fees, BookedFee{FeeType(post.Type), post.Amount, post.Account, entry.Reference, post.Reason})
			}
		}
	}
}
