package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The most that a row may have. A quote that is never closed must not read a whole file into memory, nor may one field.
const (
	maxRow   = 256 << 10 // bytes
	maxCell  = 64 << 10  // bytes of a cell
	maxCells = 2000
	longRow  = 8 << 10 // bytes from which on texts are copied out of a row
)

// A scanner gives the lines of a reader, and takes lines back that turn out not to belong to a row.
type scanner struct {
	r    io.Reader
	buf  []byte
	at   int   // in buf, where the next row begins
	line int   // lines before at
	size int   // bytes of the row that was read last
	err  error // of r
}

// A fault is what is wrong with the form of a row.
type fault string

func (f fault) Error() string { return string(f) }

const (
	faultBare   fault = "expected quotes around the whole cell and doubled within it, found a single quote"
	faultOpen   fault = "expected a closing quote, found the end of the report"
	faultTooBig fault = "expected a closing quote, found more text than a row may have"
	faultCells  fault = "expected at most 2000 cells, found more"
	faultLost   fault = "expected a closing quote, found what may be further rows"
)

// errLong ends the reading of what is no table.
var errLong = fmt.Errorf("expected lines of at most %d KiB, found a longer one", maxRow>>10)

// peek returns the line that begins off bytes after the next row's begin, without its end, and how many bytes
// it takes with it. At the end of the reader it has no end: took is the line's length then.
func (s *scanner) peek(off int) (line []byte, took int, err error) {
	for seen := 0; ; {
		rest := s.buf[s.at+off:]
		if i := bytes.IndexByte(rest[seen:], '\n'); i >= 0 {
			line = rest[:seen+i]
			return bytes.TrimSuffix(line, []byte{'\r'}), len(line) + 1, nil
		}
		seen = len(rest)
		if s.err != nil {
			if s.err == io.EOF && seen > 0 {
				return bytes.TrimSuffix(rest, []byte{'\r'}), seen, nil
			}
			return nil, 0, s.err
		}
		// No line end in all of that: it is no table, or a quote that swallows the rest.
		if seen > maxRow {
			return nil, 0, errLong
		}
		s.fill()
	}
}

// fill reads more behind what is there. The buffer grows to the longest row, and not beyond [maxRow] and what one
// reading gives.
func (s *scanner) fill() {
	// What was read already makes room.
	if s.at > 0 {
		s.buf = s.buf[:copy(s.buf, s.buf[s.at:])]
		s.at = 0
	}
	if cap(s.buf)-len(s.buf) < 32<<10 {
		s.buf = append(make([]byte, 0, max(64<<10, 2*cap(s.buf))), s.buf...)
	}
	// A reader that gives nothing for ever must not hang the caller.
	for range 100 {
		n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		if err != nil {
			s.err = cut(err)
		}
		if n > 0 || err != nil {
			return
		}
	}
	s.err = io.ErrNoProgress
}

// next reads one row into cells. open is set if it has no line end. A faulty row is only its first line, so
// that a lost quote does not swallow the lines after it. A row of several lines is also faulty if it does not
// have want cells (0: any number), or if a line in it could be a row of its own.
func (s *scanner) next(sep byte, want int, cells []string) (_ []string, line int, open bool, err error) {
	text, took, err := s.peek(0)
	if err != nil {
		return cells[:0], s.line + 1, false, err
	}
	if bytes.HasPrefix(text, []byte(mark)) { // of a file that was put behind another
		text, took = text[len(mark):], took-len(mark)
		s.at += len(mark)
	}
	line, open, s.size = s.line+1, s.ends(took), took
	if bytes.IndexByte(text, '"') < 0 {
		s.take(took, 1)
		if len(text) >= maxCells && bytes.Count(text, []byte{sep}) >= maxCells {
			return cells[:0], line, open, faultCells
		}
		return split(string(text), sep, cells[:0]), line, open, nil
	}
	q := quotes{scanner: s, sep: sep, want: want}
	cells, err = q.row(cells[:0])
	switch {
	case errors.As(err, new(fault)):
		s.take(took, 1)
		return cells[:0], line, open, err
	case err != nil:
		return cells[:0], line, open, err
	}
	open, s.size = s.ends(q.took), q.took
	s.take(q.took, q.lines)
	return cells, line, open, nil
}

