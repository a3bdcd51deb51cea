// What providers call accounts. A report names accounts by the provider's ids, and what is sent to a provider needs
// them too.

package posting

import (
	"maps"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// idsOf returns what providers call an account, nil if nothing is known.
func (b *Book) idsOf(books *ledger.Reader, id accounts.ID) (map[string][]string, error) {
	rec, err := books.Last(ledger.Key{Space: KeyAccountIDs, Name: string(id)})
	if err != nil || rec == nil {
		return nil, err
	}
	content, err := wire.Read(rec)
	if err != nil {
		return nil, err
	}
	ids := content.Event.ProviderIDs
	maps.DeleteFunc(ids, func(_ string, list []string) bool { return len(list) == 0 })
	if len(ids) == 0 {
		return nil, nil
	}
	return ids, nil
}

// ProviderIDs returns what providers call an account, by provider; nil where it has no such ids.
func (b *Book) ProviderIDs(account accounts.ID) (map[string][]string, error) {
	return b.Finder().ProviderIDs(account)
}

// ProviderIDs is [Book.ProviderIDs].
func (f *Finder) ProviderIDs(account accounts.ID) (map[string][]string, error) {
	return f.book.idsOf(f.books, account)
}

// HasProviderIDs reports whether any account of the ledger was ever given ids of a provider.
func (b *Book) HasProviderIDs() (bool, error) {
	return b.ledger.Has(ledger.Key{Space: KeyAccountIDs})
}

// IDAt returns what a provider calls an account, for what is sent to the provider: the first of its ids there, or else
// its own name. The error is [ErrNotFound] where the ledger has no such account.
func (b *Book) IDAt(provider string, account accounts.ID) (string, error) {
	if _, ok := b.ledger.Account(account); !ok {
		return "", &notFound{noAccount, string(account)}
	}
	ids, err := b.ProviderIDs(account)
	if list := ids[provider]; err == nil && len(list) > 0 {
		return list[0], nil
	}
	return string(account), err
}

// AccountAt returns the account that a provider means by an id: the one that was given the id, or else a sub, platform
// or liable account of that name, open or not. The error is [ErrNotFound] where there is none.
func (f *Finder) AccountAt(provider, id string) (accounts.ID, error) {
	if account, has, err := claimant(f.books, provider, id); has || err != nil {
		return account, err
	}
	if a, ok := f.books.Account(accounts.ID(id)); ok && holdsMoney(a.Kind) {
		return a.ID, nil
	}
	return "", &notFound{noAccount, id}
}

// claimant returns the account that has a provider's id.
func claimant(books *ledger.Reader, provider, id string) (accounts.ID, bool, error) {
	rec, err := books.Last(ledger.Key{Space: KeyProviderID, Name: provider + "/" + id})
	if err != nil || rec == nil {
		return "", false, err
	}
	content, err := wire.Read(rec)
	if err != nil {
		return "", false, err
	}
	return content.Event.Account, slices.Contains(content.Event.ProviderIDs[provider], id), nil
}
