package ledger

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
)

// Layout of a record's payload, versions 1 and 2. Numbers without a size are uvarints; str is the number of a string of
// this record counted from 0, str? the same plus one with 0 for none; word is a number of the ledger's
// vocabulary; int is a whole number as package money encodes it; zigzag is a signed number folded into a uvarint.
//
//	payload  = flags[1] at strings words? assets? opens? statuses? updates? keys entries content
//	at       = 0 for the recorded time, else 1 + unit[1] and zigzag(difference in units); see appendAt
//	strings  = size (length bytes)*                        size is that of all that follows
//	words    = first count (length bytes)*                 flag 0: new words and the number of the first
//	assets   = count (word exponent)*                      flag 1: assets of the ledger's own
//	opens    = first count (str kind[1] str?holder count(str str)* count(word int)*)*   flag 2: accounts opened
//	statuses = count (account status[1])*                  flag 3
//	updates  = count (account str?holder count(str str)* count(word int)*)*   version 2: what is kept with accounts
//	keys     = count (space[1] str back)*                  back: how many records before, the hash last occurred; 0: never
//	entries  = (str?reference count posting*)*             as many as the journal's frame says
//	posting  = tag[1] account word?currency word?type int(amount) int(balance) chain? lateness? (str reference)? (str reason)?
//	chain    = back index jump (index)?                    jump: 0 the same as before, 1 none, else 2 + records before that
//	lateness = nanoseconds bound[1]
//	content  = the rest, as the caller's Content encodes itself
//
// The high four bits of flags are the version: 2 where there are updates. Amounts are debits positive. See subbalance.go for what chain and lateness are for.
const (
	recordVersion  = 1 << 4
	updatesVersion = 2 << 4 // with updates; the file has format 2 then

	hasWords    = 1 << 0
	hasAssets   = 1 << 1
	hasOpens    = 1 << 2
	hasStatuses = 1 << 3

	// tag of a posting; the two low bits are the sub-balance
	sameCurrency = 1 << 2 // as the posting before in this record
	sameType     = 1 << 3
	hasReference = 1 << 4
	hasReason    = 1 << 5
	isLate       = 1 << 6
	isFirst      = 1 << 7 // the first posting of its chain: no back pointers
)

// maxPayload bounds a record: one of as many postings as there may be, with references and reasons, is smaller.
const maxPayload = 64 << 20

// Units of at, finest last: a time that is whole seconds takes fewer bytes than one with nanoseconds.
var atUnits = [4]time.Duration{time.Second, time.Millisecond, time.Microsecond, time.Nanosecond}

// appendAt encodes a time, in nanoseconds since 1970, relative to the recorded time in microseconds.
func appendAt(b []byte, at int64, recorded int64) []byte {
	base := recorded * int64(time.Microsecond)
	if at == base {
		return append(b, 0)
	}
	unit := 0
	for at%int64(atUnits[unit]) != 0 {
		unit++
	}
	b = append(b, byte(1+unit))
	return binary.AppendVarint(b, at/int64(atUnits[unit])-base/int64(atUnits[unit]))
}

// An Encoder writes a record's content, beside which the record's own strings are kept. The [Decoder] of the
// record that is read gives back the same values, in the same order.
type Encoder struct {
	state   *state
	body    []byte
	content int // how much of body, from its beginning, is content
	strings []string
	seen    map[string]int // once there are many strings
	size    int            // bytes of strings as encoded
	words   []string       // new ones of this record
	first   int            // number of the first new word
	full    bool           // there is no number for a symbol
	format  int            // of the file, that the record needs; 0 counts as 1

	currency, kind uint16 // of the posting before
}

// Needs says that programs which do not know a format of the file could not read the record. The file gets the mark of that
// format together with the record, so that they refuse it.
func (e *Encoder) Needs(format int) { e.format = max(e.format, format) }

// Uint writes a whole number.
func (e *Encoder) Uint(v uint64) { e.body = binary.AppendUvarint(e.body, v) }

// String writes a text. One that occurs again in the record, as a key or a reference too, costs a byte or two.
func (e *Encoder) String(s string) { e.Uint(uint64(e.str(s))) }

// Symbol writes a word that is among few: of a program's own vocabulary, such as a type of events. It is kept in the ledger once, and
// has a number in records.
func (e *Encoder) Symbol(word string) { e.Uint(uint64(e.word(word))) }

// Name writes a symbol that people choose, such as a provider's name. A new one is refused where the ledger has 4,096 symbols: names
// must be few too, and never ids.
func (e *Encoder) Name(name string) { e.Uint(uint64(e.name(name))) }

func (e *Encoder) name(name string) uint16 {
	if _, ok := e.state.symbols.number(name); !ok && len(e.state.symbols.list) >= maxNames {
		e.full = true
		return 0
	}
	return e.word(name)
}

// Account writes an account id: as its number, if there is such an account.
func (e *Encoder) Account(id accounts.ID) {
	if a := e.state.account(id); a != nil {
		e.Uint(uint64(a.number) + 1)
		return
	}
	e.Uint(0)
	e.String(string(id))
}

// Int writes a whole number of any size.
func (e *Encoder) Int(i money.Int) { e.body = i.AppendBinary(e.body) }

