// Cancellations: a void of captures that are not settled. Every entry of such a capture is reversed, so that the books
// are as if it had never been; what was authorised and not captured is given up.

package posting

import (
	"slices"
	"strconv"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// bookCancel undoes captures that are not settled, and gives up what was not captured. Of an instruction nothing may be
// refunded, settled or taken back of a capture that it names. Without a name, captures where that is so stay as they
// are. The error is [InvalidState], and says what was refunded, settled or taken back.
func bookCancel(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	if e.Fact {
		return k.cancelFact(p)
	}
	captures, refused := p.voidedBy(e)
	if refused != nil {
		return refused
	}
	for _, c := range captures { // of a capture that is named; without a name it is left out
		switch {
		case c.Refunded.Sign() > 0:
			return refusal(InvalidState, "capture",
				"expected a capture that nothing was refunded of, found %s, of which %s was (allowed: "+
					"payment.refund of what is left)", quote(c.ID), c.Refunded)
		case len(c.moved.keys) > 0:
			return refusal(InvalidState, "capture",
				"expected a capture that nothing is settled of, found %s, which is %s and of which %s is settled "+
					"(allowed: payment.refund of what is left)",
				quote(c.ID), c.State(), money.FromInt(c.settledGross.total(), p.Currency))
		case !c.reversed.IsZero():
			return refusal(InvalidState, "capture",
				"expected a capture that nothing was taken back of, found %s, which is %s and of which %s was%s",
				quote(c.ID), c.State(), money.FromInt(c.reversed, p.Currency), captureMachine.instead(c.State(),
					append(p.excluded(), PaymentCancel)))
		}
	}
	for _, c := range captures {
		k.undo(p, c)
	}
	return nil
}

// voidedBy returns the captures that an instruction cancels: the one that it names, or all that may be cancelled.
func (p *Payment) voidedBy(e *Event) ([]*Capture, *ledger.Error) {
	if e.Capture == "" {
		if refused := p.refuse(e.Type); refused != nil {
			return nil, refused
		}
		captures := p.voidable()
		if len(captures) == 0 && p.Captured.Sign() > 0 {
			return nil, refusal(InvalidState, "payment",
				"expected a payment with a capture that is neither settled nor refunded, found %s, which is %s: all "+
					"its captures are settled or refunded, whole or in part%s",
				quote(p.ID), p.State(), p.instead())
		}
		return captures, nil
	}
	c := p.capture(e.Capture)
	switch {
	case c == nil:
		return nil, p.unknownCapture(e.Capture)
	case !captureMachine.allows(c.State(), e.Type):
		return nil, captureMachine.refuse("capture", c.ID, c.State(), e.Type, p.excluded()...)
	}
	if refused := p.refuse(e.Type); refused != nil {
		return nil, refused
	}
	return []*Capture{c}, nil
}

// cancelFact books a cancellation that the provider reports. What cannot be undone any more, as of it was settled or
// given back, is taken back.
func (k *booking) cancelFact(p *Payment) error {
	if name := k.event.Capture; name != "" && p.capture(name) == nil {
		return p.unconfirmed(k.event)
	}
	undone, reversed := p.cancelled(k.event)
	for _, c := range undone {
		k.undo(p, c)
	}
	for _, c := range reversed {
		k.takeCaptureBack(p, c, c.payers(k.event, atLeastZero(c.undisputed())))
	}
	return nil
}

// cancelled returns which captures a cancellation that is a fact undoes, and which it takes back: of the one that is
// named, or all that are neither settled nor refunded.
func (p *Payment) cancelled(e *Event) (undone, reversed []*Capture) {
	for _, c := range p.Captures {
		switch {
		case e.Capture != "" && e.Capture != c.ID, c.Cancelled, c.Reversed:
		case c.untouched():
			undone = append(undone, c)
		case e.Capture != "", !c.Settled && len(c.moved.keys) == 0 && c.Refunded.Sign() <= 0:
			reversed = append(reversed, c)
		}
	}
	return undone, reversed
}

// undo reverses what was booked of a capture: the capture itself, its fees and its splits. Refunds and chargebacks of
// it have been undone by themselves.
func (k *booking) undo(p *Payment, c *Capture) {
	for i := range p.Events {
		entries, e := p.Events[i].Record.Entries, &p.Events[i].Event
		for j := range entries {
			if entry := &entries[j]; entry.Reference == c.ID &&
				(undoable(e) || e.Type == PaymentChargeback && ofFees(entry)) {
				k.undoEntry(entry)
			}
		}
	}
}

// undoable reports whether the entries of an event are of the capture that they name, and not of a refund or dispute of
// it.
func undoable(e *Event) bool {
	switch e.Type {
	case PaymentCapture, PaymentFee, PaymentSplit, PaymentResplit, PaymentSplitFailed, Transfer, TransferReverse:
		return true
	case PaymentReassign:
		return e.Refund == "" && e.Chargeback == ""
	}
	return false
}

// cancelledReason begins the reasons of what undoes an entry.
const cancelledReason = "cancelled: reverses entry "

// undoEntry books the opposite of an entry of a payment, for the same reasons.
func (k *booking) undoEntry(entry *ledger.Entry) {
	postings := slices.Clone(entry.Postings)
	for i := range postings {
		post := &postings[i]
		why := cancelledReason + strconv.FormatUint(entry.Number, 10)
		if post.Reason != "" {
			why += ": " + post.Reason
		}
		post.Amount, post.Reason = post.Amount.Neg(), why
		// Accounts of providers and the bank are never closed, so nobody needs to take their place.
		if a, ok := k.books.Account(post.Account); ok && !holdsMoney(a.Kind) {
			continue
		}
		if to, why := k.receivable(post.Account); why != "" {
			post.Account, post.Reason = to, why
		}
	}
	k.entry(entry.Reference, postings)
}

// foldCancel marks the captures as cancelled. Parts lose what they had of them.
func foldCancel(p *Payment, s *step) {
	var undone, reversed []*Capture
	switch c := p.capture(s.event.Capture); {
	case s.event.Fact:
		undone, reversed = p.cancelled(s.event)
	case c != nil:
		undone = []*Capture{c}
	default:
		undone = p.voidable()
	}
	for _, c := range undone {
		c.Cancelled, c.Failure = true, ""
		p.Captured = money.FromInt(p.Captured.Int().Sub(c.Amount.Int()), p.Currency)
		for _, sh := range c.shares.values {
			sh.promised, sh.got, sh.status = sh.promised.Add(sh.got), money.Int{}, PartCancelled
		}
		p.Fees = slices.DeleteFunc(p.Fees, func(f BookedFee) bool { return f.Capture == c.ID })
	}
	for _, c := range reversed {
		p.foldTakenBack(c, s)
		c.reverse()
	}
	p.Cancelled = p.Cancelled || s.event.Capture == ""
}
