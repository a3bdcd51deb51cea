package commands

import (
	"io"

	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// reconcileCSV writes the breaks, and the rows of no payment, one a row. It has all of them, where
// the table shows the largest. Columns are named and ordered for a spreadsheet, and stay as they
// are: people build on them.
func reconcileCSV(w io.Writer, r *comparison) error {
	rows := func(yield func(query.BreakRecord, error) bool) {
		for b, err := range r.listed() {
			if !yield(query.BreakRecordOf(&b), err) {
				return
			}
		}
	}
	return columns.WriteRecords(w, r.table.Style, rows,
		"class", "file", "line", "kind", "reference", "movement", "ours", "account", "payment", "entries", "batch",
		"at", "booked", "since", "currency", "expected", "expected state", "found", "found state", "difference", "net",
		"fees", "timing", "open", "posted", "hint", "remedy")
}