// Amount writes an amount; its currency may be empty.
func (e *Encoder) Amount(a money.Amount) {
	if _, ok := e.state.table.Exponent(a.Currency()); ok || a.Currency() == "" {
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

// optional returns str?: 0 for the empty string.
func (e *Encoder) optional(s string) uint64 {
	if s == "" {
		return 0
	}
	return uint64(e.str(s)) + 1
}

// word returns the number of a word, and adds it to the vocabulary if it is new.
func (e *Encoder) word(w string) uint16 {
	if n, ok := e.state.symbols.number(w); ok {
		return n
	}
	if len(e.state.symbols.list) >= maxSymbols {
		e.full = true
		return 0
	}
	w = strings.Clone(w) // which may be part of a long line
	e.words = append(e.words, w)
	return e.state.symbols.add(w)
}

func uvarintLen(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}

// begin goes to where the keys and entries of the record are written.
func (c *recordEncoder) begin() {
	c.body = c.body[:c.composed]
	c.Encoder.currency, c.Encoder.kind = 0, 0
}

// key writes one key.
func (c *recordEncoder) key(k *composedKey, record uint64) {
	c.body = append(c.body, k.space)
	c.Uint(uint64(k.name))
	if k.before == 0 {
		c.Uint(0)
	} else {
		c.Uint(record - k.before)
	}
}

// entry writes the beginning of an entry.
func (c *recordEncoder) entry(e *composedEntry) {
	c.Uint(e.reference)
	c.Uint(uint64(e.count))
}

// posting writes one posting with what its cell's chain says of it.
func (e *Encoder) posting(p *composedPosting, n *node, record uint64) {
	tag := byte(p.sub)
	if p.currency == e.currency {
		tag |= sameCurrency
	}
	if p.kind == e.kind {
		tag |= sameType
	}
	if p.reference != 0 {
		tag |= hasReference
	}
	if p.reason != 0 {
		tag |= hasReason
	}
	if n.late > 0 {
		tag |= isLate
	}
	if n.prev == 0 {
		tag |= isFirst
	}
	b := append(e.body, tag)
	b = binary.AppendUvarint(b, uint64(p.account.number))
	if tag&sameCurrency == 0 {
		b = binary.AppendUvarint(b, uint64(p.currency))
		e.currency = p.currency
	}
	if tag&sameType == 0 {
		b = binary.AppendUvarint(b, uint64(p.kind))
		e.kind = p.kind
	}
	b = p.amount.AppendBinary(b)
	b = n.balance.AppendBinary(b)
	if tag&isFirst == 0 {
		b = binary.AppendUvarint(b, record-n.prev.record())
		b = binary.AppendUvarint(b, uint64(n.prev.index()))
		switch n.jump {
		case n.prev:
			b = append(b, 0)
		case 0:
			b = append(b, 1)
		default:
			b = binary.AppendUvarint(b, 2+n.prev.record()-n.jump.record())
			b = binary.AppendUvarint(b, uint64(n.jump.index()))
		}
	}
	if tag&isLate != 0 {
		b = binary.AppendUvarint(b, n.lateness)
		b = append(b, n.late)
	}
	if p.reference != 0 {
		b = binary.AppendUvarint(b, p.reference-1)
	}
	if p.reason != 0 {
		b = binary.AppendUvarint(b, p.reason-1)
	}
	e.body = b
}

// open writes an account of the opens section.
func (e *Encoder) open(a *accounts.Account) {
	e.String(string(a.ID))
	e.body = append(e.body, byte(a.Kind))
	e.details(a.Holder, a.Metadata, a.Overdraft)
}

// details writes what is kept with an account.
func (e *Encoder) details(holder string, metadata map[string]string, overdraft []money.Amount) {
	e.Uint(e.optional(holder))
	e.Uint(uint64(len(metadata)))
	for _, k := range sortedKeys(metadata) {
		e.String(k)
		e.String(metadata[k])
	}
	e.Uint(uint64(len(overdraft)))
	for _, o := range overdraft {
		e.Amount(o)
	}
}

// finish appends the payload to b. flags, at and assets come first; the body has the content, and then all from opens on.
func (e *Encoder) finish(b []byte, flags byte, at, recorded int64, assets []money.Asset) []byte {
	if len(e.words) > 0 {
		flags |= hasWords
	}
	if flags&0xf0 == 0 {
		flags |= recordVersion
	}
	b = append(b, flags)
	b = appendAt(b, at, recorded)
	b = binary.AppendUvarint(b, uint64(e.size))
	b = appendStrings(b, e.strings)
	if len(e.words) > 0 {
		b = binary.AppendUvarint(b, uint64(e.first))
		b = binary.AppendUvarint(b, uint64(len(e.words)))
		b = appendStrings(b, e.words)
	}
	if flags&hasAssets != 0 {
		b = binary.AppendUvarint(b, uint64(len(assets)))
		for _, a := range assets {
			n, _ := e.state.symbols.number(string(a.Code))
			b = binary.AppendUvarint(b, uint64(n))
			b = binary.AppendUvarint(b, uint64(a.Exponent))
		}
	}
	b = append(b, e.body[e.content:]...)
	return append(b, e.body[:e.content]...)
}

func appendStrings(b []byte, list []string) []byte {
	for _, s := range list {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

// wellFormed refuses what the layout has no room for.
func (e *Encoder) wellFormed() error {
	if e.full {
		return Errorf(Invalid, "expected a name of a provider or currency that this ledger has, found another: it has %d symbols, and %d are all that names may take",
			len(e.state.symbols.list), maxNames)
	}
	if n := len(e.body) + e.size; n > maxPayload {
		return &Error{Code: Invalid, Message: fmt.Sprintf("the event takes %d bytes in the journal, at most %d are possible", n, maxPayload)}
	}
	return nil
}
