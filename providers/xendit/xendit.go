// Package xendit reads what Xendit tells a platform of its xenPlatform accounts, and writes what it is asked.
//
// An [Adapter] reads two reports as CSV. The balance report (docs.xendit.co balance-report) is the ledger of
// one account: a payment is a line of type TRANSACTION, then its FEE and VAT, and every line has the balance
// after it. The transactions report (docs.xendit.co transactions-report, versions 0, 1 and 2) has a line for
// each transaction with its fees; whether a payment is settled is in Settlement Status, in version 0 in
// Timestamp - Settled. Both are of one account: [providers.ReportOptions] name it.
//
// It reads webhooks of split payments, payments, refunds, disputes and reports, and the older callback of
// invoices. They carry a fixed token and no signature, so they are hints: the report proves.
//
// A [Writer] writes requests.
//
// # Amounts
//
// Xendit counts in major units, 150.45, in JSON too. They are read digit by digit and become minor units of ISO 4217.
// Rupiah are whole at Xendit (docs.xendit.co create-transfers) and have two decimals in ISO 4217: 100000 is
// 10000000, and what is not whole is refused.
//
// # Names
//
// Transaction ID is the [providers.Outcome.ID] of a line, the same in both reports; on fee and tax lines with
// their type behind it. What names the movement, and the account:
//
//	kind                     channel               Movement            Ours          Account
//	captured                 payment.capture       capture_id          –             business_id
//	captured, settled        transactions report   Capture ID          –             the report's
//	settled                  balance report        –                   –             the report's
//	captured, settled        invoice callback      –                   –             user_id
//	capture_reversed         either report         Capture ID, or –    –             the report's
//	refunded, refund_failed  refund.*              id (rfd-)           reference_id  business_id
//	refunded, refund_failed  either report         Product ID (rfd-)   Reference     the report's
//	chargeback, …_reversed   dispute.*             id                  –             –
//	chargeback, …_reversed   transactions report   –                   –             the report's
//	split, split_failed      split.payment         id                  –             destination_account_id; Counterparty source_account_id
//	split, split_failed      either report         Product ID [I]      –             the report's
//	transfer                 either report         Transaction ID      –             the report's
//	payout, payout_failed    either report         Transaction ID      Reference     the report's
//	fee                      balance report        its transaction's   the same      the report's
//
// The report's account is [providers.ReportOptions.Account], by default platform. A Product ID that begins with
// py- is the payment's, which is no movement; those of older products do not tell what they are of, and name no
// refund. The fee, tax and reversal lines of one Transaction ID have it as [providers.Outcome.Group].
//
// Reference is what the transaction is of: the payment's, the refund's, of PLATFORM_FEE, TRANSFER, TRANSFER_IN
// and TRANSFER_OUT the route's. The last three may be transfers of one's own, which have their own reference
// there: a split whose [providers.Outcome.Common] is set is a transfer if no payment has a split of that
// reference. Common is then the platform's reference of it, and what the lines of both accounts have alike [I].
// Without a reference it is a transfer.
//
// # Inferred
//
// No report of a real account was seen. The documents do not say, and this package infers: comma, quotes as in
// RFC 4180 and UTF-8; RFC 3339 times; that amounts have no sign; that a split is a PLATFORM_FEE or TRANSFER in
// the balance report, and TRANSFER_OUT and TRANSFER_IN in the transactions report, with the route's reference;
// that a lost dispute has taken its money, and a dispute that is won gives it back; that a PAYMENT
// TRANSACTION_REVERSAL, and a settled payment with the status REVERSED, take a capture back; all of the invoice
// callback.
package xendit

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

// Name is the name of the provider.
const Name = "xendit"

// An Adapter reads Xendit's reports and webhooks. The zero value is ready to use.
type Adapter struct{}

// New returns the adapter.
func New() providers.Adapter { return Adapter{} }

// Name returns [Name].
func (Adapter) Name() string { return Name }

// The names of the reports.
const (
	balanceReport      = "balance report"
	transactionsReport = "transactions report"
)

// Formats lists the reports that [Adapter.Open] reads.
func (Adapter) Formats() []providers.Format {
	return []providers.Format{
		{Name: balanceReport,
			Doc:       "the ledger of one account, with its balance after every line: docs.xendit.co balance-report",
			Transfers: providers.OfReported, Payouts: providers.OfReported},
		{Name: transactionsReport,
			Doc: "the transactions of one account with their fees, settled or not, versions 0, 1 and 2: " +
				"docs.xendit.co transactions-report",
			Transfers: providers.OfReported, Payouts: providers.OfReported},
	}
}

// accountOf returns the account that a report is of: the platform's where nobody says.
func accountOf(o providers.ReportOptions) string { return cmp.Or(o.Account, string(accounts.Platform)) }

// Open begins to read a report. Columns are found by name; their order does not matter, and there may be others.
func (Adapter) Open(r io.Reader, o providers.ReportOptions) (providers.Report, error) {
	s, err := tabular.Open(r, tabular.Options{Dates: o.Dates, Decimal: o.Decimal, Zone: o.Zone})
	if err != nil {
		return nil, err
	}
	switch {
	case s.Column("Line Type").Found():
		return openBalance(s, o)
	case s.Column("Net Amount").Found():
		return openTransactions(s, o)
	}
	return nil, fmt.Errorf("expected Xendit's balance report, with a column Line Type, or its transactions report, "+
		"with a column Net Amount, found the columns %s",
		s.HeaderText())
}

// A line reads cells of the current row.
type line struct {
	*tabular.Sheet
	table money.Table
}

// currency reads a currency that the table has.
func (l line) currency(c tabular.Column) (money.Currency, error) {
	cur := money.Currency(l.Text(c))
	if _, ok := l.table.Exponent(cur); !ok {
		return "", l.Errorf(c, "expected a currency, found %q", clip(string(cur)))
	}
	return cur, nil
}

// amount reads an amount in major units; an empty cell is zero if it may be, as those of fees that were not charged.
func (l line) amount(c tabular.Column, cur money.Currency, mayBeEmpty bool) (money.Amount, error) {
	a, given, err := l.Amount(c, cur, decimals(cur, l.table), l.table)
	if err == nil && !given {
		a = money.New(0, cur)
		if !mayBeEmpty {
			err = l.Errorf(c, "expected an amount, found nothing")
		}
	}
	return a, err
}

// first reads the first time that is given; the zero time if none is. Versions of the reports have times under several
// names, of which the most exact is asked for first.
func (l line) first(zone tabular.Column, times ...tabular.Column) (time.Time, error) {
	for _, c := range times {
		if l.Text(c) != "" {
			return l.Time(c, zone)
		}
	}
	return time.Time{}, nil
}
