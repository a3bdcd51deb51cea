package commands

import (
	"fmt"
	"io"
	"slices"

	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
	"github.com/splitledger/splitledger/reconcile/bank"
)

// bankTable writes what came of a comparison for people: what was read, how much of each class, and
// then each class with its largest findings, those that need a decision before those that are
// matched. At most top findings of a class are shown.
func bankTable(w io.Writer, r *bank.Result, t display, top int) error {
	for _, f := range r.Files {
		line := fmt.Sprintf("%s: %s, ", printable(f.Name), f.Format)
		// Such a file is nothing to be matched with, and must not look like a statement in which
		// all is well.
		if f.Empty() {
			line += emptyText
		} else {
			line += plural(uint64(f.Statements), "statement") + ", " + plural(f.Lines, "line")
		}
		if err := writeLines(w, "", line); err != nil {
			return err
		}
	}
	if err := listed(t, query.BankClassRows(r)).writeTo(w, "  "); err != nil {
		return err
	}
	if n := r.ByAmount(); n > 0 {
		if err := writeLines(w, "  ", byAmountText(n)); err != nil {
			return err
		}
	}
	for _, class := range append(bank.Classes()[1:], bank.Matched) {
		if err := bankFindings(w, string(class), r.Of(class), t, top); err != nil {
			return err
		}
	}
	if err := bankFindings(w, "under way", r.Underway, t, top); err != nil || r.Unlisted == 0 {
		return err
	}
	more := plural(r.Unlisted, "more finding") + ", counted and not listed: there are very many of a class"
	return writeLines(w, "", "", more)
}

// bankFindings writes the largest findings of a class, and below them what may be the cause and
// which commands mend it. Causes and commands of several findings are often the same, and are
// printed once.
func bankFindings(w io.Writer, title string, some []bank.Finding, t display, top int) error {
	if len(some) == 0 {
		return nil
	}
	// Those that are left out are the smallest.
	shown := bank.Largest(some)[:min(top, len(some))]
	g := listed(t, query.Rows(shown, query.FindingRowOf),
		"line", "date", "payout", "books", "bank", "difference", "text")
	// in the order of the findings, each once
	hints, remedies := []string{}, []string{}
	for _, f := range shown {
		if f.Hint != "" && !slices.Contains(hints, f.Hint) {
			hints = append(hints, f.Hint)
		}
		if f.Remedy != "" && len(remedies) < maxRemedies && !slices.Contains(remedies, f.Remedy) {
			remedies = append(remedies, f.Remedy)
		}
	}
	lines := g.lines()
	if more := len(some) - len(shown); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more; --json and --csv have all", more))
	}
	for _, h := range append(hints, remedies...) {
		lines = append(lines, "→ "+printable(h))
	}
	return writeLines(w, "", append([]string{"", title}, indented(lines)...)...)
}

// bankCSV writes what was found in statements, one a row, all of it. Each row names its currency,
// and has its amounts without it, as a spreadsheet needs numbers.
func bankCSV(w io.Writer, r *bank.Result, t display) error {
	rows := query.Each(query.Rows(r.Findings, query.FindingRecordOf))
	return columns.WriteRecords(w, t.Style, rows, "class", "file", "line", "account", "date", "provider", "payout", "currency",
		"expected", "found", "difference", "text", "hint", "by", "unchecked", "remedy")
}
