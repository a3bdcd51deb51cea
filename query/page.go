package query

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"iter"
	"reflect"
	"strings"

	"github.com/splitledger/splitledger/ledger"
)

// A Page is a part of a list.
type Page[T any] struct {
	Data []T `json:"data"`
	// Next is the cursor of the next page: where it begins. It is "" on the last page.
	Next string `json:"next,omitempty"`
}

// A Keyed row has a place in its list: keys ascend in the order of the list, and that of a row never changes. So a
// page goes on where the one before it ended, whatever was booked in between, and even if the row there does not pass
// the filter any more.
type Keyed interface{ key() string }

// PageOf returns the first rows of a list, at most limit, that come after a cursor; "" is the beginning. The list
// must be asked for by the same filter as the page before. It is ranged over from its beginning up to the end of the
// page. A limit below 1 or a cursor of another list is [ledger.Invalid].
func PageOf[T Keyed](list iter.Seq2[T, error], limit int, after string) (Page[T], error) {
	p := Page[T]{Data: []T{}}
	if limit < 1 {
		return p, ledger.Errorf(ledger.Invalid, "limit: expected 1 or more, found %d", limit)
	}
	last, err := readCursor[T](after)
	if err != nil {
		return p, err
	}
	for row, err := range list {
		switch {
		case err != nil:
			return Page[T]{}, err
		case after != "" && row.key() <= last:
		case len(p.Data) == limit:
			p.Next = cursor(p.Data[limit-1])
			return p, nil
		default:
			p.Data = append(p.Data, row)
		}
	}
	return p, nil
}

// Each yields the rows of a list that is there already.
func Each[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, row := range list {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// cursor is the key of a row after the name of its type, in letters that may stand in a URL.
func cursor[T Keyed](row T) string {
	return base64.RawURLEncoding.EncodeToString([]byte(listName[T]() + row.key()))
}

// readCursor returns the key that a cursor was made of.
func readCursor[T Keyed](cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	key, ok := strings.CutPrefix(string(text), listName[T]())
	if err != nil || !ok {
		return "", ledger.Errorf(ledger.Invalid, "cursor: expected one that a page of this list gave, found %q", cursor)
	}
	return key, nil
}

func listName[T any]() string { return reflect.TypeFor[T]().Name() + ":" }

// keyOf makes a key of strings and numbers, which is ordered as they are. No string has a zero byte.
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

func (l StatementLine) key() string { return keyOf(l.Entry, l.place) }
