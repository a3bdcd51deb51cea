package sheet

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/splitledger/splitledger/providers"
)

// ErrTruncated is wrapped by the error of a file that is cut short.
var ErrTruncated = errors.New("the report is cut short")

// Options say what a table leaves open. The zero value is useful.
type Options struct {
	End     string         // the line that ends a whole report, "<END>"; empty where there is none
	Dates   string         // the order of day and month in 2/11/25, "dmy" or "mdy"; empty: such dates are refused
	Decimal string         // the decimal sign, "." or ","; empty: told from the amount, refused where it cannot be
	Zone    *time.Location // of times that have none and no column for it, or a name of several zones; nil: UTC
}

// A Sheet is a table that is being read. It is not for several goroutines.
type Sheet struct {
	o   Options
	in  scanner
	sep byte

	header     []string // as in the first header
	headerLine int
	names      map[string]int  // folded name to the first place in header that has it
	twice      map[string]bool // folded names that the first header has more than once
	place      []int           // place in header to place in the rows that are being read now
	whole      bool            // the End line was read, and nothing since

	cells []string
	line  int
	open  bool  // the row has no line end
	err   error // fatal, or io.EOF

	zoneName string // last name looked up
	zone     *time.Location
}

// A Column is one column of a [Sheet]. The zero Column is one that the table does not have: its cells are empty.
type Column struct{ at int } // 1 + place in header

// Found reports whether the table has the column.
func (c Column) Found() bool { return c.at > 0 }

// Open reads the header of a table.
func Open(r io.Reader, o Options) (*Sheet, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	text, err := Plain(r)
	if err != nil {
		return nil, err
	}
	s := &Sheet{o: o, in: scanner{r: text}}
	if err := s.readHeader(); err != nil {
		return nil, err
	}
	return s, nil
}

func (o Options) check() error {
	if o.Dates != "" && o.Dates != "dmy" && o.Dates != "mdy" {
		return fmt.Errorf("order of dates: expected %q or %q, found %q", "dmy", "mdy", o.Dates)
	}
	if o.Decimal != "" && o.Decimal != "." && o.Decimal != "," {
		return fmt.Errorf("decimal sign: expected %q or %q, found %q", ".", ",", o.Decimal)
	}
	return nil
}

// Plain returns the text of a report, which need not be a table: what gzip has compressed, without a byte order mark. It refuses what
// is no text in UTF-8.
func Plain(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	head, err := b.Peek(4)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, cut(fmt.Errorf("gzip: %w", err))
		}
		b = bufio.NewReader(z)
		if head, err = b.Peek(4); err != nil && err != io.EOF {
			return nil, cut(fmt.Errorf("gzip: %w", err))
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		b.Discard(3) // peeked, so it is there
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return nil, errors.New("expected text in UTF-8, found UTF-16: save it as UTF-8")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return nil, errors.New("expected text, such as CSV, found a ZIP archive or a spreadsheet (.xlsx)")
	case bytes.HasPrefix(head, []byte("%PDF")):
		return nil, errors.New("expected text, such as CSV, found a PDF")
	}
	return b, nil
}

// cut returns err, which wraps [ErrTruncated] if more was to come.
func cut(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", ErrTruncated, err)
	}
	return err
}

// Header returns the names of the columns, as the first header has them.
func (s *Sheet) Header() []string { return s.header }

// Column returns the column with the first of the names that the header has; upper and lower case and spaces do not count. If the
// header has that name twice, [Sheet.Next] fails, as it cannot be told which is meant.
func (s *Sheet) Column(names ...string) Column {
	for _, n := range names {
		f := fold(n)
		at, ok := s.names[f]
		if !ok {
			continue
		}
		if s.twice[f] {
			s.fail(fmt.Errorf("line %d: expected one column %q, found two", s.headerLine, s.header[at]))
		}
		return Column{at + 1}
	}
	return Column{}
}

// Line returns the line that the current row begins with, from 1.
func (s *Sheet) Line() int { return s.line }

// Text returns a cell of the current row without space around it. Bytes that are no UTF-8 read as U+FFFD. All texts of a row share
// its memory.
func (s *Sheet) Text(c Column) string {
	t := s.cell(c)
	if !utf8.ValidString(t) {
		return strings.ToValidUTF8(t, "\uFFFD")
	}
	return t
}

func (s *Sheet) cell(c Column) string {
	if c.at == 0 || len(s.cells) == 0 {
		return ""
	}
	return trim(s.cells[s.place[c.at-1]])
}

// last reports whether c is the last cell of a row whose end is missing, so that the cell may be cut short.
func (s *Sheet) last(c Column) bool {
	return s.open && c.at > 0 && s.place[c.at-1] == len(s.cells)-1
}

// Uncut returns a [*providers.LineError] if one of the columns is the last of a row whose end is missing and has a text, of which
// letters may be missing: a name that is cut short may be the name of something else. Amounts and times are refused there anyway;
// what is one of a few words may be read, as no other word begins like it.
func (s *Sheet) Uncut(columns ...Column) error {
	if !s.open {
		return nil
	}
	for _, c := range columns {
		if s.last(c) && s.cell(c) != "" {
			return s.Errorf(c, "expected a line end after the text, found the end of the file: it may be cut short")
		}
	}
	return nil
}

// Errorf returns the error of a cell of the current row; c may be the zero Column where the row as a whole is meant.
func (s *Sheet) Errorf(c Column, format string, args ...any) *providers.LineError {
	e := &providers.LineError{Line: s.line, What: fmt.Sprintf(format, args...)}
	if c.at > 0 {
		e.Column = s.header[c.at-1]
	}
	return e
}

// fail ends the reading with err.
func (s *Sheet) fail(err error) error {
	if s.err == nil {
		s.err = err
	}
	s.cells = s.cells[:0]
	return s.err
}

// fold returns a column's name without what does not count in it.
func fold(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\u00a0' {
			return -1
		}
		return r
	}, name))
}

func trim(s string) string {
	for s != "" && blank(s[0]) {
		s = s[1:]
	}
	for s != "" && blank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func blank(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

// quoted returns a cell for an error message.
func quoted(s string) string {
	const most = 40
	if len(s) > most {
		return fmt.Sprintf("%q and more", strings.ToValidUTF8(s[:most], ""))
	}
	return fmt.Sprintf("%q", s)
}
