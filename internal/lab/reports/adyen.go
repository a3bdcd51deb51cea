package reports

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/internal/lab/dice"
	"github.com/splitledger/splitledger/posting"
)

// adyenHouse is Adyen with its settlement details report: a merchant account that is settled in euros, a batch a day
// (docs.adyen.com reporting/settlement-detail-report).
var adyenHouse = house{
	shows:       needDisputes | needBatches | needFees | needCurrencies | needNames,
	home:        adyenEUR,
	tenders:     []*tender{adyenEUR, {"GBP", 2, 2, 850, 1, "1.16", 116, 100}, {"USD", 2, 2, 1100, 1, "0.92", 92, 100}, {"JPY", 0, 0, 1600, 1, "0.0061", 61, 100}, {"ISK", 0, 2, 1500, 1, "0.0067", 67, 100}},
	shares:      []int64{75, 10, 8, 4, 3},
	batches:     true,
	captures:    true,
	splitsEarly: true,
	disputeFee:  750,
	fees:        adyenFees,
	splits:      sellerAnd(posting.Split{Type: posting.Commission, Reference: "commission"}),
	layout:      func(g *maker) layout { return &adyenLayout{g: g} },
}

var adyenEUR = &tender{"EUR", 2, 2, 1000, 1, "1", 1, 1}

// adyenFees are interchange++ or a commission.
func adyenFees(d *dice.Dice, settled int64) []fee {
	of := func(typ posting.FeeType, parts int64) fee { return fee{typ, adyenEUR.portion(settled, parts)} }
	if d.Permille(700) {
		return []fee{of(posting.FeeInterchange, d.Between(20, 120)), of(posting.FeeScheme, d.Between(5, 25)), of(posting.FeeMarkup, d.Between(10, 60))}
	}
	return []fee{of(posting.FeeCommission, d.Between(90, 250))}
}

const adyenHeader = "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type," +
	"Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC)," +
	"Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),Payment Method Variant,Modification Merchant Reference,Batch Number," +
	"Reserved4,Reserved5,Reserved6,Reserved7,Reserved8,Reserved9,Reserved10\n"

// adyenGross is the number of the cell Gross Credit (GC), from 0.
const adyenGross = 11

// adyenLayout writes a settlement details report for each batch.
type adyenLayout struct {
	g    *maker
	out  *file
	row  row
	paid int64 // what the batch comes to
}

func (a *adyenLayout) batch(b batch) string { return fmt.Sprint(b.number) }

func (a *adyenLayout) name(of naming, n int) string {
	if of == paymentName {
		return fmt.Sprintf("EXPSP%d%010d", a.g.o.Seed, n)
	}
	return fmt.Sprintf("EXMOD%d%010d", a.g.o.Seed, n)
}

func (a *adyenLayout) open(b batch) error {
	var err error
	a.paid = 0
	if a.out, err = a.g.report("settlement_detail_report_batch_" + a.batch(b) + ".csv"); err == nil {
		a.out.writeLine([]byte(adyenHeader))
	}
	return err
}

var adyenTypes = map[kind]string{settled: "Settled", refunded: "Refunded", disputed: "Chargeback"}

func (a *adyenLayout) line(m *movement) place {
	p, r := m.payment, &a.row
	a.begin(p.providerReference, p.reference, "visa", m.at, adyenTypes[m.kind], m.id)
	r.cells(string(m.tender.currency))
	if m.kind == settled {
		r.side(m.amount, m.tender)
	} else {
		r.side(-m.amount, m.tender)
	}
	r.cells(m.tender.quote, "EUR")
	r.side(m.net(), adyenEUR)
	r.cost(m.fee(posting.FeeCommission)+m.fee(posting.FeeDispute), adyenEUR)
	r.cost(m.fee(posting.FeeMarkup), adyenEUR)
	r.cost(m.fee(posting.FeeScheme), adyenEUR)
	r.cost(m.fee(posting.FeeInterchange), adyenEUR)
	r.cells("visaclassic", m.name, a.batch(a.g.batch))
	if !m.unpaid {
		a.paid += m.net()
	}
	return a.end(m.garble)
}

// begin writes the cells of a row up to its Modification Reference.
func (a *adyenLayout) begin(psp, reference, method string, at int64, typ, modification string) {
	r := &a.row
	r.begin()
	r.cells("ExampleCompany", "ExampleShopEUR", psp, reference, method)
	r.cells(amsterdam(at))
	r.cells(zone(at), typ)
	if typ == "MerchantPayout" {
		r.quoted(modification)
	} else {
		r.cells(modification)
	}
}

func (a *adyenLayout) end(garble int) place {
	a.row.blank(7)
	a.out.writeLine(spoilt(a.row.end(), garble, adyenGross))
	return place{a.out.name, a.out.line}
}

// close writes what the batch cost and what it was paid out with.
func (a *adyenLayout) close(b batch) error {
	g, r := a.g, &a.row
	fees := g.dice.Between(100, 5000)
	a.begin("", "", "", g.now, "Fee", "Transaction Fees of the day")
	r.blank(4)
	r.cells("EUR")
	r.side(-fees, adyenEUR)
	r.blank(6)
	r.cells(a.batch(b))
	a.paid -= fees
	g.summary.Lines++
	g.broken(Break{Class: UnmatchedOther, Batch: a.batch(b), Found: text(-fees, adyenEUR), What: "a fee of the account"}, a.end(0), nil)

	due := a.paid
	if b.wrong {
		a.paid -= g.dice.Between(1, 2000)
	}
	a.begin("", "", "", g.now+1, "MerchantPayout", fmt.Sprintf("TX%d%010dXT batch %s, ExampleShopEUR", g.o.Seed, b.number, a.batch(b)))
	r.blank(4)
	r.cells("EUR")
	r.side(-a.paid, adyenEUR)
	r.blank(6)
	r.cells(a.batch(b))
	g.summary.Lines++
	at := a.end(0)
	g.broken(Break{Class: UnmatchedOther, Batch: a.batch(b), Found: text(-a.paid, adyenEUR), What: "the payout of the batch"}, at, nil)
	if b.wrong {
		g.broken(Break{Class: BalanceMismatch, Batch: a.batch(b), Expected: text(due, adyenEUR), Found: text(a.paid, adyenEUR), What: "paid out other than the sum of the lines"}, at, nil)
	}
	return a.out.close()
}

// amsterdam writes a time by the clock of Adyen's reports.
func amsterdam(at int64) string {
	offset := int64(hour)
	if zone(at) == "CEST" {
		offset = 2 * hour
	}
	return time.Unix(at+offset, 0).UTC().Format(time.DateTime)
}

// zone returns what that clock says: CEST from the last Sunday of March to that of October, at 1:00 UTC.
func zone(at int64) string {
	t := time.Unix(at, 0).UTC()
	if !t.Before(lastSunday(t.Year(), time.March)) && t.Before(lastSunday(t.Year(), time.October)) {
		return "CEST"
	}
	return "CET"
}

func lastSunday(year int, month time.Month) time.Time {
	end := time.Date(year, month, 31, 1, 0, 0, 0, time.UTC)
	return end.AddDate(0, 0, -int(end.Weekday()))
}
