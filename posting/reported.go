// How reports of the same money are kept apart from reports of more money: by the sum of what a provider has reported
// of a movement.

package posting

import "github.com/splitledger/splitledger/money"

// A reportedSum adds up what a provider reported of one movement, of one kind and in one currency, in minor units that
// are never below 0. Providers report the same money in up to three ways: as a whole, in parts (the batches of a
// settlement, the rounds of a reversal), and as rows of single accounts. Each way is added up by itself, because each
// describes the same money anew; a whole that is reported again counts only as far as it is larger.
type reportedSum struct {
	whole  money.Int // without a part and of no account: the largest that was reported
	parts  money.Int // the sum of the parts
	rows   money.Int // the sum of the rows
	booked money.Int // how much of the movement is booked
}

// total returns how much the movement comes to: the largest of the three ways.
func (t *reportedSum) total() money.Int {
	most := t.whole
	for _, sum := range []money.Int{t.parts, t.rows} {
		if sum.Cmp(most) > 0 {
			most = sum
		}
	}
	return most
}

// add counts what an event reports, and returns how much of it is still to be booked, which counts as booked from then
// on. It is zero where the event reports in another way what is booked already.
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

// report is add for an event, in the way in which the event reports.
func (t *reportedSum) report(e *Event, minor money.Int) (beyond money.Int) {
	return t.add(e.Part != "", rowed(e), minor)
}

// reportRound is report for what comes back in rounds, such as a reversal: each event without an account is a round of
// its own, so two equal ones add up.
func (t *reportedSum) reportRound(e *Event, minor money.Int) (beyond money.Int) {
	return t.add(true, rowed(e), minor)
}

// beyond returns what report would, and counts nothing: the rules ask before anything is booked.
func (t reportedSum) beyond(e *Event, minor money.Int) money.Int { return t.report(e, minor) }

// rowed reports whether an event is the row of one account in a report, and not of the whole movement. A capture names
// its account by its only split.
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
