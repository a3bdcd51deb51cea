// Authorisations and what becomes of them before a capture: they are made, adjusted, released, and get the provider's
// reference. None of these events moves money.

package posting

import (
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// bookAuthorise notes that an amount was authorised, with the splits of captures to come. No money moves. The splits
// are checked already, so that a mistake shows before the buyer is charged. The error is [DuplicateReference] where the
// payment exists, else what the scheme has against the splits.
func bookAuthorise(k *booking) error {
	e := k.event
	before, err := k.find()
	if err != nil {
		return err
	}
	if before != nil {
		if kept := before.kept(); kept != "" {
			return refusal(DuplicateReference, "payment", "expected the name of a new payment, or of one that was "+
				"cancelled whole, found %s, which is in the books already: %s", quote(e.Payment), kept)
		}
		k.anew()
	}
	p, err := k.begin()
	if err != nil {
		return err
	}
	splits, err := k.splitsOf(p, p.instructed, e.Amount)
	if err != nil {
		return err
	}
	_, refused := k.plan(p, splits, e.Amount)
	return k.ofRule(refused)
}

func foldAuthorise(*Payment, *step) {} // begin and instruct have said all

// begin makes the payment of an event that is its first.
func (k *booking) begin() (*Payment, error) {
	e, p := k.event, &k.payment
	provider, err := k.book.following(k.books, e.Provider)
	if err != nil {
		return nil, err
	}
	p.begin(provider, e)
	if provider.code != "" {
		k.remark(wire.Remark{Kind: ofScheme, Reason: provider.code})
	}
	// The first event fixes the currency of the payment. Captures, refunds and settlements have to be in it.
	if err := k.known("amount", e.Amount.Currency()); err != nil {
		return nil, err
	}
	given, err := k.given(p)
	if err != nil && !(k.unfit != nil && e.Fact) { // bookCapture says what becomes of a fact
		return nil, err
	}
	if e.Account != "" {
		if p.scheme.Merchant == scheme.LiableMerchant && given.rule.noPlaceForAccount() && k.unfit == nil {
			return nil, refusal(ledger.Invalid, "account",
				"expected no account: what no split takes of an amount goes to liable with %s, found %s", e.Provider,
				e.Account)
		}
		if err := k.receives("account", e.Account); err != nil {
			return nil, err
		}
	}
	if refused := p.instruct(given); refused != nil && !e.Fact {
		return nil, refused
	}
	if r := p.RefundPolicy; r != nil && r.TargetAccount != "" {
		if err := k.receives("refund.targetAccount", r.TargetAccount); err != nil {
			return nil, err
		}
	}
	if err := k.receivesDisputes(p.ChargebackPolicy); err != nil {
		return nil, err
	}
	// The names by which reports and later events find the payment.
	k.key(KeyPayment, e.Payment)
	if e.Reference != "" && e.Reference != e.Payment {
		k.key(KeyReference, e.Reference)
	}
	if e.ProviderReference != "" {
		if err := k.madeByReport(); err != nil {
			return nil, err
		}
		k.key(KeyProviderReference, e.Provider+"/"+e.ProviderReference)
	}
	return p, nil
}

// madeByReport refuses a payment by instruction that is in the books under another name, because a report has brought
// it under the same reference of the provider's.
func (k *booking) madeByReport() error {
	e := k.event
	if e.Fact || e.Source != nil {
		return nil
	}
	// A report that comes before the platform's own event makes the payment under a name of its own. Both would be
	// booked.
	rec, err := k.books.Last(ledger.Key{Space: KeyProviderReference, Name: e.Provider + "/" + e.ProviderReference})
	if err != nil || rec == nil {
		return err
	}
	first, err := EventOf(rec)
	if err != nil || first.Type != PaymentAuthorise || first.Source == nil {
		return err
	}
	return refusal(DuplicateReference, "providerReference",
		"expected a payment that %s has not told yet, found %s, which it told, and which is in the books as %s",
		e.Provider, quote(e.ProviderReference), quote(first.Payment))
}

// bookAdjust changes the authorised amount. No money moves. Hotels and car rentals raise an authorisation this way; a
// provider reports that it has lapsed by an amount of 0.
func bookAdjust(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	if c := e.Amount.Currency(); c != p.Currency {
		return refusal(CurrencyMismatch, "amount.currency", "expected the payment's currency, %s, found %s",
			p.Currency, c)
	}
	if e.Fact {
		return nil
	}
	if p.Cancelled || p.Released {
		return p.ended(e.Type)
	}
	if refused := p.refuse(e.Type); refused != nil {
		return refused
	}
	// What is captured cannot be unauthorised.
	if e.Amount.Int().Cmp(p.Captured.Int()) < 0 {
		return refusal(ledger.Invalid, "amount", "expected at least what is captured, %s, found %s", p.Captured,
			e.Amount)
	}
	return nil
}

// foldAdjust has the amount that is authorised from now on. One of nothing has expired, until there is another.
func foldAdjust(p *Payment, s *step) {
	p.Authorised, p.Expired = s.event.Amount, ""
	if p.Authorised.IsZero() {
		p.Expired = s.event.Reason
	}
}

// bookGivenUp gives up what is authorised and not captured. No money moves.
func bookGivenUp(k *booking) error {
	p, err := k.existing()
	if err != nil || k.event.Fact {
		return err
	}
	if p.over() {
		return p.ended(PaymentRelease)
	}
	if refused := p.refuse(PaymentRelease); refused != nil {
		return refused
	}
	// To give up nothing is a mistake: perhaps a refund or a void was meant.
	if left := p.Authorised.Int().Sub(p.Captured.Int()); left.Sign() <= 0 {
		return refusal(InvalidState, "payment",
			"expected a payment of which less is captured than authorised, found %s, which is %s: %s of %s are "+
				"captured%s",
			quote(p.ID), p.State(), p.Captured, p.Authorised, p.instead())
	}
	return nil
}

// foldGivenUp marks the authorisation as released: nothing more is captured, but as a fact.
func foldGivenUp(p *Payment, _ *step) { p.Released = true }

// bookReference notes the provider's reference of a payment. No money moves.
func bookReference(k *booking) error {
	p, err := k.existing()
	if err != nil {
		return err
	}
	reference := k.event.ProviderReference
	// The reference identifies the payment in every report, so it never changes once it is known.
	if p.ProviderReference != "" && p.ProviderReference != reference {
		return refusal(InvalidState, "providerReference",
			"expected a payment whose reference at the provider is not known, or is %s, found %s, which is %s there",
			quote(reference), quote(p.ID), quote(p.ProviderReference))
	}
	key := ledger.Key{Space: KeyProviderReference, Name: p.Provider + "/" + reference}
	rec, err := k.books.Last(key)
	if err != nil {
		return err
	}
	if rec != nil && PaymentOf(rec) != p.ID {
		if by, err := replaced(k.books, PaymentOf(rec), rec.Number); by != "" || err != nil {
			k.key(key.Space, key.Name)
			return err // it was that of a payment which was cancelled
		}
		return refusal(DuplicateReference, "providerReference",
			"expected a reference of no other payment of %s, found %s, of %s", p.Provider, quote(reference),
			quote(PaymentOf(rec)))
	}
	k.key(key.Space, key.Name)
	return nil
}

// foldReference gives the payment the reference by which the provider knows it.
func foldReference(p *Payment, s *step) { p.ProviderReference = s.event.ProviderReference }
