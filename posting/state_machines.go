// The tables of what may happen in which state: of payments, captures, splits, refunds, chargebacks and payouts. The
// rules ask them, and docs/lifecycle.md is printed from them.

package posting

import "github.com/splitledger/splitledger/ledger"

// The states of a payment. One word says how far it has come; its captures, refunds and chargebacks say the rest.
const (
	Authorised        State = "authorised"
	PartiallyCaptured State = "partially_captured"
	Captured          State = "captured"
	PartiallySettled  State = "partially_settled"
	Settled           State = "settled"
	PartiallyRefunded State = "partially_refunded"
	Refunded          State = "refunded"
	ChargedBack       State = "charged_back"
	Cancelled         State = "cancelled"
)

// The states of captures, refunds and chargebacks.
const (
	CapturePending         State = "pending"
	CaptureFailed          State = "settlement_failed"
	CaptureSettled         State = "settled"
	CaptureCancelled       State = "cancelled"
	CaptureReversed        State = "reversed"
	RefundCompleted        State = "completed"
	RefundFailed           State = "failed"
	ChargebackOpen         State = "open"
	ChargebackPartReversed State = "partially_reversed"
	ChargebackReversed     State = "reversed"
)

// stateMachines are all there are, in the order of docs/lifecycle.md.
var stateMachines = []*stateMachine{
	&paymentMachine, &captureMachine, &splitMachine, &refundMachine, &chargebackMachine, &payoutMachine,
}

