package posting

import (
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

func bookOpen(k *booking) error {
	e := k.event
	if a, ok := k.books.Account(e.Account); ok {
		return refusal(DuplicateReference, "account", "expected an account that does not exist, found %s, of kind %s and %s", e.Account, a.Kind, a.Status)
	}
	for i := range e.Overdraft {
		if err := k.known("overdraft"+index(i), e.Overdraft[i].Currency()); err != nil {
			return err
		}
	}
	a := newAccount(e)
	// The ledger keeps the account for as long as it is open, and should not keep the line it came from.
	a.ID, a.Holder = accounts.ID(strings.Clone(string(a.ID))), strings.Clone(a.Holder)
	if a.Metadata != nil {
		m := make(map[string]string, len(a.Metadata))
		for key, v := range a.Metadata {
			m[strings.Clone(key)] = strings.Clone(v)
		}
		a.Metadata = m
	}
	k.rec.Opens = append(k.rec.Opens, a)
	return nil
}

func bookFreeze(k *booking) error {
	a, err := k.changeable()
	if err != nil {
		return err
	}
	if a.Status == accounts.Frozen {
		return refusal(InvalidState, "account", "expected an open account, %s is frozen already", a.ID)
	}
	return k.status(accounts.Frozen)
}

func bookUnfreeze(k *booking) error {
	a, err := k.changeable()
	if err != nil {
		return err
	}
	if a.Status != accounts.Frozen {
		return refusal(InvalidState, "account", "expected a frozen account, %s is %s", a.ID, a.Status)
	}
	return k.status(accounts.Open)
}

func bookClose(k *booking) error {
	a, err := k.changeable()
	if err != nil {
		return err
	}
	balances, err := k.books.AccountBalances(a.ID)
	if err != nil {
		return err
	}
	var left []string
	for _, b := range balances {
		for _, sub := range []ledger.Sub{ledger.Pending, ledger.Available, ledger.Reserved} {
			if held := b.Of(sub); !held.IsZero() {
				left = append(left, sub.String()+" "+held.String())
			}
		}
	}
	if len(left) > 0 {
		return refusal(InvalidState, "account", "expected a balance of zero everywhere, %s has %s", a.ID, strings.Join(left, ", "))
	}
	waiting, err := k.book.underWay(k.books, a.ID)
	if err != nil {
		return err
	}
	if len(waiting.keys) > 0 {
		return refusal(InvalidState, "account", "expected no payout of %s under way, found payouts of %s", a.ID, money.FromInt(*waiting.values[0], waiting.keys[0]))
	}
	return k.status(accounts.Closed)
}

// changeable returns the event's account, if its status may be changed at all.
func (k *booking) changeable() (accounts.Account, error) {
	id := k.event.Account
	a, ok := k.books.Account(id)
	switch {
	case !ok:
		return a, refusal(ledger.UnknownAccount, "account", "expected an account that was opened, found %s", id)
	case a.Kind != accounts.KindSub:
		return a, refusal(ledger.Invalid, "account", "expected an account of kind sub, found %s of kind %s, which the ledger itself needs open", id, a.Kind)
	case a.Status == accounts.Closed:
		return a, refusal(AccountClosed, "account", "expected an account that is not closed, found %s, which is closed for good", id)
	}
	return a, nil
}

func (k *booking) status(s accounts.Status) error {
	k.rec.Statuses = append(k.rec.Statuses, ledger.StatusChange{Account: k.event.Account, Status: s})
	return nil
}
