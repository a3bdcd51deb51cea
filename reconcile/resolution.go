package reconcile

import (
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A Resolution is what a [Resolver] makes of an outcome.
type Resolution struct {
	Class   Class
	Payment string // its name in the books; empty where none was found, or none is meant

	Expected   Side         // what the books have; the zero Side if nothing
	Found      Side         // what the provider says
	Difference money.Amount // found less expected, where both are amounts of one currency

	Hint   string // what the cause may be
	Remedy string // a command that mends it, or shows more

	// Events book what the outcome proves, in this order. There are none where it contradicts the books.
	Events []posting.Event

	// Waiting says that the books do not know the payment: the outcome can be kept as a notice (see [Resolver.Notice]) and
	// resolved again once they do.
	Waiting bool

	// Same tells outcomes apart: two with the same are the same, told twice, or two of what can be but once. Print is the
	// fingerprint of the outcome itself.
	Same, Print Key

	// Claim is the capture or refund in the books that the outcome is about; zero if none.
	Claim  Key
	record uint64 // of that capture; 0 of a refund

	// Choices is how many captures or refunds of the payment fit equally well where the outcome names none, and Choice is
	// the same for all such outcomes. The n-th of them is about the n-th ([Resolver.ResolveNth]).
	Choices int
	Choice  Key

	from, to money.Amount  // what the provider converted
	newFees  []posting.Fee // that the events book of the payment, made or not
}

// A Side is what the books or the provider say: an amount, a state, or both.
type Side struct {
	Amount money.Amount
	State  string
}

// IsZero reports whether nothing is said.
func (s Side) IsZero() bool { return s.State == "" && s.Amount.Currency() == "" }

// differ sets both sides and, where they are comparable, the difference.
func (r *Resolution) differ(c Class, expected, found Side) {
	r.Class, r.Expected, r.Found = c, expected, found
	if x, y := expected.Amount, found.Amount; x.Currency() != "" && x.Currency() == y.Currency() {
		r.Difference = money.FromInt(y.Int().Sub(x.Int()), x.Currency())
	}
}
