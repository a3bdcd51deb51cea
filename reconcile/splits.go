package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// Splits: some providers report what became of each part of a capture, as rows or webhooks. Splits whose rows name no
// payment are found in routes.go first.

// split resolves what became of one part at the provider. The books have moved its money already, or will when
// its capture is settled. If they disagree, they follow the provider.
func (m *match) split() (bool, error) {
	const kind = movementSplit
	if m.reportedBefore(kind, m.splitPart(), posting.PaymentSplitFailed) ||
		m.routed() && m.event(kind, m.splitPart(), posting.PaymentSplitFailed) != nil {
		return true, nil
	}
	if r := m.ofRefund(); r != nil {
		m.agree(kind, m.splitPart(), posting.Event{Refund: r.ID})
		return true, nil
	}
	if c := m.ofShares(); c != nil {
		m.agree(kind, m.splitPart(), posting.Event{Capture: c.ID})
		return true, nil
	}
	if m.o.Common != "" && m.o.OfPayment() {
		if done, err := m.transferOfPayment(); done || err != nil {
			return true, err
		}
	}
	if m.splitMoved() {
		return true, nil
	}
	if !m.byAmount && m.ofUnplaced() {
		return false, nil // once its settlement has found its capture
	}
	part, capture, err := m.findPart()
	if err != nil {
		return true, err
	}
	// Both rows of a route report the same split. Whatever the comparison below comes to, this row is noted as
	// reported, unless it waits or was noted already.
	if m.routed() {
		defer func() {
			if capture != nil && !m.Waiting && !slices.ContainsFunc(m.Events,
				func(e posting.Event) bool { return e.Type == posting.PaymentConfirm }) {
				m.agree(kind, m.splitPart(), posting.Event{Capture: capture.ID})
			}
		}()
	}
	switch {
	case part != nil:
		m.compareSplit(part, capture)
	case m.byAmount:
		m.differ(MissingInLedger, Side{}, Side{Amount: m.o.Amount, State: string(m.o.Kind)})
		m.park(MissingInLedger, "the books have no such part of the payment")
	default:
		return false, nil
	}
	return true, nil
}

// compareSplit compares what became of a part with what the books have of it: in the capture, or, if none was
// found, in the payment.
func (m *match) compareSplit(part *posting.Part, capture *posting.Capture) {
	failed := m.o.Kind == providers.SplitFailed
	// A part may be of several captures, and differ in each.
	amount, status := part.Amount, part.Status
	if capture != nil {
		if of, as, ok := capture.PartOf(part); ok {
			amount, status = of, as
		}
	}
	reported := m.o.Amount.Currency() != ""
	// What is settled is moved: to the account if the split was made, to the merchant if it was not. What is pending
	// moves with the settlement.
	switch {
	case capture != nil && m.routed() && m.side().other().reported(m.p, capture.ID): // what differed is booked
	// The provider made the split and the books have not settled its capture yet: a matter of time.
	case m.routed() && reported && !failed && status == posting.PartPending && m.splitsAtSettlement():
		m.differ(StatusMismatch, Side{Amount: amount, State: "split pending"},
			Side{Amount: m.o.Amount, State: "split completed"})
		m.park(StatusMismatch, "the capture of the split is not settled in the books yet")
		m.Timing = true
		return
	case failed && status == posting.PartFailed, failed && status == posting.PartCancelled:
	case failed:
		m.failedSplit(part, capture, status)
		return
	case reported && amount.Currency() != m.o.Amount.Currency():
		m.differ(CurrencyMismatch, Side{Amount: amount}, Side{Amount: m.o.Amount})
		m.park(CurrencyMismatch, "the split is in "+string(amount.Currency()))
		return
	case status == posting.PartFailed && m.moved(part, capture):
	// It failed before and was done after all. Its share went to the merchant then, and comes back now.
	case status == posting.PartFailed:
		m.status("split failed", "split completed")
		if reported {
			amount = m.o.Amount
		}
		m.reassign("done", capture, m.merchant(), part.Account, amount)
		return
	case status == posting.PartCancelled:
		m.status("split cancelled", "split completed")
		m.park(StatusMismatch, "the capture of the split is cancelled in the books")
		return
	case reported && m.isWhole(capture, part, amount):
	case reported && !amount.Equal(m.o.Amount):
		m.differ(AmountMismatch, Side{Amount: amount}, Side{Amount: m.o.Amount})
		more := money.FromInt(m.o.Amount.Int().Sub(amount.Int()), m.p.Currency)
		switch {
		case status == posting.PartPending:
			m.Timing = true // the books have not moved it yet
		case more.Sign() < 0:
			m.reassign("less", capture, part.Account, m.merchant(), more.Neg())
		default:
			m.reassign("more", capture, m.merchant(), part.Account, more)
		}
		return
	}
	if capture != nil {
		m.agree(movementSplit, m.splitPart(), posting.Event{Capture: capture.ID})
	}
}