// paymentMachine decides what a payment may see.
var paymentMachine = stateMachine{
	noun: "payment",
	doc: "The word for a payment is the last of these that is true of it. What a single capture, refund or " +
		"chargeback allows is in the tables below.",
	states: []named{
		{Authorised, "nothing is captured, or what was is cancelled or taken back by the provider"},
		{PartiallyCaptured, "less is captured than authorised, nothing is settled"},
		{Captured, "all that was authorised is captured, or the rest was given up; nothing is settled"},
		{PartiallySettled, "some captures are settled"},
		{Settled, "all captures are settled"},
		{PartiallyRefunded, "some of the money captured is given back"},
		{Refunded, "all of the money captured is given back"},
		{ChargedBack, "a chargeback stands that has not come back in full"},
		{Cancelled, "the payment was cancelled or released, or its authorisation has expired, and no capture is left"},
	},
	events: []Type{PaymentAuthorise, PaymentAdjust, PaymentCapture, PaymentRelease, PaymentSplit, PaymentResplit,
		PaymentCancel, PaymentFee, PaymentSettle, PaymentSettleFailed,
		PaymentSplitFailed, PaymentReassign, PaymentCaptureReversed, PaymentRefund, PaymentRefundFailed,
		PaymentChargeback, PaymentChargebackReversed, PaymentConfirm},
	transitions: append(paymentFacts, []transition{
		{from: none, on: PaymentAuthorise, to: to(Authorised)},
		// A sale, or direct capture: provider and capture mode leave no authorisation to the platform.
		{from: none, on: PaymentCapture, to: to(Captured),
			note: "with provider and amount, where there was no authorisation"},

		{from: Authorised, on: PaymentAuthorise, code: DuplicateReference},
		{from: Authorised, on: PaymentCapture, to: to(PartiallyCaptured, Captured)},
		{from: Authorised, on: PaymentCancel, to: to(Cancelled), fact: to(Authorised)},
		{from: Authorised, on: PaymentFee, to: to(Authorised)},
		// A refund of what the books never saw captured. The provider has paid it, so it is booked.
		{from: Authorised, on: PaymentRefund, fact: to(Refunded)},
		{from: Authorised, on: PaymentConfirm, to: to(Authorised), note: "of what it had"},

		{from: PartiallyCaptured, on: PaymentAuthorise, code: DuplicateReference},
		{from: PartiallyCaptured, on: PaymentCapture, to: to(PartiallyCaptured, Captured)},
		{from: PartiallyCaptured, on: PaymentSplit, to: to(PartiallyCaptured)},
		{from: PartiallyCaptured, on: PaymentCancel, to: to(Cancelled, Authorised, PartiallyCaptured, Captured),
			note: "one capture: as if it had never been; all: for good"},
		{from: PartiallyCaptured, on: PaymentFee, to: to(PartiallyCaptured)},
		{from: PartiallyCaptured, on: PaymentSettle, to: to(PartiallyCaptured, PartiallySettled, Settled)},
		{from: PartiallyCaptured, on: PaymentSettleFailed, to: to(PartiallyCaptured)},
		{from: PartiallyCaptured, on: PaymentRefund, to: to(PartiallyRefunded, Refunded)},
		{from: PartiallyCaptured, on: PaymentChargeback, to: to(ChargedBack)},
		{from: PartiallyCaptured, on: PaymentConfirm, to: to(PartiallyCaptured)},

		{from: Captured, on: PaymentAuthorise, code: DuplicateReference},
		// Some providers capture more than was authorised, such as a tip. They alone may report it.
		{from: Captured, on: PaymentCapture, code: ledger.Invalid, fact: to(Captured),
			note: "nothing is left of the authorisation"},
		{from: Captured, on: PaymentSplit, to: to(Captured)},
		{from: Captured, on: PaymentCancel, to: to(Cancelled, Authorised, PartiallyCaptured, Captured),
			note: "one capture: as if it had never been; all: for good"},
		{from: Captured, on: PaymentFee, to: to(Captured)},
		{from: Captured, on: PaymentSettle, to: to(Captured, PartiallySettled, Settled)},
		{from: Captured, on: PaymentSettleFailed, to: to(Captured)},
		{from: Captured, on: PaymentRefund, to: to(PartiallyRefunded, Refunded)},
		{from: Captured, on: PaymentChargeback, to: to(ChargedBack)},
		{from: Captured, on: PaymentConfirm, to: to(Captured)},

		{from: PartiallySettled, on: PaymentAuthorise, code: DuplicateReference},
		{from: PartiallySettled, on: PaymentCapture, to: to(PartiallySettled),
			note: "while the authorisation is not used up and not cancelled, or as a fact"},
		{from: PartiallySettled, on: PaymentSplit, to: to(PartiallySettled)},
		// A void reverses only what the provider has not paid. What is settled needs a refund.
		{from: PartiallySettled, on: PaymentCancel, to: to(PartiallySettled, Settled),
			fact: to(PartiallyCaptured, Captured), note: "what is not settled"},
		{from: PartiallySettled, on: PaymentFee, to: to(PartiallySettled)},
		{from: PartiallySettled, on: PaymentSettle, to: to(PartiallySettled, Settled)},
		{from: PartiallySettled, on: PaymentSettleFailed, to: to(PartiallySettled)},
		{from: PartiallySettled, on: PaymentRefund, to: to(PartiallyRefunded, Refunded)},
		{from: PartiallySettled, on: PaymentChargeback, to: to(ChargedBack)},
		{from: PartiallySettled, on: PaymentConfirm, to: to(PartiallySettled)},

		{from: Settled, on: PaymentAuthorise, code: DuplicateReference},
		{from: Settled, on: PaymentCapture, to: to(PartiallySettled),
			note: "while the authorisation is not used up and not cancelled, or as a fact"},
		{from: Settled, on: PaymentSplit, to: to(Settled)},
		{from: Settled, on: PaymentCancel, fact: to(Authorised, Settled, Cancelled),
			note: "what is settled is given back by a payment.refund"},
		{from: Settled, on: PaymentFee, to: to(Settled)},
		{from: Settled, on: PaymentRefund, to: to(PartiallyRefunded, Refunded)},
		{from: Settled, on: PaymentChargeback, to: to(ChargedBack)},
		{from: Settled, on: PaymentConfirm, to: to(Settled)},

		{from: PartiallyRefunded, on: PaymentAuthorise, code: DuplicateReference},
		{from: PartiallyRefunded, on: PaymentCapture, to: to(PartiallyRefunded),
			note: "while the authorisation is not used up and not cancelled, or as a fact"},
		{from: PartiallyRefunded, on: PaymentSplit, to: to(PartiallyRefunded)},
		{from: PartiallyRefunded, on: PaymentCancel, to: to(PartiallyRefunded, Refunded, Cancelled),
			note: "captures that are neither settled nor refunded"},
		{from: PartiallyRefunded, on: PaymentFee, to: to(PartiallyRefunded)},
		{from: PartiallyRefunded, on: PaymentSettle, to: to(PartiallyRefunded), note: "captures that are not settled"},
		{from: PartiallyRefunded, on: PaymentSettleFailed, to: to(PartiallyRefunded),
			note: "captures that are not settled"},
		{from: PartiallyRefunded, on: PaymentRefund, to: to(PartiallyRefunded, Refunded)},
		{from: PartiallyRefunded, on: PaymentRefundFailed,
			to: to(PartiallyCaptured, Captured, PartiallySettled, Settled, PartiallyRefunded)},
		{from: PartiallyRefunded, on: PaymentChargeback, to: to(ChargedBack)},
		{from: PartiallyRefunded, on: PaymentConfirm, to: to(PartiallyRefunded)},

		{from: Refunded, on: PaymentAuthorise, code: DuplicateReference},
		{from: Refunded, on: PaymentCapture, to: to(PartiallyRefunded, Refunded),
			note: "while the authorisation is not used up and not cancelled, or as a fact"},
		{from: Refunded, on: PaymentSplit, to: to(Refunded)},
		{from: Refunded, on: PaymentCancel, fact: to(Refunded, Cancelled), note: "the money was given back already"},
		{from: Refunded, on: PaymentFee, to: to(Refunded)},
		{from: Refunded, on: PaymentSettle, to: to(Refunded), note: "captures that are not settled"},
		{from: Refunded, on: PaymentSettleFailed, to: to(Refunded), note: "captures that are not settled"},
		{from: Refunded, on: PaymentRefund, code: AmountExceedsRefundable, fact: to(Refunded),
			note: "nothing is left to refund"},
		// A refund that bounces, because the card is closed for example, opens the payment for another one.
		{from: Refunded, on: PaymentRefundFailed,
			to: to(Authorised, PartiallyCaptured, Captured, PartiallySettled, Settled, PartiallyRefunded, Refunded)},
		{from: Refunded, on: PaymentChargeback, to: to(ChargedBack)},
		{from: Refunded, on: PaymentConfirm, to: to(Refunded)},

		{from: ChargedBack, on: PaymentAuthorise, code: DuplicateReference},
		{from: ChargedBack, on: PaymentCapture, to: to(ChargedBack),
			note: "while the authorisation is not used up and not cancelled, or as a fact"},
		{from: ChargedBack, on: PaymentSplit, to: to(ChargedBack)},
		{from: ChargedBack, on: PaymentCancel, fact: to(ChargedBack), note: "the dispute has taken money of it"},
		{from: ChargedBack, on: PaymentFee, to: to(ChargedBack)},
		{from: ChargedBack, on: PaymentSettle, to: to(ChargedBack), note: "captures that are not settled"},
		{from: ChargedBack, on: PaymentSettleFailed, to: to(ChargedBack), note: "captures that are not settled"},
		{from: ChargedBack, on: PaymentRefund, to: to(ChargedBack),
			note: "as far as something is left to refund, or as a fact"},
		{from: ChargedBack, on: PaymentRefundFailed, to: to(ChargedBack)},
		{from: ChargedBack, on: PaymentChargeback, to: to(ChargedBack)},
		// After a dispute is won, the payment is in the state in which it would be without the dispute.
		{from: ChargedBack, on: PaymentChargebackReversed,
			to: to(Authorised, PartiallyCaptured, Captured, PartiallySettled, Settled, PartiallyRefunded, Refunded,
				ChargedBack, Cancelled)},
		{from: ChargedBack, on: PaymentConfirm, to: to(ChargedBack)},

		{from: Cancelled, on: PaymentAuthorise, to: to(Authorised),
			note: "a new payment of that name, if nothing else was booked of it"},
		// Capture and void may cross on their way to the provider: the provider's word counts.
		{from: Cancelled, on: PaymentCapture, fact: to(Captured, PartiallyRefunded, Refunded)},
		{from: Cancelled, on: PaymentCancel, fact: to(Cancelled)},
		{from: Cancelled, on: PaymentFee, to: to(Cancelled)},
		{from: Cancelled, on: PaymentRefund, fact: to(Cancelled)},
		{from: Cancelled, on: PaymentRefundFailed, to: to(Cancelled)},
		{from: Cancelled, on: PaymentConfirm, to: to(Cancelled), note: "of what it had"},
	}...),
}

