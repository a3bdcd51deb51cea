// Which events are facts, and which movement of a provider an event reports.

package wire

import (
	"slices"
	"strings"
)

// IsFact reports whether the event reports what has happened at a provider, which no state of the books can refuse. All
// else is an instruction. The types of the list are always facts, because nobody but the provider can say them.
func (e *Event) IsFact() bool {
	switch e.Type {
	case PaymentSettle, PaymentSettleFailed, PaymentFee, PaymentRefundFailed, PaymentSplitFailed, PaymentChargeback,
		PaymentChargebackReversed,
		PaymentCaptureReversed, PaymentReassign, PaymentConfirm, PaymentReference, PayoutPaid, PayoutFailed,
		PayoutReturned, ProviderPayout,
		ProviderNotice, ProviderNoticeClosed, ProviderReport:
		return true
	}
	// Of all other types both forms exist: a platform may ask for a refund, or a provider may report one.
	return e.Fact
}

// A MovementKind says what a provider did with money. Two movements of one provider and kind have two references.
type MovementKind string

// The kinds of movements.
const (
	MovementCapture            MovementKind = "capture"
	MovementSettlement         MovementKind = "settlement"
	MovementRefund             MovementKind = "refund"
	MovementRefundFailed       MovementKind = "refund_failed"
	MovementChargeback         MovementKind = "chargeback"
	MovementSecondChargeback   MovementKind = "second_chargeback"
	MovementChargebackReversed MovementKind = "chargeback_reversed"
	MovementCaptureReversed    MovementKind = "capture_reversed"
	MovementFee                MovementKind = "fee"
	MovementTransfer           MovementKind = "transfer"
	MovementPayout             MovementKind = "payout"
	MovementPayoutReturned     MovementKind = "payout_returned"
)

// MovementKinds are all kinds of movements. A kind that is not here is not found by the provider's reference of it.
var MovementKinds = []MovementKind{
	MovementCapture, MovementSettlement, MovementRefund, MovementRefundFailed, MovementChargeback,
	MovementSecondChargeback, MovementChargebackReversed, MovementCaptureReversed, MovementFee, MovementTransfer,
	MovementPayout, MovementPayoutReturned,
}

// movementKinds says of which kind the movement is that an event of a payment reports. Types that are not here move
// nothing at the provider, or have their kind from elsewhere, as payouts and transfers do.
var movementKinds = map[Type]MovementKind{
	PaymentCapture:            MovementCapture,
	PaymentSettle:             MovementSettlement,
	PaymentRefund:             MovementRefund,
	PaymentRefundFailed:       MovementRefundFailed,
	PaymentChargeback:         MovementChargeback,
	PaymentChargebackReversed: MovementChargebackReversed,
	PaymentCaptureReversed:    MovementCaptureReversed,
	PaymentFee:                MovementFee,
}

// MovementKind returns the kind of the movement that an event of a payment reports, or that a confirmation is of; "" if
// its type reports none.
func (e *Event) MovementKind() MovementKind {
	switch {
	case e.Type == PaymentChargeback && e.Second:
		return MovementSecondChargeback
	// A confirmation books nothing. It names what the books have, and the movement is that of what it names, unless
	// its part says more.
	case e.Type == PaymentConfirm && tracedKind(e.Part) != "":
		return tracedKind(e.Part)
	case e.Type == PaymentConfirm && e.Refund != "":
		return MovementRefund
	case e.Type == PaymentConfirm && e.Chargeback != "":
		return MovementChargeback
	case e.Type == PaymentConfirm:
		return MovementCapture
	}
	return movementKinds[e.Type]
}

// tracedKind returns the kind of the movement that a confirmation is of, where its part says so: "settlement/7"
// confirms that batch 7 of a settlement was reported, of the capture that the confirmation names. It is "" for all
// others.
func tracedKind(part string) MovementKind {
	kind, _, found := strings.Cut(part, "/")
	if found && slices.Contains(traced, MovementKind(kind)) {
		return MovementKind(kind)
	}
	return ""
}

// traced are the kinds that confirmations may be of, besides those of what they name.
var traced = []MovementKind{MovementSettlement, MovementRefundFailed, MovementChargebackReversed,
	MovementCaptureReversed, MovementFee, "split"}

// SaysFact reports whether the fields that are given of an event's content, as its first number of fields says, have
// the one by which an event says that it is a fact.
func (t Type) SaysFact(given uint64) bool {
	r := types[t]
	if r == nil {
		return false
	}
	i := slices.IndexFunc(r.content.fields, func(f field[Event]) bool { return f.place == factField.place })
	return i >= 0 && given&(1<<i) != 0
}
