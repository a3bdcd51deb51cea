package console

import (
	"iter"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

// kinds of accounts, in the order in which people look for them.
var kinds = []accounts.Kind{accounts.KindSub, accounts.KindPlatform, accounts.KindLiable, accounts.KindProvider,
	accounts.KindBank, accounts.KindFX}

// accountFilter is what the query asks for.
func (v *view) accountFilter() (f query.AccountFilter, err error) {
	if pattern := strings.TrimSpace(v.query.Get("account")); pattern != "" {
		f.Accounts = []string{pattern}
	}
	f.Holder = v.query.Get("holder")
	if given := v.query.Get("kind"); given != "" {
		if f.Kind, err = accounts.ParseKind(given); err != nil {
			return f, &ledger.Error{Code: ledger.Invalid, Field: "kind", Message: err.Error()}
		}
	}
	if given := v.query.Get("status"); given != "" {
		status, err := accounts.ParseStatus(given)
		if err != nil {
			return f, &ledger.Error{Code: ledger.Invalid, Field: "status", Message: err.Error()}
		}
		f.Status = &status
	}
	return f, nil
}

// accountsPage lists accounts with what they have.
func accountsPage(v *view) (*page, error) {
	f, err := v.accountFilter()
	if err != nil {
		return nil, err
	}
	currency, err := v.currency()
	if err != nil {
		return nil, err
	}
	when, at, recorded, err := v.asOf()
	if err != nil {
		return nil, err
	}
	var list []query.Balance
	var bare []query.Account
	var next string
	if currency != "" {
		got, err := query.PageOf(v.books, func(b *query.Books) iter.Seq2[query.Balance, error] {
			return query.All(b.Balances(query.BalanceFilter{AccountFilter: f, AsOf: when, Currency: currency}))
		}, v.request("accounts"))
		if err != nil {
			return nil, err
		}
		list, next = got.Data, got.Next
	} else if list, bare, next, err = v.accountsWith(f, when); err != nil {
		return nil, err
	}
	currencies, err := v.currencies()
	if err != nil {
		return nil, err
	}
	csv := v.csvOf("/balances", "account", v.query.Get("account"), "kind", v.query.Get("kind"), "currency",
		string(currency),
		"as_of", at.String(), "recorded", recorded.String(), "zone", v.zone.String())
	if v.query.Get("holder") != "" || v.query.Get("status") != "" {
		csv = nil // the API's balances have not these filters, and would be more than what is shown
	}
	kindNames := query.Rows(kinds, func(k accounts.Kind) string { return k.String() })
	return &page{Title: "Accounts", Past: v.past(at, recorded), Sections: []section{
		{Form: v.filter(field{Label: "Account", Name: "account", Hint: "seller:*"}, field{Label: "Holder",
			Name: "holder"},
			field{Label: "Kind", Name: "kind", Choices: choices("any", kindNames...)},
			field{Label: "Status", Name: "status", Choices: choices("any", "open", "frozen", "closed")},
			field{Label: "Currency", Name: "currency", Choices: currencies}, field{Label: "As of", Name: "at",
				Hint: "2026-03-12"},
			field{Label: "As known at", Name: "recorded"})},
		{Head: "Accounts", Note: "positive on their normal side; what is below zero has a minus",
			Table: v.accountsTable(list, bare), Pager: v.pager(next),
			Tools: csv},
	}}, nil
}

// accountsWith lists a page of accounts, and what they have.
func (v *view) accountsWith(f query.AccountFilter, when ledger.AsOf) (list []query.Balance, bare []query.Account,
	next string, err error) {
	got, err := query.PageOf(v.books, func(b *query.Books) iter.Seq2[query.Account,
		error] {
		return query.All(b.Accounts(f))
	}, v.request("accounts"))
	if err != nil || len(got.Data) == 0 {
		return nil, nil, "", err
	}
	ids := query.Rows(got.Data, func(a query.Account) string { return string(a.Account) })
	list, err = v.books.Balances(query.BalanceFilter{AccountFilter: query.AccountFilter{Accounts: ids}, AsOf: when})
	for i := range got.Data {
		if !slices.ContainsFunc(list, func(b query.Balance) bool { return b.Account == got.Data[i].Account }) {
			bare = append(bare, got.Data[i])
		}
	}
	return list, bare, got.Next, err
}

// accountsTable has a row for each account and currency, and one for each account that has nothing.
func (v *view) accountsTable(list []query.Balance, bare []query.Account) *table {
	t := &table{Wrap: true, Empty: "No account is like that.", Columns: []column{{Head: "Account"}, {"Balance",
		"n sum"}, {"Currency", "p2"}, {"Pending", "n p2"},
		{"Available", "n p2"}, {"Reserved", "n p3"}, {"Kind", "p2"}}}
	last := accounts.ID("")
	for i := range list {
		b := &list[i]
		name := rowLink(string(b.Account), v.in("accounts", string(b.Account), "currency", string(b.Currency), "at",
			v.query.Get("at"), "recorded", v.query.Get("recorded")))
		if b.Account != last {
			name.Why = []bit{{Text: b.Holder}}
		}
		name.Why = append(name.Why, bit{Class: "phone", Text: " " + string(b.Currency)})
		last = b.Account
		t.row(name, v.balance(b.Balance.Amount, b.Kind), text(string(b.Currency)), v.amount(b.Pending.Amount),
			v.balance(b.Available.Amount, b.Kind),
			v.amount(b.Reserved.Amount), text(b.Kind.String()))
	}
	for i := range bare {
		a := &bare[i]
		t.row(rowLink(string(a.Account), v.in("accounts", string(a.Account)), bit{Text: a.Holder}), cell{}, cell{},
			cell{}, cell{}, cell{}, text(a.Kind.String()))
	}
	return t
}

// balance is a cell of what an account has, red where it should not be below zero.
func (v *view) balance(a money.Amount, kind accounts.Kind) cell {
	c := v.amount(a)
	if a.Sign() < 0 && kind != accounts.KindFX && kind != accounts.KindLiable {
		c.Class = "bad"
	}
	return c
}
