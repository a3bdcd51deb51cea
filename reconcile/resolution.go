package reconcile

import (
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/ondisk"
)

// A line and what came of it: the values that the comparison sets and that callers read.

// A Line is one outcome of a run, with where it comes from and what became of it.
type Line struct {
	Outcome providers.Outcome
	Payment string             // of the books, as far as the names in the outcome report; empty if none is found
	Source  posting.FactSource // Report is empty of a notification
	Notice  *posting.Notice    // that kept the outcome; nil of all others

	Resolution

	file             int    // of the run
	ambiguousPayment bool   // it is of one of several payments that have the merchant's reference
	sharedReference  bool   // another payment that the books do not have either has the merchant's reference
	resolvedEarly    bool   // it was resolved when it was read: see [Resolver.resolveEarly]
	unread           string // what is still to be read of it
}

// A Resolution is how an outcome compares with the books.
type Resolution struct {
	Class    Class
	Payment  string // its name in the books; empty where none was found, or none is meant
	Movement string // the provider's reference of what it did, as far as it is a name
	ByAmount bool   // it has no name that both sides know, and was found by its amount

	Expected   Side         // what the books have; the zero Side if nothing
	Found      Side         // what the provider says
	Difference money.Amount // found less expected, where both are amounts of one currency

	Timing bool      // it may be a matter of time; otherwise it needs a decision
	Since  time.Time // when it was reported first and kept; zero if it was not
	Hint   string    // what the cause may be
	Remedy string    // a command that mends it, or shows more

	// Events book what the outcome proves, in this order.
	Events  []posting.Event
	skipped bool // there are more, which nobody would look at

	// Waiting is set if the outcome cannot be booked as the books are. It is kept as a notice until it can; Why
	// gives the reason.
	Waiting bool
	Why     string

	entries        []uint64            // of the payment
	claims         []ondisk.Key        // the captures, refunds, transfers and payouts that the outcome is about
	reportedRecord uint64              // the record of the capture that the outcome reports
	settledWhole   bool                // with it all of that capture is settled
	again          *posting.FactSource // who reported it before; nil if nobody did
	from, to       money.Amount        // what the provider converted
}

// A Side is what the books or the provider say: an amount, a state, or both.
type Side struct {
	Amount money.Amount
	State  string
}

// IsZero reports whether nothing is said.
func (s Side) IsZero() bool { return s.State == "" && s.Amount.Currency() == "" }

// proves reports whether something is to be booked.
func (r *Resolution) proves() bool { return r.skipped || len(r.Events) > 0 }

// Left reports whether something is left to be done about a line once its events are booked.
func (r *Resolution) Left() bool {
	switch r.Class {
	case Matched, Duplicate, UnmatchedOther:
		return r.Waiting
	case Unreadable, UnknownKind, BalanceMismatch, CurrencyMismatch:
		return true
	case AmountMismatch:
		return r.Timing || r.Waiting || !r.proves()
	}
	return r.Waiting || !r.proves()
}

// differ sets both sides and, where they are comparable, the difference.
func (r *Resolution) differ(c Class, expected, found Side) {
	r.Class, r.Expected, r.Found = c, expected, found
	if x, y := expected.Amount, found.Amount; x.Currency() != "" && x.Currency() == y.Currency() {
		r.Difference = money.FromInt(y.Int().Sub(x.Int()), x.Currency())
	}
}
