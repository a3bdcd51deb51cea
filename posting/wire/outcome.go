// What a provider reports, before the books have said what that means to them.

package wire

import (
	"time"

	"github.com/splitledger/splitledger/money"
)

// An Outcome is one thing that a provider says has happened: a line of a report, or what a notification reports.
// Adapters of package providers make outcomes, package reconcile compares them with the books, and a provider.notice
// keeps one that waits. Amounts are in minor units of ISO 4217, whatever exponents the provider counts with.
type Outcome struct {
	Kind OutcomeKind

	// ID is the provider's own id of this line or message, if it has one. Two outcomes of one provider with the same
	// kind and ID are the same, reported twice. Of a row of an account it is the part of the movement.
	ID string

	Reference         string // the merchant's reference of the payment
	ProviderReference string // the provider's reference of the payment

	// Movement is the provider's reference of what it did: of the capture, refund, dispute, transfer or payout. Ours is
	// the platform's reference of the same. Neither is ever made up: an adapter leaves out what the provider did not
	// report.
	Movement string
	Ours     string

	// Account is the provider's name of the account whose balance changed, and Split the reference of the split. Part
	// is set where the outcome is of that account alone: Amount is the account's, not the whole movement's.
	Account string
	Split   string
	Part    bool

	// Counterparty is the provider's name of the other account of a transfer. Common is the reference that both rows of
	// one transfer have; empty where the provider reports none.
	Counterparty string
	Common       string

	// Amount is what happened, without sign and before fees, in the currency of the payment. It has no currency where
	// the provider does not name it: the payment's is meant.
	Amount money.Amount

	// Group is the ID of what the line is a part of, where one report of the provider has a movement with its fees
	// and another has the fees on lines of their own; both have it on all these lines. A fee that is reported both ways
	// is one fee.
	Group string

	// Shares are what accounts gave of a refund that is reported in one piece. A [Remainder] says that the merchant
	// gave the rest; without any the line does not say who gave it.
	Shares []Split

	// Fees are what the provider kept for it; a fee that is given back is negative. Of chargebacks they are the
	// dispute's.
	Fees []Fee

	// Net is by how much the line changed what the provider owes, in the currency of the settlement: positive if the
	// provider owes more. The zero Amount (no currency) where the provider does not say, as in most notifications, or
	// where the line changes nothing (a capture that is not settled). Zero of a currency says that all was moved back
	// that had been moved.
	Net money.Amount

	// Rate is what one of Amount's currency is in Net's, as the provider wrote it; empty where the currencies are the
	// same.
	Rate string

	// Batch is the provider's settlement batch, and Receiver whom it is paid to where it pays several. The Net of all
	// lines of one batch, receiver and currency, payouts included, sum to zero.
	Batch    string
	Receiver string

	// Held says that an [OutcomeOther] line sets money aside at the provider (Net below 0) or gives it back (above 0):
	// it is owed still, but not to be paid out.
	Held bool

	// After is what the provider owed after the line, where the report has a running balance; it runs by Account and
	// currency. Of an [OutcomeBalance] it is the closing balance, and Before the opening balance.
	After  money.Amount
	Before money.Amount

	At time.Time
	// when the provider booked it, where that was before At; else the zero time. A report covers what was booked until
	// its newest line
	Booked time.Time
	Reason string // of a failure; of [OutcomeOther] and [OutcomeUnknown], what the provider calls it
	Line   int    // of the report, from 1, the header counts; 0 of a notification
}

// An OutcomeKind is what an [Outcome] says has happened. The words are those of package providers.
type OutcomeKind string

// The kinds of outcomes, in the order of a payment's life.
const (
	OutcomeCaptured OutcomeKind = "captured" // taken from the buyer, not settled yet
	// the authorised amount is now Amount; 0 with a reason where it expired
	OutcomeAdjusted           OutcomeKind = "adjusted"
	OutcomeCancelled          OutcomeKind = "cancelled"           // voided before it was captured or settled
	OutcomeSettled            OutcomeKind = "settled"             // the provider has settled it
	OutcomeSettlementFailed   OutcomeKind = "settlement_failed"   // the provider could not settle it
	OutcomeCaptureReversed    OutcomeKind = "capture_reversed"    // the provider took a capture back, settled or not
	OutcomeRefunded           OutcomeKind = "refunded"            // given back to the buyer
	OutcomeRefundFailed       OutcomeKind = "refund_failed"       // a refund did not go through: the money came back
	OutcomeChargeback         OutcomeKind = "chargeback"          // a dispute took it
	OutcomeChargebackReversed OutcomeKind = "chargeback_reversed" // a dispute was won: it came back
	OutcomeSecondChargeback   OutcomeKind = "second_chargeback"   // a dispute that was won was lost after all
	// a cost; of a payment where that is named, else of the account
	OutcomeFee          OutcomeKind = "fee"
	OutcomeSplit        OutcomeKind = "split"         // a part reached its account
	OutcomeSplitFailed  OutcomeKind = "split_failed"  // a part did not, and stayed with the merchant
	OutcomeTransfer     OutcomeKind = "transfer"      // between accounts at the provider
	OutcomePayout       OutcomeKind = "payout"        // left the provider for a bank
	OutcomePayoutFailed OutcomeKind = "payout_failed" // a payout did not go through, or came back
	OutcomeBalance      OutcomeKind = "balance"       // what an account had at a time; it moves nothing
	// Reason says what; Net what it changed, possibly nothing
	OutcomeOther OutcomeKind = "other"
	// a row of a kind that the adapter does not know: never booked
	OutcomeUnknown OutcomeKind = "unknown"
)

// OfPayment reports whether the outcome names a payment.
func (o *Outcome) OfPayment() bool { return o.Reference != "" || o.ProviderReference != "" }
