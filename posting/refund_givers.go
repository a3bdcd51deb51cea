package posting

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// takes works out who gives how much: the account whose row the event tells, else by the refund's splits, else the
// payment's policy, else the scheme. Without splits they are for whole, which is all of the refund but what a fact has
// beyond what is left; all is what is to be booked.
func (k *booking) takes(p *Payment, whole, all money.Int) ([]take, *ledger.Error) {
	e := k.event
	switch {
	case rowed(e):
		return []take{{key: p.partAt(e.Account, p.giver), minor: all}}, nil
	case len(e.Splits) > 0 && !all.Equal(e.Amount.Int()): // what rows have not told
		return []take{k.merchantTake(p, all, "remainder: no row tells it")}, nil
	case len(e.Splits) > 0:
		takes, refused := k.splitTakes(p)
		if refused != nil && e.Fact {
			return []take{k.merchantTake(p, e.Amount.Int(), fallback+refused.Message)}, nil
		}
		return takes, refused
	case p.RefundPolicy != nil:
		return p.byBehavior(p.RefundPolicy.Behavior, p.RefundPolicy.TargetAccount, whole, (*Part).left, p.giver), nil
	case p.scheme.WholeSplit && whole.Equal(p.unrefunded()) &&
		!slices.ContainsFunc(p.Parts, func(part *Part) bool { return part.left().Sign() < 0 }):
		var takes []take
		for _, part := range p.Parts {
			takes = append(takes, take{key: part.key(), minor: part.left()})
		}
		return takes, nil
	}
	if takes := p.undisputedTakes(whole); takes != nil {
		return takes, nil
	}
	return []take{{key: p.merchantPart(), minor: whole}}, nil
}

// splitTakes works out who gives how much by the refund's own splits.
func (k *booking) splitTakes(p *Payment) ([]take, *ledger.Error) {
	e, s := k.event, p.scheme
	if s.Refunds == scheme.NoSplits {
		return nil, refusal(ledger.Invalid, "splits",
			"expected no splits: with %s a refund gives no split back, a transfer does, found %d", p.Provider,
			len(e.Splits))
	}
	for i := range e.Splits {
		if t := e.Splits[i].Type; t.Fee() {
			return nil, refusal(ledger.Invalid, "splits"+index(i)+".type",
				"expected parts of the amount in a refund, found the fee split %s", t)
		}
	}
	if err := allowsForm(s, e.Splits, p.Currency); err != nil {
		return nil, err
	}
	parts, rest := k.sizes(nil, s, e.Splits, e.Amount, e.Amount.Int())
	if err := fits(s, parts, rest, e.Amount); err != nil {
		return nil, err
	}
	takes := make([]take, 0, len(parts)+1)
	for _, part := range parts {
		field := "splits" + index(part.split)
		key, err := k.taken(p, &e.Splits[part.split], field)
		if err != nil && e.Fact {
			takes = append(takes, k.merchantTake(p, part.minor, fallback+err.Message))
			continue
		}
		if err != nil {
			return nil, err
		}
		takes = append(takes, take{key, part.minor, part.reason, field + ".account"})
	}
	if !rest.IsZero() {
		takes = append(takes, take{key: p.merchantPart(), minor: rest, reason: "remainder: no split takes it"})
	}
	return takes, nil
}

// taken finds the part that a split of a refund takes from.
func (k *booking) taken(p *Payment, s *Split, field string) (partKey, *ledger.Error) {
	if key, ok := p.original(s); ok {
		return key, nil
	}
	switch p.scheme.Refunds {
	case scheme.AnyAccount:
		if why, code := k.missing(s.Receiver()); why != "" {
			return partKey{}, refusal(code, field+".account",
				"expected an open account of kind sub, platform or liable, found %s", why)
		}
		return p.only(s), nil
	case scheme.PaymentAccounts:
		id := s.Receiver()
		if id == p.Account {
			return p.giver(id), nil
		}
		if slices.ContainsFunc(p.Parts, func(part *Part) bool { return part.Account == id && !part.cancelled() }) {
			return p.only(s), nil
		}
		return partKey{}, refusal(UnknownSplitReference, field+".account",
			"expected an account of the payment, found %s", id)
	}
	return partKey{}, refusal(UnknownSplitReference, field+".reference",
		"expected the reference and account of a part of the payment, found %s of %s", quote(s.Reference), s.Receiver())
}

// only is the one part of an account that a split without reference names, where refunds name accounts and not parts;
// else the account gives as a part of its own.
func (p *Payment) only(s *Split) partKey {
	var one *Part
	for _, part := range p.Parts {
		if part.Account != s.Receiver() || part.cancelled() {
			continue
		}
		if one != nil || s.Reference != "" {
			return partOf(s)
		}
		one = part
	}
	if one == nil {
		return partOf(s)
	}
	return one.key()
}

// original finds the part of the payment that a split of a refund names. What was split but fell back is liable's or
// the merchant's.
func (p *Payment) original(s *Split) (partKey, bool) {
	key := partOf(s)
	if part := p.parts.find(key); part != nil && !part.cancelled() {
		return key, true
	}
	if s.Reference != "" {
		for _, part := range p.Parts {
			if part.Account == key.account && part.Reference == s.Reference && !part.cancelled() {
				return part.key(), true
			}
		}
	}
	for _, c := range p.Captures {
		if !c.Fallback || c.Cancelled {
			continue
		}
		for i := range c.splits {
			o := &c.splits[i]
			if !o.Type.Fee() && o.Receiver() == key.account && o.Reference == s.Reference &&
				(s.Reference != "" || o.Type == s.Type) {
				return partKey{c.merchant, PostingMerchant, ""}, true
			}
		}
	}
	return partKey{}, false
}

// payable sees to accounts that were closed since: where the scheme books to liable, liable gives all of the refund,
// else it is refused, or the merchant gives for them what has been given already.
func (k *booking) payable(p *Payment, takes []take) ([]take, *ledger.Error) {
	for i := range takes {
		if takes[i].minor.IsZero() {
			continue
		}
		why, code := k.missing(takes[i].key.account)
		if why == "" {
			continue
		}
		if p.scheme.Missing != scheme.ToLiable && k.event.Fact {
			takes[i] = k.merchantTake(p, takes[i].minor, reasons(takes[i].reason, fallback+why))
			continue
		}
		if p.scheme.Missing != scheme.ToLiable {
			return nil, refusal(code, takes[i].field, "expected an open account to take the refund from, found %s", why)
		}
		k.remark(wire.Remark{Kind: fellBack, Reason: why})
		var all money.Int
		for j := range takes {
			all = all.Add(takes[j].minor)
		}
		return []take{{key: p.giver(accounts.Liable), minor: all, reason: fallback + why}}, nil
	}
	return takes, nil
}

// undisputedTakes lets each part give what it has left besides what disputes took of it, where the scheme refunds
// the whole so and that is the whole; else it is nil.
func (p *Payment) undisputedTakes(whole money.Int) []take {
	if !p.scheme.WholeSplit {
		return nil
	}
	var takes []take
	var sum money.Int
	for _, part := range p.Parts {
		var left money.Int
		for _, s := range part.shares {
			left = left.Add(s.undisputed())
		}
		if left.Sign() < 0 {
			return nil
		}
		takes, sum = append(takes, take{key: part.key(), minor: left}), sum.Add(left)
	}
	if !sum.Equal(whole) {
		return nil
	}
	return takes
}
