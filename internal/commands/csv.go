package commands

import (
	"io"
	"iter"
	"reflect"
	"slices"

	"github.com/splitledger/splitledger/export"
	"github.com/splitledger/splitledger/query"
)

// printCSV prints rows as CSV as they come: all that JSON has, in its order, but the columns called
// as in except.
func printCSV[T any](w io.Writer, t display, rows iter.Seq2[T, error], except ...string) error {
	columns := slices.DeleteFunc(columnsOf(reflect.TypeFor[T]()), func(c column) bool {
		return c.csv == "" || slices.Contains(except, c.csv)
	})
	return writeCSV(w, t, rows, columns)
}

// printRecords prints rows as CSV: the columns called so, in this order, where that is not the
// order of the fields.
func printRecords[T any](w io.Writer, t display, rows iter.Seq2[T, error], names ...string) error {
	all := columnsOf(reflect.TypeFor[T]())
	columns := make([]column, len(names))
	for i, name := range names {
		columns[i] = all[slices.IndexFunc(all, func(c column) bool { return c.csv == name })]
	}
	return writeCSV(w, t, rows, columns)
}

// writeCSV writes the columns of rows, see csvRows.
func writeCSV[T any](w io.Writer, t display, rows iter.Seq2[T, error], columns []column) error {
	out := newCSVRows[T](w, t, columns)
	for row, err := range rows {
		if err != nil {
			return err
		}
		if err := out.add(row); err != nil {
			return err
		}
	}
	return out.Flush()
}

// csvRows writes rows as CSV: their columns, and behind them the minor units of those that are amounts: a
// spreadsheet adds up the whole numbers exactly, where it would round the others. The writer guards
// texts that a spreadsheet would run.
type csvRows[T any] struct {
	*export.CSVWriter
	display display
	columns []column
}

// newCSVRows writes the headings of the columns; without any, of all that a row has.
func newCSVRows[T any](w io.Writer, t display, columns []column) *csvRows[T] {
	if columns == nil {
		columns = slices.DeleteFunc(columnsOf(reflect.TypeFor[T]()), func(c column) bool { return c.csv == "" })
	}
	out := &csvRows[T]{export.NewCSVWriter(w), t.plain(), columns}
	var names, minors []string
	for i := range columns {
		c := &columns[i]
		// A plus sign or a Dr would keep a spreadsheet from reading a number.
		c.signed, c.side = false, false
		names = append(names, c.csv)
		if c.amount {
			minors = append(minors, c.csv+"_minor")
		}
	}
	out.Write(append(names, minors...)) // an error stays until Flush
	return out
}

// add writes a row.
func (s *csvRows[T]) add(row T) error {
	v := reflect.ValueOf(row)
	var cells, minors []string
	for i := range s.columns {
		c := &s.columns[i]
		cells = append(cells, c.text(v, s.display))
		if c.amount {
			minors = append(minors, v.FieldByIndex(c.index).Interface().(query.Minor).Minor())
		}
	}
	return s.Write(append(cells, minors...))
}
