package providers

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// An Outcome is one thing that a provider says has happened: a line of a report, or a notification. Amounts are in minor
// units of ISO 4217, whatever exponents the provider counts with.
type Outcome struct {
	Kind Kind

	// ID is the provider's own name of this movement, if it has one. Two outcomes of one provider with the same kind and ID
	// are the same, told twice.
	ID string

	Reference             string // the merchant's reference of the payment
	ProviderReference     string // the provider's reference of the payment
	Modification          string // the provider's reference of the capture, refund or dispute
	ModificationReference string // the merchant's reference of the same

	// Account and Split say that the outcome is of a part of a payment, or of one receiver: the provider's name of the
	// account and the reference of the split. Part is set where Amount is the part's and not the whole payment's.
	Account string
	Split   string
	Part    bool

	// Amount is what happened, without sign and before fees, in the currency of the payment. It has no currency where the
	// provider does not name it: the payment's is meant.
	Amount money.Amount

	// Movement is the ID of what the line is a part of, where one report of the provider tells a movement with its fees and
	// another tells the fees on lines of their own; both have it on all these lines. A fee that is told both ways is one fee.
	Movement string

	// Shares are what accounts gave of a refund that is told in one piece; the merchant gave the rest.
	Shares []posting.Split

	// Fees are what the provider kept for it; a fee that is given back is negative. Of chargebacks they are the dispute's.
	Fees []posting.Fee

	// Net is by how much the line changed what the provider owes, in the currency of the settlement: positive if the
	// provider owes more. The zero Amount (no currency) where the provider does not say, as in most notifications, or where the
	// line changes nothing (a capture that is not settled).
	Net money.Amount

	// Rate is what one of Amount's currency is in Net's, as the provider wrote it; empty where the currencies are the same.
	Rate string

	// Batch is the provider's settlement batch, and Receiver whom it is paid to where it pays several. The Net of all lines of
	// one batch, receiver and currency, payouts included, sum to zero.
	Batch    string
	Receiver string

	// Held says that an [Other] line sets money aside at the provider (Net below 0) or gives it back (above 0): it is owed
	// still, but not to be paid out.
	Held bool

	// After is what the provider owed after the line, where the report has a running balance; it runs by Account and currency.
	After money.Amount

	At     time.Time
	Booked time.Time // when the provider booked it, where that was before At; else the zero time. A report covers what was booked until its newest line
	Reason string    // of a failure; of [Other], what the provider calls it
	Line   int       // of the report, from 1, the header counts; 0 of a notification
}

// A Kind is what an [Outcome] says has happened.
type Kind string

// The kinds of outcomes.
const (
	Captured           Kind = "captured"            // taken from the buyer, not settled yet
	Cancelled          Kind = "cancelled"           // voided before it was captured or settled
	Settled            Kind = "settled"             // the provider has settled it
	SettlementFailed   Kind = "settlement_failed"   // the provider could not settle it
	Refunded           Kind = "refunded"            // given back to the buyer
	RefundFailed       Kind = "refund_failed"       // a refund did not go through: the money came back
	Chargeback         Kind = "chargeback"          // a dispute took it
	ChargebackReversed Kind = "chargeback_reversed" // a dispute was won: it came back
	Fee                Kind = "fee"                 // a cost; of a payment where that is named, else of the account
	Split              Kind = "split"               // a part reached its account
	SplitFailed        Kind = "split_failed"        // a part did not, and stayed with the merchant
	Transfer           Kind = "transfer"            // between accounts at the provider
	Payout             Kind = "payout"              // left the provider for a bank
	PayoutFailed       Kind = "payout_failed"       // a payout came back
	Other              Kind = "other"               // Reason says what; Net what it changed, possibly nothing
)

// Kinds returns all kinds, in the order of a payment's life.
func Kinds() []Kind {
	return []Kind{Captured, Cancelled, Settled, SettlementFailed, Refunded, RefundFailed, Chargeback, ChargebackReversed, Fee, Split, SplitFailed, Transfer, Payout, PayoutFailed, Other}
}

// OfPayment reports whether the outcome names a payment.
func (o *Outcome) OfPayment() bool { return o.Reference != "" || o.ProviderReference != "" }

// A LineError says why a line of a report could not be read. The lines after it can be.
type LineError struct {
	Line   int    // from 1, the header counts
	Column string // its name in the report; empty where the line as a whole is meant
	What   string // what was expected, and what was found
}

func (e *LineError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.What)
	}
	return fmt.Sprintf("line %d, column %q: %s", e.Line, e.Column, e.What)
}
