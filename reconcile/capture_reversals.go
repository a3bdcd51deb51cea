package reconcile

import (
	"slices"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// Reversals of captures: the provider takes back from us what a capture brought. It is reported as a whole, in rows of
// accounts, or both, and often under a reference that is not the capture's.

// rowsTakeBack reports whether rows have begun to take a capture back, under any name. The remaining rows will
// follow; booking the whole now would take it twice.
func (m *match) rowsTakeBack(c *posting.Capture) bool {
	return slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
		return e.Event.Type == posting.PaymentCaptureReversed && e.Event.Capture == c.ID && e.Event.Account != ""
	})
}

// captureReversed resolves that the provider took a capture back.
// It reports false if the outcome waits for the lines with names, and parks it if no capture can be meant.
func (m *match) captureReversed() (bool, error) {
	part := m.part()
	if m.reportedAnywhere(posting.MovementCaptureReversed, part, posting.PaymentCaptureReversed) {
		return true, nil
	}
	row, ok, err := m.partAccount()
	if err != nil || !ok {
		return true, err
	}
	c := m.reversedCapture()
	if c == nil && !m.byAmount {
		return false, nil
	}
	if c == nil {
		// When the notification came, what refunds had taken could not be taken back. If they fail, rows report
		// that part later.
		if c = m.reversedByNotice(); c != nil && !c.TakenBack().IsZero() {
			m.reversedRow(c, row, part)
			return true, nil
		}
		if c == nil {
			c = m.onlyStanding()
		}
		if c == nil {
			m.park(MissingInLedger, "the books have no such capture")
			return true, nil
		}
	}
	if row != "" && m.reversedAsWhole(c) {
		m.reversedRow(c, row, part)
		return true, nil
	}
	m.claim(ofCapture, c.ID)
	e := posting.Event{Type: posting.PaymentCaptureReversed, Payment: m.p.ID, Capture: c.ID, Account: row}
	if !m.amountUnknown() && (row != "" || !c.Amount.Equal(m.o.Amount)) {
		e.Amount = m.o.Amount
	}
	m.differ(MissingInLedger, Side{Amount: c.Amount, State: "captured"},
		Side{Amount: m.o.Amount, State: "capture reversed"})
	m.Difference = money.Amount{}
	m.fact(posting.MovementCaptureReversed, part, e)
	if row != "" { // as a whole it may have been taken from others
		m.followAfter(row, func() following {
			return following{holdings: m.heldOf(c), reported: func(id accounts.ID) money.Int {
				return m.rowsOfCapture(c, id)
			}, event: posting.Event{Capture: c.ID}}
		})
	}
	m.converted(m.o.Amount.Neg())
	return true, nil
}

// reversedCapture finds the capture that a reversal is about: that of an earlier row of the reversal, else the
// one it names, else one of the amount.
func (m *match) reversedCapture() *posting.Capture {
	if c := m.reversedUnder(); c != nil {
		return c
	}
	if m.byAmount && m.namedCapture() == nil {
		if c := m.reversedByNotice(); c != nil && !c.TakenBack().IsZero() {
			return nil // it is that one's, whatever else has the amount
		}
	}
	movement := m.movement // that of the reversal, which is another than the capture's
	defer func() { m.movement = movement }()
	if c := m.capture(isLive); c != nil || !m.byAmount {
		return c
	}
	m.movement = ""
	return m.capture(isLive)
}

// onlyStanding returns the capture that a reversal of another amount may be about, if exactly one stands.
func (m *match) onlyStanding() *posting.Capture {
	var only *posting.Capture
	for _, c := range m.p.Captures {
		if isLive(c) && (m.ours == "" || !c.Named || c.ID == m.ours) {
			if only != nil {
				return only
			}
			only = c
		}
	}
	return only
}

// reversedUnder returns the capture that was reported as taken back under the movement of the outcome.
func (m *match) reversedUnder() *posting.Capture {
	for e := range m.eventsOfMovement() {
		of := func(c *posting.Capture) bool { return c.ID == e.Capture }
		if i := slices.IndexFunc(m.p.Captures, of); i >= 0 && e.Type == posting.PaymentCaptureReversed {
			return m.p.Captures[i]
		}
	}
	return nil
}

// reversalTraced reports whether rows of another name were found to be of the reversal of a capture.
func (m *match) reversalTraced(c *posting.Capture) bool {
	return slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
		traced := e.Event.Type == posting.PaymentConfirm &&
			strings.HasPrefix(e.Event.Part, tracePart(posting.MovementCaptureReversed, ""))
		return traced && e.Event.Capture == c.ID && e.Event.Movement != m.movement
	})
}

// reversedByNotice finds the capture of which a notification has reported the reversal, under a name of its own.
// It is nil if there is none. Only a report asks, or a row: two webhooks of two reversals are never the same one.
func (m *match) reversedByNotice() *posting.Capture {
	if m.notified() && !m.o.Part {
		return nil
	}
	for _, c := range m.p.Captures {
		fits := c.Amount.Equal(m.o.Amount) || m.o.Part && m.movementSum().Equal(c.Amount.Int())
		if c.Reversed && fits && !m.reversalTraced(c) &&
			slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
				s := sourceOf(m.Provider, &e.Event)
				return e.Event.Type == posting.PaymentCaptureReversed &&
					e.Event.Capture == c.ID && s != nil && s.Report == ""
			}) {
			return c
		}
	}
	return nil
}

// reversedAsWhole reports whether a capture was reported as taken back as a whole, under another
// name than the outcome's.
func (m *match) reversedAsWhole(c *posting.Capture) bool {
	return c.Reversed && slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
		return e.Event.Type == posting.PaymentCaptureReversed && e.Event.Capture == c.ID &&
			e.Event.Account == "" && e.Event.Movement != m.movement
	})
}

// reversedRow compares a row of a reversal that a notification has reported under another name. What the account
// got of the capture only after the notification is taken back by the row.
func (m *match) reversedRow(c *posting.Capture, row accounts.ID, part string) {
	m.claim(ofCapture, c.ID)
	for _, h := range c.Holdings() {
		left := h.Minor
		if h.Account != row || left.Sign() <= 0 {
			continue
		}
		left = smaller(left, m.o.Amount.Int())
		m.differ(MissingInLedger, Side{Amount: c.Amount, State: "captured"},
			Side{Amount: m.o.Amount, State: "capture reversed"})
		m.Difference = money.Amount{}
		m.fact(posting.MovementCaptureReversed, part,
			posting.Event{Type: posting.PaymentCaptureReversed, Payment: m.p.ID, Capture: c.ID, Account: row,
				Amount: money.FromInt(left, m.p.Currency)})
		return
	}
	m.agree(posting.MovementCaptureReversed, part, posting.Event{Capture: c.ID})
}
