package reconcile

import (
	"slices"
	"strings"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// Notifications come in any order, and more than once. What one tells before the books know what it is about waits, like what
// tells of a payment that they do not know at all; and what the books knew already, or what came after it, is no break.

// tell corrects the resolution of what a notification tells.
func (m *matter) tell() {
	switch {
	case m.Payment == nil:
	case m.early():
		m.Class, m.Waiting, m.Events = MissingInLedger, true, nil
		return
	case len(m.Events) > 0 || m.Class != StatusMismatch:
	case m.booked():
		m.again("told earlier")
	case m.overtaken():
		m.again("overtaken by what the books know")
	}
	m.reference()
}

// reference books the provider's reference of the payment where the books have learnt it now: other notifications may name the payment
// by that alone.
func (m *matter) reference() {
	o, p := m.o, m.Payment
	if p == nil || m.Class != Matched && len(m.Events) == 0 || p.ProviderReference != "" || o.ProviderReference == "" || o.Kind != providers.Captured && o.Kind != providers.Settled {
		return
	}
	m.event(idReference, posting.Event{Type: posting.PaymentReference, Payment: p.ID, ProviderReference: clip(o.ProviderReference)}, m.Provider, p.ID, o.ProviderReference)
}

// early reports whether the outcome tells of something that the books do not have yet and that another notification is expected
// to tell: a refund before its capture, the end of a dispute before its beginning.
func (m *matter) early() bool {
	p, o := m.Payment, m.o
	stands := slices.ContainsFunc(p.Captures, func(c *posting.Capture) bool { return !c.Cancelled })
	missing := m.Class == MissingInLedger
	switch o.Kind {
	case providers.Refunded:
		more := p.Captured.Int().Cmp(p.Authorised.Int()) < 0
		return missing && more && o.Amount.Currency() == p.Currency && o.Amount.Int().Cmp(p.Refundable().Int()) > 0
	case providers.RefundFailed, providers.ChargebackReversed:
		return missing && m.Expected.IsZero()
	case providers.Chargeback, providers.Fee:
		return !stands && (missing || len(m.Events) > 0)
	case providers.SplitFailed:
		part := m.findPart()
		return part == nil || part.Status == posting.PartPending
	}
	return missing && len(m.Events) == 0
}

// booked reports whether an event of the payment was made from the outcome.
func (m *matter) booked() bool {
	ours := m.Provider + "." + told
	for i := range m.Payment.Events {
		id := m.Payment.Events[i].Event.ID
		if !strings.HasPrefix(id, ours) {
			continue
		}
		what, _, _ := strings.Cut(id[len(ours):], ".")
		if id == m.ownID(what) {
			return true
		}
	}
	return false
}

// overtaken reports whether the books know that what the outcome tells was so, and is not any more.
func (m *matter) overtaken() bool {
	switch m.o.Kind {
	case providers.Captured:
		return m.since(posting.PaymentCancel) != nil && (len(m.Payment.Captures) > 0 || strings.HasPrefix(m.since(posting.PaymentCancel).Event.ID, m.Provider+"."+told))
	case providers.SettlementFailed:
		return m.since(posting.PaymentSettle) != nil
	case providers.Refunded:
		return m.since(posting.PaymentRefundFailed) != nil
	}
	return false
}

// since returns an event of the payment that happened when the outcome did or later; nil if there is none.
func (m *matter) since(t posting.Type) *posting.PaymentEvent {
	for i := range m.Payment.Events {
		if e := &m.Payment.Events[i]; e.Event.Type == t && !e.Record.At.Before(m.o.At) {
			return e
		}
	}
	return nil
}
