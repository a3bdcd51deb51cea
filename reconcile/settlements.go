package reconcile

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// Settlements: the provider owes us what a capture brought, from now on. A line is of a whole capture, of a portion
// of it, of several captures together, or of the share of one account. Rows of shares make the books follow the
// provider: see rows.go.
//
//	settled order-1 60.00 EUR mod=C1 net=60.00 batch=7     60 of a capture of 100: amount_mismatch, timing
//	settled order-1 40.00 EUR mod=C1 net=40.00 batch=8     the rest of it, in the next batch: matched

// settled resolves that the provider has settled a capture: all of it, a portion in a batch, or
// the share of one account.
// It reports false if the outcome waits for the lines with names; errors are of the books.
func (m *match) settled() (bool, error) {
	if m.o.Part {
		return m.settledRow()
	}
	part := m.o.Batch
	if m.reportedAnywhere(posting.MovementSettlement, part, posting.PaymentSettle) {
		return true, nil
	}
	if m.otherCurrency(m.p.Captured) {
		return true, nil
	}
	// Another format may have reported the line as several captures.
	if m.merged(part) {
		return true, nil
	}
	c := m.capture(m.unsettled)
	if c == nil && !m.byAmount {
		return false, nil
	}
	// By name or amount there may be a capture; several together may have the amount; or it is one that the
	// books have cancelled; or they have none. In this order, as each says less than the one before.
	c = m.notSettledTwice(c)
	if c == nil {
		if several := m.sumOf(); several != nil {
			m.settleAll(several)
			return true, nil
		}
	}
	if c == nil { // nothing else has the amount: it may be of what the books say is over
		c = m.capture(cancelled)
	}
	if c == nil || !isLive(c) {
		m.settleNew(c, part)
		return true, nil
	}
	m.settleCapture(c, part)
	return true, nil
}

// notSettledTwice replaces a capture that reports have already settled wholly. The movement was matched on it
// only by its amount; if a capture alike still waits for settlement, it is that one.
func (m *match) notSettledTwice(c *posting.Capture) *posting.Capture {
	if c == nil || m.notified() || m.ours != "" || c.Amount.IsZero() || m.settledSum(c).Cmp(c.Amount.Int()) < 0 {
		return c
	}
	for _, other := range m.p.Captures {
		if other != c && pending(other) && other.Movement == "" && other.Amount.Equal(m.o.Amount) {
			m.ByAmount = true
			return other
		}
	}
	return c
}

// unsettled reports whether a capture is still to be settled, as far as reports have included.
func (m *match) unsettled(c *posting.Capture) bool {
	return isLive(c) && (!c.Settled || !m.settledByReport(c))
}

// settledByReport reports whether a report has included the settlement of a capture.
// A settlement by the platform's hand, or by a webhook, does not count: the first report has still to confirm it.
func (m *match) settledByReport(c *posting.Capture) bool {
	for i := range m.p.Events {
		e := &m.p.Events[i].Event
		if e.Capture != c.ID && e.Capture != "" || e.Type != posting.PaymentSettle && e.Type != posting.PaymentConfirm {
			continue
		}
		if s := sourceOf(m.Provider, e); s != nil && s.Report != "" &&
			(e.Type == posting.PaymentSettle || settlementTraced(m.Provider, e)) {
			return true
		}
	}
	return false
}

// settleNew books a capture that the books do not have, or have cancelled, and its settlement.
// cancelled is nil if the books do not have the capture. Nothing is booked if the provider does not say how much.
func (m *match) settleNew(cancelled *posting.Capture, part string) {
	name := ""
	if cancelled != nil {
		m.claim(ofCapture, cancelled.ID)
		m.status("cancelled", "settled")
		name = m.rebook(cancelled)
	} else {
		name = m.missingCapture()
	}
	if name == "" {
		return
	}
	m.costs(posting.Event{Capture: name}, nil) // first, as splits at settlement share out what fees leave
	m.fact(posting.MovementSettlement, part, posting.Event{Type: posting.PaymentSettle,
		Payment: m.p.ID, Capture: name, Batch: clip(m.o.Batch)})
	m.converted(m.o.Amount)
}

