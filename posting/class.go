package posting

import "github.com/splitledger/splitledger/accounts"

// A class is bytes that strings are made of.
type class uint8

const (
	printable  class = 1 << iota // of ASCII: no control character
	lower                        // a-z and 0-9
	ofAccounts                   // A-Z, a-z, 0-9 and :_./@-
	unescaped                    // ASCII that stands for itself between the quotes of JSON
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
		if ' ' <= c && c != '"' && c != '\\' {
			of[c] |= unescaped
		}
	}
	return of
}()

// has reports whether all of s is of the class.
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

func (g glance) suffices(s string) bool { return len(s) <= g.max && g.of.has(s) }

// Eight bytes of a string are looked at together, the first of them lowest. Of a byte that does not belong, the highest bit is marked. Bytes
// behind the first that is marked may be marked wrongly, as it borrows from them; where none is marked, all belong.
const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// eight returns 8 bytes of s, from i on.
func eight(s string, i int) uint64 {
	b := s[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// notPrintable marks bytes that are not of class printable.
func notPrintable(w uint64) uint64 { return (w | (w - ' '*ones) | (w + ones)) & highs }

// notUnescaped marks bytes that are not of class unescaped.
func notUnescaped(w uint64) uint64 {
	quote, backslash := w^'"'*ones, w^'\\'*ones
	return (w | (w - ' '*ones) | (quote-ones)&^quote | (backslash-ones)&^backslash) & highs
}

func allPrintable(s string) bool {
	if len(s) >= 8 {
		var marks uint64
		for i := 0; i < len(s)-8; i += 8 {
			marks |= notPrintable(eight(s, i))
		}
		return marks|notPrintable(eight(s, len(s)-8)) == 0
	}
	for i := range len(s) {
		if classes[s[i]]&printable == 0 {
			return false
		}
	}
	return true
}
