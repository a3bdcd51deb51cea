package posting

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/splitledger/splitledger/ledger"
)

// A scanner reads the tokens of one line. jsontext sees to duplicate names, UTF-8 and grammar; the text of
// tokens is cut out of a copy of the line, one for all strings of the event.
type scanner struct {
	json jsontext.Decoder
	buf  bytes.Buffer
	text string
	next token // if ahead
	held bool
}

// A token is a delimiter, or a scalar or name with its text as it stands on the line, quotes and all.
type token struct {
	kind jsontext.Kind
	text string
}

var scanners = sync.Pool{New: func() any { return new(scanner) }}

// newScanner starts reading line, which must not change until release.
func newScanner(line []byte) *scanner {
	r := scanners.Get().(*scanner)
	r.buf = *bytes.NewBuffer(line)
	r.json.Reset(&r.buf)
	r.text = string(line)
	r.held = false
	return r
}

func (r *scanner) release() {
	r.buf = bytes.Buffer{}
	r.json.Reset(&r.buf)
	r.text, r.next = "", token{}
	scanners.Put(r)
}

// read returns the next token.
func (r *scanner) read() (token, *ledger.Error) {
	if r.held {
		r.held = false
		return r.next, nil
	}
	from := int(r.json.InputOffset())
	t, err := r.json.ReadToken()
	if err != nil {
		return token{}, r.syntax(err)
	}
	to := int(r.json.InputOffset())
	for between(r.text[from]) {
		from++
	}
	return token{t.Kind(), r.text[from:to]}, nil
}

// between reports whether c may stand between tokens.
func between(c byte) bool {
	switch c {
	case ' ', '\t', '\n', '\r', ',', ':':
		return true
	}
	return false
}

// peek returns the kind of the next token without taking it.
func (r *scanner) peek() (jsontext.Kind, *ledger.Error) {
	if !r.held {
		t, err := r.read()
		if err != nil {
			return 0, err
		}
		r.next, r.held = t, true
	}
	return r.next.kind, nil
}

// open reads the '{' or '[' that begins what.
func (r *scanner) open(delimiter jsontext.Kind, what string) *ledger.Error {
	t, err := r.read()
	if err == nil && t.kind != delimiter {
		err = t.mismatch(what)
	}
	return err
}

// more reports whether another element follows in an array; if not, its end is taken.
func (r *scanner) more() (bool, *ledger.Error) {
	k, err := r.peek()
	if k == ']' {
		r.held = false
	}
	return err == nil && k != ']', err
}

// name reads the next name of an object, or its end.
func (r *scanner) name() (name string, more bool, err *ledger.Error) {
	t, err := r.read()
	if err != nil || t.kind == '}' {
		return "", false, err
	}
	name, err = r.unquote(t.text)
	return name, true, err
}

// string reads a JSON string; what names it in the error.
func (r *scanner) string(what string) (string, *ledger.Error) {
	t, err := r.read()
	if err != nil {
		return "", err
	}
	if t.kind != '"' {
		return "", t.mismatch(what)
	}
	return r.unquote(t.text)
}

// number reads the text of a JSON number, or of a JSON string of it.
func (r *scanner) number(what string) (string, *ledger.Error) {
	t, err := r.read()
	switch {
	case err != nil:
		return "", err
	case t.kind == '"':
		return r.unquote(t.text)
	case t.kind == '0':
		return t.text, nil
	}
	return "", t.mismatch(what)
}

func (r *scanner) unquote(quoted string) (string, *ledger.Error) {
	if strings.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1], nil
	}
	b, err := jsontext.AppendUnquote(nil, quoted)
	return string(b), r.syntax(err)
}

// mismatch is the error of a token of another kind than what.
func (t token) mismatch(what string) *ledger.Error {
	found := ""
	switch t.kind {
	case '{':
		found = "an object"
	case '[':
		found = "an array"
	case 'n', 't', 'f':
		found = t.text
	case '"':
		found = "the string " + short([]byte(t.text))
	default:
		found = "the number " + short([]byte(t.text))
	}
	return expected(what, found)
}

// end makes sure that nothing follows the object.
func (r *scanner) end() *ledger.Error {
	at := r.json.InputOffset()
	if _, err := r.json.ReadToken(); err != io.EOF {
		return expected("one JSON object and nothing after it", "more after byte "+strconv.FormatInt(at, 10))
	}
	return nil
}

// syntax says what jsontext found wrong. The field is that of the whole line.
func (r *scanner) syntax(err error) *ledger.Error {
	if err == nil {
		return nil
	}
	var s *jsontext.SyntacticError
	if !errors.As(err, &s) {
		return expected("a JSON object", "the end of the line after byte "+strconv.FormatInt(r.json.InputOffset(), 10))
	}
	e := &ledger.Error{Code: ledger.Invalid, Detail: atRoot}
	e.Field = pointerPath(s.JSONPointer)
	if s.Err == jsontext.ErrDuplicateName {
		e.Message = "expected each field once, found " + quote(s.JSONPointer.LastToken()) + " a second time"
	} else {
		e.Message = "expected well-formed JSON, found " + s.Err.Error() + " at byte " + strconv.FormatInt(s.ByteOffset, 10)
	}
	return e
}

// atRoot marks an error whose field is a path from the root already, as those of jsontext are; Decode
// takes the mark away.
const atRoot = "\x00"

// pointerPath turns "/splits/1/amount" into "splits[1].amount".
func pointerPath(p jsontext.Pointer) string {
	path := ""
	for token := range p.Tokens() {
		if _, err := strconv.ParseUint(token, 10, 32); err == nil && path != "" {
			token = "[" + token + "]"
		}
		path = join(path, token)
	}
	return path
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
	if plain(s) {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	b, _ = jsontext.AppendQuote(b, strings.ToValidUTF8(s, "\uFFFD")) // fails on invalid UTF-8 only
	return b
}

// plain reports whether s stands for itself between quotes.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
