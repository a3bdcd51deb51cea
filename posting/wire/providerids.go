// The shape of what providers call an account: by provider, a list of ids. An account may have several at one provider,
// such as one for each store or currency.

package wire

import (
	"maps"
	"slices"
	"strconv"

	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
)

// Limits of the ids that providers have for an account.
const (
	MaxProviderIDs = 50 // in all
	maxIDsEach     = 20 // of one provider
)

const (
	// What messages say of the ids of an account that is opened, and of one whose ids are replaced.
	providerIDsWhat = `an object of arrays by provider, as {"adyen":["BA…"]}: ` +
		"1 to 20 ids of 1 to 128 characters each, at most 50 in all"
	newProviderIDsWhat = `an object of arrays by provider, as {"adyen":["BA…"]}: ` +
		"at most 20 ids of 1 to 128 characters each, at most 50 in all; an empty array or object for none"
	idsWhat    = "an array of 1 to 20 ids"
	newIDsWhat = "an array of at most 20 ids"
)

// providerIDs and newProviderIDs are the shapes of what providers call an account that is opened or changed.
var (
	idList         = list(idsWhat, maxIDsEach, name)
	providerIDs    = idsShape(providerIDsWhat, idList)
	newProviderIDs = idsShape(newProviderIDsWhat, perhapsEmpty(newIDsWhat, maxIDsEach, idList, name))
)

// idsShape is the shape of an object of lists of ids. Providers come in the order of their names, so that equal objects
// are stored and written alike, whatever order they were given in.
func idsShape(what string, ids *shape[[]string]) *shape[map[string][]string] {
	return &shape[map[string][]string]{
		what:  what,
		read:  func(r *jsonl.Scanner, m *map[string][]string) *ledger.Error { return readIDs(r, m, what, ids) },
		check: func(m *map[string][]string) *ledger.Error { return checkIDs(*m, what, ids) },
		// Sorted, so that two programs write the same bytes.
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
			// More than could have been stored is damage. It is not tried, as it might take all memory.
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
		differ: func(a, b *map[string][]string) *Difference { return differIDs(*a, *b, ids) },
	}
}

// checkIDs refuses too many ids, names that no provider has, an empty list of an account that is opened, and an id that
// a provider has twice.
func checkIDs(m map[string][]string, what string, ids *shape[[]string]) *ledger.Error {
	n := 0
	for _, provider := range slices.Sorted(maps.Keys(m)) {
		list := m[provider]
		if n += len(list); n > MaxProviderIDs || len(m) > MaxProviderIDs {
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
}

// readIDs reads an object of lists of ids, which may not be empty. A provider that comes twice is refused, because the
// second list would silently take the place of the first.
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
	if len(*m) == 0 && what != newProviderIDsWhat {
		return expected(what, "{}")
	}
	return nil
}

// differIDs returns the first difference, by the order of the providers' names. Two lists of the same ids in another
// order differ: the first id is the one that is sent to the provider.
func differIDs(a, b map[string][]string, ids *shape[[]string]) *Difference {
	all := slices.Sorted(maps.Keys(a))
	all = slices.AppendSeq(all, maps.Keys(b))
	slices.Sort(all)
	for _, provider := range slices.Compact(all) {
		x, inA := a[provider]
		y, inB := b[provider]
		switch {
		case !inB:
			return &Difference{provider, jsonl.Short(ids.write(nil, &x)), "nothing"}
		case !inA:
			return &Difference{provider, "nothing", jsonl.Short(ids.write(nil, &y))}
		}
		if d := ids.differ(&x, &y); d != nil {
			d.Path = join(provider, d.Path)
			return d
		}
	}
	return nil
}
