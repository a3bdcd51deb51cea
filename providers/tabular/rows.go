package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/splitledger/splitledger/providers"
)

// readHeader reads the header and finds the separator. A file that is no table is told here: binary data, UTF-16, an
// empty file, or a first line of text longer than names of columns are.
func (s *Sheet) readHeader() error {
	text, err := s.firstLine()
	if err != nil {
		return err
	}
	if bytes.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' }) >= 0 {
		return errors.New("expected a table in UTF-8, found binary data or UTF-16")
	}
	if s.sep == 0 {
		s.sep = separator(text)
	}
	cells, line, open, err := s.in.next(s.sep, 0, nil)
	switch {
	case err != nil:
		return fmt.Errorf("line %d: %w", line, err)
	case open && s.o.End == "":
		return fmt.Errorf("line %d: %w: expected a line end after the header, found the end of the file",
			line, ErrTruncated)
	}
	for i, c := range cells {
		if len(c) > maxName*utf8.UTFMax {
			return fmt.Errorf("line %d: expected names of columns, found a text of %d bytes as name %d",
				line, len(c), i+1)
		}
	}
	s.setHeader(cells, line)
	return nil
}

// firstLine returns the first line that says something, and passes those before it.
func (s *Sheet) firstLine() ([]byte, error) {
	for {
		line, took, err := s.in.peek(0)
		switch {
		case err == io.EOF:
			return nil, errors.New("expected a header, found an empty file")
		case err != nil:
			return nil, err
		}
		if sep, ok := bytes.CutPrefix(line, []byte("sep=")); ok && len(sep) == 1 {
			s.sep = sep[0] // spreadsheets write such a line
		} else if len(bytes.TrimSpace(line)) > 0 {
			return line, nil
		}
		s.in.take(took, 1)
	}
}

// separator returns the byte that separates the cells of a header: the most frequent of comma, semicolon and tab
// outside quotes. Spreadsheets write a semicolon where the comma is the decimal sign.
func separator(header []byte) byte {
	best, most, inQuotes := byte(','), 0, false
	var count [256]int
	for _, b := range header {
		if b == '"' {
			inQuotes = !inQuotes
		}
		if !inQuotes {
			count[b]++
		}
	}
	for _, sep := range []byte{',', ';', '\t'} {
		if count[sep] > most {
			best, most = sep, count[sep]
		}
	}
	return best
}

// setHeader takes the names of the columns. A name may stand there several times: which column counts is only decided
// when one of that name is asked for.
func (s *Sheet) setHeader(cells []string, line int) {
	s.headerLine = line
	s.header = make([]string, len(cells))
	s.place = make([]int, len(cells))
	s.names = make(map[string]int, len(cells))
	for i, c := range cells {
		s.header[i], s.place[i] = strings.Clone(trim(c)), i
		f := fold(c)
		if f == "" {
			continue
		}
		first, ok := s.names[f]
		if !ok {
			s.names[f] = i
			continue
		}
		if s.twice == nil {
			s.twice = make(map[string][]int)
		}
		if len(s.twice[f]) == 0 {
			s.twice[f] = []int{first}
		}
		s.twice[f] = append(s.twice[f], i)
	}
}

// Next goes on to the next row. The error is [io.EOF] after the last, a [*providers.LineError] where a row
// cannot be read, after which Next goes on, and any other where the table cannot be read on.
func (s *Sheet) Next() error {
	for {
		if s.err != nil {
			return s.err
		}
		var err error
		s.cells, s.line, s.open, err = s.in.next(s.sep, len(s.header), s.cells)
		switch {
		case err == nil:
		case err == io.EOF:
			return s.fail(s.end())
		case errors.As(err, new(fault)):
			return s.Errorf(Column{}, "%s", err)
		default:
			return s.fail(fmt.Errorf("line %d: %w", s.line, err))
		}
		s.long = s.in.size > longRow
		if pass, err := s.pass(); err != nil {
			return err
		} else if !pass {
			return s.check()
		}
	}
}

// check refuses a row with a cell that is too long, or with two values of one name. Of two columns of one name nobody
// can say which is meant, unless they agree.
func (s *Sheet) check() error {
	if s.in.size > maxCell {
		for i, p := range s.place {
			if n := len(s.cells[p]); n > maxCell {
				return s.refuse(s.Errorf(Column{i + 1}, "expected at most %d KiB, found %d bytes", maxCell>>10, n))
			}
		}
	}
	for _, twins := range s.twins {
		first := trim(s.cells[s.place[twins[0]]])
		for _, at := range twins[1:] {
			if other := trim(s.cells[s.place[at]]); other != first {
				return s.refuse(s.Errorf(Column{at + 1},
					"expected one value in the columns %d and %d, which have this name, found %s and %s",
					twins[0]+1, at+1, quoted(first), quoted(other)))
			}
		}
	}
	if !s.open {
		s.ends.add(trim(s.cells[len(s.cells)-1]))
	}
	return nil
}

// refuse passes a row over: its cells read as empty, so that nothing of it is taken for the next row's.
func (s *Sheet) refuse(err *providers.LineError) error {
	s.cells = s.cells[:0]
	return err
}

