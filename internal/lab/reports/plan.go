package reports

import (
	"slices"

	"github.com/splitledger/splitledger/internal/lab/dice"
)

// A way is one kind of place where a report and the books differ: how a payment comes to it.
type way struct {
	class Class
	needs need
	do    func(g *maker, p *payment)
}

// A need is what a provider's reports must be able to show for a [way].
type need uint8

const (
	needDisputes   need = 1 << iota // chargebacks
	needBatches                     // settlement batches, with what they were paid
	needFees                        // fees
	needCurrencies                  // several currencies
	needNames                       // the platform's names of captures
)

// ways are all there are. The breaks of a class go round its ways.
var ways = []way{
	{MissingInLedger, 0, (*maker).unknownPayment},
	{MissingInLedger, 0, (*maker).unknownRefund},
	{MissingInLedger, needDisputes, (*maker).unknownDispute},
	{MissingAtProvider, 0, (*maker).lostCapture},
	{MissingAtProvider, 0, (*maker).lostRefund},
	{AmountMismatch, needNames, (*maker).otherAmount},
	{AmountMismatch, 0, (*maker).otherRefund},
	{CurrencyMismatch, needCurrencies, (*maker).otherCurrency},
	{FeeMismatch, needFees, (*maker).otherFee},
	{StatusMismatch, 0, (*maker).settledThoughCancelled},
	{StatusMismatch, needBatches, (*maker).settledElsewhere},
	{StatusMismatch, 0, (*maker).refundedThoughFailed},
	{StatusMismatch, 0, (*maker).settledThoughFailed},
	{Duplicate, 0, (*maker).settledAgain},
	{Duplicate, 0, (*maker).refundedAgain},
	{Unreadable, 0, (*maker).garbled},
}

// waysOf returns the ways of a class that a provider's reports can show.
func (h *house) waysOf(c Class) []way {
	var all []way
	for _, w := range ways {
		if w.class == c && w.needs&^h.shows == 0 && h.hidden[c] == "" {
			all = append(all, w)
		}
	}
	return all
}

// classes returns the classes that come to payments; batches have theirs.
func (h *house) classes() []Class {
	return slices.DeleteFunc(Classes(), func(c Class) bool { return len(h.waysOf(c)) == 0 })
}

// room is how many payments there are at least for each break, so that most agree.
const room = 4

// A plan spreads the breaks over the payments: a stretch of payments for each, in which one of them has it.
type plan struct {
	dice     dice.Dice // its own, so that the other payments do not depend on how many breaks there are
	house    *house
	classes  []Class
	payments int
	breaks   int // in all
	made     int
	at       int // the payment that has the next one
}

func newPlan(o Options, h *house) plan {
	p := plan{dice: dice.Dice{Seed: ^o.Seed}, house: h, classes: h.classes(), payments: o.Payments}
	p.breaks = o.Breaks * len(p.classes)
	p.next()
	return p
}

func (p *plan) next() {
	p.at = -1
	if p.made < p.breaks {
		from, to := p.made*p.payments/p.breaks, (p.made+1)*p.payments/p.breaks
		p.at = int(p.dice.Between(int64(from), int64(to-1)))
	}
}

// of returns the way of payment i, if it is to have one. The payments must be asked for in their order.
func (p *plan) of(i int) (way, bool) {
	if i != p.at {
		return way{}, false
	}
	class, round := p.classes[p.made%len(p.classes)], p.made/len(p.classes)
	all := p.house.waysOf(class)
	p.made++
	p.next()
	return all[round%len(all)], true
}
