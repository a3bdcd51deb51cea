// The tables of this package say once what each field of an event is; reading, checking, writing, storing, comparing
// and documentation follow from that. A shape is one kind of value, a field is a value of a shape at a place of a
// struct, a table is the fields of an object, and an object is a shape again. The functions of a shape are made once,
// when the program starts, and take pointers, so that nothing is copied or looked up by reflection when events are
// read.

package wire

import (
	"fmt"
	"math/bits"
	"reflect"
	"slices"
	"strconv"

	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
)

// A shape is all there is to know of one kind of JSON value: how it is read, checked, written, stored in
// the journal, and compared. All but read are asked for values that are given only; which are, the object knows.
type shape[T any] struct {
	what   string                                 // for docs and messages: "1 to 64 characters"
	glance glance                                 // of strings: what suffices in place of check
	read   func(*jsonl.Scanner, *T) *ledger.Error // never to a value that is not given
	check  func(*T) *ledger.Error                 // what read did not check
	write  func([]byte, *T) []byte
	store  func(*encoder, *T)
	load   func(*decoder, *T)
	differ func(a, b *T) *Difference // nil where they are the same
}

// A field is a named place in S together with its shape.
type field[S any] struct {
	name     string
	place    uint64 // the bit of its place in S; the same for two fields that are the same place
	required bool
	common   bool // every event has it, wherever it stands in the table of its type
	doc      string

	// what, glance and the functions are those of the shape, bound to the place.
	what   string
	text   func(*S) *string // of strings: the place
	glance glance
	read   func(*jsonl.Scanner, *S) *ledger.Error
	check  func(*S) *ledger.Error
	write  func([]byte, *S) []byte
	store  func(*encoder, *S)
	load   func(*decoder, *S)
	differ func(a, b *S) *Difference
}

// at makes an optional field of the shape at a place in S.
func at[S, T any](name string, place func(*S) *T, is *shape[T], doc string) field[S] {
	text, _ := any(place).(func(*S) *string)
	return field[S]{
		name:   name,
		place:  placeOf(place),
		doc:    doc,
		what:   is.what,
		text:   text,
		glance: is.glance,
		read:   func(r *jsonl.Scanner, s *S) *ledger.Error { return is.read(r, place(s)) },
		check:  func(s *S) *ledger.Error { return is.check(place(s)) },
		write:  func(b []byte, s *S) []byte { return is.write(b, place(s)) },
		store:  func(e *encoder, s *S) { is.store(e, place(s)) },
		load:   func(d *decoder, s *S) { is.load(d, place(s)) },
		differ: func(a, b *S) *Difference { return is.differ(place(a), place(b)) },
	}
}

// placeOf returns the bit of a place in S: bit i is for the i-th that is declared there. A place stands for a field of
// the struct in bits, so a struct has 64 fields at most.
func placeOf[S, T any](place func(*S) *T) uint64 {
	// Only the addresses are compared: nothing is read from s.
	s := new(S)
	for i, in := 0, reflect.ValueOf(s).Elem(); i < in.NumField(); i++ {
		if in.Field(i).Addr().Pointer() == reflect.ValueOf(place(s)).Pointer() {
			return 1 << i
		}
	}
	panic(fmt.Sprintf("posting: a %T that is no field of %T", place(s), s))
}

// needed makes a field required.
func needed[S any](f field[S]) field[S] {
	f.required = true
	return f
}

// everywhere makes a field one that every event has.
func everywhere[S any](f field[S]) field[S] {
	f.common = true
	return f
}

// described gives a field other words.
func described[S any](f field[S], doc string) field[S] {
	f.doc = doc
	return f
}

// A table is the fields of an object.
type table[S any] struct {
	// In the order of JSON, comparison and storage.
	fields   []field[S]
	given    func(*S) uint64 // the places that are not zero
	json     *jsonl.Table[S] // how the fields are read
	places   uint64          // of the fields
	order    []uint64        // the same one by one; nil where the fields are in the order of their places
	required uint64          // bit i is set where the i-th field is
	old      int             // how many of the fields programs of format 1 know
	newer    bool            // they do not know the object
}

// newTable makes the table of fields of S, in their order in JSON and in storage. given says which places of S are
// not zero.
func newTable[S any](fields []field[S], given func(*S) uint64) *table[S] {
	t := &table[S]{fields: fields, given: given, old: fieldsOfFormat1[reflect.TypeFor[S]()]}
	var read []jsonl.Field[S]
	ordered := true
	for i := range fields {
		read = append(read, jsonl.Field[S]{Name: fields[i].name, Read: fields[i].read})
		t.order = append(t.order, fields[i].place)
		t.places |= fields[i].place
		t.required |= bit(i, fields[i].required)
		// Where the fields are in the order of their places, the bits of the places are those of the table, and
		// present has nothing to do.
		ordered = ordered && fields[i].place == 1<<i
	}
	t.json = jsonl.NewTable(read...)
	if ordered {
		t.order = nil
	}
	return t
}

