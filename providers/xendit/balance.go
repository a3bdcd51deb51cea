package xendit

import (
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

// balance reads the balance report: each line is one movement of the balance of one business, in major units without a
// sign. Side says whether it came in or went out, after what the balance was then.
type balance struct {
	line
	account string

	// part says whether the line is the transaction itself, its fee or its tax; side is DEBIT or CREDIT.
	product, transaction, kind, part, reference, currency, amount, after, side, description tabular.Column
	// A version of the report has some of these times.
	settled, completed, created, createdISO, zone tabular.Column
}

// openBalance finds the columns. The error names all that are missing at once. Older versions of the report lack the
// columns that are not needed here.
func openBalance(s *tabular.Sheet, o providers.ReportOptions) (providers.Report, error) {
	c := tabular.Columns{Sheet: s}
	b := &balance{
		line: line{s, o.Table}, account: accountOf(o),
		product:     c.Column("Product ID"),
		transaction: c.Need("Transaction ID"),
		kind:        c.Need("Transaction Type"),
		part:        c.Need("Line Type"),
		reference:   c.Need("Reference"),
		currency:    c.Need("Currency"),
		amount:      c.Need("Amount"),
		after:       c.Column("Balance"),
		side:        c.Need("Debit or Credit"),
		description: c.Column("Description"),
		settled:     c.Column("Settlement Date"),
		completed:   c.Column("Completed Date"),
		created:     c.Column("Created Date"),
		createdISO:  c.Column("Created Date ISO"),
		zone:        c.Column("Time Zone"),
	}
	if err := c.Complete("Xendit's " + balanceReport); err != nil {
		return nil, err
	}
	return b, nil
}

// Format returns the name of the report.
func (b *balance) Format() string { return balanceReport }

// Next reads a line: a transaction, its fee or its tax, or one of these undone.
func (b *balance) Next() (providers.Outcome, error) {
	if err := b.Sheet.Next(); err != nil {
		return providers.Outcome{}, err
	}
	if err := b.Uncut(b.kind, b.part, b.product, b.transaction, b.reference); err != nil {
		return providers.Outcome{}, err
	}
	o := providers.Outcome{Account: b.account, Line: b.Line()}
	for _, read := range []func(*providers.Outcome) error{b.money, b.meaning, b.time} {
		if err := read(&o); err != nil {
			return providers.Outcome{}, err
		}
	}
	return o, nil
}

// money reads by how much the line moved the balance. Net has the sign of the side, CREDIT above 0; Amount has none.
func (b *balance) money(o *providers.Outcome) error {
	cur, err := b.line.currency(b.currency)
	if err != nil {
		return err
	}
	if o.Amount, err = b.line.amount(b.amount, cur, false); err != nil {
		return err
	}
	if o.Amount.Sign() < 0 {
		return b.Errorf(b.amount, "expected an amount without sign, as Debit or Credit says which it is, found %s",
			b.Text(b.amount))
	}
	switch side := b.Text(b.side); side {
	case "CREDIT":
		o.Net = o.Amount
	case "DEBIT":
		o.Net = o.Amount.Neg()
	default:
		return b.Errorf(b.side, "expected DEBIT or CREDIT, found %q", clip(side))
	}
	if b.Text(b.after) != "" {
		o.After, err = b.line.amount(b.after, cur, false)
	}
	return err
}

// meaning reads what the line is. Types of transactions and of lines that are not documented are [providers.Unknown]:
// by how much they moved the balance is told by the side.
func (b *balance) meaning(o *providers.Outcome) error {
	k, known := transactionTypes[b.Text(b.kind)]
	if !known {
		k = unknown
	}
	part := b.Text(b.part)
	of, undone := strings.CutSuffix(part, "_REVERSAL")
	out := b.Text(b.side) == "DEBIT" != undone // the line, or what it undoes
	k.name(o, b.Text(b.transaction), b.Text(b.product), b.Text(b.reference), out)
	// A transaction and its fees have one id in the report: the type of the line tells them apart.
	if o.ID != "" && part != "TRANSACTION" {
		o.ID += "/" + part
	}
	switch of {
	case "TRANSACTION":
		return b.movement(o, &k, out, undone)
	case "FEE":
		return b.fee(o, posting.Fee{Type: posting.FeeGeneral}, out)
	case "VAT":
		return b.fee(o, posting.Fee{Type: posting.FeeVAT, Of: posting.FeeGeneral}, out)
	case "":
		return b.Errorf(b.part, "expected TRANSACTION, FEE, VAT or one of these with _REVERSAL, found nothing")
	}
	o.Kind, o.Reason = providers.Unknown, b.reason()
	return nil
}

// movement reads a transaction, or one that is undone. out is the side of the transaction itself, also where the line
// undoes it. A payment has a line for each account it reached, so splits and refunds are parts.
func (b *balance) movement(o *providers.Outcome, k *transactionType, out, undone bool) error {
	if out && k.out == "" || !out && k.in == "" {
		return b.wrongSide()
	}
	o.Kind = k.kindOf(out, b.Text(b.reference))
	if undone {
		o.Kind = k.kindUndone(b.Text(b.reference))
		o.Reason = b.reason()
	}
	switch o.Kind {
	case providers.Split, providers.SplitFailed, providers.Refunded,
		providers.RefundFailed, providers.Chargeback, providers.ChargebackReversed:
		o.Part = true
	case providers.Transfer:
		if undone { // a movement of its own, which has no name
			o.Movement, o.Common = "", ""
		}
	case providers.Other, providers.Unknown:
		o.Reason, o.Held = b.reason(), k.held
	}
	return nil
}

// fee reads a cost, or one that is given back, which is a fee below 0. A fee's line has no amount: its fees are all of
// it.
func (b *balance) fee(o *providers.Outcome, f posting.Fee, out bool) error {
	if !out {
		return b.wrongSide()
	}
	o.Kind = providers.Fee
	if f.Amount = o.Net.Neg(); !f.Amount.IsZero() {
		o.Fees = []posting.Fee{f}
	}
	o.Amount = money.Amount{}
	return nil
}

// wrongSide refuses a line whose side contradicts its type, such as the DEBIT of a payment: one of the two columns is
// wrong, and either could be.
func (b *balance) wrongSide() error {
	side, want := b.Text(b.side), "DEBIT"
	if side == want {
		want = "CREDIT"
	}
	return b.Errorf(b.side, "expected %s for the %s of a %s, found %s", want, b.Text(b.part), b.Text(b.kind), side)
}

// reason returns what Xendit calls the line, with its description, for people.
func (b *balance) reason() string {
	reason := b.Text(b.kind) + " " + b.Text(b.part)
	if d := b.Text(b.description); d != "" {
		reason += ": " + d
	}
	return clipText(reason)
}

// time reads when the line was booked: Settlement Date of a payment, Completed Date, else when it was created.
func (b *balance) time(o *providers.Outcome) (err error) {
	if o.Kind == providers.Settled && b.Text(b.settled) != "" {
		o.At, err = b.Time(b.settled, b.zone)
		return err
	}
	o.At, err = b.first(b.zone, b.completed, b.createdISO, b.created)
	return err
}
