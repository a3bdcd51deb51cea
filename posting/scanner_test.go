package posting

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/ledger"
)

// TestScannerReadsWhatJSONIs holds the scanner to package jsontext: values one takes, the other takes, with the same text.
func TestScannerReadsWhatJSONIs(t *testing.T) {
	for _, value := range []string{
		`"a"`, `""`, `"\"\\\/\b\f\n\r\t"`, `"\u00e9\u20AC"`, `"\ud83d\ude00"`, `"😀é\n"`,
		`"\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`, `"\ude00"`, `"\u12"`, `"\u12g4"`, `"\u+123"`, `"\x41"`, `"\`, `"a`, `"`, "\"\t\"", "\"é\x01\"", "\"\\n\x01\"",
		"\"\xff\"", "\"\\n\xff\"", "\"\xed\xa0\x80\"", `'a'`,
		`0`, `-0`, `10`, `-1`, `1.5`, `1e3`, `1E+3`, `1e-3`, `1.25e10`, `01`, `-`, `+1`, `1.`, `.5`, `1e`, `1e+`, `0x1`, `--1`, `1-`, `1_0`, `Infinity`, `NaN`,
		`true`, `false`, `null`, `True`, `tru`, `nul`, ``, ` `, `,`, `:`, `}`, `]`,
	} {
		r := &scanner{text: value}
		_, err := scalar(r)
		if behind := r.end(); err == nil && behind != nil {
			err = behind
		}
		if ok, want := err == nil, jsontext.Value(value).IsValid(); ok != want {
			t.Errorf("%s: the scanner takes it: %v (%v), jsontext: %v", value, ok, err, want)
		}
	}
}

// scalar reads a string, number or literal.
func scalar(r *scanner) (string, error) {
	var s string
	var err *ledger.Error
	switch c := r.space(); {
	case c == '"':
		s, err = r.quoted()
	case c == '-' || '0' <= c && c <= '9':
		s, err = r.numeral()
	default:
		s, err = r.literal()
	}
	if err != nil {
		return "", err
	}
	return s, nil
}

func TestScannerUnquotes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.String().Draw(t, "string")
		quoted, err := jsontext.AppendQuote(nil, want)
		if err != nil {
			return
		}
		var escaped strings.Builder
		for _, c := range want {
			if c > 0xffff {
				c -= 0x10000
				fmt.Fprintf(&escaped, `\u%04x\u%04X`, 0xd800+c>>10, 0xdc00+c&0x3ff)
			} else {
				fmt.Fprintf(&escaped, `\u%04x`, c)
			}
		}
		for _, text := range []string{string(quoted), `"` + escaped.String() + `"`, string(appendString(nil, want))} {
			if got, err := (&scanner{text: text}).string("a string"); err != nil || got != want {
				t.Fatalf("%s was read as %q, %v, want %q", text, got, err, want)
			}
		}
	})
}

// TestDecodeOfDamagedLines changes a byte somewhere: what Decode then takes is still JSON, and JSON with names given
// twice it does not take.
func TestDecodeOfDamagedLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent(t)
		line := e.AppendJSON(nil)
		at := rapid.IntRange(0, len(line)-1).Draw(t, "at")
		with := []byte(rapid.SampledFrom([]string{"", " ", "\"", ",", "}", "{", "]", "[", ":", "\\", "0", "-", "e", "x", "\x00", "\xff"}).Draw(t, "with"))
		line = append(line[:at:at], append(with, line[at+rapid.IntRange(0, 1).Draw(t, "cut"):]...)...)
		if _, err := Decode(line); err == nil && !jsontext.Value(line).IsValid() {
			t.Fatalf("%q is not JSON, but was decoded", line)
		}
	})
}

func TestEventsInEncodingJSON(t *testing.T) {
	const line = `{"events":[{"id":"1","type":"account.close","account":"a"}]}`
	var batch struct {
		Events []Event `json:"events"`
	}
	if err := json.Unmarshal([]byte(line), &batch); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(batch); err != nil || string(again) != line {
		t.Errorf("%s, %v", again, err)
	}
	if err := json.Unmarshal([]byte(strings.Replace(line, "account.close", "account.shut", 1)), &batch); err == nil || !strings.Contains(err.Error(), "account.shut") {
		t.Errorf("an unknown type: %v", err)
	}
}

// FuzzScanner holds the scanner to package jsontext: it reads a line to its end if and only if that is JSON.
func FuzzScanner(f *testing.F) {
	for _, line := range []string{benchLine, `[]`, `{"a":[1,-0.5e+3,{"b":null}],"a":true}`, `[1,]`, `{"a"}`, `{,}`, `["\ud83d\ude00","\ud83d"]`, "[1\v]", `{"a":1}x`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.Count(line, "[")+strings.Count(line, "{") > 5000 { // jsontext has a limit
			return
		}
		r := &scanner{text: line}
		reads := walk(r) && r.end() == nil
		if is := jsontext.Value(line).IsValid(jsontext.AllowDuplicateNames(true)); reads != is {
			t.Fatalf("%q: the scanner reads it: %v, jsontext: %v", line, reads, is)
		}
	})
}
