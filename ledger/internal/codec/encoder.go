package codec

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
)

// An Encoder writes a record's content, beside which the record's own strings are kept. The [Decoder] of the
// record that is read gives back the same values, in the same order.
type Encoder struct {
	symbols  *Symbols
	table    *money.Table
	accounts AccountNumbers

	body    []byte
	content int // how much of body, from its beginning, is content
	strings []string
	seen    map[string]int // once there are many strings
	size    int            // bytes of strings as encoded
	added   []string       // symbols that are new with this record
	first   int            // number of the first of them
	full    bool           // there is no number for a symbol
	format  int            // of the file, that the record needs; 0 counts as 1
}

// AccountNumbers finds the number of an account.
type AccountNumbers interface {
	AccountNumber(accounts.ID) (number uint32, ok bool)
}

// Needs says that programs which do not know a format of the file could not read the record. The file gets the mark of
// that format together with the record, so that they refuse it.
func (e *Encoder) Needs(format int) { e.format = max(e.format, format) }

// Uint writes a whole number.
func (e *Encoder) Uint(v uint64) { e.body = binary.AppendUvarint(e.body, v) }

// String writes a text. One that occurs again in the record, as a key or a reference too, costs a byte or two.
func (e *Encoder) String(s string) { e.Uint(uint64(e.str(s))) }

// Symbol writes a text that is among few: of a program's own words, such as a type of events. It is kept in the ledger
// once, and has a number in records.
func (e *Encoder) Symbol(symbol string) { e.Uint(uint64(e.symbol(symbol))) }

// Name writes a symbol that people choose, such as a provider's name. A new one is refused where the ledger has 4,096
// symbols: names must be few too, and never ids.
func (e *Encoder) Name(name string) { e.Uint(uint64(e.name(name))) }

// Account writes an account id: as its number, if there is such an account.
func (e *Encoder) Account(id accounts.ID) {
	if n, ok := e.accounts.AccountNumber(id); ok {
		e.Uint(uint64(n) + 1)
		return
	}
	e.Uint(0)
	e.String(string(id))
}

// Int writes a whole number of any size.
func (e *Encoder) Int(i money.Int) { e.body = i.AppendBinary(e.body) }

// Amount writes an amount; its currency may be empty.
func (e *Encoder) Amount(a money.Amount) {
	if _, ok := e.table.Exponent(a.Currency()); ok || a.Currency() == "" {
		e.Symbol(string(a.Currency()))
	} else { // what a provider calls a currency
		e.Name(string(a.Currency()))
	}
	e.Int(a.Int())
}

// Time writes an instant, to the nanosecond.
func (e *Encoder) Time(t time.Time) { e.body = binary.AppendVarint(e.body, t.UnixNano()) }

// manyStrings is how many strings are searched one by one.
const manyStrings = 24

// str returns the number of a string, and adds it if it is new.
func (e *Encoder) str(s string) int {
	if e.seen != nil {
		if i, ok := e.seen[s]; ok {
			return i
		}
	} else {
		for i, have := range e.strings {
			if have == s {
				return i
			}
		}
		if len(e.strings) == manyStrings {
			e.seen = make(map[string]int, 64)
			for i, have := range e.strings {
				e.seen[have] = i
			}
		}
	}
	e.strings = append(e.strings, s)
	if e.seen != nil {
		e.seen[s] = len(e.strings) - 1
	}
	e.size += uvarintLen(uint64(len(s))) + len(s)
	return len(e.strings) - 1
}

// uvarintLen returns how many bytes a number takes as a uvarint.
func uvarintLen(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}

// symbol returns the number of a symbol, and adds it to the table if it is new.
func (e *Encoder) symbol(s string) uint16 {
	if n, ok := e.symbols.Number(s); ok {
		return n
	}
	if len(e.symbols.List) >= MaxSymbols {
		e.full = true
		return 0
	}
	s = strings.Clone(s) // which may be part of a long line
	e.added = append(e.added, s)
	return e.symbols.Add(s)
}

// name returns the number of a name, and adds it if there is still a number for it.
func (e *Encoder) name(name string) uint16 {
	if _, ok := e.symbols.Number(name); !ok && len(e.symbols.List) >= maxNames {
		e.full = true
		return 0
	}
	return e.symbol(name)
}

// A RecordEncoder writes a whole record: the content by the Encoder, then by its own methods, in their order, all else.
// The number of each symbol and string is asked for before what is written with it.
type RecordEncoder struct {
	Encoder
	flags          byte
	assets         []money.Asset
	currency, kind uint64 // of the posting before
}

// Reset begins a record, in the same memory.
func (e *RecordEncoder) Reset(symbols *Symbols, table *money.Table, accounts AccountNumbers) {
	clear(e.strings)
	*e = RecordEncoder{Encoder: Encoder{
		symbols: symbols, table: table, accounts: accounts, first: len(symbols.List),
		body: e.body[:0], strings: e.strings[:0], added: e.added[:0],
	}}
}

// EndContent says that the content is written.
func (e *RecordEncoder) EndContent() { e.content = len(e.body) }

