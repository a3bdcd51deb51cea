// The tables of events of payments: first what leads to a capture and its splits, then what comes after it. A field is
// described anew where it means something else in one type.

package wire

// paymentTypes are the types of events that make, change and undo what a payment captures and splits.
var paymentTypes = []*row{
	{
		// The splits are kept for captures to come, as the scheme inherits them.
		name: PaymentAuthorise,
		doc: "Records an authorisation. No money moves. A payment that was made by mistake, such as under a wrong provider, " +
			"leaves its id to a new one, made by this, or by a `payment.capture` with `amount` and another `provider`: " +
			"once all its captures are cancelled and the rest is given up, if nothing else was booked of it, and no fact. " +
			"Ids of events stay taken. What the wrong provider tells later is not the new payment's: it waits as a notice.",
		check: checkSplits,
		fields: []field[Event]{
			needed(paymentField), needed(providerField),
			described(needed(authorisedField), "how much; 0 where it only costs something"),
			merchantField, splitsField, policyField, referenceField, providerRef, paymentMetadata, splitRuleField,
			chargebackPolicyField, sourceField,
			descriptionField, attributesField,
		},
	},
	{
		// It is also the sale: the fields from provider to chargeback make a payment that nothing authorised.
		name: PaymentCapture,
		doc: "Books captured money to `pending`: full, partial, many, not above what is authorised, unless it " +
			"is a fact. Without an authorisation it makes the payment, and needs `provider` and `amount`.",
		check: checkCapture,
		fields: []field[Event]{
			needed(paymentField),
			described(captureField, "your name of the capture, new in the payment; default: the event's id"),
			described(authorisedField, "how much; default: what is left of the authorisation. 0 only as a "+
				"fact, which costs something"),
			described(splitsField, "who gets which part, in place of what the authorisation said"),
			described(providerField, "whose scheme the payment follows. From here to `chargeback` needed "+
				"without an authorisation, and otherwise the same as there or left out"),
			merchantField, policyField, referenceField, providerRef,
			described(metadataField, "your own, of the payment if this makes it, else of the event"), splitRuleField,
			chargebackPolicyField,
			described(factField, "the provider reports it: it is booked also above what is authorised and "+
				"after the rest was cancelled, and goes to the merchant where its splits do not fit"),
			movementField, partField, sourceField,
			descriptionField,
			described(attributesField, "how the payment was made, by which a stored rule is chosen; as with the "+
				"authorisation, or left out where there was one"),
		},
	},
	{
		// Antom alone splits so, of the schemes that are built in.
		name: PaymentSplit,
		doc: "Splits a captured payment, where its scheme does that after the capture (antom): up to what is " +
			"captured, in as many steps as you like.",
		check: checkLaterSplits,
		fields: []field[Event]{
			needed(paymentField), splitsField,
			descriptionField, notesField,
			described(splitRuleField, "a stored rule that says who gets which part of all that is captured, instead "+
				"of `splits`"),
		},
	},
	{
		// Before the settlement nothing was paid out, so the entries can be reversed as a whole.
		name: PaymentCancel,
		doc: "Voids what is not settled, by reversing its entries: one capture, as if it had never been, or " +
			"the payment for good.",
		fields: []field[Event]{
			needed(paymentField), captureField,
			described(factField, "the provider reports it: it is booked in any state. Of what is settled, "+
				"refunded or disputed and named by `capture`, what is left is taken back, as by "+
				"payment.capture_reversed"),
			movementField, sourceField,
			descriptionField, notesField,
		},
	},
	{
		name: PaymentRelease,
		doc: "Gives up what is authorised and not captured. What was captured stays; nothing more is captured, " +
			"but as a fact. No money moves.",
		fields: []field[Event]{
			needed(paymentField),
			described(factField, "the provider reports it: it is recorded in any state"),
			movementField, sourceField,
			descriptionField, notesField,
		},
	},
	{
		// Also how a provider reports that an authorisation has lapsed.
		name: PaymentAdjust,
		doc: "The authorised amount is another from now on, such as after an incremental authorisation. As an " +
			"instruction not less than is captured. No money moves.",
		check: checkAdjust,
		fields: []field[Event]{
			needed(paymentField),
			described(needed(authorisedField), "what is authorised in all; 0 where that has expired"),
			described(reasonField, "why, for people; needed where the amount is 0"),
			described(factField, "the provider reports it: it is recorded in any state"),
			sourceField,
			descriptionField, notesField,
		},
	},
	{
		name: PaymentResplit,
		doc: "Replaces the split of a capture of which nothing is settled, refunded or disputed. The old " +
			"parts, and the fees that another account bears now, are taken back and booked anew. Unknown and " +
			"closed accounts are refused, with every scheme.",
		check: checkLaterSplits,
		fields: []field[Event]{
			needed(paymentField),
			described(captureField, "your name of the capture; not needed where there is one"),
			splitsField,
			descriptionField, notesField, splitRuleField,
		},
	},
	{
		// The books follow the provider, because its balances are what it pays out.
		name: PaymentReassign,
		doc: "The provider has a part of a capture, refund or chargeback on another account than the scheme " +
			"said: its money moves there, and later refunds, ratios and settlements find it there. A fact. " +
			"What `from` does not have of it is moved between what both have available.",
		check: checkReassign,
		fields: []field[Event]{
			needed(paymentField),
			described(captureField, "your name of the capture; or `refund`, or `chargeback`"),
			refundConfirmed, chargebackField,
			described(needed(fromField), "on whose account the books have it"),
			described(needed(toField), "on whose account it is at the provider; liable takes the place of one "+
				"that is closed"),
			needed(amountField),
			described(movementField, "the provider's reference of the capture, refund or chargeback"),
			described(partField, "the provider's id of the row"),
			sourceField,
			descriptionField, notesField,
		},
	},
	{
		// The reference names the split, as providers report it.
		name: PaymentSplitFailed,
		doc: "The provider did not make a split, before the settlement or after: its money is the merchant's " +
			"again. A fact. Of a split that failed before it is only recorded.",
		fields: []field[Event]{
			needed(paymentField),
			described(needed(referenceField), "the reference of the split"),
			needed(reasonField), captureField,
			described(accountField, "whose split it is, where several have the reference"),
			described(movementField, "the provider's reference of the split"),
			partField, sourceField,
			descriptionField, notesField,
		},
	},
	{
		// Not a refund: the buyer did not ask for it, and what was refunded or disputed stays.
		name: PaymentCaptureReversed,
		doc: "The provider took a capture back, settled or not. Every part gives back what it still has of it, " +
			"from where that is; its fees stay until they are given back by payment.fee. A fact.",
		fields: []field[Event]{
			needed(paymentField), needed(captureField),
			described(amountField, "how much was taken back; default: all that is left of it, or of what the "+
				"account has of it"),
			described(accountField, "whose row this is: what that account gave"),
			movementField, partField, sourceField,
			descriptionField, notesField,
		},
	},
}

