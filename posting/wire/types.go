// What a type of event is in the tables.

package wire

import (
	"strings"

	"github.com/splitledger/splitledger/ledger"
)

// A row says all there is to know of one type of event. The order of its fields is that of JSON, of comparison and of
// storage: append, never insert.
type row struct {
	name   Type
	doc    string
	fields []field[Event]
	check  func(*Event) *ledger.Error // what no field says alone; may be nil

	// table has all fields, for JSON and comparison; register.go fills it and content in.
	table   *table[Event]
	content *table[Event] // the fields that are stored
}

// stored is how many fields come before those that are stored as content: id and type.
const stored = 2

// types has the rows by name.
var types = map[Type]*row{}

// rows has every type of event, in the order of docs/events.md. It is filled in init because reading a type reads it.
var rows []*row

// Known reports whether there is a type of event of that name.
func Known(name string) bool { return types[Type(name)] != nil }

// typeNames lists the event types for an error. In the order of docs/events.md.
func typeNames() string {
	var names []string
	for _, r := range rows {
		names = append(names, string(r.name))
	}
	return strings.Join(names, ", ")
}
