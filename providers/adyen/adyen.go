// Package adyen reads what Adyen for Platforms tells a platform, and writes what its requests say of splits.
//
// An [Adapter] reads five reports as CSV, by the names of their columns: the order does not matter, there may be
// others, and those that are not needed may be missing.
//
//   - Settlement details report (docs.adyen.com reporting/settlement-detail-report): what one merchant account
//     was paid for in one batch. The merchant account is the Receiver; all lines of a batch with its
//     MerchantPayout sum to zero.
//   - Payments accounting report (docs.adyen.com reporting/invoice-reconciliation/payment-accounting-report):
//     every change of a payment's state. SentForSettle is captured, and what is payable counts on Settled
//     alone. It has no batches.
//   - Balance platform accounting report (docs.adyen.com balance platform accounting report): every step of
//     every transfer of every balance account, a transfer for each split. Those with a Transaction Id are
//     booked, all others are Other and move nothing. Each is of one account alone; a transfer between two has a
//     line of each.
//   - Payout report (docs.adyen.com balance platform payout report): what each payout to a bank consists of.
//     The Payout Date is the Batch, the balance account the Receiver, and Rolling Balance what Adyen owes after
//     the line.
//   - Balance report (docs.adyen.com balance platform balance report): what each balance account had at the beginning
//     and the end of a day.
//
// It reads standard webhooks, and balance platform webhooks of transfers. A webhook that says that a capture or refund
// had no success is a settlement that failed, or a refund that failed; any other that had none says nothing of money.
// Nothing rests on additionalData, which is not signed: what CANCEL_OR_REFUND did is left to other events and reports.
//
// A type, category or event that is in none of Adyen's lists is Unknown.
//
// [Writer] writes the splits and platformChargebackLogic of requests, and those of transfers between balance accounts.
//
// # Amounts
//
// Adyen counts some currencies with other decimals than ISO 4217: IDR and CVE with none, CLP and ISK with two.
// Amounts are converted where they are read and written; what is not whole then is refused.
//
// A line of which gross × rate − fees is not its net is refused. Where currencies differ, a hundredth of the
// settlement's currency is let pass, as Adyen rounds after the conversion.
//
// # Names
//
// Transaction Id is the [providers.Outcome.ID] of what the balance platform booked, the same in both of its reports
// and in webhooks. The ID of a line of the other reports is its type and reference, "Settled:EXMOD00000000101", of a
// webhook's item the eventCode and pspReference, "CAPTURE:EXMOD00000001001". [providers.Outcome.Movement] is the
// reference of the capture, refund or dispute, or the Transfer Id of a payout or transfer; the payment's own reference
// and placeholders such as <auto> are none. The lines of no payment in the settlement details report have a text
// there, which is no name. The two lines of a transfer have one referenceForBeneficiary, [providers.Outcome.Common].
//
// # Inferred
//
// That Adyen's Amount and Balance (PC) are equal on booked lines of one currency; that a fee's row is told by the
// description that Adyen gives it; that the Captured (PC) of a refund is the refund, and that a chargeback in the
// payments accounting report which has none took what is payable less its fees; that BalanceTransfer and
// DepositCorrection set aside what is owed still; that the correction of a dispute is a dispute of the difference;
// that a line of a payment without a merchant reference and a split is a scheduled top-up; that what the columns of a
// fee's parts leave is a fee of no type of its own; that webhooks are repeated with the timestamp they first had, for
// which [providers.Keys] without MaxAge take them for 31 days.
package adyen

