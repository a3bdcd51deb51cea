// How two events are compared, to tell a repeated event from another one under the same id.

package wire

// Differ returns the first field, in the order of the table, in which two events differ; nil where they are the same.
// Values are compared, not their spelling: 40000 is "40000", and one instant is another at a different offset.
func (e *Event) Differ(b *Event) *Difference {
	if e.Type != b.Type {
		return &Difference{"type", quote(string(e.Type)), quote(string(b.Type))}
	}
	r := types[e.Type]
	if r == nil {
		return nil
	}
	return r.table.differBut(e, b, notCompared(e, b))
}

// notCompared are the places of two events of a type that may differ: where a fact comes from, and when a movement of
// a provider happened, which one report has to the second and another to the day.
func notCompared(a, b *Event) uint64 {
	places := sourceField.place
	if a.Movement != "" && b.Movement != "" {
		places |= commonFields[2].place
	}
	return places
}

// Equal reports whether a and b have the same content, as it is compared where an id comes a second time.
func (e *Event) Equal(b *Event) bool { return e.Differ(b) == nil }

// ofPayment are the fields that say what a payment is. The events that may make one have them.
var ofPayment = [...]*field[Event]{
	&providerField, &merchantField, &policyField, &chargebackPolicyField, &referenceField, &providerRef,
	&attributesField,
}

// DifferOfPayment returns the first field that says what a payment is and that b gives in another way than e, which
// made the payment. Fields that b does not give are the payment's.
func (e *Event) DifferOfPayment(b *Event) *Difference {
	inE, inB := e.given(), b.given()
	for _, f := range ofPayment {
		if inB&f.place == 0 {
			continue
		}
		if d := f.difference(e, b, inE&f.place != 0, true); d != nil {
			return d
		}
	}
	return nil
}
