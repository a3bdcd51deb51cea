package posting

import (
	"testing"

	"github.com/splitledger/splitledger/ledger"
)

// unauthenticated is [providers.Unauthenticated].
const unauthenticated ledger.Code = "unauthenticated"

const (
	openS   = `{"id":"o1","type":"account.open","account":"seller:42","kind":"sub"}` + "\n"
	fundS   = `{"id":"t1","type":"transfer","from":"liable","to":"seller:42","amount":{"value":1000,"currency":"EUR"}}` + "\n"
	closeS  = `{"id":"o2","type":"account.close","account":"seller:42"}` + "\n"
	capture = `{"id":"c1","type":"payment.capture","payment":"order-1","provider":"adyen","amount":{"value":1000,"currency":"EUR"},"splits":[{"type":"Commission","amount":{"value":1000},"reference":"fee"}]}` + "\n"
)

// refusals is the catalogue of what events are refused with.
var refusals = []fault{
	{
		code:   ledger.Invalid,
		cause:  "The line is not an event as [events.md](events.md) describes it: not JSON, a field that is missing, unknown, given twice or not of its form; or an event that says something which cannot be, such as a capture above the authorisation, the outcome of a payout that was never asked for, a rule that is not stored.",
		remedy: "Put right the field that the error names. Sending the same again is refused again.",
		stories: []string{
			`{"id":"1","type":"transfer","from":"liable","to":"platform","amount":{"value":1.5,"currency":"EUR"}}`,
			`{"id":"1","type":"transfer","from":"liable","to":"platform","amount":{"value":1,"currency":"EUR"},"note":"hi"}`,
			`{"id":"1","type":"payout.paid","payout":"po-1"}`,
			`{"id":"1","type":"transfer","from":"liable","to":"platform","amount":{"value":1,"currency":"EUR"},"at":"2199-01-01T00:00:00Z"}`,
		},
	},
	{
		code:   ledger.Unbalanced,
		cause:  "The debits and credits of a journal entry are not of the same sum in every currency.",
		remedy: "Put the postings right. A conversion is an `exchange`, which balances in both currencies.",
		stories: []string{
			`{"id":"1","type":"entry","postings":[{"account":"bank","debit":true,"amount":{"value":100,"currency":"EUR"}},{"account":"platform","credit":true,"amount":{"value":99,"currency":"EUR"}}]}`,
			`{"id":"1","type":"entry","postings":[{"account":"bank","debit":true,"amount":{"value":100,"currency":"EUR"}},{"account":"platform","credit":true,"amount":{"value":100,"currency":"USD"}}]}`,
			`{"id":"1","type":"entry","postings":[{"account":"bank","debit":true,"amount":{"value":99,"currency":"EUR"}},{"account":"platform","credit":true,"amount":{"value":100,"currency":"EUR"}}]}`,
		},
	},
	{
		code:    ledger.UnknownAccount,
		cause:   "The event names an account that was never opened. Capitals matter.",
		remedy:  "Open it with `account.open`, or correct the name, and send the event again. Accounts of providers, `bank` and `fx` need no opening.",
		stories: []string{`{"id":"1","type":"transfer","from":"liable","to":"seller:43","amount":{"value":1,"currency":"EUR"}}`},
	},
	{
		code:    AccountClosed,
		cause:   "The event would book to an account that was closed. Facts are booked nevertheless, to liable.",
		remedy:  "Name another account, or open it again with `account.reopen`.",
		stories: []string{openS + closeS + `{"id":"1","type":"transfer","from":"liable","to":"seller:42","amount":{"value":1,"currency":"EUR"}}`},
	},
	{
		code:   PeriodClosed,
		cause:  "The event would make entries of a day through which the books were closed by `period.close`. Facts are booked nevertheless, at the first open moment, and show their own time as `happened`.",
		remedy: "Book it at an open time, as the correction that it is; or open the period again with `period.reopen`, send the event again, and close it again.",
		stories: []string{
			openS + `{"id":"p1","type":"period.close","through":"2026-03-31"}` + "\n" + `{"id":"1","type":"transfer","from":"liable","to":"seller:42","amount":{"value":1,"currency":"EUR"},"at":"2026-03-31T23:59:59Z"}`,
		},
	},
	{
		code:    AccountFrozen,
		cause:   "The event would pay out of an account that is frozen. A frozen account still receives, has its refunds and chargebacks taken from it, and may be reserved from.",
		remedy:  "Unfreeze it with `account.unfreeze`, and send the event again.",
		stories: []string{openS + fundS + `{"id":"z1","type":"account.freeze","account":"seller:42"}` + "\n" + `{"id":"1","type":"payout","payout":"po-1","account":"seller:42","amount":{"value":1,"currency":"EUR"}}`},
	},
	{
		code:   InsufficientFunds,
		cause:  "An instruction would take `available` below the account's floor: zero, or less by its overdraft. `liable` has no floor, and is not refused for this. Or a release would take more than is reserved and not waited for by payouts.",
		remedy: "Wait until more is available (`payment.settle` makes it so), take less, or lend the account something by a `transfer` from liable.",
		stories: []string{
			openS + fundS + `{"id":"1","type":"payout","payout":"po-1","account":"seller:42","amount":{"value":1001,"currency":"EUR"}}`,
			openS + fundS + `{"id":"p1","type":"payout","payout":"po-1","account":"seller:42","amount":{"value":900,"currency":"EUR"}}` + "\n" +
				`{"id":"1","type":"reserve.release","account":"seller:42","amount":{"value":1,"currency":"EUR"}}`,
		},
	},
	{
		code:    IdempotencyConflict,
		cause:   "An event of this id was booked, with another content. Nothing is booked twice, nor something else under a name that is taken.",
		remedy:  "If it is the same event, send it with the content of the first time; if it is another, give it an id of its own.",
		stories: []string{openS + fundS + `{"id":"t1","type":"transfer","from":"liable","to":"seller:42","amount":{"value":1001,"currency":"EUR"}}`},
	},
	{
		code:   DuplicateReference,
		cause:  "A name that must be new is taken: of an account, provider, payment, capture, refund, rule, transfer or payout, an id that a provider has for an account, or the reference of a split within its event. Or another event has told the same part of the same movement of the provider.",
		remedy: "Choose another name. If the event was meant to be the one that took the name, it is booked already, under another id.",
		stories: []string{
			openS + `{"id":"1","type":"account.open","account":"seller:42","kind":"sub"}`,
			`{"id":"1","type":"provider.open","provider":"adyen","scheme":"generic"}`,
			`{"id":"o1","type":"account.open","account":"seller:42","kind":"sub","providerIds":{"adyen":["BA1"]}}` + "\n" + `{"id":"1","type":"account.update","account":"liable","providerIds":{"adyen":["BA1"]}}`,
			openS + `{"id":"r1","type":"transfer","from":"liable","to":"seller:42","amount":{"value":10,"currency":"EUR"},"provider":"adyen","movement":"TR1","fact":true}` + "\n" +
				`{"id":"1","type":"transfer","from":"liable","to":"seller:42","amount":{"value":10,"currency":"EUR"},"provider":"adyen","movement":"TR1","fact":true}`,
			capture + `{"id":"1","type":"payment.authorise","payment":"order-1","provider":"adyen","amount":{"value":1,"currency":"EUR"}}`,
		},
	},
	{
		code:    UnknownPayment,
		cause:   "No event named this payment before.",
		remedy:  "Send the event of its authorisation or capture first; or, to capture without an authorisation, give `provider` and `amount`.",
		stories: []string{`{"id":"1","type":"payment.settle","payment":"order-1"}`},
	},
	{
		code:   UnknownProvider,
		cause:  "The event names a provider that is neither built in (adyen, antom, paysafe, stripe, xendit) nor declared. Often it is a name written wrong: the message has the nearest one that is known.",
		remedy: "Correct the name, or declare a provider of your own with `provider.open`, and send the event again.",
		stories: []string{
			`{"id":"1","type":"payment.capture","payment":"order-1","provider":"ayden","amount":{"value":1000,"currency":"EUR"}}`,
			`{"id":"1","type":"account.open","account":"provider:northpay","kind":"provider"}`,
		},
	},
	{
		code:   InvalidState,
		cause:  "The payment, capture, refund, chargeback, payout, account or entry is not in a state in which this may happen. [lifecycle.md](lifecycle.md) has what may happen when.",
		remedy: "The message says which state it is in and what is allowed there. Often the event has happened already, under another id.",
		stories: []string{
			capture + `{"id":"s1","type":"payment.settle","payment":"order-1"}` + "\n" + `{"id":"1","type":"payment.cancel","payment":"order-1"}`,
			`{"id":"a1","type":"payment.authorise","payment":"order-1","provider":"adyen","amount":{"value":1000,"currency":"EUR"}}` + "\n" +
				`{"id":"1","type":"payment.settle","payment":"order-1"}`,
			openS + fundS + `{"id":"v1","type":"transfer.reverse","transfer":"t1"}` + "\n" + `{"id":"1","type":"transfer.reverse","transfer":"t1"}`,
			openS + fundS + `{"id":"1","type":"account.close","account":"seller:42"}`,
			openS + `{"id":"c1","type":"payment.capture","payment":"order-1","provider":"adyen","amount":{"value":100,"currency":"EUR"},"splits":[{"type":"BalanceAccount","account":"seller:42","amount":{"value":100}},{"type":"PaymentFee","account":"seller:42"}]}` + "\n" +
				`{"id":"f1","type":"payment.fee","payment":"order-1","fees":[{"type":"Fee","amount":{"value":100,"currency":"EUR"}}]}` + "\n" + `{"id":"1","type":"account.close","account":"seller:42"}`,
			capture + `{"id":"1","type":"payment.release","payment":"order-1"}`,
			capture + `{"id":"s1","type":"payment.settle","payment":"order-1"}` + "\n" +
				`{"id":"1","type":"payment.resplit","payment":"order-1","splits":[{"type":"Remainder","account":"liable"}]}`,
			`{"id":"a1","type":"payment.authorise","payment":"order-1","provider":"adyen","amount":{"value":1000,"currency":"EUR"}}` + "\n" +
				`{"id":"s1","type":"schedule","schedule":"later","at":"2026-01-01T00:00:00Z","due":"2026-01-02T00:00:00Z","event":{"type":"payment.capture","payment":"order-1"}}` + "\n" +
				`{"id":"k1","type":"payment.cancel","payment":"order-1"}` + "\n" +
				`{"id":"a2","type":"payment.authorise","payment":"order-1","provider":"xendit","amount":{"value":1000,"currency":"EUR"}}` + "\n" +
				`{"id":"740480be-9973-54cd-a5d0-0260e6e7f68f","type":"payment.capture","payment":"order-1","at":"2026-01-02T00:00:00Z"}`,
		},
	},
	{
		code:    AmountExceedsCaptured,
		cause:   "The refund is more than is captured of the payment, whatever was refunded. Cancelled captures do not count.",
		remedy:  "Look for the right payment or amount: in minor units, 1 EUR is 100.",
		stories: []string{capture + `{"id":"1","type":"payment.refund","payment":"order-1","refund":"a","amount":{"value":1001,"currency":"EUR"}}`},
	},
	{
		code:   AmountExceedsRefundable,
		cause:  "The refund is more than what was captured and is neither refunded yet nor held by a dispute. Balances do not matter.",
		remedy: "Refund at most what the message says is left. `splitledger payment` shows it.",
		stories: []string{
			capture + `{"id":"r1","type":"payment.refund","payment":"order-1","refund":"a","amount":{"value":400,"currency":"EUR"}}` + "\n" +
				`{"id":"1","type":"payment.refund","payment":"order-1","refund":"b","amount":{"value":601,"currency":"EUR"}}`,
			capture + `{"id":"d1","type":"payment.chargeback","payment":"order-1","chargeback":"d","amount":{"value":400,"currency":"EUR"}}` + "\n" +
				`{"id":"1","type":"payment.refund","payment":"order-1","refund":"b","amount":{"value":601,"currency":"EUR"}}`,
		},
	},
	{
		code:    SettlementAmountExceedsLimit,
		cause:   "The later splits of a payment are together more than what is captured of it. Refunds do not increase the amount that can still be split.",
		remedy:  "Split at most what the message says is left, or let a split of type `Remainder` take it. What went to the wrong account is moved by a `transfer`.",
		stories: []string{`{"id":"c","type":"payment.capture","payment":"order-1","provider":"antom","amount":{"value":1000,"currency":"EUR"}}` + "\n" + `{"id":"s","type":"payment.split","payment":"order-1","splits":[{"type":"Commission","amount":{"value":400}}]}` + "\n" + `{"id":"1","type":"payment.split","payment":"order-1","splits":[{"type":"Commission","amount":{"value":601}}]}`},
	},
	{
		code:    SplitSumMismatch,
		cause:   "The scheme of the payment wants splits that sum to the amount exactly, and they do not.",
		remedy:  "Put the amounts right, or let a split of type `Remainder` take what the others leave.",
		stories: []string{`{"id":"1","type":"payment.capture","payment":"order-1","provider":"adyen","amount":{"value":1000,"currency":"EUR"},"splits":[{"type":"Commission","amount":{"value":999}}]}`},
	},
	{
		code:    SplitExceedsAmount,
		cause:   "The splits, or their percents, are together more than the amount.",
		remedy:  "Take less. What no split takes is the merchant's. Percents are rounded half up each, so that two halves of an odd amount are more than it: make one of them a `Remainder`.",
		stories: []string{openS + `{"id":"1","type":"payment.capture","payment":"order-1","provider":"paysafe","amount":{"value":1000,"currency":"EUR"},"splits":[{"type":"BalanceAccount","account":"seller:42","amount":{"value":1001}}]}`},
	},
	{
		code:   UnknownSplitReference,
		cause:  "A split of a refund names a part that the payment does not have, where the scheme gives back to the payment's parts only; or a `payment.split_failed` names none of its splits.",
		remedy: "Use the account and reference of a part of the payment. `splitledger payment` lists them.",
		stories: []string{
			openS + capture + `{"id":"1","type":"payment.refund","payment":"order-1","refund":"a","amount":{"value":1,"currency":"EUR"},"splits":[{"type":"BalanceAccount","account":"seller:42","amount":{"value":1},"reference":"goods"}]}`,
			capture + `{"id":"1","type":"payment.split_failed","payment":"order-1","reference":"goods","reason":"account suspended"}`,
		},
	},
	{
		code:    CurrencyMismatch,
		cause:   "An amount, a split or a rule is in another currency than the payment.",
		remedy:  "Give the amount in the payment's currency. Fees and chargebacks may be in another.",
		stories: []string{capture + `{"id":"1","type":"payment.refund","payment":"order-1","refund":"a","amount":{"value":1,"currency":"USD"}}`},
	},
	{
		code:    unauthenticated,
		cause:   "The signature or token of a provider's notification is missing or not right. It says the same whatever is wrong, so that a stranger learns nothing from it.",
		remedy:  "Check the key that the provider's settings show, and that nothing on the way changes the body. Do not book what the notification says.",
		provoke: func(t *testing.T) (bool, error) { return ProvokeUnauthenticated(t) },
	},
}

