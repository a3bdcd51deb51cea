// Chargebacks: what a dispute takes and who pays it, its fee, and what comes back of one that is won. All of it is
// fact: the money is gone before the platform hears of it.

package posting

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
)

// bookChargeback books what a dispute took. It is a fact: no state of the payment, of an account or of a limit refuses
// it. Who pays is the payment's policy, else the default of the ledger. The amount may be in another currency than the
// payment, as issuers dispute in their own.
func bookChargeback(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	c := p.chargebackOf(e)
	if err := k.disputable(p, c); err != nil {
		return err
	}
	if err := k.ofMovement(p); err != nil {
		return err
	}
	policy, err := disputes(k.books, p)
	if err != nil {
		return err
	}
	if fee := c.feeBeyondReported(e); !fee.IsZero() {
		// The entries of the dispute come before that of its fee.
		defer k.disputeFee(p, policy.CostAllocationAccount, fee)
	}
	// What another row or report has brought of this dispute is not booked again.
	whole := c.beyondReported(e)
	if whole.IsZero() {
		return nil
	}
	currency := e.Amount.Currency()
	deductions := k.disputeDeductions(p, policy, whole)
	captures := p.Captures
	if currency != p.Currency {
		// Captures are counted in the payment's currency, so they cannot be reduced by another. Such a dispute is of
		// the payment as a whole.
		captures = nil
	}
	over := k.deduct(p, deductions, captures,
		clawback{PostingChargeback, currency, (*Capture).undisputed, (*share).undisputed})
	k.clawBack(p, nil, deductions, over, currency, PostingChargeback)
	return nil
}

// disputeDeductions works out who pays a dispute: the account whose row the event reports, else by the policy.
func (k *booking) disputeDeductions(p *Payment, policy ChargebackPolicy, whole money.Int) []deduction {
	deductions := []deduction{{key: p.partAt(k.event.Account, disputed), minor: whole}}
	if !rowed(k.event) {
		deductions = p.byBehavior(policy.Behavior, policy.TargetAccount, whole, (*Part).got, disputed)
	}
	for i := range deductions {
		if to, why := k.receivable(deductions[i].key.account); why != "" && !deductions[i].minor.IsZero() {
			deductions[i].key, deductions[i].reason = disputed(to), why
		}
	}
	return deductions
}

// chargebackOf returns the chargeback whose movement an event reports; nil if there is none. Without a movement an
// event is of a new chargeback, unless it is an account's row of one that is named.
func (p *Payment) chargebackOf(e *Event) *Chargeback {
	if e.Movement == "" && !(rowed(e) && e.Part != "") {
		return nil
	}
	for _, c := range slices.Backward(p.Chargebacks) {
		if e.Movement != "" && c.Second == e.Second && c.ofMovement(e.Movement) {
			return c
		}
	}
	if c := p.chargeback(e.Chargeback); c != nil && c.Second == e.Second && c.Movement == "" {
		return c
	}
	return nil
}

// beyondReported returns how much an event reports of a chargeback beyond what is booked of it.
func (c *Chargeback) beyondReported(e *Event) money.Int {
	if c == nil || c.Amount.Currency() != e.Amount.Currency() {
		return e.Amount.Int()
	}
	return c.reported.beyond(e, e.Amount.Int())
}

// feeBeyondReported returns how much an event reports of the dispute's fee beyond what is booked of it.
func (c *Chargeback) feeBeyondReported(e *Event) money.Int {
	if c == nil || c.Amount.Currency() != e.Amount.Currency() || c.Fee.Currency() != e.DisputeFee.Currency() {
		return e.DisputeFee.Int()
	}
	return c.feeReported.beyond(e, e.DisputeFee.Int())
}

