package reconcile

import (
	"encoding/hex"
	"iter"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// What the comparisons of all kinds share: a line while it is compared (match), whether it was reported before, and the
// events that it leads to.
//
// The functions of a kind find the thing of the books that a line is about, say what differs (differ,
// status), and add events that book what the line proves (fact), or that only confirm it (agree). What
// cannot be booked waits (park).

// A match is one outcome while it is compared with its payment.
type match struct {
	*group
	*Resolution
	line *Line
	p    *posting.Payment   // nil while the books have none
	o    *providers.Outcome // a copy: what the provider leaves out is filled in as it becomes known

	movement string // the provider's reference, as far as it is a name of this movement and not of the payment
	ours     string // the platform's, likewise

	// A line is compared up to two times. The first time it may be matched by a name only, and reports false if it is
	// not; the second time, when all lines with names are matched, byAmount is set.
	byAmount bool

	content   string           // a fingerprint in place of a movement without a name, once it is needed
	ambiguous string           // why it may not be the refund that was found by its amount; empty if it is
	of        *posting.Capture // the capture that it reports, for claimReported
}

// setNames determines what the movement is called. Names of the payment do not count: neither the merchant's
// reference in the line nor those in the books say which movement it is.
func (m *match) setNames() {
	m.movement, m.ours = clip(m.o.Movement), clip(m.o.Ours)
	if m.movement == m.o.ProviderReference {
		m.movement = ""
	}
	if m.ofPayment(m.ours) || m.ours == m.o.Reference &&
		(m.payment == nil || !m.knows(m.ours) && m.payment.Reference == "") {
		m.ours = ""
	}
	m.Resolution.Movement = m.movement
}

// notified reports whether the outcome comes from a notification, and not from a report.
func (m *match) notified() bool { return m.line.Source.Report == "" }

// compare finds what the outcome is about, and compares both. It reports false if the outcome has no name that the
// books know and is not to be matched by its amount yet; nothing is set then. Errors are of the books.
func (m *match) compare() (resolved bool, err error) {
	// An older version has booked it under an id of its own. Nothing below would recognise that.
	if e := m.legacyEvent(); e != nil {
		m.markRepeated(e)
		return true, nil
	}
	switch m.o.Kind {
	case providers.Captured:
		return m.captured(), nil
	case providers.Adjusted:
		return m.adjusted(), nil
	case providers.Cancelled:
		return m.cancelled(), nil
	case providers.Settled:
		return m.settled()
	case providers.SettlementFailed:
		return m.settlementFailed(), nil
	case providers.CaptureReversed:
		return m.captureReversed()
	case providers.Refunded:
		return m.refunded()
	case providers.RefundFailed:
		return m.refundFailed()
	case providers.Chargeback, providers.SecondChargeback:
		return m.chargeback()
	case providers.ChargebackReversed:
		return m.chargebackReversed()
	case providers.Fee:
		return m.fee()
	case providers.Split, providers.SplitFailed:
		return m.split()
	case providers.Other:
		if c := m.toppedUp(); c != nil {
			m.o.Part, m.o.Amount, m.byAmount = true, m.o.Net, true
			return m.settledRow()
		}
	}
	return true, m.ofNoPayment()
}

// toppedUp returns the capture that tops up the account of the row, nil if the payment has none. Some providers
// report a top-up as a row of its own kind.
func (m *match) toppedUp() *posting.Capture {
	if !slices.ContainsFunc(m.p.Parts, func(p *posting.Part) bool { return p.Type == string(posting.TopUp) }) {
		return nil
	}
	for _, c := range m.p.Captures {
		if m.namesCapture(c) || c.Amount.Equal(m.o.Net) {
			return c
		}
	}
	return nil
}

// identity is what makes two outcomes the same, whichever report or notification reports them: a part of a
// movement, or, without a name, everything it says.
// These texts become the ids of events. If they changed, a report that is read again would be booked twice.
func (m *match) identity(kind posting.MovementKind, part string) []string {
	if m.row() && (m.o.Part || kind != "" && kind != posting.MovementFee) {
		// not all reports that include a row name its movement
		return []string{m.Provider, string(kind), "row", m.o.ID}
	}
	if m.movement != "" {
		return []string{m.Provider, string(kind), m.movement, part}
	}
	if m.content == "" {
		content := fingerprint(m.Provider, m.o)
		m.content = hex.EncodeToString(content[:])
	}
	return []string{m.Provider, string(kind), "", m.content}
}

// row reports whether the outcome is a row with an id of the provider. That id is the same in all its reports.
func (m *match) row() bool {
	return m.o.ID != "" && (m.o.Part || !m.notified() && (m.movement == "" || m.o.Group != ""))
}

// fact adds an event that books what the outcome proves. Its id is made from the movement and the part that it reports.
// An empty kind is of an event that has no movement, such as a reassignment.
func (m *match) fact(kind posting.MovementKind, part string, e posting.Event) {
	if m.skips(&e) {
		return
	}
	e.ID = derivedID(append(m.identity(kind, part), string(e.Type))...)
	if kind != "" {
		e.Movement = m.movement
		if e.Movement != "" || m.o.Part {
			e.Part = clip(part)
		}
	}
	m.add(e)
}

// followed reports whether a later line, or a later step of this one, depends on what the
// events do to the payment.
func (m *match) followed() bool { return m.rest > 1 || m.o.Part || len(m.o.Shares) > 0 }

// skips reports whether an event of the payment can be left out: this run does not post, and no later line needs it.
// It notes that there was one, so that the resolution still counts as proving something.
func (m *match) skips(e *posting.Event) bool {
	if !m.unbooked || e.Payment == "" || m.followed() || m.memory != nil {
		return false
	}
	m.skipped = true
	return true
}

// add adds an event to those that book what the outcome proves. The event happened when the outcome did, and its source
// is the line. An event of a payment is applied to the payment before the next line is compared; one of no payment is
// remembered by its id, so that a later line does not book it again.
func (m *match) add(e posting.Event) {
	if m.skips(&e) {
		return
	}
	source := m.line.Source
	e.At, e.Source = m.o.At, &source
	if m.Events == nil {
		m.Events = make([]posting.Event, 0, 3)
	}
	m.Events = append(m.Events, e)
	if e.Payment != "" {
		if m.followed() {
			m.ahead = append(m.ahead, e)
		}
	} else {
		m.earlier().seen[e.ID] = &source
	}
}

// agree notes that this format has reported the outcome, which the books have already. The thing in the books gets
// the movement's name, and reporting it again is then known as a duplicate.
func (m *match) agree(kind posting.MovementKind, part string, e posting.Event) {
	if m.notified() && m.o.ID == "" && m.movement == "" {
		return // nothing would tell it from another
	}
	if e.Capture == "" && e.Refund == "" && e.Chargeback == "" {
		if len(m.p.Captures) == 0 {
			return // there is nothing to confirm
		}
		e.Capture = m.p.Captures[0].ID
	}
	e.Movement = m.movement
	m.trace(kind, part, e)
}

// trace notes that the outcome was reported, without giving its movement's name to anything.
func (m *match) trace(kind posting.MovementKind, part string, e posting.Event) {
	e.Type, e.Payment = posting.PaymentConfirm, m.p.ID
	if m.skips(&e) {
		return
	}
	e.ID = m.traceID(kind, part)
	e.Batch = clip(m.o.Batch)
	if kind != e.MovementKind() {
		e.Part = clip(tracePart(kind, part))
	} else {
		e.Part = clip(part)
	}
	m.add(e)
}

// tracePart is the part of a confirmation that only traces an outcome. It begins with the kind of the outcome,
// because the confirmation itself is of another kind.
func tracePart(kind posting.MovementKind, part string) string { return string(kind) + "/" + part }

// settlementTraced reports whether a confirmation notes that a settlement was reported. Confirmations of older
// versions do too, except those of a capture that was not settled.
func settlementTraced(provider string, e *posting.Event) bool {
	if what, _ := legacyAction(provider, e.ID); what != "" {
		return what == "confirm"
	}
	return e.Source == nil && e.Refund == "" && e.Chargeback == "" ||
		strings.HasPrefix(e.Part, tracePart(posting.MovementSettlement, ""))
}

// traceID is the id of the event that notes that a format has reported an outcome.
// It has the format, so that each format confirms an outcome once. The word "told" is part of ids in ledgers.
func (m *match) traceID(kind posting.MovementKind, part string) string {
	return derivedID(append(m.identity(kind, part), "told", m.line.Source.Format)...)
}

// reportedBefore checks whether the outcome was processed before: from a report of the same format, or from a
// notification where this is one. If so it sets the resolution, a duplicate or an amount mismatch, and returns true. An
// outcome that only a report of another format had is still compared.
func (m *match) reportedBefore(kind posting.MovementKind, part string, types ...posting.Type) bool {
	if !slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool { return e.Event.Source != nil }) {
		return false
	}
	// Both ways in which an outcome leaves a mark in the books: a confirmation that has noted it, and an event that was
	// made from it.
	traced := m.traceID(kind, part)
	ids := make([]string, len(types))
	for i, t := range types {
		ids[i] = derivedID(append(m.identity(kind, part), string(t))...)
	}
	for i := range m.p.Events {
		e := &m.p.Events[i].Event
		if e.ID == traced || slices.Contains(ids, e.ID) && m.sameFormat(e.Source) {
			m.markRepeated(e)
			return true
		}
	}
	return false
}

