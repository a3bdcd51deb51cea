// Events in words, for docs/events.md and for the program that writes posting/event_structs.go.

package wire

import (
	"math/bits"
	"reflect"
	"slices"
)

// A Description is what a type of event is and has, in words: for documentation, and for programs that write code.
type Description struct {
	Type   Type
	Doc    string
	Fields []FieldDescription // besides those of every event, see [Common]
}

// A FieldDescription is what one field of a JSON object is, in words.
type FieldDescription struct {
	Name     string // in JSON: "refund"
	Place    string // of the field of the Go struct: "RefundPolicy"
	Required bool
	Doc      string // what it is: "how much"
	Form     string // what its value looks like: "a string of 1 to 128 characters"
}

// Describe returns the types of events, in the order of docs/events.md. It is made from the tables, so documentation
// cannot fall behind.
func Describe() []Description {
	list := make([]Description, len(rows))
	for i, r := range rows {
		own := slices.DeleteFunc(slices.Clone(r.fields[len(commonFields):]),
			func(f field[Event]) bool { return f.common })
		list[i] = Description{r.name, r.doc, describe(own)}
	}
	return list
}

// Common returns the fields of every event. Some types say of metadata what they are of.
func Common() []FieldDescription {
	return describe(slices.Concat(commonFields, []field[Event]{descriptionField, notesField}))
}

// Objects returns the fields of the objects that events have, by their names: "split", "fee", "refund policy", "route",
// "chargeback policy", "posting", "outcome", "share" and "reported fee" (of an outcome), "source", "attributes",
// "condition", "rule's fee split".
func Objects() map[string][]FieldDescription {
	return map[string][]FieldDescription{
		"split": describe(splitFields), "fee": describe(feeFields), "refund policy": describe(policyFields),
		"route": describe(routeFields), "chargeback policy": describe(chargebackFields), "posting": describe(legFields),
		"outcome": describe(outcomeFields), "share": describe(shareFields),
		"reported fee": describe(reportedFeeFields), "source": describe(sourceFields),
		"attributes": describe(attributeFields), "condition": describe(conditionFields),
		"rule's fee split": describe(ruleSplitFields),
	}
}

// describe puts the fields of a table into words. The name of the Go field comes from its place, because the tables
// name fields by functions that return their address.
func describe[S any](fields []field[S]) []FieldDescription {
	list := make([]FieldDescription, len(fields))
	for i, f := range fields {
		place := reflect.TypeFor[S]().Field(bits.TrailingZeros64(f.place)).Name
		list[i] = FieldDescription{f.name, place, f.required, f.doc, f.what}
	}
	return list
}

// Has reports whether the type has a field of that name in JSON. It is for programs that fill in a field only where the
// type has it.
func (d *Description) Has(name string) bool {
	return slices.ContainsFunc(d.Fields, func(f FieldDescription) bool { return f.Name == name })
}