// failedSplit lets a part fail that the books have, or are to have, at its account.
func (m *match) failedSplit(part *posting.Part, c *posting.Capture, status posting.State) {
	m.status("split "+string(status), "split failed")
	if part.Reference == "" {
		m.park(StatusMismatch, "the part has no reference")
		return
	}
	e := posting.Event{Type: posting.PaymentSplitFailed, Payment: m.p.ID,
		Reference: part.Reference, Account: part.Account,
		Reason: short(cmp.Or(m.o.Reason, "the provider could not make it"))}
	if c != nil { // there may be others later
		e.Capture = c.ID
	}
	e.ID = derivedID(append(m.splitID(), string(e.Type))...)
	m.add(e)
}

// moved reports whether what a part did not get of a capture has been given to it since.
func (m *match) moved(part *posting.Part, c *posting.Capture) bool {
	return slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
		return e.Event.Type == posting.PaymentReassign && c != nil && e.Event.Capture == c.ID &&
			e.Event.To == part.Account && e.Event.From == m.merchant()
	})
}

// splitMoved resolves an outcome that has moved money before.
func (m *match) splitMoved() bool {
	if m.routed() {
		return false // its two rows move it together
	}
	var ids []string
	for _, what := range []string{"done", "less", "more", string(posting.PaymentSplitFailed)} {
		ids = append(ids, derivedID(append(m.splitID(), what)...))
	}
	for i := range m.p.Events {
		if e := &m.p.Events[i].Event; slices.Contains(ids, e.ID) {
			m.markRepeated(e)
			return true
		}
	}
	return false
}

// routed reports whether the outcome is a row of a route that names no payment.
func (m *match) routed() bool { return m.o.Part && !m.o.OfPayment() }

// splitPart is what the outcome reports of a capture.
func (m *match) splitPart() string {
	switch {
	case m.routed():
	case m.o.Common != "": // a transfer that names its capture: the rows of that go by sides
		return routeSide{m.o.ID + "/" + m.o.Split, m.o.Net.Sign() < 0, false}.part()
	default:
		return string(m.o.Kind) + "/" + m.o.ID + "/" + m.o.Split
	}
	return m.side().part()
}

// splitID is what makes a split the same, whichever of its two rows reports it.
func (m *match) splitID() []string {
	if m.routed() && m.movement != "" {
		return []string{m.Provider, string(movementSplit), "row", m.movement, string(m.o.Kind)}
	}
	return m.identity(movementSplit, m.splitPart())
}

// merchant is the account that gets what no split takes.
func (m *match) merchant() accounts.ID { return merchantOf(m.p) }

// merchantOf finds the account that gets the remainder of a payment: that of the part of its own, else the payment's
// account; empty if neither is known.
func merchantOf(p *posting.Payment) accounts.ID {
	for _, part := range p.Parts {
		if part.Type == posting.PostingMerchant {
			return part.Account
		}
	}
	return p.Account
}

// reassign moves an amount of a capture from one account to the other. what makes the id: the same line may do one
// thing of each kind. Nothing is added if there is nothing to move, or no capture to move it in.
func (m *match) reassign(what string, c *posting.Capture, from, to accounts.ID, amount money.Amount) {
	if c == nil || from == to || amount.Sign() <= 0 {
		return
	}
	m.add(posting.Event{ID: derivedID(append(m.splitID(), what)...),
		Type: posting.PaymentReassign, Payment: m.p.ID, Capture: c.ID,
		From: from, To: to, Amount: amount})
}

// findPart finds the part that the outcome is about, by reference, else by account, else, where that is
// allowed, by amount. It also returns the capture that it is reported of, or the first that stands.
func (m *match) findPart() (*posting.Part, *posting.Capture, error) {
	o := m.o
	id, known, err := m.account(o.Account)
	if err != nil {
		return nil, nil, err
	}
	other, otherKnown, err := m.account(o.Counterparty)
	if err != nil {
		return nil, nil, err
	}
	// The row may be of either side of the split, so each of its two accounts may be the part's.
	ours := func(p *posting.Part) bool {
		return known && p.Account == id || otherKnown && p.Account == other
	}
	var found *posting.Part
	named := m.splitCaptureByName()
	// From the surest to the weakest: reference and account, reference, account, amount.
	rules := []func(*posting.Part) bool{
		func(p *posting.Part) bool { return o.Split != "" && p.Reference == o.Split && (!known || ours(p)) },
		func(p *posting.Part) bool { return o.Split != "" && p.Reference == o.Split },
		func(p *posting.Part) bool {
			return (o.Split == "" || p.Reference == "") && isShare(p) && ours(p)
		},
		func(p *posting.Part) bool {
			return m.byAmount && (o.Split == "" || p.Reference == "") && isShare(p) && p.Amount.Equal(o.Amount)
		},
	}
	// One account may have several parts: captures under several references, some taken back by refunds.
	for _, first := range []func(*posting.Part) bool{
		func(p *posting.Part) bool { return hasPart(named, p) },
		func(p *posting.Part) bool {
			return slices.ContainsFunc(m.p.Captures, func(c *posting.Capture) bool { return hasPart(c, p) })
		},
		func(*posting.Part) bool { return true },
	} {
		for _, is := range rules {
			for _, p := range m.p.Parts {
				if found == nil && is(p) && first(p) {
					found = p
				}
			}
		}
	}
	if named == nil {
		named = m.splitCapture(found)
	}
	return found, named, nil
}

