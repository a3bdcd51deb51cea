package commands

import (
	"bufio"
	"io"
	"iter"
	"reflect"
	"slices"

	"github.com/splitledger/splitledger/query/columns"
)

// A listing is a table for people of rows of one type. It holds the cells as texts, and lays them
// out in the end, when it is known which columns are empty and how wide the others are.
type listing[T any] struct {
	columns []columns.Column
	display display
	rows    [][]string // nil is an empty line
}

// newListing starts a table of the columns with these headings, in this order; without any of all
// that there are, in the order of the fields. JSON has the order of the fields too, so a table of
// another order lists its headings.
func newListing[T any](t display, headings ...string) *listing[T] {
	all := slices.DeleteFunc(columns.Of(reflect.TypeFor[T]()), func(c columns.Column) bool { return c.Heading == "" })
	s := &listing[T]{columns: all, display: t}
	if len(headings) == 0 {
		return s
	}
	s.columns = nil
	for _, h := range headings {
		i := slices.IndexFunc(all, func(c columns.Column) bool { return c.Heading == h })
		s.columns = append(s.columns, all[i])
	}
	return s
}

// add adds a row. Its cells are made into texts at once, so the row itself need not be kept.
func (s *listing[T]) add(row T) {
	cells := make([]string, len(s.columns))
	for i := range s.columns {
		cells[i] = s.columns[i].Text(reflect.ValueOf(row), s.display.Style)
	}
	s.rows = append(s.rows, cells)
}

// label writes a text into the first empty cell of the row that was added last, as of a sum: what
// it is says the cell in which other rows have a name.
func (s *listing[T]) label(text string) {
	row := s.rows[len(s.rows)-1]
	row[slices.Index(row, "")] = text
}

// gap leaves a line empty.
func (s *listing[T]) gap() { s.rows = append(s.rows, nil) }

// grid lays the table out, in so many characters. Optional columns without any text are left out, and what would make
// the table too wide.
func (s *listing[T]) grid(limit int) *grid {
	var shown []int
	for i, c := range s.columns {
		some := func(row []string) bool { return row != nil && row[i] != "" }
		if !c.Optional || slices.ContainsFunc(s.rows, some) {
			shown = append(shown, i)
		}
	}
	shown, width, below := s.fit(shown, limit)
	headings := make([]string, len(shown))
	for i, at := range shown {
		headings[i] = s.columns[at].Heading
		if s.columns[at].Number {
			headings[i] = ">" + headings[i]
		}
	}
	g := newGrid(headings...)
	g.below = map[int]string{}
	last := ""
	for i, row := range s.rows {
		if row == nil {
			g.gap()
			continue
		}
		// What rows have in common stands below the last of them.
		if below >= 0 && row[below] != last {
			if i > 0 {
				g.below[i-1] = last
			}
			last = row[below]
		}
		cells := make([]string, len(shown))
		for i, at := range shown {
			cells[i] = row[at]
			if width != nil {
				cells[i] = cutInside(row[at], width[at])
				s.display.cli.cut = s.display.cli.cut || cells[i] != printable(row[at])
			}
		}
		g.add(cells...)
	}
	g.below[len(s.rows)-1] = last
	return g
}

// writeTo writes the table, each line behind the indent.
func (s *listing[T]) writeTo(w io.Writer, indent string) error {
	return s.grid(maxWidth-len(indent)).writeTo(w, indent)
}

// listed is a table of rows that are there already; headings are as for newListing.
func listed[T any](t display, rows []T, headings ...string) *grid {
	s := newListing[T](t, headings...)
	for _, row := range rows {
		s.add(row)
	}
	return s.grid(maxWidth - maxIndent)
}

// printList prints a list in one of the forms. JSON and CSV are printed as the rows come, so that
// memory does not grow with them; an error among the rows ends them, and what was printed before it
// stays. none is what people are told of an empty list; headings are as for newListing.
func printList[T any](c *cli, f form, rows iter.Seq2[T, error], t display, none string, headings ...string) error {
	switch f {
	case asJSON:
		return printArray(c.stdout, rows)
	case asCSV:
		return columns.WriteCSV(c.stdout, t.Style, rows)
	}
	s := newListing[T](t, headings...)
	for row, err := range rows {
		if err != nil {
			return err
		}
		s.add(row)
	}
	if len(s.rows) == 0 {
		return c.note(none)
	}
	return s.writeTo(c.stdout, "")
}

// printArray prints a JSON array, one element a line, as the rows come. So memory does not grow with
// the list, and the output can be read line by line, by grep for example, as well as by a JSON parser.
func printArray[T any](w io.Writer, rows iter.Seq2[T, error]) error {
	out := bufio.NewWriterSize(w, 1<<16)
	out.WriteByte('[')
	n, err := writeElements(out, rows)
	if err != nil {
		return err
	}
	if n > 0 {
		out.WriteByte('\n')
	}
	out.WriteString("]\n")
	return out.Flush()
}

// writeElements writes the elements of a JSON array, each on a line of its own, and returns how many
// there were. An error among the rows ends them.
func writeElements[T any](w io.Writer, rows iter.Seq2[T, error]) (n int, err error) {
	before, buf := "\n ", []byte(nil)
	for row, err := range rows {
		if err == nil {
			buf = appendJSON(append(buf[:0], before...), row)
			_, err = w.Write(buf)
		}
		if err != nil {
			return n, err
		}
		before = ",\n "
		n++
	}
	return n, nil
}

// A member is a list within an object.
type member[T any] struct {
	name string
	rows iter.Seq2[T, error]
}

// printObject prints a value as a JSON object to which lists are added, one element a line, as the
// rows come. A report may have more breaks than fit into memory, while all else of the object is
// short.
func printObject[T any](w io.Writer, v any, lists ...member[T]) error {
	// The lists come before the brace at its end.
	object := appendJSON(nil, v)
	if _, err := w.Write(object[:len(object)-1]); err != nil {
		return err
	}
	for _, list := range lists {
		if _, err := io.WriteString(w, ",\n\""+list.name+"\":["); err != nil {
			return err
		}
		if _, err := writeElements(w, list.rows); err != nil {
			return err
		}
		if _, err := io.WriteString(w, "]"); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "}\n")
	return err
}