// pass looks whether the row is something else than a row: an empty line, the end, a header again.
func (s *Sheet) pass() (pass bool, err error) {
	first := trim(s.cells[0])
	if first == "" && empty(s.cells) {
		if s.open && len(s.cells) > 1 {
			return false, s.Errorf(Column{},
				"expected a row, found separators and no line end: the report may be cut short")
		}
		return true, nil
	}
	if s.o.End != "" && first == s.o.End && empty(s.cells[1:]) {
		s.whole = true
		return true, nil
	}
	// Reports are put one behind another, so a header may come again. Every row has a figure, and no header has,
	// unless it is the very same.
	if s.again() || !hasFigure(s.cells) {
		if pass, err := s.headerAgain(); err != nil || pass {
			return pass, err
		}
	}
	// What comes behind the end of a whole report and is no header may be a row that was added to it.
	if s.whole {
		return false, s.fail(fmt.Errorf("line %d: expected the end or a header after %s, found %s",
			s.line, s.o.End, quoted(first)))
	}
	if len(s.cells) == len(s.header) {
		return false, nil
	}
	return false, s.wrongCount()
}

// end says whether the report is whole at the end of the file. Only a provider that ends its reports with a line of
// their own lets that be known; else it is [io.EOF].
func (s *Sheet) end() error {
	if s.o.End != "" && !s.whole {
		return fmt.Errorf("%w: expected a last line %s, found the end of the file", ErrTruncated, s.o.End)
	}
	return io.EOF
}

// wrongCount refuses a row with too few or too many cells. It may be the last row of a report that has no line
// end and the header of the next: that must be the same then.
func (s *Sheet) wrongCount() error {
	e := s.Errorf(Column{}, "expected %d cells, found %d", len(s.header), len(s.cells))
	if s.open && len(s.cells) < len(s.header) {
		e.What += " and no line end: the report may be cut short"
	}
	// The first cell of the next header stands in one cell with the last of this row, so it is not compared.
	if s.known(s.cells)*2 >= len(s.header) && len(s.header) > 2 {
		tail := s.cells[max(0, len(s.cells)-len(s.header)+1):]
		for i, p := range s.place {
			if p > 0 && (len(tail) != len(s.header)-1 || fold(tail[p-1]) != fold(s.header[i])) {
				return s.fail(fmt.Errorf("line %d: expected a row, found a row and another header", s.line))
			}
		}
		e.What += ": a row and the header of another report, with no line end between them"
	}
	s.cells = s.cells[:0]
	return e
}

// again reports whether the row has the very names of the header in their places, whatever these look like: a column
// may be named by a year, or "3DS2".
func (s *Sheet) again() bool {
	if len(s.cells) != len(s.header) {
		return false
	}
	for i, c := range s.cells {
		if trim(c) != s.header[i] {
			return false
		}
	}
	return true
}

// headerAgain looks whether a row without figures is a header. If it has the names of the first, rows are read in its
// order from here on. A header of another report ends the reading, as its rows would be read under the wrong names.
func (s *Sheet) headerAgain() (bool, error) {
	known := s.known(s.cells)
	filled := 0
	for _, c := range s.cells {
		if trim(c) != "" {
			filled++
		}
	}
	// A row of a few texts, such as a note at the foot of the report, is no header.
	if known < 2 && (filled < 3 || filled*2 < len(s.header)) {
		return false, nil
	}
	if known*2 < filled && filled < len(s.cells) {
		return false, nil
	}
	if err := s.sameHeader(); err != nil {
		return false, s.fail(err)
	}
	s.whole = false
	return true, nil
}

// sameHeader takes the current row for a header: it has to have the columns of the first, each as often, in any order.
func (s *Sheet) sameHeader() error {
	at := make(map[string][]int, len(s.cells))
	for i, c := range s.cells {
		at[fold(c)] = append(at[fold(c)], i)
	}
	place := make([]int, len(s.header))
	for i, h := range s.header {
		f := fold(h)
		if len(at[f]) == 0 {
			return fmt.Errorf("line %d: expected a row or the header of line %d again, "+
				"found a header without column %q", s.line, s.headerLine, h)
		}
		place[i], at[f] = at[f][0], at[f][1:]
	}
	for _, c := range s.cells {
		if len(at[fold(c)]) > 0 {
			return fmt.Errorf("line %d: expected a row or the header of line %d again, "+
				"found a header with another column %q", s.line, s.headerLine, trim(c))
		}
	}
	s.place = place
	return nil
}

// known counts the cells that are names of columns, in upper or lower case, with or without spaces.
func (s *Sheet) known(cells []string) (n int) {
	for _, c := range cells {
		if _, ok := s.names[fold(c)]; ok {
			n++
		}
	}
	return n
}

// empty reports whether no cell has anything.
func empty(cells []string) bool {
	for _, c := range cells {
		if trim(c) != "" {
			return false
		}
	}
	return true
}

// hasFigure reports whether a cell begins as amounts, times and numbers do, and names of columns do not.
func hasFigure(cells []string) bool {
	for _, c := range cells {
		for c != "" && (blank(c[0]) || c[0] == '-') {
			c = c[1:]
		}
		if c != "" && digit(c[0]) && (len(c) == 1 || !letter(c[1])) {
			return true
		}
	}
	return false
}

// digit and letter are of ASCII: other digits are not those of amounts.
func digit(b byte) bool  { return '0' <= b && b <= '9' }
func letter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }
