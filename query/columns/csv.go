package columns

import (
	"io"
	"iter"
	"reflect"
	"slices"

	"github.com/splitledger/splitledger/export"
	"github.com/splitledger/splitledger/query"
)

// WriteCSV writes rows as CSV as they come: all that JSON has, in its order, but the columns called as in except.
func WriteCSV[T any](w io.Writer, t Style, rows iter.Seq2[T, error], except ...string) error {
	return write(w, t, rows, slices.DeleteFunc(InCSV[T](), func(c Column) bool { return slices.Contains(except, c.CSV) }))
}

// WriteRecords writes rows as CSV: the columns called so, in this order, where that is not the order of the fields.
func WriteRecords[T any](w io.Writer, t Style, rows iter.Seq2[T, error], names ...string) error {
	all := InCSV[T]()
	columns := make([]Column, len(names))
	for i, name := range names {
		columns[i] = all[slices.IndexFunc(all, func(c Column) bool { return c.CSV == name })]
	}
	return write(w, t, rows, columns)
}

// InCSV lists the columns that CSV has of rows.
func InCSV[T any]() []Column {
	return slices.DeleteFunc(Of(reflect.TypeFor[T]()), func(c Column) bool { return c.CSV == "" })
}

// write writes some columns of rows, see [CSV].
func write[T any](w io.Writer, t Style, rows iter.Seq2[T, error], columns []Column) error {
	out := newCSV[T](w, t, columns)
	for row, err := range rows {
		if err != nil {
			return err
		}
		if err := out.Add(row); err != nil {
			return err
		}
	}
	return out.Flush()
}

// CSV writes rows as CSV: their columns, and behind them the minor units of those that are amounts: a spreadsheet adds
// up the whole numbers exactly, where it would round the others. The writer guards texts that a spreadsheet would run.
type CSV[T any] struct {
	*export.CSVWriter
	style   Style
	columns []Column
	cells   []string
}

// NewCSV writes the headings of all columns that CSV has of a row.
func NewCSV[T any](w io.Writer, t Style) *CSV[T] { return newCSV[T](w, t, InCSV[T]()) }

// newCSV writes the headings of columns.
func newCSV[T any](w io.Writer, t Style, columns []Column) *CSV[T] {
	out := &CSV[T]{export.NewCSVWriter(w), t.Plain(), columns, nil}
	var names, minors []string
	for i := range columns {
		c := &columns[i]
		// A plus sign or a Dr would keep a spreadsheet from reading a number.
		c.Signed, c.Side = false, false
		names = append(names, c.CSV)
		if c.Amount {
			minors = append(minors, c.CSV+"_minor")
		}
	}
	out.Write(append(names, minors...)) // an error stays until Flush
	return out
}

// Add writes a row.
func (s *CSV[T]) Add(row T) error {
	v := reflect.ValueOf(row)
	s.cells = s.cells[:0]
	for i := range s.columns {
		s.cells = append(s.cells, s.columns[i].Text(v, s.style))
	}
	for i := range s.columns {
		if c := &s.columns[i]; c.Amount {
			s.cells = append(s.cells, v.FieldByIndex(c.Index).Interface().(query.Minor).Minor())
		}
	}
	return s.Write(s.cells)
}
