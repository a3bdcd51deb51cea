// Corrections by the provider of who has a share. The scheme says where money should be; a report may say that the
// provider put it on another account, and then the books follow.

package posting

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// bookReassign moves a share of a capture, refund or dispute to the account on which the provider has it. The books
// follow the provider here, so that balances, later refunds and settlements agree. Closed accounts give way to liable.
// The event moves money that was booked before. So it needs the capture, refund or chargeback that had it.
func bookReassign(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	moves, currency := p.reassigned(e)
	switch {
	case currency == "":
		return p.unconfirmed(e)
	case e.Amount.Currency() != currency:
		return refusal(CurrencyMismatch, "amount.currency",
			"expected the currency of what is reassigned, %s, found %s", currency, e.Amount.Currency())
	}
	from, whyFrom := k.receivable(e.From)
	to, whyTo := k.receivable(e.To)
	// The amount is taken out of the parts one after another; left is what none of them had.
	left := e.Amount.Int()
	pairs := func(m reassignment, sub ledger.Sub, minor money.Int) []ledger.Posting {
		if minor.IsZero() {
			return nil
		}
		sign := minor // debits from
		// In a refund or dispute the account gave money, so it gets back, and the other pays.
		if e.Capture == "" {
			sign = minor.Neg()
		}
		left = left.Sub(minor)
		return []ledger.Posting{
			m.key.debit(from, sub, sign, currency, reasons(accountDiffers, whyFrom)),
			m.key.credit(to, sub, sign, currency, reasons(accountDiffers, whyTo)),
		}
	}
	used := map[accounts.ID]money.Int{}
	var postings []ledger.Posting
	for i, m := range moves {
		x := least(m.has, left, left)
		pending := x
		switch {
		case m.capture == nil, e.Capture == "" && m.capture.subOf(m.key.account) == ledger.Available:
			pending = money.Int{}
		case e.Capture != "":
			pending = m.capture.stillPending(balanceKey{e.From, currency}, x, used)
		}
		for sub, minor := range bySub(pending, x) {
			postings = append(postings, pairs(m, sub, minor)...)
		}
		if i+1 == len(moves) || moves[i+1].capture != m.capture {
			k.entry(m.capture.name(), postings)
			postings = nil
		}
	}
	if c := p.capture(e.Capture); e.Capture != "" {
		left = k.reassignPromises(p, c, left)
	}
	// The provider has moved more than the books know of. The accounts then differ by a plain transfer.
	rest := reassignment{key: partKey{kind: PostingTransfer, reference: ""}}
	k.entry(e.Capture, pairs(rest, ledger.Available, left))
	return nil
}

// A reassignment is one part of what is on another account, and how much it has to move.
type reassignment struct {
	capture *Capture // nil for what was given of no capture
	key     partKey
	has     money.Int
}

// reassigned lists what the account that an event names has of the thing that it names, in the order of its parts,
// and in which currency that is; "" where there is no such thing.
func (p *Payment) reassigned(e *Event) (moves []reassignment, currency money.Currency) {
	var of *lines
	gone := false
	switch {
	case e.Refund != "":
		r := p.refund(e.Refund)
		if r == nil {
			return nil, ""
		}
		// A refund that failed has given all back: nothing of it is on any account.
		of, currency, gone = &r.lines, p.Currency, r.Failed
	case e.Chargeback != "":
		d := p.chargeback(e.Chargeback)
		if d == nil {
			return nil, ""
		}
		of, currency = &d.lines, d.Amount.Currency()
	default:
		c := p.capture(e.Capture)
		if c == nil {
			return nil, ""
		}
		for i, key := range c.shares.keys {
			if got := c.shares.values[i].got; key.account == e.From && got.Sign() > 0 {
				moves = append(moves, reassignment{c, key, got})
			}
		}
		return moves, p.Currency
	}
	for _, l := range of.values {
		if left := l.minor.Sub(l.back); l.key.account == e.From && left.Sign() > 0 && !gone {
			moves = append(moves, reassignment{l.capture, l.key, left})
		}
	}
	return moves, currency
}

