// Metadata that is found by its value: which keys are searchable, and the keys that records get for it.

package posting

import (
	"maps"
	"slices"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// searchable begins the kind of the remark that makes a key of metadata searchable; the key follows. Kinds are words of
// the ledger, which are in memory, so that no event has to look up whether its metadata is searchable. No provider can
// be called so, because of the colon.
const searchable = "searchable:"

// bookMetadataIndex makes a key of metadata searchable from the next record on.
func bookMetadataIndex(k *booking) error {
	name := k.event.Name
	if k.books.HasSymbol(searchable + name) {
		return refusal(DuplicateReference, "name", "expected a key that is not searchable yet, found %s", quote(name))
	}
	k.key(KeySearchable, name)
	k.key(KeySearchable, "")
	k.remark(wire.Remark{Kind: searchable + name})
	return nil
}

// indexMetadata gives the record of an event a key for each searchable key of its metadata.
func (k *booking) indexMetadata() {
	m := k.event.Metadata
	if len(m) == 0 || !k.books.HasSymbol(string(MetadataIndex)) {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(m)) { // the same event always makes the same record
		if k.books.HasSymbol(searchable + key) {
			k.rec.Keys = append(k.rec.Keys, MetadataKey(key, m[key]))
		}
	}
}

// MetadataKey is the key of the records whose event carries this metadata, where that is searchable.
func MetadataKey(key, value string) ledger.Key {
	return ledger.Key{Space: KeyMetadata, Name: key + "=" + value}
}

// A SearchableKey is a key of metadata that is searchable, and the record that made it so: those after it are in the
// index.
type SearchableKey struct {
	Key   string
	Since uint64
}

// SearchableKeys returns the keys of metadata that are searchable, oldest first.
func (f *Finder) SearchableKeys() ([]SearchableKey, error) {
	records, err := f.books.Group(ledger.Key{Space: KeySearchable})
	if err != nil {
		return nil, err
	}
	list := make([]SearchableKey, len(records))
	for i, rec := range records {
		e, err := EventOf(rec)
		if err != nil {
			return nil, err
		}
		list[i] = SearchableKey{e.Name, rec.Number}
	}
	return list, nil
}