// Str returns the number of a string; the empty one has none.
func (e *RecordEncoder) Str(s string) Str {
	if s == "" {
		return 0
	}
	return Str(e.str(s)) + 1
}

// Number returns the number of a symbol.
func (e *RecordEncoder) Number(symbol string) uint64 { return uint64(e.symbol(symbol)) }

// Key returns a key to be written, whose name may be empty.
func (e *RecordEncoder) Key(space byte, name string, hash, prev uint64) Key {
	return Key{Hash: hash, Prev: prev, Name: Str(e.str(name)) + 1, Space: space}
}

// Format returns the format of the file that the record needs; 0 counts as 1.
func (e *RecordEncoder) Format() int { return e.format }

// Assets writes new assets.
func (e *RecordEncoder) Assets(list []money.Asset) {
	e.flags, e.assets = e.flags|hasAssets, list
	for _, a := range list {
		e.name(string(a.Code))
	}
}

// Opens writes accounts that are opened, of which the first has the given number.
func (e *RecordEncoder) Opens(first int, list []accounts.Account) {
	e.flags |= hasOpens
	e.Uint(uint64(first))
	e.Uint(uint64(len(list)))
	for i := range list {
		a := &list[i]
		e.String(string(a.ID))
		e.body = append(e.body, byte(a.Kind))
		e.details(a.Holder, a.Metadata, a.Overdraft)
	}
}

// Statuses begins n statuses.
func (e *RecordEncoder) Statuses(n int) {
	e.flags |= hasStatuses
	e.Uint(uint64(n))
}

// Status writes the status that an account gets.
func (e *RecordEncoder) Status(account uint32, s accounts.Status) {
	e.Uint(uint64(account))
	e.body = append(e.body, byte(s))
}

// Updates begins n updates.
func (e *RecordEncoder) Updates(n int) {
	e.flags |= updatesVersion
	e.Needs(2)
	e.Uint(uint64(n))
}

// Update writes what is kept with an account from now on.
func (e *RecordEncoder) Update(account uint32, holder string, metadata map[string]string, overdraft []money.Amount) {
	e.Uint(uint64(account))
	e.details(holder, metadata, overdraft)
}

// details writes what is kept with an account.
func (e *RecordEncoder) details(holder string, metadata map[string]string, overdraft []money.Amount) {
	e.Uint(uint64(e.Str(holder)))
	e.Uint(uint64(len(metadata)))
	for _, k := range slices.Sorted(maps.Keys(metadata)) {
		e.String(k)
		e.String(metadata[k])
	}
	e.Uint(uint64(len(overdraft)))
	for _, o := range overdraft {
		e.Amount(o)
	}
}

// Keys writes the keys of a record.
func (e *RecordEncoder) Keys(list []Key, record uint64) {
	e.Uint(uint64(len(list)))
	for i := range list {
		k := &list[i]
		e.body = append(e.body, k.Space)
		e.Uint(uint64(k.Name - 1))
		if k.Prev == 0 {
			e.Uint(0)
		} else {
			e.Uint(record - k.Prev)
		}
	}
}

// Entry begins an entry, whose postings follow.
func (e *RecordEncoder) Entry(entry *Entry) {
	e.Uint(uint64(entry.Reference))
	e.Uint(uint64(entry.To - entry.From))
}

// Finish appends the payload to b, or says what the layout has no room for. flags, at and assets come first; the body
// has the content, and then all from opens on.
func (e *RecordEncoder) Finish(b []byte, at, recorded int64) ([]byte, error) {
	if e.full {
		return b, fmt.Errorf("expected a name of a provider or currency that this ledger has, found another: "+
			"it has %d symbols, and %d are all that names may take", len(e.symbols.List), maxNames)
	}
	if n := len(e.body) + e.size; n > maxPayload {
		return b, fmt.Errorf("the event takes %d bytes in the journal, at most %d are possible", n, maxPayload)
	}
	if len(e.added) > 0 {
		e.flags |= hasSymbols
	}
	if e.flags&versionBits == 0 {
		e.flags |= recordVersion
	}
	b = append(b, e.flags)
	b = appendAt(b, at, recorded)
	b = binary.AppendUvarint(b, uint64(e.size))
	b = appendStrings(b, e.strings)
	if len(e.added) > 0 {
		b = binary.AppendUvarint(b, uint64(e.first))
		b = binary.AppendUvarint(b, uint64(len(e.added)))
		b = appendStrings(b, e.added)
	}
	if e.flags&hasAssets != 0 {
		b = binary.AppendUvarint(b, uint64(len(e.assets)))
		for _, a := range e.assets {
			n, _ := e.symbols.Number(string(a.Code))
			b = binary.AppendUvarint(b, uint64(n))
			b = binary.AppendUvarint(b, uint64(a.Exponent))
		}
	}
	b = append(b, e.body[e.content:]...)
	return append(b, e.body[:e.content]...), nil
}

// appendStrings writes texts, each behind its length.
func appendStrings(b []byte, list []string) []byte {
	for _, s := range list {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}
