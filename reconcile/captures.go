package reconcile

import (
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// A captureView is how far a capture has come, apart from what is hidden.
type captureView struct {
	*posting.Capture
	settled   bool
	cancelled bool
	failed    bool
	batch     string
	reported  bool // an earlier report has its settlement, or somebody has confirmed it
	seen      bool // an earlier report has it, but not its settlement
}

// open reports whether the provider has still to settle it, as far as reports have said.
func (v *captureView) open() bool { return !v.cancelled && !v.reported }

// captures returns the captures of the payment as the matter sees them.
func (m *matter) captures() []captureView {
	views := m.views[:0]
	for _, c := range m.Payment.Captures {
		v := captureView{Capture: c, settled: c.Settled, cancelled: c.Cancelled, batch: c.Batch}
		for i := range m.Payment.Events {
			e := &m.Payment.Events[i]
			if e.Event.Capture != "" && e.Event.Capture != c.ID {
				continue
			}
			s, what := m.standing(e)
			switch e.Event.Type {
			case posting.PaymentCapture:
				if s == hidden && (e.Event.Capture == c.ID || e.Event.ID == c.ID) {
					v.Capture = nil
				}
			case posting.PaymentSettle:
				if s == hidden {
					v.settled, v.batch = false, ""
				} else {
					v.failed, v.reported = false, v.reported || s == earlier
				}
			case posting.PaymentSettleFailed:
				v.failed = v.failed || s != hidden
			case posting.PaymentCancel:
				if s == hidden {
					v.cancelled = false
				}
			case posting.PaymentConfirm:
				ofCapture := e.Event.Refund == "" && e.Event.Chargeback == ""
				if ofCapture && (s == foreign || s == earlier) {
					v.reported = v.reported || what != idCaptured
					v.seen = true
				}
			}
		}
		if v.Capture != nil {
			views = append(views, v)
		}
	}
	return views
}

// named reports whether the outcome names something by this name.
func (m *matter) named(name string) bool {
	return name != "" && (name == m.o.Ours || name == m.o.Movement)
}

// capture finds the capture that the outcome is about: by name, else by amount among those that are open, else among the rest. It is nil where the
// payment has none that fits.
func (m *matter) capture(views []captureView) *captureView {
	for i := range views {
		if m.named(views[i].ID) {
			return m.supposed(m.claim(&views[i]))
		}
	}
	if m.o.Part {
		return m.claim(m.first(views))
	}
	if m.unsaid() {
		return m.supposed(m.claim(m.first(views)))
	}
	for _, fits := range []func(*captureView) bool{(*captureView).open, func(v *captureView) bool { return !v.cancelled }, func(v *captureView) bool { return v.cancelled }} {
		var equal []*captureView
		for i := range views {
			if fits(&views[i]) && views[i].Amount.Equal(m.o.Amount) {
				equal = append(equal, &views[i])
			}
		}
		if m.Choices = len(equal); m.Choices > 1 {
			m.Choice = keyOf(m.Payment.ID, "captures", m.o.Amount.String())
		}
		if len(equal) > 0 {
			return m.claim(equal[min(m.nth, len(equal)-1)])
		}
	}
	return nil
}

// unsaid reports whether the provider does not say how much.
func (m *matter) unsaid() bool { return m.o.Amount.Currency() == "" }

// supposed takes it that the provider means the whole capture, where it does not say how much.
func (m *matter) supposed(v *captureView) *captureView {
	if v != nil && m.unsaid() {
		m.o.Amount = v.Amount
	}
	return v
}

// first returns the first capture that is open, or else the last.
func (m *matter) first(views []captureView) (found *captureView) {
	for i := range views {
		if found = &views[i]; found.open() {
			break
		}
	}
	return found
}

// claim notes that the outcome is about a capture.
func (m *matter) claim(v *captureView) *captureView {
	if v != nil {
		m.Claim, m.record = claimOf(m.Payment.ID, idCapture, v.ID), v.Record
	}
	return v
}

// unknownCapture resolves what the provider says of a capture that the books do not have: the capture is booked as a fact where
// the authorisation has room for it. It reports whether it has.
func (m *matter) unknownCapture(views []captureView) bool {
	p, o := m.Payment, m.o
	left := p.Authorised.Int()
	for i := range views {
		if !views[i].cancelled {
			left = left.Sub(views[i].Amount.Int())
		}
	}
	switch {
	case p.Cancelled && len(views) == 0 && !m.hiddenCancel():
		m.status("cancelled", string(o.Kind))
		return false
	case o.Amount.Currency() == p.Currency && o.Amount.Sign() > 0 && !o.Part && (len(views) == 0 || o.Amount.Int().Cmp(left) <= 0):
		m.Class = MissingInLedger
		m.event(idCapture, posting.Event{Type: posting.PaymentCapture, Payment: p.ID, Capture: m.newCapture(), Amount: o.Amount, Fact: true})
		return true
	case len(views) == 0:
		m.Class = MissingInLedger
		return false
	}
	v := m.claim(m.first(views))
	if !v.open() {
		m.status(m.stateOf(v), string(o.Kind))
		return false
	}
	m.differ(AmountMismatch, Side{Amount: v.Amount}, Side{Amount: o.Amount})
	return false
}

// newCapture names a capture that only the provider knows.
func (m *matter) newCapture() string {
	switch o := m.o; {
	case o.Ours != "":
		return clip(o.Ours)
	case o.Movement != "":
		return clip(o.Movement)
	}
	return m.ownID(idCapture)
}

// otherCurrency classes an outcome in another currency than the payment's. It is about the capture that it names, or else
// one that is open.
func (m *matter) otherCurrency(expected money.Amount, views []captureView) bool {
	if c := m.o.Amount.Currency(); c == m.Payment.Currency || c == "" {
		return false
	}
	v := m.first(views)
	for i := range views {
		if m.named(views[i].ID) {
			v = &views[i]
		}
	}
	if m.claim(v) != nil {
		expected = v.Amount
	}
	m.differ(CurrencyMismatch, Side{Amount: expected}, Side{Amount: m.o.Amount})
	return true
}

func (m *matter) stateOf(v *captureView) string {
	switch {
	case v.cancelled:
		return "cancelled"
	case v.settled && v.batch != "":
		return "settled in batch " + v.batch
	case v.settled:
		return "settled"
	case v.failed:
		return "settlement failed"
	}
	return "pending"
}

func (m *matter) captured() {
	views := m.captures()
	if m.otherCurrency(m.Payment.Authorised, views) {
		return
	}
	v := m.capture(views)
	switch {
	case v == nil:
		m.unknownCapture(views)
		return
	case v.cancelled:
		m.status(m.stateOf(v), "captured")
		return
	case !m.o.Part && !v.Amount.Equal(m.o.Amount):
		m.differ(AmountMismatch, Side{Amount: v.Amount}, Side{Amount: m.o.Amount})
		return
	case m.toldBefore(idCaptured):
		m.again("reported earlier")
		return
	}
	if !m.Told {
		m.event(idCaptured, posting.Event{Type: posting.PaymentConfirm, Payment: m.Payment.ID, Capture: v.ID, Batch: clip(m.o.Batch)})
	}
}

func (m *matter) settled() {
	o, p := m.o, m.Payment
	views := m.captures()
	if m.otherCurrency(p.Captured, views) {
		return
	}
	v := m.capture(views)
	if v == nil {
		if m.unknownCapture(views) {
			name := m.newCapture()
			m.costs()
			m.event(idSettle, posting.Event{Type: posting.PaymentSettle, Payment: p.ID, Capture: name, Batch: clip(o.Batch)})
			m.converted(true)
		}
		return
	}
	if m.contradicted(v) {
		return
	}
	if o.Part && !m.part() {
		return
	}
	if !o.Part && !v.Amount.Equal(o.Amount) {
		m.differ(AmountMismatch, Side{Amount: v.Amount}, Side{Amount: o.Amount})
		return
	}
	if !o.Part {
		m.Same = m.Claim
	}
	m.costs()
	if !v.settled {
		m.settle(v)
	}
	if v.failed && !v.settled && m.Class == Matched {
		m.differ(StatusMismatch, Side{State: m.stateOf(v)}, Side{Amount: o.Amount, State: "settled"}) // it was tried again
	}
	if (v.settled || o.Part) && !m.Told {
		m.event(idConfirm, posting.Event{Type: posting.PaymentConfirm, Payment: p.ID, Capture: v.ID, Batch: clip(o.Batch)})
	}
	m.converted(true)
}

// settle books the settlement of a capture. The parts of one, which are lines of their own, settle it together.
func (m *matter) settle(v *captureView) {
	e := posting.Event{Type: posting.PaymentSettle, Payment: m.Payment.ID, Capture: v.ID, Batch: clip(m.o.Batch)}
	if m.o.Part {
		m.event(idSettle, e, m.Provider, m.Payment.ID, v.ID)
		return
	}
	m.event(idSettle, e)
}

// contradicted classes a settlement that the books do not allow, or have from an earlier report.
func (m *matter) contradicted(v *captureView) bool {
	o := m.o
	state := func() string {
		if o.Batch != "" {
			return "settled in batch " + o.Batch
		}
		return "settled"
	}
	switch {
	case v.cancelled:
		m.status("cancelled", state())
	case v.settled && v.batch != "" && o.Batch != "" && v.batch != o.Batch && !(o.Part && !m.toldBefore(idConfirm)):
		m.status(m.stateOf(v), state())
	case v.reported && !o.Part:
		m.again(m.stateOf(v))
	case o.Part && m.toldBefore(idConfirm):
		m.again(m.stateOf(v))
	case m.Told && v.settled:
		m.again(m.stateOf(v))
	default:
		return false
	}
	return true
}

// part compares the part that an outcome is of with what the books gave it, and reports whether they agree.
func (m *matter) part() bool {
	o := m.o
	found := m.findPart()
	switch {
	case found == nil:
		m.differ(MissingInLedger, Side{}, Side{Amount: o.Amount, State: "part " + o.Split + " of " + o.Account})
		return false
	case found.Amount.Equal(o.Amount):
		return true
	}
	for _, c := range m.Payment.Captures { // a part of one of several captures
		if len(m.Payment.Captures) > 1 && c.Amount.Int().Cmp(o.Amount.Int()) >= 0 && o.Amount.Int().Cmp(found.Amount.Int()) < 0 {
			return true
		}
	}
	m.differ(AmountMismatch, Side{Amount: found.Amount}, Side{Amount: o.Amount})
	return false
}

// findPart finds the part of the payment that an outcome names: by reference, else by account, else by amount; nil if there is none.
func (m *matter) findPart() *posting.Part {
	o := m.o
	for _, is := range []func(*posting.Part) bool{
		func(p *posting.Part) bool { return o.Split != "" && p.Reference == o.Split },
		func(p *posting.Part) bool {
			return (o.Split == "" || p.Reference == "") && o.Account != "" && string(p.Account) == o.Account
		},
		func(p *posting.Part) bool { return (o.Split == "" || p.Reference == "") && p.Amount.Equal(o.Amount) },
	} {
		for _, p := range m.Payment.Parts {
			if is(p) {
				return p
			}
		}
	}
	return nil
}

func (m *matter) settlementFailed() {
	views := m.captures()
	v := m.capture(views)
	if v == nil {
		v = m.claim(m.first(views))
	}
	reason := m.o.Reason
	if reason == "" {
		reason = "the provider could not settle it"
	}
	switch {
	case v == nil && m.Payment.Cancelled && !m.hiddenCancel(), v != nil && v.cancelled:
		// The books say too that it took no money.
	case v == nil:
		m.Class = MissingInLedger
	case v.settled:
		m.status(m.stateOf(v), "settlement failed")
	case m.toldBefore(idFailed):
		m.again("settlement failed")
	default:
		m.event(idFailed, posting.Event{Type: posting.PaymentSettleFailed, Payment: m.Payment.ID, Capture: v.ID, Reason: short(reason)})
	}
}

func (m *matter) cancelled() {
	p := m.Payment
	views := m.captures()
	var v *captureView
	for i := range views {
		if m.named(views[i].ID) {
			v = m.claim(&views[i])
		}
	}
	live := 0
	for i := range views {
		if !views[i].cancelled {
			if live++; live == 1 && v == nil {
				m.claim(&views[i])
			}
		}
		if v == nil && views[i].settled {
			m.status(m.stateOf(&views[i]), string(providers.Cancelled))
			return
		}
	}
	switch {
	case v != nil && v.settled:
		m.status(m.stateOf(v), string(providers.Cancelled))
	case v != nil && v.cancelled, v == nil && live == 0 && p.Cancelled && !m.hiddenCancel():
		// The books say so too.
	case v != nil:
		m.event(idCancel, posting.Event{Type: posting.PaymentCancel, Payment: p.ID, Capture: v.ID})
	default:
		m.event(idCancel, posting.Event{Type: posting.PaymentCancel, Payment: p.ID})
	}
}

// hiddenCancel reports whether the payment was cancelled by what is to be overlooked.
func (m *matter) hiddenCancel() bool {
	for i := range m.Payment.Events {
		e := &m.Payment.Events[i]
		if s, _ := m.standing(e); s == hidden && e.Event.Type == posting.PaymentCancel {
			return true
		}
	}
	return false
}
