package posting

import (
	"fmt"
	"iter"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// A Payout is what the journal says of one payout.
type Payout struct {
	ID       string
	Account  accounts.ID // who is paid out
	Amount   money.Amount
	Provider string // whose account the money leaves from; empty: the bank
	State    State  // requested, paid or failed
	Reason   string // why it failed; may be empty
	Asked    time.Time
	Done     time.Time // when it was paid or failed; zero while it is under way
}

// The states of a payout.
const (
	PayoutIsRequested State = "requested"
	PayoutIsPaid      State = "paid"
	PayoutHasFailed   State = "failed"
)

// payoutLife is the life cycle of payouts.
var payoutLife = lifecycle{
	noun: "payout",
	doc:  "A payout takes what an account has available, keeps it reserved while it is under way, and then is paid or fails, once.",
	states: []named{
		{PayoutIsRequested, "asked for; its money is reserved"},
		{PayoutIsPaid, "its money has left"},
		{PayoutHasFailed, "its money is available again"},
	},
	events: []Type{PayoutRequest, PayoutPaid, PayoutFailed},
	moves: []move{
		{from: unborn, on: PayoutRequest, to: to(PayoutIsRequested)},
		{from: PayoutIsRequested, on: PayoutRequest, code: DuplicateReference, note: "each payout has a name of its own"},
		{from: PayoutIsRequested, on: PayoutPaid, to: to(PayoutIsPaid)},
		{from: PayoutIsRequested, on: PayoutFailed, to: to(PayoutHasFailed)},
		{from: PayoutIsPaid, on: PayoutRequest, code: DuplicateReference, note: "each payout has a name of its own"},
		{from: PayoutIsPaid, on: PayoutFailed, note: "money that came back is booked by an entry"},
		{from: PayoutHasFailed, on: PayoutRequest, code: DuplicateReference, note: "a new attempt has a name of its own"},
		{from: PayoutHasFailed, on: PayoutPaid, note: "its money is available again, so ask for a new payout, which was paid"},
	},
}

// source is the account that the money leaves from.
func (p *Payout) source() (accounts.ID, accounts.Kind) {
	if p.Provider == "" {
		return accounts.Bank, accounts.KindBank
	}
	return accounts.Provider(p.Provider), accounts.KindProvider
}

// Payout returns the state of a payout. The error is [ledger.Invalid] where there is none of that name.
func (b *Book) Payout(id string) (*Payout, error) {
	p, err := b.payout(b.ledger, id)
	if err == nil && p == nil {
		err = unknownPayout(id)
	}
	return p, err
}

func unknownPayout(id string) error {
	return refusal(ledger.Invalid, "payout", "expected the name of a payout in the books, found %s", quote(id))
}

// Payouts yields the payouts of an account, or all of the ledger where the account is empty, in the order in which they were
// asked for. It ends with an error, if there is one. While it runs it holds all their records in memory.
func (b *Book) Payouts(account accounts.ID) iter.Seq2[*Payout, error] {
	return func(yield func(*Payout, error) bool) {
		list, err := b.payouts(b.ledger, ledger.Key{Space: KeyPayouts, Name: string(account)})
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
func (b *Book) payout(books records, id string) (*Payout, error) {
	list, err := b.payouts(books, ledger.Key{Space: KeyPayout, Name: id})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// payouts puts together the state of all payouts whose events carry a key.
func (b *Book) payouts(books records, key ledger.Key) ([]*Payout, error) {
	records, err := books.Group(key)
	if err != nil {
		return nil, err
	}
	var list []*Payout
	byID := make(map[string]*Payout, len(records))
	for _, rec := range records {
		came, err := readContent(rec)
		if err != nil {
			return nil, err
		}
		e := came.event
		p := byID[e.Payout]
		if (p == nil) != (e.Type == PayoutRequest) {
			return nil, damaged(rec, fmt.Errorf("a %s of the payout %q", e.Type, e.Payout))
		}
		if p == nil {
			p = &Payout{ID: e.Payout, Account: e.Account, Amount: e.Amount, Provider: e.Provider, State: PayoutIsRequested, Asked: rec.At}
			byID[p.ID] = p
			list = append(list, p)
			continue
		}
		if m := payoutLife.move(p.State, e.Type); m != nil && len(m.to) > 0 {
			p.State, p.Reason, p.Done = m.to[0], e.Reason, rec.At
		}
	}
	return list, nil
}

// underWay returns how much of what an account has reserved payouts wait for whose outcome is not known yet, by currency. The
// newest event of the account's payouts has it.
func (b *Book) underWay(books reader, id accounts.ID) (sums ordered[money.Currency, money.Int], err error) {
	rec, err := books.Last(ledger.Key{Space: KeyPayouts, Name: string(id)})
	if err != nil || rec == nil {
		return sums, err
	}
	came, err := readContent(rec)
	if err != nil {
		return sums, err
	}
	for _, o := range came.outcomes {
		if o.kind != payoutsWait {
			continue
		}
		minor, err := money.ParseInt(o.reason)
		if err != nil {
			return sums, damaged(rec, err)
		}
		sum, _ := sums.add(money.Currency(o.capture))
		*sum = minor
	}
	return sums, nil
}

func bookPayout(k *booking) error {
	e := k.event
	p, err := k.book.payout(k.books, e.Payout)
	if err != nil {
		return err
	}
	if p != nil {
		return refusal(DuplicateReference, "payout", "expected the name of a new payout, found %s, of %s for %s, which is %s", quote(p.ID), p.Amount, p.Account, p.State)
	}
	if err := k.reservable(); err != nil {
		return err
	}
	if err := k.funds("account", "amount", e.Account, e.Amount); err != nil {
		return err
	}
	k.move(ledger.Available, ledger.Reserved, PostingPayout)
	return k.ofPayouts(e.Payout, e.Account, e.Amount)
}

// ofPayouts makes the record one of a payout, after which the account's payouts under way are of so much more.
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
			k.outcome(outcome{payoutsWait, string(c), 0, waits.String()})
		}
	}
	return nil
}

// ofPayout returns the payout that an event tells the outcome of, or refuses the event.
func (k *booking) ofPayout() (*Payout, error) {
	e := k.event
	p, err := k.book.payout(k.books, e.Payout)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, unknownPayout(e.Payout)
	}
	if err := payoutLife.refuse("payout", p.ID, p.State, e.Type); err != nil {
		return nil, err
	}
	return p, k.ofPayouts(p.ID, p.Account, p.Amount.Neg())
}