// afterTypes are the types of events of what comes after a capture: fees, settlement, refunds, disputes.
var afterTypes = []*row{
	{
		// Fees come by themselves, because most providers report them days after the capture.
		name: PaymentFee,
		doc: "Books costs that the provider reports, or gives back. A fact. They are taken from what is " +
			"pending of their capture while that is not settled, else from what is available.",
		check: checkFees,
		fields: []field[Event]{
			needed(paymentField), needed(feesField),
			described(captureField, "the capture that they are of; default: that of the refund or chargeback, "+
				"or from which was taken what is given back, else the first that is not settled, else the "+
				"last"),
			described(refundConfirmed, "the refund that they are of"),
			described(chargebackField, "the dispute that they are of: each is booked as a `DisputeFee`, "+
				"whatever its type"),
			described(accountField, "who bears them, as the provider tells; liable takes the place of one that "+
				"is closed. Default: who has to by the splits, or bore what is given back"),
			movementField, partField, sourceField,
			descriptionField, notesField,
		},
	},
	{
		// One with a time to come waits for it, as providers book by value date.
		name: PaymentSettle,
		doc: "The provider has settled: `pending` becomes `available`, for one capture or all that are not " +
			"settled; of what is settled it is only recorded. A fact.",
		fields: []field[Event]{
			needed(paymentField), captureField, batchField,
			described(amountField, "how much of the gross captured is settled, in parts; default: all. Where "+
				"no capture is named, of the one of which just so much is left, else of the oldest first"),
			described(accountField, "whose share alone is settled; default: everybody's"),
			movementField, partField, sourceField, waitedField,
			descriptionField, notesField,
		},
	},
	{
		// The reason is for people, and needed: somebody has to act on it.
		name: PaymentSettleFailed,
		doc: "The provider could not settle: one capture or all that are not settled. The money stays " +
			"`pending`; a later settlement or cancellation is possible. A fact: of what waits for no " +
			"settlement it is only recorded.",
		fields: []field[Event]{
			needed(paymentField), captureField, needed(reasonField), movementField, partField, sourceField,
			descriptionField, notesField,
		},
	},
	{
		// As an instruction it is limited by what is left; a fact has happened and is not.
		name:  PaymentRefund,
		doc:   "Gives money back; never more than was captured and not yet refunded, unless it is a fact.",
		check: checkSplits,
		fields: []field[Event]{
			needed(paymentField), needed(refundField), needed(amountField),
			described(splitsField, "who gives which part; default: as the payment's policy says, or else the "+
				"scheme"),
			described(factField, "the provider reports it: it is booked whatever is left to refund; what goes "+
				"beyond that, and parts that the payment does not have, the merchant gives"),
			described(accountField, "the account whose row the provider tells; `amount` is that account's "+
				"then"),
			movementField, partField, sourceField,
			descriptionField, notesField,
		},
	},
	{
		// Banks return refunds, of closed cards for example, up to weeks later.
		name: PaymentRefundFailed,
		doc: "A refund did not go through: what it took is given back, once. One that the books do not have is " +
			"kept under its movement. A fact.",
		fields: []field[Event]{
			needed(paymentField),
			described(needed(refundField), "your name of the refund"),
			described(amountField, "how much came back; default: all of it"),
			described(accountField, "the account whose row the provider tells; `amount` is that account's "+
				"then"),
			movementField, partField, sourceField,
			described(referenceField, "your name of the refund, where the provider said it: no other refund of "+
				"that amount is meant"),
			descriptionField, notesField,
		},
	},
	{
		// There is no form as an instruction: only the buyer's bank takes a payment back.
		name: PaymentChargeback,
		doc: "A dispute took money: a fact, which is booked whatever is left of the payment, in any amount and " +
			"currency.",
		fields: []field[Event]{
			needed(paymentField),
			described(needed(chargebackField), "your name of the chargeback, new in the payment or of one that "+
				"was reversed whole"),
			needed(amountField), disputeFeeField,
			described(accountField, "the account whose row the provider tells; `amount` is that account's "+
				"then"),
			secondField, movementField, partField, sourceField,
			descriptionField, notesField,
		},
	},
	{
		// The fee is charged for the dispute and not for losing it, so it stays with who bore it.
		name: PaymentChargebackReversed,
		doc:  "A dispute was won: the money comes back to the accounts that had paid, not the dispute fee.",
		fields: []field[Event]{
			needed(paymentField), needed(chargebackField),
			described(amountField, "how much of it came back; default: all that has not"),
			described(accountField, "the account whose row the provider tells; `amount` is that account's "+
				"then"),
			movementField, partField, sourceField,
			descriptionField, notesField,
		},
	},
	{
		// The movement makes it found again when the next report has the same line.
		name: PaymentConfirm,
		doc: "A provider's report has what the books have: one capture, refund or chargeback, or all captures " +
			"that stand. No money moves.",
		check: checkConfirm,
		fields: []field[Event]{
			needed(paymentField), captureField, refundConfirmed, chargebackField,
			described(batchField, "the provider's settlement batch that it is in"),
			movementField, partField, sourceField,
			descriptionField, notesField,
		},
	},
	{
		// Platforms often learn the provider's reference only from the answer to the first call.
		name: PaymentReference,
		doc: "The provider's reference of a payment becomes known, which its first event did not have: from " +
			"here on it is found by it. No money moves.",
		fields: []field[Event]{
			needed(paymentField), needed(providerRef), sourceField,
			descriptionField, notesField,
		},
	},
}
