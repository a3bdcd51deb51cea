package adyen

import (
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

// settlement reads the settlement details report. Gross amounts are in the currency of the payment, (GC), net amounts
// and fees in that of the settlement, (NC); each has a column of debits and one of credits.
type settlement struct {
	row
	fees feeColumns

	sort, payment, reference, modification, modificationReference tabular.Column
	merchant, batch                                               tabular.Column
	grossCurrency, grossDebit, grossCredit, rate                  tabular.Column
	netCurrency, netDebit, netCredit                              tabular.Column
	booked, bookedZone, created, createdZone                      tabular.Column
}

// openSettlement finds the columns. The error names all that are missing at once.
func openSettlement(c *tabular.Columns, r row) (providers.Report, error) {
	s := &settlement{
		row:                   r,
		fees:                  findFees(c.Sheet, "(NC)"),
		sort:                  c.Need("Type"),
		payment:               c.Need("Psp Reference"),
		reference:             c.Column("Merchant Reference"),
		modification:          c.Need("Modification Reference", "Modification Psp Reference"),
		modificationReference: c.Column("Modification Merchant Reference"),
		merchant:              c.Need("Merchant Account"), // batches are numbered for each
		batch:                 c.Need("Batch Number"),
		grossCurrency:         c.Need("Gross Currency"),
		grossDebit:            c.Need("Gross Debit (GC)"),
		grossCredit:           c.Need("Gross Credit (GC)"),
		rate:                  c.Column("Exchange Rate"),
		netCurrency:           c.Need("Net Currency"),
		netDebit:              c.Need("Net Debit (NC)"),
		netCredit:             c.Need("Net Credit (NC)"),
		booked:                c.Column("Booking Date"),
		bookedZone:            c.Column("Booking Date TimeZone", "TimeZone"),
		created:               c.Column("Creation Date"),
		createdZone:           c.Column("TimeZone"),
	}
	// A report may have the creation date alone.
	if !s.booked.Found() {
		s.created = c.Need("Creation Date", "Booking Date")
	}
	if !s.fees.found() {
		c.Lack("Commission (NC), Markup (NC), Scheme Fees (NC) and Interchange (NC)")
	}
	if err := c.Complete("Adyen's " + settlementReport); err != nil {
		return nil, err
	}
	return s, nil
}

// Format returns the name of the report.
func (s *settlement) Format() string { return settlementReport }

// A settlementType is what a line of a type means.
type settlementType struct {
	kind providers.Kind
	side int  // of the gross amount, 1 for a credit; 0 where the line is of no payment, or there need be none
	held bool // what it moves is owed still
}

// settlementTypes has the types of lines in lower case (docs.adyen.com reporting/settlement-detail-report). Those of
// knownOthers are Other, and all others Unknown.
var settlementTypes = map[string]settlementType{
	"settled":            {kind: providers.Settled, side: 1},
	"refunded":           {kind: providers.Refunded, side: -1},
	"refundedreversed":   {kind: providers.RefundFailed, side: 1},
	"chargeback":         {kind: providers.Chargeback, side: -1},
	"secondchargeback":   {kind: providers.SecondChargeback, side: -1},
	"chargebackreversed": {kind: providers.ChargebackReversed, side: 1},
	"fee":                {kind: providers.Fee},
	"invoicededuction":   {kind: providers.Fee},
	"paymentcost":        {kind: providers.Fee},
	"paidout":            {kind: providers.Payout},
	"paidoutreversed":    {kind: providers.PayoutFailed},
	"merchantpayout":     {kind: providers.Payout},
	"balancetransfer":    {kind: providers.Other, held: true},
	"depositcorrection":  {kind: providers.Other, held: true},
}

// Next reads a line. Each has to name its batch and a time, and have a net amount: without any of them the sum of the
// batch could not be compared with what was paid out.
func (s *settlement) Next() (o providers.Outcome, err error) {
	if err := s.Sheet.Next(); err != nil {
		return o, err
	}
	if err := s.Uncut(s.sort, s.reference, s.payment, s.modification,
		s.modificationReference, s.batch, s.merchant); err != nil {
		return o, err
	}
	name := s.Text(s.sort)
	t, known := settlementTypes[strings.ToLower(name)]
	if !known {
		t.kind = otherType(name)
	}
	if name == "" {
		return o, s.Errorf(s.sort, "expected what the line is, such as Settled, found nothing")
	}
	o = providers.Outcome{
		Kind: t.kind, Held: t.held, Line: s.Line(),
		Reference: s.Text(s.reference), ProviderReference: s.Text(s.payment),
		Batch: s.Text(s.batch), Receiver: s.Text(s.merchant),
	}
	if err := s.names(&o, &t, name); err != nil {
		return providers.Outcome{}, err
	}
	if err := s.money(&o, &t, name); err != nil {
		return providers.Outcome{}, err
	}
	if o.At, err = s.at(); err != nil {
		return providers.Outcome{}, err
	}
	// Only now the amount and the time are known that such a line is named by.
	if o.ID == "" && !o.OfPayment() {
		o.ID = s.ownID(&o, name)
	}
	return o, nil
}

// ownID names a line of no payment, which has no reference but a text, by all that it says. It is the same
// where a spreadsheet has saved the report without seconds, and where the zone is not the one it was read with
// before.
func (s *settlement) ownID(o *providers.Outcome, name string) string {
	return name + ":" + o.Receiver + "/" + o.Batch + ":" + s.Text(s.modification) + ":" +
		s.table.Format(o.Net) + " " + string(o.Net.Currency()) + ":" + o.At.Format("2006-01-02T15:04")
}

// names completes what the line is called. The Modification Reference of a line of no payment is text, for people, in
// that of a payout is the number that the bank's statement has.
func (s *settlement) names(o *providers.Outcome, t *settlementType, name string) error {
	if o.Batch == "" {
		return s.Errorf(s.batch, "expected a batch number, found nothing")
	}
	if t.side != 0 && !o.OfPayment() {
		return s.Errorf(s.payment, "expected the payment that was %s, found nothing", name)
	}
	if o.Kind == providers.Other || o.Kind == providers.Unknown {
		o.Reason = name
	}
	modification := s.Text(s.modification)
	switch {
	// One modification may have several lines, such as a refund and its reversal: the type tells them apart.
	case o.OfPayment() && modification != "":
		o.ID = name + ":" + modification
	case !o.OfPayment() && (o.Kind == providers.Payout || o.Kind == providers.PayoutFailed):
		o.ID = name + ":" + o.Receiver + "/" + o.Batch + ":" + modification
	}
	o.Movement = modificationName(modification, o.ProviderReference)
	o.Ours = modificationName(s.Text(s.modificationReference), o.Reference)
	return nil
}

// side reads an amount that is in one of two columns, a debit with a minus.
func (s *settlement) side(debit, credit tabular.Column, cur money.Currency) (a money.Amount, given bool, err error) {
	d, isDebit, err := s.amount(debit, cur)
	if err != nil {
		return a, false, err
	}
	c, isCredit, err := s.amount(credit, cur)
	switch {
	case err != nil:
		return a, false, err
	// A debit below zero could mean a credit. Which one it is would be a guess.
	case d.Sign() < 0 || c.Sign() < 0 || !d.IsZero() && !c.IsZero():
		return a, false, s.Errorf(debit, "expected a debit or a credit above 0, found %q and %q",
			s.Text(debit), s.Text(credit))
	case isCredit && !c.IsZero():
		return c, true, nil
	case isDebit:
		return d.Neg(), true, nil
	}
	return c, isCredit, nil
}

// money reads what the line moved.
func (s *settlement) money(o *providers.Outcome, t *settlementType, name string) error {
	cur := money.Currency(s.Text(s.netCurrency))
	net, given, err := s.side(s.netDebit, s.netCredit, cur)
	if err != nil {
		return err
	}
	if !given {
		return s.Errorf(s.netDebit, "expected a net debit or credit, found neither")
	}
	gross, isGross, err := s.side(s.grossDebit, s.grossCredit, money.Currency(s.Text(s.grossCurrency)))
	if err != nil {
		return err
	}
	fees, sum, err := s.fees.read(s.row, cur)
	if err != nil {
		return err
	}
	// What is a fee of a line that nobody knows would be booked as one. The net alone says what it moved.
	if o.Net = net; o.Kind != providers.Unknown {
		o.Fees = fees
	}
	if t.side == 0 {
		return s.noPayment(o, gross, isGross, sum)
	}
	if gross.Sign() != t.side {
		return s.Errorf(s.grossDebit, "expected a gross %s of what was %s, found a debit of %q and a credit of %q",
			map[int]string{1: "credit", -1: "debit"}[t.side], name, s.Text(s.grossDebit), s.Text(s.grossCredit))
	}
	return s.payments(o, gross, sum)
}

// payments completes a line of a payment.
func (s *settlement) payments(o *providers.Outcome, gross money.Amount, fees money.Int) error {
	rate, err := s.Number(s.rate)
	if err != nil {
		return err
	}
	// Without the rate nobody could say whether the net is what it should be.
	if rate == "" && gross.Currency() != o.Net.Currency() {
		return s.Errorf(s.rate, "expected a rate from %s to %s, found none", gross.Currency(), o.Net.Currency())
	}
	if err := balanced(gross, o.Net, fees, rate, s.table); err != nil {
		return s.Errorf(s.netDebit, "%s", err)
	}
	o.Amount = gross.Abs()
	if gross.Currency() != o.Net.Currency() {
		o.Rate = s.Text(s.rate)
	}
	if ofDispute(o.Kind) {
		o.Fees = dispute(o.Net.Currency(), fees)
	}
	return nil
}

// ofDispute reports whether an outcome of that kind is of a dispute.
func ofDispute(k providers.Kind) bool {
	return k == providers.Chargeback || k == providers.ChargebackReversed || k == providers.SecondChargeback
}

// dispute returns the fees of a dispute, all in one of type Dispute: whoever bears the fees of disputes bears
// them all, whatever column Adyen has them in.
func dispute(cur money.Currency, sum money.Int) []posting.Fee {
	if sum.IsZero() {
		return nil
	}
	return []posting.Fee{{Type: posting.FeeDispute, Amount: money.FromInt(sum, cur)}}
}

// noPayment completes a line that need not be of a payment: its net is all it says, but where a gross amount is
// told it has to fit.
func (s *settlement) noPayment(o *providers.Outcome, gross money.Amount, given bool, fees money.Int) error {
	if given && gross.Currency() == o.Net.Currency() && !gross.IsZero() && o.Kind != providers.Unknown {
		if err := balanced(gross, o.Net, fees, "", s.table); err != nil {
			return s.Errorf(s.netDebit, "%s", err)
		}
	}
	// The net of a fee's line is the fee. Where columns of fees explain all of it, they say of which type it is.
	if o.Kind == providers.Fee {
		if !o.Net.Int().Add(fees).IsZero() {
			o.Fees = []posting.Fee{{Type: posting.FeeGeneral, Amount: o.Net.Neg()}}
		}
		return nil
	}
	o.Amount = o.Net.Abs()
	switch {
	// Money that comes in cannot be a payout, whatever the type says.
	case o.Kind == providers.Payout && o.Net.Sign() > 0:
		o.Kind, o.Reason = providers.PayoutFailed, "the payout came back"
	case o.Kind == providers.PayoutFailed && o.Net.Sign() < 0:
		return s.Errorf(s.netDebit, "expected a net credit of a payout that came back, found a debit")
	}
	return nil
}

// at reads when the line was booked, or where the report has no booking date when it was made.
func (s *settlement) at() (at time.Time, err error) {
	if at, err = s.Time(s.booked, s.bookedZone); err == nil && at.IsZero() {
		at, err = s.Time(s.created, s.createdZone)
	}
	if err == nil && at.IsZero() {
		err = s.Errorf(s.created, "expected a time, found nothing")
	}
	return at, err
}
