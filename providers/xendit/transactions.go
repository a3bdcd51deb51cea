package xendit

import (
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

// transactions reads the transactions report. Version 2 has Total Fee, Total VAT and Product ID; versions 0 and
// 1 have Fee, VAT, two withholding taxes and Payment ID; version 0 has no Settlement Status.
type transactions struct {
	line
	account string

	// transaction, product, request and capture are ids of Xendit's, reference the platform's own; which of the last
	// refers to what depends on the kind, see [transactionType].
	status, kind, reference, transaction, product, request, capture, failure, description tabular.Column

	// In major units. The two withheld are taxes that are kept back for the state, by a third party and by Xendit.
	currency, amount, net, fee, vat, thirdWithheld, withheld, deduction, netCurrency tabular.Column

	// settlement is a status, the others are times. Of the two that say when it was settled, actual comes first.
	settlement, actual, settled, paid, updated, created, zone tabular.Column
}

// openTransactions finds the columns of all versions of the report. The error names all that are missing at once.
func openTransactions(s *tabular.Sheet, o providers.ReportOptions) (providers.Report, error) {
	c := tabular.Columns{Sheet: s}
	t := &transactions{
		line: line{s, o.Table}, account: accountOf(o),
		status:        c.Need("Status"),
		kind:          c.Need("Type"),
		reference:     c.Need("Reference"),
		transaction:   c.Need("Transaction ID"),
		product:       c.Column("Product ID", "Payment ID"),
		request:       c.Column("Payment Request ID"),
		capture:       c.Column("Capture ID"),
		failure:       c.Column("Failure reason"),
		description:   c.Column("Description"),
		currency:      c.Need("Currency"),
		amount:        c.Need("Amount"),
		net:           c.Need("Net Amount"),
		fee:           c.Need("Total Fee", "Fee"),
		vat:           c.Need("Total VAT", "VAT"),
		thirdWithheld: c.Column("3rd Party WHT"),
		withheld:      c.Column("Xendit WHT"),
		deduction:     c.Column("Transaction Fee Deduction Type"),
		netCurrency:   c.Column("Net Amount Currency"),
		settlement:    c.Column("Settlement Status"),
		actual:        c.Column("Actual Settlement Time"),
		settled:       c.Column("Timestamp - Settled"),
		paid:          c.Column("Payment Date"),
		updated:       c.Column("Timestamp - Updated"),
		created:       c.Column("Timestamp - Created"),
		zone:          c.Column("Timezone"),
	}
	if !t.settlement.Found() {
		t.settled = c.Need("Settlement Status", "Timestamp - Settled") // version 0
	}
	if err := c.Complete("Xendit's " + transactionsReport); err != nil {
		return nil, err
	}
	return t, nil
}

// Format returns the name of the report.
func (t *transactions) Format() string { return transactionsReport }

// Next reads a line, which is a transaction with its fee and tax. One that is not settled yet is Captured, and moves no
// balance.
func (t *transactions) Next() (providers.Outcome, error) {
	if err := t.Sheet.Next(); err != nil {
		return providers.Outcome{}, err
	}
	o := providers.Outcome{Account: t.account, Line: t.Line()}
	if err := t.read(&o); err != nil {
		return providers.Outcome{}, err
	}
	return o, nil
}

// read reads a line into an outcome that has its account and number. Amounts are read first: which way the money went
// says what the ids name.
func (t *transactions) read(o *providers.Outcome) error {
	if err := t.Uncut(t.kind, t.transaction, t.product, t.reference, t.request, t.capture); err != nil {
		return err
	}
	k, known := transactionTypes[t.Text(t.kind)]
	if !known {
		return t.unknown(o)
	}
	m, err := t.money(&k)
	if err != nil {
		return err
	}
	o.Amount = m.amount.Abs()
	k.name(o, t.Text(t.transaction), t.Text(t.product), t.Text(t.reference), m.out)
	// Older products have the id of the request alone.
	if o.ProviderReference == "" {
		o.ProviderReference = t.Text(t.request)
	}
	// A capture is a movement of its own where it has another id than the payment.
	if capture := t.Text(t.capture); k.in == providers.Settled && capture != o.ProviderReference {
		o.Movement = capture
	}
	if err := t.outcome(o, &k, m); err != nil {
		return err
	}
	return t.time(o)
}

// unknown reads a line of a type that is not documented: neither whether its money came in or went out, nor
// what its ids name.
func (t *transactions) unknown(o *providers.Outcome) error {
	if t.Text(t.kind) == "" {
		return t.Errorf(t.kind, "expected a type of transactions, found nothing")
	}
	cur, err := t.line.currency(t.currency)
	if err != nil {
		return err
	}
	amount, err := t.line.amount(t.amount, cur, false)
	if err != nil {
		return err
	}
	unknown.name(o, t.Text(t.transaction), t.Text(t.product), t.Text(t.reference), false)
	o.Kind, o.Amount, o.Reason = providers.Unknown, amount.Abs(), t.reason()
	return t.time(o)
}

// outcome reads what the line comes to, by its status and whether it is settled. A report may have the transaction
// again later with another status, under the same id.
func (t *transactions) outcome(o *providers.Outcome, k *transactionType, m moved) error {
	reference := t.Text(t.reference)
	o.Kind = providers.Other
	// A payment that is not settled was captured: its money is not in the balance yet.
	switch status := t.Text(t.status); status {
	case "SUCCESS":
		settled, err := t.isSettled(m.out)
		switch {
		case err != nil:
			return err
		case k.in != "" && k.out != "" && !m.out:
			return t.Errorf(t.kind, "expected a type that says whether the money came in or went out, found %s: "+
				"the balance report says it", t.Text(t.kind))
		case settled:
			o.Kind, o.Fees = k.kindOf(m.out, reference), m.fees
			o.Net = m.effect()
		case k.in == providers.Settled:
			o.Kind = providers.Captured
		}
	case "PENDING": // money that goes out is on hold, and still in the balance
	case "FAILED", "VOIDED", "REVERSED":
		// The line is what the transaction came to: nothing, whatever was moved and moved back.
		if err := t.undone(o, k, m, status); err != nil {
			return err
		}
	default:
		return t.Errorf(t.status, "expected PENDING, SUCCESS, FAILED, VOIDED or REVERSED, found %q", clip(status))
	}
	switch o.Kind {
	case providers.Split, providers.SplitFailed, providers.Refunded,
		providers.RefundFailed, providers.Chargeback, providers.ChargebackReversed:
		o.Part = true
	case providers.Other:
		o.Reason, o.Held = t.reason(), k.held && o.Net.Sign() != 0
	}
	return nil
}

// undone reads a line of a transaction that never went through, or was undone. Money that was on hold for a payout is
// back in the balance, so the net of one that failed is 0.
func (t *transactions) undone(o *providers.Outcome, k *transactionType, m moved, status string) error {
	o.Kind, o.Reason = k.kindFailed(t.Text(t.reference)), t.reason()
	if o.Kind == providers.PayoutFailed {
		o.Net = money.New(0, o.Amount.Currency())
	}
	switch {
	case o.Kind == providers.Transfer: // there is none
		o.Kind = providers.Other
	case k.in != providers.Settled:
	case status == "VOIDED":
		o.Kind = providers.Cancelled
	case status == "REVERSED" && t.Text(t.settlement)+t.Text(t.settled) != "":
		settled, err := t.isSettled(m.out)
		if settled {
			o.Kind = k.undone
		}
		return err
	}
	return nil
}

// isSettled reports whether the money of a successful transaction has been moved. What goes out has; what comes
// in stands in the report from when it is paid. Only chargebacks have no settlement status.
func (t *transactions) isSettled(out bool) (bool, error) {
	if !t.settlement.Found() {
		return out || t.Text(t.settled) != "", nil
	}
	s := t.Text(t.settlement)
	switch pending := strings.EqualFold(s, "Pending"); {
	case strings.EqualFold(s, "Settled"), strings.EqualFold(s, "Early settled"),
		out && pending, s == "" && t.Text(t.kind) == "CHARGEBACK":
		return true, nil
	case pending:
		return false, nil
	}
	return false, t.Errorf(t.settlement, "expected Pending, Settled or Early settled, found %q", clip(s))
}

// reason returns what Xendit calls the line, for people: type, status and settlement, and why it failed or its
// description.
func (t *transactions) reason() string {
	reason := t.Text(t.kind) + " " + t.Text(t.status)
	if s := t.Text(t.settlement); s != "" {
		reason += " " + s
	}
	for _, c := range []tabular.Column{t.failure, t.description} {
		if d := t.Text(c); d != "" {
			return clipText(reason + ": " + d)
		}
	}
	return clipText(reason)
}

// time reads when it happened: settled or paid, else the last that happened to it.
func (t *transactions) time(o *providers.Outcome) (err error) {
	switch o.Kind {
	case providers.Settled:
		o.At, err = t.first(t.zone, t.actual, t.settled, t.updated, t.created)
	case providers.Captured:
		o.At, err = t.first(t.zone, t.paid, t.created)
	default:
		o.At, err = t.first(t.zone, t.updated, t.created)
	}
	return err
}
