package adyen

import (
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

// payments reads the payments accounting report. Its amounts are in two currencies: those of the payment's registers
// in the payment's own, (PC), and what is payable and its fees in that of the settlement, (SC).
type payments struct {
	row
	costs feeColumns

	// sort is the type of the record. modification is the capture, refund or dispute that the record is of; a record of
	// the payment itself has none.
	sort, payment, reference, modification, modificationReference tabular.Column
	booked, zone                                                  tabular.Column
	// main is the amount of the record where no register of the payment changes.
	mainCurrency, main tabular.Column
	// authorised and captured are registers, by how much the record changes them. rate is from the payment's currency
	// to the settlement's.
	currency, authorised, captured, rate tabular.Column
	settlementCurrency, payable          tabular.Column
}

// openPayments finds the columns. The error names all that are missing at once.
func openPayments(c *tabular.Columns, r row) (providers.Report, error) {
	p := &payments{
		row:                   r,
		costs:                 findFees(c.Sheet, "(SC)"),
		sort:                  c.Need("Record Type"),
		payment:               c.Need("Psp Reference"),
		reference:             c.Column("Merchant Reference"),
		modification:          c.Column("Modification Psp Reference"),
		modificationReference: c.Column("Modification Merchant Reference"),
		booked:                c.Need("Booking Date"),
		zone:                  c.Column("TimeZone"),
		mainCurrency:          c.Column("Main Currency"),
		main:                  c.Column("Main Amount"),
		currency:              c.Need("Payment Currency"),
		authorised:            c.Column("Authorised (PC)"),
		captured:              c.Need("Captured (PC)"),
		rate:                  c.Column("Exchange Rate"),
		settlementCurrency:    c.Need("Settlement Currency"),
		payable:               c.Need("Payable (SC)"),
	}
	if !p.costs.found() {
		c.Lack("Commission (SC), Markup (SC), Scheme Fees (SC) and Interchange (SC)")
	}
	if err := c.Complete("Adyen's " + paymentsReport); err != nil {
		return nil, err
	}
	return p, nil
}

// Format returns the name of the report.
func (p *payments) Format() string { return paymentsReport }

// A recordType is what a record of a type means.
type recordType struct {
	kind providers.Kind
	side int // of what becomes payable; 0 where the record makes nothing payable
}

// recordTypes has the types of records in lower case (docs.adyen.com payment accounting report; observed). Those of
// knownOthers are Other, and all others Unknown.
var recordTypes = map[string]recordType{
	"sentforsettle":      {kind: providers.Captured},
	"cancelled":          {kind: providers.Cancelled},
	"settled":            {providers.Settled, 1},
	"capturefailed":      {kind: providers.SettlementFailed},
	"refunded":           {providers.Refunded, -1},
	"refundfailed":       {kind: providers.RefundFailed},
	"refundedreversed":   {providers.RefundFailed, 1},
	"chargeback":         {providers.Chargeback, -1},
	"secondchargeback":   {providers.SecondChargeback, -1},
	"chargebackreversed": {providers.ChargebackReversed, 1},
	"paidout":            {providers.Payout, -1},
	"paidoutreversed":    {providers.PayoutFailed, 1},
}

// Next reads a record. One that moves something has to name its payment and its time; one that moves nothing is shown
// without them.
func (p *payments) Next() (o providers.Outcome, err error) {
	if err := p.Sheet.Next(); err != nil {
		return o, err
	}
	if err := p.Uncut(p.sort, p.reference, p.payment, p.modification, p.modificationReference); err != nil {
		return o, err
	}
	name := p.Text(p.sort)
	t, known := recordTypes[strings.ToLower(name)]
	if !known {
		t.kind = otherType(name)
	}
	movesNothing := t.kind == providers.Other || t.kind == providers.Unknown // as far as the adapter knows
	if name == "" {
		return o, p.Errorf(p.sort, "expected what the record is, such as Settled, found nothing")
	}
	o = providers.Outcome{
		Kind: t.kind, Line: p.Line(),
		Reference: p.Text(p.reference), ProviderReference: p.Text(p.payment),
	}
	o.Movement = modificationName(p.Text(p.modification), o.ProviderReference)
	o.Ours = modificationName(p.Text(p.modificationReference), o.Reference)
	if movesNothing {
		o.Reason = name
	} else if !o.OfPayment() {
		return providers.Outcome{}, p.Errorf(p.payment, "expected the payment that was %s, found nothing", name)
	}
	// A record of the payment itself has no modification. Its id has the record type too, as one modification has
	// several records: sent for settlement, settled, failed.
	if o.ID = p.Text(p.modification); o.ID == "" {
		o.ID = o.ProviderReference
	}
	if o.ID != "" {
		o.ID = name + ":" + o.ID
	}
	if err := p.money(&o, &t); err != nil {
		return providers.Outcome{}, err
	}
	if o.At, err = p.Time(p.booked, p.zone); err == nil && o.At.IsZero() && !movesNothing {
		err = p.Errorf(p.booked, "expected a time, found nothing")
	}
	if err != nil {
		return providers.Outcome{}, err
	}
	return o, nil
}

// money reads what the record changed: the amount of the payment, always above 0, and what became payable, with its
// sign. Only Settled and what comes after it makes anything payable: SentForSettle is the capture.
func (p *payments) money(o *providers.Outcome, t *recordType) error {
	payable, given, err := p.row.amount(p.payable, money.Currency(p.Text(p.settlementCurrency)))
	if err != nil {
		return err
	}
	captured, err := p.register()
	if err != nil {
		return err
	}
	o.Amount = captured.Abs()
	switch {
	case t.kind == providers.Captured, t.kind == providers.Cancelled:
		return p.amountOf(o)
	// A capture or refund that failed, or a record of no meaning here, may still change what is payable: the net is
	// kept, so that the sum of all that is payable agrees with Adyen's.
	case t.side == 0:
		if given && !payable.IsZero() {
			o.Net = payable
		}
		if t.kind == providers.Other || t.kind == providers.Unknown {
			return nil
		}
		return p.amountOf(o)
	}
	return p.settled(o, t, captured, payable, given)
}

// register reads the first register of the payment that the record changes. A cancellation changes the authorised
// amount alone; where both change, what was captured is what the record is about.
func (p *payments) register() (a money.Amount, err error) {
	cur := money.Currency(p.Text(p.currency))
	for _, c := range []tabular.Column{p.captured, p.authorised} {
		if a, _, err = p.row.amount(c, cur); err != nil || !a.IsZero() {
			return a, err
		}
	}
	return a, nil
}

// amountOf completes a record that makes nothing payable: the amount is the register's, else the main one.
func (p *payments) amountOf(o *providers.Outcome) error {
	if o.Amount.IsZero() {
		a, _, err := p.row.amount(p.main, money.Currency(p.Text(p.mainCurrency)))
		if err != nil {
			return err
		}
		o.Amount = a.Abs()
	}
	// A cancellation gives up all that is authorised, so it needs no amount.
	if o.Amount.IsZero() && o.Kind != providers.Cancelled {
		return p.Errorf(p.captured, "expected an amount, found none")
	}
	return nil
}

// settled completes a record that makes something payable. What is settled by others than Adyen has no payable amount.
func (p *payments) settled(o *providers.Outcome, t *recordType, captured, payable money.Amount, given bool) error {
	if !given {
		return p.amountOf(o)
	}
	fees, sum, err := p.costs.read(p.row, payable.Currency())
	if err != nil {
		return err
	}
	o.Net, o.Fees = payable, fees
	if ofDispute(o.Kind) {
		o.Fees = dispute(payable.Currency(), sum)
	}
	if captured.IsZero() { // a chargeback touches no register of the payment
		gross := money.FromInt(payable.Int().Add(sum), payable.Currency())
		if gross.Sign() != t.side {
			return p.Errorf(p.payable, "expected more than the fees of %s, found %q",
				p.table.Format(money.FromInt(sum, payable.Currency())), p.Text(p.payable))
		}
		o.Amount = gross.Abs()
		return nil
	}
	gross := captured.Abs()
	// The register shows less of what was captured, and the gross amount is a debit.
	if t.side < 0 {
		gross = gross.Neg()
	}
	rate, err := p.Number(p.rate)
	if err != nil {
		return err
	}
	if rate == "" && gross.Currency() != payable.Currency() {
		return p.Errorf(p.rate, "expected a rate from %s to %s, found none", gross.Currency(), payable.Currency())
	}
	if err := balanced(gross, payable, sum, rate, p.table); err != nil {
		return p.Errorf(p.payable, "%s", err)
	}
	if gross.Currency() != payable.Currency() {
		o.Rate = p.Text(p.rate)
	}
	return nil
}
