package posting

import (
	"github.com/splitledger/splitledger/ledger"
)

// differ returns the first field, in the order of the table, in which two events differ. Values are
// compared, not their spelling: 40000 is "40000", and one instant is another at a different offset.
func differ(a, b *Event) *difference {
	if a.Type != b.Type {
		return &difference{"type", quote(string(a.Type)), quote(string(b.Type))}
	}
	r := types[a.Type]
	if r == nil {
		return nil
	}
	return r.table.differBut(a, b, notCompared(a, b))
}

// notCompared are the places of two events of a type that may differ: where a fact comes from, and when a movement of a provider happened,
// which one report tells to the second and another to the day.
func notCompared(a, b *Event) uint64 {
	places := sourceField.place
	if a.Movement != "" && b.Movement != "" {
		places |= commonFields[2].place
	}
	return places
}

// conflict refuses an event whose id was used for another content.
func conflict(first, second *Event) *ledger.Error {
	d := differ(first, second)
	if d == nil {
		return nil
	}
	return refusal(IdempotencyConflict, d.path, "expected the content that id %s had the first time, %s, found %s", quote(first.ID), d.a, d.b)
}
