// Payouts: money that leaves an account for its holder's bank. Each is asked for, which reserves the money, and then
// paid, failed or returned, as the provider reports. Also here: what a provider pays to the platform's own bank
// account.

package posting

import (
	"fmt"
	"iter"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// A Payout is what the journal says of one payout.
type Payout struct {
	ID       string
	Account  accounts.ID // who is paid out; liable, where a provider reported a payout of an account that was closed
	Amount   money.Amount
	Provider string // whose account the money leaves from; empty: the bank
	State    State
	Reason   string // why it failed or came back; may be empty
	Asked    time.Time
	Done     time.Time // when it was paid or failed; zero while it is under way
	Returned money.Amount
	Fee      money.Amount // what the provider took for it besides; the zero Amount (no currency) if it took nothing
	Movement string       // the provider's reference of it; empty while nobody reported it
	Fact     bool         // the provider reported it

	reported map[string]*reportedSum // what was reported of the movements that brought it back
}

// Left returns how much of the payout did not come back.
func (p *Payout) Left() money.Amount {
	return money.FromInt(p.Amount.Int().Sub(p.Returned.Int()), p.Amount.Currency())
}

// source is the account that the money leaves from.
func (p *Payout) source() (accounts.ID, accounts.Kind) {
	if p.Provider == "" {
		return accounts.Bank, accounts.KindBank
	}
	return accounts.Provider(p.Provider), accounts.KindProvider
}

// reporter is the provider that reports the payout's movements.
func (p *Payout) reporter() string {
	if p.Provider == "" {
		return string(accounts.Bank)
	}
	return p.Provider
}

// Payout returns the state of a payout. The error is [ErrNotFound] where there is none of that name.
func (f *Finder) Payout(id string) (*Payout, error) {
	p, err := f.book.payout(f.books, id)
	return found(p, err, noPayout, id)
}

// Payouts yields the payouts of an account, or all of the ledger where the account is empty, in the order in which they
// were asked for. It ends with an error, if there is one. While it runs it holds all their records in memory.
func (b *Book) Payouts(account accounts.ID) iter.Seq2[*Payout, error] {
	return b.Finder().Payouts(account)
}

// Payouts is [Book.Payouts].
func (f *Finder) Payouts(account accounts.ID) iter.Seq2[*Payout, error] {
	return func(yield func(*Payout, error) bool) {
		list, err := f.book.payouts(f.books, ledger.Key{Space: KeyPayouts, Name: string(account)})
		if err != nil {
			yield(nil, err)
			return
		}
		for _, p := range list {
			if !yield(p, nil) {
				return
			}
		}
	}
}

// payout puts together the state of a payout, nil if there is no such payout.
func (b *Book) payout(books *ledger.Reader, id string) (*Payout, error) {
	list, err := b.payouts(books, ledger.Key{Space: KeyPayout, Name: id})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// payouts puts together the state of all payouts whose events carry a key.
func (b *Book) payouts(books *ledger.Reader, key ledger.Key) ([]*Payout, error) {
	records, err := books.Group(key)
	if err != nil {
		return nil, err
	}
	var list []*Payout
	byID := make(map[string]*Payout, len(records))
	for _, rec := range records {
		content, err := wire.Read(rec)
		if err != nil {
			return nil, err
		}
		e := content.Event
		p := byID[e.Payout]
		if (p == nil) != (e.Type == PayoutRequest) {
			return nil, wire.Damaged(rec, fmt.Errorf("a %s of the payout %q", e.Type, e.Payout))
		}
		if p == nil {
			p = newPayout(rec, e)
			byID[p.ID] = p
			list = append(list, p)
			continue
		}
		p.fold(rec, e)
	}
	return list, nil
}

// newPayout is the payout that an event asks for, or reports.
func newPayout(rec *ledger.Record, e *Event) *Payout {
	p := &Payout{ID: e.Payout, Account: e.Account, Amount: e.Amount, Provider: e.Provider, State: PayoutIsRequested,
		Asked:    rec.At,
		Returned: money.New(0, e.Amount.Currency()), Movement: e.Movement, Fact: e.Fact}
	if len(rec.Entries) > 0 {
		p.Account = rec.Entries[0].Postings[0].Account
	}
	return p
}

// fold takes what became of the payout. It must come to what the bookX functions below have booked, or the state would
// contradict the balances.
func (p *Payout) fold(rec *ledger.Record, e *Event) {
	under := p.State == PayoutIsRequested
	switch e.Type {
	case PayoutPaid:
		if under || p.State == PayoutHasFailed {
			p.State, p.Reason, p.Done = PayoutIsPaid, "", rec.At
		}
		// The first report that has the provider's reference makes it known.
		if p.Movement == "" {
			p.Movement = e.Movement
		}
		if p.Fee.Currency() == "" {
			p.Fee = e.DisputeFee
		}
	case PayoutFailed:
		switch p.State {
		case PayoutIsRequested:
			p.State, p.Reason, p.Done = PayoutHasFailed, e.Reason, rec.At
		case PayoutIsPaid, PayoutPartiallyReturned:
			p.State, p.Reason, p.Returned = PayoutIsReturned, e.Reason, p.Amount
		}
	case PayoutReturned:
		if p.State == PayoutHasFailed || p.State == PayoutIsReturned {
			return
		}
		if under {
			p.State, p.Done = PayoutIsPaid, rec.At
		}
		// A second report of the same money brings nothing.
		back := p.comesBack(e)
		if back.IsZero() {
			return
		}
		p.Returned = money.FromInt(p.Returned.Int().Add(back), p.Amount.Currency())
		if p.State, p.Reason = PayoutPartiallyReturned, e.Reason; p.Left().IsZero() {
			p.State = PayoutIsReturned
		}
	}
}

// comesBack says how much an event brings back: what it reports beyond what was reported of its movement, and no more
// than is left.
func (p *Payout) comesBack(e *Event) money.Int {
	left := p.Left().Int()
	minor := e.Amount.Int()
	if e.Amount.Currency() == "" {
		minor = left
	}
	if e.Movement != "" {
		t := p.reported[e.Movement]
		if t == nil {
			if p.reported == nil {
				p.reported = map[string]*reportedSum{}
			}
			t = new(reportedSum)
			p.reported[e.Movement] = t
		}
		minor = t.add(e.Part != "", false, minor)
	}
	if minor.Cmp(left) > 0 {
		return left
	}
	return minor
}

// bookPayout books that a payout was asked for. Its money is reserved at once, so that it cannot be spent twice
// before the bank has it; what becomes of it is reported by a later event.
func bookPayout(k *booking) error {
	e := k.event
	p, err := k.book.payout(k.books, e.Payout)
	if err != nil {
		return err
	}
	if p != nil {
		return refusal(DuplicateReference, "payout",
			"expected the name of a new payout, found %s, of %s for %s, which is %s", quote(p.ID), p.Amount, p.Account,
			p.State)
	}
	account, why, err := k.reservable()
	if err != nil {
		return err
	}
	if !e.Fact {
		if err := k.funds("account", "amount", e.Account, e.Amount); err != nil {
			return err
		}
	}
	// The movement is the provider's whose account the money leaves from, else the bank's.
	asked := Payout{Provider: e.Provider}
	if err := k.newMovement(MovementPayout, asked.reporter(), e.Movement); err != nil {
		return err
	}
	if e.Movement == "" {
		k.namedMovement(MovementPayout, e.Provider, e.Payout)
	}
	k.move(account, ledger.Available, ledger.Reserved, PostingPayout, why)
	return k.ofPayouts(e.Payout, account, e.Amount)
}

// ofPayouts makes the record one of a payout, after which the account's payouts under way are of so much more. The
// count is of each currency by itself; currencies with nothing under way are left out.
func (k *booking) ofPayouts(payout string, account accounts.ID, more money.Amount) error {
	k.key(KeyPayout, payout)
	k.key(KeyPayouts, string(account))
	k.key(KeyPayouts, "")
	sums, err := k.book.underWay(k.books, account)
	if err != nil {
		return err
	}
	sum, _ := sums.add(more.Currency())
	*sum = sum.Add(more.Int())
	for i, c := range sums.keys {
		if waits := sums.values[i]; !waits.IsZero() {
			k.remark(wire.Remark{Kind: payoutsWait, Capture: string(c), Reason: waits.String()})
		}
	}
	return nil
}

// ofPayout returns the payout that an event reports the outcome of, or refuses the event.
func (k *booking) ofPayout(kind MovementKind) (*Payout, error) {
	e := k.event
	p, err := k.book.payout(k.books, e.Payout)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, noPayout.refusal(e.Payout)
	}
	if err := payoutMachine.refuse("payout", p.ID, p.State, e.Type); err != nil {
		return nil, err
	}
	if err := k.newMovement(kind, p.reporter(), e.Movement); err != nil {
		return nil, err
	}
	// Only the first outcome ends the wait: a payout that is paid and then returned was no longer waited for.
	less := money.New(0, p.Amount.Currency())
	if p.State == PayoutIsRequested {
		less = p.Amount.Neg()
	}
	return p, k.ofPayouts(p.ID, p.Account, less)
}

// bookPaid books that a payout has left for the bank. One that had failed before takes the money from what is
// available, because it was given back then. A fee is booked once, whichever event brings it.
func bookPaid(k *booking) error {
	p, err := k.ofPayout(MovementPayout)
	if err != nil {
		return err
	}
	switch p.State {
	case PayoutIsRequested:
		k.payOut(p, ledger.Reserved)
	case PayoutHasFailed:
		k.payOut(p, ledger.Available)
	}
	fee := k.event.DisputeFee
	if fee.Currency() == "" || p.Fee.Currency() != "" {
		return nil
	}
	if err := k.known("fee", fee.Currency()); err != nil {
		return err
	}
	account, why := k.receivable(p.Account)
	from, kind := p.source()
	k.open(from, kind)
	borne := debit(account, ledger.Available, fee.Int(), fee.Currency(), string(FeeGeneral))
	taken := credit(from, ledger.Available, fee.Int(), fee.Currency(), PostingFees)
	borne.Reference, taken.Reference, borne.Reason = p.ID, p.ID, why
	k.entry("", []ledger.Posting{borne, taken})
	return nil
}

// payOut books that the money leaves, from where it is. The money leaves by the provider's account, or the bank's: a
// payout lowers what they hold for the platform.
func (k *booking) payOut(p *Payout, sub ledger.Sub) {
	from, kind := p.source()
	k.open(from, kind)
	account, why := k.receivable(p.Account)
	minor, c := p.Amount.Int(), p.Amount.Currency()
	out, gone := debit(account, sub, minor, c, PostingPayout), credit(from, ledger.Available, minor, c, PostingPayout)
	out.Reference, gone.Reference, out.Reason = p.ID, p.ID, why
	k.entry("", []ledger.Posting{out, gone})
}

// giveBack books that money came back. The holder of a closed account cannot be paid, so liable keeps the money until
// somebody decides.
func (k *booking) giveBack(p *Payout, minor money.Int) {
	if minor.IsZero() {
		return
	}
	into, kind := p.source()
	k.open(into, kind)
	account, why := k.receivable(p.Account)
	if why == "" {
		why = k.event.Reason
	}
	c := p.Amount.Currency()
	from, back := debit(into, ledger.Available, minor, c, PostingPayout), credit(account, ledger.Available, minor, c,
		PostingPayout)
	from.Reference, back.Reference = p.ID, p.ID
	from.Reason, back.Reason = k.event.Reason, why
	k.entry("", []ledger.Posting{from, back})
}

// bookFailed gives the reserved money back. A payout that was paid before has come back in full.
func bookFailed(k *booking) error {
	p, err := k.ofPayout(MovementPayoutReturned)
	if err != nil {
		return err
	}
	switch p.State {
	case PayoutIsRequested:
		minor, c := p.Amount.Int(), p.Amount.Currency()
		from, back := debit(p.Account, ledger.Reserved, minor, c, PostingPayout), credit(p.Account, ledger.Available,
			minor, c, PostingPayout)
		from.Reference, back.Reference = p.ID, p.ID
		from.Reason, back.Reason = k.event.Reason, k.event.Reason
		k.entry("", []ledger.Posting{from, back})
	case PayoutIsPaid, PayoutPartiallyReturned:
		k.remark(wire.Remark{Kind: bookedAs, Reason: string(PayoutReturned) + " of " + p.Left().String()})
		k.giveBack(p, p.Left().Int())
	}
	return nil
}

// bookReturned books what came back from the bank, in whole or in part, up to what is left of the payout.
func bookReturned(k *booking) error {
	p, err := k.ofPayout(MovementPayoutReturned)
	if err != nil {
		return err
	}
	e := k.event
	if c := e.Amount.Currency(); c != "" && c != p.Amount.Currency() {
		return refusal(CurrencyMismatch, "amount.currency", "expected the currency of the payout, %s, found %s",
			p.Amount.Currency(), c)
	}
	switch p.State {
	// All of its money is back already, so nothing more can come.
	case PayoutHasFailed, PayoutIsReturned:
		return nil
	case PayoutIsRequested:
		k.payOut(p, ledger.Reserved)
	}
	k.giveBack(p, p.comesBack(e))
	return nil
}

// bookProviderPayout books what a provider paid to our bank. Told as a whole and in parts, it is booked once.
func bookProviderPayout(k *booking) error {
	e := k.event
	if err := k.known("amount", e.Amount.Currency()); err != nil {
		return err
	}
	if err := k.newMovement(MovementPayout, e.Provider, e.Movement); err != nil {
		return err
	}
	minor, err := k.received()
	if err != nil || minor.IsZero() {
		return err
	}
	from := accounts.Provider(e.Provider)
	k.open(from, accounts.KindProvider)
	k.open(accounts.Bank, accounts.KindBank)
	c := e.Amount.Currency()
	received, paid := debit(accounts.Bank, ledger.Available, minor, c, PostingReceipt), credit(from, ledger.Available,
		minor, c, PostingReceipt)
	received.Reference, paid.Reference = e.Batch, e.Batch
	k.entry("", []ledger.Posting{received, paid})
	return nil
}

// received says how much a provider.payout reports beyond what was reported of its movement. One report may have the
// whole sum, and another one line for each part of it.
func (k *booking) received() (money.Int, error) {
	e := k.event
	if e.Movement == "" {
		return e.Amount.Int(), nil
	}
	records, err := k.books.Group(ledger.Key{Space: KeyMovement,
		Name: movementName(e.Provider, MovementPayout, e.Movement)})
	if err != nil {
		return money.Int{}, err
	}
	var t reportedSum
	for _, rec := range records {
		content, err := wire.Read(rec)
		if err != nil {
			return money.Int{}, err
		}
		if before := content.Event; before.Type == ProviderPayout && before.Amount.Currency() == e.Amount.Currency() {
			t.add(before.Part != "", false, before.Amount.Int())
		}
	}
	return t.add(e.Part != "", false, e.Amount.Int()), nil
}
