package tabular

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
	names      map[string]int   // folded name to the first place in header that has it
	twice      map[string][]int // folded names that the first header has more than once, to all places
	twins      [][]int          // places of such names that were asked for
	place      []int            // place in header to place in the rows that are being read now
	whole      bool             // the End line was read, and nothing since

	cells []string
	line  int
	long  bool  // the row takes so much memory that texts are copied out of it
	open  bool  // the row has no line end
	ends  ends  // the last cells of the rows before
	err   error // fatal, or io.EOF

	zoneName string // last name looked up
	zone     *time.Location
}

// A Column is one column of a [Sheet]. The zero Column is one that the table does not have: its cells are empty.
type Column struct{ at int } // 1 + place in header

// Found reports whether the table has the column.
func (c Column) Found() bool { return c.at > 0 }

// Open reads the header of a table. The error is about the options, or says why the file is no table: it is compressed
// in a way that is not read here, is binary, or has no header. Rows are read by [Sheet.Next].
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

// check refuses an order of dates or a decimal sign that there is none of.
func (o Options) check() error {
	if o.Dates != "" && o.Dates != "dmy" && o.Dates != "mdy" {
		return fmt.Errorf("order of dates: expected %q or %q, found %q", "dmy", "mdy", o.Dates)
	}
	if o.Decimal != "" && o.Decimal != "." && o.Decimal != "," {
		return fmt.Errorf("decimal sign: expected %q or %q, found %q", ".", ",", o.Decimal)
	}
	return nil
}

// notText are the beginnings of files that are no text.
var notText = []struct{ begin, what string }{
	{"\xff\xfe", "UTF-16: save it as UTF-8"},
	{"\xfe\xff", "UTF-16: save it as UTF-8"},
	{"PK\x03\x04", "a ZIP archive or a spreadsheet (.xlsx)"},
	{"%PDF", "a PDF"},
	{"\x1f\x8b", "a file that gzip has compressed twice"},
	{"BZh", "a file that bzip2 has compressed: unpack it first"},
	{"\xfd7zXZ", "a file that xz has compressed: unpack it first"},
	{"\x28\xb5\x2f\xfd", "a file that zstd has compressed: unpack it first"},
	{"\x1f\x9d", "a file that compress has compressed: unpack it first"},
	{"7z\xbc\xaf", "a 7-Zip archive: unpack it first"},
	{"Rar!", "a RAR archive: unpack it first"},
	{"\xd0\xcf\x11\xe0", "a spreadsheet (.xls): save it as CSV"},
}

// Plain returns the text of a report, which need not be a table: what gzip has compressed, without a byte order
// mark. It refuses what is no text in UTF-8. It holds some KiB in memory, however large the file is.
func Plain(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	head, err := b.Peek(peeked)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, cut(fmt.Errorf("gzip: %w", err))
		}
		b = bufio.NewReader(z)
		if head, err = b.Peek(peeked); err != nil && err != io.EOF {
			return nil, cut(fmt.Errorf("gzip: %w", err))
		}
	}
	if bytes.HasPrefix(head, []byte(mark)) {
		b.Discard(len(mark)) // peeked, so it is there
		return b, nil
	}
	for _, n := range notText {
		if begin := n.begin[:min(len(n.begin), peeked)]; bytes.HasPrefix(head, []byte(begin)) {
			return nil, fmt.Errorf("expected text in UTF-8, found %s", n.what)
		}
	}
	return b, nil
}

const (
	mark   = "\xef\xbb\xbf" // the byte order mark
	peeked = 4              // bytes that tell what a file is
)

// cut returns err, which wraps [ErrTruncated] if more was to come.
func cut(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", ErrTruncated, err)
	}
	return err
}

// Header returns the names of the columns, as the first header has them.
func (s *Sheet) Header() []string { return s.header }

// HeaderText lists the names of the columns for an error message, the first few of many.
func (s *Sheet) HeaderText() string {
	const columns = 30
	var out strings.Builder
	for i, h := range s.header {
		if i == columns {
			fmt.Fprintf(&out, " and %d more", len(s.header)-columns)
			break
		}
		if i > 0 {
			out.WriteString(", ")
		}
		out.WriteString(short(h))
	}
	return out.String()
}

// Column returns the column with the first of the names that the header has; upper and lower case and spaces do
// not count. If the header has that name more than once, [Sheet.Next] refuses the rows in which these cells
// differ.
func (s *Sheet) Column(names ...string) Column {
	for _, n := range names {
		f := fold(n)
		at, ok := s.names[f]
		if !ok {
			continue
		}
		if twins := s.twice[f]; len(twins) > 0 {
			s.twins = append(s.twins, twins)
			delete(s.twice, f) // once is enough
		}
		return Column{at + 1}
	}
	return Column{}
}

// Line returns the line that the current row begins with, from 1.
func (s *Sheet) Line() int { return s.line }

// Text returns a cell of the current row without space around it. Bytes that are no UTF-8 read as U+FFFD. All
// texts of a short row share its memory.
func (s *Sheet) Text(c Column) string {
	t := s.cell(c)
	if s.long { // whoever keeps a short text must not keep a long row
		t = strings.Clone(t)
	}
	if !utf8.ValidString(t) {
		return strings.ToValidUTF8(t, "\uFFFD")
	}
	return t
}

// cell returns the text of a column in the current row, without white space around it.
func (s *Sheet) cell(c Column) string {
	if c.at == 0 || s.place[c.at-1] >= len(s.cells) { // a row that was refused may be short
		return ""
	}
	return trim(s.cells[s.place[c.at-1]])
}

// Errorf returns the error of a cell of the current row; c may be the zero Column where the row as a whole is meant.
func (s *Sheet) Errorf(c Column, format string, args ...any) *providers.LineError {
	e := &providers.LineError{Line: s.line, What: fmt.Sprintf(format, args...)}
	if len(e.What) > maxError {
		e.What = strings.ToValidUTF8(e.What[:maxError], "") + "…"
	}
	if c.at > 0 {
		e.Column = short(s.header[c.at-1])
	}
	return e
}

// fail ends the reading with err, which every later call of [Sheet.Next] returns too.
func (s *Sheet) fail(err error) error {
	if s.err == nil {
		s.err = err
	}
	s.cells = s.cells[:0]
	return s.err
}

// fold returns a column's name without what does not count in it: versions of one report differ in capitals and spaces.
func fold(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\u00a0' {
			return -1
		}
		return r
	}, name))
}

// trim cuts white space off both ends. It looks at ASCII alone, as it is called for each cell.
func trim(s string) string {
	for s != "" && blank(s[0]) {
		s = s[1:]
	}
	for s != "" && blank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// blank is white space of ASCII.
func blank(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

const (
	most     = 40   // bytes of a cell in an error message
	maxError = 1000 // bytes of an error message
)

// short returns a name of a column for an error message.
func short(s string) string {
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// quoted returns a cell for an error message, in quotes, so that a space at its end is seen. A long one is cut: a cell
// may have a whole file in it, or somebody's data.
func quoted(s string) string {
	if len(s) > most {
		return fmt.Sprintf("%q and more", strings.ToValidUTF8(s[:most], ""))
	}
	return fmt.Sprintf("%q", s)
}
