// Splits that come after the capture, by an event of their own (payment.split). Antom works so: a payment is captured
// for the merchant alone, and settle calls then give parts of it to others, up to what was captured.

package posting

import (
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
)

// bookSplit moves parts of a captured payment from the merchant to their accounts, where the scheme has that. The money
// of a part stays in the sub-balance in which the capture is: pending before its settlement, available after. The error
// is [InvalidState] for a scheme that splits at another time.
func bookSplit(k *booking) error {
	p, err := k.existing()
	if err != nil {
		return err
	}
	given, err := k.given(p)
	if err != nil {
		return err
	}
	splits, reasons, refused := p.splitsFor(given, p.Captured, k.books.Table())
	if refused != nil {
		return refused
	}
	k.reasons = reasons
	deductions, parts, refused := k.laterParts(p, splits)
	if refused != nil {
		return k.ofRule(refused)
	}
	// A payment of several captures is split as one amount: the oldest capture gives first.
	taken, _ := distribute(deductions, p.Captures, (*Capture).unsplit, (*share).none)
	for i, c := range p.Captures {
		merchant, why := k.receivable(c.merchant)
		var postings []ledger.Posting
		for j, minor := range taken[i] {
			if minor.IsZero() {
				continue
			}
			sp := &splits[parts[j].split]
			postings = append(postings,
				partKey{c.merchant, PostingMerchant, sp.Reference}.debit(merchant, c.sub(), minor, p.Currency, why),
				partOf(sp).credit(sp.Receiver(), c.sub(), minor, p.Currency, parts[j].reason))
		}
		// One entry for each capture, because a settlement moves capture by capture.
		k.entry(c.ID, postings)
	}
	return nil
}

// laterParts works out what each split takes of what is captured and not split yet. Percents are of all that is
// captured, not of what is left, so that the order of several calls does not matter. It refuses fee splits, because the
// schemes that split later let the merchant bear all fees.
func (k *booking) laterParts(p *Payment, splits []Split) ([]deduction, []sized, *ledger.Error) {
	if s := p.scheme; s.Splits != scheme.Afterwards {
		when := "at capture: give them in payment.capture"
		if s.Splits == scheme.AtSettlement {
			when = "at settlement: give them in payment.authorise or payment.capture"
		}
		return nil, nil, refusal(InvalidState, "payment",
			"expected a payment that is split after its capture, found %s of %s, whose splits are booked %s",
			quote(p.ID), p.Provider, when)
	}
	if refused := p.refuse(k.event.Type); refused != nil {
		return nil, nil, refused
	}
	// A fee split names who bears a fee. It has no amount, so it could take nothing of what is left.
	for i := range splits {
		if t := splits[i].Type; t.Fee() {
			return nil, nil, refusal(ledger.Invalid, "splits"+index(i)+".type",
				"expected parts of the amount, found the fee split %s", t)
		}
	}
	if err := allowsForm(p.scheme, splits, p.Currency); err != nil {
		return nil, nil, err
	}
	// The limit is what the captures have left together, whichever of them will give it.
	var left money.Int
	for _, c := range p.Captures {
		left = left.Add(c.unsplit())
	}
	parts, rest := k.sizes(nil, p.scheme, splits, p.Captured, left)
	if rest.Sign() < 0 {
		return nil, nil, refusal(SettlementAmountExceedsLimit, "splits",
			"expected splits of at most what is captured and not split yet, %s of %s, found %s",
			money.FromInt(left, p.Currency), p.Captured, money.FromInt(left.Sub(rest), p.Currency))
	}
	if err := k.refuseMissing(splits); err != nil {
		return nil, nil, err
	}
	deductions := make([]deduction, len(parts))
	for i := range parts {
		deductions[i] = deduction{key: partOf(&splits[parts[i].split]), minor: parts[i].minor}
	}
	return deductions, parts, nil
}

// foldSplit adds to the parts what the split gave them, and takes it from the merchant's.
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
			// Antom pays the part out with the settlement of its capture. Until then the part is pending.
			if sh.status = PartCompleted; !c.Settled && p.scheme.Completed == scheme.AtSettlement {
				sh.status = PartPending
			}
			if post.Reason != "" {
				sh.reason = post.Reason
			}
		}
	}
}
