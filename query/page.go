package query

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/splitledger/splitledger/ledger"
)

// A Page is a part of a list, for programs that show lists to people who turn pages.
type Page[T any] struct {
	Data []T `json:"data"`
	// Record is the record that was the newest when the list began. All pages of a list are as of it.
	Record uint64 `json:"record"`
	// Next is the cursor of the next page: where it begins. It is "" on the last page.
	Next string `json:"next,omitempty"`
}

// A Keyed row has a key that never changes, and keys ascend in the order of the list. So a page goes on exactly
// where the one before ended.
type Keyed interface{ key() string }

// A PageRequest says which page of a list is wanted.
type PageRequest struct {
	// List says what is listed, and by which filters: the cursor of a page is of no other list.
	List  string
	After string // the cursor of the page before; "" is the beginning
	Limit int    // rows at most, 1 or more
	Desc  bool   // the list is backwards: its keys descend
}

// PageOf returns a page of a list. A cursor holds the record that was the newest when its list began, and list is asked
// of the books as of then: so all pages are of one state, whatever is booked while somebody turns them, and put
// together are the list as it was when it began. It ranges over the list from its beginning up to the end of the page,
// so that late pages of long lists cost more: filters and periods keep lists short. It fails with [ledger.Invalid] if
// the limit is below 1 or the cursor is of another list.
func PageOf[T Keyed](b *Books, list func(*Books) iter.Seq2[T, error], r PageRequest) (Page[T], error) {
	p := Page[T]{Data: []T{}, Record: b.head()}
	if r.Limit < 1 {
		return p, &ledger.Error{
			Code: ledger.Invalid, Field: "limit", Message: fmt.Sprintf("expected 1 or more, found %d", r.Limit),
		}
	}
	last := ""
	if r.After != "" {
		var err error
		if p.Record, last, err = r.last(p.Record); err != nil {
			return p, err
		}
	}
	if p.Record > 0 { // a ledger without records has nothing, then as now
		b = b.Until(p.Record)
	}
	for row, err := range list(b) {
		switch {
		case err != nil:
			return Page[T]{}, err
		case r.After != "" && (row.key() == last || row.key() < last != r.Desc):
		case len(p.Data) == r.Limit:
			p.Next = r.cursor(p.Record, p.Data[r.Limit-1].key())
			return p, nil
		default:
			p.Data = append(p.Data, row)
		}
	}
	return p, nil
}

// cursor is a record and a key, after what tells lists apart, in letters that may stand in a URL. It is no
// secret and proves nothing: a cursor that somebody makes up only begins the page elsewhere.
func (r *PageRequest) cursor(record uint64, key string) string {
	list := sha256.Sum256([]byte(r.List))
	b := binary.AppendUvarint(list[:8:8], record)
	return base64.RawURLEncoding.EncodeToString(append(b, key...))
}

// last returns the record and the key that the page comes after. A cursor counts only if the same list would give it,
// and if the books have its record.
func (r *PageRequest) last(head uint64) (record uint64, key string, err error) {
	text, err := base64.RawURLEncoding.DecodeString(r.After)
	if err == nil && len(text) > 8 {
		n := 0
		if record, n = binary.Uvarint(text[8:]); n > 0 {
			key = string(text[8+n:])
		}
	}
	if record == 0 || record > head || r.After != r.cursor(record, key) {
		return 0, "", r.wrong()
	}
	return record, key, nil
}

// wrong is the error for a cursor that is not of the list.
func (r *PageRequest) wrong() error {
	return &ledger.Error{
		Code: ledger.Invalid, Field: "after",
		Message: fmt.Sprintf("expected the cursor that a page of this list gave as next, found %q", r.After),
	}
}

// All yields the rows of a list that is there already, or the error for which there is none: it makes of
// [Books.Accounts] and its like what [PageOf] takes.
func All[T any](list []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		Each(list)(yield)
	}
}

// Each yields the rows of a list that is there already, for those who take a sequence. It never
// yields an error.
func Each[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, row := range list {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// Rows makes rows of a table of the values of a list. The values stay as programs get them; a row
// has besides what a table needs, such as a text of several fields.
func Rows[From, To any](list []From, row func(From) To) []To {
	return each(list, func(of *From) To { return row(*of) })
}

// keyOf makes a key of strings and numbers, which is ordered as they are, one after the other:
// numbers have a fixed width and the highest byte first, strings end with a zero byte, which no
// name has.
func keyOf(parts ...any) string {
	var b []byte
	for _, part := range parts {
		switch x := part.(type) {
		case int:
			b = binary.BigEndian.AppendUint64(b, uint64(x))
		case uint64:
			b = binary.BigEndian.AppendUint64(b, x)
		default:
			b = append(fmt.Append(b, x), 0)
		}
	}
	return string(b)
}

func (a Account) key() string { return keyOf(a.place+1, kindOrder(a.Kind), a.Account) }

func (b Balance) key() string { return keyOf(b.place+1, kindOrder(b.Kind), b.Account, b.Currency) }

func (e Explanation) key() string { return keyOf(e.Currency) }

func (n Negative) key() string { return keyOf(n.Currency, n.Account) }

func (r Rule) key() string { return keyOf(r.place) }

func (s SplitPayment) key() string { return keyOf(s.begun, s.part) }

func (l StatementLine) key() string { return keyOf(l.moment, l.Entry, l.place) }

func (e StatementEntry) key() string { return keyOf(e.moment, e.Entry, e.place) }