// disputable refuses a chargeback that the payment cannot have; c is the one that the event reports more of, nil of a
// new one.
func (k *booking) disputable(p *Payment, c *Chargeback) *ledger.Error {
	e := k.event
	if err := k.known("amount", e.Amount.Currency()); err != nil {
		return err
	}
	if !e.DisputeFee.IsZero() {
		if err := k.known("fee", e.DisputeFee.Currency()); err != nil {
			return err
		}
	}
	if named := p.chargeback(e.Chargeback); c == nil && named != nil && named.Second == e.Second {
		if err := chargebackMachine.refuse("chargeback", named.ID, named.State(), e.Type); err != nil {
			return refusal(err.Code, "chargeback",
				"expected the name of a new chargeback of the payment, or of one that is %s, found %s, of %s, which "+
					"is %s", ChargebackReversed, quote(named.ID), named.Amount, named.State())
		}
	}
	return p.refuse(e.Type)
}

// disputeFee books what the dispute costs, as an entry of its own. It is not part of the disputed amount, and stays
// when the dispute is won.
func (k *booking) disputeFee(p *Payment, account accounts.ID, minor money.Int) {
	if account == "" {
		account = accounts.Liable
	}
	bearer, reason := k.receivable(account)
	c := p.feeCapture()
	currency, sub := k.event.DisputeFee.Currency(), c.sub()
	if p.scheme.Clawbacks == scheme.FromAvailable {
		sub = ledger.Available
	}
	post := debit(bearer, sub, minor, currency, string(FeeDispute))
	post.Reason = reason
	k.entry(c.name(), []ledger.Posting{post, credit(p.provider, sub, minor, currency, PostingFees)})
}

// foldChargeback adds the dispute to the payment, or what another row or report of the same dispute brought.
func foldChargeback(p *Payment, s *step) {
	e := s.event
	c := p.chargebackOf(e)
	if c == nil || c.Amount.Currency() != e.Amount.Currency() {
		c = &Chargeback{ID: e.Chargeback, At: s.rec.At, Amount: money.New(0, e.Amount.Currency()),
			Reversed: money.New(0, e.Amount.Currency()), Second: e.Second}
		p.Chargebacks = append(p.Chargebacks, c)
	}
	if e.Movement != "" {
		c.Movement = e.Movement
	}
	c.reported.report(e, e.Amount.Int())
	c.feeReported.report(e, e.DisputeFee.Int())
	for i := range s.rec.Entries {
		entry := &s.rec.Entries[i]
		if ofFees(entry) {
			p.foldFees(entry, e)
			c.foldFees(entry)
			continue
		}
		capture := p.capture(entry.Reference)
		for post := range p.others(entry) {
			c.lines.add(capture, keyOf(post), post.Amount.Int(), post.Reason)
			c.lines.find(lineKey{capture, keyOf(post)}).disputes(post.Amount.Int())
			c.Amount = money.FromInt(c.Amount.Int().Add(post.Amount.Int()), c.Amount.Currency())
		}
	}
}

// bookChargebackReversed books what came back of a dispute that was won, to those who paid it.
func bookChargebackReversed(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	if err := k.ofMovement(p); err != nil {
		return err
	}
	backs, refused := p.reverses(e)
	if refused != nil {
		return refused
	}
	for _, b := range backs {
		amounts, reasons := b.chargeback.giveBack(b.minor, e.Account)
		k.restore(p, b.chargeback.lines.values, amounts, reasons, b.chargeback.Amount.Currency(), PostingChargeback,
			(*line).giver)
	}
	return nil
}

// A back is what comes back of one chargeback.
type back struct {
	chargeback *Chargeback
	minor      money.Int
}

