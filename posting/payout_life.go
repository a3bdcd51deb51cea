package posting

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

// payoutLife is the life cycle of payouts. What becomes of one is a fact, which no state refuses.
var payoutLife = lifecycle{
	noun: "payout",
	doc: "A payout takes what an account has available, and keeps it reserved while it is under way. Then the provider says what became of it: it was paid or failed, " +
		"or it came back after it was paid, in one piece or several. These are facts, and booked in whatever order they are told.",
	states: []named{
		{PayoutIsRequested, "asked for; its money is reserved"},
		{PayoutIsPaid, "its money has left"},
		{PayoutHasFailed, "its money is available again"},
		{PayoutPartiallyReturned, "its money has left, and some of it came back"},
		{PayoutIsReturned, "its money has left, and all of it came back"},
	},
	events: []Type{PayoutRequest, PayoutPaid, PayoutFailed, PayoutReturned},
	moves: []move{
		{from: unborn, on: PayoutRequest, to: to(PayoutIsRequested)},
		{from: PayoutIsRequested, on: PayoutRequest, code: DuplicateReference, note: nameOfItsOwn},
		{from: PayoutIsRequested, on: PayoutPaid, to: to(PayoutIsPaid)},
		{from: PayoutIsRequested, on: PayoutFailed, to: to(PayoutHasFailed)},
		{from: PayoutIsRequested, on: PayoutReturned, to: to(PayoutPartiallyReturned, PayoutIsReturned), note: paidAndReturned},
		{from: PayoutIsPaid, on: PayoutRequest, code: DuplicateReference, note: nameOfItsOwn},
		{from: PayoutIsPaid, on: PayoutPaid, to: to(PayoutIsPaid), note: onceMore},
		{from: PayoutIsPaid, on: PayoutFailed, to: to(PayoutIsReturned), note: bookedAsReturned},
		{from: PayoutIsPaid, on: PayoutReturned, to: to(PayoutPartiallyReturned, PayoutIsReturned)},
		{from: PayoutHasFailed, on: PayoutRequest, code: DuplicateReference, note: "a new attempt has a name of its own"},
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
