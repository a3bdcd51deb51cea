package posting

import (
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
)

// bookSplit moves parts of a captured payment from the merchant to their accounts, where the scheme has that.
func bookSplit(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	takes, parts, refused := k.laterParts(p)
	if refused != nil {
		return refused
	}
	given, _ := distribute(takes, p.Captures, (*Capture).unsplit, (*share).none)
	for i, c := range p.Captures {
		merchant, why := k.bearable(c.merchant)
		var postings []ledger.Posting
		for j, minor := range given[i] {
			if minor.IsZero() {
				continue
			}
			sp := &e.Splits[parts[j].split]
			postings = append(postings,
				partKey{c.merchant, PostingMerchant, sp.Reference}.debit(merchant, c.sub(), minor, p.Currency, why),
				partOf(sp).credit(sp.Receiver(), c.sub(), minor, p.Currency, parts[j].reason))
		}
		k.entry(c.ID, postings)
	}
	return nil
}

// laterParts works out what each split takes of what is captured and not split yet.
func (k *booking) laterParts(p *Payment) ([]take, []sized, *ledger.Error) {
	e := k.event
	if s := p.scheme; s.Splits != scheme.Afterwards {
		when := "at capture: give them in payment.capture"
		if s.Splits == scheme.AtSettlement {
			when = "at settlement: give them in payment.authorise or payment.capture"
		}
		return nil, nil, refusal(InvalidState, "payment",
			"expected a payment that is split after its capture, found %s of %s, whose splits are booked %s",
			quote(p.ID), p.Provider, when)
	}
	if refused := p.refuse(e.Type); refused != nil {
		return nil, nil, refused
	}
	for i := range e.Splits {
		if t := e.Splits[i].Type; t.Fee() {
			return nil, nil, refusal(ledger.Invalid, "splits"+index(i)+".type",
				"expected parts of the amount, found the fee split %s", t)
		}
	}
	if err := allowsForm(p.scheme, e.Splits, p.Currency); err != nil {
		return nil, nil, err
	}
	var left money.Int
	for _, c := range p.Captures {
		left = left.Add(c.unsplit())
	}
	parts, rest := k.sizes(nil, p.scheme, e.Splits, p.Captured, left)
	if rest.Sign() < 0 {
		return nil, nil, refusal(SettlementAmountExceedsLimit, "splits",
			"expected splits of at most what is captured and not split yet, %s of %s, found %s",
			money.FromInt(left, p.Currency), p.Captured, money.FromInt(left.Sub(rest), p.Currency))
	}
	if err := k.refuseMissing(e.Splits); err != nil {
		return nil, nil, err
	}
	takes := make([]take, len(parts))
	for i := range parts {
		takes[i] = take{key: partOf(&e.Splits[parts[i].split]), minor: parts[i].minor}
	}
	return takes, parts, nil
}

func foldSplit(p *Payment, s *step) {
	for i := range s.rec.Entries {
		entry := &s.rec.Entries[i]
		c := p.capture(entry.Reference)
		if c == nil {
			continue
		}
		for j := range entry.Postings {
			post := &entry.Postings[j]
			k := keyOf(post)
			sh := p.share(c, k)
			sh.got = sh.got.Sub(post.Amount.Int())
			if k.kind == PostingMerchant {
				continue
			}
			c.split = c.split.Sub(post.Amount.Int())
			if sh.status = PartCompleted; !c.Settled && p.scheme.Completed == scheme.AtSettlement {
				sh.status = PartPending
			}
			if post.Reason != "" {
				sh.reason = post.Reason
			}
		}
	}
}
