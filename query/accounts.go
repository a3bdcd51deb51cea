package query

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/nearest"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// An Account is what is kept of an account, but for what it has: balances are asked for by
// [Books.Balances], as of some moment.
type Account struct {
	Account   accounts.ID       `json:"account" col:"ACCOUNT"`
	Kind      accounts.Kind     `json:"kind" col:"KIND"`
	Status    accounts.Status   `json:"status" col:"STATUS"`
	Holder    string            `json:"holder,omitempty" col:"HOLDER"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	Overdraft []money.Amount    `json:"overdraft,omitempty" col:"OVERDRAFT"`
	// ProviderIDs are what providers call the account, by provider.
	ProviderIDs ProviderIDs `json:"providerIds,omitempty" col:"PROVIDER IDS,optional"`
	// what is held back of its settlements, by a rule of its own or that of all
	Reserve *ReserveRule `json:"reserve,omitempty" col:"RESERVE,optional"`

	// the index of the filter's name for it, by which pages go on
	place int // of the filter's name for it
}

// ProviderIDs are what providers call an account, by provider. Reports name accounts by these ids,
// so they are what a line is looked up by.
type ProviderIDs map[string][]string

// String returns "adyen BA1, adyen BA2".
func (ids ProviderIDs) String() string {
	var list []string
	for _, provider := range slices.Sorted(maps.Keys(ids)) {
		for _, id := range ids[provider] {
			list = append(list, provider+" "+id)
		}
	}
	return strings.Join(list, ", ")
}

// An AccountFilter says which accounts are wanted. The zero value wants all. Its fields hold
// together.
type AccountFilter struct {
	Accounts []string          // ids, or patterns in which * stands for any characters, as in seller:*; in this order
	Kind     accounts.Kind     // 0 is any
	Status   *accounts.Status  // nil is any
	Holder   string            // a part of it; capitals do not matter
	Metadata map[string]string // all of these, whatever else there is
}

// has reports whether an account is wanted.
func (f *AccountFilter) has(a accounts.Account) bool {
	return (len(f.Accounts) == 0 || f.place(a.ID) >= 0) &&
		(f.Kind == 0 || a.Kind == f.Kind) && (f.Status == nil || a.Status == *f.Status) &&
		(f.Holder == "" || strings.Contains(strings.ToLower(a.Holder), strings.ToLower(f.Holder))) &&
		hasAll(a.Metadata, f.Metadata)
}

// place returns the index of the id or pattern that names an account, -1 if none does. Where
// several do, the first counts: an account is listed once.
func (f *AccountFilter) place(id accounts.ID) int {
	return slices.IndexFunc(f.Accounts, func(pattern string) bool { return accounts.Matches(pattern, string(id)) })
}

// compare orders accounts as they were named, else by kind, those that hold money first, and by
// name. In this order the two sides of the books are each together.
func (f *AccountFilter) compare(a, b accounts.Account) int {
	return cmp.Or(
		cmp.Compare(f.place(a.ID), f.place(b.ID)),
		cmp.Compare(kindOrder(a.Kind), kindOrder(b.Kind)),
		cmp.Compare(a.ID, b.ID),
	)
}

// check refuses names that no account can have, and the first account that is named and does not
// exist, or pattern that fits none: an empty list would read as if there were nothing on those accounts.
func (f *AccountFilter) check(l *ledger.Ledger) error {
	for _, name := range f.Accounts {
		if strings.Contains(name, "*") {
			if err := fits(l, name); err != nil {
				return err
			}
			continue
		}
		id, err := accounts.Parse(name)
		if err != nil {
			return err
		}
		if _, ok := l.Account(id); !ok {
			return NoAccount(l, id)
		}
	}
	return nil
}

// fits refuses a pattern that no account is of, with [ledger.UnknownAccount]. It suggests the pattern with a beginning
// that accounts have.
func fits(l *ledger.Ledger, pattern string) error {
	for a := range l.Accounts() {
		if accounts.Matches(pattern, string(a.ID)) {
			return nil
		}
	}
	head, rest, _ := strings.Cut(pattern, "*")
	near := nearest.Name(head, max(len(head)/4, 1), func(yield func(string) bool) {
		for a := range l.Accounts() {
			if at := strings.LastIndexByte(string(a.ID), ':'); at > 0 && !yield(string(a.ID)[:at+1]) {
				return
			}
		}
	})
	if near != "" {
		near += "*" + rest
	}
	return ledger.Errorf(ledger.UnknownAccount, "no account %s in this ledger%s", pattern, suggest(near))
}

// NoAccount is the error for an account that does not exist, [ledger.UnknownAccount]. It suggests
// an existing account with almost the same name.
func NoAccount(l *ledger.Ledger, id accounts.ID) error {
	return ledger.Errorf(ledger.UnknownAccount, "no account %s in this ledger%s", id, suggest(nearAccount(l, id)))
}

// nearAccount returns the account that was probably meant by an id that none has, "" if there is none.
func nearAccount(l *ledger.Ledger, id accounts.ID) string {
	typed := letters(id)
	return nearest.Name(string(id), max(len(id)/4, 1), func(yield func(string) bool) {
		for a := range l.Accounts() {
			if letters(a.ID) != typed && !yield(string(a.ID)) {
				return
			}
		}
	})
}

// letters is an id without its digits: one that differs in those alone is hardly what was meant.
// seller:0017 is no misspelling of seller:0018, and whoever follows such a suggestion reads another
// seller's books.
func letters[Name ~string](id Name) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return -1
		}
		return r
	}, string(id))
}

// Accounts returns the accounts that are wanted, in the filter's order, else by kind and id. All
// accounts are in memory, so this reads the journal only for the providers' ids, if there are any, and for what was
// booked since, see [Books.Until].
// An account that is named and does not exist is [ledger.UnknownAccount].
func (b *Books) Accounts(f AccountFilter) ([]Account, error) {
	if err := f.check(b.Ledger); err != nil {
		return nil, err
	}
	all, err := b.accounts(context.Background())
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(all, func(a accounts.Account) bool { return !f.has(a) })
	slices.SortFunc(found, f.compare)
	// Few ledgers have any, and a look-up for each account would take long.
	some, err := b.Rules.HasProviderIDs()
	if err != nil {
		return nil, err
	}
	list := make([]Account, len(found))
	for i, a := range found {
		list[i] = Account{a.ID, a.Kind, a.Status, a.Holder, a.Metadata, a.Overdraft, nil, nil, f.place(a.ID)}
		if list[i].Reserve, err = b.reserveRule(a.ID); err != nil {
			return nil, err
		}
		if some {
			if list[i].ProviderIDs, err = b.finder().ProviderIDs(a.ID); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}
