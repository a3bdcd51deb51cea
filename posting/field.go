package posting

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/splitledger/splitledger/ledger"
)

// A shape is all there is to know of one kind of JSON value: how it is read, checked, written, stored in
// the journal, and compared. A value is absent if it is zero; read never leaves it so.
type shape[T any] struct {
	what   string // for docs and messages: "1 to 64 characters"
	absent func(*T) bool
	read   func(*scanner, *T) *ledger.Error
	check  func(*T) *ledger.Error // what read did not check
	write  func([]byte, *T) []byte
	store  func(*encoder, *T)
	load   func(*decoder, *T)
	differ func(a, b *T) *difference // nil where they are the same
}

// A field is a named place in S together with its shape.
type field[S any] struct {
	name     string
	place    string // the same for two fields that are the same place in S
	required bool
	doc      string

	what   string
	absent func(*S) bool
	read   func(*scanner, *S) *ledger.Error
	check  func(*S) *ledger.Error
	write  func([]byte, *S) []byte
	store  func(*encoder, *S)
	load   func(*decoder, *S)
	differ func(a, b *S) *difference
}

// at makes an optional field of the shape at a place in S.
func at[S, T any](name string, place func(*S) *T, is *shape[T], doc string) field[S] {
	return field[S]{
		name:   name,
		place:  fmt.Sprintf("%s %T", name, new(T)),
		doc:    doc,
		what:   is.what,
		absent: func(s *S) bool { return is.absent(place(s)) },
		read:   func(r *scanner, s *S) *ledger.Error { return is.read(r, place(s)) },
		check:  func(s *S) *ledger.Error { return is.check(place(s)) },
		write:  func(b []byte, s *S) []byte { return is.write(b, place(s)) },
		store:  func(e *encoder, s *S) { is.store(e, place(s)) },
		load:   func(d *decoder, s *S) { is.load(d, place(s)) },
		differ: func(a, b *S) *difference { return is.differ(place(a), place(b)) },
	}
}

// needed makes a field required.
func needed[S any](f field[S]) field[S] {
	f.required = true
	return f
}

// described gives a field other words.
func described[S any](f field[S], doc string) field[S] {
	f.doc = doc
	return f
}

// object is the shape of a JSON object with these fields; further, if not nil, checks what no field can
// tell alone.
func object[S any](what string, fields []field[S], further func(*S) *ledger.Error) *shape[S] {
	find := func(name string) ([]field[S], int, *ledger.Error) { return findField(fields, name, what) }
	return &shape[S]{
		what: what,
		absent: func(s *S) bool {
			for i := range fields {
				if !fields[i].absent(s) {
					return false
				}
			}
			return true
		},
		read: func(r *scanner, s *S) *ledger.Error { return readFields(r, s, what, find) },
		check: func(s *S) *ledger.Error {
			if err := checkFields(s, fields); err != nil || further == nil {
				return err
			}
			return further(s)
		},
		write:  func(b []byte, s *S) []byte { return appendFields(b, s, fields) },
		store:  func(e *encoder, s *S) { storeFields(e, s, fields) },
		load:   func(d *decoder, s *S) { loadFields(d, s, fields) },
		differ: func(a, b *S) *difference { return differFields(a, b, fields) },
	}
}

// findField finds the field of a name; noun names the object in the error.
func findField[S any](fields []field[S], name, noun string) ([]field[S], int, *ledger.Error) {
	for i := range fields {
		if fields[i].name == name {
			return fields, i, nil
		}
	}
	err := expected("only the fields of "+noun+": "+fieldNames(fields), "the unknown field "+quote(name))
	return nil, 0, in(name, err)
}

// fieldNames lists fields for an error.
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

