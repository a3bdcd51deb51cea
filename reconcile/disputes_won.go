package reconcile

import (
	"slices"
	"strings"

	"github.com/splitledger/splitledger/posting"
)

// Which dispute a win is about, and which of several disputes of one amount, if a row names only the payment.
//
// Reports on disputes have a row for each result, without a reference of the dispute:
//
//	chargeback order-1 10.00 EUR psp=P1           two disputes of 10 EUR were opened ...
//	chargeback order-1 10.00 EUR psp=P1
//	chargeback_reversed order-1 10.00 EUR psp=P1  ... and one of them was won
//
// For the balances it is the same which one was won. But a webhook names its dispute, and if the row was
// matched to the other one, both would look won. So the choice prefers whatever an earlier report
// or webhook makes likely.

// likeliestDispute returns, of the chargebacks that fit, the one with an event of that type at the time of the
// outcome, else the oldest.
// It is the provider's own time, which two disputes have in common only by chance. It is nil if none fits.
func (m *match) likeliestDispute(fits func(*posting.Chargeback) bool, what posting.Type) (oldest *posting.Chargeback) {
	for _, c := range m.p.Chargebacks {
		if !fits(c) {
			continue
		}
		for i := range m.p.Events {
			if e := &m.p.Events[i]; e.Event.Type == what && e.Event.Chargeback == c.ID && e.Record.At.Equal(m.o.At) {
				return c
			}
		}
		if oldest == nil || c.At.Before(oldest.At) {
			oldest = c
		}
	}
	return oldest
}

// lossAfterWin returns the chargeback whose win was reported under the movement of the outcome before its loss was
// reported.
// Reports come in any order: the won row of a dispute may be read before the row that opened it. The win has
// made the chargeback then, and the loss must find it and not make another one. second says whether the outcome
// is a second chargeback; the two kinds are never taken for each other.
func (m *match) lossAfterWin(second bool) *posting.Chargeback {
	for e := range m.eventsOfMovement() {
		if !reportsWin(e) {
			continue
		}
		for _, c := range m.p.Chargebacks {
			if c.ID == e.Chargeback && c.Movement == "" && c.Second == second && c.Amount.Equal(m.o.Amount) {
				return c
			}
		}
	}
	return nil
}

// reportsWin reports whether an event reports that a dispute was won.
// Either the event that booked the win, or the confirmation that another format reported it as well.
func reportsWin(e *posting.Event) bool {
	return e.Type == posting.PaymentChargebackReversed ||
		e.Type == posting.PaymentConfirm && strings.HasPrefix(e.Part, tracePart(posting.MovementChargebackReversed, ""))
}

// winNamedOtherwise reports whether a chargeback was reported as won under another name than its own.
// It may then have been matched only by its amount, and the win may be another dispute's.
func (m *match) winNamedOtherwise(c *posting.Chargeback) bool {
	return slices.ContainsFunc(m.p.Events, func(x posting.PaymentEvent) bool {
		e := &x.Event
		return reportsWin(e) && e.Chargeback == c.ID && e.Movement != "" && c.Movement != "" && e.Movement != c.Movement
	})
}

// isResultRow reports whether the outcome is a row of a report that says what became of one dispute, and names
// only the payment.
func (m *match) isResultRow() bool {
	return m.row() && !m.notified() && m.movement == "" && m.o.Net.Currency() == ""
}

// wonByRow finds the chargeback that a row says was won. It prefers disputes whose win notifications have reported
// and no row has, and among these the row's own. Otherwise it is the row's own, else one that no other row has
// reported. If another row has reported the win of the row's own dispute, the two rows may have been swapped.
// It is nil if the payment has no dispute that fits. A row of less than what is left of a dispute wins a part of it.
func (m *match) wonByRow() *posting.Chargeback {
	// The row's own dispute is the one that was opened by the row with the same id.
	own := ""
	if e := m.event(posting.MovementChargeback, m.part(), posting.PaymentChargeback); e != nil {
		own = e.Chargeback
	}
	exchanged := false
	for _, c := range m.p.Chargebacks {
		exchanged = exchanged || c.ID == own && m.winRowReported(c)
	}
	// Candidates: left is a dispute that is still lost, with just the amount to win; won is one whose win is in
	// the books, and which no row has confirmed yet.
	left := func(c *posting.Chargeback) bool { return c.Left().Sign() > 0 && c.Left().Equal(m.o.Amount) }
	won := func(c *posting.Chargeback) bool {
		return c.Left().IsZero() && c.Amount.Equal(m.o.Amount) && !m.winRowReported(c)
	}
	for _, fits := range []func(*posting.Chargeback) bool{
		func(c *posting.Chargeback) bool { return c.ID == own && won(c) },
		won,
		func(c *posting.Chargeback) bool { return c.ID == own && left(c) },
		func(c *posting.Chargeback) bool { return left(c) && !m.disputeReported(c) },
		func(c *posting.Chargeback) bool { return left(c) && exchanged },
		func(c *posting.Chargeback) bool {
			cmp, err := m.o.Amount.Cmp(c.Left())
			return err == nil && cmp < 0 && (c.ID == own || !m.disputeReported(c))
		},
	} {
		if c := m.likeliestDispute(fits, posting.PaymentChargebackReversed); c != nil {
			m.ByAmount = true
			return c
		}
	}
	return nil
}

