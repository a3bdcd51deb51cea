package marketplace

import (
	"fmt"
	"time"
)

// A payment on its way through the marketplace.
type payment struct {
	id       string
	seller   int // index of the merchant
	market   market
	tender   tender
	amount   int64
	captures []capture
	rule     string // that says how the payment is split, in place of the captures' parts; may be empty
	byFee    string // account that bears the fees; empty for the default
	refunds  int
	refunded int64
	settled  bool   // every capture
	disputes policy // whose money a dispute takes
	canceled bool
	trouble  trouble
}

// A capture takes part of a payment, or all of it.
type capture struct {
	name   string // empty where the payment is captured at once
	amount int64
	parts  []part
}

// A part is one split.
type part struct {
	typ, account, reference string
	amount                  int64
	percent                 string // instead of the amount
	seller                  int    // index of the seller whose account it is, or -1
}

// arrive makes the i-th payment and everything that will become of it.
func (g *maker) arrive(i int) {
	p := g.newPayment(i)
	g.openSeller(p.seller)
	g.split(p)
	direct := p.market.scheme == exact && len(p.captures) == 1 && p.trouble == none && g.dice.Permille(150)
	if direct {
		g.capture(p, 0, true)
	} else {
		g.authorise(p)
		g.troubleAfterAuthorisation(p)
	}
	at := g.now
	for c := range p.captures {
		if !direct {
			at += g.dice.Between(0, 90)
			if g.dice.Permille(100) || c > 0 { // goods that ship later
				at += g.dice.Between(1200, 7200)
			}
			g.agenda.add(at, func(g *maker) { g.capture(p, c, false) })
		}
	}
	g.planOutcome(p, at)
	if g.dice.Permille(12) {
		g.goodwill(p.seller)
	}
}

func (g *maker) newPayment(i int) *payment {
	k := g.sellers.draw(&g.dice)
	s := g.sellers.all[k]
	p := &payment{id: fmt.Sprintf("s%d-p%07d", g.o.Seed, i+1), seller: k, market: markets[s.market], tender: g.sellers.tender(k)}
	if g.dice.Permille(60) { // a customer from abroad
		p.tender = p.market.tenders[g.dice.Weighted(p.market.shares)]
	}
	p.amount = p.tender.price(&g.dice)
	p.trouble = g.drawTrouble(p.market.scheme)
	p.disputes = g.drawPolicy(k)
	return p
}

// planOutcome puts fees, settlement, refund and disputes of the payment on the agenda, after its last capture at the
// second given. A payment in 25 is still pending when the sample ends, and one in 50 is cancelled.
func (g *maker) planOutcome(p *payment, captured int64) {
	fees := captured + g.dice.Between(1, 1800)
	g.planSplit(p, captured)
	if p.trouble == none && g.dice.Permille(20) {
		if g.dice.Permille(500) {
			g.agenda.add(fees, func(g *maker) { g.fee(p) })
		}
		g.agenda.add(fees+g.dice.Between(1, 1800), func(g *maker) { g.cancel(p) })
		return
	}
	g.agenda.add(fees, func(g *maker) { g.fee(p) })
	settled := fees + g.dice.Between(3600, 10800)
	refund := g.dice.Permille(45)
	early := refund && p.market.scheme == exact && len(p.captures) == 1 && g.dice.Permille(300)
	if early {
		g.agenda.add(fees+g.dice.Between(60, 3500), func(g *maker) { g.refund(p) })
	}
	if p.trouble != overRefund && p.trouble != cancelledLate && g.dice.Permille(40) {
		return
	}
	if g.dice.Permille(12) {
		g.agenda.add(settled, func(g *maker) { g.settleFails(p) })
		settled += 3600
	}
	for c := range p.captures {
		g.agenda.add(settled+int64(c), func(g *maker) { g.settle(p, c) })
	}
	settled += int64(len(p.captures))
	switch {
	case refund && !early:
		g.agenda.add(settled+g.dice.Between(0, 14400), func(g *maker) { g.refund(p) })
	case !refund && p.trouble == none && g.dice.Permille(15):
		g.agenda.add(settled+g.dice.Between(7200, 40000), func(g *maker) { g.dispute(p) })
	}
}

