package posting

import (
	"cmp"
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
	c := p.feeCapture()
	sub := c.sub()
	postings := make([]ledger.Posting, 0, len(e.Fees)+1)
	var sums ordered[money.Currency, money.Int]
	for i := range e.Fees {
		f := &e.Fees[i]
		minor, currency := f.Amount.Int(), f.Amount.Currency()
		if err := k.known("fees"+index(i)+".amount", currency); err != nil {
			return err
		}
		named, err := k.bearer(p, c, f.Type)
		if err != nil {
			return err
		}
		bearer, reason := k.bearable(named)
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
	k.entry(c.name(), postings)
	return nil
}

// feeCapture returns the capture that a fee is taken from: the first that is not settled, else the last; nil
// if there is none.
func (p *Payment) feeCapture() (last *Capture) {
	for _, c := range p.Captures {
		if c.Cancelled {
			continue
		}
		if last = c; !c.Settled {
			break
		}
	}
	return last
}

// bearer returns the account that bears a fee.
func (k *booking) bearer(p *Payment, c *Capture, f FeeType) (accounts.ID, error) {
	if f == FeeDispute { // as where the chargeback says what it costs
		policy, err := disputes(k.books, p)
		return cmp.Or(policy.CostAllocationAccount, accounts.Liable), err
	}
	if !p.scheme.FeeSplits {
		return p.Account, nil
	}
	splits := p.splits
	if c != nil {
		splits = c.splits
		if c.Fallback {
			return accounts.Liable, nil
		}
	}
	for _, covers := range feeSplits[f] {
		if i := slices.IndexFunc(splits, func(s Split) bool { return s.Type == covers }); i >= 0 {
			return splits[i].Account, nil
		}
	}
	return accounts.Liable, nil
}

func foldFee(p *Payment, s *step) {
	for i := range s.rec.Entries {
		p.foldFees(&s.rec.Entries[i])
	}
}

// foldFees lists the fees of an entry.
func (p *Payment) foldFees(entry *ledger.Entry) {
	for _, post := range entry.Postings {
		if post.Account != p.provider {
			p.Fees = append(p.Fees, BookedFee{FeeType(post.Type), post.Amount, post.Account, entry.Reference, post.Reason})
		}
	}
}