// isShare reports whether a part is what a split gave. It is not if it is the remainder, or what an account
// without a part gave back.
func isShare(p *posting.Part) bool {
	return p.Type != posting.PostingMerchant && p.Type != posting.PostingRefund
}

// hasPart reports whether a part is of a capture; false if there is none.
func hasPart(c *posting.Capture, part *posting.Part) bool {
	if c == nil {
		return false
	}
	_, _, has := c.PartOf(part)
	return has
}

// ofUnplaced reports whether the outcome is of a settlement among the lines that has not found its capture yet.
func (m *match) ofUnplaced() bool {
	return m.movement != "" && m.splitCaptureByName() == nil && slices.ContainsFunc(m.lines, func(l *Line) bool {
		return l.Outcome.Kind == providers.Settled && clip(l.Outcome.Movement) == m.movement
	})
}

// splitCaptureByName finds the capture that the outcome names, though the movement may be the split's
// and not the capture's.
func (m *match) splitCaptureByName() *posting.Capture {
	for _, c := range m.p.Captures {
		if m.namesCapture(c) || m.ours != "" && c.ID == m.ours {
			return c
		}
	}
	return nil
}

// splitCapture finds the capture of a part that the outcome reports without naming a capture: one that stands,
// whose part was not reported, and that is not known by another name.
func (m *match) splitCapture(part *posting.Part) (best *posting.Capture) {
	most := -1
	for _, c := range m.p.Captures {
		fits := 0
		if isLive(c) {
			fits += 4
		}
		if part != nil {
			fits += m.splitLikeness(c, part)
		}
		if c.Movement == "" || m.movement == "" {
			fits++
		}
		if fits > most {
			most, best = fits, c
		}
	}
	return best
}

// splitLikeness says how well the outcome fits a part of a capture. Best is a part of which other formats have
// reported the same and this one nothing; next, one of which nothing was reported; last, all others.
func (m *match) splitLikeness(c *posting.Capture, part *posting.Part) int {
	reported, failed, here := false, false, false
	for i := range m.p.Events {
		if e := &m.p.Events[i].Event; reportsSplit(&m.p.Events[i], c, part) {
			reported = true
			failed, here = failed || e.Type == posting.PaymentSplitFailed, here || m.sameFormat(e.Source)
		}
	}
	switch {
	case !reported:
		return 2
	case !here && failed == (m.o.Kind == providers.SplitFailed):
		return 3
	}
	return 0
}

// splitFails reports whether the provider has reported that it did not make the part of a capture.
func splitFails(p *posting.Payment, c *posting.Capture, part *posting.Part) bool {
	return slices.ContainsFunc(p.Events, func(x posting.PaymentEvent) bool {
		e := &x.Event
		return e.Type == posting.PaymentSplitFailed && e.Source != nil && e.Reference == part.Reference &&
			(e.Capture == c.ID || e.Capture == "" && c.Record < x.Record.Number)
	})
}

// splitReported reports whether it was reported what became of a part of a capture.
func splitReported(p *posting.Payment, c *posting.Capture, part *posting.Part) bool {
	return slices.ContainsFunc(p.Events, func(x posting.PaymentEvent) bool { return reportsSplit(&x, c, part) })
}

// reportsSplit reports whether an event was made from what was reported of a part of a capture.
func reportsSplit(x *posting.PaymentEvent, c *posting.Capture, part *posting.Part) bool {
	e := &x.Event
	if e.Source == nil || e.Capture != c.ID && (e.Capture != "" || c.Record > x.Record.Number) {
		return false
	}
	return e.Type == posting.PaymentSplitFailed && e.Reference == part.Reference ||
		e.Type == posting.PaymentConfirm && e.Capture == c.ID &&
			strings.HasPrefix(e.Part, tracePart(movementSplit, "")) && strings.HasSuffix(e.Part, "/"+part.Reference)
}
