// Events as JSON. The reader is strict, because a field that is silently ignored is money on the wrong account.

package wire

import (
	"strconv"
	"sync"

	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
)

// MaxLine is how many bytes an event may have as JSON. It is enough for an event of 5,000 splits.
const MaxLine = 1 << 20

// Decode reads an event from one line: a JSON object and nothing else. Fields that the event's type does
// not have, a field given twice, null, empty strings and arrays, numbers that are not whole and whatever
// else docs/events.md does not allow are refused, nothing is rounded or guessed. Whether the books allow
// the event is for [Book.Post] to say.
//
// The error is a [*ledger.Error] of code invalid (duplicate_reference for two splits of one reference),
// with the path of the field.
func Decode(line []byte) (Event, error) {
	var e Event
	if err := DecodeTo(&e, line); err != nil {
		return Event{}, err
	}
	return e, nil
}

// DecodeTo is [Decode] to a place at hand, which must be zero, and may be anything after an error.
func DecodeTo(e *Event, line []byte) error {
	if len(line) > MaxLine {
		return tooLong(len(line))
	}
	if _, err := decode(e, string(line), true); err != nil {
		return err
	}
	return nil
}

// DecodeFirst is DecodeTo of the event that text begins with, of which its strings are parts. It returns what is behind
// the event.
func DecodeFirst(e *Event, text string) (rest string, err error) {
	rest, refused := decode(e, text, false)
	if n := len(text) - len(rest); refused == nil && n > MaxLine {
		refused = tooLong(n)
	}
	if refused != nil {
		return "", refused
	}
	return rest, nil
}

// tooLong refuses a line of so many bytes.
func tooLong(bytes int) *ledger.Error {
	return expected("a line of at most "+strconv.Itoa(MaxLine)+" bytes", strconv.Itoa(bytes))
}

// decode reads an event, behind which there may be more unless it is alone: that is returned.
func decode(e *Event, text string, alone bool) (rest string, err *ledger.Error) {
	r := scanners.Get().(*jsonl.Scanner)
	r.Reset(text)
	if err = readEvent(r, e); err == nil && alone {
		err = r.End()
	}
	rest = r.Rest()
	r.Reset("")
	scanners.Put(r)
	if err != nil {
		return "", err
	}
	e.completeSplits()
	of := types[e.Type]
	if of == nil { // so there was no field but common ones
		return "", unknownType(e.Type)
	}
	return rest, e.check(of, e.given())
}

// completeSplits gives the splits that leave their currency out that of the event. Only at its end that is known, as it
// may stand behind the splits.
func (e *Event) completeSplits() {
	for i := range e.Splits {
		if s := &e.Splits[i]; s.Amount.Currency() == unsaid {
			s.Amount = withCurrency(s.Amount, e.Amount.Currency())
		}
	}
}

// scanners are used again, because each has a buffer for strings with escapes.
var scanners = sync.Pool{New: func() any { return new(jsonl.Scanner) }}

// readEvent reads an event. Which fields it has depends on its type, so if that does not come first, it is
// looked for.
func readEvent(r *jsonl.Scanner, e *Event) *ledger.Error {
	var own *table[Event] // of the event's type
	return commonTable.json.Read(r, e, "an event as a JSON object",
		func(name string) (*jsonl.Table[Event], *ledger.Error) {
			if own != nil {
				return nil, unknownField(types[e.Type], name)
			}
			if e.Type == "" {
				if err := findType(r, e); err != nil {
					return nil, err
				}
			}
			own = types[e.Type].table
			return own.json, nil
		})
}

// findType reads the rest of the line for the type only. The value of a field follows here. The fields in between are
// looked at twice, so writers should put the type first.
func findType(r *jsonl.Scanner, e *Event) *ledger.Error {
	ahead := *r
	for {
		if err := ahead.SkipValue(); err != nil {
			return err
		}
		name, more, err := ahead.Name()
		if err != nil {
			return err
		}
		if !more {
			return in("type", expected(typeField.what, "nothing"))
		}
		if name == typeField.name {
			if err := typeField.read(&ahead, e); err != nil {
				return in(name, err)
			}
			return nil
		}
	}
}

// AppendJSON appends e as JSON, the fields in the order of docs/events.md and only those that are given: what [Decode]
// reads. It does not check the event: one that is not valid may come out as JSON that Decode refuses.
func (e *Event) AppendJSON(b []byte) []byte {
	t := commonTable
	if r := types[e.Type]; r != nil {
		t = r.table
	}
	return t.write(b, e)
}

// MarshalJSON returns what [Event.AppendJSON] appends. It makes encoding/json write events as the ledger reads them.
func (e Event) MarshalJSON() ([]byte, error) {
	return e.AppendJSON(nil), nil
}

// UnmarshalJSON reads what [Decode] reads.
func (e *Event) UnmarshalJSON(line []byte) error {
	read, err := Decode(line)
	if err != nil {
		return err
	}
	*e = read
	return nil
}