// captureMachine decides what one capture may see.
var captureMachine = stateMachine{
	noun: "capture",
	doc:  "Which events a capture may see. Where an event names no capture, it is about all that may see it.",
	states: []named{
		{CapturePending, "the money is in `pending`"},
		{CaptureFailed, "the provider could not settle it; the money stays in `pending`, and the payment says why"},
		{CaptureSettled, "the money is in `available`"},
		{CaptureCancelled, "every entry of it is reversed"},
		{CaptureReversed, "the provider took back all that was left of it; its fees stay until they are given back"},
	},
	events: []Type{PaymentCapture, PaymentSplit, PaymentResplit, PaymentCancel, PaymentSettle, PaymentSettleFailed,
		PaymentSplitFailed, PaymentReassign, PaymentCaptureReversed,
		PaymentRefund, PaymentChargeback},
	transitions: append(captureFacts, []transition{
		{from: none, on: PaymentCapture, to: to(CapturePending)},
		{from: CapturePending, on: PaymentCapture, code: DuplicateReference},
		{from: CapturePending, on: PaymentSplit, to: to(CapturePending)},
		{from: CapturePending, on: PaymentCancel, to: to(CaptureCancelled), fact: to(CaptureReversed),
			note: "unless some of it was refunded or settled"},
		{from: CapturePending, on: PaymentSettle, to: to(CapturePending, CaptureSettled), note: "in part, or whole"},
		{from: CapturePending, on: PaymentSettleFailed, to: to(CaptureFailed)},
		{from: CapturePending, on: PaymentRefund, to: to(CapturePending)},
		{from: CapturePending, on: PaymentChargeback, to: to(CapturePending)},
		{from: CaptureFailed, on: PaymentCapture, code: DuplicateReference},
		{from: CaptureFailed, on: PaymentSplit, to: to(CaptureFailed)},
		{from: CaptureFailed, on: PaymentCancel, to: to(CaptureCancelled), fact: to(CaptureReversed),
			note: "unless some of it was refunded or settled"},
		{from: CaptureFailed, on: PaymentSettle, to: to(CaptureFailed, CaptureSettled), note: "in part, or whole"},
		{from: CaptureFailed, on: PaymentSettleFailed, to: to(CaptureFailed)},
		{from: CaptureFailed, on: PaymentRefund, to: to(CaptureFailed)},
		{from: CaptureFailed, on: PaymentChargeback, to: to(CaptureFailed)},
		{from: CaptureSettled, on: PaymentCapture, code: DuplicateReference},
		{from: CaptureSettled, on: PaymentSplit, to: to(CaptureSettled)},
		// The provider may void what the books took for settled. The money is then taken back from who has it.
		{from: CaptureSettled, on: PaymentCancel, fact: to(CaptureReversed),
			note: "what is settled is given back by a payment.refund"},
		{from: CaptureSettled, on: PaymentRefund, to: to(CaptureSettled)},
		{from: CaptureSettled, on: PaymentChargeback, to: to(CaptureSettled)},
		{from: CaptureCancelled, on: PaymentCapture, code: DuplicateReference},
		{from: CaptureCancelled, on: PaymentCancel, fact: to(CaptureCancelled)},
	}...),
}

