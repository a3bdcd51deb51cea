package posting

import (
	"strings"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

func bookSettle(k *booking) error {
	p, err := k.existing()
	if err != nil {
		return err
	}
	captures, refused := p.about(k.event.Capture, k.event.Type)
	if refused != nil {
		return refused
	}
	for _, c := range captures {
		postings := c.settlement()
		if p.scheme.Splits == AtSettlement {
			postings = k.route(p, c, postings)
		}
		k.entry(c.ID, postings)
	}
	return nil
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
		var names []string
		for _, c := range p.Captures {
			names = append(names, c.ID)
		}
		return nil, refusal(ledger.Invalid, "capture", "expected a capture of the payment (it has %s), found %s", orNone(names), quote(id))
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
func (c *Capture) settlement() []ledger.Posting {
	postings := make([]ledger.Posting, 0, 2*len(c.pending.keys))
	for i, at := range c.pending.keys {
		if left := *c.pending.values[i]; !left.IsZero() {
			postings = append(postings,
				credit(at.account, ledger.Pending, left, at.currency, PostingSettlement),
				debit(at.account, ledger.Available, left, at.currency, PostingSettlement))
		}
	}
	return postings
}

// route moves the splits of a settled capture from the merchant to their accounts, one after another. One that
// does not fit into what fees and earlier ones leave, or whose account does not receive, fails; the others go on.
func (k *booking) route(p *Payment, c *Capture, postings []ledger.Posting) []ledger.Posting {
	if c.Fallback {
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
	for _, c := range p.named(s.event) {
		p.settle(c, s)
	}
}

// named returns the captures that a booked event was about.
func (p *Payment) named(e *Event) []*Capture {
	if e.Capture == "" {
		return p.allowing(e.Type)
	}
	if c := p.capture(e.Capture); c != nil {
		return []*Capture{c}
	}
	return nil
}

// settle folds the settlement of one capture.
func (p *Payment) settle(c *Capture, s *step) {
	c.Settled, c.Batch, c.Failure = true, s.event.Batch, ""
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
