// Strings of JSON: how they are written, shortened for messages, and looked at eight bytes at a time.

package jsonl

import (
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Short is b, cut where it is long. It never cuts within a character.
func Short(b []byte) string {
	const most = 80
	if len(b) <= most {
		return string(b)
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(b[cut]) {
		cut--
	}
	return string(b[:cut]) + "…"
}

// Quote is s as a JSON string, cut where it is long. For messages, in which a text of a megabyte would help nobody.
func Quote(s string) string {
	return Short(AppendString(nil, s))
}

// AppendString appends s as a JSON string. Invalid UTF-8 becomes U+FFFD, so that the line stays JSON.
func AppendString(b []byte, s string) []byte {
	if isPlain(s) {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	b, _ = jsontext.AppendQuote(b, strings.ToValidUTF8(s, "\uFFFD")) // fails on invalid UTF-8 only
	return b
}

// plain has the ASCII that stands for itself between the quotes of JSON.
var plain = func() (is [256]bool) {
	for c := byte(' '); c < 0x80; c++ {
		is[c] = c != '"' && c != '\\'
	}
	return is
}()

// isPlain reports whether a text needs no escape: then it is what stands between the quotes.
func isPlain(s string) bool {
	for i := range len(s) {
		if !plain[s[i]] {
			return false
		}
	}
	return true
}

// Eight bytes of a string are looked at together, the first of them lowest. Of a byte that does not belong, the highest
// bit is marked. Bytes behind the first that is marked may be marked wrongly, as it borrows from them; where none is
// marked, all belong.
const (
	Ones  = 0x0101010101010101
	Highs = 0x80 * Ones
)

// Eight returns 8 bytes of s, from i on.
func Eight(s string, i int) uint64 {
	b := s[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// notPlain marks bytes that are not plain.
func notPlain(w uint64) uint64 {
	quote, backslash := w^'"'*Ones, w^'\\'*Ones
	return (w | (w - ' '*Ones) | (quote-Ones)&^quote | (backslash-Ones)&^backslash) & Highs
}
