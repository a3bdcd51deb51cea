// How a line of an export is read back into a record. Each object has a table of its fields; the functions at the end
// read single values. Tables and memory are shared with no other line, so that lines are decoded side by side.

package export

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
)

// A line is a record as the export has it, with what its content is made of. Its memory is used for many lines, one
// after another.
type line struct {
	number int // in the file
	end    int // in the text of its chunk; it begins where the one before ends
	ledger.Record
	event   posting.Event // without a type for a record of the ledger's own
	remarks []wire.Remark
}

// The fields of a line, in the order in which they are written.
var lineFields = jsonl.NewTable(
	field("record", count(func(l *line) *uint64 { return &l.Number })),
	field("block", count(func(l *line) *uint64 { return &l.Block })),
	field("hash", readHash),
	field("recorded", moment(func(l *line) *time.Time { return &l.Recorded })),
	field("at", moment(func(l *line) *time.Time { return &l.At })),
	field("event", readEvent),
	field("remarks", list(1, object(remarkFields), func(l *line) *[]wire.Remark { return &l.remarks })),
	field("keys", list(4, object(keyFields), func(l *line) *[]ledger.Key { return &l.Keys })),
	field("assets", list(1, object(assetFields), func(l *line) *[]money.Asset { return &l.Assets })),
	field("opens", list(1, object(openFields), func(l *line) *[]accounts.Account { return &l.Opens })),
	field("statuses", list(1, object(statusFields), func(l *line) *[]ledger.StatusChange { return &l.Statuses })),
	field("updates", list(1, object(updateFields), func(l *line) *[]ledger.Update { return &l.Updates })),
	field("entries", list(1, readEntry, func(l *line) *[]ledger.Entry { return &l.Entries })),
)

// The tables below have the fields of the objects in a line, in the order in which they are written: one that comes in
// that order is found without a search.
var remarkFields = jsonl.NewTable(
	field("kind", text(func(r *wire.Remark) *string { return &r.Kind })),
	field("capture", text(func(r *wire.Remark) *string { return &r.Capture })),
	field("split", integer(func(r *wire.Remark) *int { return &r.Split })),
	field("reason", text(func(r *wire.Remark) *string { return &r.Reason })),
)

var keyFields = jsonl.NewTable(
	needed("space", parsed("a string of one character", func(k *ledger.Key) *byte { return &k.Space }, parseSpace)),
	field("name", text(func(k *ledger.Key) *string { return &k.Name })),
)

var assetFields = jsonl.NewTable(
	field("code", kept(func(a *money.Asset) *money.Currency { return &a.Code })),
	field("exponent", integer(func(a *money.Asset) *int { return &a.Exponent })),
)

var openFields = jsonl.NewTable(
	field("account", text(func(a *accounts.Account) *accounts.ID { return &a.ID })),
	needed("kind", parsed("a kind of account",
		func(a *accounts.Account) *accounts.Kind { return &a.Kind }, accounts.ParseKind)),
	field("holder", kept(func(a *accounts.Account) *string { return &a.Holder })),
	field("metadata", metadata(func(a *accounts.Account) *map[string]string { return &a.Metadata })),
	field("overdraft", list(1, readLimit, func(a *accounts.Account) *[]money.Amount { return &a.Overdraft })),
)

var statusFields = jsonl.NewTable(
	field("account", text(func(s *ledger.StatusChange) *accounts.ID { return &s.Account })),
	needed("status", parsed("a status",
		func(s *ledger.StatusChange) *accounts.Status { return &s.Status }, accounts.ParseStatus)),
)

var updateFields = jsonl.NewTable(
	field("account", text(func(u *ledger.Update) *accounts.ID { return &u.Account })),
	field("holder", kept(func(u *ledger.Update) *string { return &u.Holder })),
	field("metadata", metadata(func(u *ledger.Update) *map[string]string { return &u.Metadata })),
	field("overdraft", list(1, readLimit, func(u *ledger.Update) *[]money.Amount { return &u.Overdraft })),
)

var entryFields = jsonl.NewTable(
	field("entry", count(func(e *ledger.Entry) *uint64 { return &e.Number })),
	field("reference", text(func(e *ledger.Entry) *string { return &e.Reference })),
	field("postings", list(4, object(postingFields), func(e *ledger.Entry) *[]ledger.Posting { return &e.Postings })),
)

var postingFields = jsonl.NewTable(
	field("account", text(func(p *ledger.Posting) *accounts.ID { return &p.Account })),
	needed("sub", parsed("a sub-balance", func(p *ledger.Posting) *ledger.Sub { return &p.Sub }, parseSub)),
	needed("amount", func(r *jsonl.Scanner, p *ledger.Posting) *ledger.Error { return readAmount(r, &p.Amount) }),
	field("type", text(func(p *ledger.Posting) *string { return &p.Type })),
	field("reference", text(func(p *ledger.Posting) *string { return &p.Reference })),
	field("reason", text(func(p *ledger.Posting) *string { return &p.Reason })),
)

