package posting

import (
	"github.com/splitledger/splitledger/ledger"
)

// ofMovement makes the record one of the event's movement, if it has one. It refuses an event that tells what another event
// has told: the same part of the same movement. A confirmation tells what is in the books already, and may be one of many.
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
	if last != nil && PaymentOf(last) != p.ID {
		return refusal(DuplicateReference, "movement", "expected a movement of no other payment of %s, found %s, which event %s told of the payment %s (%s)",
			p.Provider, quote(e.Movement), quote(last.Keys[0].Name), quote(PaymentOf(last)), kind)
	}
	if first := p.tells(kind, e); first != nil && e.Type != PaymentConfirm {
		return refusal(DuplicateReference, "movement", "expected a new movement of %s, found %s, which event %s told (%s)",
			p.Provider, pieceOf(e.Movement, e.Part), quote(first.ID), kind)
	}
	k.key(key.Space, key.Name)
	return nil
}

// tells returns the event of the payment that told the same part of the same movement; nil if there is none.
func (p *Payment) tells(kind MovementKind, e *Event) *Event {
	for i := range p.Events {
		first := &p.Events[i].Event
		if first.Movement == e.Movement && first.Part == e.Part && first.ID != e.Waited && first.Type != PaymentConfirm && first.MovementKind() == kind {
			return first
		}
	}
	return nil
}

// A movementKey names a movement within its payment, in one currency.
type movementKey struct {
	kind     MovementKind
	movement string
	currency string
}

// telling returns what was told of the event's movement; without a movement a fresh one, as nothing was told before.
func (p *Payment) telling(e *Event, currency string) *telling {
	if e.Movement == "" {
		return new(telling)
	}
	t, _ := p.tellings.add(movementKey{e.MovementKind(), e.Movement, currency})
	return t
}

// rowed reports whether an event tells a row of one account.
func rowed(e *Event) bool {
	if e.Type == PaymentCapture {
		return e.Part != "" && len(e.Splits) == 1
	}
	return e.Account != ""
}
