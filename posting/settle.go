package posting

import (
	"strings"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// bookSettle books that the provider has settled. That has happened: no state refuses it, and a settlement of nothing that is
// left makes no entries.
func bookSettle(k *booking) error {
	if later, err := k.settlesLater(); later || err != nil {
		return err
	}
	p, err := k.existing()
	if err != nil {
		return err
	}
	captures, refused := p.settledBy(k.event)
	if refused != nil {
		return refused
	}
	if err := k.ofMovement(p); err != nil {
		return err
	}
	for _, c := range captures {
		k.settle(p, c)
	}
	return nil
}

// settledBy returns the captures that a settlement is of: the one that it names, the one of its movement, or all that are not
// settled.
func (p *Payment) settledBy(e *Event) ([]*Capture, *ledger.Error) {
	if a := e.Amount; a.Currency() != "" && a.Currency() != p.Currency {
		return nil, refusal(CurrencyMismatch, "amount.currency", "expected the payment's currency, %s, found %s", p.Currency, a.Currency())
	}
	if c := p.captureOf(e); c != nil {
		return []*Capture{c}, nil
	}
	if e.Capture != "" {
		return nil, p.unknownCapture(e.Capture)
	}
	if len(p.Captures) == 0 {
		return nil, p.refuse(e.Type)
	}
	return p.allowing(e.Type), nil
}

// captureOf returns the capture that an event names, or whose movement it tells; nil if there is none.
func (p *Payment) captureOf(e *Event) *Capture {
	if e.Capture != "" {
		return p.capture(e.Capture)
	}
	for _, c := range p.Captures {
		if e.Movement != "" && (c.Movement == e.Movement || c.ID == e.Movement) {
			return c
		}
	}
	return nil
}

func (p *Payment) unknownCapture(id string) *ledger.Error {
	names := make([]string, len(p.Captures))
	for i, c := range p.Captures {
		names[i] = c.ID
	}
	return refusal(ledger.Invalid, "capture", "expected a capture of the payment (it has %s), found %s", orNone(names), quote(id))
}

// settle books the settlement of one capture.
func (k *booking) settle(p *Payment, c *Capture) {
	if c.Cancelled {
		return // nothing of it is pending
	}
	if c.Reversed { // but fees may be
		k.entry(c.ID, k.settlement(c))
		return
	}
	told, whole := c.settlementTold(k.event)
	if !whole {
		k.entry(c.ID, k.portion(p, c, told))
		return
	}
	postings := k.settlement(c)
	if p.scheme.Splits == AtSettlement && !c.Settled {
		postings = k.route(p, c, postings)
	}
	k.entry(c.ID, postings)
}

// about returns the captures that an event is about: the one of that name, or all that may see it.
func (p *Payment) about(id string, on Type) ([]*Capture, *ledger.Error) {
	if id == "" {
		if refused := p.refuse(on); refused != nil {
			return nil, refused
		}
		captures := p.allowing(on)
		if len(captures) == 0 && (p.Captured.Sign() > 0 || on != PaymentCancel) {
			wanted, why := "not settled", "all its captures are settled"
			if on == PaymentCancel {
				wanted, why = "neither settled nor refunded", "all its captures are settled or refunded"
			}
			if p.Captured.IsZero() {
				why = "no capture stands"
			}
			return nil, refusal(InvalidState, "payment", "expected a payment with a capture that is %s, found %s, which is %s: %s%s", wanted, quote(p.ID), p.State(), why, p.instead())
		}
		return captures, nil
	}
	c := p.capture(id)
	if c == nil {
		return nil, p.unknownCapture(id)
	}
	if !captureLife.allows(c.State(), on) {
		return nil, captureLife.refuse("capture", c.ID, c.State(), on, p.not()...)
	}
	if refused := p.refuse(on); refused != nil {
		return nil, refused
	}
	return []*Capture{c}, nil
}

// allowing returns the captures that may see an event. What was refunded is not cancelled.
func (p *Payment) allowing(on Type) []*Capture {
	var captures []*Capture
	for _, c := range p.Captures {
		if captureLife.allows(c.State(), on) && (on != PaymentCancel || c.Refunded.Sign() <= 0 && c.reversed.IsZero()) {
			captures = append(captures, c)
		}
	}
	return captures
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// settlement moves what a capture's entries left pending to available, in every account they reached.
func (k *booking) settlement(c *Capture) []ledger.Posting {
	postings := make([]ledger.Posting, 0, 2*len(c.pending.keys))
	for i, at := range c.pending.keys {
		postings = k.available(postings, at, *c.pending.values[i])
	}
	return postings
}

// available moves an amount of one account from pending to available. What an account has pending that was closed since becomes
// available to liable.
func (k *booking) available(postings []ledger.Posting, at cell, minor money.Int) []ledger.Posting {
	if minor.IsZero() {
		return postings
	}
	to, why := at.account, ""
	if a, ok := k.books.Account(at.account); ok && holdsMoney(a.Kind) {
		to, why = k.bearable(at.account)
	}
	into := debit(to, ledger.Available, minor, at.currency, PostingSettlement)
	into.Reason = why
	return append(postings, credit(at.account, ledger.Pending, minor, at.currency, PostingSettlement), into)
}

// route moves the splits of a settled capture from the merchant to their accounts, one after another. One that
// does not fit into what fees and earlier ones leave, or whose account does not receive, fails; the others go on.
func (k *booking) route(p *Payment, c *Capture, postings []ledger.Posting) []ledger.Posting {
	if c.Fallback || c.Reversed {
		return postings
	}
	var left money.Int
	if held := c.pending.find(cell{c.merchant, p.Currency}); held != nil {
		left = held.Neg()
	}
	parts, _ := k.sizes(nil, p.scheme, c.splits, c.Amount, c.Amount.Int())
	for _, part := range parts {
		sp := &c.splits[part.split]
		if sh := c.shares.find(sp.key()); sh != nil && sh.status == PartFailed { // as the provider said before
			continue
		}
		why, _ := k.missing(sp.account())
		if why == "" && part.minor.Cmp(left) > 0 {
			t := k.books.Table()
			why = "it takes " + t.Format(money.FromInt(part.minor, p.Currency)) + " " + string(p.Currency) +
				", and fees, refunds and earlier splits leave " + t.Format(money.FromInt(left, p.Currency))
		}
		if why != "" {
			k.outcome(outcome{splitFailed, c.ID, part.split, why})
			continue
		}
		if part.minor.IsZero() {
			continue
		}
		left = left.Sub(part.minor)
		from := debit(c.merchant, ledger.Available, part.minor, p.Currency, PostingMerchant)
		to := credit(sp.account(), ledger.Available, part.minor, p.Currency, string(sp.Type))
		from.Reference, to.Reference, to.Reason = sp.Reference, sp.Reference, part.reason
		postings = append(postings, from, to)
	}
	return postings
}

func foldSettle(p *Payment, s *step) {
	if p.foldDue(s) {
		return
	}
	for _, c := range p.named(s.event) {
		p.settle(c, s)
	}
}

// named returns the captures that a booked event was about.
func (p *Payment) named(e *Event) []*Capture {
	if c := p.captureOf(e); c != nil {
		return []*Capture{c}
	}
	if e.Capture != "" {
		return nil
	}
	return p.allowing(e.Type)
}

// settle folds the settlement of one capture.
func (p *Payment) settle(c *Capture, s *step) {
	if c.Movement == "" {
		c.Movement = s.event.Movement
	}
	if c.Reversed {
		c.Settled = true
	}
	if c.Cancelled || c.Reversed || !c.foldPortion(s) {
		return
	}
	if !c.Settled {
		c.Settled, c.Batch = true, s.event.Batch
	}
	c.Failure = ""
	for _, sh := range c.shares.values {
		if sh.status == PartPending {
			sh.status = PartCompleted
		}
	}
	for _, o := range s.came {
		if o.kind == splitFailed && o.capture == c.ID && o.split < len(c.splits) {
			k := c.splits[o.split].key()
			sh := p.share(c, k)
			sh.status, sh.reason = PartFailed, o.reason
		}
	}
	for i := range s.rec.Entries {
		if s.rec.Entries[i].Reference != c.ID {
			continue
		}
		for j := range s.rec.Entries[i].Postings {
			post := &s.rec.Entries[i].Postings[j]
			if post.Type == PostingSettlement {
				continue
			}
			k := keyOf(post)
			sh := p.share(c, k)
			sh.got = sh.got.Sub(post.Amount.Int())
			if k.kind != PostingMerchant && post.Reason != "" {
				sh.reason = post.Reason
			}
		}
	}
}
