// The export for spreadsheets, and the writer of rows that all tables for spreadsheets go through.

package export

import (
	"bufio"
	"context"
	"encoding/csv"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A CSVWriter writes rows for a spreadsheet. Names, references and reasons come from others, and a spreadsheet
// might run one as a formula. Such a text gets an apostrophe before it, which marks it as text. Numbers stay as
// they are.
type CSVWriter struct {
	out *csv.Writer
	row []string
}

// NewCSVWriter returns a writer of rows to w, which holds them back until [CSVWriter.Flush].
func NewCSVWriter(w io.Writer) *CSVWriter {
	return &CSVWriter{out: csv.NewWriter(bufio.NewWriterSize(w, 1<<16))}
}

// Write writes a row. The row is copied, so the caller may use its memory again.
func (c *CSVWriter) Write(row []string) error {
	c.row = c.row[:0]
	for _, cell := range row {
		c.row = append(c.row, harmless(cell))
	}
	return c.out.Write(c.row)
}

// Flush writes what was held back, and returns the first error there was.
func (c *CSVWriter) Flush() error {
	c.out.Flush()
	return c.out.Error()
}

// number is an amount below zero, with its currency perhaps.
var number = regexp.MustCompile(`^-[0-9]+(\.[0-9]+)?( [A-Z0-9]+)?$`)

// harmless returns a cell as one that no spreadsheet takes for a formula. A spreadsheet takes a cell for a formula by
// its first character. An amount below zero begins with one of them, and must stay a number to be summed.
func harmless(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) || number.MatchString(cell) {
		return cell
	}
	return "'" + cell
}

// header are the columns of CSV.
var header = []string{"record", "entry", "recorded", "at", "event", "type", "account",
	"sub", "currency", "amount", "amount_minor", "split", "reference", "reason", "description", "metadata"}

// writeCSV writes one posting a line, debits positive. An amount is there twice: in major units for people, and in
// minor units for programs, which need no table of decimals. Description and metadata are those of the event.
func (j *journal) writeCSV(ctx context.Context, w *bufio.Writer) error {
	out := NewCSVWriter(w)
	if err := out.Write(header); err != nil {
		return err
	}
	for e, err := range j.entries(ctx) {
		if err != nil {
			return err
		}
		r := e.record
		for _, p := range e.Postings {
			err := out.Write([]string{
				strconv.FormatUint(r.Number, 10), strconv.FormatUint(e.Number, 10),
				r.Recorded.Format(time.RFC3339Nano), r.At.Format(time.RFC3339Nano), e.id, e.typ,
				string(p.Account), p.Sub.String(), string(p.Amount.Currency()),
				j.table.Format(p.Amount), p.Amount.Minor(), p.Type, p.Reference, p.Reason,
				e.description, e.metadata,
			})
			if err != nil {
				return err
			}
		}
	}
	return out.Flush()
}
