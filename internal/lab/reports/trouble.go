package reports

import "github.com/splitledger/splitledger/posting"

// Each of these makes one break, and says which.

func (g *maker) unknownPayment(p *payment) {
	m := g.settlement(p, 0)
	g.broken(Break{Class: MissingInLedger, Found: text(m.amount, p.tender), What: "a settled payment that the books do not have"}, g.line(m), p.unbooked())
}

// unbooked is what there is to tell of a payment that the books do not have.
func (p *payment) unbooked() *payment { return &payment{reference: p.reference} }

func (g *maker) unknownRefund(p *payment) {
	g.bookPayment(p)
	g.settle(p, 0)
	g.later(40, func() {
		m := g.refund(p)
		g.broken(Break{Class: MissingInLedger, Found: text(m.amount, p.tender), What: "a refund that the books do not have, of a payment that they have"}, g.line(m), p)
	})
}

func (g *maker) unknownDispute(p *payment) {
	g.bookPayment(p)
	g.settle(p, 0)
	g.later(40, func() {
		m := g.dispute(p)
		g.broken(Break{Class: MissingInLedger, Found: text(m.amount, p.tender), What: "a chargeback that the books do not have, of a payment that they have"}, g.line(m), p)
	})
}

func (g *maker) lostCapture(p *payment) {
	g.bookPayment(p)
	g.broken(Break{Class: MissingAtProvider, Expected: text(p.amount, p.tender), What: "a capture that the report does not have"}, place{}, p)
}

func (g *maker) lostRefund(p *payment) {
	g.bookPayment(p)
	g.settle(p, 0)
	m := g.refund(p)
	g.bookRefund(p, m)
	g.broken(Break{Class: MissingAtProvider, Expected: text(m.amount, p.tender), What: "a refund that the report does not have"}, place{}, p)
}

// otherAmount settles a capture that the line names; without a name, a line of another amount would be another capture.
func (g *maker) otherAmount(p *payment) {
	p.captures[0].name = g.captureName(p, 0)
	g.bookPayment(p)
	m := g.settlement(p, 0)
	m.amount = g.another(m.amount, p.tender)
	g.broken(Break{Class: AmountMismatch, Expected: text(p.amount, p.tender), Found: text(m.amount, p.tender), What: "settled with another amount than was captured"}, g.line(m), p)
}

func (g *maker) otherRefund(p *payment) {
	g.bookPayment(p)
	g.settle(p, 0)
	g.later(40, func() {
		m := g.refund(p)
		booked := max(p.amount/2/p.tender.step, 1) * p.tender.step
		m.amount = booked
		g.bookRefund(p, m)
		m.amount = g.another(booked, p.tender)
		g.broken(Break{Class: AmountMismatch, Expected: text(booked, p.tender), Found: text(m.amount, p.tender), What: "refunded with another amount than the books have"}, g.line(m), p)
	})
}

// another returns an amount near to, but not, the one given, and above 0. Where lines are of single accounts it is above: of less, another
// line may tell the rest.
func (g *maker) another(amount int64, t *tender) int64 {
	by := g.dice.Between(1, 40) * t.step
	if amount > by && g.dice.Permille(500) && !g.house.rows {
		return amount - by
	}
	return amount + by
}

func (g *maker) otherCurrency(p *payment) {
	booked := *p
	booked.tender = g.house.otherThan(p.tender)
	g.bookPayment(&booked)
	g.broken(Break{Class: CurrencyMismatch, Expected: text(p.amount, booked.tender), Found: text(p.amount, p.tender), What: "settled in another currency than was captured"}, g.line(g.settlement(p, 0)), p)
}

func (g *maker) otherFee(p *payment) {
	p.feesBooked = true
	g.bookPayment(p)
	m := g.settlement(p, 0)
	m.fees = append([]fee(nil), p.fees...)
	before := text(sum(m.fees), g.house.home)
	m.fees[0].amount += g.dice.Between(1, 30) * g.house.home.step
	g.broken(Break{Class: FeeMismatch, Expected: before, Found: text(sum(m.fees), g.house.home), What: "another " + string(m.fees[0].typ) + " than the books have"}, g.line(m), p)
}

func (g *maker) settledThoughCancelled(p *payment) {
	g.bookPayment(p)
	g.book(posting.Event{Type: posting.PaymentCancel, Payment: p.id})
	g.status(p, g.settlement(p, 0), "cancelled", "settled though the books say that it was cancelled")
}

func (g *maker) settledElsewhere(p *payment) {
	g.bookPayment(p)
	other := g.layout.batch(batch{number: g.batch.number + 500, from: g.batch.from})
	g.book(posting.Event{Type: posting.PaymentSettle, Payment: p.id, Batch: other})
	g.status(p, g.settlement(p, 0), "settled in batch "+other, "settled in another batch than the books say")
}

func (g *maker) settledThoughFailed(p *payment) {
	g.bookPayment(p)
	g.book(posting.Event{Type: posting.PaymentSettleFailed, Payment: p.id, Reason: "refused by the acquirer"})
	g.status(p, g.settlement(p, 0), "settlement_failed", "settled though the books say that its settlement failed")
}

func (g *maker) refundedThoughFailed(p *payment) {
	g.bookPayment(p)
	g.settle(p, 0)
	g.later(40, func() {
		m := g.refund(p)
		g.bookRefund(p, m)
		g.book(posting.Event{Type: posting.PaymentRefundFailed, Payment: p.id, Refund: m.name})
		g.status(p, m, "failed", "refunded though the books say that the refund failed")
	})
}

func (g *maker) status(p *payment, m *movement, books, what string) {
	g.broken(Break{Class: StatusMismatch, Expected: books, Found: string(m.kind), What: what}, g.line(m), p)
}

func (g *maker) settledAgain(p *payment) {
	g.bookPayment(p)
	m := g.settlement(p, 0)
	g.line(m)
	g.later(10, func() { g.again(p, m) })
}

func (g *maker) refundedAgain(p *payment) {
	g.bookPayment(p)
	g.settle(p, 0)
	g.later(40, func() {
		m := g.refund(p)
		g.bookRefund(p, m)
		g.line(m)
		g.later(10, func() { g.again(p, m) })
	})
}

// again writes a line for the second time. The provider paid once: the batch is paid without it.
func (g *maker) again(p *payment, m *movement) {
	m.unpaid = true
	g.broken(Break{Class: Duplicate, Found: text(m.amount, m.tender), What: "the same line again"}, g.line(m), p)
}

// garbled writes a line that cannot be read, of a payment that the books do not have.
func (g *maker) garbled(p *payment) {
	m := g.settlement(p, 0)
	m.unpaid = true
	m.garble = 1 + g.summary.Breaks[Unreadable]
	g.broken(Break{Class: Unreadable, What: "a line that cannot be read"}, g.line(m), p.unbooked())
}

func sum(fees []fee) int64 {
	var all int64
	for _, f := range fees {
		all += f.amount
	}
	return all
}
