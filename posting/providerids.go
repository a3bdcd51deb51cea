package posting

import (
	"maps"
	"slices"
	"strconv"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
)

// Limits of the ids that providers have for an account.
const (
	MaxProviderIDs = 50 // in all
	maxIDsEach     = 20 // of one provider
)

const (
	providerIDsWhat    = `an object of arrays by provider, as {"adyen":["BA…"]}: 1 to 20 ids of 1 to 128 characters each, at most 50 in all`
	newProviderIDsWhat = `an object of arrays by provider, as {"adyen":["BA…"]}: at most 20 ids of 1 to 128 characters each, at most 50 in all; an empty array for none`
	idsWhat            = "an array of 1 to 20 ids"
	newIDsWhat         = "an array of at most 20 ids"
)

// providerIDs and newProviderIDs are the shapes of what providers call an account that is opened or changed.
var (
	idList         = list(idsWhat, maxIDsEach, name)
	providerIDs    = idsShape(providerIDsWhat, idList)
	newProviderIDs = idsShape(newProviderIDsWhat, perhapsEmpty(newIDsWhat, maxIDsEach, idList, name))
)

func idsShape(what string, ids *shape[[]string]) *shape[map[string][]string] {
	return &shape[map[string][]string]{
		what: what,
		read: func(r *jsonl.Scanner, m *map[string][]string) *ledger.Error { return readIDs(r, m, what, ids) },
		check: func(m *map[string][]string) *ledger.Error {
			n := 0
			for _, provider := range slices.Sorted(maps.Keys(*m)) {
				list := (*m)[provider]
				if n += len(list); n > MaxProviderIDs || len(*m) > MaxProviderIDs {
					return expected(what, "more")
				}
				if err := providerName.check(&provider); err != nil {
					return err
				}
				if len(list) == 0 && ids == idList {
					return in(provider, expected(idsWhat, "none"))
				}
				if err := ids.check(&list); err != nil {
					return in(provider, err)
				}
				for i, id := range list {
					if at := slices.Index(list, id); at < i {
						return in(provider+index(i), expected("each id once", quote(id)+" as at "+provider+index(at)))
					}
				}
			}
			return nil
		},
		write: func(b []byte, m *map[string][]string) []byte {
			b = append(b, '{')
			for i, provider := range slices.Sorted(maps.Keys(*m)) {
				if i > 0 {
					b = append(b, ',')
				}
				list := (*m)[provider]
				b = ids.write(append(jsonl.AppendString(b, provider), ':'), &list)
			}
			return append(b, '}')
		},
		store: func(e *encoder, m *map[string][]string) {
			e.Uint(uint64(len(*m)))
			for _, provider := range slices.Sorted(maps.Keys(*m)) {
				e.Name(provider)
				list := (*m)[provider]
				ids.store(e, &list)
			}
		},
		load: func(d *decoder, m *map[string][]string) {
			n := d.Uint()
			if n > MaxProviderIDs {
				d.fail("ids of " + strconv.FormatUint(n, 10) + " providers")
				return
			}
			*m = make(map[string][]string, n)
			for range n {
				provider := d.Symbol()
				var list []string
				ids.load(d, &list)
				(*m)[provider] = list
			}
		},
		differ: func(a, b *map[string][]string) *difference { return differIDs(*a, *b, ids) },
	}
}

func readIDs(r *jsonl.Scanner, m *map[string][]string, what string, ids *shape[[]string]) *ledger.Error {
	if err := r.Open('{', what); err != nil {
		return err
	}
	*m = map[string][]string{}
	for {
		provider, more, err := r.Name()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if _, had := (*m)[provider]; had {
			return in(provider, jsonl.Twice(provider))
		}
		var list []string
		if err := ids.read(r, &list); err != nil {
			return in(provider, err)
		}
		(*m)[provider] = list
	}
	if len(*m) == 0 {
		return expected(what, "{}")
	}
	return nil
}

func differIDs(a, b map[string][]string, ids *shape[[]string]) *difference {
	all := slices.Sorted(maps.Keys(a))
	all = slices.AppendSeq(all, maps.Keys(b))
	slices.Sort(all)
	for _, provider := range slices.Compact(all) {
		x, inA := a[provider]
		y, inB := b[provider]
		switch {
		case !inB:
			return &difference{provider, jsonl.Short(ids.write(nil, &x)), "nothing"}
		case !inA:
			return &difference{provider, "nothing", jsonl.Short(ids.write(nil, &y))}
		}
		if d := ids.differ(&x, &y); d != nil {
			d.path = join(provider, d.path)
			return d
		}
	}
	return nil
}

