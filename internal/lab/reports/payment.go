package reports

import (
	"cmp"
	"fmt"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A payment, as the books and the provider know it.
type payment struct {
	number            int
	id                string // as the books call it
	reference         string // the merchant's, at the provider
	providerReference string
	known             knowledge
	tender            *tender
	seller            int
	amount            int64 // authorised
	captures          []capture
	fees              []fee // what the provider charges for it
	feesBooked        bool
	plain             bool // not split where the provider lets it be whole
}

// knowledge says by what the books know a payment.
type knowledge uint8

const (
	byBoth      knowledge = iota // both references
	byReference                  // the merchant's reference alone
	byName                       // the name that the books have is the merchant's reference
	byProvider                   // the provider's reference alone
)

// A capture of a payment.
type capture struct {
	id     string // the provider's
	name   string // the merchant's, and the books'; empty where all is captured at once
	amount int64
}

// A fee in minor units of the currency that the provider settles in.
type fee struct {
	typ    posting.FeeType
	amount int64
}

// pay makes the payment of a slot and everything that becomes of it.
func (g *maker) pay(slot int) {
	p := g.newPayment(slot)
	if w, ok := g.plan.of(slot); ok {
		p.captures = p.captures[:1]
		p.captures[0].amount = p.amount
		p.feesBooked, p.plain = false, true
		w.do(g, p)
		return
	}
	g.bookPayment(p)
	for i := range p.captures {
		g.settle(p, i)
	}
	switch {
	case g.dice.Permille(60):
		g.refundLater(p)
	case g.house.shows&needDisputes != 0 && g.dice.Permille(10):
		g.disputeLater(p)
	}
}

// newPayment decides what a payment is, and books nothing.
func (g *maker) newPayment(slot int) *payment {
	p := &payment{number: slot + 1, tender: g.house.draw(&g.dice), seller: int(g.dice.Below(sellers))}
	p.reference = fmt.Sprintf("order-%d-%08d", g.o.Seed, p.number)
	p.id = fmt.Sprintf("%s-%d-p%08d", g.o.Provider, g.o.Seed, p.number)
	p.providerReference = g.layout.name(paymentName, p.number)
	if p.known = knowledge(g.dice.Weighted([]int64{70, 15, 10, 5})); p.known == byName {
		p.id = p.reference
	}
	p.amount = p.tender.price(&g.dice)
	g.drawCaptures(p)
	p.fees = g.house.fees(&g.dice, p.tender.settled(p.amount))
	p.feesBooked = len(p.captures) == 1 && g.dice.Permille(300)
	return p
}

// drawCaptures captures most payments at once; some in part, and some in two steps where the provider names captures.
func (g *maker) drawCaptures(p *payment) {
	p.captures = []capture{{amount: p.amount}}
	part := max(p.amount*6/10/p.tender.step, 1) * p.tender.step
	switch {
	case part == p.amount:
	case g.dice.Permille(30):
		p.captures[0].amount = part
	case g.house.captures && g.dice.Permille(50):
		p.captures = []capture{{amount: part}, {amount: p.amount - part}}
	}
	for i := range p.captures {
		p.captures[i].id = g.newName(captureName)
		if len(p.captures) > 1 || g.house.captures && g.dice.Permille(500) {
			p.captures[i].name = g.captureName(p, i)
		}
	}
}

// captureName is the platform's name of a capture.
func (g *maker) captureName(p *payment, i int) string {
	return fmt.Sprintf("capture-%d-%08d-%d", g.o.Seed, p.number, i+1)
}

// newName returns another name that the provider gives.
func (g *maker) newName(of naming) string {
	g.serial++
	return g.layout.name(of, g.serial)
}

// bookPayment books the authorisation and the captures, and some of the fees.
func (g *maker) bookPayment(p *payment) {
	g.bookCaptures(p)
	if p.feesBooked && len(p.fees) > 0 {
		g.bookFees(p)
	}
}

func (g *maker) bookCaptures(p *payment) {
	e := posting.Event{Type: posting.PaymentAuthorise, Payment: p.id, Provider: g.o.Provider, Amount: p.tender.of(p.amount)}
	if p.known == byBoth || p.known == byReference {
		e.Reference = p.reference
	}
	if p.known == byBoth || p.known == byProvider {
		e.ProviderReference = p.providerReference
	}
	e.Account = g.merchant(p)
	if g.house.rows {
		merchant := cmp.Or(e.Account, accounts.Platform)
		e.ChargebackPolicy = &posting.ChargebackPolicy{Behavior: posting.DeductFromOneBalanceAccount, TargetAccount: merchant, CostAllocationAccount: merchant}
	}
	whole := len(p.captures) == 1 && p.captures[0].amount == p.amount
	if whole && g.house.splitsEarly {
		e.Splits = g.house.splits(g, p, p.amount)
	}
	g.book(e)
	for _, c := range p.captures {
		e := posting.Event{Type: posting.PaymentCapture, Payment: p.id, Capture: c.name}
		if !whole {
			e.Amount = p.tender.of(c.amount)
			if g.house.splitsEarly {
				e.Splits = g.house.splits(g, p, c.amount)
			}
		}
		g.book(e)
	}
	if g.house.splitsLate {
		if splits := g.house.splits(g, p, p.captures[0].amount); len(splits) > 0 {
			g.book(posting.Event{Type: posting.PaymentSplit, Payment: p.id, Splits: splits})
		}
	}
}

func (g *maker) bookFees(p *payment) {
	e := posting.Event{Type: posting.PaymentFee, Payment: p.id}
	for _, f := range p.fees {
		e.Fees = append(e.Fees, posting.Fee{Type: f.typ, Amount: money.New(f.amount, g.house.home.currency)})
	}
	g.book(e)
}

// settle lets the report say that a capture is settled. A notification has told the books of some before.
func (g *maker) settle(p *payment, i int) {
	m := g.settlement(p, i)
	if g.house.pends && g.dice.Permille(30) {
		m.kind = pending
	} else if g.house.routed != nil && g.house.routed(p) || g.dice.Permille(100) {
		g.book(posting.Event{Type: posting.PaymentSettle, Payment: p.id, Capture: p.captures[i].name, Batch: g.batchName()})
	}
	g.line(m)
}

func (g *maker) settlement(p *payment, i int) *movement {
	c := p.captures[i]
	m := &movement{kind: settled, payment: p, id: c.id, name: c.name, amount: c.amount, tender: p.tender, at: g.now}
	if i == 0 {
		m.fees = p.fees
	}
	return m
}

// refundLater gives part of a payment back, or all that was captured at first, and the books know it.
func (g *maker) refundLater(p *payment) {
	g.later(40, func() {
		m := g.refund(p)
		g.bookRefund(p, m)
		g.line(m)
	})
}

func (g *maker) refund(p *payment) *movement {
	m := &movement{kind: refunded, payment: p, id: g.newName(refundName), tender: p.tender, at: g.now, amount: p.captures[0].amount}
	m.name = fmt.Sprintf("refund-%d-%08d", g.o.Seed, p.number)
	if g.dice.Permille(600) {
		m.amount = max(m.amount*g.dice.Between(1, 9)/10/p.tender.step, 1) * p.tender.step
	}
	return m
}

func (g *maker) bookRefund(p *payment, m *movement) {
	g.book(posting.Event{Type: posting.PaymentRefund, Payment: p.id, Refund: m.name, Amount: p.tender.of(m.amount)})
}

// disputeLater lets a dispute take a payment, of which the books have heard.
func (g *maker) disputeLater(p *payment) {
	g.later(40, func() {
		m := g.dispute(p)
		e := posting.Event{Type: posting.PaymentChargeback, Payment: p.id, Chargeback: m.id, Amount: p.tender.of(m.amount)}
		for _, f := range m.fees {
			e.DisputeFee = money.New(f.amount, g.house.home.currency)
		}
		g.book(e)
		g.line(m)
	})
}

func (g *maker) dispute(p *payment) *movement {
	m := &movement{kind: disputed, payment: p, id: g.newName(disputeName), tender: p.tender, at: g.now, amount: p.captures[0].amount}
	if g.house.disputeFee > 0 {
		m.fees = []fee{{posting.FeeDispute, g.house.disputeFee}}
	}
	return m
}

// notYetReported captures a few payments after the newest line of the reports.
func (g *maker) notYetReported() {
	g.now = g.start + int64(g.batch.number-1)*day + late
	for i := range 3 + g.o.Payments/500 {
		p := g.newPayment(g.o.Payments + i)
		p.feesBooked = false
		g.now++
		g.bookPayment(p)
	}
}

// sellers is how many there are.
const sellers = 4

func (g *maker) sellerID(k int) accounts.ID {
	return accounts.ID(fmt.Sprintf("%s-%d-seller-%d", g.o.Provider, g.o.Seed, k+1))
}

// merchant returns the account that a payment is of, where the provider's scheme has one.
func (g *maker) merchant(p *payment) accounts.ID {
	if g.house.sellersOwn {
		return g.sellerID(p.seller)
	}
	return ""
}

func (g *maker) openAccounts() {
	g.now = g.start - hour
	for k := range sellers {
		g.book(posting.Event{Type: posting.AccountOpen, Account: g.sellerID(k), Kind: accounts.KindSub, Holder: fmt.Sprintf("Seller %d", k+1)})
	}
}
