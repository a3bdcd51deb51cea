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

// A scanner reads the tokens of one line. jsontext sees to duplicate names, UTF-8 and grammar.
type scanner struct {
	json jsontext.Decoder
	buf  bytes.Buffer
	text string // the line once more; strings are cut out of it
}

var scanners = sync.Pool{New: func() any { return new(scanner) }}

// newScanner starts reading line, which must not change until release.
func newScanner(line []byte) *scanner {
	r := scanners.Get().(*scanner)
	r.buf = *bytes.NewBuffer(line)
	r.json.Reset(&r.buf)
	r.text = string(line)
	return r
}

func (r *scanner) release() {
	r.buf = bytes.Buffer{}
	r.json.Reset(&r.buf)
	r.text = ""
	scanners.Put(r)
}

// open reads the '{' or '[' that begins what.
func (r *scanner) open(delimiter jsontext.Kind, what string) *ledger.Error {
	if r.json.PeekKind() != delimiter {
		return r.mismatch(what)
	}
	_, err := r.json.ReadToken()
	return r.syntax(err)
}

// close reads the delimiter that ends an object or array.
func (r *scanner) close() *ledger.Error {
	_, err := r.json.ReadToken()
	return r.syntax(err)
}

// more reports whether another element follows in an array.
func (r *scanner) more() bool {
	k := r.json.PeekKind()
	return k != ']' && k != jsontext.KindInvalid
}

// name reads the next name of an object, or its end. The name is good until the next read.
func (r *scanner) name() (name []byte, more bool, e *ledger.Error) {
	if r.json.PeekKind() == '}' {
		_, err := r.json.ReadToken()
		return nil, false, r.syntax(err)
	}
	v, err := r.json.ReadValue()
	if err != nil {
		return nil, false, r.syntax(err)
	}
	if len(v) < 2 || v[0] != '"' {
		return nil, false, expected("a field name", describe(v))
	}
	if name = v[1 : len(v)-1]; bytes.IndexByte(name, '\\') < 0 {
		return name, true, nil
	}
	name, err = jsontext.AppendUnquote(nil, v)
	return name, true, r.syntax(err)
}

// string reads a JSON string; what names it in the error.
func (r *scanner) string(what string) (string, *ledger.Error) {
	if r.json.PeekKind() != '"' {
		return "", r.mismatch(what)
	}
	v, err := r.json.ReadValue()
	if err != nil {
		return "", r.syntax(err)
	}
	if bytes.IndexByte(v, '\\') < 0 {
		end := int(r.json.InputOffset()) - 1
		return r.text[end-len(v)+2 : end], nil
	}
	b, err := jsontext.AppendUnquote(nil, v)
	return string(b), r.syntax(err)
}

// number reads the text of a JSON number, or of a JSON string of it.
func (r *scanner) number(what string) (string, *ledger.Error) {
	switch r.json.PeekKind() {
	case '"':
		return r.string(what)
	case '0':
		v, err := r.json.ReadValue()
		if err != nil {
			return "", r.syntax(err)
		}
		end := int(r.json.InputOffset())
		return r.text[end-len(v) : end], nil
	}
	return "", r.mismatch(what)
}

// mismatch is the error of a value of another kind than what.
func (r *scanner) mismatch(what string) *ledger.Error {
	var found string
	switch r.json.PeekKind() {
	case '{':
		found = "an object"
	case '[':
		found = "an array"
	case ']', '}':
		found = "nothing"
	default:
		v, err := r.json.ReadValue()
		if err != nil {
			return r.syntax(err)
		}
		found = describe(v)
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

// describe names a scalar JSON value for an error.
func describe(v []byte) string {
	if len(v) == 0 {
		return "nothing"
	}
	switch v[0] {
	case 'n':
		return "null"
	case '"':
		return "the string " + short(v)
	case 't', 'f':
		return string(v)
	}
	return "the number " + short(v)
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
