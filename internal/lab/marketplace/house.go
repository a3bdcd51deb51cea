package marketplace

import "fmt"

// Accounts of the marketplace itself, opened before the first payment.
const (
	taxAccount     = "tax:vat"
	closedAccount  = "seller:closed"    // left the marketplace
	frozenAccount  = "seller:suspended" // receives, pays nothing out
	newAccount     = "seller:new"       // has not sold anything yet
	promotions     = "promotions"       // vouchers, paid for by the operator
	unknownAccount = "seller:unknown"   // is never opened
)

func (g *maker) openHouse() {
	g.openProvider("souqpay")
	for _, a := range []struct{ id, holder string }{
		{taxAccount, "Tax office"},
		{promotions, "Voucher budget"},
		{closedAccount, "Gone Fishing Ltd"},
		{frozenAccount, "Suspicious Sneakers"},
		{newAccount, "Brand New Boutique"},
	} {
		g.open(a.id, a.holder)
	}
	g.begin("account.close").text("account", closedAccount)
	g.accept()
	g.begin("account.freeze").text("account", frozenAccount)
	g.accept()
	g.fundVouchers()
	g.storeRules()
}

// openProvider declares a provider of the marketplace's own. It is sent once, and has an id that is no number: it came later than
// the rest of this, which stays as it was.
func (g *maker) openProvider(name string) {
	g.typ = "provider.open"
	g.line.begin(fmt.Sprintf("s%d-%s", g.o.Seed, name), g.typ, g.now)
	g.line.text("provider", name)
	g.line.text("scheme", "generic")
	g.write(g.line.end())
	g.summary.Accepted++
}

// fundVouchers pays the voucher budget in from the bank.
func (g *maker) fundVouchers() {
	l := g.begin("entry")
	l.list("postings")
	for _, t := range []tender{eur, usd, gbp} {
		for _, side := range []struct{ key, account string }{{"debit", "bank"}, {"credit", promotions}} {
			l.item()
			l.text("account", side.account)
			l.name(side.key)
			l.b = append(l.b, "true"...)
			l.amount("amount", t.rate*500, t.currency)
			l.text("reference", "voucher budget")
			l.close('}')
		}
	}
	l.close(']')
	g.accept()
}

func (g *maker) open(id, holder string) {
	l := g.begin("account.open")
	l.text("account", id)
	l.text("kind", "sub")
	l.text("holder", holder)
	g.accept()
}

// openSeller opens the account of the k-th seller, the first time.
func (g *maker) openSeller(k int) {
	if !g.sellers.all[k].opened {
		g.sellers.all[k].opened = true
		g.open(sellerID(k), holderName(k))
	}
}

// helper draws one of n couriers or influencers and opens the account, the first time.
func (g *maker) helper(kind string, n int64) string {
	k := g.dice.Below(n)
	id := fmt.Sprintf("%s:%02d", kind, k+1)
	if !g.helpers[id] {
		g.helpers[id] = true
		g.open(id, holderName(int(k*7+11)))
	}
	return id
}

// transfer starts a transfer between two accounts.
func (g *maker) transfer(from, to string, amount int64, currency, reference string) {
	l := g.begin("transfer")
	l.text("from", from)
	l.text("to", to)
	l.amount("amount", amount, currency)
	l.text("reference", reference)
}

// goodwill makes up for a late parcel: the liable account can always pay.
func (g *maker) goodwill(k int) {
	t := g.sellers.tender(k)
	amount := t.portion(t.price(&g.dice), 1000)
	g.transfer("liable", sellerID(k), amount, t.currency, "goodwill")
	g.accept()
	g.spend(k, t, -amount)
}

// advertise pays the platform for a place on the front page, from what the seller can surely pay.
func (g *maker) advertise(k int) {
	if amount := g.spare(k, 500, 3000); amount > 0 {
		g.transfer(sellerID(k), "platform", amount, g.sellers.tender(k).currency, "advertising")
		g.accept()
	}
}

// refund gives some or all of the payment back.
func (g *maker) refund(p *payment) {
	l := g.begin("payment.refund")
	p.refunds++
	l.text("payment", p.id)
	l.text("refund", refundID(p))
	amount := p.amount
	var back []part
	if g.dice.Permille(450) {
		if amount = p.tender.portion(p.amount, g.dice.Between(1000, 6000)); p.market.scheme == exact && p.captures[0].parts[0].seller >= 0 && g.dice.Permille(660) {
			back = refundParts(p.captures[0].parts, amount)
		}
	}
	l.amount("amount", amount, p.tender.currency)
	if back != nil {
		parts(l, back, p.tender.currency)
	}
	g.accept()
	p.refunded += amount
	g.chargeParticipants(p, amount)
	if g.dice.Permille(50) {
		g.refundFails(p, amount)
	}
}

// chargeParticipants lowers what every seller in the payment can surely pay, by all of a refund or chargeback: no one
// of them can have lost more than that.
func (g *maker) chargeParticipants(p *payment, amount int64) {
	g.spend(p.seller, p.tender, amount)
	for _, c := range p.captures {
		for _, part := range c.parts {
			if part.seller >= 0 && part.seller != p.seller {
				g.spend(part.seller, p.tender, amount)
			}
		}
	}
}

// refundParts takes amount from the parts of a payment in their order, as far as each goes.
func refundParts(of []part, amount int64) []part {
	var back []part
	for _, p := range of {
		if take := min(p.amount, amount); take > 0 {
			p.amount = take
			amount -= take
			back = append(back, p)
		}
	}
	if amount > 0 { // more than the first of two captures had: the rest is the seller's, too
		back[0].amount += amount
	}
	return back
}
