// Package stripe reads what Stripe tells a platform of its own account and its connected accounts, and writes what
// its requests say of splits.
//
// # Reports
//
// A report is of one account: of [providers.ReportOptions].Account, or the platform's, or where a column
// connected_account names it. All of them have a balance transaction a line. The tables of activity and of payout
// reconciliation are read of the platform alone: those of connected accounts do not tell what of a fee is the
// platform's.
//
//   - Balance transactions as JSON, as GET /v1/balance_transactions answers them, in one page or several. What a charge,
//     refund or dispute is of, its source tells where it was asked for (expand[]=data.source); else the books must
//     know its id.
//   - Itemised balance change from activity, and itemised payout reconciliation, as CSV: told apart by the column
//     destination_payment_id, which only the second may have.
//   - Itemised payouts, as CSV, also those of connected accounts.
//
// Columns are chosen when a report is run, and the default ones have no ids: source_id and the times in UTC are
// needed. A time without _utc is read in [providers.ReportOptions].Zone where that is given. A category that is none
// of docs.stripe.com/reports/reporting-categories is [providers.Unknown].
//
// # Amounts
//
// The API counts in Stripe's own minor units: ISK and UGX have two decimals there, MGA none. Reports are in major
// units. Both are converted where they are read; what is not whole then is refused. A transaction is in the currency
// of the settlement. Where the customer saw another one, the outcome's amount is in that; where nobody says how much
// that was, it is the payment's.
//
// # Names
//
// The id of the balance transaction is the [providers.Outcome.ID] of a line, and of notifications that name it.
// [providers.Outcome.ProviderReference] is the PaymentIntent; Reference is the metadata order_id of the payment; and
//
//	kind                                      Movement            Account         Counterparty
//	settled, captured, capture_reversed       the charge          the report's    –
//	refunded, refund_failed                   the refund          the report's    –
//	chargeback, chargeback_reversed           the dispute         the report's    –
//	split (transfer, platform_earning)        tr_, fee_           the report's    the connected account
//	split (of one that was given back)        trr_, fr_           the report's    the connected account
//	payout, payout_failed                     the payout          the report's    –
//
// A line of a transfer or of a fee for the platform names no payment. It is a split where a payment has one of that
// reference, and else a transfer.
//
// # Notifications
//
// Webhooks are read whose header Stripe-Signature has a v1 of one of the keys: HMAC-SHA256 of time and body, with the
// endpoint's secret as text. Each retry is signed anew, so that they are good for five minutes, unless
// [providers.Keys].MaxAge says more. Where an event has amounts that add up over time (charge.refunded,
// transfer.reversed), each refund and reversal counts by itself. Thin events, of the second version of the API, have
// no data and are refused: endpoints for snapshots tell the same.
//
// Endpoints for connected accounts get live and test events, with one secret. Those of test mode are refused, unless
// [providers.Keys].TestMode asks for them, and then live ones are. So are balance transactions whose sources tell their
// mode, by [providers.ReportOptions].TestMode. Tables do not tell it.
//
// # Requests
//
// A [Writer] writes requests for payments, captures, refunds, transfers and their reversals. A refund's splits are
// those that Stripe's flags come to, and no others.
//
// # Inferred
//
// No report of a real account and no recorded notification was seen. The documents do not say, and this package
// infers: the dialect of reports (comma, point, UTF-8, times without zone); which sign the amounts of a category have
// where they have one; that a payout's amounts are below zero; that the fee of a dispute is in the row that takes the
// money; that the rest of a charge that was captured in part, and a charge that failed, are a capture that is taken
// back; that a refund which is pending has been booked where it has a balance transaction; that taxes and passed-on
// fees are of Stripe's fee; that the payment a transfer makes at a connected account has the transfer as
// source_transfer.
package stripe

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/objects"
	"github.com/splitledger/splitledger/providers/tabular"
)

// Name is the name of the provider.
const Name = "stripe"

// orderKey is the metadata of a payment that has the platform's reference of it.
const orderKey = "order_id"

// An Adapter reads Stripe's reports and webhooks. The zero value is ready to use.
type Adapter struct{}

// New returns the adapter.
func New() providers.Adapter { return Adapter{} }

// Name returns [Name].
func (Adapter) Name() string { return Name }

// TellsMode returns the name of the member that says whether something is of test mode.
func (Adapter) TellsMode() string { return "livemode" }

// wrongMode refuses what is of the other mode than is asked for.
func wrongMode(live *bool, test bool) error {
	if live == nil {
		return errors.New("livemode: expected true or false, found nothing")
	}
	return providers.OfMode("livemode", *live, test)
}

// The names of the reports.
const (
	transactions   = "balance transactions"
	activity       = "itemised balance change from activity"
	reconciliation = "itemised payout reconciliation"
	payouts        = "itemised payouts"
)

// Formats lists the reports that [Adapter.Open] reads.
func (Adapter) Formats() []providers.Format {
	return []providers.Format{
		{Name: transactions, Doc: "all that changed the balance of one account, as JSON: " +
			"docs.stripe.com/api/balance_transactions/list",
			Transfers: providers.OfReported, Payouts: providers.OfReported},
		{Name: activity,
			Doc:       "all that changed the balance of one account but payouts: docs.stripe.com/reports/balance",
			Transfers: providers.OfReported},
		{Name: reconciliation, Doc: "what each automatic payout of one account consists of: " +
			"docs.stripe.com/reports/payout-reconciliation"},
		{Name: payouts, Doc: "payouts, and those that came back: docs.stripe.com/reports/report-types",
			Payouts: providers.OfReported},
	}
}

// Open begins to read a report: JSON or a table, as its first character tells.
func (Adapter) Open(r io.Reader, o providers.ReportOptions) (providers.Report, error) {
	account := cmp.Or(o.Account, string(accounts.Platform))
	text, err := tabular.Plain(r)
	if err != nil {
		return nil, err
	}
	b := bufio.NewReader(text)
	if isJSON(b) {
		in, err := objects.Open(b, "balance transactions", "a balance transaction", "data")
		if err != nil {
			return nil, err
		}
		return openList(in, o, account)
	}
	s, err := tabular.Open(b, tabular.Options{Dates: o.Dates, Decimal: o.Decimal})
	if err != nil {
		return nil, err
	}
	if !s.Column("balance_transaction_id").Found() {
		return nil, fmt.Errorf("expected balance transactions of Stripe's as JSON, or a report with a column "+
			"balance_transaction_id, found the columns %s", s.HeaderText())
	}
	return openTable(s, o, account)
}

// isJSON reports whether a text begins as JSON does.
func isJSON(b *bufio.Reader) bool {
	for n := 1; ; n++ {
		head, err := b.Peek(n)
		if err != nil || len(head) < n {
			return false
		}
		switch head[n-1] {
		case ' ', '\t', '\r', '\n':
		case '{', '[':
			return true
		default:
			return false
		}
	}
}