func bookPaid(k *booking) error {
	p, err := k.ofPayout()
	if err != nil {
		return err
	}
	from, kind := p.source()
	k.open(from, kind)
	minor, c := p.Amount.Int(), p.Amount.Currency()
	out, gone := debit(p.Account, ledger.Reserved, minor, c, PostingPayout), credit(from, ledger.Available, minor, c, PostingPayout)
	out.Reference, gone.Reference = p.ID, p.ID
	k.entry("", []ledger.Posting{out, gone})
	return nil
}

func bookFailed(k *booking) error {
	p, err := k.ofPayout()
	if err != nil {
		return err
	}
	minor, c := p.Amount.Int(), p.Amount.Currency()
	from, back := debit(p.Account, ledger.Reserved, minor, c, PostingPayout), credit(p.Account, ledger.Available, minor, c, PostingPayout)
	from.Reference, back.Reference = p.ID, p.ID
	from.Reason, back.Reason = k.event.Reason, k.event.Reason
	k.entry("", []ledger.Posting{from, back})
	return nil
}

func bookProviderPayout(k *booking) error {
	e := k.event
	if err := k.known("amount", e.Amount.Currency()); err != nil {
		return err
	}
	from := accounts.Provider(e.Provider)
	k.open(from, accounts.KindProvider)
	k.open(accounts.Bank, accounts.KindBank)
	minor, c := e.Amount.Int(), e.Amount.Currency()
	received, paid := debit(accounts.Bank, ledger.Available, minor, c, PostingReceipt), credit(from, ledger.Available, minor, c, PostingReceipt)
	received.Reference, paid.Reference = e.Batch, e.Batch
	k.entry("", []ledger.Posting{received, paid})
	return nil
}
