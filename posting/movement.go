// Movements: what a provider did, under a reference of its own. The same movement may be reported by a webhook, a
// report and the platform; here is decided what is new of it.

package posting

import (
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// ofMovement makes the record one of the event's movement, if it has one. It refuses an event that reports what another
// event has reported: the same part of the same movement. A confirmation reports what is in the books already, and may
// be one of many.
func (k *booking) ofMovement(p *Payment) error {
	e := k.event
	kind := e.MovementKind()
	if e.Movement == "" || kind == "" {
		return nil
	}
	key := ledger.Key{Space: KeyMovement, Name: movementName(p.Provider, kind, e.Movement)}
	last, err := k.books.Last(key)
	if err != nil {
		return err
	}
	// A provider's reference is unique, so another payment with it is a mistake of the caller, or of a mapping.
	if last != nil && PaymentOf(last) != p.ID {
		return refusal(DuplicateReference, "movement",
			"expected a movement of no other payment of %s, found %s, which event %s told of the payment %s (%s)",
			p.Provider, quote(e.Movement), quote(last.Keys[0].Name), quote(PaymentOf(last)), kind)
	}
	if first := p.reportedBy(kind, e); first != nil && e.Type != PaymentConfirm {
		return refusal(DuplicateReference, "movement",
			"expected a new movement of %s, found %s, which event %s told (%s)",
			p.Provider, pieceOf(e.Movement, e.Part), quote(first.ID), kind)
	}
	k.key(key.Space, key.Name)
	return nil
}

// reportedBy returns the event of the payment that reported the same part of the same movement; nil if there is none.
func (p *Payment) reportedBy(kind MovementKind, e *Event) *Event {
	for i := range p.Events {
		first := &p.Events[i].Event
		if first.Movement == e.Movement && first.Part == e.Part && first.ID != e.Waited &&
			first.Type != PaymentConfirm && first.MovementKind() == kind {
			return first
		}
	}
	return nil
}

// reportedOf returns what was reported of the event's movement; without a movement a fresh one, as nothing was reported
// before.
func (p *Payment) reportedOf(e *Event, currency string) *reportedSum {
	if e.Movement == "" {
		return new(reportedSum)
	}
	// The sum is kept with the payment, by kind, reference and currency.
	t, _ := p.reported.add(movementKey{e.MovementKind(), e.Movement, currency})
	return t
}

// newMovement makes the record one of a movement, if there is one. It refuses an event that reports the same part of
// the movement as an event before. A payout's request and what became of it are two reports of one movement.
func (k *booking) newMovement(kind MovementKind, provider, movement string) error {
	if movement == "" {
		return nil
	}
	records, err := k.books.Group(ledger.Key{Space: KeyMovement, Name: movementName(provider, kind, movement)})
	if err != nil {
		return err
	}
	e := k.event
	for _, rec := range records {
		content, err := wire.Read(rec)
		if err != nil {
			return err
		}
		first := content.Event
		switch {
		case first.Part != e.Part, first.Movement == "": // another part, or it has the movement by its name alone
			continue
		case first.Type == PayoutRequest && e.Type != PayoutRequest && first.Payout == e.Payout:
			continue
		}
		return refusal(DuplicateReference, "movement",
			"expected a new movement of %s, found %s, which event %s told (%s)",
			provider, pieceOf(movement, e.Part), quote(first.ID), kind)
	}
	k.key(KeyMovement, movementName(provider, kind, movement))
	return nil
}

// namedMovement makes the record one of the movement that has the name of a transfer or payout, which may be the
// provider's own reference of it: a provider that reports it by that finds it so.
func (k *booking) namedMovement(kind MovementKind, provider, name string) {
	if provider != "" && name != "" {
		k.key(KeyMovement, movementName(provider, kind, name))
	}
}

// pieceOf names a movement, or a part of it.
func pieceOf(movement, part string) string {
	if part == "" {
		return quote(movement)
	}
	return quote(movement) + ", part " + quote(part)
}

// reportedBefore is [Payment.reportedOf] for the rules, which change nothing of the payment.
func (p *Payment) reportedBefore(e *Event, currency string) reportedSum {
	if t := p.reported.find(movementKey{e.MovementKind(), e.Movement, currency}); t != nil && e.Movement != "" {
		return *t
	}
	return reportedSum{}
}
