package reconcile

import (
	"cmp"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// Captures: which capture of the payment an outcome is about, and what is compared when the provider reports that it
// was captured, cancelled, adjusted, or could not be settled. Settlements, reversals and splits find
// their capture here, too.

// namesCapture reports whether a name identifies the capture: the provider's, or the platform's if no other
// movement is known for it.
func (m *match) namesCapture(c *posting.Capture) bool {
	if m.movement != "" && (c.Movement == m.movement || c.Movement == "" && c.ID == m.movement) {
		return true
	}
	return m.ours != "" && c.ID == m.ours && (c.Movement == "" || m.movement == "" || c.Movement == m.movement)
}

// namedCapture returns the capture that a name identifies. If one was cancelled and captured again under the
// same name, it is the one that stands.
func (m *match) namedCapture() (named *posting.Capture) {
	for _, c := range m.p.Captures {
		if m.namesCapture(c) && (named == nil || !isLive(named) && isLive(c)) {
			named = c
		}
	}
	return named
}

// mayBe reports whether the outcome may be the capture, as far as names tell.
func (m *match) mayBe(c *posting.Capture) bool {
	if m.ours != "" && c.Named && c.ID != m.ours {
		return false
	}
	return c.Movement == "" || m.movement == ""
}

// capture finds the capture that the outcome is about: by name, or by amount where that is allowed. Several may
// have the amount. If the platform asked for exactly one of them in the same minute, it is that one; otherwise
// it is the oldest of the first kind that has any.
// It is nil if there is none, or if the outcome waits for the lines with names.
func (m *match) capture(kinds ...func(*posting.Capture) bool) *posting.Capture {
	if c := m.namedCapture(); c != nil || !m.byAmount {
		return c
	}
	m.dropTakenName()
	// Captures without a movement come first: one with a movement was matched to another line already. Of those that
	// fit, at has the ones that the platform asked for in the minute of the outcome.
	var fit, at []*posting.Capture
	for _, fits := range kinds {
		for _, unnamed := range []bool{true, false} {
			for _, c := range m.p.Captures {
				if (c.Movement == "") != unnamed || !m.mayBe(c) || !m.amountUnknown() && !m.sameAmount(c) || !fits(c) {
					continue
				}
				fit = append(fit, c)
				if m.sameMinute(c.At) && !slices.Contains(at, c) {
					at = append(at, c)
				}
			}
		}
	}
	if len(fit) == 0 {
		return nil
	}
	m.ByAmount = !m.amountUnknown()
	if len(at) == 1 {
		return at[0]
	}
	return fit[0]
}

// dropTakenName forgets the platform's name if the capture of that name is known as another movement. That one was
// matched by its amount, before this outcome reported the name. The captures are alike, so it does not
// matter which is which.
func (m *match) dropTakenName() {
	taken := slices.ContainsFunc(m.p.Captures, func(c *posting.Capture) bool {
		return c.ID == m.ours && c.Movement != "" && m.movement != "" && c.Movement != m.movement
	})
	if taken {
		m.ours = ""
	}
}

// amountUnknown reports whether the provider does not say how much.
func (m *match) amountUnknown() bool { return m.o.Amount.Currency() == "" }

// sameAmount reports whether the amount fits a capture. A row of one account is compared with what that account
// got of it.
func (m *match) sameAmount(c *posting.Capture) bool {
	if !m.o.Part {
		return c.Amount.Equal(m.o.Amount)
	}
	id, known, err := m.account(m.o.Account)
	if err != nil || !known {
		return false
	}
	for _, s := range c.Meant() {
		if cmp.Or(s.Account, accounts.Liable) == id && s.Amount.Equal(m.o.Amount) {
			return true
		}
	}
	for _, h := range c.Holdings() {
		if h.Account == id {
			return h.Minor.Equal(m.o.Amount.Int())
		}
	}
	return false
}

// isLive, cancelled and pending are the states that a capture can be looked for in. A live one was neither cancelled
// nor taken back; a pending one is live, and nobody has settled all of it.
func isLive(c *posting.Capture) bool    { return !c.Cancelled && !c.Reversed }
func cancelled(c *posting.Capture) bool { return c.Cancelled }
func pending(c *posting.Capture) bool   { return isLive(c) && !c.Settled }

// newCapture names a capture that only the provider knows.
func (m *match) newCapture() string {
	switch {
	case m.ours != "":
		return m.ours
	case m.movement != "":
		return m.movement
	}
	return derivedID(m.identity(posting.MovementCapture, "")...)
}

// otherCurrency keeps an outcome in another currency than the payment's.
// It reports whether it is in another one; the outcome waits then. A payment has one currency from its
// authorisation on, so either the payment is the wrong one or the adapter is.
func (m *match) otherCurrency(expected money.Amount) bool {
	if c := m.o.Amount.Currency(); c == m.p.Currency || c == "" {
		return false
	}
	m.differ(CurrencyMismatch, Side{Amount: expected}, Side{Amount: m.o.Amount})
	m.park(CurrencyMismatch, "the payment is in "+string(m.p.Currency))
	if m.o.Kind == providers.Captured || m.o.Kind == providers.Settled {
		m.claimInOther()
	}
	return true
}

// claimInOther claims the capture behind an outcome in another currency, by name, else the oldest possible one.
// Otherwise it would be listed twice: as a break of currency, and as missing at the provider.
func (m *match) claimInOther() {
	for _, is := range []func(*posting.Capture) bool{m.namesCapture,
		func(c *posting.Capture) bool { return isLive(c) && m.mayBe(c) }} {
		if i := slices.IndexFunc(m.p.Captures, is); i >= 0 {
			m.claim(ofCapture, m.p.Captures[i].ID)
			return
		}
	}
}

// captured resolves that the provider has taken money from the buyer.
// It reports false if the outcome waits for the lines with names.
func (m *match) captured() bool {
	if m.reportedBefore(posting.MovementCapture, "", posting.PaymentCapture) {
		return true
	}
	c := m.reversedUnder() // a row of its reversal came first
	if c == nil || !m.mayBe(c) {
		c = m.capture(isLive, cancelled)
	}
	switch {
	case m.otherCurrency(m.p.Captured):
		return true
	case c == nil && !m.byAmount:
		return false
	case c == nil && m.mayBeAnother():
		m.differ(MissingInLedger, Side{Amount: m.p.Captured}, Side{Amount: m.o.Amount})
		m.park(MissingInLedger,
			"the payment of that reference in the books is of another amount: it may be another payment")
		return true
	case c == nil:
		m.missingCapture()
		return true
	}
	m.of = c
	if m.amountUnknown() {
		m.o.Amount = c.Amount
	}
	// The capture is known, so only its state and its amount can differ.
	switch cmp, _ := m.o.Amount.Cmp(c.Amount); {
	case !isLive(c):
		m.status("cancelled", "captured")
		if m.since(posting.PaymentCancel) || c.Reversed {
			m.Class = Duplicate // the books know what came after it
			m.Expected = Side{State: "cancelled since"}
			// it may be another's movement: one that was cancelled is reported again by none
			m.trace(posting.MovementCapture, "", posting.Event{Capture: c.ID})
			return true
		}
		m.rebook(c)
		return true
	case cmp > 0:
		m.more(c, m.o.Amount)
		return true
	case cmp < 0:
		m.differ(AmountMismatch, Side{Amount: c.Amount}, Side{Amount: m.o.Amount})
	}
	m.agree(posting.MovementCapture, "", posting.Event{Capture: c.ID})
	return true
}

// mayBeAnother reports whether the outcome may belong to another payment with the same merchant's reference:
// the books do not know the provider's reference of this one, and more was captured than it has left.
func (m *match) mayBeAnother() bool {
	left := m.p.Authorised.Int().Sub(m.p.Captured.Int())
	return m.p.ProviderReference == "" && m.o.ProviderReference != "" &&
		!m.knows(m.o.ProviderReference) && m.o.Amount.Int().Cmp(left) > 0
}

// since reports whether the payment had an event of a type at the time of the outcome or later.
func (m *match) since(t posting.Type) bool {
	return slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
		return e.Event.Type == t && !e.Record.At.Before(m.o.At)
	})
}

