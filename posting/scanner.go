package posting

import (
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/splitledger/splitledger/ledger"
)

// A scanner reads the values of one line of JSON, strictly by RFC 8259: well-formed UTF-8, no lone surrogates,
// nothing that is not JSON. Whoever reads an object sees to names given twice.
//
// Strings without escapes are cut out of the line and not copied. With that and without a tokenizer's state, the scanner takes
// about half the time of package jsontext (BenchmarkTokens); the tests hold it to what jsontext says is JSON.
type scanner struct {
	text  string
	at    int
	fresh bool // just behind the '{' or '[' that begins an object or array
}

// space skips white space and returns the byte that follows, 0 at the end.
func (r *scanner) space() byte {
	if r.at < len(r.text) && r.text[r.at] > ' ' {
		return r.text[r.at]
	}
	return r.skipSpace()
}

func (r *scanner) skipSpace() byte {
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// syntax says that something else was expected at this place.
func (r *scanner) syntax(what string) *ledger.Error {
	found := "the end of the line"
	if r.at < len(r.text) {
		c, n := utf8.DecodeRuneInString(r.text[r.at:])
		if found = strconv.QuoteRune(c); c == utf8.RuneError && n == 1 {
			found = "invalid UTF-8"
		}
	}
	return expected(what, found+" at byte "+strconv.Itoa(r.at))
}

// open reads the '{' or '[' that begins what.
func (r *scanner) open(delimiter byte, what string) *ledger.Error {
	if r.space() != delimiter {
		return r.mismatch(what)
	}
	r.at++
	r.fresh = true
	return nil
}

// next reads what stands before the next name or element, or the delimiter that ends them.
func (r *scanner) next(end byte) (more bool, err *ledger.Error) {
	c, fresh := r.space(), r.fresh
	r.fresh = false
	switch {
	case c == end:
		r.at++
		return false, nil
	case fresh:
		return true, nil
	case c == ',':
		r.at++
		if r.space() == end {
			return false, r.syntax("another after the comma")
		}
		return true, nil
	}
	return false, r.syntax("a comma or '" + string(rune(end)) + "'")
}

// more reports whether another element follows in an array; if not, its end is taken.
func (r *scanner) more() (bool, *ledger.Error) { return r.next(']') }

// name reads the next name of an object with its colon, or the end of the object.
func (r *scanner) name() (name string, more bool, err *ledger.Error) {
	if more, err = r.next('}'); err != nil || !more {
		return "", false, err
	}
	if r.space() != '"' {
		return "", false, r.syntax("a field name in quotes")
	}
	if name, err = r.quoted(); err != nil {
		return "", false, err
	}
	if r.space() != ':' {
		return "", false, in(name, r.syntax("a colon"))
	}
	r.at++
	return name, true, nil
}

// expect reads the next name, and what belongs to it, where that is one of these from the i-th on, each with its quotes and colon, and where no
// space is before it, as nearly all lines are written. Otherwise it reads nothing, and name has to.
func (r *scanner) expect(names []string, i int) (int, bool) {
	at := r.at
	if !r.fresh {
		if at == len(r.text) || r.text[at] != ',' {
			return 0, false
		}
		at++
	}
	for ; i < len(names); i++ {
		if strings.HasPrefix(r.text[at:], names[i]) {
			r.at, r.fresh = at+len(names[i]), false
			return i, true
		}
	}
	return 0, false
}

// string reads a JSON string; what names it in the error.
func (r *scanner) string(what string) (string, *ledger.Error) {
	if r.space() != '"' {
		return "", r.mismatch(what)
	}
	return r.quoted()
}

// quoted reads a string that begins here.
func (r *scanner) quoted() (string, *ledger.Error) {
	begin := r.at + 1
	end := begin
	for end+8 <= len(r.text) {
		marks := notUnescaped(eight(r.text, end))
		end += bits.TrailingZeros64(marks) / 8
		if marks != 0 {
			break
		}
	}
	for end < len(r.text) && classes[r.text[end]]&unescaped != 0 {
		end++
	}
	if end < len(r.text) && r.text[end] == '"' {
		r.at = end + 1
		return r.text[begin:end], nil
	}
	return r.unusual(begin)
}

// unusual reads a string that has more than simple bytes.
func (r *scanner) unusual(begin int) (string, *ledger.Error) {
	for i := begin; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			r.at = i + 1
			if s := r.text[begin:i]; utf8.ValidString(s) {
				return s, nil
			}
			return "", expected("valid UTF-8", quote(r.text[begin:i]))
		case c == '\\':
			return r.escaped(begin, i)
		case c < ' ':
			r.at = i
			return "", r.syntax("no control character in a string")
		}
	}
	r.at = len(r.text)
	return "", r.syntax(`the '"' that ends a string`)
}

