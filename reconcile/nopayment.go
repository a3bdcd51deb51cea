package reconcile

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// Lines of no payment that are neither payouts nor transfers: fees of an account, corrections, money that is held back.
// Their events have ids of what the line says, so each is booked once (once, alreadyBooked).
//
//	fee - - EUR net=-5.00 Fee=5.00 id=f1          a monthly price: the platform bears it
//	other - - EUR acct=BA-1 net=-2.00 id=o1       a correction of a seller's account
//	other - - EUR net=-100.00 id=o2 held          set aside against future chargebacks

// ofNoPayment resolves what is of no payment.
// What names a payment by its kind and has none here (a chargeback without any reference)
// waits: it is some payment's.
func (m *match) ofNoPayment() error {
	switch m.o.Kind {
	case providers.Payout:
		return m.payout()
	case providers.PayoutFailed:
		return m.payoutFailed()
	case providers.Transfer:
		return m.transfer()
	case providers.Unknown:
		m.Class, m.Found = UnknownKind, Side{Amount: m.o.Net, State: m.o.Reason}
		return nil
	case providers.Balance:
		return nil // compared once all lines are in the books
	case providers.Split, providers.SplitFailed:
		if m.Class = UnmatchedOther; m.o.Common != "" && m.o.Kind == providers.Split {
			if err := m.namedTransfer(); err != nil || m.Class != UnmatchedOther {
				return err
			}
		}
		return m.routedRow()
	case providers.Fee, providers.Other:
		return m.other()
	}
	m.park(MissingInLedger, "the provider names no payment")
	return nil
}

// other resolves a change of an account by itself. It is booked on the account that the line names, else on
// liable. Money that the provider sets aside moves from the provider's available to its reserved, or back.
// The class stays [UnmatchedOther]: it is no break, as nobody could have posted it
// before the provider did it.
func (m *match) other() error {
	o := m.o
	m.Class = UnmatchedOther
	net := o.Net
	if net.Currency() == "" || net.IsZero() {
		return nil
	}
	m.Found.Amount = net
	// Nobody else bears it, so the platform does, unless the line names an account.
	to := accounts.Liable
	if o.Account != "" {
		id, known, err := m.rowAccount()
		if err != nil || !known {
			return err
		}
		to = id
	}
	// A fee that is reported in a line beside its movement: other reports include both in one line, and must come to
	// the same id of its event.
	fee := ""
	if o.Group != "" && o.Kind == providers.Fee && len(o.Fees) == 1 {
		fee = m.groupFee(o.Fees[0])
		if reported, err := m.groupFeeReported(fee); err != nil || reported {
			return err
		}
	}
	provider := accounts.Provider(m.Provider)
	legs := m.between(provider, ledger.Available, m.open(to), ledger.Available, net)
	if o.Held {
		legs = m.between(provider, ledger.Available, provider, ledger.Reserved, net)
	}
	e := posting.Event{Type: posting.JournalEntry, Postings: legs, Fact: true}
	if fee != "" && !o.Held {
		e.ID = fee
		m.add(e)
		return nil
	}
	return m.once("entry", e)
}

// groupFeeReported resolves a fee of a group that is in the books already: booked by itself, by this
// report, or with its payout.
func (m *match) groupFeeReported(id string) (bool, error) {
	for _, id := range []string{id, m.onceID("entry", "")} {
		if reported, err := m.alreadyBooked(id, "entry"); err != nil || reported {
			return reported, err
		}
	}
	p, err := m.payoutNamed()
	if err != nil || p == nil || p.Fee.Currency() == "" || m.o.Fees[0].Amount.Sign() < 0 {
		return false, err
	}
	m.Class = Matched
	return true, nil
}

// inBooks reports whether the books have an event of no payment, or will.
func (m *match) inBooks(id string) (bool, error) {
	if m.earlier().seen[id] != nil {
		return true, nil
	}
	rec, err := maybe(m.finder.Event(id))
	return rec != nil, err
}

// groupFee is the id of the event of a fee that is reported with the movement of a group.
// Fees taken and given back have ids apart, as both may be of one group: a payout that failed.
func (m *match) groupFee(f posting.Fee) string {
	what := "group fee"
	if f.Amount.Sign() < 0 {
		what = "group fee back"
	}
	return derivedID(m.Provider, what, m.o.Group, string(f.Type))
}

// open returns the account, or liable where it is closed.
// A closed account takes no entries, and the provider's line still has to be booked. Liable is the
// platform's account for what nobody else bears.
func (m *match) open(id accounts.ID) accounts.ID {
	if a, ok := m.Ledger.Account(id); ok && a.Status == accounts.Closed {
		return accounts.Liable
	}
	return id
}

// once adds an event of no payment, unless the books have it.
// what is a word for the kind of the event, texts what makes it the same, if the
// outcome's own texts do not.
func (m *match) once(what string, e posting.Event, texts ...string) error {
	kind := e.Movement // that the event is keyed by, if it is
	e.ID = m.onceID(what, kind, texts...)
	reported, err := m.alreadyBooked(e.ID, what)
	if err != nil || reported {
		return err
	}
	if len(e.Postings) == 0 && e.Type == posting.JournalEntry {
		return nil
	}
	m.add(e)
	return nil
}

// onceID is the id of an event of no payment: of the provider's movement, or all that the line says.
func (m *match) onceID(what, movement string, texts ...string) string {
	if len(texts) > 0 {
		return derivedID(append([]string{m.Provider, what}, texts...)...)
	}
	if movement != "" {
		return derivedID(m.Provider, what, movement, m.o.ID)
	}
	return derivedID(append(m.identity("", m.o.ID), what)...)
}

// alreadyBooked resolves an outcome of no payment whose event is in the books.
// It reports false if it is news. In the format of the line it is a duplicate, in another one it is a
// confirmation and matched. Ids of older versions are looked for too: they were made from
// all that the line says.
func (m *match) alreadyBooked(id, what string) (bool, error) {
	if s := m.earlier().seen[id]; s != nil {
		if m.Class = Matched; m.sameFormat(s) {
			m.markRepeated(&posting.Event{Source: s})
		}
		return true, nil
	}
	rec, err := maybe(m.finder.Event(id))
	if err != nil {
		return false, err
	}
	if rec == nil {
		content := fingerprint(m.Provider, m.o)
		word := what
		if m.notified() {
			word = legacyNotified + what
		}
		rec, err = maybe(m.finder.Event(legacyID(m.Provider, word, append(content[:], word...))))
		if err != nil || rec == nil {
			return false, err
		}
	}
	e, err := posting.EventOf(rec)
	if err != nil {
		return false, err
	}
	if s := sourceOf(m.Provider, &e); s == nil || s.Format == "" || m.sameFormat(s) {
		m.markRepeated(&e)
	} else {
		m.Class = Matched
	}
	return true, nil
}