// ends reports whether the reader ends n bytes on, with no line end there.
func (s *scanner) ends(n int) bool { return n > 0 && s.buf[s.at+n-1] != '\n' }

// take goes on behind a row of so many bytes and lines. Nothing is read of it again.
func (s *scanner) take(bytes, lines int) {
	s.at += bytes
	s.line += lines
}

// split cuts a line without quotes into cells, which are parts of one string: one allocation a row.
func split(text string, sep byte, cells []string) []string {
	for {
		i := 0
		if text == "" || text[0] != sep { // many cells are empty
			if i = strings.IndexByte(text, sep); i < 0 {
				return append(cells, text)
			}
		}
		cells = append(cells, text[:i])
		text = text[i+1:]
	}
}

// quotes reads a row with quotes in it, by RFC 4180: a quote within a quoted cell is doubled, and such a cell may have
// separators and line ends. Few reports have any, so that this may cost more.
type quotes struct {
	*scanner
	sep  byte
	want int

	rest        []byte // of the line that is read
	text        []byte // of the row so far, unquoted
	took, lines int    // what the row takes so far
	lost        bool   // a line after the first could be a row
}

// row reads the cells of a row, which may go on over several lines.
func (q *quotes) row(cells []string) (_ []string, err error) {
	if err := q.nextLine(); err != nil {
		return cells, err
	}
	var ends []int // of cells, in q.text
	for {
		if len(q.rest) > 0 && q.rest[0] == '"' {
			err = q.quoted()
		} else {
			err = q.bare()
		}
		if err != nil {
			return cells, err
		}
		if ends = append(ends, len(q.text)); len(ends) > maxCells {
			return cells, faultCells
		}
		if len(q.rest) == 0 {
			break
		}
		q.rest = q.rest[1:] // the separator
	}
	// The header has no want: its row says how many cells there are.
	if q.want > 0 && q.lines > 1 && (q.lost || len(ends) != q.want) {
		return cells, faultLost
	}
	all, from := string(q.text), 0
	for _, end := range ends {
		cells = append(cells, all[from:end])
		from = end
	}
	return cells, nil
}

// nextLine goes on to the next line of the row, and notes whether that could be a row by itself: then the quote that
// led here may be one that somebody forgot.
func (q *quotes) nextLine() error {
	line, took, err := q.peek(q.took)
	if err != nil {
		return err
	}
	if q.lines > 0 && q.want > 1 && bytes.Count(line, []byte{q.sep}) >= q.want-1 {
		q.lost = true
	}
	q.rest = line
	q.took += took
	q.lines++
	return nil
}

// bare reads a cell without quotes. One with a quote inside is faulty, as nobody can say where the cell was meant to
// end.
func (q *quotes) bare() error {
	cell := q.rest
	if i := bytes.IndexByte(cell, q.sep); i >= 0 {
		cell = cell[:i]
	}
	if bytes.IndexByte(cell, '"') >= 0 {
		return faultBare
	}
	q.text = append(q.text, cell...)
	q.rest = q.rest[len(cell):]
	return nil
}

// quoted reads a cell in quotes, without them. After the closing quote only a separator or the end of the line may
// come.
func (q *quotes) quoted() error {
	for q.rest = q.rest[1:]; ; {
		i := bytes.IndexByte(q.rest, '"')
		if i < 0 {
			if err := q.goOn(); err != nil {
				return err
			}
			continue
		}
		q.text = append(q.text, q.rest[:i]...)
		q.rest = q.rest[i+1:]
		if len(q.rest) == 0 || q.rest[0] == q.sep {
			return nil
		}
		if q.rest[0] != '"' {
			return faultBare
		}
		q.text = append(q.text, '"')
		q.rest = q.rest[1:]
	}
}

// goOn takes the rest of the line into the cell and goes on in the next. A cell that goes on for more than a row may
// have is faulty: its closing quote is missing.
func (q *quotes) goOn() error {
	q.text = append(append(q.text, q.rest...), '\n')
	if q.took > maxRow {
		return faultTooBig
	}
	err := q.nextLine()
	if err == io.EOF {
		return faultOpen
	}
	return err
}