// splitMachine says how far a part of a capture has come.
var splitMachine = stateMachine{
	noun: "split",
	doc: "The status of a split, in one capture. Schemes differ in when a split counts as completed " +
		"([schemes.md](schemes.md)). The status of a part of several captures is failed if one is, else pending if " +
		"one is, and cancelled if all are.",
	states: []named{
		{PartPending, "the provider has not booked it yet"},
		{PartCompleted, "it is where it belongs"},
		{PartFailed,
			"it did not fit, its account was not there, or the provider did not make it: the merchant has its " +
				"money, and a transfer mends that"},
		{PartCancelled, "its capture was cancelled or taken back, or another split took its place"},
	},
	events: []Type{PaymentCapture, PaymentSplit, PaymentResplit, PaymentCancel, PaymentSettle, PaymentSettleFailed,
		PaymentSplitFailed, PaymentReassign, PaymentCaptureReversed},
	transitions: append(splitFacts, []transition{
		// Adyen books splits with the capture, so they are completed at once. Xendit, Paysafe and Antom complete them
		// with the settlement.
		{from: none, on: PaymentCapture, to: to(PartPending, PartCompleted), note: "by scheme"},
		{from: none, on: PaymentSplit, to: to(PartPending, PartCompleted),
			note: "pending until its capture is settled"},
		{from: PartPending, on: PaymentSplit, to: to(PartPending), note: "more for the same part"},
		{from: PartPending, on: PaymentCancel, to: to(PartCancelled)},
		// Failed is of schemes that route at settlement: a split that does not fit into what fees leave is not made.
		{from: PartPending, on: PaymentSettle, to: to(PartCompleted, PartFailed)},
		{from: PartPending, on: PaymentSettleFailed, to: to(PartPending)},
		{from: PartCompleted, on: PaymentSplit, to: to(PartCompleted), note: "more for the same part"},
		{from: PartCompleted, on: PaymentCancel, to: to(PartCancelled),
			note: "while its capture is not settled"},
		{from: PartCompleted, on: PaymentSettle, to: to(PartCompleted)},
		{from: PartCompleted, on: PaymentSettleFailed, to: to(PartCompleted)},
	}...),
}

