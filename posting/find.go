package posting

import (
	"slices"

	"github.com/splitledger/splitledger/ledger"
)

// Find returns the payment of a provider that the provider knows by its own reference, or else that has the merchant's
// reference: the newest of those, or else the one of that name. References that are empty find nothing; nor does the
// merchant's reference a payment of which both sides know the provider's reference, and know it otherwise. It is nil where there is none.
func (b *Book) Find(provider, providerReference, reference string) (*Payment, error) {
	return b.find(b.ledger, provider, providerReference, reference)
}

func (b *Book) find(books reader, provider, providerReference, reference string) (*Payment, error) {
	if providerReference != "" {
		rec, err := books.Last(ledger.Key{Space: KeyProviderReference, Name: provider + "/" + providerReference})
		if err != nil {
			return nil, err
		}
		if rec != nil {
			return b.payment(books, nameOf(rec))
		}
	}
	if reference == "" {
		return nil, nil
	}
	is := func(p *Payment) bool {
		return p != nil && p.Provider == provider && (p.ProviderReference == "" || providerReference == "" || p.ProviderReference == providerReference)
	}
	records, err := books.Group(ledger.Key{Space: KeyReference, Name: reference})
	if err != nil {
		return nil, err
	}
	for _, rec := range slices.Backward(records) {
		if p, err := b.paymentFrom(books, rec); err != nil || is(p) {
			return p, err
		}
	}
	if p, err := b.payment(books, reference); err != nil || is(p) {
		return p, err
	}
	return nil, nil
}

// paymentFrom returns the payment of which a record is the first. Where it is the only one, as is usual of payments that wait for their
// settlement, nothing else is read.
func (b *Book) paymentFrom(books reader, first *ledger.Record) (*Payment, error) {
	id := nameOf(first)
	if l, ok := books.(*ledger.Ledger); ok {
		only, err := l.IsNewest(ledger.Key{Space: KeyPayment, Name: id}, first)
		if err != nil {
			return nil, err
		}
		if only {
			return b.fold(books, id, []*ledger.Record{first})
		}
	}
	return b.payment(books, id)
}

// FindRefund returns the payment that a refund of one of these names is of, the first if there are several, for what a
// provider says of a refund alone: so a later refund of that name changes no answer. Names that are empty find nothing. It is nil where there is none.
func (b *Book) FindRefund(provider string, names ...string) (*Payment, error) {
	for _, name := range names {
		if name == "" {
			continue
		}
		records, err := b.ledger.Group(ledger.Key{Space: KeyRefund, Name: provider + "/" + name})
		if err != nil {
			return nil, err
		}
		if len(records) > 0 {
			return b.payment(b.ledger, nameOf(records[0]))
		}
	}
	return nil, nil
}

// nameOf returns the name of the payment that a record is of.
func nameOf(rec *ledger.Record) string {
	for i := range rec.Keys {
		if rec.Keys[i].Space == KeyPayment {
			return rec.Keys[i].Name
		}
	}
	return ""
}