// authorise says how the money will be split, for providers and clients that know by then.
func (g *maker) authorise(p *payment) {
	l := g.begin("payment.authorise")
	g.header(l, p)
	l.amount("amount", p.amount, p.tender.currency)
	if g.splitsAtAuthorisation(p) {
		p.splits(l, p.captures[0])
	}
	g.accept()
}

// header writes the fields that the first event of a payment has.
func (g *maker) header(l *line, p *payment) {
	l.text("payment", p.id)
	l.text("provider", p.market.provider)
	if p.market.scheme != exact {
		l.text("account", sellerID(p.seller))
	}
	l.text("reference", "order-"+p.id)
	p.disputes.write(l)
}

// splitsAtAuthorisation is true where all is captured at once and the payment's number is even; the
// others say it with each capture. A scheme of routes has them at the authorisation always.
func (g *maker) splitsAtAuthorisation(p *payment) bool {
	even := p.id[len(p.id)-1]%2 == 0
	return len(p.captures) == 1 && len(p.captures[0].parts) > 0 && (even || p.market.scheme == routes)
}

func (g *maker) capture(p *payment, c int, direct bool) {
	if c == 0 {
		g.troubleBeforeCapture(p)
	}
	l := g.begin("payment.capture")
	this := p.captures[c]
	if direct {
		g.header(l, p)
	} else {
		l.text("payment", p.id)
	}
	if this.name != "" {
		l.text("capture", this.name)
	}
	if direct || this.name != "" {
		l.amount("amount", this.amount, p.tender.currency)
	}
	if len(this.parts) > 0 && (direct || !g.splitsAtAuthorisation(p)) {
		p.splits(l, this)
	}
	g.accept()
}

// splits writes who gets what of a capture, or which rule says so.
func (p *payment) splits(l *line, c capture) {
	if p.rule != "" {
		l.text("rule", p.rule)
		return
	}
	parts(l, c.parts, p.tender.currency)
}

// fee books what the provider says the payment cost.
func (g *maker) fee(p *payment) {
	l := g.begin("payment.fee")
	l.text("payment", p.id)
	l.list("fees")
	for _, f := range feesOf(&g.dice, p) {
		l.item()
		l.text("type", f.typ)
		l.amount("amount", f.amount, p.tender.currency)
		l.close('}')
		if p.byFee == sellerID(p.seller) {
			g.spend(p.seller, p.tender, f.amount)
		}
	}
	l.close(']')
	g.accept()
}

func (g *maker) settle(p *payment, c int) {
	l := g.begin("payment.settle")
	l.text("payment", p.id)
	if name := p.captures[c].name; name != "" {
		l.text("capture", name)
	}
	l.text("batch", g.batch(p.market.provider))
	g.accept()
	g.collect(p, p.captures[c].amount)
	for _, part := range p.captures[c].parts {
		if part.seller >= 0 && p.refunds == 0 && p.market.scheme == exact {
			g.spend(part.seller, p.tender, -part.amount)
		}
	}
	if c == len(p.captures)-1 {
		p.settled = true
		g.troubleAfterSettlement(p)
		g.income(p)
	}
}

// batch names the settlement batch of a provider's day.
func (g *maker) batch(provider string) string {
	return provider + "-" + time.Unix(g.now, 0).UTC().Format("20060102")
}

// spend takes from what a seller can certainly pay out, where it is in the home currency.
func (g *maker) spend(k int, t tender, amount int64) {
	if g.sellers.tender(k).currency == t.currency {
		g.sellers.all[k].free -= amount
	}
}

// parts writes the splits of a payment, a capture or a refund.
func parts(l *line, all []part, currency string) {
	l.list("splits")
	for _, p := range all {
		l.item()
		l.text("type", p.typ)
		if p.account != "" {
			l.text("account", p.account)
		}
		switch {
		case p.percent != "":
			l.text("percent", p.percent)
		case p.amount > 0:
			l.amount("amount", p.amount, currency)
		}
		l.text("reference", p.reference)
		l.close('}')
	}
	l.close(']')
}