// refundMachine decides what a refund may see.
var refundMachine = stateMachine{
	noun: "refund",
	doc: "A refund is booked when it is asked for; one that does not go through is undone, and may be made again " +
		"under another name. One that the provider tells to be done after all is booked again.",
	states: []named{
		{RefundCompleted, "the money is given back"},
		{RefundFailed, "it did not go through: the accounts have their money again"},
	},
	events: []Type{PaymentRefund, PaymentRefundFailed},
	transitions: []transition{
		{from: none, on: PaymentRefund, to: to(RefundCompleted)},
		{from: RefundCompleted, on: PaymentRefund, code: DuplicateReference},
		{from: RefundCompleted, on: PaymentRefundFailed, to: to(RefundFailed)},
		// The name stays the failed refund's, so that a report of the failure that comes late cannot undo a new
		// attempt.
		{from: RefundFailed, on: PaymentRefund, code: DuplicateReference, fact: to(RefundCompleted),
			note: "another name is free"},
		{from: RefundFailed, on: PaymentRefundFailed, to: to(RefundFailed), note: "recorded, no entries"},
	},
}

// chargebackMachine decides what a chargeback may see.
var chargebackMachine = stateMachine{
	noun: "chargeback",
	doc:  "A second chargeback, after one was reversed whole, may have the name of the first or another.",
	states: []named{
		{ChargebackOpen, "the money is gone"},
		{ChargebackPartReversed, "some of it came back"},
		{ChargebackReversed, "all of it came back; the dispute fee stays"},
	},
	events: []Type{PaymentChargeback, PaymentChargebackReversed},
	transitions: []transition{
		{from: none, on: PaymentChargeback, to: to(ChargebackOpen)},
		{from: ChargebackOpen, on: PaymentChargeback, code: DuplicateReference},
		{from: ChargebackOpen, on: PaymentChargebackReversed, to: to(ChargebackPartReversed, ChargebackReversed)},
		{from: ChargebackPartReversed, on: PaymentChargeback, code: DuplicateReference},
		{from: ChargebackPartReversed, on: PaymentChargebackReversed,
			to: to(ChargebackPartReversed, ChargebackReversed)},
		// The card schemes let an issuer take won money again, in pre-arbitration for example.
		{from: ChargebackReversed, on: PaymentChargeback, to: to(ChargebackOpen), note: "a second chargeback"},
	},
}

