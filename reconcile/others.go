package reconcile

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// other resolves what is of no payment. What changes what the provider owes is booked between the provider and liable; money
// that the provider sets aside, between the provider's available and reserved. A transfer between accounts at the provider, as splits are,
// changes nothing of what it owes the platform.
func (m *matter) other() error {
	o := m.o
	m.Class = UnmatchedOther
	switch o.Kind {
	case providers.Fee, providers.Other:
	case providers.Transfer, providers.Split, providers.SplitFailed: // a split that names no payment is a transfer as any other
		return nil
	default:
		m.Class = MissingInLedger // of a payment that the line does not name
		return nil
	}
	net := o.Net
	if net.Currency() == "" || m.Told {
		return nil
	}
	m.Found.Amount = net
	if o.Group != "" {
		told, err := m.accountFees()
		if err != nil || told {
			return err
		}
		if o.Kind != providers.Fee {
			net = m.unpriced()
		}
	}
	provider := accounts.Provider(m.Provider)
	legs := m.between(provider, ledger.Available, accounts.Liable, ledger.Available, net)
	if o.Held {
		legs = m.between(provider, ledger.Available, provider, ledger.Reserved, net)
	}
	if len(legs) == 0 {
		return nil
	}
	return m.once(idEntry, posting.Event{Type: posting.JournalEntry, Postings: legs})
}

// once adds an event of no payment, unless an earlier report had the same.
func (m *matter) once(what string, e posting.Event, from ...string) error {
	id := m.ownID(what)
	if len(from) > 0 {
		id = m.id(what, from...)
	}
	before, err := m.bookedBefore(id)
	if err != nil {
		return err
	}
	if before {
		m.again("reported earlier")
		return nil
	}
	m.event(what, e, from...)
	return nil
}

// paid is what a payout moved, signed: positive if it went out. Providers that are owed take it in.
func (m *matter) paid() money.Amount {
	switch {
	case m.o.Net.Currency() != "" && m.o.Group != "":
		return m.unpriced().Neg()
	case m.o.Net.Currency() != "":
		return m.o.Net.Neg()
	}
	return m.o.Amount
}

// namedPayout finds a payout of the platform's that the outcome names, nil if there is none.
func (m *matter) namedPayout() (*posting.Payout, error) {
	for _, name := range []string{m.o.Reference, m.o.Ours, m.o.ID} {
		if name == "" {
			continue
		}
		if p, err := m.finder.Payout(name); p != nil || err != nil {
			return p, err
		}
	}
	return nil, nil
}

// receiver is the account whose money the payout is: a sub-account that the outcome names, else the bank for the platform's own.
func (m *matter) receiver() accounts.ID {
	for _, name := range []string{m.o.Account, m.o.Receiver} {
		if a, ok := m.Ledger.Account(accounts.ID(name)); ok && a.Kind == accounts.KindSub {
			return a.ID
		}
	}
	return accounts.Bank
}

func (m *matter) payout() error {
	amount := m.paid()
	m.Class, m.Found.Amount = UnmatchedOther, amount
	p, err := m.namedPayout()
	if err != nil {
		return err
	}
	if m.o.Group != "" && !m.Told {
		if _, err := m.accountFees(); err != nil {
			return err
		}
	}
	if p != nil {
		return m.payoutOf(p, amount)
	}
	from := m.payoutIdentity(amount)
	if m.Told && m.o.Batch == "" || amount.IsZero() {
		return nil
	}
	// A notification and a report may tell the same: who comes first books it.
	other := *m.Resolver
	other.Told = !m.Told
	if rec, err := m.finder.Event((&matter{Resolver: &other}).id(idPayout, from...)); err != nil || rec != nil {
		if rec != nil && m.Told {
			m.again("paid out")
		}
		return err
	}
	if to := m.receiver(); to != accounts.Bank || amount.Sign() < 0 {
		legs := m.between(to, ledger.Available, accounts.Provider(m.Provider), ledger.Available, amount)
		return m.once(idPayout, posting.Event{Type: posting.JournalEntry, Postings: legs}, from...)
	}
	return m.once(idPayout, posting.Event{Type: posting.ProviderPayout, Provider: m.Provider, Amount: amount, Batch: clip(m.o.Batch)}, from...)
}

// payoutIdentity is what makes a payout the same whoever tells it: of a batch, to whom and how much.
func (m *matter) payoutIdentity(amount money.Amount) []string {
	if m.o.Batch == "" {
		return []string{string(m.print[:])}
	}
	return []string{m.Provider, "payout", m.o.Batch, m.o.Receiver, amount.String()}
}

// payoutOf resolves a payout that the platform asked for.
func (m *matter) payoutOf(p *posting.Payout, amount money.Amount) error {
	m.Class = Matched
	switch {
	case amount.Currency() != "" && amount.Currency() != p.Amount.Currency():
		m.differ(CurrencyMismatch, Side{Amount: p.Amount}, Side{Amount: amount})
		return nil
	case amount.Currency() != "" && !amount.Equal(p.Amount):
		m.differ(AmountMismatch, Side{Amount: p.Amount}, Side{Amount: amount})
		return nil
	case p.State == posting.PayoutHasFailed:
		m.status("payout failed", "paid out")
		return nil
	case p.State == posting.PayoutIsRequested:
		m.event(idPaid, posting.Event{Type: posting.PayoutPaid, Payout: p.ID})
		return nil
	}
	before, err := m.bookedBefore(m.ownID(idPaid))
	if before {
		m.again("paid out")
	}
	return err
}

func (m *matter) payoutFailed() error {
	amount := m.o.Net
	if amount.Currency() == "" {
		amount = m.o.Amount
	}
	m.Class, m.Found.Amount = UnmatchedOther, amount
	p, err := m.namedPayout()
	if err != nil {
		return err
	}
	if p != nil && p.State == posting.PayoutIsRequested {
		m.Class = Matched
		m.event(idPaid, posting.Event{Type: posting.PayoutFailed, Payout: p.ID, Reason: short(m.o.Reason)})
		return nil
	}
	if p != nil && p.State == posting.PayoutHasFailed {
		m.Class = Matched
		return nil
	}
	if m.Told || amount.IsZero() {
		return nil
	}
	to := m.receiver()
	if p != nil {
		to = p.Account
	}
	legs := m.between(accounts.Provider(m.Provider), ledger.Available, to, ledger.Available, amount)
	return m.once(idEntry, posting.Event{Type: posting.JournalEntry, Postings: legs})
}
