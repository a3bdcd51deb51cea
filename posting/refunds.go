// Refunds that succeed and fail. Who pays is in refund_payers.go; from which captures it is taken, in clawback.go.

package posting

import (
	"slices"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// bookRefund books money that is given back to the buyer. First it works out who pays how much of it, then from which
// captures that is taken. A fact may go beyond what is left of the payment: the merchant pays the excess. What a
// movement has brought before, in rows or in whole, is not booked again.
func bookRefund(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	r := p.refundOf(e)
	if err := p.refundable(e, r); err != nil {
		return err
	}
	if err := k.ofMovement(p); err != nil {
		return err
	}
	k.key(KeyRefund, p.Provider+"/"+e.Refund)
	whole := r.beyondReported(e)
	if whole.IsZero() {
		return nil
	}
	// Only what is left can be shared out by what the parts have left.
	within := whole
	if left := p.unrefunded(); left.Cmp(within) < 0 { // of a fact
		within = left
	}
	deductions, refused := k.deductions(p, within, whole)
	if refused != nil {
		return refused
	}
	if deductions, refused = k.payable(p, deductions); refused != nil {
		return refused
	}
	over := k.deduct(p, deductions, p.Captures, clawback{PostingRefund, p.Currency, (*Capture).refundable,
		(*share).left})
	if e.Fact {
		k.beyond(p, deductions, over, whole)
	}
	if r.undoes(e) {
		k.undone()
	}
	return nil
}

// refundOf returns the refund that an event names, or whose movement it reports; nil if there is none.
func (p *Payment) refundOf(e *Event) *Refund {
	for i := range p.Refunds {
		if r := &p.Refunds[i]; e.Movement != "" &&
			(r.Movement == e.Movement || r.Movement == "" && r.ID == e.Movement) {
			return r
		}
	}
	if r := p.refund(e.Refund); r != nil && (e.Movement == "" || r.Movement == "" || r.attempted() || r.Failed) {
		return r
	}
	return nil
}

// beyondReported returns how much an event reports of a refund beyond what is booked of it. Nothing is booked of one
// that is new, or failed.
func (r *Refund) beyondReported(e *Event) money.Int {
	if r == nil || r.Failed {
		return e.Amount.Int()
	}
	return r.reported.beyond(e, e.Amount.Int())
}

// undoes reports whether an event reports that a refund was done before it failed, by the times that the provider
// reports. What is of another movement than the one that failed was done after all.
func (r *Refund) undoes(e *Event) bool {
	if r == nil || !r.Failed || e.At.IsZero() || e.At.After(r.failedAt) {
		return false
	}
	return e.Movement == "" || e.Movement == r.Movement || e.Movement == r.failure
}

// undone books the opposite of all entries of the record: what it reports was done, and undone since.
func (k *booking) undone() {
	for _, entry := range k.rec.Entries {
		postings := slices.Clone(entry.Postings)
		for i := range postings {
			postings[i].Amount = postings[i].Amount.Neg()
			postings[i].Reason = reasons(postings[i].Reason, "failed since")
		}
		k.entry(entry.Reference, postings)
	}
}

// excess is why an account gives what is left of no capture.
const excess = "more than was left to refund"

// beyond books what a provider has given back above what was left to refund, from what is available: over is what the
// deductions leave to do, and the merchant gives what no deduction is for of the whole.
func (k *booking) beyond(p *Payment, deductions []deduction, over []money.Int, rest money.Int) {
	for i := range deductions {
		rest = rest.Sub(deductions[i].minor)
		// What is left of each deduction goes beyond all captures, and its postings say so.
		deductions[i].reason = reasons(deductions[i].reason, excess)
	}
	if rest.Sign() > 0 {
		deductions, over = append(deductions, k.merchantDeduction(p, rest, excess)), append(over, rest)
	}
	k.clawBack(p, nil, deductions, over, p.Currency, PostingRefund)
}

// refundable refuses a refund that the payment has no room for.
func (p *Payment) refundable(e *Event, r *Refund) *ledger.Error {
	if r != nil && !(e.Movement != "" && r.ofMovement(e.Movement)) && !(r.Failed && e.Fact) {
		return refusal(DuplicateReference, "refund",
			"expected the name of a new refund of the payment, found %s, of %s", quote(e.Refund), r.Amount)
	}
	// Refunds share the currency of their captures; only disputes may be in another.
	if c := e.Amount.Currency(); c != p.Currency {
		return refusal(CurrencyMismatch, "amount.currency", "expected the payment's currency, %s, found %s",
			p.Currency, c)
	}
	if e.Fact {
		return nil
	}
	// Of other codes the amounts below say more exactly what is wrong.
	if refused := p.refuse(e.Type); refused != nil && refused.Code == InvalidState {
		return refused
	}
	if e.Amount.Int().Cmp(p.Captured.Int()) > 0 {
		return refusal(AmountExceedsCaptured, "amount", "expected at most what is captured, %s, found %s", p.Captured,
			e.Amount)
	}
	if left := p.Refundable(); e.Amount.Int().Cmp(left.Int()) > 0 {
		return p.exceeds(left, e.Amount)
	}
	return nil
}

// foldRefund adds the refund to the payment, or what another row or report of the same refund brought.
func foldRefund(p *Payment, s *step) {
	r := p.refundOf(s.event)
	if r == nil {
		p.Refunds = append(p.Refunds, Refund{ID: s.event.Refund, At: s.rec.At, Fact: s.event.Fact,
			Amount: money.New(0, p.Currency)})
		r = &p.Refunds[len(p.Refunds)-1]
	}
	if r.Failed && len(s.rec.Entries) > 0 && !r.undoes(s.event) { // done after all
		// What was reported before it failed came back, so the counting begins anew.
		r.reported, r.Amount, r.Failed = reportedSum{}, money.New(0, p.Currency), false
	}
	r.reported.report(s.event, s.event.Amount.Int())
	if s.event.Movement != "" {
		r.Movement = s.event.Movement
	}
	var whole money.Int
	for i := range s.rec.Entries {
		c := p.capture(s.rec.Entries[i].Reference) // none of what is beyond all captures
		for post := range p.others(&s.rec.Entries[i]) {
			r.lines.add(c, keyOf(post), post.Amount.Int(), post.Reason)
			p.refunded(c, keyOf(post), post.Amount.Int())
			whole = whole.Add(post.Amount.Int())
		}
	}
	r.Amount = money.FromInt(r.Amount.Int().Add(whole), p.Currency)
}

// refundedLine counts what a refund took of a line's part.
func (p *Payment) refundedLine(l *line, minor money.Int) { p.refunded(l.capture, l.key, minor) }

// refunded counts what a refund took of a capture, or gave back if it is negative.
func (p *Payment) refunded(c *Capture, k partKey, minor money.Int) {
	if c != nil {
		c.Refunded = money.FromInt(c.Refunded.Int().Add(minor), p.Currency)
	}
	sh := p.allocation(c, k)
	sh.refunded = sh.refunded.Add(minor)
	p.Refunded = money.FromInt(p.Refunded.Int().Add(minor), p.Currency)
}

// bookRefundFailed books that a refund did not go through. One that the books do not have is kept under its movement.
func bookRefundFailed(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	if c := e.Amount.Currency(); c != "" && c != p.Currency {
		return refusal(CurrencyMismatch, "amount.currency", "expected the payment's currency, %s, found %s",
			p.Currency, c)
	}
	r := p.refundOf(e)
	if r == nil && e.Movement == "" {
		names := make([]string, len(p.Refunds))
		for i := range p.Refunds {
			names[i] = p.Refunds[i].ID
		}
		return refusal(ledger.Invalid, "refund", "expected a refund of the payment (it has %s), found %s",
			orNone(names), quote(e.Refund))
	}
	if err := k.ofMovement(p); err != nil {
		return err
	}
	switch {
	// Later reports of this failure, or of the refund itself, find it by its key.
	case r == nil:
		k.key(KeyRefund, p.Provider+"/"+e.Refund)
	// One that has failed before has nothing left to give back.
	case !r.Failed:
		_, minor := p.fails(r, e)
		k.restore(p, r.lines.values, r.lines.givenBack(e.Account, minor), r.lines.reasons(), p.Currency, PostingRefund,
			p.refundPayee)
	}
	return nil
}

// fails returns how much an event reports to have failed of a refund, and how much of that is still to be booked. What
// is reported of no account is a round.
func (p *Payment) fails(r *Refund, e *Event) (reported, minor money.Int) {
	reported, minor = p.comesBack(&r.lines, e, p.Currency)
	left := r.lines.left()
	return reported, least(minor, left, left)
}

// foldRefundFailed puts back what of a refund came back. The parts have it again, and may be refunded once more.
func foldRefundFailed(p *Payment, s *step) {
	e := s.event
	r := p.refundOf(e)
	if r == nil {
		p.Refunds = append(p.Refunds, Refund{ID: e.Refund, At: s.rec.At, Amount: money.New(0, p.Currency),
			Failed: true, Fact: true,
			Movement: e.Movement, failedAt: s.happened(), failure: e.Movement})
		return
	}
	if r.Failed {
		return
	}
	reported, minor := p.fails(r, e)
	back := r.lines.givenBack(e.Account, minor)
	r.lines.giveBack(back, p.refundedLine)
	for i, l := range r.lines.values { // what another got has gone from who gave to that one
		if to := p.refundPayee(l); l.capture != nil && !back[i].IsZero() && to.account != l.key.account {
			p.moveShare(l.capture, l.key.account, to.account, l.key.reference, back[i])
		}
	}
	p.reportedOf(e, string(p.Currency)).reportRound(e, reported)
	if r.lines.left().IsZero() {
		r.Failed, r.failedAt, r.failure = true, s.happened(), e.Movement
	}
}

// What a dispute has taken is not refunded by instruction while the dispute stands: the buyer has that money already.

// exceeds refuses a refund of more than is left.
func (p *Payment) exceeds(left, found money.Amount) *ledger.Error {
	if held := p.disputed(); held.Sign() > 0 {
		return refusal(AmountExceedsRefundable, "amount",
			"expected at most what is captured less refunded and less the %s that disputes hold, %s, found %s", held,
			left, found)
	}
	return refusal(AmountExceedsRefundable, "amount",
		"expected at most what is captured less refunded, %s, found %s", left, found)
}