import (
	"fmt"
	"io"
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

// Name is the name of the provider.
const Name = "adyen"

// An Adapter reads Adyen's reports and webhooks. The zero value is ready to use.
type Adapter struct{}

// New returns the adapter.
func New() providers.Adapter { return Adapter{} }

// Name returns [Name].
func (Adapter) Name() string { return Name }

// The names of the reports.
const (
	settlementReport = "settlement details report"
	paymentsReport   = "payments accounting report"
	accountingReport = "balance platform accounting report"
	payoutReport     = "payout report"
	balanceReport    = "balance report"
)

// Formats lists the reports that [Adapter.Open] reads.
func (Adapter) Formats() []providers.Format {
	return []providers.Format{
		{Name: settlementReport, Doc: "what a merchant account was paid for in a batch, with fees and the payout: " +
			"docs.adyen.com reporting/settlement-detail-report",
			Payouts: providers.OfPlatform},
		{Name: paymentsReport, Doc: "every change of a payment's state, with fees: " +
			"docs.adyen.com reporting/invoice-reconciliation/payment-accounting-report"},
		{Name: accountingReport,
			Doc: "every step of every transfer of every balance account, a transfer for each split: " +
				"docs.adyen.com balance platform accounting report",
			Transfers: providers.OfAll, Payouts: providers.OfAll},
		{Name: payoutReport, Doc: "what each payout of a balance account to a bank consists of: " +
			"docs.adyen.com balance platform payout report",
			Payouts: providers.OfAll},
		{Name: balanceReport, Doc: "what each balance account had at the beginning and the end of a day: " +
			"docs.adyen.com balance platform balance report"},
	}
}

// Open begins to read a report.
func (Adapter) Open(r io.Reader, o providers.ReportOptions) (providers.Report, error) {
	s, err := tabular.Open(r, tabular.Options{Dates: o.Dates, Decimal: o.Decimal, Zone: o.Zone})
	if err != nil {
		return nil, err
	}
	c := &tabular.Columns{Sheet: s}
	t := row{s, o.Table}
	// Each report has a column that the others have not.
	switch {
	case s.Column("Record Type").Found():
		return openPayments(c, t)
	case s.Column("Net Currency").Found():
		return openSettlement(c, t)
	case s.Column("Balance (PC)").Found():
		return openPlatform(c, t)
	case s.Column("Closing Balance Amount").Found():
		return openBalance(c, t)
	}
	return nil, fmt.Errorf("expected a report of Adyen's: "+
		"settlement details (with a column Net Currency), payments accounting (Record Type), "+
		"balance platform accounting or payout (Balance (PC)), balance (Closing Balance Amount), found the columns %s",
		strings.Join(s.Header(), ", "))
}

// A row reads cells of the current row.
type row struct {
	*tabular.Sheet
	table money.Table
}

// amount reads an amount in major units; given says that there is one.
func (r row) amount(c tabular.Column, cur money.Currency) (a money.Amount, given bool, err error) {
	return r.Amount(c, cur, decimals(cur), r.table)
}

// feeColumns are the columns of fees of the settlement details and the payments accounting report.
type feeColumns [4]tabular.Column

// feeColumnTypes has the types of the fees in the order of the columns.
var feeColumnTypes = [len(feeColumns{})]posting.FeeType{posting.FeeCommission,
	posting.FeeMarkup, posting.FeeScheme, posting.FeeInterchange}

// findFees finds the columns whose names end in the given suffix, "(NC)".
func findFees(s *tabular.Sheet, suffix string) feeColumns {
	return feeColumns{s.Column("Commission " + suffix), s.Column("Markup " + suffix),
		s.Column("Scheme Fees " + suffix), s.Column("Interchange " + suffix)}
}

// found reports whether there is any of them.
func (f feeColumns) found() bool {
	return f[0].Found() || f[1].Found() || f[2].Found() || f[3].Found()
}

// read reads the fees of a row and their sum.
func (f feeColumns) read(r row, cur money.Currency) (fees []posting.Fee, sum money.Int, err error) {
	for i, c := range f {
		a, _, err := r.amount(c, cur)
		if err != nil {
			return nil, sum, err
		}
		// A fee below 0 is kept: with a refund, Adyen may give some of its own back.
		if !a.IsZero() {
			if fees == nil {
				fees = make([]posting.Fee, 0, len(f))
			}
			fees = append(fees, posting.Fee{Type: feeColumnTypes[i], Amount: a})
			sum = sum.Add(a.Int())
		}
	}
	return fees, sum, nil
}
