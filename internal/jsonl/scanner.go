// Package jsonl reads JSON lines: the events that are posted, and the records of an export.
package jsonl

import (
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/splitledger/splitledger/ledger"
)

// A Scanner reads the values of one line of JSON, strictly by RFC 8259: well-formed UTF-8, no lone surrogates,
// nothing that is not JSON. Whoever reads an object sees to names given twice, as [Table.Read] does.
//
// Strings without escapes are cut out of the line and not copied. With that and without a tokenizer's state,
// the scanner takes about half the time of package jsontext (BenchmarkTokens); the tests hold it to what
// jsontext says is JSON.
type Scanner struct {
	text  string
	at    int
	fresh bool // just behind the '{' or '[' that begins an object or array
}

// Reset has r read text from its beginning.
func (r *Scanner) Reset(text string) { *r = Scanner{text: text} }

// Rest returns the text that is not read yet. With [Scanner.Leave] it lets another reader take a value out of the line,
// as an export's events are read.
func (r *Scanner) Rest() string { return r.text[r.at:] }

// Leave passes over all but the end of the text, which others have read up to there. It is for a value that another
// reader has read out of the middle of a line.
func (r *Scanner) Leave(rest string) { r.at = len(r.text) - len(rest) }

// Space skips white space and returns the byte that follows, 0 at the end. Nearly always there is no space, so that
// case is short enough to be compiled into the caller.
func (r *Scanner) Space() byte {
	if r.at < len(r.text) && r.text[r.at] > ' ' {
		return r.text[r.at]
	}
	return r.skipSpace()
}