// failures is the catalogue of what the ledger itself fails with.
var failures = []fault{
	{
		code:    ledger.Locked,
		cause:   "Another process has the ledger open for writing.",
		remedy:  "Let the other process do the work, or end it. Reading is possible meanwhile only through it.",
		provoke: lockedLedger,
	},
	{
		code:    ledger.Corrupt,
		cause:   "The file is not what was written to it: a byte is another, a part is missing, or a record makes no sense. `detail` says where. Or the index beside it knows blocks that it does not have.",
		remedy:  "Keep the file as it is, and look at the disk. `splitledger verify` says how far the books are whole. Go on from a backup, and send the events since then again: those that it has are duplicates. Where blocks are missing because an older copy was put there, or because there is no other, accept that as the message says.",
		provoke: damagedLedgers,
	},
	{
		code:    ledger.DiskFull,
		cause:   "There is no room for what should be written. Nothing of it is booked; reading goes on.",
		remedy:  "Make room and send the event again. Where the message says that the ledger must be opened again, do that first: a sync failed, and what the disk has is known only then. Everything that was acknowledged is there.",
		provoke: fullDisk,
	},
	{
		code:    ledger.NotLeader,
		cause:   "The journal is elsewhere, and another writer has appended to it. Nothing of this was booked; what the other booked is known now.",
		remedy:  "Send the event again under the same id, to the writer that leads if it is known.",
		provoke: otherWriter,
	},
	{
		code:    ledger.OutcomeUnknown,
		cause:   "The journal is elsewhere, and does not say whether it kept this. It is asked until it does; nothing else is booked before.",
		remedy:  "Send the event again under the same id: it is booked once, whether it was kept or not.",
		provoke: lostAnswer,
	},
}

// uncoded is what fails without a code.
var uncoded = []fault{
	{cause: "The ledger was closed by its program", remedy: "Open it again", provoke: closedLedger},
	{cause: "An event was posted to a ledger that was opened for reading", remedy: "Open it for writing", provoke: readOnlyLedger},
	{cause: "The caller's context ended. The event may be booked nevertheless", remedy: "Send it again", provoke: cancelled},
	{cause: "The file is something else", remedy: "Name the ledger's file", provoke: notALedger},
	{cause: "There is no file, and it was to be read only", remedy: "Name the ledger's file", provoke: noLedger},
}
