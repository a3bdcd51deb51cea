package reconcile

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// Disputes: a chargeback takes the money of a payment, a second one takes it again, a reversal gives it back (the
// dispute was won). Providers name these in different ways, and a dispute may be won and lost several times.
//
// One dispute in three rows, under one reference (mod):
//
//	chargeback order-1 10.00 EUR mod=D1            the buyer's bank took the money
//	chargeback_reversed order-1 10.00 EUR mod=D1   we defended it and won: it is given back
//	second_chargeback order-1 10.00 EUR mod=D1     the scheme decided otherwise: it is taken again
//
// Amounts are positive whichever way the money goes; the kind says the direction. Other providers give each
// row a reference of its own, or none. Then disputes alike are told apart in disputes_won.go.

// dispute finds the chargeback that the outcome is about: by name, or, where that is allowed, the oldest of the
// amount whose movement is not known.
// It is nil if there is none. The newest of that name is taken, since a dispute that goes on may
// be a chargeback again.
func (m *match) dispute(second bool) *posting.Chargeback {
	for _, c := range slices.Backward(m.p.Chargebacks) {
		if c.Second != second {
			continue
		}
		if m.movement != "" && (c.Movement == m.movement || c.Movement == "" && c.ID == m.movement) {
			return c
		}
		if m.ours != "" && c.ID == m.ours && (c.Movement == "" || m.movement == "") {
			return c
		}
	}
	if c := m.lossAfterWin(second); c != nil || !m.byAmount {
		return c
	}
	// Of disputes alike, one that was not won since is preferred. A win that was reported under another name says
	// nothing: it may have been that of another dispute.
	for _, standing := range []bool{true, false} {
		for _, unnamed := range []bool{true, false} {
			c := m.likeliestDispute(func(c *posting.Chargeback) bool {
				fits := m.amountUnknown() || c.Amount.Equal(m.o.Amount) ||
					m.o.Part && m.movementSum().Equal(c.Amount.Int())
				disagree := m.ours != "" && c.ID != m.ours || c.Movement != "" && m.movement != "" || c.Second != second
				isWon := c.Left().IsZero()
				return (c.Movement == "") == unnamed && isWon != standing && fits &&
					!disagree && !m.disputeReported(c) && !(isWon && m.winNamedOtherwise(c))
			}, posting.PaymentChargeback)
			if c != nil {
				m.ByAmount = !m.amountUnknown()
				return c
			}
		}
	}
	return nil
}

// disputeReported reports whether the provider has reported a chargeback in this format already.
// A second line of the same amount is then another dispute. Confirmations that name no format (of older
// versions) count for each format.
func (m *match) disputeReported(c *posting.Chargeback) bool {
	return slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
		of := e.Event.Type == posting.PaymentChargeback || e.Event.Type == posting.PaymentConfirm
		s := sourceOf(m.Provider, &e.Event)
		if reportsWin(&e.Event) && e.Event.Movement != "" {
			return false // that it was lost is reported by itself
		}
		return of && e.Event.Chargeback == c.ID && s != nil && (m.sameFormat(s) || s.Format == "")
	})
}

// newDispute names a chargeback that only the provider knows.
func (m *match) newDispute() string {
	if m.ours != "" || m.movement != "" {
		return cmp.Or(m.ours, m.movement)
	}
	return derivedID(m.identity(posting.MovementChargeback, "")...)
}

// chargeback resolves that a dispute took money.
// It reports false if the outcome waits for the lines with names; errors are of the books. A dispute that
// the books do not have is always booked: the provider has taken the money, whatever the
// platform thinks of it.
func (m *match) chargeback() (bool, error) {
	second := m.o.Kind == providers.SecondChargeback
	kind := posting.MovementChargeback
	if second {
		kind = posting.MovementSecondChargeback
	}
	part := m.part()
	if m.reportedAnywhere(kind, part, posting.PaymentChargeback) {
		return true, nil
	}
	row, ok, err := m.partAccount()
	if err != nil || !ok {
		return true, err
	}
	c := m.dispute(second)
	if c == nil && !m.byAmount {
		return false, nil
	}
	e := posting.Event{Type: posting.PaymentChargeback, Payment: m.p.ID,
		Amount: m.o.Amount, Account: row, Second: second}
	if c == nil {
		m.differ(MissingInLedger, Side{}, Side{Amount: m.o.Amount})
		if m.o.Amount.Sign() <= 0 {
			m.park(MissingInLedger, "the provider does not say how much the dispute took")
			return true, nil
		}
		e.Chargeback = m.newDispute()
		m.fact(kind, part, e)
		m.costs(posting.Event{Chargeback: e.Chargeback}, nil)
		m.converted(m.o.Amount.Neg())
		return true, nil
	}
	m.compareDispute(c, kind, part, e)
	return true, nil
}