// more books what the provider has captured beyond what the books have of a capture; all is the whole amount.
func (m *match) more(c *posting.Capture, all money.Amount) {
	m.differ(AmountMismatch, Side{Amount: c.Amount}, Side{Amount: all})
	e := posting.Event{Type: posting.PaymentCapture, Payment: m.p.ID, Capture: c.ID, Amount: all, Fact: true}
	id := derivedID(append(m.identity(posting.MovementCapture, ""), string(e.Type))...)
	if !slices.ContainsFunc(m.p.Events, func(x posting.PaymentEvent) bool { return x.Event.ID == id }) {
		m.fact(posting.MovementCapture, "", e)
		return
	}
	// The movement was reported before, to be of less. Its parts now come to all of it.
	for i := range m.p.Events {
		if x := &m.p.Events[i].Event; x.Type == e.Type && x.Capture == c.ID && x.Part != "" && len(x.Splits) == 0 {
			e.Amount = beyond(e.Amount, x.Amount)
		}
	}
	m.fact(posting.MovementCapture, cmp.Or(m.o.Batch, "all "+all.String()), e)
}

// beyond is how much more the provider reports than the books have.
func beyond(all, books money.Amount) money.Amount {
	return money.FromInt(all.Int().Sub(books.Int()), all.Currency())
}

