package marketplace

import (
	"fmt"
	"slices"
)

// A trouble is a mistake of a client that a ledger refuses.
type trouble uint8

const (
	none trouble = iota
	overdrawn
	unknownPayment
	overCapture
	overRefund
	wrongSum
	conflict
	decimals
	misspelt
	overPercent
	noAccount
	frozen
	otherCurrency
	cancelledLate
	overSplit
)

// troubles says what each mistake is refused with, how common it is, and with which schemes it can be made; nil
// means with any.
var troubles = [...]struct {
	code   string
	weight int64
	scheme []scheme
}{
	overdrawn:      {"insufficient_funds", 25, nil},
	unknownPayment: {"unknown_payment", 15, nil},
	overCapture:    {"invalid", 8, []scheme{exact, linked}},
	overRefund:     {"amount_exceeds_captured", 15, nil},
	wrongSum:       {"split_sum_mismatch", 25, []scheme{exact}},
	conflict:       {"idempotency_conflict", 10, nil},
	decimals:       {"invalid", 8, nil},
	misspelt:       {"invalid", 6, nil},
	overPercent:    {"split_exceeds_amount", 10, []scheme{linked}},
	noAccount:      {"unknown_account", 8, nil},
	frozen:         {"account_frozen", 6, nil},
	otherCurrency:  {"currency_mismatch", 5, nil},
	cancelledLate:  {"invalid_state", 8, nil},
	overSplit:      {"settlement_amount_exceeds_limit", 15, []scheme{unsplit}},
}

// drawTrouble gives one payment in 40 or so a mistake.
func (g *maker) drawTrouble(s scheme) trouble {
	if !g.dice.Permille(24) {
		return none
	}
	var weights [len(troubles)]int64
	for i, t := range troubles {
		if t.scheme == nil || slices.Contains(t.scheme, s) {
			weights[i] = t.weight
		}
	}
	return trouble(g.dice.Weighted(weights[:]))
}

// refuseAs ends the event of a payment's mistake.
func (g *maker) refuseAs(t trouble) { g.refuse(troubles[t].code) }

// troubleAfterAuthorisation makes the mistakes that need no more than an authorised payment.
func (g *maker) troubleAfterAuthorisation(p *payment) {
	switch p.trouble {
	case conflict: // the basket changed, the key did not
		g.events-- // the id of the authorisation once more
		l := g.begin("payment.authorise")
		g.header(l, p)
		l.amount("amount", p.amount+p.tender.step, p.tender.currency)
	case overdrawn:
		g.transfer(newAccount, sellerID(p.seller), p.amount, p.tender.currency, "advance")
	case noAccount:
		g.transfer("liable", unknownAccount, p.amount, p.tender.currency, "goodwill")
	case frozen:
		g.transfer(frozenAccount, sellerID(p.seller), p.amount, p.tender.currency, "payback")
	case unknownPayment:
		l := g.begin("payment.settle")
		l.text("payment", p.id+"-unknown")
	case decimals:
		l := g.begin("payment.capture")
		l.text("payment", p.id)
		l.name("amount")
		l.b = fmt.Appendf(l.b, `{"value":%d.50,"currency":"%s"}`, p.amount, p.tender.currency)
	case misspelt:
		l := g.begin("payment.capture")
		l.text("payment", p.id)
		l.amount("ammount", p.amount, p.tender.currency)
	default:
		return
	}
	g.refuseAs(p.trouble)
}

// troubleBeforeCapture makes the mistakes that could only happen while the payment is not yet captured.
func (g *maker) troubleBeforeCapture(p *payment) {
	parted := append([]part(nil), p.captures[0].parts...)
	amount := p.amount
	switch p.trouble {
	case overCapture:
		amount += p.tender.step
		if p.market.scheme == exact {
			parted = []part{{typ: "BalanceAccount", account: sellerID(p.seller), reference: "sale", amount: amount}}
		}
	case wrongSum:
		parted = []part{{typ: "BalanceAccount", account: sellerID(p.seller), reference: "sale", amount: amount + p.tender.step}}
	case overPercent:
		parted = append(parted, part{typ: "BalanceAccount", account: taxAccount, percent: "99.50", reference: "tax"})
	case otherCurrency:
		l := g.begin("payment.capture")
		l.text("payment", p.id)
		l.amount("amount", p.amount, "CHF")
		g.refuseAs(otherCurrency)
		return
	default:
		return
	}
	l := g.begin("payment.capture")
	l.text("payment", p.id)
	l.amount("amount", amount, p.tender.currency)
	parts(l, parted, p.tender.currency)
	g.refuseAs(p.trouble)
}

// troubleAfterSettlement asks for more back than was paid, or cancels what is settled.
func (g *maker) troubleAfterSettlement(p *payment) {
	if p.trouble == cancelledLate {
		l := g.begin("payment.cancel")
		l.text("payment", p.id)
		g.refuseAs(cancelledLate)
		return
	}
	if p.trouble != overRefund {
		return
	}
	code, amount := troubles[overRefund].code, p.amount-p.refunded+p.tender.step
	if amount <= p.amount { // some of it was given back already
		code = "amount_exceeds_refundable"
	}
	l := g.begin("payment.refund")
	l.text("payment", p.id)
	l.text("refund", p.id+"-r0")
	l.amount("amount", amount, p.tender.currency)
	g.refuse(code)
}
