package reports

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/internal/lab/dice"
	"github.com/splitledger/splitledger/posting"
)

// antomHouse is Antom with the settlement details and summary of a marketplace, a batch a day in US dollars
// (docs.antom.com marketplace/settlement_details, settlement_summary). The order of the columns of the details after the
// seventh, the sign of refunds and disputes and that the details sum to the summary are inferred, and so is that a payment
// which is split has a row for each receiver; the marketplace's has no receiver.
var antomHouse = house{
	shows:      needDisputes | needBatches | needFees | needCurrencies | needNames,
	home:       antomUSD,
	tenders:    []*tender{antomUSD, {"KRW", 0, 0, 14000, 1, "1300", 100, 1300}, {"EUR", 2, 2, 900, 1, "0.92", 100, 92}, {"JPY", 0, 0, 1600, 1, "150", 100, 150}},
	shares:     []int64{78, 12, 6, 4},
	batches:    true,
	captures:   true,
	sellersOwn: true,
	splitsLate: true,
	disputeFee: 1500,

	rows: true,

	fees:   antomFees,
	splits: antomSplits,
	layout: func(g *maker) layout { return &antomLayout{g: g} },
}

var antomUSD = &tender{"USD", 2, 2, 1000, 1, "", 1, 1}

func antomFees(d *dice.Dice, settled int64) []fee {
	of := func(typ posting.FeeType, parts int64) fee { return fee{typ, antomUSD.portion(settled, parts)} }
	if d.Permille(500) {
		return []fee{of(posting.FeeInterchange, d.Between(20, 120)), of(posting.FeeScheme, d.Between(5, 25)), of(posting.FeeMarkup, d.Between(10, 60))}
	}
	return []fee{of(posting.FeeCommission, d.Between(150, 290))}
}

// antomSplits gives the platform its part of what is captured; the rest stays with the seller.
func antomSplits(_ *maker, p *payment, amount int64) []posting.Split {
	share := antomShare(p, amount)
	if share == 0 {
		return nil
	}
	return []posting.Split{{Type: posting.BalanceAccount, Account: "platform", Amount: p.tender.of(share), Reference: "commission"}}
}

// antomShare is what the platform gets of a capture.
func antomShare(p *payment, amount int64) int64 {
	if p.plain {
		return 0
	}
	return min(p.tender.portion(amount, 500+int64(p.number%8)*100), amount)
}

const (
	antomItemsHeader = "settlementBatchId,merchantId,referenceMerchantId,transactionId,originalTransactionId,transactionRequestId," +
		"referenceTransactionId,originalTransactionRequestId,transactionType,paymentMethodType,transactionAmountValue,transactionCurrency," +
		"quoteCurrencyPair,quotePrice,convertedTransactionAmountValue,settlementAmountValue,settlementCurrency,settlementInitiatedDate," +
		"paymentMethodFeeAmountValue,paymentMethodFeeCurrency,interchangeFeeAmountValue,interchangeFeeCurrency,schemeFeeAmountValue," +
		"schemeFeeCurrency,acquirerMarkupAmountValue,acquirerMarkupCurrency,disputeHandlingFee,disputeHandlingFeeCurrency\n"
	antomSummaryHeader = "settlementBatchId,merchantId,referenceMerchantId,settlementTime,settlementAmountValue,settlementCurrency\n"
	antomEnd           = "<END>\n"
)

// antomAmount is the number of the cell transactionAmountValue, from 0.
const antomAmount = 10

// antomLayout writes the settlement details and the summary of each batch.
type antomLayout struct {
	g    *maker
	out  *file
	row  row
	paid [sellers + 1]int64 // what the batch comes to, by receiver, the marketplace last
}

func (a *antomLayout) batch(b batch) string {
	return time.Unix(b.from, 0).UTC().Format("20060102") + fmt.Sprintf("%05d%06d", a.g.o.Seed%100_000, b.number)
}

func (a *antomLayout) name(of naming, n int) string {
	return time.Unix(a.g.start, 0).UTC().Format("20060102") + fmt.Sprintf("%d%d%010d", a.g.o.Seed, of, n)
}

func (a *antomLayout) open(b batch) error {
	var err error
	a.paid = [sellers + 1]int64{}
	if a.out, err = a.g.report("settlementItems_USD_" + a.batch(b) + "_000.csv"); err == nil {
		a.out.writeLine([]byte(antomItemsHeader))
	}
	return err
}

// line writes the seller's row, and the marketplace's where the capture is split.
func (a *antomLayout) line(m *movement) place {
	share := int64(0)
	if p := m.payment; m.kind == settled && m.id == p.captures[0].id {
		share = antomShare(p, p.captures[0].amount)
	}
	if share == 0 {
		return a.of(m.payment.seller, m)
	}
	sellers, markets := *m, *m
	sellers.amount -= share
	markets.amount, markets.fees = share, nil
	at := a.of(m.payment.seller, &sellers)
	a.of(marketplace, &markets)
	a.g.summary.Lines++
	return at
}

// marketplace is the number of the receiver that is the platform itself.
const marketplace = sellers