// rebook books a capture that the books have cancelled, and the provider has not.
// A cancelled capture stays cancelled, so it is captured again under a name of its own, which is returned.
func (m *match) rebook(c *posting.Capture) string {
	name := clip(c.ID + "/again")
	for slices.ContainsFunc(m.p.Captures, func(c *posting.Capture) bool { return c.ID == name }) {
		name = clip(name + "/again")
	}
	m.fact(posting.MovementCapture, name, posting.Event{Type: posting.PaymentCapture,
		Payment: m.p.ID, Capture: name, Amount: m.o.Amount, Fact: true})
	return name
}

// missingCapture books a capture that the books do not have.
// It returns the capture's name, empty if the provider does not say how much.
func (m *match) missingCapture() string {
	m.differ(MissingInLedger, Side{}, Side{Amount: m.o.Amount})
	if m.o.Amount.Sign() <= 0 {
		m.park(MissingInLedger, "the provider does not say how much was captured")
		return ""
	}
	name := m.newCapture()
	m.fact(posting.MovementCapture, "", posting.Event{Type: posting.PaymentCapture,
		Payment: m.p.ID, Capture: name, Amount: m.o.Amount, Fact: true})
	return name
}

// claimReported marks the record of the capture that a line reports, once its class is known, so that it is not listed
// as missing at the provider. A mark is one bit, and a claim is a key on disk; so the capture is claimed only where
// marking cannot stand for it: it has several records, or a notice reports it (a run marks only records of lines).
func (m *match) claimReported() {
	c := m.of
	if c == nil {
		return
	}
	if m.Class != StatusMismatch {
		m.Resolution.reportedRecord = c.Record
		m.settledWhole = m.settledWhole || c.Settled && m.settledByReport(c)
	}
	records := 0
	for i := range m.p.Events {
		if e := &m.p.Events[i].Event; e.Type == posting.PaymentCapture && (e.Capture == c.ID || e.ID == c.ID) {
			records++
		}
	}
	if m.Class != Matched || c.Record == 0 || records > 1 || m.line.Notice != nil {
		m.claim(ofCapture, c.ID)
	}
}