// present returns which fields are at the places that are given: bit i for the i-th of the table. The order of a table
// may differ from that of the struct, as tables of types leave fields out.
func (t *table[S]) present(given uint64) uint64 {
	if t.order == nil {
		return given & t.places
	}
	var present uint64
	for i, place := range t.order {
		present |= bit(i, given&place != 0)
	}
	return present
}

// object is the shape of a JSON object with these fields; further, if not nil, checks what no field can
// say alone.
func object[S any](what string, t *table[S], further func(*S) *ledger.Error) *shape[S] {
	unknown := func(name string) (*jsonl.Table[S], *ledger.Error) { return nil, t.unknown(name, what) }
	return &shape[S]{
		what: what,
		read: func(r *jsonl.Scanner, s *S) *ledger.Error { return t.json.Read(r, s, what, unknown) },
		check: func(s *S) *ledger.Error {
			if err := t.check(s, t.given(s)); err != nil || further == nil {
				return err
			}
			return further(s)
		},
		write:  t.write,
		store:  t.store,
		load:   t.load,
		differ: t.differ,
	}
}

// unknown refuses a field that the table does not have; noun names the object. Most often the field is misspelt, or is
// of another type, so the message lists what there is.
func (t *table[S]) unknown(name, noun string) *ledger.Error {
	return in(name, expected("only the fields of "+noun+": "+fieldNames(t.fields), "the unknown field "+quote(name)))
}

// fieldNames lists fields for an error. In the order of the table, which is that of docs/events.md.
func fieldNames[S any](fields []field[S]) string {
	var b []byte
	for i := range fields {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, fields[i].name...)
	}
	return string(b)
}

// check checks the fields of s, in which so many places are given.
func (t *table[S]) check(s *S, given uint64) *ledger.Error {
	present := t.present(given)
	// Only the fields that are given or required are looked at, lowest bit first: most events have a few of their
	// fields.
	for left := present | t.required; left != 0; left &= left - 1 {
		f := &t.fields[bits.TrailingZeros64(left)]
		if left&-left&present == 0 {
			return in(f.name, expected(f.what, "nothing"))
		}
		if f.text != nil && f.glance.suffices(*f.text(s)) {
			continue
		}
		if err := f.check(s); err != nil {
			return in(f.name, err)
		}
	}
	return nil
}

// write appends the fields that are given as a JSON object, in the order of the table.
func (t *table[S]) write(b []byte, s *S) []byte {
	b = append(b, '{')
	present := t.present(t.given(s))
	for left := present; left != 0; left &= left - 1 {
		if left != present {
			b = append(b, ',')
		}
		f := &t.fields[bits.TrailingZeros64(left)]
		b = append(b, '"')
		b = append(b, f.name...)
		b = append(b, '"', ':')
		b = f.write(b, s)
	}
	return append(b, '}')
}

// store stores which fields are present, one bit each in the order of the table, and then those. A field costs its bit
// where it is not given, and no more.
func (t *table[S]) store(e *encoder, s *S) {
	present := t.present(t.given(s))
	// Programs of format 1 would take the content for damaged. The ledger refuses to open for them from then on.
	if t.newer || present>>t.old != 0 {
		e.Needs(format2)
	}
	e.Uint(present)
	for left := present; left != 0; left &= left - 1 {
		t.fields[bits.TrailingZeros64(left)].store(e, s)
	}
}

// load is the opposite of store. Fields that this program does not know are a failure: their values have no length, so
// what follows could not be read. Absent fields keep their zero, which is why s must be empty.
func (t *table[S]) load(d *decoder, s *S) {
	present := d.Uint()
	if present>>len(t.fields) != 0 {
		d.fail("field " + strconv.Itoa(len(t.fields)) + " or later of an object that has none")
		return
	}
	for left := present; left != 0; left &= left - 1 {
		t.fields[bits.TrailingZeros64(left)].load(d, s)
	}
}

// A Difference is the first place at which two values are not the same, both as JSON. It is for the message to a caller
// who used one id for two contents.
type Difference struct {
	Path string // of the field: "splits[1].amount.value"
	A, B string
}

// differ returns the first difference, in the order of the table.
func (t *table[S]) differ(a, b *S) *Difference { return t.differBut(a, b, 0) }

// differBut is differ but for some places. It is for fields that may change when an event is sent again, such as its
// source.
func (t *table[S]) differBut(a, b *S, places uint64) *Difference {
	inA, inB := t.present(t.given(a)&^places), t.present(t.given(b)&^places)
	for left := inA | inB; left != 0; left &= left - 1 {
		f, one := &t.fields[bits.TrailingZeros64(left)], left&-left
		if d := f.difference(a, b, inA&one != 0, inB&one != 0); d != nil {
			return d
		}
	}
	return nil
}

