package reconcile

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// Refunds: which refund an outcome is about, and what is compared when it was done or failed. Refunds of one amount
// that no name tells apart are in refunds_alike.go.
//
//	refunded order-1 10.00 EUR mod=R1 ours=refund-7 net=-10.00   named on both sides
//	refunded order-1 10.00 EUR net=-10.00                        by amount: the oldest of 10.00 that fits

// namesRefund reports whether a refund is the outcome's by a name.
func (m *match) namesRefund(r *posting.Refund) bool {
	if m.movement != "" && (r.Movement == m.movement || r.Movement == "" && r.ID == m.movement) {
		return true
	}
	return m.ours != "" && r.ID == m.ours && (r.Movement == "" || m.movement == "" || r.Movement == m.movement)
}

// refund finds the refund that the outcome is about: by name, or, where that is allowed, the oldest of the
// amount whose movement is not known.
// It is nil if there is none. It sets ambiguous if a notification could be of several.
func (m *match) refund(fits func(*posting.Refund) bool) *posting.Refund {
	for i := range m.p.Refunds {
		if r := &m.p.Refunds[i]; m.namesRefund(r) {
			return r
		}
	}
	for i := range m.p.Refunds { // it was reported as failed under the movement of the outcome
		if _, movement := m.failedBy(&m.p.Refunds[i]); m.movement != "" && movement == m.movement {
			return &m.p.Refunds[i]
		}
	}
	if !m.byAmount {
		return nil
	}
	// By amount: of the refunds that fit, the likeliest. One of another name or movement is another refund, and one
	// that was asked for later, by other accounts, is impossible.
	var found *posting.Refund
	n := 0
	m.ambiguous = ""
	for i := range m.p.Refunds {
		r := &m.p.Refunds[i]
		disagree := m.ours != "" && r.ID != m.ours || r.Movement != "" && m.movement != ""
		if disagree || m.impossible(r) || !m.amountUnknown() && !m.refundAmount(r) || !fits(r) {
			continue
		}
		if n++; found == nil || m.likely(r) > m.likely(found) {
			found = r
		}
	}
	// A report will say more of the other refunds, a notification will not. So a notification that fits several refunds
	// waits until a report has told them apart.
	switch {
	case !m.notified():
	case n > 1 && n > m.alike():
		m.ambiguous = "the payment has several such refunds, and it does not say which it is"
	case found != nil && m.later(found) && !slices.ContainsFunc(m.p.Refunds, m.alikeBefore):
		m.ambiguous = "it happened before the refund of that amount was asked for, and does not say which it is"
	}
	m.ByAmount = found != nil && !m.amountUnknown()
	return found
}

// waitForMore keeps a notification that may be of one of several refunds. A report will report the others, and so
// which one this is.
func (m *match) waitForMore() bool {
	if m.ambiguous != "" {
		m.differ(MissingInLedger, Side{}, Side{Amount: m.o.Amount})
		m.park(MissingInLedger, m.ambiguous)
	}
	return m.ambiguous != ""
}

// refundAmount reports whether the amount fits a refund. For a row of one account, all rows of the movement
// together must come to the refund, or the account must have given just that.
func (m *match) refundAmount(r *posting.Refund) bool {
	if !m.o.Part {
		return r.Amount.Equal(m.o.Amount) || netRefunded(r).Equal(m.o.Amount)
	}
	if r.Amount.Currency() != m.o.Amount.Currency() {
		return false
	}
	if m.movementSum().Equal(r.Amount.Int()) {
		return true
	}
	id, known, err := m.account(m.o.Account)
	return err == nil && known && slices.ContainsFunc(r.Holdings(), func(h posting.Holding) bool {
		return h.Account == id && h.Minor.Equal(m.o.Amount.Int())
	})
}

// newRefund names a refund that only the provider knows.
func (m *match) newRefund() string {
	switch {
	case m.ours != "" && !slices.ContainsFunc(m.p.Refunds, func(r posting.Refund) bool { return r.ID == m.ours }):
		return m.ours
	case m.movement != "":
		return m.movement
	}
	return derivedID(m.identity(posting.MovementRefund, "")...)
}

