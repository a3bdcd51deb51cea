package reconcile

import (
	"slices"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A chargebackView is a chargeback as the matter sees it.
type chargebackView struct {
	*posting.Chargeback
	reversed money.Int
	reported bool // by an earlier report
	won      bool // an earlier report had its reversal
}

// open reports whether some of it has not come back.
func (v *chargebackView) open() bool { return v.reversed.Cmp(v.Amount.Int()) < 0 }

// chargebacks returns the chargebacks of the payment, apart from what is hidden. One name may stand for several, one
// after the other was reversed.
func (m *matter) chargebacks() []chargebackView {
	var views []chargebackView
	k := -1 // of the payment's chargebacks, in the order of their events
	for i := range m.Payment.Events {
		e := &m.Payment.Events[i]
		s, what := m.standing(e)
		switch e.Event.Type {
		case posting.PaymentChargeback:
			if k++; k < len(m.Payment.Chargebacks) && s != hidden {
				views = append(views, chargebackView{Chargeback: m.Payment.Chargebacks[k], reported: s == earlier})
			}
			continue
		case posting.PaymentChargebackReversed, posting.PaymentConfirm:
		default:
			continue
		}
		j := slices.IndexFunc(views, func(v chargebackView) bool { return v.ID == e.Event.Chargeback })
		for n := range views {
			if views[n].ID == e.Event.Chargeback {
				j = n
			}
		}
		if j < 0 || s == hidden {
			continue
		}
		if e.Event.Type == posting.PaymentChargebackReversed {
			back := e.Event.Amount.Int()
			if e.Event.Amount.Currency() == "" {
				back = views[j].Amount.Int().Sub(views[j].reversed)
			}
			views[j].reversed = views[j].reversed.Add(back)
			views[j].won = views[j].won || s == earlier
		} else if what == idReversed {
			views[j].won = views[j].won || s == earlier
		} else {
			views[j].reported = views[j].reported || s == foreign || s == earlier
		}
	}
	return views
}

// findChargeback finds the chargeback that the outcome is about: by name, else by amount. Of several those that fit come first.
func (m *matter) findChargeback(views []chargebackView, fits func(*chargebackView) bool) *chargebackView {
	for _, is := range []func(*chargebackView) bool{
		func(v *chargebackView) bool { return m.isDispute(v) && fits(v) },
		func(v *chargebackView) bool { return m.isDispute(v) },
		func(v *chargebackView) bool { return (m.unsaid() || v.Amount.Equal(m.o.Amount)) && fits(v) },
		func(v *chargebackView) bool { return m.unsaid() || v.Amount.Equal(m.o.Amount) },
	} {
		for i := len(views) - 1; i >= 0; i-- {
			if is(&views[i]) {
				return m.supposedly(&views[i])
			}
		}
	}
	return nil
}

// supposedly takes it that the provider means the whole chargeback, where it does not say how much.
func (m *matter) supposedly(v *chargebackView) *chargebackView {
	if v != nil && m.unsaid() {
		m.o.Amount = v.Amount
	}
	return v
}

func (m *matter) isDispute(v *chargebackView) bool { return m.named(v.ID) || v.ID == m.newDispute() }

// newDispute names a chargeback that only the provider knows. Its parts, which are lines of their own, are chargebacks of their own.
func (m *matter) newDispute() string {
	o := m.o
	name := o.Ours
	if name == "" {
		name = o.Movement
	}
	switch {
	case name == "":
		name = "dispute"
		fallthrough
	case o.Part:
		if o.Part {
			name += "/" + o.Account + "/" + o.Split
		}
	}
	return clip(name)
}

func (m *matter) chargeback() {
	o, p := m.o, m.Payment
	v := m.findChargeback(m.chargebacks(), func(v *chargebackView) bool { return !v.reported })
	if v == nil || !v.open() && v.reported && !m.toldBefore(idChargeback) && !m.toldBefore(idConfirm) {
		m.missingChargeback()
		return
	}
	switch cmp, err := o.Amount.Cmp(v.Amount); {
	case m.toldBefore(idChargeback), m.toldBefore(idConfirm):
		m.again("charged back")
		return
	case err != nil:
		m.differ(CurrencyMismatch, Side{Amount: v.Amount}, Side{Amount: o.Amount})
		return
	case o.Part && cmp > 0, !o.Part && cmp != 0:
		m.differ(AmountMismatch, Side{Amount: v.Amount}, Side{Amount: o.Amount})
		return
	case v.reported && !o.Part:
		m.again("charged back")
		return
	}
	m.disputeCosts(v)
	if !m.Told {
		m.event(idConfirm, posting.Event{Type: posting.PaymentConfirm, Payment: p.ID, Chargeback: v.ID, Batch: clip(o.Batch)})
	}
	m.converted(false)
}

// missingChargeback books a chargeback that the books do not have, with the dispute's fee.
func (m *matter) missingChargeback() {
	m.differ(MissingInLedger, Side{}, Side{Amount: m.o.Amount})
	if m.o.Amount.Sign() <= 0 {
		return
	}
	m.event(idChargeback, posting.Event{Type: posting.PaymentChargeback, Payment: m.Payment.ID, Chargeback: m.newDispute(), Amount: m.o.Amount})
	m.costs()
	m.converted(false)
}

// partlyWon finds the chargeback of which the outcome gives back a part: the newest that has so much left. Providers may name a
// reversal otherwise than its dispute.
func (m *matter) partlyWon(views []chargebackView) *chargebackView {
	for i := len(views) - 1; i >= 0; i-- {
		v := &views[i]
		if v.Amount.Currency() == m.o.Amount.Currency() && m.o.Amount.Int().Cmp(v.Amount.Int().Sub(v.reversed)) < 0 {
			return v
		}
	}
	return nil
}

func (m *matter) chargebackReversed() {
	o, p := m.o, m.Payment
	views := m.chargebacks()
	v := m.findChargeback(views, func(v *chargebackView) bool { return !v.won })
	if v == nil {
		v = m.partlyWon(views)
	}
	switch {
	case v == nil:
		m.differ(MissingInLedger, Side{}, Side{Amount: o.Amount, State: "chargeback reversed"})
		if o.Amount.Sign() > 0 {
			m.event(idReversed, posting.Event{Type: posting.PaymentChargebackReversed, Payment: p.ID, Chargeback: m.newDispute(), Amount: o.Amount})
		}
	case m.toldBefore(idReversed), v.won && !o.Part:
		m.again("chargeback reversed")
		return
	case v.Amount.Currency() != o.Amount.Currency():
		m.differ(CurrencyMismatch, Side{Amount: v.Amount}, Side{Amount: o.Amount})
		return
	case !v.open() || v.reversed.Sign() > 0 && !o.Part && v.reversed.Equal(o.Amount.Int()):
		if !v.reversed.Equal(o.Amount.Int()) && !o.Part {
			m.differ(AmountMismatch, Side{Amount: money.FromInt(v.reversed, v.Amount.Currency())}, Side{Amount: o.Amount})
			return
		}
		if !m.Told {
			m.event(idReversed, posting.Event{Type: posting.PaymentConfirm, Payment: p.ID, Chargeback: v.ID, Batch: clip(o.Batch)})
		}
	case o.Amount.Int().Cmp(v.Amount.Int().Sub(v.reversed)) > 0:
		m.differ(AmountMismatch, Side{Amount: money.FromInt(v.Amount.Int().Sub(v.reversed), v.Amount.Currency())}, Side{Amount: o.Amount})
		return
	default:
		m.differ(MissingInLedger, Side{Amount: v.Amount, State: "charged back"}, Side{Amount: o.Amount, State: "chargeback reversed"})
		m.Difference = money.Amount{}
		m.event(idReversed, posting.Event{Type: posting.PaymentChargebackReversed, Payment: p.ID, Chargeback: v.ID, Amount: o.Amount})
	}
	m.costs()
	m.converted(true)
}