// winRowReported reports whether a row has reported that a chargeback was won.
func (m *match) winRowReported(c *posting.Chargeback) bool {
	return slices.ContainsFunc(m.p.Events, func(x posting.PaymentEvent) bool {
		s := sourceOf(m.Provider, &x.Event)
		return x.Event.Chargeback == c.ID && reportsWin(&x.Event) && s != nil && s.Report != ""
	})
}

// winAtSameTime finds, for a notification, a dispute of the same amount whose win a row reported at the same time and
// no notification did. Such a row names only the payment, so it may have been matched on the wrong one of
// disputes alike.
// The notification then confirms that win and books nothing; nil if there is no such dispute.
func (m *match) winAtSameTime() *posting.Chargeback {
	if !m.notified() || m.o.Part {
		return nil
	}
	for _, c := range m.p.Chargebacks {
		then, notified := false, false
		for i := range m.p.Events {
			e := &m.p.Events[i]
			if s := sourceOf(m.Provider, &e.Event); e.Event.Chargeback == c.ID && reportsWin(&e.Event) && s != nil {
				then = then || s.Report != "" && e.Event.Movement == "" && e.Record.At.Equal(m.o.At)
				notified = notified || s.Report == ""
			}
		}
		if then && !notified && c.Left().IsZero() && c.Amount.Equal(m.o.Amount) {
			return c
		}
	}
	return nil
}

// winOfMovement finds the chargeback that the same reversal was reported to be of.
// A row of the next account, or the same win in another format, must come to the same dispute. It is nil if
// none was reported.
func (m *match) winOfMovement() *posting.Chargeback {
	for e := range m.eventsOfMovement() {
		of := func(c *posting.Chargeback) bool { return c.ID == e.Chargeback }
		if i := slices.IndexFunc(m.p.Chargebacks, of); i >= 0 && e.Type == posting.PaymentChargebackReversed {
			return m.p.Chargebacks[i]
		}
	}
	return nil
}

// won finds the chargeback that a reversal is about. By name it is one with something left; else one with just
// as much left; else the newest with more. Providers may give a reversal another name than its dispute.
// It is nil if there is none, or if the outcome waits for the lines with names. A dispute of which more is left
// may be won in part: the rest stays charged back.
func (m *match) won() *posting.Chargeback {
	if c := m.winOfMovement(); c != nil {
		return c
	}
	var named *posting.Chargeback
	for _, c := range slices.Backward(m.p.Chargebacks) {
		is := m.movement != "" && (c.Movement == m.movement || c.Movement == "" && c.ID == m.movement) ||
			m.ours != "" && c.ID == m.ours
		if is && (named == nil || named.Left().IsZero()) {
			named = c
		}
	}
	if named != nil && !m.wonUnderOtherName(named) {
		return named
	}
	if !m.byAmount {
		return nil
	}
	if m.isResultRow() {
		return m.wonByRow()
	}
	for _, fits := range []func(*posting.Chargeback) bool{
		func(c *posting.Chargeback) bool { return c.Left().Equal(m.o.Amount) || m.amountUnknown() },
		func(c *posting.Chargeback) bool {
			cmp, err := m.o.Amount.Cmp(c.Left())
			return err == nil && cmp < 0
		},
	} {
		for _, c := range slices.Backward(m.p.Chargebacks) {
			if c.Left().Sign() > 0 && fits(c) {
				m.ByAmount = true
				return c
			}
		}
	}
	return named
}

// wonUnderOtherName reports whether the named chargeback is already taken: an earlier reversal of another name was
// matched to it by amount. Then this reversal is that of another chargeback with as much left.
func (m *match) wonUnderOtherName(named *posting.Chargeback) bool {
	if !named.Left().IsZero() {
		return false
	}
	other := slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
		of := e.Event.Type == posting.PaymentChargebackReversed && e.Event.Chargeback == named.ID
		return of && e.Event.Movement != "" && e.Event.Movement != m.movement
	})
	return other && slices.ContainsFunc(m.p.Chargebacks, func(c *posting.Chargeback) bool {
		return c.Amount.Equal(named.Amount) && c.Left().Sign() > 0
	})
}
