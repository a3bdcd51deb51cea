package reports

import (
	"fmt"

	"github.com/splitledger/splitledger/internal/lab/dice"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A house is what is particular to a provider and its reports.
type house struct {
	shows   need
	hidden  map[Class]string // classes that the reports cannot show, and why
	home    *tender          // what the provider settles in
	tenders []*tender
	shares  []int64 // how common each tender is

	batches     bool // lines belong to batches, whose payout is in the reports
	captures    bool // captures have names of their own
	pends       bool // reports have captures that are not settled yet
	sellersOwn  bool // payments are of sellers' accounts
	splitsEarly bool // splits come with the authorisation, or with the capture where it is of a part
	splitsLate  bool // splits come after the capture

	routed func(*payment) bool // splits that are made at settlement, of which a notification tells in time

	rows       bool // a line tells of one account alone, of which others may have more
	disputeFee int64

	fees   func(d *dice.Dice, settled int64) []fee
	splits func(g *maker, p *payment, amount int64) []posting.Split
	layout func(g *maker) layout
}

// A layout writes the reports of a provider, batch by batch.
type layout interface {
	// name makes the n-th name of its kind.
	name(of naming, n int) string

	// batch names a batch.
	batch(b batch) string

	// open begins the files of a batch, line writes a line of them and close what they end with.
	open(b batch) error
	line(m *movement) place
	close(b batch) error
}

// A naming is a kind of thing that a provider gives names to.
type naming uint8

const (
	paymentName naming = iota
	captureName
	refundName
	disputeName
	otherName
)

// A movement is one line of a report to be.
type movement struct {
	kind    kind
	payment *payment
	id      string // the provider's
	name    string // the merchant's; may be empty
	amount  int64  // without sign
	tender  *tender
	fees    []fee
	at      int64
	unpaid  bool // the batch is paid as if the line were not there
	garble  int  // how the line is spoilt, from 1; 0: it is not
}

type kind string

const (
	settled  kind = "settled"
	pending  kind = "captured"
	refunded kind = "refunded"
	disputed kind = "chargeback"
)

// gross is by how much the movement changes what the provider owes, before fees.
func (m *movement) gross() int64 {
	if m.kind == settled {
		return m.tender.settled(m.amount)
	}
	return -m.tender.settled(m.amount)
}

// net is the same after fees.
func (m *movement) net() int64 { return m.gross() - sum(m.fees) }

// fee returns the fee of a type, 0 if there is none.
func (m *movement) fee(typ posting.FeeType) int64 {
	for _, f := range m.fees {
		if f.typ == typ {
			return f.amount
		}
	}
	return 0
}

// A tender is a currency as payments are made in it.
type tender struct {
	currency  money.Currency
	exponent  int    // by ISO 4217: what amounts are kept in
	decimals  int    // at the provider: what amounts are written in
	rate      int64  // minor units for a hundredth of a basket, in thousandths
	step      int64  // prices are whole multiples of it
	quote     string // the rate as the provider writes it
	times, by int64  // minor units, times this and divided by that, are minor units of the home currency
}

func (t *tender) of(amount int64) money.Amount { return money.New(amount, t.currency) }

// price returns the price of a basket: many small ones, and a few that are twelve times as large.
func (t *tender) price(d *dice.Dice) int64 {
	basket := d.Between(500, 6000)
	if d.Permille(100) {
		basket *= d.Between(2, 12)
	}
	return max(basket*t.rate/1000/t.step, 1) * t.step
}

// settled converts to the home currency, rounded half up.
func (t *tender) settled(amount int64) int64 { return (2*amount*t.times + t.by) / (2 * t.by) }

// portion returns parts of 10000 of an amount, at least a step.
func (t *tender) portion(amount, parts int64) int64 {
	return max(amount*parts/10000/t.step, 1) * t.step
}

// text writes an amount for people.
func text(amount int64, t *tender) string {
	return money.Table{}.Format(t.of(amount)) + " " + string(t.currency)
}

func (h *house) draw(d *dice.Dice) *tender { return h.tenders[d.Weighted(h.shares)] }

// otherThan returns another tender than the one given.
func (h *house) otherThan(t *tender) *tender {
	for _, other := range h.tenders {
		if other != t {
			return other
		}
	}
	panic(fmt.Sprintf("reports: there is no other tender than %s", t.currency))
}

// houses are the providers that there are reports of.
var houses = map[string]*house{
	"adyen":   &adyenHouse,
	"antom":   &antomHouse,
	"paysafe": &paysafeHouse,
	"xendit":  &xenditHouse,
}

// sellerAnd splits an amount between a seller and the platform's commission of 5 to 12 percent.
func sellerAnd(commission posting.Split) func(g *maker, p *payment, amount int64) []posting.Split {
	return func(g *maker, p *payment, amount int64) []posting.Split {
		cut := p.tender.portion(amount, 500+int64(p.number%8)*100)
		seller := posting.Split{Type: posting.BalanceAccount, Account: g.sellerID(p.seller), Amount: p.tender.of(amount), Reference: "sale"}
		if cut >= amount {
			return []posting.Split{seller}
		}
		seller.Amount = p.tender.of(amount - cut)
		c := commission
		c.Amount = p.tender.of(cut)
		return []posting.Split{seller, c}
	}
}
