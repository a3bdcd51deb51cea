package adyen

import (
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

// platform reads the two reports of a balance platform: the accounting report, and the payout report, whose
// lines are all booked.
type platform struct {
	row
	format string

	// A transfer has several events, and those that change the balance have a transaction.
	account, transfer, transaction, event tabular.Column
	category, status, sort, description   tabular.Column
	// booked is when the balance changed, valued from when the money may be paid out.
	booked, bookedZone, valued, valuedZone tabular.Column
	// amount is in the currency of the transfer, originalMoney in that of the buyer where the two differ.
	currency, amount, original, originalMoney tabular.Column
	// balance is by how much the account's balance changed, rolling what it was then; only payout reports have rolling.
	balanceCurrency, balance, rolling tabular.Column
	// split is the platform's reference of the split, reference that of the payment, payment Adyen's.
	split, reference, payment tabular.Column
	// Of a transfer between two balance accounts: the other one, and the reference that the lines of both have.
	counterparty, common                tabular.Column
	modification, modificationReference tabular.Column
	paidOut                             tabular.Column

	// The parts of a payment's fee, as far as the platform has chosen to have them in its report.
	costs        [4]tabular.Column
	costCurrency tabular.Column
}

// costTypes has the types of fees in the order of [platform].costs.
var costTypes = [...]posting.FeeType{posting.FeeInterchange,
	posting.FeeScheme, posting.FeeMarkup, posting.FeeCommission}

// openPlatform finds the columns. The two reports of a balance platform have most of them in common; which one it is,
// the columns say that only one of them has.
func openPlatform(c *tabular.Columns, r row) (providers.Report, error) {
	p := &platform{
		row:                   r,
		format:                accountingReport,
		account:               c.Need("BalanceAccount"),
		transfer:              c.Column("Transfer Id"),
		transaction:           c.Need("Transaction Id"),
		event:                 c.Column("Event Id"),
		category:              c.Need("Category"),
		status:                c.Need("Status"),
		sort:                  c.Need("Type"),
		description:           c.Need("Description"),
		booked:                c.Need("Booking Date"),
		bookedZone:            c.Column("Booking Date TimeZone"),
		valued:                c.Column("Value Date"),
		valuedZone:            c.Column("Value Date TimeZone"),
		currency:              c.Need("Currency"),
		amount:                c.Column("Amount"),
		original:              c.Column("Original Currency"),
		originalMoney:         c.Column("Original Amount"),
		balanceCurrency:       c.Column("Payment Currency"),
		balance:               c.Need("Balance (PC)"),
		rolling:               c.Column("Rolling Balance"),
		split:                 c.Column("Reference"),
		reference:             c.Column("Psp Payment Merchant Reference"),
		payment:               c.Need("Psp Payment Psp Reference"),
		modification:          c.Column("Psp Modification Psp Reference"),
		modificationReference: c.Column("Psp Modification Merchant Reference"),
		counterparty:          c.Column("Counterparty Balance Account Id"),
		common:                c.Column("Reference for Beneficiary"),
		paidOut:               c.Column("Payout Date"),
		costs: [...]tabular.Column{c.Column("Platform Payment Interchange"), c.Column("Platform Payment Scheme Fee"),
			c.Column("Platform Payment Markup"), c.Column("Platform Payment Commission")},
		costCurrency: c.Column("Platform Payment Cost Currency"),
	}
	if p.rolling.Found() || p.paidOut.Found() {
		p.format = payoutReport
	}
	if err := c.Complete("Adyen's " + p.format); err != nil {
		return nil, err
	}
	return p, nil
}

// Format returns the name of the report.
func (p *platform) Format() string { return p.format }

// Next reads a line.
func (p *platform) Next() (o providers.Outcome, err error) {
	if err := p.Sheet.Next(); err != nil {
		return o, err
	}
	if err := p.Uncut(p.transfer, p.transaction, p.account, p.category, p.sort, p.status, p.reference, p.payment,
		p.modification, p.modificationReference, p.split, p.description, p.counterparty, p.common,
		p.costCurrency); err != nil {
		return o, err
	}
	if o, err = p.names(); err != nil {
		return providers.Outcome{}, err
	}
	cur := money.Currency(p.Text(p.balanceCurrency))
	if cur == "" {
		cur = money.Currency(p.Text(p.currency))
	}
	net, _, err := p.row.amount(p.balance, cur)
	if err != nil {
		return providers.Outcome{}, err
	}
	m := movement{
		category: p.Text(p.category), sort: p.Text(p.sort), status: p.Text(p.status), about: p.Text(p.description),
		id: p.Text(p.transfer), counterparty: p.Text(p.counterparty), common: given(p.Text(p.common)),
	}
	if m.category == ofPayment && m.sort == "capture" && net.Sign() > 0 {
		m.topUp = (p.reference.Found() || o.ProviderReference == "") && ofNoPayment(&o)
	}
	// Only what changes a balance has a transaction.
	if p.Text(p.transaction) == "" {
		return p.step(o, &m, net)
	}
	if err := p.money(&o, &m, net); err != nil {
		return providers.Outcome{}, err
	}
	return o, nil
}

// names reads what the line is called. The column Reference names the split where the line is of a payment, and is the
// platform's own name of the transfer in any other. A line without a balance account is refused: it could be anybody's.
func (p *platform) names() (providers.Outcome, error) {
	o := providers.Outcome{
		Line: p.Line(), ID: p.Text(p.transaction), Account: p.Text(p.account),
		Reference: p.Text(p.reference), ProviderReference: p.Text(p.payment),
	}
	o.Movement = modificationName(p.Text(p.modification), o.ProviderReference)
	o.Ours = modificationName(p.Text(p.modificationReference), o.Reference)
	if o.Account == "" {
		return o, p.Errorf(p.account, "expected a balance account, found nothing")
	}
	if p.Text(p.category) == ofPayment {
		o.Split = given(p.Text(p.split))
	} else if o.Ours == "" {
		o.Ours = given(p.Text(p.split))
	}
	if p.format == payoutReport {
		at, err := p.Time(p.paidOut, p.bookedZone) // so that a date which is cut short is no batch
		if err != nil {
			return o, err
		}
		if at.IsZero() && p.paidOut.Found() {
			return o, p.Errorf(p.paidOut, "expected the time of the payout, found nothing")
		}
		o.Batch, o.Receiver = p.Text(p.paidOut), o.Account
	}
	return o, nil
}

// step returns a line that is not booked: one step towards that, such as received or authorised. It is Other and moves
// nothing. A step that changes the balance is refused: money that moves without a transaction has no id to be booked
// under.
func (p *platform) step(o providers.Outcome, m *movement, net money.Amount) (providers.Outcome, error) {
	if !net.IsZero() {
		return providers.Outcome{}, p.Errorf(p.transaction,
			"expected a transaction where the balance changes by %s, found none", p.Text(p.balance))
	}
	o.Kind, o.ID = providers.Other, p.Text(p.event)
	o.Reason = "not booked: " + m.category + " " + m.sort + " " + m.status
	if !m.known() {
		o.Kind = providers.Unknown
	}
	// A step is part of no payout, and would otherwise count in its sum.
	o.Batch, o.Receiver = "", ""
	var err error
	o.At, err = p.Time(p.booked, p.bookedZone)
	if err != nil {
		return providers.Outcome{}, err
	}
	return o, nil
}

// money reads what a booked line moved. Net is what the balance of the account changed by, After what it was then, and
// Amount what the buyer or the bank sees.
func (p *platform) money(o *providers.Outcome, m *movement, net money.Amount) (err error) {
	if o.Amount, err = p.gross(net); err != nil {
		return err
	}
	if o.After, _, err = p.row.amount(p.rolling, net.Currency()); err != nil {
		return err
	}
	if m.category == ofPayment {
		if m.fees, err = p.fees(net.Currency()); err != nil {
			return err
		}
	}
	// Such a line closes a transfer that moved nothing, for instance a fee of 0.00.
	if net.IsZero() {
		o.Kind, o.Reason, o.Amount = providers.Other, "nothing: "+m.category+" "+m.sort+" "+m.status, money.Amount{}
		if !m.known() {
			o.Kind = providers.Unknown
		}
	} else {
		o.Net = net
		if err := m.interpret(o, p.table); err != nil {
			return p.Errorf(p.balance, "%s", err)
		}
	}
	return p.times(o)
}

// gross returns the amount of the line in the currency of the payment, without a sign, and compares it with what was
// booked. That the two are equal in one currency is inferred: a difference is refused, so that it comes to light.
func (p *platform) gross(net money.Amount) (money.Amount, error) {
	cur := money.Currency(p.Text(p.currency))
	a, given, err := p.row.amount(p.amount, cur)
	if err != nil {
		return a, err
	}
	if given && cur == net.Currency() && !a.Equal(net) {
		return a, p.Errorf(p.amount, "expected what is booked, %s, found %s", p.table.Format(net), p.table.Format(a))
	}
	// The column may be missing; then what was booked is the amount.
	if !given {
		a = net
	}
	// A payment in another currency than the account's is known by its original amount.
	if original := money.Currency(p.Text(p.original)); original != "" && original != cur {
		b, given, err := p.row.amount(p.originalMoney, original)
		if err != nil {
			return a, err
		}
		if given {
			a = b
		}
	}
	return a.Abs(), nil
}

// fees reads the parts of a fee, a cost above 0 though the report has a debit with a minus. There are none where they
// are in another currency than the fee is booked in: the fee is one sum of no type then.
func (p *platform) fees(cur money.Currency) (fees []posting.Fee, err error) {
	if money.Currency(p.Text(p.costCurrency)) != cur {
		return nil, nil
	}
	for i, c := range p.costs {
		a, _, err := p.row.amount(c, cur)
		if err != nil {
			return nil, err
		}
		if !a.IsZero() {
			fees = append(fees, posting.Fee{Type: costTypes[i], Amount: a.Neg()})
		}
	}
	return fees, nil
}

// times reads when the line counts: what is settled on the Value Date, when it may be paid out, and all else
// when it is booked.
func (p *platform) times(o *providers.Outcome) (err error) {
	o.At, err = p.Time(p.booked, p.bookedZone)
	if o.Kind == providers.Settled && err == nil {
		booked := o.At
		valued, err := p.Time(p.valued, p.valuedZone)
		if err != nil {
			return err
		}
		if !valued.IsZero() {
			o.At = valued
		}
		if booked.Before(valued) {
			o.Booked = booked
		}
	}
	if err == nil && o.At.IsZero() {
		err = p.Errorf(p.booked, "expected a time, found nothing")
	}
	return err
}
