package query

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// A Balance is what an account has in one currency. An account with three currencies has three.
type Balance struct {
	Account accounts.ID   `json:"account" col:"ACCOUNT"`
	Kind    accounts.Kind `json:"kind" col:"KIND,wide"`
	Holder  string        `json:"-" col:"HOLDER,wide"`
	Holdings

	place int // of the filter's name for the account
}

// A BalanceFilter says which balances are wanted, as of when. The zero value wants all, as they
// are.
type BalanceFilter struct {
	AccountFilter
	AsOf     ledger.AsOf
	Currency money.Currency // "" is any
}

// Balances returns what accounts have, in every currency that they ever had a posting in: in the
// order of [Books.Accounts], and by currency. All are of one state of the books, so that debits are
// credits in each currency even while somebody writes. An account that is named and does not exist
// is [ledger.UnknownAccount].
func (b *Books) Balances(f BalanceFilter) ([]Balance, error) {
	if err := f.check(b.Ledger); err != nil {
		return nil, err
	}
	all, err := b.namedBalances(&f)
	if all == nil && err == nil {
		all, err = b.balancesOf(context.Background(), f.AsOf, f.has)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b ledger.AccountBalance) int { return f.compare(a.Account, b.Account) })
	var list []Balance
	for _, a := range all {
		for _, has := range a.Balances {
			if f.Currency == "" || has.Currency == f.Currency {
				list = append(list, Balance{a.Account.ID, a.Account.Kind,
					a.Account.Holder, holdings(has), f.place(a.Account.ID)})
			}
		}
	}
	return list, nil
}

// namedBalances returns the balances of accounts that are named, without a look at any other; nil where they are not. It
// asks for one account after the other, so that of several the books must be as of one record.
func (b *Books) namedBalances(f *BalanceFilter) ([]ledger.AccountBalance, error) {
	if len(f.Accounts) == 0 || len(f.Accounts) > 1 && b.until == 0 || f.Status != nil {
		return nil, nil
	}
	list := make([]ledger.AccountBalance, 0, len(f.Accounts))
	for i, name := range f.Accounts {
		if strings.Contains(name, "*") {
			return nil, nil
		}
		a, _ := b.Ledger.Account(accounts.ID(name)) // which was checked
		if slices.Contains(f.Accounts[:i], name) || !f.has(a) {
			continue
		}
		has, err := b.Ledger.BalanceAt(a.ID, b.asOf(f.AsOf))
		if err != nil {
			return nil, err
		}
		list = append(list, ledger.AccountBalance{Account: a, Balances: has})
	}
	return list, nil
}

// A Side says whose money a total is of.
type Side string

// The sides. In each currency what is held is what the others come to.
const (
	Held            Side = "held" // by providers and banks
	Owed            Side = "owed" // to sub-accounts: sellers, couriers
	Own             Side = "own"  // the platform's: liable and its other accounts
	OpenConversions Side = "fx"   // what was sold of a currency, below zero, and bought of another
)

// sides are all there are, in the order of the totals.
var sides = []Side{Held, Owed, Own, OpenConversions}

// sideOf returns the side that accounts of a kind are on.
func sideOf(kind accounts.Kind) Side {
	switch kind {
	case accounts.KindSub:
		return Owed
	case accounts.KindFX:
		return OpenConversions
	case accounts.KindLiable, accounts.KindPlatform:
		return Own
	}
	return Held
}

// Text says for people whose money it is, and which kinds of accounts are summed.
func (s Side) Text() string {
	return map[Side]string{Held: "held (providers, bank)", Owed: "owed to sub-accounts",
		Own: "own (liable, platform)", OpenConversions: "open conversions (fx)"}[s]
}

// A Total is what all accounts of a side have in one currency. Money of the platform's own is not added to that of
// sellers: what is owed to these can be compared with what is held for them.
type Total struct {
	Side Side `json:"side"`
	Holdings
	// Kinds are the kinds of the accounts that have something in the sum, in the order of the accounts. Whoever adds
	// the rows of these kinds up comes to the total.
	Kinds []accounts.Kind `json:"kinds,omitempty"`
}

// Totals sums balances by currency and side. Sides on which no account has anything are left out; but what is held of
// a currency is there, though it be nothing, beside what is not. Of a list of some accounts a total is what these come
// to, and what is held may differ from what the others are.
func Totals(list []Balance) (totals []Total) {
	type key struct {
		currency money.Currency
		side     Side
	}
	sums, moved := map[key]*Total{}, map[money.Currency]bool{}
	for i := range list {
		b := &list[i]
		k := key{b.Currency, sideOf(b.Kind)}
		if sums[k] == nil {
			sums[k] = &Total{Side: k.side}
		}
		sums[k].add(&b.Holdings)
		if !b.Zero() {
			moved[b.Currency] = true
			if !slices.Contains(sums[k].Kinds, b.Kind) {
				sums[k].Kinds = append(sums[k].Kinds, b.Kind)
			}
		}
	}
	for _, currency := range slices.Sorted(maps.Keys(moved)) {
		for _, side := range sides {
			if total := sums[key{currency, side}]; total != nil && (side == Held || len(total.Kinds) > 0) {
				totals = append(totals, *total)
			}
		}
	}
	return totals
}