// escaped reads the rest of a string from its first backslash.
func (r *scanner) escaped(begin, backslash int) (string, *ledger.Error) {
	b := []byte(r.text[begin:backslash])
	for r.at = backslash; r.at < len(r.text); {
		switch c := r.text[r.at]; {
		case c == '"':
			r.at++
			if !utf8.Valid(b) {
				return "", expected("valid UTF-8", quote(string(b)))
			}
			return string(b), nil
		case c < ' ':
			return "", r.syntax("no control character in a string")
		case c != '\\':
			b = append(b, c)
			r.at++
		default:
			at := r.at
			char, ok := r.escape()
			if !ok {
				r.at = at
				return "", r.syntax("an escape that JSON knows")
			}
			b = utf8.AppendRune(b, char)
		}
	}
	return "", r.syntax(`the '"' that ends a string`)
}

// escape reads one escape, or two that are one character.
func (r *scanner) escape() (rune, bool) {
	if r.at+1 >= len(r.text) {
		return 0, false
	}
	c := r.text[r.at+1]
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		r.at += 2
		return rune("\"\\/\b\f\n\r\t"[i]), true
	}
	char, ok := r.hex()
	if !ok || !utf16.IsSurrogate(char) {
		return char, ok
	}
	low, ok := r.hex()
	char = utf16.DecodeRune(char, low)
	return char, ok && char != utf8.RuneError
}

// hex reads "\u" and four hexadecimal digits.
func (r *scanner) hex() (rune, bool) {
	if len(r.text)-r.at < 6 || r.text[r.at:r.at+2] != `\u` {
		return 0, false
	}
	v, err := strconv.ParseUint(r.text[r.at+2:r.at+6], 16, 16)
	r.at += 6
	return rune(v), err == nil
}

// number reads the text of a JSON number, or of a JSON string of it.
func (r *scanner) number(what string) (string, *ledger.Error) {
	switch c := r.space(); {
	case c == '"':
		return r.quoted()
	case c == '-' || '0' <= c && c <= '9':
		return r.numeral()
	}
	return "", r.mismatch(what)
}

// numeral reads a number that begins here.
func (r *scanner) numeral() (string, *ledger.Error) {
	begin := r.at
	if r.text[r.at] == '-' {
		r.at++
	}
	leading := r.at
	if r.digits() == 0 {
		return "", r.syntax("a digit")
	}
	if r.text[leading] == '0' && r.at > leading+1 {
		r.at = leading + 1
		return "", r.syntax("no digit after a leading 0")
	}
	if r.skip(".") && r.digits() == 0 {
		return "", r.syntax("a digit")
	}
	if r.skip("eE") {
		r.skip("+-")
		if r.digits() == 0 {
			return "", r.syntax("a digit")
		}
	}
	return r.text[begin:r.at], nil
}

// digits skips digits and returns how many there were.
func (r *scanner) digits() int {
	begin := r.at
	for r.at < len(r.text) && r.text[r.at]-'0' <= 9 {
		r.at++
	}
	return r.at - begin
}

// skip skips one of the bytes, if it is here.
func (r *scanner) skip(bytes string) bool {
	if r.at < len(r.text) && strings.IndexByte(bytes, r.text[r.at]) >= 0 {
		r.at++
		return true
	}
	return false
}

// literal reads true, false or null.
func (r *scanner) literal() (string, *ledger.Error) {
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(r.text[r.at:], word) {
			r.at += len(word)
			return word, nil
		}
	}
	return "", r.syntax("a JSON value")
}

// mismatch is the error of a value of another kind than what.
func (r *scanner) mismatch(what string) *ledger.Error {
	var found string
	var err *ledger.Error
	switch c := r.space(); {
	case c == '{':
		found = "an object"
	case c == '[':
		found = "an array"
	case c == '"':
		found, err = r.quoted()
		found = "the string " + quote(found)
	case c == '-' || '0' <= c && c <= '9':
		found, err = r.numeral()
		found = "the number " + short([]byte(found))
	case r.at == len(r.text) || c == '}' || c == ']':
		err = r.syntax(what)
	default:
		found, err = r.literal()
	}
	if err != nil {
		return err
	}
	return expected(what, found)
}

// end makes sure that nothing follows the object.
func (r *scanner) end() *ledger.Error {
	if r.space(); r.at < len(r.text) {
		return expected("one JSON object and nothing after it", "more at byte "+strconv.Itoa(r.at))
	}
	return nil
}

// skipValue passes over a value without looking at it closely.
func (r *scanner) skipValue() *ledger.Error {
	for depth := 0; ; {
		switch c := r.space(); {
		case r.at == len(r.text):
			return r.syntax("a JSON value")
		case c == '{' || c == '[':
			depth++
			r.at++
		case c == '}' || c == ']':
			depth--
			r.at++
		case c == '"':
			if _, err := r.quoted(); err != nil {
				return err
			}
		default:
			r.at++
			for r.at < len(r.text) && !strings.ContainsRune(" \t\n\r,:{}[]\"", rune(r.text[r.at])) {
				r.at++
			}
		}
		if depth <= 0 {
			return nil
		}
	}
}

// short is b, cut where it is long.
func short(b []byte) string {
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

// quote is s as a JSON string, cut where it is long.
func quote(s string) string {
	return short(appendString(nil, s))
}

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	if unescaped.has(s) {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	b, _ = jsontext.AppendQuote(b, strings.ToValidUTF8(s, "\uFFFD")) // fails on invalid UTF-8 only
	return b
}
