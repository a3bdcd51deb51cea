package marketplace

import (
	"fmt"

	"github.com/splitledger/splitledger/internal/lab/dice"
)

// split decides who gets what of the payment, and opens the accounts that are not open yet.
func (g *maker) split(p *payment) {
	switch p.market.scheme {
	case exact:
		g.splitExactly(p)
	case routes:
		p.captures = []capture{{amount: p.amount, parts: g.routes()}}
	case linked:
		p.captures = []capture{{amount: p.amount, parts: g.linked(p)}}
	default:
		p.captures = []capture{{amount: p.amount}}
	}
	if (p.market.scheme == routes || p.market.scheme == linked) && g.dice.Permille(sharePermille) {
		p.rule = ruleOf(p.tender)
	}
}

// splitExactly splits a payment into one to five parts of fixed amounts that sum to it. A few payments
// are captured in two steps, split alike.
func (g *maker) splitExactly(p *payment) {
	if p.amount > 4*p.tender.step && g.dice.Permille(40) {
		first := p.tender.portion(p.amount, g.dice.Between(2000, 8000))
		p.captures = []capture{{name: p.id + "-c1", amount: first}, {name: p.id + "-c2", amount: p.amount - first}}
	} else {
		p.captures = []capture{{amount: p.amount}}
	}
	shape := g.shape(p)
	for i, c := range p.captures {
		p.captures[i].parts = shape.of(p.tender, c.amount)
	}
	if g.dice.Permille(300) {
		p.byFee = sellerID(p.seller)
		for i := range p.captures {
			p.captures[i].parts = append(p.captures[i].parts, part{typ: "PaymentFee", account: p.byFee, reference: "fees", seller: -1})
		}
	}
}

// A shape is how a payment is split, before anyone has counted the money. Portions are in parts of 10000.
type shape struct {
	seller, second      int // indexes of sellers; second is -1 where there is one seller
	account             string
	secondShare         int64
	commission, vat     int64 // the commission, and the VAT on it, of the whole
	tip                 int64 // to courier
	courier, influencer string
	influence           int64
}

func (g *maker) shape(p *payment) shape {
	s := shape{seller: p.seller, second: -1, account: sellerID(p.seller)}
	if p.market.provider == "adyen" && g.dice.Permille(2) {
		s.account, s.seller = closedAccount, -1 // a shop that was closed: the provider pays the liable account
	}
	if g.dice.Permille(940) {
		s.commission = g.dice.Between(500, 1500)
		if g.dice.Permille(500) {
			s.vat = s.commission / 5
		}
	}
	if other := g.sellers.neighbour(&g.dice, p.seller); other != p.seller && g.dice.Permille(120) {
		g.openSeller(other)
		s.second, s.secondShare = other, g.dice.Between(1000, 4500)
	}
	if g.dice.Permille(180) {
		s.courier, s.tip = g.helper("courier", 40), g.dice.Between(200, 1000)
	}
	if g.dice.Permille(60) {
		s.influencer, s.influence = g.helper("influencer", 25), g.dice.Between(200, 800)
	}
	return s
}

// of gives the parts of an amount; whatever rounding leaves is the seller's. An amount of a few steps
// goes to the seller whole.
func (s shape) of(t tender, amount int64) []part {
	sale := part{typ: "BalanceAccount", account: s.account, reference: "sale", amount: amount, seller: s.seller}
	if amount < 8*t.step {
		return []part{sale}
	}
	all := []part{sale}
	take := func(p part, portion int64) {
		if portion > 0 {
			p.amount = t.portion(amount, portion)
			all[0].amount -= p.amount
			all = append(all, p)
		}
	}
	if s.second >= 0 { // where the shop was closed, this part goes to the liable account, too
		second := s.second
		if s.seller < 0 {
			second = -1
		}
		take(part{typ: "BalanceAccount", account: sellerID(s.second), reference: "sale-2", seller: second}, s.secondShare)
	}
	take(part{typ: "Commission", reference: "commission", seller: -1}, s.commission)
	take(part{typ: "VAT", account: taxAccount, reference: "vat", seller: -1}, s.vat)
	take(part{typ: "Tip", account: s.courier, reference: "tip", seller: -1}, s.tip)
	take(part{typ: "BalanceAccount", account: s.influencer, reference: "influencer", seller: -1}, s.influence)
	return all
}

// routes gives one or two percents of the gross amount, the platform's first.
func (g *maker) routes() []part {
	all := []part{{typ: "BalanceAccount", account: "platform", percent: percent(g.dice.Between(300, 1200)), reference: "platform", seller: -1}}
	if g.dice.Permille(250) {
		all = append(all, part{typ: "BalanceAccount", account: g.helper("courier", 40), percent: percent(g.dice.Between(200, 900)), reference: "courier", seller: -1})
	}
	return all
}

// linked gives one or two linked accounts a percent or an amount; the merchant keeps the rest.
func (g *maker) linked(p *payment) []part {
	all := []part{{typ: "BalanceAccount", account: "platform", percent: percent(g.dice.Between(300, 1200)), reference: "platform", seller: -1}}
	if g.dice.Permille(300) {
		amount := p.tender.portion(p.amount, g.dice.Between(200, 1500))
		all = append(all, part{typ: "BalanceAccount", account: g.helper("influencer", 25), amount: amount, reference: "influencer", seller: -1})
	}
	return all
}

// percent writes parts of 10000 as a percentage with two decimals.
func percent(parts int64) string { return fmt.Sprintf("%d.%02d", parts/100, parts%100) }

// A fee is what a provider charges for one thing.
type fee struct {
	typ    string
	amount int64
}

// feesOf makes the fees of a payment, by the custom of its provider.
func feesOf(d *dice.Dice, p *payment) []fee {
	of := func(typ string, parts int64) fee { return fee{typ, p.tender.portion(p.amount, parts)} }
	switch p.market.scheme {
	case routes:
		mdr := of("Fee", d.Between(70, 290))
		return []fee{mdr, {"VAT", p.tender.portion(mdr.amount, 1100)}}
	case exact:
		if p.market.provider == "adyen" && d.Permille(700) {
			return []fee{of("Interchange", d.Between(20, 120)), of("SchemeFee", d.Between(5, 25)), of("Markup", d.Between(10, 60))}
		}
		return []fee{of("Commission", d.Between(90, 250))}
	}
	return []fee{of("Fee", d.Between(120, 320))}
}