// settleCapture compares a settlement with the capture that it is of.
func (m *match) settleCapture(c *posting.Capture, part string) {
	m.of = c
	if m.amountUnknown() {
		m.o.Amount = c.Amount
	}
	// What batches have settled of the capture before this line, in this format, and what they have with it.
	before := m.settledSum(c)
	after := before.Add(m.o.Amount.Int())
	e := posting.Event{Type: posting.PaymentSettle, Payment: m.p.ID, Capture: c.ID, Batch: clip(m.o.Batch)}
	// An event without an amount settles all of the capture.
	if !m.o.Amount.Equal(c.Amount) {
		e.Amount = m.o.Amount
	}
	m.settledWhole = after.Cmp(c.Amount.Int()) >= 0
	// A capture may be settled in portions, by several batches. What counts is whether their sum goes beyond
	// the capture or stays below it.
	switch over := after.Cmp(c.Amount.Int()); {
	case over > 0 && !m.notified() && m.instalment(c):
		m.more(c, money.FromInt(after, m.o.Amount.Currency()))
		e.Amount = m.o.Amount
	case before.Sign() > 0 && before.Cmp(c.Amount.Int()) >= 0 &&
		c.Batch != m.o.Batch && m.o.Batch != "" && c.Batch != "":
		m.status("settled in batch "+c.Batch, "settled in batch "+m.o.Batch)
		m.park(StatusMismatch, "another batch has settled it already")
		return
	case over > 0 && !m.notified(): // of which batches before may have settled some
		m.more(c, money.FromInt(after, m.o.Amount.Currency()))
	case over > 0 && before.IsZero():
		m.differ(AmountMismatch, Side{Amount: c.Amount}, Side{Amount: m.o.Amount})
		e.Amount = money.Amount{}
	case over < 0:
		m.differ(AmountMismatch, Side{Amount: c.Amount}, Side{Amount: m.o.Amount, State: "in part"})
		m.Timing = true
	}
	// The books have it settled in another batch, and no report has said so: somebody has posted
	// the settlement by hand.
	if c.Settled && before.IsZero() && c.Batch != "" && m.o.Batch != "" && c.Batch != m.o.Batch && m.Class == Matched {
		m.status("settled in batch "+c.Batch, "settled in batch "+m.o.Batch)
	}
	if c.Failure != "" && m.Class == Matched {
		// it was tried again
		m.differ(StatusMismatch, Side{State: "settlement failed"}, Side{Amount: m.o.Amount, State: "settled"})
	}
	m.costs(posting.Event{Capture: c.ID}, c) // first, as splits at settlement share out what fees leave
	switch {
	case !c.Settled || e.Amount.Currency() != "":
		m.fact(posting.MovementSettlement, part, e)
	default:
		m.agree(posting.MovementSettlement, part, posting.Event{Capture: c.ID})
	}
	m.converted(m.o.Amount)
}

// instalment reports whether a capture is known only by its settlements: each one adds to its amount.
func (m *match) instalment(c *posting.Capture) bool {
	if !c.Fact || m.movement == "" || c.Movement != m.movement {
		return false
	}
	return !slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
		of := e.Event.Type == posting.PaymentCapture ||
			e.Event.Type == posting.PaymentConfirm && !settlementTraced(m.Provider, &e.Event)
		return of && e.Event.Capture == c.ID && !m.sameFormat(e.Event.Source)
	})
}

// settledSum returns how much of a capture batches have reported as settled, in this format.
// It is in minor units. Rows of accounts do not count: they are compared account by account.
func (m *match) settledSum(c *posting.Capture) (sum money.Int) {
	had := c.Amount.Int() // when it was settled
	for i := range m.p.Events {
		e := &m.p.Events[i].Event
		if e.Type == posting.PaymentCapture && e.Capture == c.ID && e.Part == "" && e.Amount.Currency() != "" {
			had = e.Amount.Int()
		}
		if e.Capture != c.ID || e.Account != "" || !m.sameFormat(e.Source) {
			continue
		}
		switch {
		case e.Type == posting.PaymentSettle && e.Amount.Currency() != "":
			sum = sum.Add(e.Amount.Int())
		case e.Type == posting.PaymentSettle, e.Type == posting.PaymentConfirm && settlementTraced(m.Provider, e):
			sum = sum.Add(had)
		}
	}
	return sum
}

// merged resolves a line of several captures that was reported before by another format.
func (m *match) merged(part string) bool {
	var captures []*posting.Capture
	sum := money.Int{}
	for _, c := range m.p.Captures {
		if m.movement != "" && c.Movement == m.movement {
			captures, sum = append(captures, c), sum.Add(c.Amount.Int())
		}
	}
	if len(captures) < 2 || !sum.Equal(m.o.Amount.Int()) {
		return false
	}
	for _, c := range captures {
		m.claim(ofCapture, c.ID)
	}
	m.agree(posting.MovementSettlement, part, posting.Event{Capture: captures[0].ID})
	return true
}

