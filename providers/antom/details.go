package antom

import (
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

// details reads a settlement details report.
type details struct {
	reader

	// id is Antom's name of the transaction, original that of the payment it belongs to; request and originalRequest
	// are the merchant's own names of the two.
	batch, receiver, id, original, request, originalRequest tabular.Column
	kind, when                                              tabular.Column
	// What the buyer paid, and where that is in another currency than the settlement, what it came to and the quote.
	amount, amountCurrency, converted, pair, price tabular.Column
	// What the line adds to the settlement, after fees.
	net, netCurrency tabular.Column

	fees        []feeColumn
	marketplace bool // several receivers, of which the marketplace is the one without a name
}

// A feeColumn is a fee that a report may have a column for.
type feeColumn struct {
	amount, currency tabular.Column
	kind             posting.FeeType
}

// openDetails finds the columns of settlement details, and whether they are of a marketplace or of one merchant.
func openDetails(s *tabular.Sheet, o providers.ReportOptions) (*details, error) {
	if err := require(s, DetailsFormat, "settlementBatchId", "transactionId", "transactionAmountValue",
		"transactionCurrency", "settlementAmountValue", "settlementCurrency"); err != nil {
		return nil, err
	}
	d := &details{
		reader: reader{s: s, table: o.Table},
		batch:  s.Column("settlementBatchId"), id: s.Column("transactionId"),
		original: s.Column("originalTransactionId"),
		request:  s.Column("transactionRequestId"), originalRequest: s.Column("originalTransactionRequestId"),
		kind: s.Column("transactionType"), when: s.Column("settlementInitiatedDate", "settlementTime"),
		amount: s.Column("transactionAmountValue"), amountCurrency: s.Column("transactionCurrency"),
		converted: s.Column("convertedTransactionAmountValue"),
		pair:      s.Column("quoteCurrencyPair"), price: s.Column("quotePrice"),
		net: s.Column("settlementAmountValue"), netCurrency: s.Column("settlementCurrency"),
		fees:        findFees(s),
		marketplace: s.Column("merchantId").Found() && !s.Column("customerId").Found(),
	}
	if d.marketplace {
		d.receiver = s.Column("referenceMerchantId")
	}
	return d, nil
}

// findFees returns the columns of fees that the report has: those known, and those that are named alike, which
// may be newer.
func findFees(s *tabular.Sheet) (fees []feeColumn) {
	known := make(map[tabular.Column]bool)
	for _, f := range feeColumns {
		if c := s.Column(f.amount); c.Found() {
			fees = append(fees, feeColumn{c, s.Column(f.currency), f.kind})
			known[c] = true
		}
	}
	for _, name := range s.Header() {
		stem, ok := strings.CutSuffix(strings.ToLower(name), "feeamountvalue")
		if !ok {
			continue
		}
		if c := s.Column(name); !known[c] {
			fees = append(fees, feeColumn{c, s.Column(stem+"FeeCurrency", stem+"FeeAmountCurrency"),
				posting.FeeGeneral})
		}
	}
	return fees
}

// Format returns the name of the report.
func (d *details) Format() string { return DetailsFormat }

// Next reads a line. An error of a line leaves the reader at the next one, so that one bad line does not hide the
// others.
func (d *details) Next() (providers.Outcome, error) {
	if err := d.s.Next(); err != nil {
		return providers.Outcome{}, err
	}
	l, err := d.read()
	if err != nil {
		return providers.Outcome{}, err
	}
	return d.outcome(l)
}

// A line is one row of the report, with its amounts read. All but amount are in the currency of the settlement.
type line struct {
	name   string // the type of transaction
	means  transaction
	amount money.Amount
	gross  money.Amount // amount, converted
	fees   []posting.Fee
	cost   money.Amount // sum of fees
	net    money.Amount
	rate   string // empty where nothing was converted
}

// read reads the amounts of a line and checks that they add up.
func (d *details) read() (l line, err error) {
	if err := d.s.Uncut(d.kind, d.batch, d.receiver, d.id, d.original, d.request, d.originalRequest); err != nil {
		return l, err
	}
	l.name = d.s.Text(d.kind)
	if l.name == "" {
		return l, d.s.Errorf(d.kind, "expected a type of transaction, found none")
	}
	// A type that is not known has no meaning: its zero value expects no side, and moves what the net says.
	l.means = transactions[l.name]
	c, decimals, err := d.currency(d.netCurrency)
	if err != nil {
		return l, err
	}
	var given bool
	if l.net, given, err = d.s.Amount(d.net, c, decimals, d.table); err != nil {
		return l, err
	}
	if !given {
		return l, d.s.Errorf(d.net, "expected an amount, found none")
	}
	if err := d.readFees(&l, c, decimals); err != nil {
		return l, err
	}
	if err := d.readGross(&l, c, decimals); err != nil {
		return l, err
	}
	return l, d.check(&l)
}

// readFees reads the fees of a line, one for each kind, with costs above zero. A fee in another currency than the
// settlement's is refused: it could not be taken off the net.
func (d *details) readFees(l *line, c money.Currency, decimals int) error {
	l.cost = money.New(0, c)
	for _, f := range d.fees {
		a, given, err := d.s.Amount(f.amount, c, decimals, d.table)
		if err != nil {
			return err
		}
		if !given || a.IsZero() {
			continue
		}
		if found := d.s.Text(f.currency); found != "" && found != string(c) {
			return d.s.Errorf(f.currency, "expected a fee in the currency of the settlement, %s, found %s", c, found)
		}
		// The report has costs below zero.
		l.cost = money.Sum(c, l.cost, a.Neg())
		l.fees = addFee(l.fees, posting.Fee{Type: f.kind, Amount: a.Neg()})
	}
	return nil
}

// addFee adds a fee to those of its kind. Fees are in one currency. An event has each kind of fee once, while several
// columns are of one kind.
func addFee(fees []posting.Fee, f posting.Fee) []posting.Fee {
	for i := range fees {
		if fees[i].Type == f.Type {
			fees[i].Amount = money.Sum(f.Amount.Currency(), fees[i].Amount, f.Amount)
			return fees
		}
	}
	return append(fees, f)
}

// readGross reads the amount of the transaction, and what it is in the currency of the settlement.
func (d *details) readGross(l *line, c money.Currency, decimals int) error {
	l.gross = money.New(0, c)
	if d.s.Text(d.amount) == "" {
		return nil
	}
	from, fromDecimals, err := d.currency(d.amountCurrency)
	if err != nil {
		return err
	}
	if l.amount, _, err = d.s.Amount(d.amount, from, fromDecimals, d.table); err != nil {
		return err
	}
	if from == c {
		l.gross = l.amount
		return nil
	}
	if l.amount.IsZero() {
		return nil
	}
	// A line has the quote, the amount converted, or both: either will do, and both have to agree.
	converted, given, err := d.s.Amount(d.converted, c, decimals, d.table)
	if err != nil {
		return err
	}
	rate, quoted, err := d.quote(from, c)
	switch {
	case err != nil:
		return err
	case !quoted && !given:
		return d.s.Errorf(d.price, "expected a quote of %s and %s, found none", from, c)
	case !quoted:
		l.gross = converted
		return nil
	}
	l.rate = rate.String()
	if l.gross, err = rate.Convert(l.amount, c, d.table, money.HalfEven); err != nil || !given {
		return err
	}
	// Rounding may put the two a few minor units apart.
	if !near(l.gross, converted, slack(decimals)) {
		return d.s.Errorf(d.converted, "expected %s %s at the quote %s, found %s",
			d.table.Format(l.gross), c, d.s.Text(d.price), d.table.Format(converted))
	}
	l.gross = converted
	return nil
}

// check refuses a line that does not add up, or whose amounts go the wrong way. An authorisation settles its fees alone
// (inferred). Source: antom-ai-tools, core/validators.py.
func (d *details) check(l *line) error {
	gross := l.gross
	if l.name == "AUTHORIZATION" {
		gross = money.New(0, l.net.Currency())
	}
	if t := l.means; t.sign != 0 {
		if amount := l.amount; amount.Sign() == -t.sign {
			return d.s.Errorf(d.amount, "expected %s for %s, found %s",
				signName(t.sign), l.name, d.table.Format(amount))
		}
		if gross.IsZero() && len(l.fees) == 0 && l.net.Sign() == -t.sign {
			return d.s.Errorf(d.net, "expected %s for %s, found %s", signName(t.sign), l.name, d.table.Format(l.net))
		}
	}
	if l.means.held && len(l.fees) > 0 {
		return d.s.Errorf(d.kind, "expected no fees of money that is set aside by %s, found %s",
			l.name, d.table.Format(l.cost))
	}
	if _, known := transactions[l.name]; gross.IsZero() && len(l.fees) == 0 && (l.means.free || !known) {
		return nil // an amount of its own, such as a fee or a reserve
	}
	c := l.net.Currency()
	want := money.Sum(c, gross, l.cost.Neg())
	var allowed money.Int
	if l.amount.Currency() != c && !l.amount.IsZero() {
		decimals, _ := d.table.Exponent(c)
		allowed = slack(decimals)
	}
	if near(want, l.net, allowed) {
		return nil
	}
	return d.s.Errorf(d.net, "expected the gross %s less fees of %s, which is %s %s, found %s",
		d.table.Format(gross), d.table.Format(l.cost), d.table.Format(want), c, d.table.Format(l.net))
}

// signName says for messages on which side of zero an amount should be; sign is 1 or -1.
func signName(sign int) string {
	if sign < 0 {
		return "an amount below zero"
	}
	return "an amount above zero"
}

// near reports whether two amounts of one currency are no more than some minor units apart. It does not look at the
// currencies.
func near(a, b money.Amount, minor money.Int) bool {
	return a.Int().Sub(b.Int()).Abs().Cmp(minor) <= 0
}