// of writes the row of one receiver.
func (a *antomLayout) of(receiver int, m *movement) place {
	p, r := m.payment, &a.row
	a.begin(receiver)
	switch {
	case m.kind == settled && m.name == "":
		r.cells(p.providerReference, "", p.reference, "", "", "PAYMENT")
	case m.kind == settled:
		r.cells(m.id, p.providerReference, m.name, "", p.reference, "CAPTURE")
	case m.kind == refunded:
		r.cells(m.id, p.providerReference, m.name, "", p.reference, "REFUND")
	default:
		r.cells(m.id, p.providerReference, "", "", p.reference, "DISPUTE")
	}
	r.cells("CARD")
	a.amounts(m)
	a.fee(m.fee(posting.FeeCommission))
	a.fee(m.fee(posting.FeeInterchange))
	a.fee(m.fee(posting.FeeScheme))
	a.fee(m.fee(posting.FeeMarkup))
	a.fee(m.fee(posting.FeeDispute))
	if !m.unpaid {
		a.paid[receiver] += m.net()
	}
	a.out.writeLine(spoilt(r.end(), m.garble, antomAmount))
	return place{a.out.name, a.out.line}
}

// begin writes the cells of a row up to its receiver.
func (a *antomLayout) begin(receiver int) {
	a.row.begin()
	a.row.cells(a.batch(a.g.batch), fmt.Sprintf("218800000000%04d", receiver+1), a.receiver(receiver))
}

// receiver names a receiver; the marketplace has no name.
func (a *antomLayout) receiver(k int) string {
	if k == marketplace {
		return ""
	}
	return string(a.g.sellerID(k))
}

// amounts writes what was paid and what is settled of it. Refunds and disputes are below 0.
func (a *antomLayout) amounts(m *movement) {
	r, sign := &a.row, int64(1)
	if m.kind != settled {
		sign = -1
	}
	r.major(sign*m.amount, m.tender)
	r.cells(string(m.tender.currency))
	if m.tender == antomUSD {
		r.blank(3)
	} else {
		r.cells("USD/"+string(m.tender.currency), m.tender.quote)
		r.major(m.gross(), antomUSD)
	}
	r.major(m.net(), antomUSD)
	r.cells("USD", a.settled())
}

// settled writes when the batch is settled.
func (a *antomLayout) settled() string { return singapore(a.g.batch.from + payout) }

// fee writes a fee, which is below 0 where it is charged, with its currency.
func (a *antomLayout) fee(amount int64) {
	if amount == 0 {
		a.row.blank(2)
		return
	}
	a.row.major(-amount, antomUSD)
	a.row.cells("USD")
}

// close charges a receiver a fee that is of no payment, and writes the summary.
func (a *antomLayout) close(b batch) error {
	g, r := a.g, &a.row
	who, charge := int(g.dice.Below(sellers)), g.dice.Between(100, 5000)
	a.begin(who)
	r.cells(g.newName(otherName), "", "", "", "", "ADJUSTMENT_FEE")
	r.blank(6)
	r.major(-charge, antomUSD)
	r.cells("USD", a.settled())
	r.blank(10)
	a.paid[who] -= charge
	a.out.writeLine(r.end())
	g.summary.Lines++
	g.broken(Break{Class: UnmatchedOther, Batch: a.batch(b), Receiver: string(g.sellerID(who)), Found: text(-charge, antomUSD), What: "a fee of the account"}, place{a.out.name, a.out.line}, nil)
	a.out.writeLine([]byte(antomEnd))
	if err := a.out.close(); err != nil {
		return err
	}
	return a.summary(b)
}

// summary writes what each receiver is paid.
func (a *antomLayout) summary(b batch) error {
	out, err := a.g.report("settlementSummary_USD_" + a.batch(b) + "_000.csv")
	if err != nil {
		return err
	}
	out.writeLine([]byte(antomSummaryHeader))
	wrong := -1
	if b.wrong {
		wrong = marketplace // what a seller is paid is no business of the batch alone
	}
	for k, due := range a.paid {
		paid := due
		if k == wrong {
			paid -= a.g.dice.Between(1, 2000)
		}
		a.begin(k)
		a.row.cells(a.settled())
		a.row.major(paid, antomUSD)
		a.row.cells("USD")
		out.writeLine(a.row.end())
		a.g.summary.Lines++
		at, of := place{out.name, out.line}, Break{Class: UnmatchedOther, Batch: a.batch(b), Receiver: a.receiver(k), Found: text(-paid, antomUSD), What: "the payout of the batch"}
		if k != marketplace {
			of.Class, of.What = MissingInLedger, "the payout of the batch to a seller"
		}
		a.g.broken(of, at, nil)
		if k == wrong {
			of.Class, of.Expected, of.Found, of.What = BalanceMismatch, text(due, antomUSD), text(paid, antomUSD), "paid out other than the sum of the lines"
			a.g.broken(of, at, nil)
		}
	}
	out.writeLine([]byte(antomEnd))
	return out.close()
}

// singapore writes a time by the clock of Antom's reports.
func singapore(at int64) string {
	return time.Unix(at, 0).In(time.FixedZone("", 8*hour)).Format(time.RFC3339)
}
