package marketplace

import "fmt"

// A policy says whose money the disputes of a payment take. The zero value is the ledger's default, the liable account.
type policy struct {
	behavior string
	target   string // for one account
	costs    string // bears the fees of disputes; empty for the default
}

// drawPolicy gives one payment in five or so a policy of its own.
func (g *maker) drawPolicy(seller int) policy {
	switch {
	case g.dice.Permille(120):
		return policy{behavior: "deductAccordingToSplitRatio", costs: sellerID(seller)}
	case g.dice.Permille(80):
		return policy{behavior: "deductFromOneBalanceAccount", target: sellerID(seller)}
	}
	return policy{}
}

// write writes the policy as a field of the payment's first event.
func (p policy) write(l *line) {
	if p.behavior == "" {
		return
	}
	l.name("chargeback")
	l.b = append(l.b, '{')
	l.text("behavior", p.behavior)
	if p.target != "" {
		l.text("targetAccount", p.target)
	}
	if p.costs != "" {
		l.text("costAllocationAccount", p.costs)
	}
	l.close('}')
}

// dispute takes some or all of the payment, and a fee. Some disputes are won, whole or in part, a while later.
func (g *maker) dispute(p *payment) {
	amount := p.amount
	if g.dice.Permille(300) {
		amount = p.tender.portion(p.amount, g.dice.Between(1000, 8000))
	}
	fee := p.tender.portion(p.amount, g.dice.Between(200, 1500))
	id := p.id + "-cb1"
	l := g.begin("payment.chargeback")
	l.text("payment", p.id)
	l.text("chargeback", id)
	l.amount("amount", amount, p.tender.currency)
	l.amount("fee", fee, p.tender.currency)
	g.accept()
	if p.disputes.behavior != "" {
		g.chargeParticipants(p, amount)
	}
	if p.disputes.costs != "" {
		g.spend(p.seller, p.tender, fee)
	}
	if !g.dice.Permille(450) {
		return
	}
	back := int64(0) // all of it
	if g.dice.Permille(250) {
		back = p.tender.portion(amount, g.dice.Between(2000, 9000))
	}
	g.agenda.add(g.now+g.dice.Between(20000, 90000), func(g *maker) {
		l := g.begin("payment.chargeback_reversed")
		l.text("payment", p.id)
		l.text("chargeback", id)
		if back > 0 {
			l.amount("amount", back, p.tender.currency)
		}
		g.accept()
	})
}

// cancel gives a payment up before it is settled.
func (g *maker) cancel(p *payment) {
	p.canceled = true
	l := g.begin("payment.cancel")
	l.text("payment", p.id)
	g.accept()
}

// settleFails reports a settlement that did not come about.
func (g *maker) settleFails(p *payment) {
	l := g.begin("payment.settle_failed")
	l.text("payment", p.id)
	l.text("reason", "rejected by the acquirer, will be tried again")
	g.accept()
}

// planSplit puts splits on the agenda of a payment whose provider has them after the capture. Some of these payments are never
// split, and some are split before, some after they are settled.
func (g *maker) planSplit(p *payment, captured int64) {
	if p.market.scheme != unsplit || p.trouble != overSplit && !g.dice.Permille(600) {
		return
	}
	g.agenda.add(captured+g.dice.Between(60, 14400), func(g *maker) {
		if p.canceled {
			return
		}
		all := []part{{typ: "BalanceAccount", account: "platform", reference: "platform", amount: p.tender.portion(p.amount, g.dice.Between(300, 1200))}}
		if p.amount > 20*p.tender.step && g.dice.Permille(400) {
			all = append(all, part{
				typ: "BalanceAccount", account: g.helper("influencer", 25), reference: "influencer", amount: p.tender.portion(p.amount, g.dice.Between(200, 1500)),
			})
		}
		if p.trouble == overSplit {
			g.splitLater(p, []part{{typ: "BalanceAccount", account: "platform", reference: "platform", amount: p.amount + p.tender.step}})
			g.refuseAs(overSplit)
		}
		g.splitLater(p, all)
		g.accept()
	})
}

func (g *maker) splitLater(p *payment, all []part) {
	l := g.begin("payment.split")
	l.text("payment", p.id)
	parts(l, all, p.tender.currency)
}

// refundFails gives a refund back that did not go through, some time after it was asked for.
func (g *maker) refundFails(p *payment, amount int64) {
	id := refundID(p)
	g.agenda.add(g.now+g.dice.Between(600, 7200), func(g *maker) {
		l := g.begin("payment.refund_failed")
		l.text("payment", p.id)
		l.text("refund", id)
		g.accept()
		p.refunded -= amount
	})
}

// refundID names the last refund of a payment.
func refundID(p *payment) string { return fmt.Sprintf("%s-r%d", p.id, p.refunds) }
