// What a file that is given in place of events looks like. A refusal of each of its lines would not say what is wrong.

package eventlines

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/splitledger/splitledger/posting/wire"
)

// A Kind is what a file looks like by its beginning.
type Kind int

// The kinds. A file of which nothing is known may be one of events, or of anything else.
const (
	Unknown Kind = iota
	Events
	Export // of a ledger
	Gzip
	Zip // an .xlsx is one
	UTF16
	XML
	CSV
	Pretty // one JSON object over several lines
	Array  // a JSON array
)

// magic is what files of some kinds begin with.
var magic = map[Kind][]string{
	Gzip: {"\x1f\x8b"}, Zip: {"PK\x03\x04", "PK\x05\x06"}, UTF16: {"\xff\xfe", "\xfe\xff", "{\x00", "\x00{"},
	XML: {"<?xml", "<Document"},
}

// KindOf says what a file looks like that begins with head. It says so only where it is sure: a file of events with a
// first line that is damaged is still one of events.
func KindOf(head []byte) Kind {
	for kind, all := range magic {
		for _, begin := range all {
			if bytes.HasPrefix(head, []byte(begin)) {
				return kind
			}
		}
	}
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff")))
	first, rest, more := bytes.Cut(head, []byte{'\n'})
	first = bytes.TrimSpace(first)
	second, _, _ := bytes.Cut(bytes.TrimLeft(rest, " \t\r\n"), []byte{'\n'})
	switch {
	case len(first) == 0 || !utf8.Valid(first):
		return Unknown
	case first[0] == '[' && (len(first) == 1 || json.Valid(head) || first[1] == '{'):
		return Array
	case first[0] != '{':
		return table(string(first), string(second))
	case json.Valid(first):
		return object(first)
	case more && (len(first) == 1 || strings.ContainsRune("{[,:", rune(first[len(first)-1]))) &&
		len(second) > 0 && second[0] == '"':
		return Pretty
	}
	return Unknown
}

// object says which kind of file has such a JSON object as its first line.
func object(line []byte) Kind {
	var o struct{ Splitledger, Type string }
	if json.Unmarshal(line, &o) != nil {
		return Unknown
	}
	switch {
	case o.Splitledger == "journal":
		return Export
	case wire.Known(o.Type):
		return Events
	}
	return Unknown
}

// table recognises CSV: its first two lines have the same sign between their columns.
func table(first, second string) Kind {
	for _, sign := range []string{",", ";", "\t"} {
		if strings.Contains(first, sign) && strings.Contains(second, sign) && !strings.HasPrefix(second, "{") {
			return CSV
		}
	}
	return Unknown
}
