package main

import (
	"io"

	"github.com/splitledger/splitledger/query"
)

// reconcileCSV writes the breaks, and the rows of no payment, one a row.
func reconcileCSV(w io.Writer, r *comparison) error {
	rows := func(yield func(query.BreakRecord, error) bool) {
		for b, err := range r.listed() {
			if !yield(query.BreakRecordOf(&b), err) {
				return
			}
		}
	}
	return printRecords(w, r.table, rows,
		"class", "file", "line", "kind", "reference", "movement", "ours", "account", "payment", "entries", "batch",
		"at", "booked", "since", "currency", "expected", "expected state", "found", "found state", "difference", "net",
		"fees", "timing", "open", "posted", "hint", "remedy")
}
