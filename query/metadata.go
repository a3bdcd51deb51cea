package query

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// Searchable returns the key of metadata, of those that are wanted, by which payments are found without reading the
// whole journal: the one that has been searchable for longest. Records up to Since are not in its index, and are read.
// The zero value says that none of the keys is searchable.
func (b *Books) Searchable(wanted map[string]string) (posting.SearchableKey, error) {
	list, err := b.finder().SearchableKeys()
	if err != nil || len(wanted) == 0 {
		return posting.SearchableKey{}, err
	}
	for _, s := range list { // oldest first
		if _, ok := wanted[s.Key]; ok {
			return s, nil
		}
	}
	return posting.SearchableKey{}, nil
}

// paymentsWith yields the payments that may have the metadata, in the order in which they began: those of a searchable
// key after it became so from its index, all before by reading the journal.
func (b *Books) paymentsWith(ctx context.Context, wanted map[string]string) iter.Seq2[*posting.Payment, error] {
	return func(yield func(*posting.Payment, error) bool) {
		s, err := b.Searchable(wanted)
		if err != nil {
			yield(nil, err)
			return
		}
		if s.Since == 0 {
			b.payments(ctx, "")(yield)
			return
		}
		finder := b.finder()
		if b.begun(finder, b.upTo(ctx, s.Since), yield) {
			b.begun(finder, b.indexed(ctx, s.Key, wanted[s.Key]), yield)
		}
	}
}

// indexed yields the records that the index has of searchable metadata, oldest first.
func (b *Books) indexed(ctx context.Context, key, value string) iter.Seq2[*ledger.Record, error] {
	return func(yield func(*ledger.Record, error) bool) {
		numbers, err := b.reader().Numbers(posting.MetadataKey(key, value))
		if err != nil {
			yield(nil, err)
			return
		}
		for _, n := range numbers {
			rec, err := b.Ledger.Record(n)
			if err == nil {
				err = ctx.Err()
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// FindMetadata returns all that has exactly this value in metadata of a searchable key, one hit for a payment, with its
// newest event. What the index of a key lacks, as it was booked before the key was searchable, is found too where
// before is true and the index has anything: that is read from the journal, and the ledger's Progress is told how far.
// Where the index has nothing, [Books.Search] reads everything anyway. It says how many records of before were read.
func (b *Books) FindMetadata(ctx context.Context, value string, before bool) (hits []Hit, read uint64, err error) {
	keys, err := b.finder().SearchableKeys()
	if err != nil {
		return nil, 0, err
	}
	found := metadataHits{value: value, at: map[string]int{}}
	for _, s := range keys {
		for rec, err := range b.indexed(ctx, s.Key, value) {
			if err != nil {
				return nil, 0, err
			}
			e, err := posting.EventOf(rec)
			if err != nil {
				return nil, 0, err
			}
			found.add(rec, &e)
		}
	}
	if !before || len(found.hits) == 0 {
		return found.hits, 0, b.markEarlier(found.hits)
	}
	since := keys[len(keys)-1].Since
	for rec, err := range b.Until(since).named(ctx, value) {
		if err != nil {
			return nil, 0, err
		}
		if slices.Contains(rec.kinds, metadataName) {
			found.add(rec.Record, &rec.event)
		}
	}
	slices.SortStableFunc(found.hits, func(a, b Hit) int { return cmp.Compare(a.Record, b.Record) })
	return found.hits, since - 1, b.markEarlier(found.hits)
}

// metadataHits are the hits of a value of metadata, one for each payment.
type metadataHits struct {
	value string
	hits  []Hit
	at    map[string]int // which of them is of a payment
}

// add adds the record of an event that carries the value, in any order.
func (m *metadataHits) add(rec *ledger.Record, e *posting.Event) {
	payment := posting.PaymentOf(rec)
	i, ok := m.at[payment]
	if !ok {
		i, m.at[payment] = len(m.hits), len(m.hits)
		m.hits = append(m.hits, Hit{Kind: metadataName, Name: m.value})
	}
	if rec.Number > m.hits[i].Record {
		m.hits[i].fill(rec, e)
	}
}
