package jsonl

import (
	"bytes"
	"fmt"
	"io"
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
		r := &Scanner{text: value}
		_, err := scalar(r)
		if behind := r.End(); err == nil && behind != nil {
			err = behind
		}
		if ok, want := err == nil, jsontext.Value(value).IsValid(); ok != want {
			t.Errorf("%s: the scanner takes it: %v (%v), jsontext: %v", value, ok, err, want)
		}
	}
}

// scalar reads a string, number or literal.
func scalar(r *Scanner) (string, error) {
	var s string
	var err *ledger.Error
	switch c := r.Space(); {
	case c == '"':
		s, err = r.quoted()
	case c == '-' || '0' <= c && c <= '9':
		s, err = r.numeral()
	default:
		s, err = r.Literal()
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
		for _, text := range []string{string(quoted), `"` + escaped.String() + `"`, string(AppendString(nil, want))} {
			if got, err := (&Scanner{text: text}).String("a string"); err != nil || got != want {
				t.Fatalf("%s was read as %q, %v, want %q", text, got, err, want)
			}
		}
	})
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
		r := &Scanner{text: line}
		reads := walk(r) && r.End() == nil
		if is := jsontext.Value(line).IsValid(jsontext.AllowDuplicateNames(true)); reads != is {
			t.Fatalf("%q: the scanner reads it: %v, jsontext: %v", line, reads, is)
		}
	})
}

// benchLine is a capture with three splits.
const benchLine = `{"id":"018f2c3e-7d4a-7c1b-9e2f-3a4b5c6d7e8f","type":"payment.capture","at":"2026-03-10T09:15:21Z","payment":"order-1001","provider":"adyen","amount":{"value":40000,"currency":"USD"},"splits":[{"type":"BalanceAccount","account":"BA00000000000000000000001","amount":{"value":35000},"reference":"seller"},{"type":"Commission","amount":{"value":4000},"reference":"commission"},{"type":"VAT","amount":{"value":1000},"reference":"vat"}]}`

// BenchmarkTokens compares the scanner with package jsontext on the tokens of one capture.
func BenchmarkTokens(b *testing.B) {
	b.Run("scanner", func(b *testing.B) {
		for b.Loop() {
			r := &Scanner{text: benchLine}
			if !walk(r) {
				b.Fatal(r.at)
			}
		}
	})
	b.Run("jsontext", func(b *testing.B) {
		line := []byte(benchLine)
		var d jsontext.Decoder
		for b.Loop() {
			d.Reset(bytes.NewBuffer(line))
			for {
				if _, err := d.ReadToken(); err == io.EOF {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// walk reads a value of any kind.
func walk(r *Scanner) bool {
	switch r.Space() {
	case '{':
		if r.Open('{', "") != nil {
			return false
		}
		for {
			_, more, err := r.Name()
			if err != nil || !more {
				return err == nil
			}
			if !walk(r) {
				return false
			}
		}
	case '[':
		if r.Open('[', "") != nil {
			return false
		}
		for {
			more, err := r.More()
			if err != nil || !more {
				return err == nil
			}
			if !walk(r) {
				return false
			}
		}
	}
	_, err := scalar(r)
	return err == nil
}