// sumOf returns the oldest unsettled captures whose sum is the line's amount. Captures that a name assigns to
// another movement are left out.
// It is nil if no such run of at least two captures has the sum. Any others with that sum would be a guess.
func (m *match) sumOf() (list []*posting.Capture) {
	var sum money.Int
	for _, c := range m.p.Captures {
		if !pending(c) || c.Movement != "" || !m.mayBe(c) {
			continue
		}
		list, sum = append(list, c), sum.Add(c.Amount.Int())
		if sum.Equal(m.o.Amount.Int()) && len(list) > 1 {
			return list
		}
	}
	return nil
}

// settleAll settles several captures that the provider has merged into one.
func (m *match) settleAll(captures []*posting.Capture) {
	m.ByAmount = true
	for _, c := range captures {
		m.claim(ofCapture, c.ID)
		m.fact(posting.MovementSettlement, c.ID, posting.Event{Type: posting.PaymentSettle,
			Payment: m.p.ID, Capture: c.ID, Batch: clip(m.o.Batch), Part: clip(c.ID)})
	}
	m.agree(posting.MovementSettlement, m.o.Batch, posting.Event{Capture: captures[0].ID})
	m.costs(posting.Event{Capture: captures[0].ID}, captures[0])
	m.converted(m.o.Amount)
}

// settledRow resolves that the share of one account was settled.
// It reports false if the outcome waits for the lines with names. The books follow the row, account by account.
//
//	settled order-1 90.00 EUR row=BA-1 mod=C1 net=90.00    the seller's share of a capture of 100
//	settled order-1 10.00 EUR row=BA-P mod=C1 net=10.00    the platform's commission
func (m *match) settledRow() (bool, error) {
	part := m.part()
	if m.reportedAnywhere(posting.MovementSettlement, part, posting.PaymentSettle) {
		return true, nil
	}
	id, known, err := m.rowAccount()
	if err != nil || !known {
		return true, err
	}
	if m.otherCurrency(m.p.Captured) {
		return true, nil
	}
	c := m.rowCapture(id)
	if c == nil && !m.byAmount {
		return false, nil
	}
	name := ""
	switch {
	case c == nil || !isLive(c) && !m.beforeReversal(c):
		name = m.newRow(c, id)
	default:
		name = c.ID
		m.of, m.settledWhole = c, m.left(c).Cmp(m.o.Amount.Int()) <= 0
		m.rowState(c)
		m.followCapture(c, id)
	}
	m.fact(posting.MovementSettlement, part, posting.Event{Type: posting.PaymentSettle,
		Payment: m.p.ID, Capture: name, Account: id, Amount: m.o.Amount, Batch: clip(m.o.Batch)})
	m.costs(posting.Event{Capture: name}, c)
	m.converted(m.o.Amount)
	return true, nil
}

// newRow books the row of a capture that the books do not have, or have cancelled.
// It returns the name of the capture that the row is then of.
func (m *match) newRow(c *posting.Capture, id accounts.ID) string {
	if c == nil && m.byAmount {
		c = m.cancelledRow()
	}
	m.differ(MissingInLedger, Side{}, Side{Amount: m.o.Amount, State: string(id)})
	name := m.newCapture()
	if c != nil && c.Cancelled {
		m.claim(ofCapture, c.ID)
		m.status("cancelled", "settled")
		if c.ID == name {
			name = clip(name + "/again")
		}
	}
	m.rowPiece(name, id, m.o.Amount)
	return name
}

// cancelledRow returns the capture that the books have cancelled, of which the row has all.
func (m *match) cancelledRow() *posting.Capture {
	for _, c := range m.p.Captures {
		if c.Cancelled && m.mayBe(c) && c.Amount.Equal(m.o.Amount) {
			return c
		}
	}
	return nil
}

// rowState compares what the books say of the settlement of a capture with a row of it.
func (m *match) rowState(c *posting.Capture) {
	switch {
	case c.Failure != "":
		// it was tried again
		m.differ(StatusMismatch, Side{State: "settlement failed"}, Side{Amount: m.o.Amount, State: "settled"})
	case c.Settled && c.Batch != "" && m.o.Batch != "" && c.Batch != m.o.Batch && m.settledSum(c).IsZero():
		m.status("settled in batch "+c.Batch, "settled in batch "+m.o.Batch)
	}
}