// eventsOfMovement yields the events of the payment that were reported under the movement of the outcome.
func (m *match) eventsOfMovement() iter.Seq[*posting.Event] {
	return func(yield func(*posting.Event) bool) {
		for i := range m.p.Events {
			if e := &m.p.Events[i].Event; m.movement != "" && e.Movement == m.movement && !yield(e) {
				return
			}
		}
	}
}

// event returns the event that was made from the outcome, whoever reported it; nil if there is none.
func (m *match) event(kind posting.MovementKind, part string, t posting.Type) *posting.Event {
	id := derivedID(append(m.identity(kind, part), string(t))...)
	for i := range m.p.Events {
		e := &m.p.Events[i].Event
		if e.ID == id {
			return e
		}
		if e.Type == posting.PaymentConfirm && e.Source != nil &&
			e.ID == derivedID(append(m.identity(kind, part), "told", e.Source.Format)...) {
			return e
		}
	}
	return nil
}

// reportedAnywhere resolves an outcome that was reported before in this format, or, if it is a row with an id of the
// provider, by another kind of report or a notification.
func (m *match) reportedAnywhere(kind posting.MovementKind, part string, t posting.Type) bool {
	if m.reportedBefore(kind, part, t) {
		return true
	}
	if !m.row() {
		return false
	}
	e := m.event(kind, part, t)
	if e == nil {
		return false
	}
	if e.Capture != "" {
		m.claim(ofCapture, e.Capture)
	}
	if e.Refund != "" {
		m.claim(ofRefund, e.Refund)
	}
	m.agree(kind, part, posting.Event{Capture: e.Capture, Refund: e.Refund, Chargeback: e.Chargeback})
	return true
}

