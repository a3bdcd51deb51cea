package query

import (
	"cmp"
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
	Kind    accounts.Kind `json:"kind" col:"KIND"`
	Holder  string        `json:"-" col:"HOLDER"`
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
	all, err := b.Ledger.BalancesAt(f.AsOf, f.has)
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

// A Total is what all accounts with normally debit balances hold in one currency, or those with normally credit
// balances owe. The two are equal in each currency. What was sold of a currency and bought of another is on fx, whose
// kind is one of those that owe: it is below zero there in the currency that was sold.
type Total struct {
	Side string `json:"side"` // "held" or "owed"
	Holdings
	// Kinds are the kinds of the accounts that have something in the sum, in the order of the accounts. Whoever adds
	// the rows of these kinds up comes to the total.
	Kinds []accounts.Kind `json:"kinds,omitempty"`
}

// Text says which kinds are summed: "liable + sub + fx".
func (t *Total) Text() string {
	words := each(t.Kinds, func(k *accounts.Kind) string { return k.String() })
	return strings.Join(words, " + ")
}

// Totals sums balances by currency and side, what is held first. Of a list of some accounts it is
// what these come to, and the sides may differ.
func Totals(list []Balance) (totals []Total) {
	type key struct {
		currency money.Currency
		side     string
	}
	sums := map[key]*Total{}
	for i := range list {
		k := key{list[i].Currency, "owed"}
		if list[i].Kind.DebitNormal() {
			k.side = "held"
		}
		if sums[k] == nil {
			sums[k] = &Total{Side: k.side}
		}
		sums[k].add(&list[i].Holdings)
		if !list[i].Zero() && !slices.Contains(sums[k].Kinds, list[i].Kind) {
			sums[k].Kinds = append(sums[k].Kinds, list[i].Kind)
		}
	}
	keys := slices.SortedFunc(maps.Keys(sums), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.currency, b.currency), cmp.Compare(a.side, b.side))
	})
	for _, k := range keys {
		totals = append(totals, *sums[k])
	}
	return totals
}