// difference returns how the field differs between a and b, in which it is given or not.
func (f *field[S]) difference(a, b *S, inA, inB bool) (d *Difference) {
	switch {
	case inA && inB:
		d = f.differ(a, b)
	case inA:
		d = &Difference{"", jsonl.Short(f.write(nil, a)), "nothing"}
	case inB:
		d = &Difference{"", "nothing", jsonl.Short(f.write(nil, b))}
	}
	if d != nil {
		d.Path = join(f.name, d.Path)
	}
	return d
}

// list is the shape of a JSON array of 1 to max elements.
func list[T any](what string, max int, is *shape[T]) *shape[[]T] {
	return &shape[[]T]{
		what: what,
		read: func(r *jsonl.Scanner, l *[]T) *ledger.Error { return readList(r, l, what, max, is) },
		check: func(l *[]T) *ledger.Error {
			if len(*l) > max {
				return expected(what, strconv.Itoa(len(*l)))
			}
			for i := range *l {
				if err := is.check(&(*l)[i]); err != nil {
					return in(index(i), err)
				}
			}
			return nil
		},
		write: func(b []byte, l *[]T) []byte {
			b = append(b, '[')
			for i := range *l {
				if i > 0 {
					b = append(b, ',')
				}
				b = is.write(b, &(*l)[i])
			}
			return append(b, ']')
		},
		store: func(e *encoder, l *[]T) {
			e.Uint(uint64(len(*l)))
			for i := range *l {
				is.store(e, &(*l)[i])
			}
		},
		load: func(d *decoder, l *[]T) {
			n := d.Uint()
			if n > uint64(max) {
				d.fail("a list of " + strconv.FormatUint(n, 10) + ", at most " + strconv.Itoa(max) + " are allowed")
				return
			}
			*l = slices.Grow((*l)[:0], int(n))[:n] // the decoder may give it memory that was used before
			clear(*l)
			for i := range *l {
				is.load(d, &(*l)[i])
			}
		},
		differ: func(a, b *[]T) *Difference {
			for i := range min(len(*a), len(*b)) {
				if d := is.differ(&(*a)[i], &(*b)[i]); d != nil {
					d.Path = join(index(i), d.Path)
					return d
				}
			}
			if n := min(len(*a), len(*b)); len(*a) > n {
				return &Difference{index(n), jsonl.Short(is.write(nil, &(*a)[n])), "nothing"}
			} else if len(*b) > n {
				return &Difference{index(n), "nothing", jsonl.Short(is.write(nil, &(*b)[n]))}
			}
			return nil
		},
	}
}

// readList reads an array that may not be empty: no list and an empty one would mean the same, and one spelling is
// enough.
func readList[T any](r *jsonl.Scanner, l *[]T, what string, max int, is *shape[T]) *ledger.Error {
	if err := readElements(r, l, what, max, is); err != nil {
		return err
	}
	if len(*l) == 0 {
		return expected(what+" (leave the field out for none)", "an empty array")
	}
	return nil
}

// readElements is readList of an array that may be empty.
func readElements[T any](r *jsonl.Scanner, l *[]T, what string, max int, is *shape[T]) *ledger.Error {
	if err := r.Open('[', what); err != nil {
		return err
	}
	// Most lists are short.
	*l = make([]T, 0, 4)
	for {
		if more, err := r.More(); err != nil {
			return in(index(len(*l)), err)
		} else if !more {
			break
		}
		if len(*l) == max {
			return expected(what, "more")
		}
		var zero T
		*l = append(*l, zero)
		if err := is.read(r, &(*l)[len(*l)-1]); err != nil {
			return in(index(len(*l)-1), err)
		}
	}
	return nil
}

// perhapsEmpty is the shape of a list that may also be empty, which then says that there is nothing any more.
func perhapsEmpty[T any](what string, max int, list *shape[[]T], one *shape[T]) *shape[[]T] {
	is := *list
	is.what = what
	is.read = func(r *jsonl.Scanner, l *[]T) *ledger.Error {
		if r.Space() != '[' {
			return list.read(r, l)
		}
		return readElements(r, l, what, max, one)
	}
	is.load = func(d *decoder, l *[]T) {
		if list.load(d, l); *l == nil {
			*l = []T{}
		}
	}
	return &is
}

// bit returns bit i if it is set.
// It is written so that the compiler makes no jump of it: given calls it for each field of each event.
func bit(i int, set bool) uint64 {
	var b uint64
	if set {
		b = 1
	}
	return b << i
}