// sameFormat reports whether an event comes from a report of the format of the line, or from a notification where the
// line does. Each format reports everything once, so a second time in one format is a duplicate, and the first time in
// another is a confirmation.
func (m *match) sameFormat(s *posting.FactSource) bool {
	return s != nil && s.Format == m.line.Source.Format && (s.Report == "") == m.notified()
}

// markRepeated resolves an outcome from which an event in the books was made. It is a duplicate, unless it is the
// same line of the same report, read again.
func (m *match) markRepeated(e *posting.Event) {
	m.Events, m.skipped = nil, false
	if m.otherThanReported(e) {
		m.differ(AmountMismatch, Side{Amount: e.Amount}, Side{Amount: m.o.Amount})
		return
	}
	source := sourceOf(m.Provider, e)
	m.again = source
	// The same line of the same report: the report is posted again, perhaps after it was killed. It is classed as the
	// first time, so that both runs look the same.
	own := source != nil && !m.notified() && source.Report == m.line.Source.Report &&
		(source.Line == m.line.Source.Line || source.Line == 0)
	if own {
		return
	}
	m.Class, m.Expected = Duplicate, Side{State: "reported before"}
}

// otherThanReported reports whether an outcome has another amount than when it was reported before: then
// it is not a duplicate.
func (m *match) otherThanReported(e *posting.Event) bool {
	if m.o.Part || e.Account != "" || m.p == nil ||
		e.Amount.Currency() != m.o.Amount.Currency() || e.Amount.Equal(m.o.Amount) {
		return false
	}
	// If the provider reported more than the books had, the event has only the part beyond: compare the whole too.
	is := func(a money.Amount) bool { return !a.Equal(m.o.Amount) }
	switch e.Type {
	case posting.PaymentCapture:
		return slices.ContainsFunc(m.p.Captures, func(c *posting.Capture) bool {
			return c.ID == e.Capture && is(c.Amount)
		})
	case posting.PaymentRefund:
		return slices.ContainsFunc(m.p.Refunds, func(r posting.Refund) bool {
			return r.ID == e.Refund && is(r.Amount) && is(netRefunded(&r))
		})
	case posting.PaymentChargeback:
		return slices.ContainsFunc(m.p.Chargebacks, func(c *posting.Chargeback) bool {
			return c.ID == e.Chargeback && is(c.Amount)
		})
	}
	return false
}

