package providers

import (
	"fmt"

	"github.com/splitledger/splitledger/posting/wire"
)

// An Outcome is one thing that a provider says has happened, see [wire.Outcome].
type Outcome = wire.Outcome

// A Kind is what an [Outcome] says has happened.
type Kind = wire.OutcomeKind

// The kinds of outcomes.
const (
	Captured           = wire.OutcomeCaptured
	Adjusted           = wire.OutcomeAdjusted
	Cancelled          = wire.OutcomeCancelled
	Settled            = wire.OutcomeSettled
	SettlementFailed   = wire.OutcomeSettlementFailed
	CaptureReversed    = wire.OutcomeCaptureReversed
	Refunded           = wire.OutcomeRefunded
	RefundFailed       = wire.OutcomeRefundFailed
	Chargeback         = wire.OutcomeChargeback
	ChargebackReversed = wire.OutcomeChargebackReversed
	SecondChargeback   = wire.OutcomeSecondChargeback
	Fee                = wire.OutcomeFee
	Split              = wire.OutcomeSplit
	SplitFailed        = wire.OutcomeSplitFailed
	Transfer           = wire.OutcomeTransfer
	Payout             = wire.OutcomePayout
	PayoutFailed       = wire.OutcomePayoutFailed
	Balance            = wire.OutcomeBalance
	Other              = wire.OutcomeOther
	Unknown            = wire.OutcomeUnknown
)

// Kinds returns all kinds, in the order of a payment's life.
func Kinds() []Kind {
	return []Kind{Captured, Adjusted, Cancelled, Settled, SettlementFailed, CaptureReversed,
		Refunded, RefundFailed, Chargeback, ChargebackReversed, SecondChargeback,
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