// refunded resolves that money was given back to the buyer.
// It reports false if the outcome waits for the lines with names; errors are of the books.
func (m *match) refunded() (bool, error) {
	part := m.part()
	if m.reportedAnywhere(posting.MovementRefund, part, posting.PaymentRefund) {
		return true, nil
	}
	// A row is reported of one account; without rows all accounts give their shares.
	row, ok, err := m.partAccount()
	if err != nil || !ok {
		return true, err
	}
	r := m.refund(func(r *posting.Refund) bool { return !r.Failed && !m.confirmed(r) })
	if r == nil && m.byAmount { // a failure that was matched by amount gives way
		r = m.refund(func(r *posting.Refund) bool {
			return r.Failed && !r.Fact && r.Movement == "" && !m.failedForSure(r)
		})
	}
	switch {
	case r == nil && !m.byAmount:
		return false, nil
	case m.waitForMore(), m.otherCurrency(m.p.Captured):
		return true, nil
	case r == nil:
		m.missingRefund(m.newRefund(), part, row, m.o.Shares)
	case r.Failed:
		m.claim(ofRefund, r.ID)
		m.refundedAfterFailure(r, part, row)
	default:
		m.claim(ofRefund, r.ID)
		m.compareRefund(r, part, row)
	}
	return true, nil
}

// confirmed reports whether a report has already included a refund that could be the outcome's only by its amount.
func (m *match) confirmed(r *posting.Refund) bool {
	return slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
		if e.Event.Refund != r.ID || e.Event.Type != posting.PaymentConfirm &&
			!(e.Event.Type == posting.PaymentRefund && r.Fact) {
			return false
		}
		s := sourceOf(m.Provider, &e.Event)
		return s == nil || m.sameFormat(s) || s.Report != "" && s.Format == ""
	})
}

// missingRefund books a refund that the books do not have, or one more row of it.
// row is the account that gave the money, empty if all gave their shares; splits say who gave how much, where the
// provider says so. A refund without an amount waits.
func (m *match) missingRefund(name, part string, row accounts.ID, splits []posting.Split) {
	m.differ(MissingInLedger, Side{}, Side{Amount: m.o.Amount})
	if m.o.Amount.Sign() <= 0 {
		m.park(MissingInLedger, "the provider does not say how much was refunded")
		return
	}
	m.fact(posting.MovementRefund, part, posting.Event{Type: posting.PaymentRefund,
		Payment: m.p.ID, Refund: name, Amount: m.o.Amount,
		Account: row, Splits: m.mapped(splits), Fact: true})
	m.costs(posting.Event{Refund: name}, nil)
	m.converted(m.o.Amount.Neg())
}

// mapped returns splits with the accounts that the books have for those of the provider.
func (m *match) mapped(splits []posting.Split) []posting.Split {
	if len(splits) == 0 {
		return nil
	}
	list := slices.Clone(splits)
	for i := range list {
		if id, known, err := m.account(string(list[i].Account)); err == nil && known {
			list[i].Account = id
		}
	}
	return list
}

// refundedAfterFailure resolves that a refund was done although the books have it as failed. If it was done before it
// failed, the books are right. If it was done later, or failed under another reference, it is booked again.
func (m *match) refundedAfterFailure(r *posting.Refund, part string, row accounts.ID) {
	failed, by := m.failedBy(r)
	attempted := r.Amount.IsZero()
	if failed != nil && by == m.movement && m.movement != "" && !attempted && !m.o.At.After(failed.Record.At) {
		m.agree(posting.MovementRefund, part, posting.Event{Refund: r.ID})
		return
	}
	splits := m.mapped(m.o.Shares)
	for i := range m.p.Events {
		if e := &m.p.Events[i].Event; e.Type == posting.PaymentRefund &&
			e.Refund == r.ID && len(splits) == 0 && row == "" {
			splits = e.Splits
		}
	}
	m.status("refund failed", "refunded")
	m.fact(posting.MovementRefund, part, posting.Event{Type: posting.PaymentRefund,
		Payment: m.p.ID, Refund: r.ID, Amount: m.o.Amount,
		Account: row, Splits: splits, Fact: true})
	m.costs(posting.Event{Refund: r.ID}, nil)
	m.converted(m.o.Amount.Neg())
}