// compareDispute compares a chargeback with what the books have of it.
// e is the event that would book the outcome, without the chargeback's name.
func (m *match) compareDispute(c *posting.Chargeback, kind posting.MovementKind, part string, e posting.Event) {
	e.Chargeback = c.ID
	if m.amountUnknown() {
		m.o.Amount, e.Amount = c.Amount, c.Amount
	}
	cmp, err := m.o.Amount.Cmp(c.Amount)
	switch {
	case err != nil:
		m.differ(CurrencyMismatch, Side{Amount: c.Amount}, Side{Amount: m.o.Amount})
		m.park(CurrencyMismatch, "the chargeback is in "+string(c.Amount.Currency()))
		return
	case e.Account != "":
		// Nothing names the dispute on either side: the row is noted, and only the account is put right.
		if m.movement == "" { // the row names only the payment
			m.movement = c.Movement
		}
		if m.movement == "" {
			m.agree(kind, part, posting.Event{Chargeback: c.ID})
			m.follow(e.Account, following{holdings: c.Holdings(), reported: func(id accounts.ID) money.Int {
				if id == e.Account {
					return m.o.Amount.Int()
				}
				return money.Int{}
			}, event: posting.Event{Chargeback: c.ID}})
			break
		}
		m.fact(kind, part, e)
		m.followDispute(c, e)
	// The whole of it. More than the books have is booked; less is a break that books nothing, unless rows of accounts
	// add up to the rest.
	case cmp > 0:
		m.differ(AmountMismatch, Side{Amount: c.Amount}, Side{Amount: m.o.Amount})
		m.fact(kind, part, e)
	case cmp < 0 && m.rowTotal(posting.PaymentChargeback,
		func(x *posting.Event) bool { return x.Chargeback == c.ID }).IsZero():
		m.differ(AmountMismatch, Side{Amount: c.Amount}, Side{Amount: m.o.Amount})
		m.agree(kind, part, posting.Event{Chargeback: c.ID})
	default:
		m.agree(kind, part, posting.Event{Chargeback: c.ID})
	}
	m.disputeCosts(c)
	m.converted(m.o.Amount.Neg())
}

// followDispute lets the books follow the rows: each account pays what its row reports. So do accounts in whose
// place another paid, if a row said that they got money back before a row said that they had paid.
func (m *match) followDispute(c *posting.Chargeback, e posting.Event) {
	of := func(x *posting.Event) bool { return x.Chargeback == c.ID && x.Second == e.Second }
	f := func() following {
		return following{holdings: paidOf(c), left: c.Holdings(), reported: func(id accounts.ID) money.Int {
			return m.rowsOf(posting.PaymentChargeback, id, of)
		}, event: posting.Event{Chargeback: c.ID}}
	}
	m.followAfter(e.Account, f)
	for _, h := range paidOf(c) {
		if h.Account != e.Account {
			m.followAfter(h.Account, f)
		}
	}
}

// paidOf returns what each account paid of a dispute, whether or not it got it back.
// A row of a chargeback reports what was taken then, so what came back since must not be subtracted.
func paidOf(c *posting.Chargeback) (list []posting.Holding) {
	for _, p := range c.Paid {
		i := slices.IndexFunc(list, func(h posting.Holding) bool { return h.Account == p.Account })
		if i < 0 {
			i = len(list)
			list = append(list, posting.Holding{Account: p.Account})
		}
		list[i].Minor = list[i].Minor.Add(p.Amount.Int())
	}
	return list
}

// A round is one time that a dispute was won, with what each of the provider's formats reported of it. A dispute
// can be won, lost again, and won once more.
type round struct {
	part     string               // of the movement, as its events have it: empty of the first, then 2, 3, …
	reported map[string]time.Time // by format: the provider's own time
}

