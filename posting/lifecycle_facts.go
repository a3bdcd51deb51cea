package posting

// What a payment, its captures and their splits may see besides the usual course: an authorisation that changes, a
// split that is replaced, and what only the provider tells. Facts are allowed in every state.

// every lists all states of a payment.
var every = to(Authorised, PartiallyCaptured, Captured, PartiallySettled, Settled, PartiallyRefunded, Refunded, ChargedBack, Cancelled)

// staying makes the moves of an event that changes no state, in each of some.
func staying(on Type, note string, states ...State) []move {
	moves := make([]move, len(states))
	for i, s := range states {
		moves[i] = move{from: s, on: on, to: to(s), note: note}
	}
	return moves
}

func joined(lists ...[]move) []move {
	var all []move
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// paymentFacts are of paymentLife.
var paymentFacts = joined(
	staying(PaymentReassign, "", every...),
	staying(PaymentSplitFailed, "", every...),
	staying(PaymentSettleFailed, "of what waits for no settlement it is only recorded", Authorised, Settled, Cancelled),
	staying(PaymentSettle, "of what has a capture; it is only recorded", Authorised, Settled, Cancelled),
	staying(PaymentRefundFailed, "of a refund that failed already; it is only recorded", Authorised, PartiallyCaptured, Captured, PartiallySettled, Settled),
	staying(PaymentAdjust, "", PartiallySettled, Settled, PartiallyRefunded, ChargedBack),
	staying(PaymentRelease, "while something is left of the authorisation, or as a fact", PartiallySettled, Settled, PartiallyRefunded, ChargedBack),
	staying(PaymentResplit, "a capture of which nothing is settled, refunded or disputed", PartiallyCaptured, Captured, PartiallySettled, PartiallyRefunded, Refunded, ChargedBack),
	[]move{
		{from: Authorised, on: PaymentAdjust, to: to(Authorised, Cancelled), note: "an amount of 0: it has expired"},
		{from: PartiallyCaptured, on: PaymentAdjust, to: to(PartiallyCaptured, Captured)},
		{from: Captured, on: PaymentAdjust, to: to(PartiallyCaptured, Captured)},
		{from: Refunded, on: PaymentAdjust, to: to(Refunded, Cancelled), note: "an amount of 0: it has expired"},
		{from: Cancelled, on: PaymentAdjust, fact: to(Authorised, Refunded, Cancelled), note: "of what has expired, a new authorisation; of what was cancelled or released it is only recorded"},

		{from: Authorised, on: PaymentRelease, to: to(Cancelled)},
		{from: PartiallyCaptured, on: PaymentRelease, to: to(Captured)},
		{from: Captured, on: PaymentRelease, fact: to(Captured), note: "nothing is left of the authorisation"},
		{from: Refunded, on: PaymentRelease, to: to(Refunded, Cancelled), note: "while something is left of the authorisation, or as a fact"},
		{from: Cancelled, on: PaymentRelease, fact: to(Cancelled)},

		{from: Authorised, on: PaymentChargeback, to: to(ChargedBack), note: "of what the books do not know to be captured"},
		{from: Cancelled, on: PaymentChargeback, to: to(ChargedBack), note: "of what was captured after all"},

		{from: Authorised, on: PaymentCaptureReversed, to: to(Authorised), note: "of what it had"},
		{from: PartiallyCaptured, on: PaymentCaptureReversed, to: to(Authorised, PartiallyCaptured)},
		{from: Captured, on: PaymentCaptureReversed, to: to(Authorised, PartiallyCaptured, Captured, Cancelled)},
		{from: PartiallySettled, on: PaymentCaptureReversed, to: to(PartiallyCaptured, Captured, PartiallySettled, Settled)},
		{from: Settled, on: PaymentCaptureReversed, to: to(Authorised, Settled, Cancelled)},
		{from: PartiallyRefunded, on: PaymentCaptureReversed, to: to(PartiallyRefunded, Refunded, Cancelled)},
		{from: Refunded, on: PaymentCaptureReversed, to: to(Refunded, Cancelled)},
		{from: ChargedBack, on: PaymentCaptureReversed, to: to(ChargedBack)},
		{from: Cancelled, on: PaymentCaptureReversed, to: to(Cancelled)},
	},
)

// captureFacts are of captureLife.
var captureFacts = joined(
	staying(PaymentReassign, "", CapturePending, CaptureFailed, CaptureSettled, CaptureCancelled, CaptureReversed),
	staying(PaymentSplitFailed, "", CapturePending, CaptureFailed, CaptureSettled, CaptureCancelled, CaptureReversed),
	staying(PaymentSettle, "it is only recorded", CaptureSettled, CaptureCancelled),
	staying(PaymentSettleFailed, "it is only recorded", CaptureSettled, CaptureCancelled, CaptureReversed),
	staying(PaymentResplit, "unless some of it is refunded or disputed", CapturePending, CaptureFailed),
	staying(PaymentCaptureReversed, "it is only recorded", CaptureCancelled),
	[]move{
		{from: CapturePending, on: PaymentCaptureReversed, to: to(CapturePending, CaptureReversed), note: "in part, or all that is left of it"},
		{from: CaptureFailed, on: PaymentCaptureReversed, to: to(CaptureFailed, CaptureReversed), note: "in part, or all that is left of it"},
		{from: CaptureSettled, on: PaymentCaptureReversed, to: to(CaptureSettled, CaptureReversed), note: "in part, or all that is left of it"},
		{from: CaptureReversed, on: PaymentCaptureReversed, to: to(CaptureReversed), note: "what came back to it since, or is told of an account"},
		{from: CaptureReversed, on: PaymentCapture, code: DuplicateReference},
		{from: CaptureReversed, on: PaymentSettle, to: to(CaptureReversed), note: "what is still pending of it, such as fees"},
		{from: CaptureReversed, on: PaymentCancel, fact: to(CaptureReversed)},
	},
)

// splitFacts are of splitLife. What is reassigned is a split of another account.
var splitFacts = joined(
	staying(PaymentSplitFailed, "", State(PartFailed), State(PartCancelled)),
	staying(PaymentReassign, "", State(PartPending), State(PartCompleted), State(PartFailed)),
	staying(PaymentCaptureReversed, "", State(PartCompleted), State(PartFailed), State(PartCancelled)),
	[]move{
		{from: unborn, on: PaymentResplit, to: to(State(PartPending), State(PartCompleted)), note: "by scheme"},
		{from: unborn, on: PaymentReassign, to: to(State(PartPending), State(PartCompleted), State(PartFailed), State(PartCancelled)), note: "as the split was on the other account"},
		{from: unborn, on: PaymentSplitFailed, to: to(State(PartPending), State(PartCompleted)), note: "the merchant's"},
		{from: State(PartPending), on: PaymentResplit, to: to(State(PartPending), State(PartCancelled))},
		{from: State(PartPending), on: PaymentSplitFailed, to: to(State(PartFailed))},
		{from: State(PartPending), on: PaymentCaptureReversed, to: to(State(PartPending), State(PartCancelled))},
		{from: State(PartCompleted), on: PaymentResplit, to: to(State(PartCompleted), State(PartCancelled))},
		{from: State(PartCompleted), on: PaymentSplitFailed, to: to(State(PartFailed))},
		{from: State(PartFailed), on: PaymentSplit, to: to(State(PartPending), State(PartCompleted)), note: "the same split again"},
		{from: State(PartFailed), on: PaymentCancel, to: to(State(PartCancelled))},
		{from: State(PartFailed), on: PaymentResplit, to: to(State(PartPending), State(PartCompleted), State(PartCancelled))},
		{from: State(PartCancelled), on: PaymentResplit, to: to(State(PartPending), State(PartCompleted), State(PartCancelled)), note: "the same split again"},
	},
)
