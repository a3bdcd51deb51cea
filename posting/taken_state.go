// The state of refunds and chargebacks: who gave how much of which capture, and what came back of it.

package posting

import (
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
)

// A Refund is money given back to the buyer.
type Refund struct {
	ID     string
	At     time.Time
	Amount money.Amount
	Failed bool // it did not go through, and was undone
	Fact   bool // the provider reported it

	Movement  string // the provider's reference of it, where that is known
	Confirmed *Confirmation

	failedAt time.Time   // when it failed, as the provider reports
	failure  string      // the movement that reported that, where it has one
	reported reportedSum // what the provider reported of it
	lines    lines
}

// State returns how far the refund has come.
func (r *Refund) State() State {
	if r.Failed {
		return RefundFailed
	}
	return RefundCompleted
}

// attempted reports whether the books have no more of a refund than that it failed.
func (r *Refund) attempted() bool { return r.Failed && len(r.lines.values) == 0 }

// ofMovement reports whether a refund is, or may be, a movement of the provider.
func (r *Refund) ofMovement(movement string) bool {
	return r.Movement == "" || r.Movement == movement || r.ID == movement
}

// A Chargeback is money that a dispute took.
type Chargeback struct {
	ID         string
	At         time.Time
	Amount     money.Amount // any currency
	Reversed   money.Amount // of that, what came back
	Fee        money.Amount // of the dispute; zero if there was none
	FeeAccount accounts.ID  // who bore the fee
	Paid       []Payer      // who paid what
	Movement   string       // the provider's reference of it, where that is known
	Second     bool         // what was won is taken again
	Confirmed  *Confirmation

	reported    reportedSum // what the provider reported of it
	feeReported reportedSum // and of its fee
	lines       lines
}

// A Payer is what one account paid of a chargeback.
type Payer struct {
	Account   accounts.ID
	Type      string // of the part it paid for; Chargeback where it paid for no part
	Reference string
	Amount    money.Amount
	Reversed  money.Amount // of that, what came back
	Reason    string       // why, where a rule decided
}

// Left returns what the dispute took and did not give back.
func (c *Chargeback) Left() money.Amount {
	return money.FromInt(c.Amount.Int().Sub(c.Reversed.Int()), c.Amount.Currency())
}

// State returns how far the chargeback has come.
func (c *Chargeback) State() State {
	switch {
	case c.Left().IsZero():
		return ChargebackReversed
	case c.Reversed.IsZero():
		return ChargebackOpen
	}
	return ChargebackPartReversed
}

// ofMovement reports whether a chargeback is a movement of the provider.
func (c *Chargeback) ofMovement(movement string) bool {
	return c.Movement == movement || c.Movement == "" && c.ID == movement
}

// conclude lists who paid.
func (c *Chargeback) conclude() {
	c.Paid = nil
	var paid ordered[partKey, Payer]
	currency := c.Amount.Currency()
	for _, l := range c.lines.values {
		if l.minor.IsZero() { // it was reassigned to another account
			continue
		}
		payer, had := paid.add(l.key)
		if !had {
			*payer = Payer{Account: l.key.account, Type: l.key.kind, Reference: l.key.reference, Reason: l.reason}
		}
		payer.Amount = money.FromInt(payer.Amount.Int().Add(l.minor), currency)
		payer.Reversed = money.FromInt(payer.Reversed.Int().Add(l.back), currency)
	}
	for _, payer := range paid.values {
		c.Paid = append(c.Paid, *payer)
	}
}

// A line is what one account gave of one capture; without a capture, of what it had available.
type line struct {
	capture *Capture
	key     partKey
	minor   money.Int
	back    money.Int // of that, what came back
	reason  string
}

// lines are those of a refund or chargeback, in the order of its entries.
type lines struct {
	ordered[lineKey, line]
}

// A lineKey is the part and the capture that a line is of. The capture is nil for what goes beyond all captures.
type lineKey struct {
	capture *Capture
	part    partKey
}

// add counts what an account gave.
func (l *lines) add(c *Capture, k partKey, minor money.Int, reason string) {
	one, had := l.ordered.add(lineKey{c, k})
	if !had {
		*one = line{capture: c, key: k, reason: reason}
	}
	one.minor = one.minor.Add(minor)
}

// left returns what was given and did not come back.
func (l *lines) left() (left money.Int) {
	for _, one := range l.values {
		left = left.Add(one.minor.Sub(one.back))
	}
	return left
}

// reasons returns why each line was booked as it was.
func (l *lines) reasons() []string {
	list := make([]string, len(l.values))
	for i, one := range l.values {
		list[i] = one.reason
	}
	return list
}

// givenBack says how much of each line comes back of a sum: first of those of an account, if one is named, and then of
// the others by what each has left.
func (l *lines) givenBack(first accounts.ID, sum money.Int) []money.Int {
	amounts, weights := make([]money.Int, len(l.values)), make([]money.Int, len(l.values))
	for i, one := range l.values {
		weights[i] = one.minor.Sub(one.back)
		if first == "" || one.key.account != first {
			continue
		}
		x := least(weights[i], sum, sum)
		amounts[i], weights[i], sum = x, weights[i].Sub(x), sum.Sub(x)
	}
	shares, _ := byRatio(sum, weights)
	for i := range shares {
		amounts[i] = amounts[i].Add(shares[i])
	}
	return amounts
}

// giveBack counts what comes back of each line; taken counts it as taken, below zero, where the line was taken from.
func (l *lines) giveBack(amounts []money.Int, taken func(*line, money.Int)) {
	for i, one := range l.values {
		one.back = one.back.Add(amounts[i])
		taken(one, amounts[i].Neg())
	}
}

// move makes a part of a line another's; taken counts what is taken.
func (l *lines) move(from, to lineKey, minor money.Int, taken func(*line, money.Int)) {
	one := l.find(from)
	if one == nil {
		return
	}
	one.minor = one.minor.Sub(minor)
	taken(one, minor.Neg())
	l.add(to.capture, to.part, minor, accountDiffers)
	taken(l.find(to), minor) // the same, where liable stands for both
}

// disputes counts what a chargeback takes of a line's capture and share, or gives back to them if it is negative.
func (l *line) disputes(minor money.Int) {
	if l.capture == nil {
		return
	}
	l.capture.disputed = l.capture.disputed.Add(minor)
	if sh := l.capture.shares.find(l.key); sh != nil {
		sh.disputed = sh.disputed.Add(minor)
	}
}

// rest returns what an event reports of lines that come back where it does not say how much: all that has not come back
// yet, or what has not of its account.
func (t *reportedSum) rest(l *lines, e *Event) (left money.Int) {
	if !rowed(e) {
		return atLeastZero(t.booked.Add(l.left()).Sub(t.parts))
	}
	for _, one := range l.values {
		if one.key.account == e.Account {
			left = left.Add(one.minor.Sub(one.back))
		}
	}
	return left
}