// reverses says what an event gives back of which chargebacks of its name: of the one that has just so much left, else
// of the newest that has as much, else of all, the newest first.
func (p *Payment) reverses(e *Event) ([]back, *ledger.Error) {
	last := p.chargeback(e.Chargeback)
	if last == nil {
		var names []string
		for _, c := range p.Chargebacks {
			if !slices.Contains(names, c.ID) {
				names = append(names, c.ID)
			}
		}
		return nil, refusal(ledger.Invalid, "chargeback", "expected a chargeback of the payment (it has %s), found %s",
			orNone(names), quote(e.Chargeback))
	}
	amount := e.Amount
	if amount.Currency() == "" {
		last = p.openChargeback(e.Chargeback)
		if err := chargebackMachine.refuse("chargeback", last.ID, last.State(), e.Type); err != nil {
			return nil, err
		}
		amount = last.Left()
	}
	if amount.Currency() != last.Amount.Currency() {
		return nil, refusal(CurrencyMismatch, "amount.currency", "expected the chargeback's currency, %s, found %s",
			last.Amount.Currency(), amount.Currency())
	}
	minor := amount.Int()
	if e.Movement != "" {
		if _, minor = p.comesBack(&last.lines, e, amount.Currency()); minor.IsZero() {
			return nil, nil
		}
	}
	// Several disputes may have one name, such as a first and a second chargeback: a reversal is of any of them.
	left := money.New(0, amount.Currency())
	var open []*Chargeback
	for _, c := range slices.Backward(p.Chargebacks) {
		if c.ID == e.Chargeback && c.Left().Sign() > 0 && c.Amount.Currency() == amount.Currency() {
			open = append(open, c)
			left = money.Sum(left.Currency(), left, c.Left())
		}
	}
	switch {
	case len(open) == 0:
		return nil, chargebackMachine.refuse("chargeback", last.ID, last.State(), e.Type)
	case minor.Cmp(left.Int()) > 0:
		return nil, refusal(ledger.Invalid, "amount",
			"expected at most what the chargeback took and has not given back, %s, found %s", left, amount)
	}
	return outOf(open, minor), nil
}

// outOf takes an amount out of what chargebacks have left.
func outOf(open []*Chargeback, minor money.Int) (backs []back) {
	for _, fits := range []func(left money.Int) bool{
		func(left money.Int) bool { return left.Equal(minor) },
		func(left money.Int) bool { return left.Cmp(minor) > 0 },
	} {
		for _, c := range open {
			if fits(c.Left().Int()) {
				return []back{{c, minor}}
			}
		}
	}
	for _, c := range open {
		x := least(c.Left().Int(), minor, minor)
		if x.Sign() > 0 {
			backs, minor = append(backs, back{c, x}), minor.Sub(x)
		}
	}
	return backs
}

// giveBack says how much of each line a reversal gives back: to each payer by what it paid and has not got back, so
// that reversals which add up to the chargeback give back exactly what each paid. An account whose row reports the
// reversal gets it first.
func (c *Chargeback) giveBack(whole money.Int, row accounts.ID) (amounts []money.Int, reasons []string) {
	if row != "" {
		return c.lines.givenBack(row, whole), make([]string, len(c.lines.values))
	}
	var payers ordered[partKey, money.Int]
	for _, l := range c.lines.values {
		left, _ := payers.add(l.key)
		*left = left.Add(l.minor.Sub(l.back))
	}
	weights := make([]money.Int, len(payers.values))
	for i, left := range payers.values {
		weights[i] = *left
	}
	shares, why := byRatio(whole, weights)
	reasonOf := make(map[partKey]string, len(shares))
	for i := range shares {
		*payers.values[i] = shares[i]
		reasonOf[payers.keys[i]] = why[i]
	}
	amounts, reasons = make([]money.Int, len(c.lines.values)), make([]string, len(c.lines.values))
	for i, l := range c.lines.values {
		left := payers.find(l.key)
		x := l.minor.Sub(l.back)
		x = least(x, *left, x)
		amounts[i], *left, reasons[i] = x, left.Sub(x), reasonOf[l.key]
	}
	return amounts, reasons
}

// foldChargebackReversed counts what came back, dispute by dispute.
func foldChargebackReversed(p *Payment, s *step) {
	e := s.event
	backs, _ := p.reverses(e)
	if e.Movement != "" {
		currency := e.Amount.Currency()
		last := p.openChargeback(e.Chargeback)
		if currency == "" {
			currency = last.Amount.Currency()
		}
		reported, _ := p.comesBack(&last.lines, e, currency)
		p.reportedOf(e, string(currency)).reportRound(e, reported)
	}
	for _, b := range backs {
		amounts, _ := b.chargeback.giveBack(b.minor, e.Account)
		b.chargeback.lines.giveBack(amounts, (*line).disputes)
		b.chargeback.Reversed = money.FromInt(b.chargeback.Reversed.Int().Add(b.minor), b.chargeback.Amount.Currency())
	}
}
