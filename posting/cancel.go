package posting

import (
	"slices"
	"strconv"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

func bookCancel(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	captures, refused := p.about(e.Capture, e.Type)
	if refused != nil {
		return refused
	}
	for _, c := range captures { // of a capture that is named; without a name it is left out
		if c.Refunded.Sign() > 0 {
			return refusal(InvalidState, "capture", "expected a capture that nothing was refunded of, found %s, of which %s was (allowed: payment.refund of what is left)", quote(c.ID), c.Refunded)
		}
	}
	for _, c := range captures {
		k.undo(p, c)
	}
	return nil
}

// undo reverses what was booked of a capture: the capture itself, its fees and its splits. Refunds and chargebacks of it
// have been undone by themselves.
func (k *booking) undo(p *Payment, c *Capture) {
	for i := range p.Events {
		entries := p.Events[i].Record.Entries
		for j := range entries {
			entry := &entries[j]
			if entry.Reference != c.ID {
				continue
			}
			switch p.Events[i].Event.Type {
			case PaymentCapture, PaymentFee, PaymentSplit:
				k.undoEntry(entry)
			case PaymentChargeback:
				if ofFees(entry) {
					k.undoEntry(entry)
				}
			}
		}
	}
}

// undoEntry books the opposite of an entry of a payment, for the same reasons.
func (k *booking) undoEntry(entry *ledger.Entry) {
	postings := slices.Clone(entry.Postings)
	for i := range postings {
		post := &postings[i]
		why := "cancelled: reverses entry " + strconv.FormatUint(entry.Number, 10)
		if post.Reason != "" {
			why += ": " + post.Reason
		}
		post.Amount, post.Reason = post.Amount.Neg(), why
		if a, ok := k.books.Account(post.Account); ok && !holdsMoney(a.Kind) {
			continue
		}
		if to, why := k.bearable(post.Account); why != "" {
			post.Account, post.Reason = to, why
		}
	}
	k.entry(entry.Reference, postings)
}

func foldCancel(p *Payment, s *step) {
	for _, c := range p.named(s.event) {
		c.Cancelled, c.Failure = true, ""
		p.Captured = money.FromInt(p.Captured.Int().Sub(c.Amount.Int()), p.Currency)
		for _, sh := range c.shares.values {
			sh.promised, sh.got, sh.status = sh.promised.Add(sh.got), money.Int{}, PartCancelled
		}
		p.Fees = slices.DeleteFunc(p.Fees, func(f BookedFee) bool { return f.Capture == c.ID })
	}
	p.Cancelled = p.Cancelled || s.event.Capture == ""
}
