package reconcile

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A refundView is a refund as the matter sees it.
type refundView struct {
	*posting.Refund
	failed   bool
	reported bool // by an earlier report
}

// refunds returns the refunds of the payment, apart from what is hidden.
func (m *matter) refunds() []refundView {
	var views []refundView
	for i := range m.Payment.Refunds {
		f := &m.Payment.Refunds[i]
		v, seen := refundView{Refund: f, failed: f.Failed}, true
		for j := range m.Payment.Events {
			e := &m.Payment.Events[j]
			if e.Event.Refund != f.ID {
				continue
			}
			switch s, _ := m.standing(e); e.Event.Type {
			case posting.PaymentRefund:
				seen = s != hidden
				v.reported = v.reported || s == earlier
			case posting.PaymentRefundFailed:
				v.failed = v.failed && s != hidden
			case posting.PaymentConfirm:
				v.reported = v.reported || s == foreign || s == earlier
			}
		}
		if seen {
			views = append(views, v)
		}
	}
	return views
}

// refund finds the refund that the outcome is about: by name, else by amount, first those that no report has had.
func (m *matter) refund(views []refundView) *refundView {
	for i := range views {
		if m.named(views[i].ID) || views[i].ID == m.newRefund() {
			return m.claimRefund(&views[i])
		}
	}
	if m.unsaid() && len(views) > 0 {
		return m.claimRefund(&views[len(views)-1])
	}
	for _, fits := range []func(*refundView) bool{
		func(v *refundView) bool { return !v.reported && !v.failed },
		func(v *refundView) bool { return !v.failed },
		func(v *refundView) bool { return v.failed },
	} {
		var equal []*refundView
		for i := range views {
			cmp, err := m.o.Amount.Cmp(views[i].Amount)
			if fits(&views[i]) && err == nil && (cmp == 0 || m.o.Part && cmp < 0) {
				equal = append(equal, &views[i])
			}
		}
		if m.Choices = len(equal); m.Choices > 1 && !m.o.Part {
			m.Choice = keyOf(m.Payment.ID, "refunds", m.o.Amount.String())
		}
		if len(equal) > 0 {
			return m.claimRefund(equal[min(m.nth, len(equal)-1)])
		}
	}
	return nil
}

func (m *matter) claimRefund(v *refundView) *refundView {
	m.Claim, m.record = claimOf(m.Payment.ID, idRefund, v.ID), 0
	if m.unsaid() {
		m.o.Amount = v.Amount
	}
	return v
}

// newRefund names a refund that only the provider knows. The parts of one, which are lines of their own, are refunds of their own.
func (m *matter) newRefund() string {
	o := m.o
	name := o.Ours
	if name == "" {
		name = o.Movement
	}
	switch {
	case name == "":
		return m.ownID(idRefund)
	case o.Part:
		return clip(name + "/" + o.Account + "/" + o.Split)
	}
	return clip(name)
}

func (m *matter) refunded() {
	o, p := m.o, m.Payment
	v := m.refund(m.refunds())
	if v == nil {
		if m.otherCurrency(p.Captured, nil) {
			return
		}
		m.missingRefund()
		return
	}
	switch cmp, err := o.Amount.Cmp(v.Amount); {
	case err != nil:
		m.differ(CurrencyMismatch, Side{Amount: v.Amount}, Side{Amount: o.Amount})
		return
	case v.failed:
		m.status("refund failed", "refunded")
		return
	case o.Part && cmp > 0, !o.Part && cmp != 0:
		m.differ(AmountMismatch, Side{Amount: v.Amount}, Side{Amount: o.Amount})
		return
	case o.Part && m.toldBefore(idConfirm), !o.Part && v.reported:
		m.again("refunded")
		return
	}
	if !o.Part {
		m.Same = m.Claim
	} else {
		m.givers(v)
	}
	m.costs()
	if !m.Told {
		m.event(idConfirm, posting.Event{Type: posting.PaymentConfirm, Payment: p.ID, Refund: v.ID, Batch: clip(o.Batch)})
	}
	m.converted(false)
}

// givers compares who gave a part of a refund: where the books took less from the account of the part, others gave it in the books.
func (m *matter) givers(v *refundView) {
	part := m.findPart()
	if part == nil {
		return
	}
	gave := map[accounts.ID]money.Int{}
	for i := range m.Payment.Events {
		e := &m.Payment.Events[i]
		if e.Event.Type != posting.PaymentRefund || e.Event.Refund != v.ID {
			continue
		}
		for _, entry := range e.Record.Entries {
			for _, x := range entry.Postings {
				if x.Account != accounts.Provider(m.Provider) && x.Amount.Currency() == m.o.Amount.Currency() {
					gave[x.Account] = gave[x.Account].Add(x.Amount.Int())
				}
			}
		}
	}
	booked := gave[part.Account]
	if booked.Cmp(m.o.Amount.Int()) >= 0 {
		return // with what other parts of the same account gave, it may be more
	}
	for account, a := range gave {
		if other := gave[m.giver]; account != part.Account && (m.giver == "" || a.Cmp(other) > 0 || a.Cmp(other) == 0 && account < m.giver) {
			m.giver = account
		}
	}
	m.owed = part.Account
	m.differ(AmountMismatch, Side{Amount: money.FromInt(booked, m.o.Amount.Currency()), State: "given by " + string(part.Account)}, Side{Amount: m.o.Amount})
}

// missingRefund books a refund that the books do not have.
func (m *matter) missingRefund() {
	o, p := m.o, m.Payment
	m.differ(MissingInLedger, Side{}, Side{Amount: o.Amount})
	if o.Amount.Sign() <= 0 {
		return
	}
	e := posting.Event{Type: posting.PaymentRefund, Payment: p.ID, Refund: m.newRefund(), Amount: o.Amount, Fact: true, Splits: o.Shares}
	if part := m.findPart(); o.Part && part != nil && part.Type != posting.PostingMerchant && part.Type != posting.PostingRefund {
		e.Splits = []posting.Split{{Type: posting.SplitType(part.Type), Account: part.Account, Reference: part.Reference, Amount: o.Amount}}
	}
	m.event(idRefund, e)
	m.costs()
	m.converted(false)
}

func (m *matter) refundFailed() {
	o, p := m.o, m.Payment
	views := m.refunds()
	v := m.refund(views)
	switch {
	case v == nil:
		m.differ(MissingInLedger, Side{}, Side{Amount: o.Amount})
		if name := m.newRefund(); o.Movement != "" || o.Ours != "" {
			m.event(idRefundFail, posting.Event{Type: posting.PaymentRefundFailed, Payment: p.ID, Refund: name})
			m.converted(true)
		}
	case v.failed && m.toldBefore(idRefundFail):
		m.again("refund failed")
	case v.failed:
		// The books say so too.
		if !m.Told {
			m.event(idRefundFail, posting.Event{Type: posting.PaymentConfirm, Payment: p.ID, Refund: v.ID, Batch: clip(o.Batch)})
		}
		m.converted(true)
	default:
		m.differ(MissingInLedger, Side{Amount: v.Amount, State: "refunded"}, Side{Amount: o.Amount, State: "refund failed"})
		m.Difference = money.Amount{}
		m.event(idRefundFail, posting.Event{Type: posting.PaymentRefundFailed, Payment: p.ID, Refund: v.ID})
		m.converted(true)
	}
}