// The states of a payout.
const (
	PayoutIsRequested       State = "requested"
	PayoutIsPaid            State = "paid"
	PayoutHasFailed         State = "failed"
	PayoutPartiallyReturned State = "partially_returned"
	PayoutIsReturned        State = "returned"
	onceMore                      = "told once more: nothing is booked"
	availableAgain                = "its money is available again already: nothing is booked"
	nameOfItsOwn                  = "each payout has a name of its own"
	bookedAsReturned              = "booked as payout.returned of all that is left"
	paidFromAvailable             = "its money was available again, and is taken from there, below zero too"
	paidAndReturned               = "as if it had been paid before"
)

// payoutMachine is the life cycle of payouts. What becomes of one is a fact, which no state refuses.
var payoutMachine = stateMachine{
	noun: "payout",
	doc: "A payout takes what an account has available, and keeps it reserved while it is under way. Then the " +
		"provider says what became of it: it was paid or failed, " +
		"or it came back after it was paid, in one piece or several. These are facts, and booked in whatever order " +
		"they are told.",
	states: []named{
		{PayoutIsRequested, "asked for; its money is reserved"},
		{PayoutIsPaid, "its money has left"},
		{PayoutHasFailed, "its money is available again"},
		{PayoutPartiallyReturned, "its money has left, and some of it came back"},
		{PayoutIsReturned, "its money has left, and all of it came back"},
	},
	events: []Type{PayoutRequest, PayoutPaid, PayoutFailed, PayoutReturned},
	transitions: []transition{
		{from: none, on: PayoutRequest, to: to(PayoutIsRequested)},
		{from: PayoutIsRequested, on: PayoutRequest, code: DuplicateReference, note: nameOfItsOwn},
		{from: PayoutIsRequested, on: PayoutPaid, to: to(PayoutIsPaid)},
		{from: PayoutIsRequested, on: PayoutFailed, to: to(PayoutHasFailed)},
		// The report that it was paid was lost, or comes later. It must have been paid to come back.
		{from: PayoutIsRequested, on: PayoutReturned, to: to(PayoutPartiallyReturned, PayoutIsReturned),
			note: paidAndReturned},
		{from: PayoutIsPaid, on: PayoutRequest, code: DuplicateReference, note: nameOfItsOwn},
		{from: PayoutIsPaid, on: PayoutPaid, to: to(PayoutIsPaid), note: onceMore},
		{from: PayoutIsPaid, on: PayoutFailed, to: to(PayoutIsReturned), note: bookedAsReturned},
		{from: PayoutIsPaid, on: PayoutReturned, to: to(PayoutPartiallyReturned, PayoutIsReturned)},
		{from: PayoutHasFailed, on: PayoutRequest, code: DuplicateReference,
			note: "a new attempt has a name of its own"},
		// The bank paid after all. The account may have spent the money meanwhile, so it may end below zero.
		{from: PayoutHasFailed, on: PayoutPaid, to: to(PayoutIsPaid), note: paidFromAvailable},
		{from: PayoutHasFailed, on: PayoutFailed, to: to(PayoutHasFailed), note: onceMore},
		{from: PayoutHasFailed, on: PayoutReturned, to: to(PayoutHasFailed), note: availableAgain},
		{from: PayoutPartiallyReturned, on: PayoutRequest, code: DuplicateReference, note: nameOfItsOwn},
		{from: PayoutPartiallyReturned, on: PayoutPaid, to: to(PayoutPartiallyReturned), note: onceMore},
		{from: PayoutPartiallyReturned, on: PayoutFailed, to: to(PayoutIsReturned), note: bookedAsReturned},
		{from: PayoutPartiallyReturned, on: PayoutReturned, to: to(PayoutPartiallyReturned, PayoutIsReturned)},
		{from: PayoutIsReturned, on: PayoutRequest, code: DuplicateReference, note: nameOfItsOwn},
		{from: PayoutIsReturned, on: PayoutPaid, to: to(PayoutIsReturned), note: onceMore},
		{from: PayoutIsReturned, on: PayoutFailed, to: to(PayoutIsReturned), note: onceMore},
		{from: PayoutIsReturned, on: PayoutReturned, to: to(PayoutIsReturned), note: onceMore},
	},
}

