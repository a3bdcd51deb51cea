package bank

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/splitledger/splitledger/money"
)

// Opening a file: which format it has, and what it is if it is none of ours.

// A Reader reads the statements in a file. It is not for several goroutines.
type Reader interface {
	// Format is "camt.053" or "MT940".
	Format() string

	// Next returns the next line, or a statement that has ended, one of them. The error is a
	// [*providers.LineError] where a line could not be read, after which Next goes on; [io.EOF] after the last
	// statement; and any other where the file cannot be read on.
	Next() (*Line, *Statement, error)
}

// ErrFormat is wrapped by the error of a file that is no statement.
var ErrFormat = errors.New("expected an end-of-day bank statement (camt.053 or MT940)")

// headSize is how much of a file is looked at to tell its format.
const headSize = 4096

// Open begins to read statements. Which format it is, is recognised by how the text begins. Other formats of banks are
// refused by name.
func Open(r io.Reader, t money.Table) (Reader, error) {
	b, err := plain(r)
	if err != nil {
		return nil, err
	}
	head, err := b.Peek(headSize)
	if err != nil && err != io.EOF {
		return nil, err
	}
	text := bytes.TrimLeft(head, "\r\n\t \x01")
	if swift.Match(text) {
		return newMT940(b, t), nil
	}
	if what := otherFormat(text); what != "" {
		return nil, fmt.Errorf("%w, found %s", ErrFormat, what)
	}
	if text[0] == '<' {
		return newCamt(b, t), nil
	}
	return nil, fmt.Errorf("%w, found a text that begins %.40q", ErrFormat, text)
}

// plain returns the text of a file: what gzip has compressed, without a byte order mark.
// What is compressed may be large, so it is unpacked while it is read, within a ratio (unpacker).
func plain(r io.Reader) (*bufio.Reader, error) {
	packed := &counter{in: r}
	b := bufio.NewReaderSize(packed, 1<<16)
	head, err := b.Peek(4)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		b = bufio.NewReaderSize(&unpacker{packed: packed, plain: z}, 1<<16)
		if head, err = b.Peek(4); err != nil && err != io.EOF {
			return nil, err
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		b.Discard(3) // peeked, so it is there
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return nil, fmt.Errorf("%w, found text in UTF-16: save it as UTF-8", ErrFormat)
	}
	return b, nil
}

// swift is how a message of SWIFT begins: perhaps with blocks or lines of the bank's own, then a field.
var swift = regexp.MustCompile(`(?m)^(\{[^\n]*\{4:)?[ \t]*:(20|25P?|28C?|60[FM]|61):`)

// others are formats that banks and bookkeeping programs write and that are not read here, by what they begin with.
// They are asked in this order; the table comes last, since nearly any text with commas looks like one.
var others = []struct {
	begins *regexp.Regexp
	what   string
}{
	{regexp.MustCompile(`^$`), "nothing"},
	{regexp.MustCompile(`^PK\x03\x04`), "a ZIP archive or a spreadsheet: unpack it first"},
	{regexp.MustCompile(`^%PDF`), "a PDF"},
	{regexp.MustCompile(`^(?i:OFXHEADER:|<OFX>)|^<\?(?i:xml)[^<]*<\?OFX|^<\?OFX`),
		"an OFX file (Open Financial Exchange)"},
	{regexp.MustCompile(`^(?i:<!doctype html|<html)`), "a web page"},
	{regexp.MustCompile(`^!(Type|Account|Option)\b`), "a QIF file (Quicken Interchange Format)"},
	{regexp.MustCompile(`^01,[^,\n]*,[^,\n]*,\d{6},[^\n]*/\s*\n\s*(02|03|88),`),
		"a BAI2 file (Cash Management Balance Reporting)"},
	{regexp.MustCompile(`^0{5}\d{6}\d{3}05`), "a CODA file"},
	{regexp.MustCompile(`^(\[|\{\s*")`), "JSON"},
	{regexp.MustCompile(`^[^\n:{<]*[,;\t][^\n:{<]*[,;\t]?[^\n]*\n`), "a table (CSV)"},
}

// otherFormat names the format of a text that is no statement; empty where it may be one.
func otherFormat(head []byte) string {
	for _, o := range others {
		if o.begins.Match(head) {
			return o.what
		}
	}
	return ""
}

// messages of ISO 20022 and SWIFT that say something of an account and are no statement.
const (
	interimSWIFT = "an interim report (MT942)"
	balanceSWIFT = "a balance report (MT941)"
)

// isoMessage names a message of ISO 20022 by the element that holds it; empty if that is none.
func isoMessage(element string) string {
	switch {
	case strings.HasPrefix(element, "BkToCstmrAcctRpt"):
		return "an interim report (camt.052)"
	case strings.HasPrefix(element, "BkToCstmrDbtCdtNtfctn"):
		return "a notification of debits and credits (camt.054)"
	case strings.HasPrefix(element, "CstmrPmtStsRpt"):
		return "a status report of payments (pain.002)"
	case strings.HasPrefix(element, "CstmrCdtTrfInitn"), strings.HasPrefix(element, "CstmrDrctDbtInitn"):
		return "an order of payments (pain)"
	case strings.HasPrefix(element, "BkToCstmr"):
		return element + ", another message of ISO 20022"
	}
	return ""
}
