package reconcile

import (
	"cmp"
	"errors"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// Payouts: money that left the provider for a bank, and money that came back. A payout is of a sub-account (asked for
// by payout, done by payout.paid) or of the platform (noted by provider.payout; see also receipts.go). A negative
// payout is money that was paid in.
//
// Two rows of one report, in the notation of the tests (kind, merchant's reference,
// amount, currency, the rest):
//
//	payout - - EUR acct=BA-1 net=-50.00 ours=po-1 id=l2    a seller's, which the platform asked for as po-1
//	payout - - EUR net=-900.00 batch=7                     what batch 7 came to, for the platform's bank
//
// Most mistakes here would pay twice or not at all, so each payout has one identity (payoutIdentity), and what
// a line does to it is remembered until it is in the books (leave).

// receiver returns whose money a payout is: the account that the provider names, else the platform's own, which
// goes to its bank.
// It is not known only if the line names an account that the books do not have; the outcome is parked then.
func (m *match) receiver() (id accounts.ID, known bool, err error) {
	if m.o.Account != "" {
		return m.rowAccount()
	}
	id, known, err = m.account(m.o.Receiver)
	if err != nil || known {
		return id, known, err
	}
	return accounts.Platform, true, nil
}

// ofPlatform reports whether an account is the platform's own. At providers both are one account, so what the provider
// says of one may be about the other.
func ofPlatform(id accounts.ID) bool { return id == accounts.Platform || id == accounts.Liable }

// payoutNamed finds a payout of the books that the outcome names.
// Providers give one payout several names: the platform's, the provider's, and that of the row. All of them are
// tried, the platform's first, as only the platform can have chosen that one. A payout of which another
// movement is known is never returned: it is another payout, however it is called. It is nil
// if the books have none.
func (m *match) payoutNamed() (*posting.Payout, error) {
	for _, name := range []string{m.o.Ours, m.o.Reference, m.o.Movement,
		m.o.ID, derivedID(m.Provider, "payout", m.o.Movement)} {
		if name = clip(name); name == "" {
			continue
		}
		p, err := m.payoutAt(name)
		if err != nil {
			return nil, err
		}
		if p != nil && (p.Movement == "" || m.movement == "" || p.Movement == m.movement) {
			return p, nil
		}
	}
	// The platform's payout keeps its own name. Once a line was matched to it by its amount, the provider's
	// name of it stands only in the event that line led to.
	if m.movement == "" {
		return nil, nil
	}
	records, err := m.finder.Movement(m.Provider, posting.MovementPayout, m.movement)
	if err != nil {
		return nil, err
	}
	for _, rec := range records { // it was found by its amount once, and has the movement since
		e, err := posting.EventOf(rec)
		if err != nil {
			return nil, err
		}
		if e.Payout != "" && e.Movement == m.movement {
			return m.payoutAt(e.Payout)
		}
	}
	return nil, nil
}

// payoutAt returns the payout of a name, of the books or as lines before have left it.
func (m *match) payoutAt(name string) (*posting.Payout, error) {
	if p := m.earlier().payouts[name]; p != nil {
		return p, nil
	}
	return maybe(m.finder.Payout(name))
}

// leave remembers what becomes of a payout by this line, for the lines after it: the books do not have it yet.
// returned is what came back of it by this line; the zero amount if nothing did.
func (m *match) leave(p *posting.Payout, state posting.State, returned money.Amount) {
	after := *p
	after.State = state
	if returned.Currency() != "" {
		after.Returned = money.FromInt(p.Returned.Int().Add(returned.Int()), p.Amount.Currency())
	}
	if after.Movement == "" {
		after.Movement = m.movement
	}
	m.earlier().payouts[p.ID] = &after
	if state == posting.PayoutIsPaid && m.movement != "" { // the same may be reported again
		m.earlier().payouts[m.movement] = &after
	}
}

// payoutOf finds the payout that the outcome is about: by name, else the oldest of the account and amount whose
// movement is not known. The platform's own may be of either of its accounts.
// is says which state the payout must be in to be found by its amount, such as "asked for" when it was paid. A
// name is not held to that: the caller then says what is wrong with the state.
func (m *match) payoutOf(id accounts.ID, amount money.Amount, is func(*posting.Payout) bool) (*posting.Payout, error) {
	if p, err := m.payoutNamed(); p != nil || err != nil {
		return p, err
	}
	ids := []accounts.ID{id}
	if ofPlatform(id) {
		ids = []accounts.ID{accounts.Platform, accounts.Liable}
	}
	for _, id := range ids {
		for p, err := range m.Book.Payouts(id) {
			if err != nil {
				return nil, err
			}
			if left := m.earlier().payouts[p.ID]; left != nil {
				p = left
			}
			// The line has the platform's name of a payout, and it is not this one's. Only facts have names of
			// our own making, which a line cannot know.
			named := m.o.Ours != "" && p.ID != clip(m.o.Ours) && !p.Fact
			if p.Movement == "" && !named && p.Amount.Equal(amount) &&
				p.Provider == m.Provider && is(p) && !m.earlier().matched[p.ID] {
				m.ByAmount = true
				return p, nil
			}
		}
	}
	return nil, nil
}

// payout resolves that money left the provider for a bank.
// A payout that the books do not have is made from the line, since the money has left, whoever asked for it.
// An amount below zero is money that was paid in, for example to cover a negative balance.
func (m *match) payout() error {
	amount := m.o.Amount
	if m.o.Net.Currency() != "" { // what went out, without the fees for it
		net := sums{m.o.Net}
		for _, f := range m.fees() {
			net.add(f.Amount)
		}
		amount = net.of(m.o.Net.Currency()).Neg()
	}
	m.Class, m.Found.Amount = UnmatchedOther, amount
	id, known, err := m.receiver()
	if err != nil || !known || amount.IsZero() {
		return err
	}
	p, err := m.payoutOf(id, amount, func(p *posting.Payout) bool { return p.State == posting.PayoutIsRequested })
	if err == nil && p == nil {
		p, err = m.paidByPlatform(id, amount)
	}
	if err != nil {
		return err
	}
	if p != nil && amount.Sign() > 0 {
		return m.payoutPaid(p, amount)
	}
	// The books have no such payout. Unless an older version has booked it, or a notification says too
	// little, the line makes one.
	if legacy, err := m.legacyPayout(amount); err != nil || legacy {
		return err
	}
	if m.notified() && m.o.Batch == "" && m.o.Account == "" && m.movement == "" {
		return nil
	}
	if amount.Sign() < 0 {
		return m.receivedFromOutside(id, amount.Neg())
	}
	if ofPlatform(id) {
		return m.platformPaid(id, amount)
	}
	return m.newPayout(id, amount)
}

// payoutIdentity is what makes two payouts the same, whichever report includes them: the movement, or else batch,
// receiver and amount.
// The receiver and the amount are in it because one batch may be paid to several banks, and in several
// currencies. The texts are part of ids in ledgers and must never change.
func (m *match) payoutIdentity(amount money.Amount) []string {
	switch {
	case m.movement != "":
		return []string{m.movement}
	case m.o.Batch != "":
		return []string{m.Provider, "payout", m.o.Batch, m.o.Receiver, amount.String()}
	}
	return m.identity(posting.MovementPayout, m.o.ID)
}

// platformPaid books that the provider has paid the platform, unless the platform has noted so itself.
// The money goes to the bank in the books at once; the bank's statement confirms it later (package bank). What
// the provider took for the payout is the platform's cost.
func (m *match) platformPaid(id accounts.ID, amount money.Amount) error {
	texts := m.payoutIdentity(amount)
	known, err := m.receiptKnown(amount, texts)
	if err != nil {
		return err
	}
	if !known {
		if err := m.once("payout", posting.Event{Type: posting.ProviderPayout, Provider: m.Provider,
			Amount: amount, Batch: clip(m.o.Batch)}, texts...); err != nil {
			return err
		}
	}
	if m.o.Account == "" {
		id = accounts.Liable
	}
	return m.accountFees(id)
}

// legacyPayout reports whether an older version has booked the payout, to any account, from a report or a
// notification. It made the id from the batch and the amount, or from the line.
// Those ids have the row's text in them, so they cannot be found by the names of today. Without this, an
// upgraded ledger would book each of its payouts once more when an old report is read again.
func (m *match) legacyPayout(amount money.Amount) (bool, error) {
	texts := []string{m.Provider, "payout", m.o.Batch, m.o.Receiver, amount.String()}
	if m.o.Batch == "" {
		content := fingerprint(m.Provider, m.o)
		texts = []string{string(content[:])}
	}
	for _, what := range []string{"payout", legacyNotified + "payout"} {
		rec, err := maybe(m.finder.Event(legacyID(m.Provider, what, appendTexts(nil, append(texts, what)...))))
		if err != nil {
			return false, err
		}
		if rec != nil {
			m.Class = Matched
			if !m.notified() && what == "payout" {
				m.Class, m.Expected = Duplicate, Side{State: "reported before"}
			}
			return true, nil
		}
	}
	return false, nil
}

// receivedFromOutside books money that came to the provider from outside.
// It is debited to the provider, which owes it to us, and credited to the account that it was paid in for; if
// that is the platform, to the bank that it must have come from.
func (m *match) receivedFromOutside(id accounts.ID, amount money.Amount) error {
	from := m.open(id)
	if ofPlatform(id) {
		from = accounts.Bank
	}
	return m.once("entry", posting.Event{Type: posting.JournalEntry, Fact: true,
		Postings: m.between(accounts.Provider(m.Provider), ledger.Available, from, ledger.Available, amount)},
		m.backIdentity(amount)...)
}

// newPayout books a payout of a sub-account that the books do not have.
// It is booked as asked for and as paid, by two events, as any payout is. So everything that reads payouts
// finds one life for all of them.
func (m *match) newPayout(id accounts.ID, amount money.Amount) error {
	m.Class = Matched // unless nobody has reported it yet
	ours := m.ours
	if ours != "" { // it may be that of a payout of which another movement is known
		other, err := m.payoutAt(ours)
		if err != nil {
			return err
		}
		if other != nil {
			ours = ""
		}
	}
	name := cmp.Or(ours, m.movement, derivedID(append([]string{m.Provider, "payout"}, m.payoutIdentity(amount)...)...))
	asked := posting.Event{ID: derivedID(m.Provider, "payout", name, "asked"), Type: posting.PayoutRequest,
		Payout: name, Account: id, Amount: amount, Provider: m.Provider, Fact: true, Movement: m.movement}
	reported, err := m.alreadyBooked(asked.ID, "payout")
	if err != nil || reported {
		return err
	}
	m.differ(MissingInLedger, Side{}, Side{Amount: amount, State: "paid out"})
	m.add(asked)
	return m.addPaid(&posting.Payout{ID: name, Account: id, Amount: amount, Provider: m.Provider, Fact: true})
}

// addPaid adds that a payout was paid, with what the provider took for it.
// A fee that a line of its own has booked already, in the same group, is not part of it: the provider took it
// once. Fees in several currencies are no one amount, so the event has none of them.
func (m *match) addPaid(p *posting.Payout) error {
	e := posting.Event{ID: derivedID(m.Provider, "payout", p.ID, "paid"),
		Type: posting.PayoutPaid, Payout: p.ID, Movement: m.movement}
	var fee sums
	for _, f := range m.fees() {
		reported := false
		if m.o.Group != "" {
			var err error
			if reported, err = m.inBooks(m.groupFee(f)); err != nil {
				return err
			}
		}
		if !reported {
			fee.add(f.Amount)
		}
	}
	after := *p
	if len(fee) == 1 && fee[0].Sign() > 0 {
		e.DisputeFee, after.Fee = fee[0], fee[0]
	}
	m.add(e)
	m.leave(&after, posting.PayoutIsPaid, money.Amount{})
	return nil
}

// payoutPaid resolves that a payout of the books was paid.
// Another amount or currency is never booked, since the books would then say that the platform asked for it:
// the line waits until somebody has looked. A payout that the platform has noted as paid is confirmed.
func (m *match) payoutPaid(p *posting.Payout, amount money.Amount) error {
	// Whatever is wrong with the line, the provider has the payout: it is not listed as missing there as well.
	m.claims = append(m.claims, keyOf("", ofPayout, p.ID))
	m.earlier().matched[p.ID] = true
	m.Class = Matched
	switch {
	case amount.Currency() != "" && amount.Currency() != p.Amount.Currency():
		m.differ(CurrencyMismatch, Side{Amount: p.Amount}, Side{Amount: amount})
		m.park(CurrencyMismatch, "the payout is in "+string(p.Amount.Currency()))
		return nil
	case amount.Currency() != "" && !amount.Equal(p.Amount):
		m.differ(AmountMismatch, Side{Amount: p.Amount}, Side{Amount: amount})
		m.park(AmountMismatch, "the payout is of another amount in the books")
		return nil
	}
	reported, err := m.alreadyBooked(derivedID(m.Provider, "payout", p.ID, "paid"), "paid")
	if err != nil || reported {
		return err
	}
	// The provider has paid it. If the books say that it failed, the payment is booked and the state is a break.
	switch p.State {
	case posting.PayoutHasFailed:
		m.status("payout failed", "paid out")
	case posting.PayoutIsRequested:
	default:
		if p.Movement == "" { // the platform has said so: that the provider has too is noted
			return m.addPaid(p)
		}
		return nil
	}
	return m.addPaid(p)
}

// paidByPlatform finds a payout of the week before which the platform itself noted as paid, and which the provider
// has not reported.
// The platform may report payout.paid by itself, from the bank's statement or its own clock. Such a payout has
// the right state and still lacks the provider's word. The first error of the look-ups is returned when all are
// done, as the search cannot stop from within its test.
func (m *match) paidByPlatform(id accounts.ID, amount money.Amount) (p *posting.Payout, err error) {
	var failed error
	p, err = m.payoutOf(id, amount, func(p *posting.Payout) bool {
		if p.State != posting.PayoutIsPaid || p.Fact || p.Asked.Before(m.o.At.Add(-searchedBefore)) {
			return false
		}
		rec, err := maybe(m.finder.Event(derivedID(m.Provider, "payout", p.ID, "paid")))
		failed = errors.Join(failed, err)
		return rec == nil
	})
	return p, errors.Join(err, failed)
}

// accountFees books what the provider took for a movement of no payment.
// Fees of a group are booked one by one under ids of the group, so that a report that has each in a line of its
// own comes to the same. Fees without a group have one entry together.
func (m *match) accountFees(id accounts.ID) error {
	if m.Class == Duplicate {
		return nil
	}
	var all []posting.Leg
	for _, f := range m.fees() {
		legs := m.between(m.open(id), ledger.Available, accounts.Provider(m.Provider), ledger.Available, f.Amount)
		if m.o.Group == "" {
			all = append(all, legs...)
		} else if err := m.accountFee(m.groupFee(f), legs); err != nil {
			return err
		}
	}
	return m.accountFee(derivedID(append(m.identity("", m.o.ID), "fees")...), all)
}

// accountFee adds the entry of a fee, unless the books have it.
func (m *match) accountFee(id string, legs []posting.Leg) error {
	if len(legs) == 0 {
		return nil
	}
	if reported, err := m.inBooks(id); err != nil || reported {
		return err
	}
	m.add(posting.Event{ID: id, Type: posting.JournalEntry, Postings: legs, Fact: true})
	return nil
}