// claim gives the event's account the provider's ids that the event has, in place of those before. An id that is another
// account's is refused. The newest record of an id says whose it is, so each id that is taken or given up is a key.
func (k *booking) claim(before map[string][]string) error {
	e := k.event
	if len(e.ProviderIDs) == 0 {
		return nil
	}
	for _, provider := range slices.Sorted(maps.Keys(e.ProviderIDs)) {
		field := "providerIds." + provider
		if err := k.provider(field, provider); err != nil {
			return err
		}
		for i, id := range e.ProviderIDs[provider] {
			if slices.Contains(before[provider], id) {
				continue
			}
			owner, taken, err := claimant(k.books, provider, id)
			if err != nil {
				return err
			}
			if taken {
				return refusal(DuplicateReference, field+index(i), "expected an id of %s that no account has, found %s, which is %s's", provider, quote(id), owner)
			}
			k.key(KeyProviderID, provider+"/"+id)
		}
	}
	for _, provider := range slices.Sorted(maps.Keys(before)) {
		for _, id := range before[provider] {
			if !slices.Contains(e.ProviderIDs[provider], id) {
				k.key(KeyProviderID, provider+"/"+id)
			}
		}
	}
	k.key(KeyAccountIDs, string(e.Account))
	k.key(KeyAccountIDs, "")
	return nil
}

// claimant returns the account that has a provider's id.
func claimant(books *ledger.Reader, provider, id string) (accounts.ID, bool, error) {
	rec, err := books.Last(ledger.Key{Space: KeyProviderID, Name: provider + "/" + id})
	if err != nil || rec == nil {
		return "", false, err
	}
	came, err := readContent(rec)
	if err != nil {
		return "", false, err
	}
	return came.event.Account, slices.Contains(came.event.ProviderIDs[provider], id), nil
}

// idsOf returns what providers call an account, nil if nothing is known.
func (b *Book) idsOf(books *ledger.Reader, id accounts.ID) (map[string][]string, error) {
	rec, err := books.Last(ledger.Key{Space: KeyAccountIDs, Name: string(id)})
	if err != nil || rec == nil {
		return nil, err
	}
	came, err := readContent(rec)
	if err != nil {
		return nil, err
	}
	ids := came.event.ProviderIDs
	maps.DeleteFunc(ids, func(_ string, list []string) bool { return len(list) == 0 })
	if len(ids) == 0 {
		return nil, nil
	}
	return ids, nil
}

// ProviderIDs returns what providers call an account, by provider; nil where it has no such ids.
func (b *Book) ProviderIDs(account accounts.ID) (map[string][]string, error) {
	return b.idsOf(&b.ledger.Reader, account)
}

// HasProviderIDs reports whether any account of the ledger was ever given ids of a provider.
func (b *Book) HasProviderIDs() (bool, error) {
	return b.ledger.Has(ledger.Key{Space: KeyAccountIDs})
}

// IDAt returns what a provider calls an account, for what is sent to the provider: the first of its ids there, or else its own name.
func (b *Book) IDAt(provider string, account accounts.ID) (string, error) {
	ids, err := b.ProviderIDs(account)
	if list := ids[provider]; err == nil && len(list) > 0 {
		return list[0], nil
	}
	return string(account), err
}

// AccountAt returns the account that a provider means by an id: the one that was given the id, or else a sub, platform or liable
// account of that name, open or not. It is false where there is none.
func (b *Book) AccountAt(provider, id string) (accounts.ID, bool, error) {
	return b.Finder().AccountAt(provider, id)
}

// AccountAt is [Book.AccountAt].
func (f *Finder) AccountAt(provider, id string) (accounts.ID, bool, error) {
	if account, has, err := claimant(f.books, provider, id); has || err != nil {
		return account, has, err
	}
	a, ok := f.books.Account(accounts.ID(id))
	if !ok || !holdsMoney(a.Kind) {
		return "", false, nil
	}
	return a.ID, true, nil
}
