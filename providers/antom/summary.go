package antom

import (
	"fmt"
	"io"
	"slices"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

// summary reads a settlement summary report: a line for each receiver in a marketplace's, a line for each type
// of transaction and one of all of them, TOTAL, in a merchant's.
type summary struct {
	reader

	// receiver is only in a marketplace's report, of, the type of the line, only in a merchant's.
	batch, receiver, merchant, of, when, net, netCurrency tabular.Column

	sums map[total]money.Amount // of the lines before their TOTAL
}

// A total is what one TOTAL line is of: reports of several batches and merchants may be put one behind another.
type total struct {
	batch, merchant string
	currency        money.Currency
}

// summaryTypes are the types of lines besides those that the details have. Source: docs.antom.com, settlement_summary.
var summaryTypes = []string{"VOID", "DEFAULT"}

// maxTotals is of how many batches, merchants and currencies the TOTAL may be open at once.
const maxTotals = 10_000

// totalLine is the type of the line that is the sum of the others.
const totalLine = "TOTAL"

// openSummary finds the columns of a settlement summary.
func openSummary(s *tabular.Sheet, o providers.ReportOptions) (*summary, error) {
	if err := require(s, SummaryFormat, "settlementCurrency"); err != nil {
		return nil, err
	}
	r := &summary{
		reader: reader{s: s, table: o.Table}, sums: make(map[total]money.Amount),
		batch: s.Column("settlementBatchId"), merchant: s.Column("merchantId", "customerId"),
		of:   s.Column("summaryType"),
		when: s.Column("settlementTime", "settlementInitiatedDate"),
		net:  s.Column("settlementAmountValue"), netCurrency: s.Column("settlementCurrency"),
	}
	if !r.of.Found() {
		if err := require(s, SummaryFormat, "referenceMerchantId"); err != nil {
			return nil, err
		}
		r.receiver = s.Column("referenceMerchantId")
	}
	return r, nil
}

// Format returns the name of the report.
func (r *summary) Format() string { return SummaryFormat }

// Next reads a line, which is the payout of a batch to one receiver in one currency.
func (r *summary) Next() (o providers.Outcome, err error) {
	if err := r.s.Next(); err != nil {
		// A sum without its TOTAL would be a batch that nobody sees paid out.
		if err == io.EOF {
			err = r.end()
		}
		return o, err
	}
	if err := r.s.Uncut(r.batch, r.receiver, r.merchant, r.of); err != nil {
		return o, err
	}
	c, decimals, err := r.currency(r.netCurrency)
	if err != nil {
		return o, err
	}
	net, given, err := r.s.Amount(r.net, c, decimals, r.table)
	switch {
	case err != nil:
		return o, err
	case !given:
		return o, r.s.Errorf(r.net, "expected an amount, found none")
	}
	o = providers.Outcome{Batch: r.s.Text(r.batch), Receiver: r.s.Text(r.receiver), Line: r.s.Line()}
	if r.receiver.Found() {
		o.Account = accountOf(o.Receiver)
	}
	if o.Batch == "" {
		return o, r.s.Errorf(r.batch, "expected the id of a batch, found none")
	}
	if o.At, err = r.at(r.when); err != nil {
		return o, err
	}
	if r.of.Found() {
		return r.typed(o, net)
	}
	return paid(o, net), nil
}

// typed is a line of one type, which moves nothing by itself, or TOTAL, which has to be the sum of those before it.
func (r *summary) typed(o providers.Outcome, net money.Amount) (providers.Outcome, error) {
	k := total{o.Batch, r.s.Text(r.merchant), net.Currency()}
	switch name := r.s.Text(r.of); name {
	case "":
		return o, r.s.Errorf(r.of, "expected a type such as PAYMENT or %s, found none", totalLine)
	case totalLine:
		sum := money.Sum(k.currency, r.sums[k])
		delete(r.sums, k)
		if !sum.Equal(net) {
			return o, r.s.Errorf(r.net, "expected the sum of the lines of the batch before, %s %s, found %s",
				r.table.Format(sum), k.currency, r.table.Format(net))
		}
		return paid(o, net), nil
	default:
		if _, open := r.sums[k]; !open && len(r.sums) == maxTotals {
			return o, fmt.Errorf("line %d: expected a line %s after the lines of a batch, found %d batches without",
				r.s.Line(), totalLine, maxTotals)
		}
		r.sums[k] = money.Sum(k.currency, r.sums[k], net)
		o.Kind, o.Reason = providers.Unknown, name
		if _, known := transactions[name]; known || slices.Contains(summaryTypes, name) {
			o.Kind = providers.Other
		}
		return o, nil
	}
}

// end refuses a report that ends before the TOTAL of a batch. It names the first of the missing ones in the order of
// their names, and [io.EOF] says that there are none.
func (r *summary) end() error {
	var missing []string
	for k := range r.sums {
		missing = append(missing, fmt.Sprintf("%s of %s in %s", k.batch, k.merchant, k.currency))
	}
	if len(missing) == 0 {
		return io.EOF
	}
	slices.Sort(missing)
	return fmt.Errorf("%s: expected a line %s of batch %s, found the end", SummaryFormat, totalLine, missing[0])
}

// paid makes an outcome the payout of a batch. A batch of nothing pays nothing. One below zero is not paid out
// (docs.antom.com, reconcile/rules), and what becomes of it is not said: the outcome moves nothing, and the
// batch's lines stay without the other side.
func paid(o providers.Outcome, net money.Amount) providers.Outcome {
	o.ID = payoutID(o.Batch, o.Receiver, net.Currency())
	switch net.Sign() {
	case 1:
		o.Kind, o.Amount, o.Net = providers.Payout, net, net.Neg()
	case 0:
		o.Kind, o.Reason = providers.Other, "nothing to settle"
	case -1:
		o.Kind, o.Reason, o.Amount = providers.Other, "settlement below zero: not paid out", net.Abs()
	}
	return o
}

// payoutID names a payout: Antom tells it in the summary and by notifySettlement, without an id of its own.
func payoutID(batch, receiver string, c money.Currency) string {
	return batch + "/" + receiver + "/" + string(c)
}