// status is a break of what the books say about a state. There is no difference of amounts then, even
// though a side has one.
func (m *match) status(books, provider string) {
	m.differ(StatusMismatch, Side{State: books}, Side{Amount: m.o.Amount, State: provider})
	m.Difference = money.Amount{}
}

// park keeps an outcome that cannot be booked as the books are: it becomes a notice when the run posts, with why as its
// reason, and is compared again with every later report. Events that it led to so far are dropped.
func (m *match) park(c Class, why string) {
	m.Class, m.Waiting, m.Why = c, true, why
	m.drop()
}

// drop takes back the events of the outcome, before any of them was applied to the payment.
func (m *match) drop() {
	m.ahead = slices.DeleteFunc(m.ahead, func(e posting.Event) bool {
		return slices.ContainsFunc(m.Events, func(of posting.Event) bool { return of.ID == e.ID })
	})
	m.Events, m.skipped = nil, false
}

// claim notes what in the books the outcome is about: a capture or refund of the payment, by its name. What is claimed
// is not missing at the provider, whatever else is wrong with the line.
func (m *match) claim(kind, name string) {
	m.claims = append(m.claims, keyOf(m.p.ID, kind, name))
}

// What a claim is of. The words are part of keys that live only as long as a run.
const (
	ofCapture  = "capture"
	ofRefund   = "refund"
	ofTransfer = "transfer"
	ofPayout   = "payout"
)

// reference books the provider's reference of the payment when the books learn it from this line.
// Only a line that agrees, or proves something, is trusted with that: another payment at the provider may have
// the same merchant's reference.
func (m *match) reference() {
	o := m.o
	if m.payment == nil || m.payment.ProviderReference != "" ||
		o.ProviderReference == "" || m.Waiting || m.knows(o.ProviderReference) {
		return
	}
	e := posting.Event{Type: posting.PaymentReference, Payment: m.payment.ID}
	if m.Class != Matched && !m.proves() || m.skips(&e) {
		return
	}
	e.ID, e.ProviderReference = derivedID(m.Provider, "reference", m.payment.ID, o.ProviderReference),
		clip(o.ProviderReference)
	m.add(e)
}

// between makes the legs of an entry that debits one account and credits another, or the reverse if
// the amount is negative.
func (m *match) between(debited accounts.ID, from ledger.Sub,
	credited accounts.ID, to ledger.Sub, a money.Amount) []posting.Leg {
	reference := m.o.Batch
	for _, r := range []string{m.o.Reference, m.o.ProviderReference, m.o.ID} {
		if reference == "" {
			reference = r
		}
	}
	reference = clip(reference)
	switch a.Sign() {
	case 0:
		return nil
	case -1:
		debited, from, credited, to, a = credited, to, debited, from, a.Neg()
	}
	return []posting.Leg{
		{Account: debited, Sub: from, Debit: true, Amount: a, Reference: reference},
		{Account: credited, Sub: to, Credit: true, Amount: a, Reference: reference},
	}
}