// An amountText is an amount as it is written: minor units of any size.
type amountText struct {
	value    string
	currency money.Currency
}

var amountFields = jsonl.NewTable(
	needed("value", func(r *jsonl.Scanner, a *amountText) (err *ledger.Error) {
		a.value, err = r.Numeral("a number")
		return err
	}),
	field("currency", text(func(a *amountText) *money.Currency { return &a.currency })),
)

// decode reads a record. Its strings are cut out of text; the memory of keys and entries is used again.
func (l *line) decode(r *jsonl.Scanner, text string) error {
	*l = line{number: l.number, end: l.end, Record: ledger.Record{Keys: l.Keys[:0], Entries: l.Entries[:0]}}
	r.Reset(text)
	err := lineFields.Read(r, l, "a record", unknown)
	if err == nil {
		err = r.End()
	}
	if err != nil {
		return err
	}
	if l.event.Type != "" {
		l.Content = wire.NewContent(&l.event, l.remarks)
	}
	return nil
}

// A read reads a value to its place.
type read[T any] = func(*jsonl.Scanner, *T) *ledger.Error

// field is a field that may be missing. Missing means zero: an export leaves empty fields out.
func field[S any](name string, value read[S]) jsonl.Field[S] {
	return jsonl.Field[S]{Name: name, Read: value}
}

// needed is a field that must be there.
func needed[S any](name string, value read[S]) jsonl.Field[S] {
	return jsonl.Field[S]{Name: name, Read: value, Needed: true}
}

// object reads an object with these fields. If none of them is required, null reads as an empty object. encoding/json
// reads null so, too.
func object[S any](t *jsonl.Table[S]) read[S] {
	return func(r *jsonl.Scanner, s *S) *ledger.Error {
		*s = *new(S)
		if !t.Needs() && r.Null() {
			return nil
		}
		return t.Read(r, s, "an object", unknown)
	}
}

// unknown refuses a field that no record has: what an import passed over would be missing from the new ledger.
func unknown[S any](name string) (*jsonl.Table[S], *ledger.Error) {
	return nil, jsonl.In(name, jsonl.Expected("only fields of a record", "the unknown field "+jsonl.Quote(name)))
}

// list reads an array of so many elements, or some more, perhaps. The number is a guess at the usual length, which
// saves copies while the list grows.
func list[S, T any](many int, element read[T], place func(*S) *[]T) read[S] {
	return func(r *jsonl.Scanner, s *S) *ledger.Error {
		if r.Null() {
			return nil
		}
		if err := r.Open('[', "an array"); err != nil {
			return err
		}
		l := place(s)
		for {
			more, err := r.More()
			if err == nil && more {
				if *l == nil {
					*l = make([]T, 0, many)
				}
				*l = longer(*l)
				err = element(r, &(*l)[len(*l)-1])
			}
			if err != nil {
				return jsonl.In("["+strconv.Itoa(max(len(*l)-1, 0))+"]", err)
			}
			if !more {
				return nil
			}
		}
	}
}

// longer returns l with one element more, which is what was there before if there is room.
func longer[T any](l []T) []T {
	if len(l) < cap(l) {
		return l[:len(l)+1]
	}
	return append(l, *new(T))
}

// readEntry reads an entry into the memory of an earlier one. Most of an import's time would otherwise go into lists of
// postings.
func readEntry(r *jsonl.Scanner, e *ledger.Entry) *ledger.Error {
	*e = ledger.Entry{Postings: e.Postings[:0]}
	if r.Null() {
		return nil
	}
	return entryFields.Read(r, e, "an entry", unknown)
}

// text reads a string, which is part of the line. It is for what the ledger encodes at once, and does not keep.
func text[S any, T ~string](place func(*S) *T) read[S] {
	return func(r *jsonl.Scanner, s *S) *ledger.Error {
		if r.Null() {
			return nil
		}
		v, err := r.String("a string")
		*place(s) = T(v)
		return err
	}
}

// kept reads a string that the ledger keeps, which is to keep no line. A line may be megabytes, and a few bytes of it
// would keep all of it in memory.
func kept[S any, T ~string](place func(*S) *T) read[S] {
	value := text(place)
	return func(r *jsonl.Scanner, s *S) *ledger.Error {
		err := value(r, s)
		*place(s) = T(strings.Clone(string(*place(s))))
		return err
	}
}

// metadata reads an object of strings. A name that comes twice is refused: which value counts would be a guess. The
// ledger keeps names and values, so both are copied out of the line.
func metadata[S any](place func(*S) *map[string]string) read[S] {
	return func(r *jsonl.Scanner, s *S) *ledger.Error {
		if r.Null() {
			return nil
		}
		if err := r.Open('{', "an object"); err != nil {
			return err
		}
		m := make(map[string]string)
		*place(s) = m
		for {
			name, more, err := r.Name()
			if err != nil || !more {
				return err
			}
			name = strings.Clone(name)
			if _, ok := m[name]; ok {
				return jsonl.In(name, jsonl.Twice(name))
			}
			var value string
			if !r.Null() {
				if value, err = r.String("a string"); err != nil {
					return jsonl.In(name, err)
				}
			}
			m[name] = strings.Clone(value)
		}
	}
}

