package reconcile

import (
	"cmp"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// Payouts that did not go through, or that the bank sent back: the money is at the provider again, and perhaps the fee
// as well.

// backIdentity is what makes money that came back the same whoever reports it.
// The group or the id of the row is part of it: one payout may come back in several pieces.
func (m *match) backIdentity(amount money.Amount) []string {
	return append(m.payoutIdentity(amount), "back", cmp.Or(m.o.Group, m.o.ID))
}

// payoutFailed resolves that a payout did not go through, or came back.
// What the row says of the amount differs by provider. With a net amount above zero the money came back. With
// one of zero the payout came to nothing: one row has both, and nothing moved on the account.
//
//	payout_failed - - EUR acct=BA-1 net=50.00 id=l5         it had gone out and came back
//	payout_failed - 50.00 EUR acct=BA-1 net=0.00 id=l6      reported at once as reversed
func (m *match) payoutFailed() error {
	amount, nothing := m.o.Net, m.o.Net.Currency() != "" && m.o.Net.IsZero()
	if amount.IsZero() {
		amount = m.o.Amount
	}
	m.Class, m.Found.Amount = UnmatchedOther, amount
	id, known, err := m.receiver()
	if err != nil || !known {
		return err
	}
	// This is the id that earlier versions gave the event.
	before := m.onceID("entry", "", append(m.payoutIdentity(amount), "back", m.o.ID)...)
	for _, known := range []string{m.onceID("entry", "", m.backIdentity(amount)...), before, m.returnID()} {
		if reported, err := m.alreadyBooked(known, "entry"); err != nil || reported {
			return err
		}
	}
	// A notification without an account says too little to book anything: its payout may be anybody's.
	p, err := m.payoutOf(id, amount, func(p *posting.Payout) bool {
		return p.State != posting.PayoutHasFailed && p.Left().Sign() > 0
	})
	if err != nil {
		return err
	}
	if p == nil || amount.Sign() < 0 {
		if amount.IsZero() || m.notified() && m.o.Account == "" {
			return nil
		}
		if nothing { // is what the payout came to: no money came in, unless it went out before
			out, err := m.inBooks(m.onceID("payout", "", m.payoutIdentity(amount)...))
			if err != nil || !out {
				return err
			}
		}
		if err := m.receivedFromOutside(id, amount); err != nil || !nothing {
			return err
		}
		return m.feesBack(nil)
	}
	if err := m.returnedPayout(p, amount); err != nil || !nothing {
		return err
	}
	return m.feesBack(p)
}

// feesBack books that the provider gave back what it had taken for a payout that came to nothing.
// The fee may have been booked by an entry of its own, which is reversed leg by leg, or with the payout. Only
// rows of a group say that the fee belongs to the payout.
func (m *match) feesBack(p *posting.Payout) error {
	if m.o.Group == "" || m.Class == Duplicate {
		return nil
	}
	for _, t := range []posting.FeeType{posting.FeeGeneral, posting.FeeVAT} {
		back := m.groupFee(posting.Fee{Type: t, Amount: money.New(-1, m.o.Amount.Currency())})
		rec, err := maybe(m.finder.Event(m.groupFee(posting.Fee{Type: t})))
		if err != nil {
			return err
		}
		var legs []posting.Leg
		if rec != nil {
			taken, err := posting.EventOf(rec)
			if err != nil {
				return err
			}
			legs = slices.Clone(taken.Postings)
			for i := range legs {
				legs[i].Debit, legs[i].Credit = legs[i].Credit, legs[i].Debit
			}
		} else if p != nil && t == posting.FeeGeneral && p.Fee.Sign() > 0 {
			legs = m.between(accounts.Provider(m.Provider), ledger.Available,
				m.open(p.Account), ledger.Available, p.Fee)
		}
		if err := m.accountFee(back, legs); err != nil {
			return err
		}
	}
	return nil
}

// returnID is the id of the event of a payout that came back.
func (m *match) returnID() string {
	return derivedID(append(m.identity(posting.MovementPayoutReturned, m.o.ID), string(posting.PayoutReturned))...)
}

// returnedPayout books that a payout of the books failed, or came back after it was paid.
// A payout that was only asked for has failed; one that was paid is returned, perhaps in part. Both give the
// money back to the account. Nothing is booked if all of it is back already.
func (m *match) returnedPayout(p *posting.Payout, amount money.Amount) error {
	m.claims = append(m.claims, keyOf("", ofPayout, p.ID))
	m.earlier().matched[p.ID+" back"] = true
	m.Class = Matched
	// The money came back, so it had gone out. The row of that may come later.
	if p.State == posting.PayoutIsRequested && m.o.Net.Sign() > 0 && len(m.fees()) == 0 {
		if err := m.addPaid(p); err != nil {
			return err
		}
		p = m.earlier().payouts[p.ID]
	}
	e := posting.Event{Type: posting.PayoutFailed, Payout: p.ID, Reason: short(m.o.Reason), Movement: m.movement}
	if p.State != posting.PayoutIsRequested {
		e.Type, e.Part = posting.PayoutReturned, clip(m.o.ID)
		if e.Movement == "" {
			e.Part = ""
		}
		if amount.Currency() == p.Amount.Currency() && !amount.Equal(p.Amount) && !amount.IsZero() {
			e.Amount = amount
		}
		m.differ(MissingInLedger, Side{Amount: p.Amount, State: "paid out"}, Side{Amount: amount, State: "came back"})
		m.Difference = money.Amount{}
	}
	if p.State == posting.PayoutHasFailed || p.Left().IsZero() {
		m.Class = Matched
		return nil
	}
	e.ID = m.returnID()
	m.add(e)
	switch {
	case e.Type == posting.PayoutFailed:
		m.leave(p, posting.PayoutHasFailed, money.Amount{})
	case e.Amount.Currency() == "":
		m.leave(p, posting.PayoutIsReturned, p.Left())
	default:
		m.leave(p, posting.PayoutPartiallyReturned, e.Amount)
	}
	return nil
}