// skipSpace goes to the next byte that is not white space, and returns it; 0 at the end.
func (r *Scanner) skipSpace() byte {
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// syntax says that something else was expected at this place. Bytes are counted from 0, as most editors and tools do.
func (r *Scanner) syntax(what string) *ledger.Error {
	found := "the end of the line"
	if r.at < len(r.text) {
		c, n := utf8.DecodeRuneInString(r.text[r.at:])
		if found = strconv.QuoteRune(c); c == utf8.RuneError && n == 1 {
			found = "invalid UTF-8"
		}
	}
	return Expected(what, found+" at byte "+strconv.Itoa(r.at))
}

// Open reads the '{' or '[' that begins what. The error says what was there instead.
func (r *Scanner) Open(delimiter byte, what string) *ledger.Error {
	if r.Space() != delimiter {
		return r.Mismatch(what)
	}
	r.at++
	r.fresh = true
	return nil
}

// next reads what stands before the next name or element, or the delimiter that ends them. A comma before the first
// element or after the last is refused, as JSON has none there.
func (r *Scanner) next(end byte) (more bool, err *ledger.Error) {
	c, fresh := r.Space(), r.fresh
	r.fresh = false
	switch {
	case c == end:
		r.at++
		return false, nil
	case fresh:
		return true, nil
	case c == ',':
		r.at++
		if r.Space() == end {
			return false, r.syntax("another after the comma")
		}
		return true, nil
	}
	return false, r.syntax("a comma or '" + string(rune(end)) + "'")
}

// More reports whether another element follows in an array; if not, its end is taken. Inside an array the caller reads
// the element next.
func (r *Scanner) More() (bool, *ledger.Error) { return r.next(']') }

// Name reads the next name of an object with its colon, or the end of the object.
func (r *Scanner) Name() (name string, more bool, err *ledger.Error) {
	if more, err = r.next('}'); err != nil || !more {
		return "", false, err
	}
	if r.Space() != '"' {
		return "", false, r.syntax("a field name in quotes")
	}
	if name, err = r.quoted(); err != nil {
		return "", false, err
	}
	if r.Space() != ':' {
		return "", false, In(name, r.syntax("a colon"))
	}
	r.at++
	return name, true, nil
}

// expect reads the next name, and what belongs to it, where that is one of these from the i-th on, each with its quotes
// and colon, and where no space is before it, as nearly all lines are written. Otherwise it reads nothing, and Name has
// to. It is what makes reading fast: most names are compared once and never decoded.
func (r *Scanner) expect(names []string, i int) (int, bool) {
	at := r.at
	if !r.fresh {
		if at == len(r.text) || r.text[at] != ',' {
			return 0, false
		}
		at++
	}
	for ; i < len(names); i++ {
		name := names[i]
		if end := at + len(name); end <= len(r.text) && r.text[at+1] == name[1] && r.text[at:end] == name {
			r.at, r.fresh = at+len(names[i]), false
			return i, true
		}
	}
	return 0, false
}

// String reads a JSON string; what names it in the error.
func (r *Scanner) String(what string) (string, *ledger.Error) {
	if r.Space() != '"' {
		return "", r.Mismatch(what)
	}
	return r.quoted()
}

// quoted reads a string that begins here. Plain bytes are passed over eight at a time, because texts are most of a
// line.
func (r *Scanner) quoted() (string, *ledger.Error) {
	begin := r.at + 1
	end := begin
	for end+8 <= len(r.text) {
		marks := notPlain(Eight(r.text, end))
		end += bits.TrailingZeros64(marks) / 8
		if marks != 0 {
			break
		}
	}
	for end < len(r.text) && plain[r.text[end]] {
		end++
	}
	if end < len(r.text) && r.text[end] == '"' {
		r.at = end + 1
		return r.text[begin:end], nil
	}
	return r.unusual(begin)
}

// unusual reads a string that has more than simple bytes. It looks at the whole string again, as few strings come here.
func (r *Scanner) unusual(begin int) (string, *ledger.Error) {
	for i := begin; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			r.at = i + 1
			if s := r.text[begin:i]; utf8.ValidString(s) {
				return s, nil
			}
			return "", Expected("valid UTF-8", Quote(r.text[begin:i]))
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

// escaped reads the rest of a string from its first backslash. The text is built anew, as an escape is longer than what
// it stands for.
func (r *Scanner) escaped(begin, backslash int) (string, *ledger.Error) {
	b := []byte(r.text[begin:backslash])
	for r.at = backslash; r.at < len(r.text); {
		switch c := r.text[r.at]; {
		case c == '"':
			r.at++
			if !utf8.Valid(b) {
				return "", Expected("valid UTF-8", Quote(string(b)))
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

// escape reads one escape, or two that are one character. Characters beyond 16 bits are two escapes, a pair of
// surrogates. One alone is no character, and is refused.
func (r *Scanner) escape() (rune, bool) {
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

// hex reads "\u" and four hexadecimal digits. The digits may be of either case.
func (r *Scanner) hex() (rune, bool) {
	if len(r.text)-r.at < 6 || r.text[r.at:r.at+2] != `\u` {
		return 0, false
	}
	v, err := strconv.ParseUint(r.text[r.at+2:r.at+6], 16, 16)
	r.at += 6
	return rune(v), err == nil
}

// Number reads the text of a JSON number, or of a JSON string of it. Strings are allowed because a number of more than
// 15 digits does not survive readers that use floats. The caller checks what is in the string.
func (r *Scanner) Number(what string) (string, *ledger.Error) {
	switch c := r.Space(); {
	case c == '"':
		return r.quoted()
	case c == '-' || '0' <= c && c <= '9':
		return r.numeral()
	}
	return "", r.Mismatch(what)
}

// Numeral reads the text of a JSON number. Other than Number it takes no string, for lines that a program has written.
func (r *Scanner) Numeral(what string) (string, *ledger.Error) {
	if c := r.Space(); c != '-' && (c < '0' || c > '9') {
		return "", r.Mismatch(what)
	}
	return r.numeral()
}

// numeral reads a number that begins here. JSON allows no plus sign, no leading zero and no point without digits on
// both sides.
func (r *Scanner) numeral() (string, *ledger.Error) {
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

// digits skips digits and returns how many there were. A byte below '0' wraps around to a large number, so one
// comparison is enough.
func (r *Scanner) digits() int {
	begin := r.at
	for r.at < len(r.text) && r.text[r.at]-'0' <= 9 {
		r.at++
	}
	return r.at - begin
}

// skip skips one of the bytes, if it is here. It reports whether one was there.
func (r *Scanner) skip(bytes string) bool {
	if r.at < len(r.text) && strings.IndexByte(bytes, r.text[r.at]) >= 0 {
		r.at++
		return true
	}
	return false
}

// Literal reads true, false or null.
func (r *Scanner) Literal() (string, *ledger.Error) {
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(r.text[r.at:], word) {
			r.at += len(word)
			return word, nil
		}
	}
	return "", r.syntax("a JSON value")
}

// Mismatch is the error of a value of another kind than what. It reads the value, so that the message can show it;
// where that is no JSON, it says so instead.
func (r *Scanner) Mismatch(what string) *ledger.Error {
	var found string
	var err *ledger.Error
	switch c := r.Space(); {
	case c == '{':
		found = "an object"
	case c == '[':
		found = "an array"
	case c == '"':
		found, err = r.quoted()
		found = "the string " + Quote(found)
	case c == '-' || '0' <= c && c <= '9':
		found, err = r.numeral()
		found = "the number " + Short([]byte(found))
	case r.at == len(r.text) || c == '}' || c == ']':
		err = r.syntax(what)
	default:
		found, err = r.Literal()
	}
	if err != nil {
		return err
	}
	return Expected(what, found)
}

// End makes sure that nothing follows the object. Two events on one line are refused, as the second would be lost.
func (r *Scanner) End() *ledger.Error {
	if r.Space(); r.at < len(r.text) {
		return Expected("one JSON object and nothing after it", "more at byte "+strconv.Itoa(r.at))
	}
	return nil
}

// SkipValue passes over a value without looking at it closely. What it skips is read again later and checked then, so
// mismatched brackets need not be found here.
func (r *Scanner) SkipValue() *ledger.Error {
	for depth := 0; ; {
		switch c := r.Space(); c {
		case 0:
			return r.syntax("a JSON value")
		case '{', '[':
			depth++
			r.at++
		case '}', ']':
			depth--
			r.at++
		case '"':
			if _, err := r.quoted(); err != nil {
				return err
			}
		default:
			r.at++
			for c != ',' && c != ':' && r.at < len(r.text) && !delimits[r.text[r.at]] {
				r.at++
			}
		}
		if depth <= 0 {
			return nil
		}
	}
}

// delimits has the bytes before which a number or literal ends.
var delimits = func() (is [256]bool) {
	for _, c := range " \t\n\r,:{}[]\"" {
		is[c] = true
	}
	return is
}()

// Null reads null, if it follows. Exports have it for lists without elements; events never do.
func (r *Scanner) Null() bool {
	if r.Space() != 'n' || !strings.HasPrefix(r.text[r.at:], "null") {
		return false
	}
	r.at += len("null")
	return true
}

// Amount reads an amount as nearly all are written, {"value":40000,"currency":"USD"} or {"value":40000}. What is
// written in another way, or not well, it leaves to others, who have to begin anew. Only whole numbers of at most 18
// digits are read here.
func (r *Scanner) Amount() (v int64, currency string, ok bool) {
	const begin, further = `{"value":`, `,"currency":`
	if !strings.HasPrefix(r.text[r.at:], begin) {
		return 0, "", false
	}
	r.at += len(begin)
	if v, ok = r.whole(); !ok {
		return 0, "", false
	}
	if strings.HasPrefix(r.text[r.at:], further+`"`) {
		r.at += len(further)
		var err *ledger.Error
		if currency, err = r.quoted(); err != nil || currency == "" {
			return 0, "", false
		}
	}
	return v, currency, r.skip("}")
}

// whole reads digits that are a whole number, if an int64 holds it for sure. 18 digits always fit, and 19 only
// sometimes. -0 and leading zeros are left to others, which say what is wrong.
func (r *Scanner) whole() (v int64, ok bool) {
	negative := r.skip("-")
	begin := r.at
	for ; r.at < len(r.text) && r.text[r.at]-'0' <= 9; r.at++ {
		v = v*10 + int64(r.text[r.at]-'0')
	}
	n := r.at - begin
	if ok = 1 <= n && n <= 18 && (r.text[begin] != '0' || n == 1 && !negative); negative {
		v = -v
	}
	return v, ok
}
