// Tables of the fields of objects, by which events and records are read.

package jsonl

import (
	"math/bits"
	"slices"

	"github.com/splitledger/splitledger/ledger"
)

// A Field is a named part of an object, and how it is read into an S. Without Needed the field may be left out, and its
// place keeps its zero.
type Field[S any] struct {
	Name   string
	Read   func(*Scanner, *S) *ledger.Error
	Needed bool
}

// A Table is the fields of an object, 64 at most. 64, because which of them were seen is kept in the bits of one word.
type Table[S any] struct {
	fields []Field[S]
	quoted []string // the names as JSON has them, with quotes and colon
	needed uint64   // bit i is set where the i-th field is
}

// NewTable makes a table of fields in the order in which they stand in nearly all lines.
func NewTable[S any](fields ...Field[S]) *Table[S] {
	t := &Table[S]{fields: fields}
	for i, f := range fields {
		t.quoted = append(t.quoted, `"`+f.Name+`":`)
		if f.Needed {
			t.needed |= 1 << i
		}
	}
	return t
}

// Needs reports whether there is an object without some field. An object without any is good when it is empty.
func (t *Table[S]) Needs() bool { return t.needed != 0 }

// find returns the index of the field of a name, -1 if there is none. It is for names out of the usual order only, so a
// search in a row is good enough.
func (t *Table[S]) find(name string) int {
	return slices.IndexFunc(t.fields, func(f Field[S]) bool { return f.Name == name })
}

// Read reads a JSON object with the fields of t. Another field is unknown, or makes it known that the object has more
// fields: those of another table, which begins with the fields of t. The usual order costs one comparison for each
// field; any other order is found by a search. A name that comes twice is refused, because readers disagree about which
// of both counts.
func (t *Table[S]) Read(
	r *Scanner, s *S, what string, unknown func(name string) (*Table[S], *ledger.Error),
) *ledger.Error {
	if err := r.Open('{', what); err != nil {
		return err
	}
	var seen uint64
	for i := 0; ; i++ {
		at, ok := r.expect(t.quoted, i)
		if !ok {
			name, more, err := r.Name()
			if err != nil {
				return err
			}
			if !more {
				return t.lacks(t.needed &^ seen)
			}
			for at = t.find(name); at < 0; at = t.find(name) {
				if t, err = unknown(name); err != nil {
					return err
				}
			}
		}
		// The search for the next name begins behind this one, where it stands if the line is in the usual order.
		i = at
		if seen&(1<<i) != 0 {
			return In(t.fields[i].Name, Twice(t.fields[i].Name))
		}
		seen |= 1 << i
		if err := t.fields[i].Read(r, s); err != nil {
			return In(t.fields[i].Name, err)
		}
	}
}

// lacks refuses an object without some of its fields. The message names the first of them, in the order of the table.
func (t *Table[S]) lacks(fields uint64) *ledger.Error {
	if fields == 0 {
		return nil
	}
	return In(t.fields[bits.TrailingZeros64(fields)].Name, Expected("a value", "nothing"))
}

// Twice refuses a name that was in the object already. Readers of JSON disagree about which of two values counts.
func Twice(name string) *ledger.Error {
	return Expected("each field once", Quote(name)+" a second time")
}
