// The check of a whole event, for those that are made by a program and not decoded from JSON.

package wire

import (
	"slices"

	"github.com/splitledger/splitledger/ledger"
)

// Validate reports the first thing about e that no ledger could accept: a field that is missing, not of
// its shape, or not of e's type. Decoded events are valid. The error is a [*ledger.Error].
func (e *Event) Validate() error {
	if err := e.validate(); err != nil {
		return err
	}
	return nil
}

// validate is Validate with the concrete type of the error: a nil pointer in an interface would be an error.
func (e *Event) validate() *ledger.Error {
	r := types[e.Type]
	if r == nil {
		return unknownType(e.Type)
	}
	given := e.given()
	if foreign := given &^ r.table.places; foreign != 0 {
		return foreignField(r, foreign)
	}
	return e.check(r, given)
}

// unknownType refuses an event whose type is not in the tables, or is left out.
func unknownType(t Type) *ledger.Error {
	found := "nothing"
	if t != "" {
		found = quote(string(t))
	}
	return in("type", expected("one of the types "+typeNames(), found))
}

// foreignField refuses fields at places that a type of event does not have. A struct of a type cannot have one; a wide
// event can.
func foreignField(r *row, places uint64) *ledger.Error {
	i := slices.IndexFunc(everyEventField, func(f field[Event]) bool { return f.place&places != 0 })
	return unknownField(r, everyEventField[i].name)
}

// unknownField refuses a field that a type of event does not have. Whoever gives the kind of an account again thinks
// that it can be changed, which a list of fields would not answer.
func unknownField(r *row, name string) *ledger.Error {
	if r.name == AccountUpdate && name == kindField.name {
		return in(name, expected("no kind: that of an account never changes (open another account)", "one"))
	}
	return r.table.unknown(name, string(r.name))
}

// check is Validate of an event that has no fields but those of its type. First each field alone, then what they say
// together, so that the message is about the simplest mistake.
func (e *Event) check(r *row, given uint64) *ledger.Error {
	if err := r.table.check(e, given); err != nil || r.check == nil {
		return err
	}
	return r.check(e)
}