// numeral reads a number that parse knows. The error is [ledger.Invalid] where the number is too large, or not whole.
func numeral[S, T any](what string, place func(*S) *T, parse func(string) (T, error)) read[S] {
	return func(r *jsonl.Scanner, s *S) *ledger.Error {
		if r.Null() {
			return nil
		}
		v, err := r.Numeral(what)
		if err != nil {
			return err
		}
		n, perr := parse(v)
		if perr != nil {
			return jsonl.Expected(what, v)
		}
		*place(s) = n
		return nil
	}
}

// count reads a number of things, or the number of one.
func count[S any](place func(*S) *uint64) read[S] {
	return numeral("a whole number from 0", place, func(s string) (uint64, error) {
		return strconv.ParseUint(s, 10, 64)
	})
}

// integer reads a whole number.
func integer[S any](place func(*S) *int) read[S] {
	return numeral("a whole number", place, strconv.Atoi)
}

// moment reads a time. The offset is kept as it is written; the ledger compares moments.
func moment[S any](place func(*S) *time.Time) read[S] {
	return func(r *jsonl.Scanner, s *S) *ledger.Error {
		if r.Null() {
			return nil
		}
		const what = "a time as in RFC 3339"
		v, err := r.String(what)
		if err != nil {
			return err
		}
		t, ok := jsonl.Time(v)
		if !ok {
			return jsonl.Expected(what, jsonl.Quote(v))
		}
		*place(s) = t
		return nil
	}
}

// readHash reads the hash of a block, which stands on its last record. The ledger compares it with the block that it
// makes of the same records.
func readHash(r *jsonl.Scanner, l *line) *ledger.Error {
	if r.Null() {
		return nil
	}
	v, err := r.String("a hash")
	if err != nil {
		return err
	}
	if err := l.BlockHash.UnmarshalText([]byte(v)); err != nil {
		return ledger.Errorf(ledger.Invalid, "%v", err)
	}
	return nil
}

// parsed reads a string that parse knows. The words are those of other packages, such as kinds of accounts, and so are
// the errors.
func parsed[S, T any](what string, place func(*S) *T, parse func(string) (T, error)) read[S] {
	return func(r *jsonl.Scanner, s *S) *ledger.Error {
		v, err := r.String(what)
		if err != nil {
			return err
		}
		known, perr := parse(v)
		if perr != nil {
			return ledger.Errorf(ledger.Invalid, "%v", perr)
		}
		*place(s) = known
		return nil
	}
}

// parseSpace reads the space of a key, which is one byte and written as a character. Spaces are letters, see the Key
// constants of package posting.
func parseSpace(s string) (byte, error) {
	if len(s) != 1 {
		return 0, fmt.Errorf("expected a key's space of one character, found %q", s)
	}
	return s[0], nil
}

// parseSub reads the name of a sub-balance. The empty name is no default here, because an export always has it.
func parseSub(name string) (ledger.Sub, error) {
	for _, s := range []ledger.Sub{ledger.Available, ledger.Pending, ledger.Reserved} {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("expected a sub-balance available, pending or reserved, found %q", name)
}

// readEvent reads the event in its own form, by package wire: an export has it as it was posted.
func readEvent(r *jsonl.Scanner, l *line) *ledger.Error {
	rest, err := wire.DecodeFirst(&l.event, r.Rest())
	if err != nil {
		return err.(*ledger.Error) // as it says
	}
	r.Leave(rest)
	return nil
}

// readAmount reads an amount in minor units. Nearly all are small numbers in the usual form, which is tried first; what
// is not is read again as an object of any form. A ledger of very large sums has values that no int64 holds.
func readAmount(r *jsonl.Scanner, a *money.Amount) *ledger.Error {
	before := *r
	if v, c, ok := r.Amount(); ok {
		*a = money.New(v, money.Currency(c))
		return nil
	}
	*r = before
	var t amountText
	if err := amountFields.Read(r, &t, "an amount", unknown); err != nil {
		return err
	}
	var err error
	if *a, err = money.ParseMinor(t.value, t.currency); err != nil {
		return ledger.Errorf(ledger.Invalid, "%v", err)
	}
	return nil
}

// readLimit reads an amount that the ledger keeps. Accounts stay in memory for as long as the ledger is open.
func readLimit(r *jsonl.Scanner, a *money.Amount) *ledger.Error {
	err := readAmount(r, a)
	*a = money.FromInt(a.Int(), money.Currency(strings.Clone(string(a.Currency()))))
	return err
}