// failedForSure reports whether a report has included that a refund failed, or the provider has named it.
func (m *match) failedForSure(r *posting.Refund) bool {
	failed, _ := m.failedBy(r)
	if failed == nil {
		return false
	}
	if failed.Event.Reference == r.ID {
		return true
	}
	s := sourceOf(m.Provider, &failed.Event)
	return s != nil && s.Report != ""
}

// failedBy returns the event by which a refund failed, and the movement that it reported.
func (m *match) failedBy(r *posting.Refund) (last *posting.PaymentEvent, movement string) {
	for i := range m.p.Events {
		e := &m.p.Events[i]
		if e.Event.Type == posting.PaymentRefundFailed &&
			(e.Event.Refund == r.ID || e.Event.Movement != "" && e.Event.Movement == r.Movement) {
			last, movement = e, e.Event.Movement
		}
	}
	return last, movement
}

// compareRefund compares a refund with what the books have of it.
func (m *match) compareRefund(r *posting.Refund, part string, row accounts.ID) {
	if m.amountUnknown() {
		m.o.Amount = r.Amount
	}
	e := posting.Event{Type: posting.PaymentRefund, Payment: m.p.ID,
		Refund: r.ID, Amount: m.o.Amount, Account: row, Fact: true}
	if row != "" {
		m.refundRow(r, e, part)
		m.costs(posting.Event{Refund: r.ID}, nil)
		m.converted(m.o.Amount.Neg())
		return
	}
	has := netRefunded(r)
	switch cmp, _ := m.o.Amount.Cmp(has); {
	// The provider is right about what it gave back: more is booked on top, and less is taken off by
	// a failure of the rest.
	case cmp > 0:
		m.differ(AmountMismatch, Side{Amount: has}, Side{Amount: m.o.Amount})
		e.Amount = money.Sum(has.Currency(), r.Amount, beyond(m.o.Amount, has)) // the whole of it, less what failed
		m.fact(posting.MovementRefund, part, e)
	case cmp < 0 && m.rowsReported(r):
		m.agree(posting.MovementRefund, part, posting.Event{Refund: r.ID})
	case cmp < 0:
		m.differ(AmountMismatch, Side{Amount: has}, Side{Amount: m.o.Amount})
		less := money.FromInt(has.Int().Sub(m.o.Amount.Int()), has.Currency())
		m.agree(posting.MovementRefund, part, posting.Event{Refund: r.ID})
		m.add(posting.Event{ID: derivedID(append(m.identity(posting.MovementRefund, part), "less")...),
			Type: posting.PaymentRefundFailed, Payment: m.p.ID,
			Refund: r.ID, Amount: less})
	default:
		m.agree(posting.MovementRefund, part, posting.Event{Refund: r.ID})
	}
	m.compareShares(r)
	m.costs(posting.Event{Refund: r.ID}, nil)
	m.converted(m.o.Amount.Neg())
}

// netRefunded is what a refund took and did not give back. A refund that failed and was done after all took its
// amount twice and gave it back once.
func netRefunded(r *posting.Refund) money.Amount {
	var sum money.Int
	for _, h := range r.Holdings() {
		sum = sum.Add(h.Minor)
	}
	return money.FromInt(sum, r.Amount.Currency())
}

// rowsReported reports whether rows of accounts have reported a refund.
func (m *match) rowsReported(r *posting.Refund) bool {
	return slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
		return e.Event.Type == posting.PaymentRefund && e.Event.Account != "" && e.Event.Refund == r.ID
	})
}

// refundRow compares a row of a refund with what the books took from its account.
func (m *match) refundRow(r *posting.Refund, e posting.Event, part string) {
	of := func(x *posting.Event) bool { return x.Refund == r.ID }
	before := m.rowTotal(posting.PaymentRefund, of)
	beyond := before.Add(m.o.Amount.Int()).Sub(r.Amount.Int())
	if beyond.Sign() > 0 && !m.growing(r) {
		m.differ(AmountMismatch, Side{Amount: r.Amount},
			Side{Amount: money.FromInt(before.Add(m.o.Amount.Int()), r.Amount.Currency())})
	}
	m.fact(posting.MovementRefund, part, e)
	m.followAfter(e.Account, func() following {
		at := m.refundNamed(r.ID)
		return following{holdings: at.Holdings(), reported: func(id accounts.ID) money.Int {
			return m.rowsOf(posting.PaymentRefund, id, of)
		}, event: posting.Event{Refund: r.ID}}
	})
}

