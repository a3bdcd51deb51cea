package providers

import (
	"fmt"

	"github.com/splitledger/splitledger/posting"
)

// An Outcome is one thing that a provider says has happened, see [posting.Outcome].
type Outcome = posting.Outcome

// A Kind is what an [Outcome] says has happened.
type Kind = posting.OutcomeKind

// The kinds of outcomes.
const (
	Captured           = posting.OutcomeCaptured
	Adjusted           = posting.OutcomeAdjusted
	Cancelled          = posting.OutcomeCancelled
	Settled            = posting.OutcomeSettled
	SettlementFailed   = posting.OutcomeSettlementFailed
	CaptureReversed    = posting.OutcomeCaptureReversed
	Refunded           = posting.OutcomeRefunded
	RefundFailed       = posting.OutcomeRefundFailed
	Chargeback         = posting.OutcomeChargeback
	ChargebackReversed = posting.OutcomeChargebackReversed
	SecondChargeback   = posting.OutcomeSecondChargeback
	Fee                = posting.OutcomeFee
	Split              = posting.OutcomeSplit
	SplitFailed        = posting.OutcomeSplitFailed
	Transfer           = posting.OutcomeTransfer
	Payout             = posting.OutcomePayout
	PayoutFailed       = posting.OutcomePayoutFailed
	Balance            = posting.OutcomeBalance
	Other              = posting.OutcomeOther
	Unknown            = posting.OutcomeUnknown
)

// Kinds returns all kinds, in the order of a payment's life.
func Kinds() []Kind {
	return []Kind{Captured, Adjusted, Cancelled, Settled, SettlementFailed, CaptureReversed, Refunded, RefundFailed, Chargeback, ChargebackReversed, SecondChargeback,
		Fee, Split, SplitFailed, Transfer, Payout, PayoutFailed, Balance, Other, Unknown}
}

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