// readFields reads a JSON object; find says which field of which list a name is.
func readFields[S any](r *scanner, s *S, what string, find func(name string) ([]field[S], int, *ledger.Error)) *ledger.Error {
	if err := r.open('{', what); err != nil {
		return err
	}
	var seen uint64
	for {
		name, more, err := r.name()
		if err != nil || !more {
			return err
		}
		fields, i, err := find(name)
		if err != nil {
			return err
		}
		if seen&(1<<i) != 0 {
			return in(name, twice(name))
		}
		seen |= 1 << i
		if err := fields[i].read(r, s); err != nil {
			return in(name, err)
		}
	}
}

// twice refuses a name that was in the object already.
func twice(name string) *ledger.Error {
	return expected("each field once", quote(name)+" a second time")
}

func checkFields[S any](s *S, fields []field[S]) *ledger.Error {
	for i := range fields {
		f := &fields[i]
		if f.absent(s) {
			if f.required {
				return in(f.name, expected(f.what, "nothing"))
			}
			continue
		}
		if err := f.check(s); err != nil {
			return in(f.name, err)
		}
	}
	return nil
}

func appendFields[S any](b []byte, s *S, fields []field[S]) []byte {
	b = append(b, '{')
	first := true
	for i := range fields {
		f := &fields[i]
		if f.absent(s) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, '"')
		b = append(b, f.name...)
		b = append(b, '"', ':')
		b = f.write(b, s)
	}
	return append(b, '}')
}

// storeFields stores which fields are present, one bit each in the order of the table, and then those.
func storeFields[S any](e *encoder, s *S, fields []field[S]) {
	var present uint64
	for i := range fields {
		if !fields[i].absent(s) {
			present |= 1 << i
		}
	}
	e.Uint(present)
	for i := range fields {
		if present&(1<<i) != 0 {
			fields[i].store(e, s)
		}
	}
}

func loadFields[S any](d *decoder, s *S, fields []field[S]) {
	present := d.Uint()
	if present>>len(fields) != 0 {
		d.fail("field " + strconv.Itoa(len(fields)) + " or later of an object that has none")
		return
	}
	for i := range fields {
		if present&(1<<i) != 0 {
			fields[i].load(d, s)
		}
	}
}

// A difference is the first place at which two values are not the same, both as JSON.
type difference struct {
	path string
	a, b string
}

func differFields[S any](a, b *S, fields []field[S]) *difference {
	for i := range fields {
		f := &fields[i]
		var d *difference
		switch inA, inB := !f.absent(a), !f.absent(b); {
		case inA && inB:
			d = f.differ(a, b)
		case inA:
			d = &difference{"", short(f.write(nil, a)), "nothing"}
		case inB:
			d = &difference{"", "nothing", short(f.write(nil, b))}
		}
		if d != nil {
			d.path = join(f.name, d.path)
			return d
		}
	}
	return nil
}

// list is the shape of a JSON array of 1 to max elements.
func list[T any](what string, max int, is *shape[T]) *shape[[]T] {
	return &shape[[]T]{
		what:   what,
		absent: func(l *[]T) bool { return len(*l) == 0 },
		read:   func(r *scanner, l *[]T) *ledger.Error { return readList(r, l, what, max, is) },
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
		differ: func(a, b *[]T) *difference {
			for i := range min(len(*a), len(*b)) {
				if d := is.differ(&(*a)[i], &(*b)[i]); d != nil {
					d.path = join(index(i), d.path)
					return d
				}
			}
			if n := min(len(*a), len(*b)); len(*a) > n {
				return &difference{index(n), short(is.write(nil, &(*a)[n])), "nothing"}
			} else if len(*b) > n {
				return &difference{index(n), "nothing", short(is.write(nil, &(*b)[n]))}
			}
			return nil
		},
	}
}

func readList[T any](r *scanner, l *[]T, what string, max int, is *shape[T]) *ledger.Error {
	if err := r.open('[', what); err != nil {
		return err
	}
	*l = make([]T, 0, 4)
	for {
		if more, err := r.more(); err != nil {
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
	if len(*l) == 0 {
		return expected(what+" (leave the field out for none)", "an empty array")
	}
	return nil
}

// index returns "[i]".
func index(i int) string { return "[" + strconv.Itoa(i) + "]" }
