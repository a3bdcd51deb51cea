// Most strings of events are plain: ASCII letters, digits and a few marks. Looking at their bytes by a table is many
// times faster than decoding UTF-8 and asking Unicode about each character. Strings that this quick check does not
// pass are not wrong; they get the full check of their shape.

package wire

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/jsonl"
)

// A class is bytes that strings are made of.
type class uint8

// The classes, as bits: a byte may be in several.
const (
	printable  class = 1 << iota // of ASCII: no control character
	lower                        // a-z and 0-9
	ofAccounts                   // A-Z, a-z, 0-9 and :_./@-
)

// classes has the classes of each byte.
var classes = func() (of [256]class) {
	for c := range byte(0x80) {
		if ' ' <= c && c < 0x7f {
			of[c] |= printable
		}
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' {
			of[c] |= lower
		}
		if _, err := accounts.Parse(string(rune(c))); err == nil {
			of[c] |= ofAccounts
		}
	}
	return of
}()

// has reports whether all of s is of the class. An empty string is of every class: whether a field may be empty is for
// its shape.
func (of class) has(s string) bool {
	if of == printable {
		return allPrintable(s)
	}
	for i := range len(s) {
		if classes[s[i]]&of == 0 {
			return false
		}
	}
	return true
}

// A glance says of most strings of a shape that they are right: those of at most so many bytes, all of them of a class.
type glance struct {
	of  class
	max int
}

// suffices reports whether s needs no further check.
func (g glance) suffices(s string) bool { return len(s) <= g.max && g.of.has(s) }

// notPrintable marks bytes that are not of class printable, of [jsonl.Eight]. A byte is marked in its highest bit:
// below a space, 0x7f, or beyond ASCII.
func notPrintable(w uint64) uint64 {
	return (w | (w - ' '*jsonl.Ones) | (w + jsonl.Ones)) & jsonl.Highs
}

// allPrintable is has for class printable, eight bytes at a time. The last eight may overlap those before: to look at
// a byte twice costs less than a loop for the rest.
func allPrintable(s string) bool {
	if len(s) >= 8 {
		var marks uint64
		for i := 0; i < len(s)-8; i += 8 {
			marks |= notPrintable(jsonl.Eight(s, i))
		}
		return marks|notPrintable(jsonl.Eight(s, len(s)-8)) == 0
	}
	for i := range len(s) {
		if classes[s[i]]&printable == 0 {
			return false
		}
	}
	return true
}