// reassignPromises gives parts that are promised to another account: those of which all is on the other. It returns
// what is left.
func (k *booking) reassignPromises(p *Payment, c *Capture, left money.Int) money.Int {
	if p.scheme.Splits != scheme.AtSettlement || c.Settled || c.Cancelled || c.Reversed {
		return left
	}
	parts, _ := sizesOf(p.scheme, nil, c.splits, c.Amount, c.Amount.Int())
	for _, part := range parts {
		sp := &c.splits[part.split]
		sh := c.shares.find(partOf(sp))
		promised := sp.Receiver() == k.event.From && sh != nil && sh.status == PartPending && !part.minor.IsZero()
		// A promise is of one split and cannot be divided before its settlement.
		if !promised || part.minor.Cmp(left) > 0 {
			continue
		}
		k.remark(wire.Remark{Kind: promiseMoved, Capture: c.ID, Split: part.split, Reason: part.minor.String()})
		left = left.Sub(part.minor)
	}
	return left
}

// foldReassign moves the same share in the payment's state.
func foldReassign(p *Payment, s *step) {
	e := s.event
	for i := range s.rec.Entries {
		entry := &s.rec.Entries[i]
		c := p.capture(entry.Reference)
		for j := 0; j+1 < len(entry.Postings); j += 2 {
			from, to := keyOf(&entry.Postings[j]), keyOf(&entry.Postings[j+1])
			from.account = e.From // also where liable stands for it
			if from.kind == PostingTransfer {
				continue
			}
			minor := entry.Postings[j].Amount.Int()
			switch {
			case e.Refund != "":
				p.refund(e.Refund).lines.move(lineKey{c, from}, lineKey{c, to}, minor.Neg(), p.refundedLine)
			case e.Chargeback != "":
				p.chargeback(e.Chargeback).lines.move(lineKey{c, from}, lineKey{c, to}, minor.Neg(), (*line).disputes)
			case c != nil:
				p.reassignShare(c, from, to, minor)
			}
		}
	}
	for _, o := range s.remarks {
		if c := p.capture(o.Capture); o.Kind == promiseMoved && c != nil && o.Split < len(c.splits) {
			p.reassignPromise(c, &o, e.To)
		}
	}
}

// reassignShare moves minor units that a part got of a capture to the part of another account.
func (p *Payment) reassignShare(c *Capture, from, to partKey, minor money.Int) {
	payer := p.share(c, from)
	payer.got = payer.got.Sub(minor)
	getter := p.allocation(c, to)
	if getter.paysOnly {
		getter.status = payer.status
	}
	getter.paysOnly, getter.got, getter.reason = false, getter.got.Add(minor), accountDiffers
	if from.kind == PostingMerchant && from.account == c.merchant && payer.got.IsZero() && !c.failedTo(to.account) {
		c.merchant = to.account
	}
}

// failedTo reports whether a split to an account failed: what it gets from the merchant is the split, which was made
// after all.
func (c *Capture) failedTo(id accounts.ID) bool {
	for i, k := range c.shares.keys {
		if k.account == id && k.kind != PostingMerchant && c.shares.values[i].status == PartFailed {
			return true
		}
	}
	return false
}

// reassignPromise moves what a part is to get at settlement to the part of another account.
func (p *Payment) reassignPromise(c *Capture, o *wire.Remark, to accounts.ID) {
	minor, err := money.ParseInt(o.Reason)
	if err != nil {
		return
	}
	c.splits = slices.Clone(c.splits)
	sp := &c.splits[o.Split]
	payer := p.share(c, partOf(sp))
	// The old account waits for nothing any more.
	if payer.promised = payer.promised.Sub(minor); payer.promised.IsZero() {
		payer.status = PartCompleted
	}
	sp.Account = to
	getter := p.share(c, partOf(sp))
	getter.promised, getter.status, getter.reason = getter.promised.Add(minor), PartPending, accountDiffers
}
