// What the reserved money of an account is for.

package posting

import (
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// A Reserved takes apart what an account has reserved in one currency: the three amounts sum to it.
type Reserved struct {
	Payouts money.Amount // for payouts under way
	Held    money.Amount // until some day, by holds that are released by themselves
	Rest    money.Amount // until somebody releases it; below zero where holds are not covered any more
	Holds   int          // how many make up Held
	Next    time.Time    // when the first of them is released
	Last    time.Time    // and the last
}

// Reserved returns what an account has reserved, by currency; those in which it has neither reserved anything nor holds
// are left out. It reads the account's reserves back to the oldest that still counts. An account that does not exist is
// [ledger.UnknownAccount].
func (b *Book) Reserved(id accounts.ID) (list []Reserved, err error) {
	balances, err := b.ledger.AccountBalances(id)
	if err != nil {
		return nil, err
	}
	waiting, err := b.underWay(&b.ledger.Reader, id)
	if err != nil {
		return nil, err
	}
	open := 0 // currencies of which not all is found
	for i := range balances {
		c := balances[i].Currency
		r := Reserved{Payouts: money.New(0, c), Held: money.New(0, c), Rest: balances[i].Reserved}
		if sum := waiting.find(c); sum != nil {
			r.Payouts = money.FromInt(*sum, c)
			r.Rest = money.Sum(c, r.Rest, r.Payouts.Neg())
		}
		if list = append(list, r); !r.Rest.IsZero() {
			open++
		}
	}
	for rec, err := range b.ledger.Touching(id, ledger.Reserved) {
		if err != nil {
			return nil, err
		}
		if open == 0 {
			break
		}
		hold, err := b.holdOf(rec)
		if err != nil {
			return nil, err
		}
		if hold == nil {
			continue
		}
		c := hold.Amount.Currency()
		r := &list[slices.IndexFunc(list, func(r Reserved) bool { return r.Rest.Currency() == c })]
		r.Holds++
		r.Held, r.Rest = money.Sum(c, r.Held, hold.Amount), money.Sum(c, r.Rest, hold.Amount.Neg())
		if r.Next.IsZero() || hold.Due.Before(r.Next) {
			r.Next = hold.Due
		}
		if hold.Due.After(r.Last) {
			r.Last = hold.Due
		}
		if r.Rest.IsZero() {
			open--
		}
	}
	return slices.DeleteFunc(list, func(r Reserved) bool {
		return r.Holds == 0 && r.Payouts.IsZero() && r.Rest.IsZero()
	}), nil
}

// holdOf returns the event of a record that holds money until a day and is not released yet, nil of any other.
func (b *Book) holdOf(rec *ledger.Record) (*Event, error) {
	content, err := wire.Read(rec)
	if err != nil {
		return nil, err
	}
	e := content.Event
	if e.Type != ReserveHold || e.Due.IsZero() {
		return nil, nil
	}
	waits, err := b.ledger.IsNewest(ledger.Key{Space: KeyDue, Name: e.ID}, rec)
	if err != nil || !waits {
		return nil, err
	}
	return e, nil
}