// rounds lists how often the movement was reported as won, not counting rows of accounts.
// They are in the order of the journal. Each has an event that books the win or a confirmation of it, and
// both name the round in their part.
func (m *match) rounds() (list []*round) {
	prefix := tracePart(posting.MovementChargebackReversed, "")
	for i := range m.p.Events {
		e := &m.p.Events[i].Event
		if e.Movement != m.movement || e.Account != "" {
			continue
		}
		part := e.Part
		switch {
		case e.Type == posting.PaymentChargebackReversed:
		case e.Type == posting.PaymentConfirm && strings.HasPrefix(part, prefix):
			part = strings.TrimPrefix(part, prefix)
		default:
			continue
		}
		at := slices.IndexFunc(list, func(r *round) bool { return r.part == part })
		if at < 0 {
			at = len(list)
			list = append(list, &round{part: part, reported: map[string]time.Time{}})
		}
		if s := sourceOf(m.Provider, e); s != nil {
			list[at].reported[s.Format] = m.p.Events[i].Record.At
		}
	}
	return list
}

// thisRound says which round the outcome is, and whether the books have it. Within one format, another time
// means another round. Two formats may give different times for one round: equal times are the same round, and
// otherwise the n-th of one format is the n-th of the other.
// known means that the books have the round; again means that this very format has reported it before.
//
//	report:   won at 09:00, won at 15:00
//	webhook:  won at 09:02, won at 15:01     the first is round "", the second is round "2"
func (m *match) thisRound() (part string, known, again bool) {
	rounds := m.rounds()
	format := m.line.Source.Format
	// n counts the rounds of this format before the outcome, so the outcome is its n-th, from zero.
	n := 0
	for _, r := range rounds {
		at, reported := r.reported[format]
		if reported && at.Equal(m.o.At) {
			return r.part, true, true
		}
		if reported && at.Before(m.o.At) {
			n++
		}
	}
	// Not a time that this format has given. It may be a round that only another format has reported: by its time, else
	// by its number.
	var open []*round // that this format has not reported
	for _, r := range rounds {
		if _, reported := r.reported[format]; !reported {
			open = append(open, r)
		}
	}
	for _, r := range open {
		for _, at := range r.reported {
			if at.Equal(m.o.At) {
				return r.part, true, false
			}
		}
	}
	if n < len(rounds) && slices.Contains(open, rounds[n]) {
		return rounds[n].part, true, false
	}
	if len(open) > 0 && n >= len(rounds)-len(open) {
		return open[0].part, true, false
	}
	if len(rounds) == 0 {
		return "", false, false
	}
	return strconv.Itoa(len(rounds) + 1), false, false
}

// chargebackReversed resolves that a dispute was won. A dispute may be won several times, so the first question is
// which time it is: a row of an account has an id; with a name, it is one of the rounds of that name; without, it is
// known by its content.
// It reports false if it waits for the lines with names. It is parked if the books have nothing that could
// be given back, as the money alone does not say which chargeback it is of.
func (m *match) chargebackReversed() (bool, error) {
	const kind = posting.MovementChargebackReversed
	part, row, known, again := m.part(), accounts.ID(""), false, false
	switch {
	case m.o.Part:
		id, found, err := m.rowAccount()
		if err != nil || !found {
			return true, err
		}
		row = id
		if m.reportedAnywhere(kind, part, posting.PaymentChargebackReversed) {
			return true, nil
		}
	case m.movement != "":
		part, known, again = m.thisRound()
	case m.reportedBefore(kind, part, posting.PaymentChargebackReversed):
		return true, nil
	}
	// From here on the outcome is new to this format; another one may have reported it.
	c := m.won()
	if c == nil && !m.byAmount {
		return false, nil
	}
	if again {
		m.roundAgain(part)
		return true, nil
	}
	if other := m.winAtSameTime(); other != nil && c != nil && c.Left().Sign() > 0 {
		c, known = other, true
	}
	// The win may have been reported before without a name, by a row or by the platform.
	known = known || c != nil && c.Left().IsZero() &&
		(m.isResultRow() || row == "" && m.movement != "" && len(m.rounds()) == 0)
	if c != nil && known {
		m.agree(kind, part, posting.Event{Chargeback: c.ID})
		m.costs(posting.Event{Chargeback: c.ID}, nil)
		m.converted(m.o.Amount)
		return true, nil
	}
	if !m.covered(row != "") {
		m.differ(MissingInLedger, Side{}, Side{Amount: m.o.Amount, State: "chargeback reversed"})
	}
	if c == nil {
		if c = m.winByNamelessRow(); c != nil {
			m.Class, m.Difference, m.Expected, m.ByAmount = Matched, money.Amount{}, Side{}, true
			m.agree(kind, part, posting.Event{Chargeback: c.ID})
			return true, nil
		}
	}
	if c == nil && m.row() && m.o.Net.Currency() == "" && m.o.Amount.Sign() > 0 {
		c = m.takenBack(row) // the row names only the payment, and proves that there was a dispute
	}
	if c == nil || m.amountUnknown() && c.Left().IsZero() {
		m.park(MissingInLedger, "the books have no chargeback of as much that was not won")
		return true, nil
	}
	m.bookWin(c, row, part)
	return true, nil
}

