package marketplace

import (
	"fmt"
	"slices"
)

// sharePermille is how many of 1000 payments of providers with percents follow a stored rule.
const sharePermille = 250

// storeRules stores a rule for each currency of the providers whose splits may be percents.
func (g *maker) storeRules() {
	var stored []string
	for _, m := range markets {
		for _, t := range m.tenders {
			if m.scheme != routes && m.scheme != linked || slices.Contains(stored, t.currency) {
				continue
			}
			stored = append(stored, t.currency)
			l := g.begin("rule.create")
			l.text("rule", ruleOf(t))
			l.text("name", "Standard commission in "+t.currency)
			l.text("currency", t.currency)
			l.list("routes")
			for _, r := range []struct{ percent, reference string }{{"7.5", "platform"}, {"0.25", "insurance"}} {
				l.item()
				l.text("percent", r.percent)
				l.text("reference", r.reference)
				l.close('}')
			}
			l.close(']')
			g.accept()
		}
	}
}

func ruleOf(t tender) string { return "standard-" + t.currency }

// income lets a seller do something with what was earned, now and then.
func (g *maker) income(p *payment) {
	switch k := p.seller; {
	case g.dice.Permille(50):
		g.advertise(k)
	case g.dice.Permille(60):
		g.payOut(k)
	case g.dice.Permille(12):
		g.hold(k)
	case g.dice.Permille(10):
		g.exchange(k)
	}
}

// spare draws an amount that the seller can surely pay, and takes it from that. It is 0 where there is too little.
func (g *maker) spare(k int, lo, hi int64) int64 {
	s, t := &g.sellers.all[k], g.sellers.tender(k)
	if s.free < 20*t.step {
		return 0
	}
	amount := t.portion(s.free, g.dice.Between(lo, hi))
	s.free -= amount
	return amount
}

// payOut asks for a payout. Most reach the seller some hours later; the others come back.
func (g *maker) payOut(k int) {
	amount := g.spare(k, 2000, 5000)
	if amount == 0 {
		return
	}
	g.payouts++
	id := fmt.Sprintf("s%d-o%06d", g.o.Seed, g.payouts)
	l := g.begin("payout")
	l.text("payout", id)
	l.text("account", sellerID(k))
	l.amount("amount", amount, g.sellers.tender(k).currency)
	if g.dice.Permille(400) {
		l.text("provider", markets[g.sellers.all[k].market].provider)
	}
	g.accept()
	failed := g.dice.Permille(60)
	g.agenda.add(g.now+g.dice.Between(1800, 9000), func(g *maker) {
		typ := "payout.paid"
		if failed {
			typ = "payout.failed"
		}
		l := g.begin(typ)
		l.text("payout", id)
		if failed {
			l.text("reason", "account of the receiver is unknown")
			g.sellers.all[k].free += amount
		}
		g.accept()
	})
}

// hold sets something aside for disputes, and gives it back later.
func (g *maker) hold(k int) {
	amount := g.spare(k, 500, 2000)
	if amount == 0 {
		return
	}
	g.reserve("reserve.hold", k, amount, "many disputes lately")
	g.agenda.add(g.now+g.dice.Between(7200, 20000), func(g *maker) {
		g.reserve("reserve.release", k, amount, "no dispute came")
		g.sellers.all[k].free += amount
	})
}

func (g *maker) reserve(typ string, k int, amount int64, reason string) {
	l := g.begin(typ)
	l.text("account", sellerID(k))
	l.amount("amount", amount, g.sellers.tender(k).currency)
	l.text("reason", reason)
	g.accept()
}

// exchange converts some of what a seller has into another currency of the market.
func (g *maker) exchange(k int) {
	m, from := markets[g.sellers.all[k].market], g.sellers.tender(k)
	to := m.tenders[g.dice.Weighted(m.shares)]
	if to.currency == from.currency {
		return
	}
	sell := g.spare(k, 500, 3000)
	if sell == 0 {
		return
	}
	l := g.begin("exchange")
	l.text("account", sellerID(k))
	l.amount("sell", sell, from.currency)
	l.amount("buy", max(sell*to.rate/from.rate/to.step, 1)*to.step, to.currency)
	g.accept()
}

// collect notes what a provider has settled. At two in the morning it pays half of it to the bank, and keeps the rest for
// payouts, fees and disputes.
func (g *maker) collect(p *payment, amount int64) {
	g.held[holding{p.market.provider, p.tender.currency}] += amount
	if !g.payday {
		g.payday = true
		const day, hour = 86400, 3600
		g.agenda.add((g.now/day+1)*day+2*hour, (*maker).payBank)
	}
}

// A holding is what a provider holds in a currency.
type holding struct{ provider, currency string }

func (g *maker) payBank() {
	g.payday = false
	for _, m := range markets {
		for _, t := range m.tenders {
			h := holding{m.provider, t.currency}
			if g.held[h] < 10*t.step {
				continue
			}
			amount := t.portion(g.held[h], 5000)
			g.held[h] -= amount
			l := g.begin("provider.payout")
			l.text("provider", h.provider)
			l.amount("amount", amount, h.currency)
			l.text("batch", g.batch(h.provider))
			g.accept()
		}
	}
}