// growing reports whether only rows have reported a refund: then it has no amount of its own, and
// each new row adds to it.
func (m *match) growing(r *posting.Refund) bool {
	return r.Fact && m.rowTotal(posting.PaymentRefund, func(x *posting.Event) bool {
		return x.Refund == r.ID
	}).Equal(r.Amount.Int())
}

// rowTotal sums what rows of all accounts reported in events of a type, of the thing that is, in minor units.
func (m *match) rowTotal(t posting.Type, is func(*posting.Event) bool) (sum money.Int) {
	for i := range m.p.Events {
		if e := &m.p.Events[i].Event; e.Type == t && e.Account != "" && is(e) {
			sum = sum.Add(e.Amount.Int())
		}
	}
	return sum
}

// followAfter lets accounts follow the rows once the row is pretended.
// What the accounts hold is only right when the row's own event is applied, so it is asked for (of) after that.
func (m *match) followAfter(id accounts.ID, of func() following) {
	if err := m.applyPending(); err != nil {
		return // the books say so again when it is booked
	}
	m.follow(id, of())
}

// refundNamed returns a refund as it is now, by its name in the books: pointers from before events were applied are
// stale. It is an empty one if there is none.
func (m *match) refundNamed(id string) *posting.Refund {
	for i := range m.p.Refunds {
		if m.p.Refunds[i].ID == id {
			return &m.p.Refunds[i]
		}
	}
	return &posting.Refund{}
}

// tookMoney reports whether the refund ever took money. Of some refunds only a failure was reported.
func (m *match) tookMoney(r *posting.Refund) bool {
	return r != nil && slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
		return e.Event.Type == posting.PaymentRefund &&
			(e.Event.Refund == r.ID || e.Event.Movement != "" && e.Event.Movement == r.Movement)
	})
}

// refundFailed resolves that a refund did not go through.
// It reports false if the outcome waits for the lines with names. A refund that failed gives back what it took;
// one that the books do not have gave nothing, and the failure is only kept.
func (m *match) refundFailed() (bool, error) {
	part := m.part()
	if m.reportedAnywhere(posting.MovementRefundFailed, part, posting.PaymentRefundFailed) {
		return true, nil
	}
	row, ok, err := m.partAccount()
	if err != nil || !ok {
		return true, err
	}
	// By its amount alone, only a refund that the platform asked for is found, and none that the provider has
	// reported as done.
	r := m.refund(func(r *posting.Refund) bool { return !r.Failed && !r.Fact && r.Movement == "" && !m.confirmed(r) })
	if r == nil && !m.byAmount {
		return false, nil
	}
	if m.waitForMore() {
		return true, nil
	}
	// A row that reports that money came back proves that it had been taken.
	if r == nil && m.movement == "" || m.o.Part && !m.tookMoney(r) {
		m.differ(MissingInLedger, Side{}, Side{Amount: m.o.Amount, State: string(providers.RefundFailed)})
		m.park(MissingInLedger, "the books have no refund that failed")
		return true, nil
	}
	name := m.movement
	if r != nil {
		name = r.ID
		m.claim(ofRefund, name)
	}
	switch booked := m.event(posting.MovementRefundFailed, part, posting.PaymentRefundFailed) != nil; {
	case r == nil && booked:
		return true, nil // it is kept, and there is no refund to confirm
	case booked, r != nil && r.Failed:
		m.agree(posting.MovementRefundFailed, part, posting.Event{Refund: name})
		m.converted(m.o.Amount)
		return true, nil
	}
	m.differ(MissingInLedger, Side{}, Side{Amount: m.o.Amount, State: "refund failed"})
	if r != nil {
		m.Expected = Side{Amount: r.Amount, State: "refunded"}
	} else {
		m.Class = Matched // it took no money, and the books have none of it; it is kept
	}
	e := posting.Event{Type: posting.PaymentRefundFailed, Payment: m.p.ID, Refund: name, Account: row}
	if r != nil && !m.amountUnknown() && (row != "" || !r.Amount.Equal(m.o.Amount)) {
		e.Amount = m.o.Amount
	}
	if r != nil && m.ours == r.ID {
		e.Reference = m.ours
	}
	m.fact(posting.MovementRefundFailed, part, e)
	m.converted(m.o.Amount)
	return true, nil
}
