// Names of payments that are used again: a payment that was made by mistake, such as under a wrong provider, and was
// cancelled whole, leaves its name to a new one.

package posting

import (
	"fmt"
	"slices"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// An Earlier is a payment that was cancelled whole before another was made of its name. Nothing of it counts for that.
type Earlier struct {
	Provider          string
	Reference         string
	ProviderReference string
	Authorised        money.Amount
	Events            []PaymentEvent // oldest first
}

// anewBy reports whether a capture makes a new payment of the name of one that was cancelled: under another provider. Of
// the same one it is refused as ever, or, as a fact, is the old payment's: the provider has captured after all.
func (p *Payment) anewBy(e *Event) bool {
	return e.Provider != "" && e.Provider != p.Provider && e.Amount.Currency() != "" && p.kept() == ""
}

// kept says why the payment keeps its name; it is empty where all of it was cancelled, and nothing else was booked of
// it. What the provider told of it shows that it is no mistake.
func (p *Payment) kept() string {
	if live := slices.IndexFunc(p.Captures, func(c *Capture) bool { return !c.Cancelled }); live >= 0 {
		c := p.Captures[live]
		return fmt.Sprintf("its capture %s is %s", quote(c.ID), c.State())
	}
	for i := range p.Events {
		e := &p.Events[i].Event
		switch e.Type {
		case PaymentAuthorise, PaymentCapture, PaymentSplit, PaymentResplit, PaymentCancel, PaymentRelease,
			PaymentAdjust, PaymentReference:
		default:
			return fmt.Sprintf("event %s booked a %s of it", quote(e.ID), e.Type)
		}
		if e.Source != nil || e.Movement != "" || e.Fact {
			return fmt.Sprintf("%s told of it, by event %s", p.Provider, quote(e.ID))
		}
	}
	if !p.over() {
		return "it is " + string(p.State())
	}
	return ""
}

// anew makes the record one that begins the event's payment anew.
func (k *booking) anew() {
	k.remark(wire.Remark{Kind: wire.Anew})
	k.key(KeyAnew, k.event.Payment)
}

// BeginsAnew reports whether a record made a payment of a name that another had before.
func BeginsAnew(rec *ledger.Record) bool {
	return slices.ContainsFunc(rec.Keys, func(k ledger.Key) bool { return k.Space == KeyAnew })
}

// beginAnew empties the payment for another one of its name. What it was stays, with its events, which so are not in the
// memory of the next.
func (p *Payment) beginAnew() {
	earlier := append(slices.Clip(p.Earlier), Earlier{Provider: p.Provider, Reference: p.Reference,
		ProviderReference: p.ProviderReference, Authorised: p.Authorised, Events: p.Events})
	p.Events = nil
	p.empty()
	p.Earlier = earlier
}

// Replaced returns the id of the event that made another payment of a payment's name after a record of it. It is empty
// where the record is of the payment that has the name still.
func (f *Finder) Replaced(payment string, record uint64) (string, error) {
	return replaced(f.books, payment, record)
}

func replaced(books *ledger.Reader, payment string, record uint64) (string, error) {
	key := ledger.Key{Space: KeyAnew, Name: payment}
	if last, err := books.Last(key); err != nil || last == nil || last.Number <= record { // as is usual
		return "", err
	}
	all, err := books.Group(key)
	for _, rec := range all {
		if rec.Number > record {
			return rec.Keys[0].Name, err
		}
	}
	return "", err
}

// current is Replaced of a record that a key led to: it reports whether the payment that has the name is meant.
func (f *Finder) current(rec *ledger.Record) (bool, error) {
	by, err := f.Replaced(PaymentOf(rec), rec.Number)
	return by == "", err
}

// Former looks for what a provider says of a payment that was cancelled whole, before another was made of its name: by
// the provider's reference, or by the merchant's or the name where the new payment is another provider's. It returns the
// name, and the event that made the new payment; both are empty where there is none.
func (f *Finder) Former(provider, providerReference, reference string) (payment, by string, err error) {
	if providerReference != "" {
		rec, err := f.books.Last(ledger.Key{Space: KeyProviderReference, Name: provider + "/" + providerReference})
		if err != nil {
			return "", "", err
		}
		if rec != nil {
			by, err := f.Replaced(PaymentOf(rec), rec.Number)
			return PaymentOf(rec), by, err
		}
	}
	if reference == "" {
		return "", "", nil
	}
	names := []string{reference}
	records, err := f.books.Group(ledger.Key{Space: KeyReference, Name: reference})
	if err != nil {
		return "", "", err
	}
	for _, rec := range records {
		names = append(names, PaymentOf(rec))
	}
	for _, name := range names {
		if by, err := f.formerOf(name, provider, reference); by != "" || err != nil {
			return name, by, err
		}
	}
	return "", "", nil
}

// formerOf returns the event that made a payment of a name after one of the provider, which had the reference.
func (f *Finder) formerOf(name, provider, reference string) (string, error) {
	again, err := f.books.Has(ledger.Key{Space: KeyAnew, Name: name})
	if err != nil || !again {
		return "", err
	}
	p, err := f.named(name)
	if err != nil || p.Provider == provider {
		return "", err
	}
	for _, e := range p.Earlier {
		if e.Provider == provider && (name == reference || e.Reference == reference) {
			return f.Replaced(name, e.Events[0].Record.Number)
		}
	}
	return "", nil
}
