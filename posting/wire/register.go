// The start of the package: all tables are made once, before any event is read.

package wire

import "slices"

// contentTable is the table of the fields that are stored of a type of event. Id and type are left out: the record has
// them at another place.
func contentTable(r *row) *table[Event] {
	t := newTable(r.fields[stored:], (*Event).given)
	known, old := eventsOfFormat1[r.name]
	if t.newer = !old; old {
		t.old = commonFieldsOfFormat1 + known
	}
	return t
}

// init makes the tables of all types. They are not made where the rows are declared, because the shape of an event's
// type lists all types, which would be a cycle of initialisation.
func init() {
	scheduledEvent.check = checkScheduled
	rows = slices.Concat(accountTypes, paymentTypes, afterTypes, moneyTypes, timeTypes)
	for _, r := range rows {
		// The capacity is cut so that each type gets a list of its own.
		r.fields = append(commonFields[:len(commonFields):len(commonFields)], r.fields...)
		r.table, r.content = newTable(r.fields, (*Event).given), contentTable(r)
		types[r.name] = r
	}
}
