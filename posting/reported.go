package posting

import "github.com/splitledger/splitledger/money"

// A reportedSum adds up what providers told of one movement, of one kind and in one currency. They may tell it three times
// over: as a whole, in parts (the batches of a settlement, the rounds of a reversal), and as rows of single accounts.
// The last two are added up, each by itself, because each is another account of the same money; the whole told again is
// the larger of both. Amounts are never below 0.
type reportedSum struct {
	whole  money.Int // told without a part and of no account
	parts  money.Int // told in parts
	rows   money.Int // told of single accounts
	booked money.Int // of all that
}

// total returns how much the movement comes to: the most that one of the three ways of telling says.
func (t *reportedSum) total() money.Int {
	most := t.whole
	for _, sum := range []money.Int{t.parts, t.rows} {
		if sum.Cmp(most) > 0 {
			most = sum
		}
	}
	return most
}

// add counts what an event tells, and returns how much of it goes beyond what is booked, which counts as booked from
// then on. It is nothing where the event tells in another way what is booked already.
func (t *reportedSum) add(hasPart, ofAccount bool, minor money.Int) (beyond money.Int) {
	switch {
	case ofAccount:
		t.rows = t.rows.Add(minor)
	case hasPart:
		t.parts = t.parts.Add(minor)
	case minor.Cmp(t.whole) > 0:
		t.whole = minor
	}
	if beyond = t.total().Sub(t.booked); beyond.Sign() <= 0 {
		return money.Int{}
	}
	t.booked = t.booked.Add(beyond)
	return beyond
}

// report counts what an event tells, in its way of telling.
func (t *reportedSum) report(e *Event, minor money.Int) (beyond money.Int) {
	return t.add(e.Part != "", rowed(e), minor)
}

// reportRound is tell of what comes back in rounds: what is told of no account is one.
func (t *reportedSum) reportRound(e *Event, minor money.Int) (beyond money.Int) {
	return t.add(true, rowed(e), minor)
}

// beyond returns what tell would, and counts nothing.
func (t reportedSum) beyond(e *Event, minor money.Int) money.Int { return t.report(e, minor) }

// rowed reports whether an event tells a row of one account.
func rowed(e *Event) bool {
	if e.Type == PaymentCapture {
		return e.Part != "" && len(e.Splits) == 1
	}
	return e.Account != ""
}

// A movementKey names a movement within its payment, in one currency.
type movementKey struct {
	kind     MovementKind
	movement string
	currency string
}
