package posting

import (
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// KeyMovement is the key space of a provider's movements: every event that tells one has the key "provider/kind/movement".
const KeyMovement byte = 'm'

// movementName is the name of a movement in [KeyMovement].
func movementName(provider string, kind MovementKind, movement string) string {
	return provider + "/" + string(kind) + "/" + movement
}

// Movement returns the records of the events that told a movement of a provider, oldest first; none if nothing told it.
func (b *Book) Movement(provider string, kind MovementKind, movement string) ([]*ledger.Record, error) {
	return b.ledger.Group(ledger.Key{Space: KeyMovement, Name: movementName(provider, kind, movement)})
}

// Movement is [Book.Movement].
func (f *Finder) Movement(provider string, kind MovementKind, movement string) ([]*ledger.Record, error) {
	return f.books.Group(ledger.Key{Space: KeyMovement, Name: movementName(provider, kind, movement)})
}

// newMovement makes the record one of a movement, if there is one. It refuses an event that tells the same part of the movement
// as an event before. A payout's request and what became of it are two tellings of one movement.
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
		came, err := wire.Read(rec)
		if err != nil {
			return err
		}
		first := came.Event
		switch {
		case first.Part != e.Part, first.Movement == "": // another part, or it has the movement by its name alone
			continue
		case first.Type == PayoutRequest && e.Type != PayoutRequest && first.Payout == e.Payout:
			continue
		}
		return refusal(DuplicateReference, "movement", "expected a new movement of %s, found %s, which event %s told (%s)",
			provider, pieceOf(movement, e.Part), quote(first.ID), kind)
	}
	k.key(KeyMovement, movementName(provider, kind, movement))
	return nil
}

// namedMovement makes the record one of the movement that has the name of a transfer or payout, which may be the provider's own
// reference of it: a provider that tells it by that finds it so.
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