// bookWin books that a dispute of the books was won. If another account paid in the place of the row's, which gets
// money back, the payment is reassigned to it first.
// The row is of the account that gets the money back. If the books had taken it from another, the share is
// moved first: an account cannot win what it has not paid.
func (m *match) bookWin(c *posting.Chargeback, row accounts.ID, part string) {
	if row != "" && len(c.Holdings()) > 0 {
		m.follow(row, following{
			holdings: c.Holdings(),
			reported: func(id accounts.ID) money.Int {
				if id == row {
					return m.o.Amount.Int()
				}
				return money.Int{}
			},
			event: posting.Event{Chargeback: c.ID},
		})
	}
	if m.Class != Matched {
		m.Expected, m.Difference = Side{Amount: c.Amount, State: "charged back"}, money.Amount{}
	}
	m.fact(posting.MovementChargebackReversed, part, posting.Event{Type: posting.PaymentChargebackReversed,
		Payment: m.p.ID, Chargeback: c.ID, Amount: m.o.Amount, Account: row, Part: clip(part)})
	m.costs(posting.Event{Chargeback: c.ID}, nil)
	m.converted(m.o.Amount)
}

// takenBack books a dispute of which a row reports only that it was won: so it must have been lost before.
func (m *match) takenBack(row accounts.ID) *posting.Chargeback {
	name := m.newDispute()
	m.fact(posting.MovementChargeback, m.part(), posting.Event{Type: posting.PaymentChargeback,
		Payment: m.p.ID, Chargeback: name, Amount: m.o.Amount, Account: row})
	return &posting.Chargeback{ID: name, Amount: m.o.Amount}
}

// winByNamelessRow finds, for a notification, the chargeback that a report has included to be won in a row that names
// neither the movement nor the dispute.
// The report came first and had to choose a dispute by the amount. The webhook, which names one, confirms
// that win and gives it no name: it could be the wrong one.
func (m *match) winByNamelessRow() *posting.Chargeback {
	if !m.notified() || !m.byAmount {
		return nil
	}
	for _, c := range m.p.Chargebacks {
		if c.Movement != "" || !c.Left().IsZero() || !c.Amount.Equal(m.o.Amount) {
			continue
		}
		for i := range m.p.Events {
			e := &m.p.Events[i].Event
			if s := sourceOf(m.Provider, e); e.Type == posting.PaymentChargebackReversed &&
				e.Chargeback == c.ID && e.Movement == "" && s != nil && s.Report != "" {
				return c
			}
		}
	}
	return nil
}

// covered reports whether the reversal was already reported in the other form: in rows of accounts if this is the
// whole, or as a whole if this is a row.
// Rows of two accounts and a webhook of the whole are one win. The outcome is covered while its own form
// has reported no more, in minor units, than the other form has.
func (m *match) covered(row bool) bool {
	var rows, whole money.Int
	for i := range m.p.Events {
		e := &m.p.Events[i].Event
		switch {
		case e.Type != posting.PaymentChargebackReversed || m.movement == "" || e.Movement != m.movement:
		case e.Account != "":
			rows = rows.Add(e.Amount.Int())
		default:
			whole = whole.Add(e.Amount.Int())
		}
	}
	if row {
		return rows.Add(m.o.Amount.Int()).Cmp(whole) <= 0
	}
	return whole.Add(m.o.Amount.Int()).Cmp(rows) <= 0
}

// roundAgain resolves a round that this format has reported before.
// The event of that format and time is looked for, as the same line of a report that is posted
// again is no duplicate.
func (m *match) roundAgain(part string) {
	for i := range m.p.Events {
		e := &m.p.Events[i].Event
		traced := e.Part == part || e.Part == tracePart(posting.MovementChargebackReversed, part)
		if e.Movement == m.movement && traced && m.sameFormat(e.Source) && m.p.Events[i].Record.At.Equal(m.o.At) {
			m.markRepeated(e)
			return
		}
	}
	m.Class = Duplicate
}
