package jsonl

import (
	"slices"

	"github.com/splitledger/splitledger/ledger"
)

// A Table is the fields of an object, by which it is read into an S.
type Table[S any] struct {
	names  []string
	quoted []string // the names as JSON has them, with quotes and colon
	read   []func(*Scanner, *S) *ledger.Error
}

// Add adds a field, of 64 at most. In nearly all lines the fields stand in the order in which they are added.
func (t *Table[S]) Add(name string, read func(*Scanner, *S) *ledger.Error) {
	t.names, t.quoted, t.read = append(t.names, name), append(t.quoted, `"`+name+`":`), append(t.read, read)
}

// Read reads a JSON object with the fields of t. Another field is unknown, or makes it known that the object has more
// fields: those of another table, which begins with the fields of t.
func (t *Table[S]) Read(r *Scanner, s *S, what string, unknown func(name string) (*Table[S], *ledger.Error)) *ledger.Error {
	if err := r.Open('{', what); err != nil {
		return err
	}
	var seen uint64
	for i := 0; ; i++ {
		at, ok := r.expect(t.quoted, i)
		if !ok {
			name, more, err := r.Name()
			if err != nil || !more {
				return err
			}
			for at = slices.Index(t.names, name); at < 0; at = slices.Index(t.names, name) {
				if t, err = unknown(name); err != nil {
					return err
				}
			}
		}
		i = at
		if seen&(1<<i) != 0 {
			return In(t.names[i], Twice(t.names[i]))
		}
		seen |= 1 << i
		if err := t.read[i](r, s); err != nil {
			return In(t.names[i], err)
		}
	}
}

// Twice refuses a name that was in the object already.
func Twice(name string) *ledger.Error {
	return Expected("each field once", Quote(name)+" a second time")
}
