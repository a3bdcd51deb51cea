package posting

import "github.com/splitledger/splitledger/ledger"

// bookReference notes the provider's reference of a payment. No money moves.
func bookReference(k *booking) error {
	p, err := k.existing()
	if err != nil {
		return err
	}
	reference := k.event.ProviderReference
	if p.ProviderReference != "" && p.ProviderReference != reference {
		return refusal(InvalidState, "providerReference", "expected a payment whose reference at the provider is not known, or is %s, found %s, which is %s there", quote(reference), quote(p.ID), quote(p.ProviderReference))
	}
	key := ledger.Key{Space: KeyProviderReference, Name: p.Provider + "/" + reference}
	rec, err := k.books.Last(key)
	if err != nil {
		return err
	}
	if rec != nil && PaymentOf(rec) != p.ID {
		return refusal(DuplicateReference, "providerReference", "expected a reference of no other payment of %s, found %s, of %s", p.Provider, quote(reference), quote(PaymentOf(rec)))
	}
	k.key(key.Space, key.Name)
	return nil
}

func foldReference(p *Payment, s *step) { p.ProviderReference = s.event.ProviderReference }
