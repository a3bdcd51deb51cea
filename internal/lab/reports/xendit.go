package reports

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/internal/lab/dice"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// xenditHouse is Xendit with its transactions report, version 2, of the platform's own account in rupiah
// (docs.xendit.co transactions-report). That amounts have no sign, the form of times and how withdrawals are settled are
// inferred.
var xenditHouse = house{
	shows: needDisputes | needFees | needCurrencies,
	hidden: map[Class]string{
		BalanceMismatch: "the transactions report has no batches and no balances that its lines would have to sum to",
	},
	home:        rupiah,
	tenders:     []*tender{rupiah, {"PHP", 2, 2, 60000, 1, "", 1, 1}},
	shares:      []int64{1, 0}, // a report is of one currency
	pends:       true,
	splitsEarly: true,
	fees:        xenditFees,
	splits:      xenditSplits,
	routed:      xenditShares,
	rows:        true,
	layout:      func(g *maker) layout { return &xenditLayout{g: g} },
}

// rupiah has two decimals by ISO 4217, of which Xendit knows none.
var rupiah = &tender{"IDR", 2, 0, 16_000_000, 100, "", 1, 1}

func xenditFees(d *dice.Dice, amount int64) []fee {
	mdr := rupiah.portion(amount, d.Between(70, 290))
	return []fee{{posting.FeeGeneral, mdr}, {posting.FeeVAT, rupiah.portion(mdr, 1100)}}
}

// xenditShares reports whether a part of a payment, of one in four, is routed to a seller.
func xenditShares(p *payment) bool { return p.number%4 == 0 && !p.plain }

// xenditShare is that part of an amount, in whole rupiah.
func xenditShare(amount int64) int64 { return (amount/rupiah.step*125 + 500) / 1000 * rupiah.step }

// xenditRoute is the reference of the route of a payment.
func xenditRoute(g *maker, p *payment) string {
	return fmt.Sprintf("route-%d-%08d", g.o.Seed, p.number)
}

// xenditSplits routes a part of some payments to a seller.
func xenditSplits(g *maker, p *payment, _ int64) []posting.Split {
	if !xenditShares(p) {
		return nil
	}
	percent, err := money.ParsePercent("12.50")
	if err != nil {
		panic(err)
	}
	return []posting.Split{{Type: posting.BalanceAccount, Account: g.sellerID(p.seller), Percent: percent, Reference: xenditRoute(g, p)}}
}

const xenditHeader = "Status,Type,Channel,Channel Name,Account Number,Currency,Amount,Total Fee,Total VAT,Net Amount,Reference,Transaction ID," +
	"Invoice ID,Batch ID,Product ID,Payment Date,Timestamp - Created,Timestamp - Updated,Estimated Settlement Time,Actual Settlement Time," +
	"Timezone,Description,Channel Reference,Settlement Status\n"

// xenditAmount is the number of the cell Amount, from 0.
const xenditAmount = 6

// xenditLayout writes a transactions report for each day.
type xenditLayout struct {
	g    *maker
	out  *file
	row  row
	paid int64 // what the day comes to
}

func (x *xenditLayout) batch(b batch) string { return "" }

func (x *xenditLayout) name(of naming, n int) string {
	id := func(prefix string) string {
		return fmt.Sprintf("%s%08x-0000-4000-8000-%012d", prefix, uint32(x.g.o.Seed), n)
	}
	switch of {
	case paymentName:
		return id("py-")
	case refundName:
		return id("rfd-")
	}
	return id("txn_")
}

func (x *xenditLayout) open(b batch) error {
	var err error
	x.paid = 0
	day := time.Unix(b.from, 0).UTC().Format("20060102")
	if x.out, err = x.g.report("transactions_report_" + day + ".csv"); err == nil {
		x.out.writeLine([]byte(xenditHeader))
	}
	return err
}

var xenditTypes = map[kind]string{settled: "PAYMENT", pending: "PAYMENT", refunded: "REFUND", disputed: "CHARGEBACK"}

func (x *xenditLayout) line(m *movement) place {
	p := m.payment
	reference, product, status := p.reference, p.providerReference, "Settled"
	switch m.kind {
	case refunded:
		reference, product = m.name, m.id
	case pending:
		status = "Pending"
	case disputed:
		status = ""
	}
	if !m.unpaid && m.kind != pending {
		x.paid += m.net()
	}
	t := transaction{typ: xenditTypes[m.kind], channel: "VIRTUAL_ACCOUNT,BNI", reference: reference, product: product, settlement: status, at: m.at, amount: m.amount, fee: m.fee(posting.FeeGeneral), vat: m.fee(posting.FeeVAT), id: x.transaction(m)}
	at := x.write(t, m.garble)
	if m.kind == settled && xenditShares(p) {
		x.route(p, m)
	}
	return at
}

// route writes the transfer of a seller's part.
func (x *xenditLayout) route(p *payment, m *movement) {
	share := xenditShare(m.amount)
	x.paid -= share
	x.g.summary.Lines++
	x.write(transaction{typ: "TRANSFER_OUT", channel: "XENPLATFORM,", reference: xenditRoute(x.g, p), settlement: "Settled",
		amount: share, at: m.at, id: x.g.newName(otherName)}, 0)
}

// transaction names the transaction of a movement: the same when it is written again.
func (x *xenditLayout) transaction(m *movement) string {
	if m.kind == settled || m.kind == pending {
		return x.name(otherName, m.payment.number)
	}
	return "txn_" + m.id
}

// A transaction is a line of the report.
type transaction struct {
	typ, channel, reference, id, product, settlement, description string
	amount, fee, vat, at                                          int64
}

func (x *xenditLayout) write(t transaction, garble int) place {
	r, at := &x.row, time.Unix(t.at, 0).UTC().Format(time.RFC3339)
	r.begin()
	r.cells("SUCCESS", t.typ, t.channel, "", "IDR")
	r.major(t.amount, rupiah)
	r.major(t.fee, rupiah)
	r.major(t.vat, rupiah)
	r.major(t.amount-t.fee-t.vat, rupiah)
	r.cells(t.reference, t.id, "", "", t.product)
	if t.typ == "PAYMENT" {
		r.cells(at, at, at, at)
	} else {
		r.cells("", at, at, "")
	}
	if t.typ == "PAYMENT" && t.settlement == "Settled" {
		r.cells(at)
	} else {
		r.blank(1)
	}
	r.cells("+0000 UTC", t.description, "", t.settlement)
	x.out.writeLine(spoilt(r.end(), garble, xenditAmount))
	return place{x.out.name, x.out.line}
}

// close withdraws what the day came to, after a correction.
func (x *xenditLayout) close(b batch) error {
	g := x.g
	correction := g.dice.Between(10, 500) * rupiah.step
	x.paid -= correction
	for _, t := range []transaction{
		{typ: "ADJUSTMENT_DEDUCT", amount: correction, description: "Correction"},
		{typ: "WITHDRAWAL", amount: x.paid, reference: fmt.Sprintf("withdrawal-%d-%d", g.o.Seed, b.number)},
	} {
		t.channel, t.settlement, t.at, t.id = "BANK,BCA", "Settled", g.now, g.newName(otherName)
		g.summary.Lines++
		at := x.write(t, 0)
		g.broken(Break{Class: UnmatchedOther, Found: text(-t.amount, rupiah), What: "a " + t.typ + " of the account"}, at, &payment{reference: t.reference})
	}
	return x.out.close()
}
