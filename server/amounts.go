package server

import (
	"bytes"
	"reflect"
	"strings"
	"sync"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// Amounts are whole numbers of any size in JSON. Clients that read all numbers as doubles would round large ones, and so
// may ask for texts, by Prefer: amounts=string. The answer is made as for all, and its amounts are then put into quotes:
// where they are, the answer's type says.

// An amountsIn says where amounts are in a value's JSON. Nil has none.
type amountsIn struct {
	amount  bool                  // it is one
	members map[string]*amountsIn // of an object
	each    *amountsIn            // of the elements of a list, or all members of an object
	event   bool                  // an event: amounts are known by their names
}

// ofEvents are the names that amounts have in events, at any depth. Numbers of other names count something.
var ofEvents = map[string]*amountsIn{"value": {amount: true}, "flat": {amount: true}, "min": {amount: true}, "max": {amount: true},
	"minAmount": {amount: true}, "maxAmount": {amount: true}}

// amountsKnown are those of types that were asked for.
var amountsKnown struct {
	sync.Mutex
	of map[reflect.Type]*amountsIn
}

// amountsOf says where amounts are in a type.
func amountsOf(t reflect.Type) *amountsIn {
	amountsKnown.Lock()
	defer amountsKnown.Unlock()
	if amountsKnown.of == nil {
		amountsKnown.of = map[reflect.Type]*amountsIn{
			typeOf[query.Minor]():   {amount: true},
			typeOf[money.Int]():     {amount: true},
			typeOf[money.Amount]():  {members: map[string]*amountsIn{"value": {amount: true}}},
			typeOf[posting.Event](): {event: true},
		}
	}
	return findAmounts(t)
}

// findAmounts is amountsOf with the lock.
func findAmounts(t reflect.Type) *amountsIn {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if known, ok := amountsKnown.of[t]; ok {
		return known
	}
	s := &amountsIn{}
	amountsKnown.of[t] = s // before its parts, which may have it
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map:
		s.each = findAmounts(t.Elem())
	case reflect.Struct:
		s.members = map[string]*amountsIn{}
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.IsExported() || f.Anonymous && name == "" || name == "-" {
				continue
			}
			if name == "" {
				name = f.Name
			}
			s.members[name] = findAmounts(f.Type)
		}
	}
	return s
}

// amountsAsText reports whether the client wants amounts as texts.
func (c *call) amountsAsText() bool { return c.prefers("amounts") == "string" }

// amountsAsText puts the amounts in the JSON of a value of a type into quotes.
func amountsAsText(body []byte, of reflect.Type) []byte {
	q := quoter{in: body, out: make([]byte, 0, len(body)+len(body)/8)}
	q.value(amountsOf(of))
	return append(q.out, q.in...)
}

// A quoter copies JSON, which was made here and so is well formed.
type quoter struct {
	in  []byte // left
	out []byte
}

// take copies so many bytes.
func (q *quoter) take(n int) {
	q.out, q.in = append(q.out, q.in[:n]...), q.in[n:]
}

// space copies what is between two tokens.
func (q *quoter) space() {
	q.take(len(q.in) - len(bytes.TrimLeft(q.in, " \t\r\n,:")))
}

// text copies a string, and returns what is between its quotes.
func (q *quoter) text() []byte {
	n := 1
	for ; q.in[n] != '"'; n++ {
		if q.in[n] == '\\' {
			n++
		}
	}
	s := q.in[1:n]
	q.take(n + 1)
	return s
}

// value copies a value.
func (q *quoter) value(s *amountsIn) {
	q.space()
	switch q.in[0] {
	case '{':
		for q.take(1); ; {
			if q.space(); q.in[0] == '}' {
				break
			}
			name := string(q.text())
			q.value(s.member(name))
		}
		q.take(1)
	case '[':
		for q.take(1); ; {
			if q.space(); q.in[0] == ']' {
				break
			}
			q.value(s.element())
		}
		q.take(1)
	case '"':
		q.text()
	default:
		n := 0
		for n < len(q.in) && !bytes.ContainsRune([]byte(",]} \t\r\n"), rune(q.in[n])) {
			n++
		}
		if c := q.in[0]; s != nil && s.amount && (c == '-' || c >= '0' && c <= '9') {
			q.out = append(q.out, '"')
			q.take(n)
			q.out = append(q.out, '"')
			return
		}
		q.take(n)
	}
}

// member is that of a member of an object.
func (s *amountsIn) member(name string) *amountsIn {
	switch {
	case s == nil:
		return nil
	case s.event && ofEvents[name] != nil:
		return ofEvents[name]
	case s.event:
		return s
	case s.each != nil:
		return s.each
	}
	return s.members[name]
}

// element is that of an element of a list.
func (s *amountsIn) element() *amountsIn {
	if s == nil || s.event {
		return s
	}
	return s.each
}