// rowCapture finds the capture of a row: by name, else the oldest in which the account has an unreported share of
// just that amount, else the oldest that rows have not reported whole. It may have been taken back since, under the
// same or another name.
func (m *match) rowCapture(id accounts.ID) *posting.Capture {
	if c := m.namedCapture(); c != nil {
		return c
	}
	if c := m.reversedUnder(); c != nil && m.mayBe(c) || !m.byAmount {
		return c
	}
	m.dropTakenName()
	for _, fits := range []func(*posting.Capture) bool{
		func(c *posting.Capture) bool { return isLive(c) && m.sameAmount(c) && m.rowsOfCapture(c, id).IsZero() },
		func(c *posting.Capture) bool { return isLive(c) && m.fitsRows(c) },
		func(c *posting.Capture) bool { return c.Movement == "" && m.beforeReversal(c) && m.fitsRows(c) },
	} {
		for _, c := range m.p.Captures {
			if m.mayBe(c) && fits(c) {
				m.ByAmount = true
				return c
			}
		}
	}
	return nil
}

// fitsRows reports whether rows have not reported a capture whole, and those of the movement are all of it.
func (m *match) fitsRows(c *posting.Capture) bool {
	return m.left(c).Cmp(m.o.Amount.Int()) >= 0 && (m.movement == "" || m.movementSum().Equal(c.Amount.Int()))
}

// movementSum is what the rows of this run report of the movement, in minor units: all rows, resolved or not.
func (m *match) movementSum() (sum money.Int) {
	for k, minor := range m.rows {
		if k.kind == m.o.Kind && k.movement == clip(m.o.Movement) {
			sum = sum.Add(minor)
		}
	}
	return sum
}

// left returns how much of a capture no row has reported, in minor units of its currency; negative if rows have more.
func (m *match) left(c *posting.Capture) money.Int {
	left := c.Amount.Int()
	for i := range m.p.Events {
		if e := &m.p.Events[i].Event; e.Type == posting.PaymentSettle && e.Capture == c.ID && e.Account != "" {
			left = left.Sub(e.Amount.Int())
		}
	}
	return left
}

// rowsOfCapture is what rows have reported that an account got of a capture, in minor units.
func (m *match) rowsOfCapture(c *posting.Capture, id accounts.ID) money.Int {
	return m.rowsOf(posting.PaymentSettle, id, func(e *posting.Event) bool { return e.Capture == c.ID })
}

// beforeReversal reports whether the row is of a capture that was taken back only later: rows come in any order.
func (m *match) beforeReversal(c *posting.Capture) bool {
	at := m.o.At
	if !m.o.Booked.IsZero() {
		at = m.o.Booked
	}
	return c.Reversed && slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
		return e.Event.Type == posting.PaymentCaptureReversed && e.Event.Capture == c.ID && !e.Record.At.Before(at)
	})
}

// heldOf returns what each account got of a capture by the books, plus what rows say it gave back since.
func (m *match) heldOf(c *posting.Capture) []posting.Holding {
	held := c.Holdings()
	for i, h := range held {
		back := m.rowsOf(posting.PaymentCaptureReversed, h.Account, func(e *posting.Event) bool {
			return e.Capture == c.ID
		})
		held[i].Minor = h.Minor.Add(back)
	}
	return held
}

// followCapture gives an account the share of a capture that its rows report.
// What no other account can spare is new money: the capture is larger than the books have it, by that.
func (m *match) followCapture(c *posting.Capture, id accounts.ID) {
	beyond := m.o.Amount.Int().Sub(m.left(c))
	missing := m.follow(id, following{
		holdings: m.heldOf(c),
		reported: func(of accounts.ID) money.Int {
			reported := m.rowsOfCapture(c, of)
			if of == id {
				reported = reported.Add(m.o.Amount.Int())
			}
			return reported
		},
		event: posting.Event{Capture: c.ID},
	})
	if c.Reversed && missing.Cmp(beyond) > 0 { // it may have given back what no row reports
		missing = beyond
	}
	if missing.Sign() > 0 {
		if m.Class == Matched {
			m.differ(AmountMismatch, Side{Amount: c.Amount},
				Side{Amount: money.FromInt(c.Amount.Int().Add(missing), m.p.Currency)})
		}
		m.rowPiece(c.ID, id, money.FromInt(missing, m.p.Currency))
	}
}

// rowPiece books what an account got of a capture that the books do not have, or have of less.
func (m *match) rowPiece(name string, id accounts.ID, amount money.Amount) {
	s := posting.Split{Type: posting.BalanceAccount, Account: id, Amount: amount, Reference: clip(m.o.Split)}
	e := posting.Event{Type: posting.PaymentCapture, Payment: m.p.ID,
		Capture: name, Amount: amount, Fact: true, Splits: []posting.Split{s}}
	m.fact(posting.MovementCapture, m.part(), e)
}
