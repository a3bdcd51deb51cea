package reconcile

import (
	"slices"
	"strconv"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/spill"
)

// One report tells a movement with its fees on one line, another the fees on lines of their own. Where both name the movement
// ([providers.Outcome.Group]), a fee is booked by the line that comes first, and the other one agrees with it or differs. Two fees of
// one type and amount stay two where they are of two movements.

// feeType is what the fee of a fee line is for.
func (m *matter) feeType() posting.FeeType {
	fees := m.fees()
	switch {
	case len(fees) == 0:
		return ""
	case fees[0].Amount.Sign() < 0:
		return fees[0].Type + " back"
	}
	return fees[0].Type
}

// lineID is the id of the event of a fee line of the movement.
func (m *matter) lineID(what string, t posting.FeeType) string {
	return m.id(what, m.Provider, "movement", m.o.Group, string(t))
}

// wholeIDs are the ids that the event of the fees may have where a line of one of these kinds tells them with their movement.
func (m *matter) wholeIDs(kinds ...providers.Kind) (ids []string) {
	for _, k := range kinds {
		ids = append(ids, printID(m.Provider, idFee, printOf(m.Provider, &providers.Outcome{Kind: k, ID: m.o.Group})))
	}
	return ids
}

// otherwise returns those of the fees that the books have from the other way of telling them, whichever report that was, and the fees as the
// books have them.
func (m *matter) otherwise(fees []posting.Fee) (told, booked []posting.Fee) {
	if m.o.Group == "" || m.Told {
		return nil, nil
	}
	var ids []string
	for i := range m.Payment.Events {
		e := &m.Payment.Events[i].Event
		if e.Type != posting.PaymentFee || whatOf(m.Provider, e.ID) != idFee {
			continue
		}
		for _, f := range fees {
			if m.o.Kind != providers.Fee {
				ids = []string{m.lineID(idFee, f.Type)}
			} else if ids == nil {
				ids = m.wholeIDs(providers.Settled, providers.Refunded, providers.Chargeback)
			}
			if j := slices.IndexFunc(e.Fees, func(x posting.Fee) bool { return x.Type == f.Type }); j >= 0 && f.Amount.Sign() > 0 && slices.Contains(ids, e.ID) {
				told, booked = append(told, f), append(booked, e.Fees[j])
			}
		}
	}
	return told, booked
}

// withoutTold compares the fees that are told otherwise already, and returns the others.
func (m *matter) withoutTold(fees []posting.Fee) []posting.Fee {
	told, booked := m.otherwise(fees)
	for i := range told {
		if !told[i].Amount.Equal(booked[i].Amount) && m.Class == Matched {
			m.differ(FeeMismatch, Side{Amount: booked[i].Amount}, Side{Amount: told[i].Amount})
		}
	}
	if len(told) == 0 {
		return fees
	}
	return slices.DeleteFunc(slices.Clone(fees), func(f posting.Fee) bool { return hasType(told, f.Type) })
}

// unpriced is what a movement of no payment moved, without its fees.
func (m *matter) unpriced() money.Amount {
	net := sums{m.o.Net}
	for _, f := range m.fees() {
		net.add(f.Amount)
	}
	return net.of(m.o.Net.Currency())
}

// accountFees books the fees that a line tells with a movement of no payment. Of a fee line, it reports whether the books have it from
// such a line.
func (m *matter) accountFees() (told bool, err error) {
	m.newFees = m.fees()
	if m.o.Kind == providers.Fee {
		for _, id := range m.wholeIDs(providers.Refunded, providers.Payout, providers.Transfer, providers.Other) {
			if rec, err := m.finder.Event(id); rec != nil || err != nil {
				m.Class = Matched
				return rec != nil, err
			}
		}
		return false, nil
	}
	var legs []posting.Leg
	for _, f := range m.newFees {
		booked, err := m.finder.Event(m.lineID(idEntry, f.Type))
		if err != nil {
			return false, err
		}
		if booked == nil {
			legs = append(legs, m.between(accounts.Liable, ledger.Available, accounts.Provider(m.Provider), ledger.Available, f.Amount)...)
		}
	}
	if len(legs) > 0 {
		m.event(idFee, posting.Event{Type: posting.JournalEntry, Postings: legs})
	}
	return false, nil
}

// movement leaves out the fees of a line that another line of these reports has told the other way, and remembers the rest.
func (r *run) movement(n int, o *providers.Outcome, res *Resolution) error {
	if o.Group == "" {
		return nil
	}
	var told []posting.Fee
	for _, f := range res.newFees {
		k := spill.Key(keyOf("movement", o.Group, string(f.Type)))
		amount := spill.Key(keyOf(f.Amount.String()))
		here := place(n, o.Line, amount)
		if o.Kind == providers.Fee {
			here = here.uncounted()
		}
		value, known, err := r.seen.Get(k)
		if err != nil {
			return err
		}
		before := placed(value)
		if !known || before.counted() == here.counted() {
			if err := r.seen.Put(k, uint64(here)); err != nil {
				return err
			}
			continue
		}
		told = append(told, f)
		if !before.like(amount) && res.Class == Matched {
			res.Class, res.Expected, res.Found = FeeMismatch, Side{State: "another fee in line " + strconv.Itoa(before.line())}, Side{Amount: f.Amount}
			res.Hint = "fee: two reports have another price for it"
		}
	}
	switch {
	case len(told) == 0:
	case o.Kind != providers.Fee:
		res.leaveOut(told)
	default:
		if res.Events = nil; res.Class == UnmatchedOther {
			res.Class = Matched
		}
	}
	return nil
}

// leaveOut takes fees out of the events.
func (r *Resolution) leaveOut(told []posting.Fee) {
	var kept []posting.Event
	for _, e := range r.Events {
		if e.Type == posting.PaymentFee {
			e.Fees = slices.DeleteFunc(slices.Clone(e.Fees), func(f posting.Fee) bool { return hasType(told, f.Type) })
			if len(e.Fees) == 0 {
				continue
			}
		}
		kept = append(kept, e)
	}
	r.Events = kept
}
