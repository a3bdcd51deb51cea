// What a payment may see by instruction, how much of it may still be refunded or captured, and the words of the
// refusals that say so.

package posting

import (
	"slices"
	"strings"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
)

// State says in a word how far the payment has come, see docs/lifecycle.md. A chargeback that stands hides all other
// states, because it is what needs attention. Captures that were cancelled or taken back do not count.
func (p *Payment) State() State {
	live, settled := 0, 0
	for _, c := range p.Captures {
		if c.Cancelled || c.Reversed {
			continue
		}
		if live++; c.Settled {
			settled++
		}
	}
	switch captured := p.Captured.Int(); {
	case slices.ContainsFunc(p.Chargebacks, func(c *Chargeback) bool { return !c.Left().IsZero() }):
		return ChargedBack
	case live == 0 && p.over():
		return Cancelled
	case live == 0 && p.Refunded.Sign() > 0:
		return Refunded
	case live == 0:
		return Authorised
	case p.Refunded.Sign() > 0 && p.Refunded.Int().Cmp(captured) >= 0:
		return Refunded
	case p.Refunded.Sign() > 0:
		return PartiallyRefunded
	case settled == live:
		return Settled
	case settled > 0:
		return PartiallySettled
	case captured.Cmp(p.Authorised.Int()) < 0 && !p.over():
		return PartiallyCaptured
	}
	return Captured
}

// refuse returns nil where the payment may see an event in its state.
func (p *Payment) refuse(on Type) *ledger.Error {
	state := p.State()
	if paymentMachine.allows(state, on) { // the usual case, which needs no words
		return nil
	}
	return paymentMachine.refuse("payment", p.ID, state, on, p.excluded()...)
}

// over reports whether nothing more is to be captured, but as a fact.
func (p *Payment) over() bool { return p.Cancelled || p.Released || p.Expired != "" }

// ended refuses an event that needs an authorisation which still stands, of a payment where it does not.
func (p *Payment) ended(on Type) *ledger.Error {
	if refused := p.refuse(on); refused != nil && refused.Code == InvalidState {
		return refused
	}
	why := "was released"
	if p.Cancelled {
		why = "was cancelled"
	} else if p.Expired != "" {
		why = "has expired"
	}
	return refusal(InvalidState, "payment",
		"expected a payment of which nothing was given up, found %s, which is %s and of which the rest %s%s",
		quote(p.ID), p.State(), why, p.instead())
}

// instead lists what the payment may see.
func (p *Payment) instead() string { return paymentMachine.instead(p.State(), p.excluded()) }

// excluded lists events to leave out of the "instead" hints whatever the payment's state: the scheme does not have
// them, nothing is left for them, only the provider tells them, or they would change nothing about the
// captures.
func (p *Payment) excluded() []Type {
	excluded := []Type{PaymentAuthorise, PaymentConfirm, PaymentReassign, PaymentSplitFailed, PaymentCaptureReversed, PaymentAdjust}
	if p.scheme.Splits != scheme.Afterwards {
		excluded = append(excluded, PaymentSplit)
	}
	if p.over() || p.Captured.Int().Cmp(p.Authorised.Int()) >= 0 {
		excluded = append(excluded, PaymentCapture, PaymentRelease)
	}
	if p.scheme.Splits == scheme.Afterwards || !slices.ContainsFunc(p.Captures, (*Capture).untouched) {
		excluded = append(excluded, PaymentResplit)
	}
	if p.Refundable().Sign() <= 0 {
		excluded = append(excluded, PaymentRefund)
	}
	if !slices.ContainsFunc(p.Refunds, func(r Refund) bool { return !r.Failed }) {
		excluded = append(excluded, PaymentRefundFailed)
	}
	if !slices.ContainsFunc(p.Captures, func(c *Capture) bool { return !c.Settled && !c.Cancelled && !c.Reversed }) {
		excluded = append(excluded, PaymentSettle, PaymentSettleFailed)
	}
	if p.Captured.Sign() > 0 && len(p.voidable()) == 0 {
		excluded = append(excluded, PaymentCancel)
	}
	return excluded
}

// voidable returns the captures that an instruction may cancel. What was refunded, taken back or settled in part stays.
func (p *Payment) voidable() []*Capture {
	var captures []*Capture
	for _, c := range p.Captures {
		if captureMachine.allows(c.State(), PaymentCancel) && c.Refunded.Sign() <= 0 && c.reversed.IsZero() &&
			len(c.moved.keys) == 0 {
			captures = append(captures, c)
		}
	}
	return captures
}

// Refundable returns what may still be refunded by instruction: captured less refunded and less what disputes hold, or
// nothing where providers gave back more than that.
func (p *Payment) Refundable() money.Amount {
	left := p.unrefunded().Sub(p.disputed().Int())
	if left.Sign() < 0 {
		left = money.Int{}
	}
	return money.FromInt(left, p.Currency)
}

// disputed returns what disputes took of the payment, in its currency, and did not give back.
func (p *Payment) disputed() money.Amount {
	var held money.Int
	for _, c := range p.Chargebacks {
		if left := c.Left(); left.Currency() == p.Currency {
			held = held.Add(left.Int())
		}
	}
	return money.FromInt(held, p.Currency)
}

// unrefunded returns captured less refunded, or nothing where providers gave back more than that.
func (p *Payment) unrefunded() money.Int {
	if left := p.Captured.Int().Sub(p.Refunded.Int()); left.Sign() > 0 {
		return left
	}
	return money.Int{}
}

// unconfirmed refuses a confirmation of what is not there.
func (p *Payment) unconfirmed(e *Event) *ledger.Error {
	var names []string
	switch {
	case e.Refund != "":
		for i := range p.Refunds {
			names = append(names, p.Refunds[i].ID)
		}
		return refusal(ledger.Invalid, "refund", "expected a refund of the payment (it has %s), found %s",
			orNone(names), quote(e.Refund))
	case e.Chargeback != "":
		for _, c := range p.Chargebacks {
			names = append(names, c.ID)
		}
		return refusal(ledger.Invalid, "chargeback", "expected a chargeback of the payment (it has %s), found %s",
			orNone(names), quote(e.Chargeback))
	case e.Capture != "":
		for _, c := range p.Captures {
			names = append(names, c.ID)
		}
		return refusal(ledger.Invalid, "capture", "expected a capture of the payment (it has %s), found %s",
			orNone(names), quote(e.Capture))
	}
	return refusal(ledger.Invalid, "payment", "expected a payment with a capture that stands, found %s, which is %s",
		quote(p.ID), p.State())
}

// unknownCapture refuses the name of a capture that the payment does not have, and lists those that it has.
func (p *Payment) unknownCapture(id string) *ledger.Error {
	names := make([]string, len(p.Captures))
	for i, c := range p.Captures {
		names[i] = c.ID
	}
	return refusal(ledger.Invalid, "capture", "expected a capture of the payment (it has %s), found %s", orNone(names),
		quote(id))
}

// orNone lists names for a message.
func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
