package reconcile

import (
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A transfer between two accounts at the provider is reported in two rows, one of each account. Both are one
// movement, that of the row of the paying account.
//
//	transfer - - EUR acct=BA-1 to=BA-2 net=-30.00 ours=t-1 common=C9 id=l1    BA-1 pays, on the platform's order t-1
//	transfer - - EUR acct=BA-2 to=BA-1 net=30.00 common=C9 id=l2              BA-2 gets it
//
// The first row that comes books the transfer, and the other one is noted beside it. Either may be missing: the
// other account may be of a report that comes later, or of none. A row may also leave out the other account
// (oneSided), or even that it is of a transfer at all (namedTransfer).

// transfer resolves one row of a transfer.
// The sign of the net amount says whose row it is: below zero, the account of the row pays.
func (m *match) transfer() error {
	o := m.o
	net := o.Net
	m.Class, m.Found.Amount = UnmatchedOther, net
	if net.Currency() == "" || net.IsZero() {
		return nil
	}
	id, known, err := m.rowAccount()
	if err != nil || !known {
		return err
	}
	m.Class = Matched
	if reported, err := m.alreadyBooked(m.rowEvent(), "transfer"); err != nil || reported {
		return err
	}
	t := transferRow{amount: net.Abs(), debited: net.Sign() < 0}
	other, known, err := m.account(o.Counterparty)
	switch {
	case err != nil:
		return err
	case o.Counterparty == "":
		return m.oneSided(id, t)
	case !known:
		m.differ(AccountMismatch, Side{}, Side{Amount: net, State: "counterparty " + o.Counterparty})
		m.park(AccountMismatch, "no account has the id "+o.Counterparty+" at "+m.Provider)
		return nil
	}
	if t.from, t.to = id, other; !t.debited {
		t.from, t.to = other, id
	}
	if t.from == t.to || ofPlatform(t.from) && ofPlatform(t.to) && t.from == t.to {
		return nil // both are one account of the books
	}
	return m.matchTransfer(t)
}

// rowEvent is the id of the event of a row, whoever reports it.
// Two kinds of reports of one provider have the same row under the same id, and both must come to one event.
func (m *match) rowEvent() string {
	if m.o.ID == "" {
		return derivedID(append(m.identity(posting.MovementTransfer, ""), "row")...)
	}
	return derivedID(m.Provider, "transfer row", m.o.ID)
}

// A transferRow is one row of a transfer.
type transferRow struct {
	from, to accounts.ID
	amount   money.Amount
	debited  bool // it is the row of the account that pays
}

// oneSided resolves a row that does not name the other account. It completes a transfer of which the other row
// was reported, or waits for that row.
func (m *match) oneSided(id accounts.ID, t transferRow) error {
	// First a transfer that the books or an earlier line have under one of the row's names, and whose row of
	// this side was not reported.
	for _, name := range []string{clip(m.o.Ours), clip(m.o.Common), m.transferName(m.o.Common)} {
		if name == "" {
			continue
		}
		first, err := m.transferAt(name)
		if err != nil {
			return err
		}
		if first == nil || !first.Amount.Equal(t.amount) || (first.From == id) != t.debited ||
			first.From != id && first.To != id {
			continue
		}
		t.from, t.to = first.From, first.To
		reported, err := m.rowReported(first, t)
		if err != nil {
			return err
		}
		if !reported {
			m.claims = append(m.claims, keyOf("", ofTransfer, first.ID))
			return m.otherRow(first, t)
		}
	}
	// Else the other row of the same run, which also waits: both together name the two accounts.
	if m.o.Common != "" {
		k := m.o.Common + " " + t.amount.String()
		first, ok := m.earlier().oneSided[k]
		if ok && first.id != id && first.debited != t.debited {
			// Both rows are known now. This one books the transfer; the one that waited is matched to it when
			// its notice is taken up again.
			delete(m.earlier().oneSided, k)
			if t.from, t.to = id, first.id; !t.debited {
				t.from, t.to = first.id, id
			}
			return m.matchTransfer(t)
		}
		m.earlier().oneSided[k] = oneSidedRow{id, t.debited}
	}
	m.differ(MissingInLedger, Side{}, Side{Amount: m.o.Net})
	m.park(MissingInLedger, "the row does not name the other account")
	return nil
}

// A oneSidedRow is a row of a transfer that does not name the other account.
type oneSidedRow struct {
	id      accounts.ID
	debited bool
}

// namedTransfer resolves a row that may be a split or a transfer. The provider does not say which; it is a
// transfer if the books have one of that name.
// The class stays [UnmatchedOther] if it is none, and the caller goes on to look for a split. The books are
// asked under three names: the row's own, the one that an earlier row of a provider's transfer gave it, and the
// reference that the platform gave its order.
func (m *match) namedTransfer() error {
	m.Class = Matched
	if reported, err := m.alreadyBooked(m.rowEvent(), "transfer"); err != nil || reported {
		return err
	}
	m.Class = UnmatchedOther
	t, err := maybe(m.finder.Transfer(clip(m.o.Common)))
	if err == nil && t == nil {
		t, err = m.transferAt(m.transferName(m.o.Common))
		if t != nil && t.Fact && t.Left().IsZero() { // it was a share after all: see lateShares
			t = nil
		}
	}
	if err == nil && t == nil {
		t, err = m.referredTransfer()
	}
	if err != nil || t == nil {
		return err
	}
	id, known, err := m.rowAccount()
	if err != nil || !known {
		return err
	}
	return m.unsaidTransfer(id)
}

// referredTransfer finds a transfer of the platform's that has the row's reference.
// It shares the search with splits: of several transfers with the reference, it is the one that was made last
// before the row, and each is found once.
func (m *match) referredTransfer() (*posting.TransferState, error) {
	id, known, err := m.account(m.o.Account)
	if err != nil || !known {
		return nil, err
	}
	of, err := m.routesOf(id)
	if err != nil {
		return nil, err
	}
	to := m.nearest(of.byKey[transferKey(m.o.Common, m.o.Net.Sign() < 0, m.o.Amount)], false, false)
	if to == nil {
		return nil, nil
	}
	m.earlier().rowReported[to.key()] = true
	m.o.Ours = to.transfer
	return m.transferAt(to.transfer)
}

// transferKey is what a row reports of a transfer of the platform's.
// The word before the reference keeps it apart from the routes of splits, which are keys of the same map.
func transferKey(reference string, debited bool, a money.Amount) routeKey {
	return routeKey{"transfer " + reference, debited, a.String()}
}

// unsaidTransfer resolves a row as one of a transfer, of which it does not say that it is.
func (m *match) unsaidTransfer(id accounts.ID) error {
	if m.Class = Matched; m.o.Ours == "" && !m.namedByProvider() {
		m.o.Ours = m.o.Common
	}
	t := transferRow{from: id, amount: m.o.Net.Abs(), debited: m.o.Net.Sign() < 0}
	other, known, err := m.account(m.o.Counterparty)
	switch {
	case err != nil:
		return err
	case !known || other == id:
		return m.oneSided(id, t)
	}
	if t.to = other; !t.debited {
		t.from, t.to = other, id
	}
	return m.matchTransfer(t)
}

// namedByProvider reports whether what the rows of a transfer have in common is the provider's name of it.
func (m *match) namedByProvider() bool { return m.o.Common != "" && m.o.Common == m.o.Movement }

// transferName is the name of a transfer that only the provider knows.
// Both rows have the texts in common, so they come to the same name, whichever is read first.
func (m *match) transferName(texts ...string) string {
	return derivedID(append([]string{m.Provider, "transfer"}, texts...)...)
}

// matchTransfer finds the transfer of a row: by movement, by the other row, by the platform's name, or by
// amount. If there is none, it books one.
// A second transfer under the same reference is never merged with the first. It waits for
// somebody to look at it.
func (m *match) matchTransfer(t transferRow) error {
	first, name, err := m.reportedTransfer(t)
	switch {
	case err != nil:
		return err
	case first == nil:
		return m.firstRow(name, t)
	}
	if m.o.Common != "" { // the others are looked for among those of which this side is not reported
		if reported, err := m.rowReported(first, t); err != nil {
			return err
		} else if reported {
			m.park(AmountMismatch, "two transfers have the reference "+m.o.Common)
			return nil
		}
	}
	return m.otherRow(first, t)
}

// reportedTransfer finds the transfer that the other row has reported, in a report with or without the provider's
// references. If there is none, it returns the name for a new one.
// One kind of report may have the common reference and another not, for the same two rows. So each kind looks
// for what the other has left behind, too.
func (m *match) reportedTransfer(t transferRow) (first *posting.TransferState, name string, err error) {
	if m.o.Common == "" {
		if first, name, err = m.transferWithoutReference(t); first == nil && err == nil {
			first, err = m.halfReported(t)
		}
		return first, name, err
	}
	name = m.transferName(m.o.Common)
	if first, err = m.transferAt(name); first == nil && err == nil {
		first, _, err = m.transferWithoutReference(t)
	}
	return first, name, err
}

// transferWithoutReference finds the transfer that was reported in a row without the provider's reference, and not yet
// from this side. If there is none, it returns the name for a new one.
// Such transfers are named by accounts, amount and day, with a number, as two alike on one day are two
// transfers: the second row of the same side belongs to the next number.
func (m *match) transferWithoutReference(t transferRow) (*posting.TransferState, string, error) {
	for n := 0; ; n++ {
		name := m.transferName(string(t.from), string(t.to), t.amount.String(),
			m.o.At.UTC().Format(time.DateOnly), strconv.Itoa(n))
		first, err := m.transferAt(name)
		if err != nil || first == nil {
			return nil, name, err
		}
		reported, err := m.rowReported(first, t)
		if err != nil || !reported {
			return first, name, err
		}
	}
}

// halfReported finds a transfer of the same time of which only the other row was reported, under the provider's
// reference.
// Both rows of a transfer have one time, so only records of just that time are looked at.
func (m *match) halfReported(t transferRow) (*posting.TransferState, error) {
	n := 0
	for rec, err := range m.Ledger.Touching(t.from, ledger.Available) {
		if n++; err != nil || n > searched || rec.At.Before(m.o.At) {
			return nil, err
		}
		kind, err := posting.TypeOf(rec)
		if err != nil || kind != posting.Transfer || !rec.At.Equal(m.o.At) {
			continue
		}
		e, err := posting.EventOf(rec)
		if err != nil {
			return nil, err
		}
		if !e.Fact || e.Transfer == "" || e.From != t.from || e.To != t.to || !e.Amount.Equal(t.amount) {
			continue
		}
		first, err := m.transferAt(e.Transfer)
		if err != nil || first == nil {
			return nil, err
		}
		if reported, err := m.rowReported(first, t); err != nil || !reported {
			return first, err
		}
	}
	return nil, nil
}

// transferAt returns the transfer of a name, of the books or of this run.
func (m *match) transferAt(name string) (*posting.TransferState, error) {
	if t := m.earlier().transfers[name]; t != nil {
		return t, nil
	}
	return maybe(m.finder.Transfer(name))
}

// rowReported reports whether the row of one side of a transfer was reported before.
// Rows of this run are in memory. Those before it are found by the movement; its events have the side at the
// beginning of their part.
func (m *match) rowReported(first *posting.TransferState, t transferRow) (bool, error) {
	if m.earlier().rows[first.ID+" "+t.side()] != "" {
		return true, nil
	}
	if first.Movement == "" {
		return false, nil
	}
	records, err := m.finder.Movement(m.Provider, posting.MovementTransfer, first.Movement)
	if err != nil {
		return false, err
	}
	for _, rec := range records {
		e, err := posting.EventOf(rec)
		if err != nil {
			return false, err
		}
		if strings.HasPrefix(e.Part, t.side()+"/") {
			return true, nil
		}
	}
	return false, nil
}

// side names the side of a transfer that a row is.
func (t transferRow) side() string {
	if t.debited {
		return "debited"
	}
	return "credited"
}

// firstRow resolves the row of a transfer that no row has reported: it is one of the platform's, or booked.
// One of the platform's is confirmed, and claimed so that it is not missing at the provider. Otherwise the
// provider moved money that nobody ordered in the books.
func (m *match) firstRow(name string, t transferRow) error {
	ours, err := m.ownTransfer(t)
	if err != nil {
		return err
	}
	if ours != nil {
		m.claims = append(m.claims, keyOf("", ofTransfer, ours.ID))
		return m.otherRow(ours, t)
	}
	m.differ(MissingInLedger, Side{}, Side{Amount: m.o.Net, State: "transfer"})
	return m.otherRow(&posting.TransferState{ID: name, From: t.from, To: t.to, Amount: t.amount}, t)
}

// otherRow books a row of a transfer. What the other row has booked already is only noted.
// The event names its transfer. So the books move the money with the first row only, and take the second as a
// confirmation. An amount that differs from the other row's is parked, as it cannot be both.
func (m *match) otherRow(first *posting.TransferState, t transferRow) error {
	m.earlier().rows[first.ID+" "+t.side()] = m.rowEvent()
	m.earlier().transfers[first.ID] = first
	if !first.Amount.Equal(t.amount) {
		m.differ(AmountMismatch, Side{Amount: first.Amount}, Side{Amount: t.amount})
		m.park(AmountMismatch, "the other row is of another amount")
		return nil
	}
	// Both rows share the movement of the first, so that the transfer is found by either.
	movement := first.Movement
	// Without a movement there is nothing to look the event up by, and a part of nothing is refused.
	if movement == "" {
		movement = clip(m.o.Movement)
		first.Movement = movement
	}
	reference := m.o.Ours
	if m.namedByProvider() {
		reference = m.o.Common
	}
	e := posting.Event{ID: m.rowEvent(), Type: posting.Transfer, From: t.from,
		To: t.to, Amount: t.amount, Reference: clip(reference),
		Provider: m.Provider, Movement: movement, Part: clip(t.side() + "/" + m.o.ID), Transfer: first.ID, Fact: true}
	if movement == "" {
		e.Provider, e.Part = "", ""
	}
	if m.p != nil { // of a capture that the row names, where the transfer is new
		e.Payment, e.Capture = first.Payment, first.Capture
	}
	m.add(e)
	return nil
}

// Beyond that a search by amount would cost more than it is worth: an active account has that many in hours.
// searched is how many records of an account are looked through for a transfer of the platform's, newest first.
const searched = 2000

// ownTransfer finds a transfer of the platform's for the row: by name, else the oldest of the accounts and
// amount, in the week before, that no row of this side has reported.
// It is nil if there is none. A row in which the provider names the transfer is not parked when name and amount
// disagree: that name may be of anything, and is then passed over.
func (m *match) ownTransfer(t transferRow) (found *posting.TransferState, err error) {
	fits := func(one *posting.TransferState) (bool, error) {
		if one == nil || one.From != t.from || one.To != t.to || !one.Amount.Equal(t.amount) {
			return false, nil
		}
		reported, err := m.rowReported(one, t)
		return !reported, err
	}
	// By the platform's name for it, which is certain if accounts and amount agree.
	name := m.o.Ours
	if name == "" && m.namedByProvider() {
		name = m.o.Common
	}
	if name != "" {
		named, err := m.transferAt(clip(name))
		if err != nil {
			return nil, err
		}
		if ok, err := fits(named); ok || err != nil {
			return named, err
		}
	}
	// By amount, among the newest records of the account that pays. The loop goes back in time, so the last that fits
	// is the oldest.
	n := 0
	for rec, err := range m.Ledger.Touching(t.from, ledger.Available) {
		if err != nil {
			return nil, err
		}
		if n++; n > searched || rec.At.Before(m.o.At.Add(-searchedBefore)) {
			break
		}
		one, err := m.transferOf(rec)
		if err != nil {
			return nil, err
		}
		if ok, err := fits(one); err != nil {
			return nil, err
		} else if ok {
			found = one
		}
	}
	m.ByAmount = found != nil
	return found, nil
}

// transferOf returns the transfer that a record made, by instruction; nil if it made none.
// What the provider has reported is no instruction: it was booked from a row itself, and is
// found by its movement.
func (m *match) transferOf(rec *ledger.Record) (*posting.TransferState, error) {
	kind, err := posting.TypeOf(rec)
	if err != nil || kind != posting.Transfer {
		return nil, err
	}
	e, err := posting.EventOf(rec)
	if err != nil || e.Fact {
		return nil, err
	}
	name := e.Transfer
	if name == "" {
		name = e.ID
	}
	// The row of the account that pays has the platform's reference; the other row may have one for the beneficiary.
	if ours := clip(m.o.Ours); ours != "" && m.o.Net.Sign() < 0 &&
		e.Transfer != "" && ours != e.Transfer && ours != e.Reference {
		return nil, nil
	}
	if m.namedByProvider() && isNamedAs(name, m.o.Common) {
		return nil, nil // or it would have been found by its name
	}
	if one := m.earlier().transfers[name]; one != nil {
		return one, nil
	}
	return maybe(m.finder.Transfer(name))
}