// cancelled resolves that an authorisation, or what was captured of it, was voided.
func (m *match) cancelled() bool {
	p := m.p
	var c *posting.Capture
	for _, one := range p.Captures {
		if m.namesCapture(one) {
			c = one
		}
	}
	// Without a capture it is of the authorisation: all of it, or, if something was captured, what is left.
	live := slices.ContainsFunc(p.Captures, isLive)
	left := p.Authorised.Int().Cmp(p.Captured.Int()) > 0
	e := posting.Event{Type: posting.PaymentCancel, Payment: p.ID, Fact: true}
	switch {
	case c != nil && !isLive(c), c == nil && p.Cancelled, c == nil && p.Released:
		return true // the books say so too
	case c != nil:
		e.Capture = c.ID
	case live && left:
		e.Type = posting.PaymentRelease
	}
	e.ID = derivedID(append(m.identity("", "cancelled"), string(e.Type), m.movement)...)
	if slices.ContainsFunc(p.Events, func(x posting.PaymentEvent) bool { return x.Event.ID == e.ID }) {
		m.Class = Duplicate
		return true
	}
	m.add(e)
	return true
}

// adjusted resolves that the authorised amount is another now.
func (m *match) adjusted() bool {
	p := m.p
	e := posting.Event{Type: posting.PaymentAdjust, Payment: p.ID,
		Amount: m.o.Amount, Reason: short(m.o.Reason), Fact: true}
	if m.o.Amount.IsZero() && p.Captured.Sign() > 0 { // the rest expired
		e = posting.Event{Type: posting.PaymentRelease, Payment: p.ID, Fact: true}
	}
	e.ID = derivedID(append(m.identity("", "adjusted"), string(e.Type), m.movement)...)
	known := slices.ContainsFunc(p.Events, func(x posting.PaymentEvent) bool { return x.Event.ID == e.ID })
	if known || p.Authorised.Equal(m.o.Amount) || e.Type == posting.PaymentRelease && p.Released {
		return true
	}
	m.add(e)
	return true
}

// settlementFailed resolves that the provider could not settle a capture.
// It reports false if the outcome waits for the lines with names. A settled capture is taken back, unless rows do
// that already or a later settlement has made up for it.
func (m *match) settlementFailed() bool {
	if m.reportedBefore("settle_failed", "", posting.PaymentSettleFailed, posting.PaymentCaptureReversed) {
		return true
	}
	c := m.capture(func(c *posting.Capture) bool { return c.Cancelled && c.Movement == "" }, pending, cancelled)
	if c == nil && !m.byAmount {
		return false
	}
	reason := m.o.Reason
	if reason == "" {
		reason = "the provider could not settle it"
	}
	switch {
	case c == nil && m.p.Cancelled, c != nil && !isLive(c):
		m.isCancelled(c)
		return true // the books say too that it took no money
	case c == nil:
		m.park(MissingInLedger, "the books have no capture that failed")
	case c.Settled && m.rowsTakeBack(c):
		m.Class, m.Expected = Duplicate, Side{State: "taken back"}
		m.claim(ofCapture, c.ID)
	case c.Settled && m.since(posting.PaymentSettle):
		m.Class, m.Expected = Duplicate, Side{State: "settled since"}
	case c.Settled:
		m.status("settled", "settlement failed")
		m.claim(ofCapture, c.ID)
		m.fact(posting.MovementCaptureReversed, "",
			posting.Event{Type: posting.PaymentCaptureReversed, Payment: m.p.ID, Capture: c.ID})
	default:
		m.claim(ofCapture, c.ID)
		id := derivedID(append(m.identity("settle_failed", ""), string(posting.PaymentSettleFailed))...)
		m.add(posting.Event{ID: id,
			Type: posting.PaymentSettleFailed, Payment: m.p.ID, Capture: c.ID,
			Movement: m.movement, Reason: short(reason)})
	}
	return true
}

// isCancelled gives the movement's name to a capture that the books have cancelled, so that no other capture of
// the amount is taken for it later.
func (m *match) isCancelled(c *posting.Capture) {
	known := slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
		return e.Event.Type == posting.PaymentSettleFailed && e.Event.Movement == m.movement
	})
	if c != nil && c.Movement == "" && m.movement != "" && !known {
		m.agree(posting.MovementCapture, "", posting.Event{Capture: c.ID})
	}
}

// part is the provider's id of a row of one account; it is empty for other outcomes.
func (m *match) part() string {
	if !m.o.Part {
		return ""
	}
	if m.o.ID == "" {
		return m.o.Account + "/" + m.o.Split
	}
	return m.o.ID
}
