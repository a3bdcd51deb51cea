// Who pays for a refund, and how much of it. There are five answers, in this order: the account of the provider's row,
// the refund's own splits, the payment's policy, the rule of the scheme, and the merchant.

package posting

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// deductions works out who gives how much: the account whose row the event reports, else by the refund's splits, else
// the payment's policy, else the scheme. Without splits they are for whole, which is all of the refund but what a fact
// has beyond what is left; all is what is to be booked.
func (k *booking) deductions(p *Payment, whole, all money.Int) ([]deduction, *ledger.Error) {
	e := k.event
	switch {
	case rowed(e):
		return []deduction{{key: p.partAt(e.Account, p.payerPart), minor: all}}, nil
	// Some of the refund was booked from rows of accounts, so the splits no longer describe the rest.
	case len(e.Splits) > 0 && !all.Equal(e.Amount.Int()): // what rows have not reported
		return []deduction{k.merchantDeduction(p, all, "remainder: no row tells it")}, nil
	case len(e.Splits) > 0:
		deductions, refused := k.splitDeductions(p)
		if refused != nil && e.Fact {
			return []deduction{k.merchantDeduction(p, e.Amount.Int(), fallback+refused.Message)}, nil
		}
		return deductions, refused
	case p.RefundPolicy != nil:
		return p.byBehavior(p.RefundPolicy.Behavior, p.RefundPolicy.TargetAccount, whole, (*Part).left,
			p.payerPart), nil
	// Adyen returns a full refund in the proportions of the payment: each part gives what it has left.
	case p.scheme.WholeSplit && whole.Equal(p.unrefunded()) &&
		!slices.ContainsFunc(p.Parts, func(part *Part) bool { return part.left().Sign() < 0 }):
		var deductions []deduction
		for _, part := range p.Parts {
			deductions = append(deductions, deduction{key: part.key(), minor: part.left()})
		}
		return deductions, nil
	}
	if deductions := p.undisputedDeductions(whole); deductions != nil {
		return deductions, nil
	}
	return []deduction{{key: p.merchantPart(), minor: whole}}, nil
}

// splitDeductions works out who gives how much by the refund's own splits. An instruction with a wrong split is
// refused. In a fact the merchant pays for that split, with the reason.
func (k *booking) splitDeductions(p *Payment) ([]deduction, *ledger.Error) {
	e, s := k.event, p.scheme
	// Xendit moves no split back in a refund. The platform makes transfers for that.
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
	deductions := make([]deduction, 0, len(parts)+1)
	for _, part := range parts {
		field := "splits" + index(part.split)
		key, err := k.splitPayer(p, &e.Splits[part.split], field)
		if err != nil && e.Fact {
			deductions = append(deductions, k.merchantDeduction(p, part.minor, fallback+err.Message))
			continue
		}
		if err != nil {
			return nil, err
		}
		deductions = append(deductions, deduction{key, part.minor, part.reason, field + ".account"})
	}
	if !rest.IsZero() {
		deductions = append(deductions, deduction{key: p.merchantPart(), minor: rest,
			reason: "remainder: no split takes it"})
	}
	return deductions, nil
}

// splitPayer finds the part that a split of a refund takes from. The error is [UnknownSplitReference], or that of an
// account that is missing.
func (k *booking) splitPayer(p *Payment, s *Split, field string) (partKey, *ledger.Error) {
	if key, ok := p.original(s); ok {
		return key, nil
	}
	switch p.scheme.Refunds {
	// Paysafe takes refunds from any linked account, whether the payment was split to it or not.
	case scheme.AnyAccount:
		if err := k.receives(field+".account", s.Receiver()); err != nil {
			return partKey{}, err
		}
		return p.only(s), nil
	// Antom names accounts in a refund and no references.
	case scheme.PaymentAccounts:
		id := s.Receiver()
		if id == p.Account {
			return p.payerPart(id), nil
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
	// Those of a fallback: liable, or the merchant, got the money in place of the part, and gives it back in its place.
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
func (k *booking) payable(p *Payment, deductions []deduction) ([]deduction, *ledger.Error) {
	for i := range deductions {
		if deductions[i].minor.IsZero() {
			continue
		}
		why, code := k.missing(deductions[i].key.account)
		if why == "" {
			continue
		}
		if p.scheme.Missing != scheme.ToLiable && k.event.Fact {
			deductions[i] = k.merchantDeduction(p, deductions[i].minor, reasons(deductions[i].reason, fallback+why))
			continue
		}
		if p.scheme.Missing != scheme.ToLiable {
			return nil, refusal(code, deductions[i].field,
				"expected an open account to take the refund from, found %s", why)
		}
		// Adyen takes all of the refund from liable then, and not only the share of the account that is gone.
		k.remark(wire.Remark{Kind: fellBack, Reason: why})
		var all money.Int
		for j := range deductions {
			all = all.Add(deductions[j].minor)
		}
		return []deduction{{key: p.payerPart(accounts.Liable), minor: all, reason: fallback + why}}, nil
	}
	return deductions, nil
}

// undisputedDeductions lets each part give what it has left besides what disputes took of it, where the scheme refunds
// the whole so and that is the whole; else it is nil.
func (p *Payment) undisputedDeductions(whole money.Int) []deduction {
	if !p.scheme.WholeSplit {
		return nil
	}
	var deductions []deduction
	var sum money.Int
	for _, part := range p.Parts {
		var left money.Int
		for _, s := range part.shares {
			left = left.Add(s.undisputed())
		}
		if left.Sign() < 0 {
			return nil
		}
		deductions, sum = append(deductions, deduction{key: part.key(), minor: left}), sum.Add(left)
	}
	if !sum.Equal(whole) {
		return nil
	}
	return deductions
}