// The states of a part.
const (
	PartPending   State = "pending"   // the provider has not booked it yet
	PartCompleted State = "completed" // it is where it belongs
	PartFailed    State = "failed"    // it stayed with the merchant; a transfer mends that
	PartCancelled State = "cancelled" // its capture was cancelled
)

// What a payment, its captures and their splits may see besides the usual course: an authorisation that changes, a
// split that is replaced, and what only the provider reports. Facts are allowed in every state.

// every lists all states of a payment.
var every = to(Authorised, PartiallyCaptured, Captured, PartiallySettled, Settled, PartiallyRefunded, Refunded,
	ChargedBack, Cancelled)

// staying makes the transitions of an event that changes no state, in each of some.
func staying(on Type, note string, states ...State) []transition {
	transitions := make([]transition, len(states))
	for i, s := range states {
		transitions[i] = transition{from: s, on: on, to: to(s), note: note}
	}
	return transitions
}

// joined makes one list of several, for the tables below.
func joined(lists ...[]transition) []transition {
	var all []transition
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// paymentFacts are of paymentMachine.
var paymentFacts = joined(
	staying(PaymentReassign, "", every...),
	staying(PaymentSplitFailed, "", every...),
	staying(PaymentSettleFailed, "what waits for no settlement: recorded, no entries", Authorised, Settled, Cancelled),
	// A settlement of nothing that waits is most often a report that was taken in twice. It must not fail, or the rest
	// of the report would wait.
	staying(PaymentSettle, "of what has a capture: recorded, no entries", Authorised, Settled, Cancelled),
	staying(PaymentRefundFailed, "of a refund that failed already: recorded, no entries", Authorised, PartiallyCaptured,
		Captured, PartiallySettled, Settled),
	staying(PaymentAdjust, "", PartiallySettled, Settled, PartiallyRefunded, ChargedBack),
	staying(PaymentRelease, "while something is left of the authorisation, or as a fact", PartiallySettled, Settled,
		PartiallyRefunded, ChargedBack),
	staying(PaymentResplit, "a capture of which nothing is settled, refunded or disputed", PartiallyCaptured, Captured,
		PartiallySettled, PartiallyRefunded, Refunded, ChargedBack),
	[]transition{
		{from: Authorised, on: PaymentAdjust, to: to(Authorised, Cancelled), note: "an amount of 0: it has expired"},
		{from: PartiallyCaptured, on: PaymentAdjust, to: to(PartiallyCaptured, Captured)},
		{from: Captured, on: PaymentAdjust, to: to(PartiallyCaptured, Captured)},
		{from: Refunded, on: PaymentAdjust, to: to(Refunded, Cancelled), note: "an amount of 0: it has expired"},
		// A provider may authorise anew, under the same reference, what has expired.
		{from: Cancelled, on: PaymentAdjust, fact: to(Authorised, Refunded, Cancelled),
			note: "of what has expired, a new authorisation; of what was cancelled or released it is only recorded"},

		{from: Authorised, on: PaymentRelease, to: to(Cancelled)},
		{from: PartiallyCaptured, on: PaymentRelease, to: to(Captured)},
		{from: Captured, on: PaymentRelease, fact: to(Captured), note: "nothing is left of the authorisation"},
		{from: Refunded, on: PaymentRelease, to: to(Refunded, Cancelled),
			note: "while something is left of the authorisation, or as a fact"},
		{from: Cancelled, on: PaymentRelease, fact: to(Cancelled)},

		// A dispute may come long after the event that was lost. It is booked, because the money is gone.
		{from: Authorised, on: PaymentChargeback, to: to(ChargedBack),
			note: "of what the books do not know to be captured"},
		{from: Cancelled, on: PaymentChargeback, to: to(ChargedBack), note: "of what was captured after all"},

		{from: Authorised, on: PaymentCaptureReversed, to: to(Authorised), note: "of what it had"},
		{from: PartiallyCaptured, on: PaymentCaptureReversed, to: to(Authorised, PartiallyCaptured)},
		{from: Captured, on: PaymentCaptureReversed, to: to(Authorised, PartiallyCaptured, Captured, Cancelled)},
		{from: PartiallySettled, on: PaymentCaptureReversed,
			to: to(PartiallyCaptured, Captured, PartiallySettled, Settled)},
		{from: Settled, on: PaymentCaptureReversed, to: to(Authorised, Settled, Cancelled)},
		{from: PartiallyRefunded, on: PaymentCaptureReversed, to: to(PartiallyRefunded, Refunded, Cancelled)},
		{from: Refunded, on: PaymentCaptureReversed, to: to(Refunded, Cancelled)},
		{from: ChargedBack, on: PaymentCaptureReversed, to: to(ChargedBack)},
		{from: Cancelled, on: PaymentCaptureReversed, to: to(Cancelled)},
	},
)

// captureFacts are of captureMachine.
var captureFacts = joined(
	staying(PaymentReassign, "", CapturePending, CaptureFailed, CaptureSettled, CaptureCancelled, CaptureReversed),
	staying(PaymentSplitFailed, "", CapturePending, CaptureFailed, CaptureSettled, CaptureCancelled, CaptureReversed),
	staying(PaymentSettle, "recorded, no entries", CaptureSettled, CaptureCancelled),
	staying(PaymentSettleFailed, "recorded, no entries", CaptureSettled, CaptureCancelled, CaptureReversed),
	staying(PaymentResplit, "unless some of it is refunded or disputed", CapturePending, CaptureFailed),
	staying(PaymentCaptureReversed, "recorded, no entries", CaptureCancelled),
	[]transition{
		{from: CapturePending, on: PaymentCaptureReversed, to: to(CapturePending, CaptureReversed),
			note: "in part, or all that is left of it"},
		{from: CaptureFailed, on: PaymentCaptureReversed, to: to(CaptureFailed, CaptureReversed),
			note: "in part, or all that is left of it"},
		{from: CaptureSettled, on: PaymentCaptureReversed, to: to(CaptureSettled, CaptureReversed),
			note: "in part, or all that is left of it"},
		{from: CaptureReversed, on: PaymentCaptureReversed, to: to(CaptureReversed),
			note: "what came back to it since, or is told of an account"},
		{from: CaptureReversed, on: PaymentCapture, code: DuplicateReference},
		{from: CaptureReversed, on: PaymentSettle, to: to(CaptureReversed),
			note: "what is still pending of it, such as fees"},
		{from: CaptureReversed, on: PaymentCancel, fact: to(CaptureReversed)},
	},
)

// splitFacts are of splitMachine. What is reassigned is a split of another account.
var splitFacts = joined(
	staying(PaymentSplitFailed, "", PartFailed, PartCancelled),
	staying(PaymentReassign, "", PartPending, PartCompleted, PartFailed),
	staying(PaymentCaptureReversed, "", PartCompleted, PartFailed, PartCancelled),
	[]transition{
		{from: none, on: PaymentResplit, to: to(PartPending, PartCompleted), note: "by scheme"},
		{from: none, on: PaymentReassign,
			to:   to(PartPending, PartCompleted, PartFailed, PartCancelled),
			note: "as the split was on the other account"},
		{from: none, on: PaymentSplitFailed, to: to(PartPending, PartCompleted),
			note: "the merchant's"},
		{from: PartPending, on: PaymentResplit, to: to(PartPending, PartCancelled)},
		{from: PartPending, on: PaymentSplitFailed, to: to(PartFailed)},
		{from: PartPending, on: PaymentCaptureReversed, to: to(PartPending, PartCancelled)},
		{from: PartCompleted, on: PaymentResplit, to: to(PartCompleted, PartCancelled)},
		{from: PartCompleted, on: PaymentSplitFailed, to: to(PartFailed)},
		{from: PartFailed, on: PaymentSplit, to: to(PartPending, PartCompleted),
			note: "the same split again"},
		{from: PartFailed, on: PaymentCancel, to: to(PartCancelled)},
		{from: PartFailed, on: PaymentResplit,
			to: to(PartPending, PartCompleted, PartCancelled)},
		{from: PartCancelled, on: PaymentResplit,
			to: to(PartPending, PartCompleted, PartCancelled), note: "the same split again"},
	},
)
