package eventlines

import (
	"bytes"
	"compress/gzip"
	"testing"
	"unicode/utf16"
)

// TestKindOf shows files of all kinds, and files of events that look a little like others.
func TestKindOf(t *testing.T) {
	const event = `{"id":"1","type":"account.freeze","account":"a"}` + "\n"
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write([]byte(event))
	w.Close()
	wide := "\xff\xfe"
	for _, c := range utf16.Encode([]rune(event)) {
		wide += string([]byte{byte(c), byte(c >> 8)})
	}
	for text, want := range map[string]Kind{
		event:                   Events,
		"\ufeff\n" + event:      Events,
		event + "not, an event": Events,
		`{"splitledger":"journal","version":3}` + "\n{}": Export,
		packed.String():                    Gzip,
		wide:                               UTF16,
		wide[2:]:                           UTF16,
		"PK\x03\x04\x14\x00":               Zip,
		"<?xml version=\"1.0\"?>":          XML,
		"Type,Amount\n\"a,b\",2\n":         CSV,
		"\ufeffType;Amount\r\nx;2\r\n":     CSV,
		"Type\tAmount\nx\t2\n":             CSV,
		"{\n  \"id\": \"1\"\n}\n":          Pretty,
		"{ \"id\": \"1\",\n\t\"type\": 2}": Pretty,
		"[\n{}]":                           Array,
		"[" + event + "," + event + "]":    Array,
		"":                                 Unknown,
		"\n \n":                            Unknown,
		"what, is this\n" + event:          Unknown, // one line is damaged, and the next is an event
		`{"id":"1","type":` + "\n" + event: Unknown, // cut short
		"{\n" + event:                      Unknown,
		`{"id":"1","type":"unheard.of"}`:   Unknown,
		"nothing":                          Unknown,
		"\xff\x00\x01":                     Unknown,
	} {
		if got := KindOf([]byte(text)); got != want {
			t.Errorf("%.40q: kind %d, want %d", text, got, want)
		}
	}
}
