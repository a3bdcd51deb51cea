package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/reconcile/bank"
)

// bankTable writes what came of a comparison for people.
func bankTable(w io.Writer, r *bank.Result, t money.Table, top int) error {
	for _, f := range r.Files {
		line := fmt.Sprintf("%s: %s, ", printable(f.Name), f.Format)
		if f.Empty() {
			line += emptyText
		} else {
			line += plural(uint64(f.Statements), "statement") + ", " + plural(f.Lines, "line")
		}
		if err := writeLines(w, "", line); err != nil {
			return err
		}
	}
	if err := bankClasses(r, t).writeTo(w, "  "); err != nil {
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

// bankClasses is how many lines there are of each class, and how much in each currency.
func bankClasses(r *bank.Result, t money.Table) *grid {
	s := newListing[classRow](t)
	class := bank.Class("")
	for _, total := range r.Totals() {
		row := classRow{Difference: query.Minor{Amount: total.Difference}, Currency: total.Currency}
		if total.Currency != "" {
			row.Amount = t.Format(total.Amount)
		}
		if total.Class != class {
			class = total.Class
			row.Class, row.Count = string(class), r.Counts[class]
		}
		s.add(row)
	}
	return s.grid()
}

// A findingRow is a finding as a row of a table.
type findingRow struct {
	Place string `col:"line"`
	Day   string `col:"date"`
	bank.Finding
	Payout     string      `col:"payout"`
	Difference query.Minor `col:"difference,signed"`
}

// bankFindings writes the largest findings of a class, and below them what may be the cause and which commands
// mend it.
func bankFindings(w io.Writer, title string, some []bank.Finding, t money.Table, top int) error {
	if len(some) == 0 {
		return nil
	}
	shown := bank.Largest(some)[:min(top, len(some))]
	s := newListing[findingRow](t, "line", "date", "payout", "books", "bank", "difference", "text")
	hints, remedies := []string{}, []string{}
	for _, f := range shown {
		if f.Class != bank.Unreadable { // where it says why
			f.Text = shorten(f.Text, 60)
		}
		payout := strings.TrimSpace(f.Provider + " " + f.Payout)
		s.add(findingRow{bankPlace(&f), f.Day(), f, payout, query.Minor{Amount: f.Difference}})
		if f.Hint != "" && !slices.Contains(hints, f.Hint) {
			hints = append(hints, f.Hint)
		}
		if f.Remedy != "" && len(remedies) < maxRemedies && !slices.Contains(remedies, f.Remedy) {
			remedies = append(remedies, f.Remedy)
		}
	}
	lines := s.grid().lines()
	if more := len(some) - len(shown); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more; --json and --csv have all", more))
	}
	for _, h := range append(hints, remedies...) {
		lines = append(lines, "→ "+printable(h))
	}
	return writeLines(w, "", append([]string{"", title}, indented(lines)...)...)
}

func bankPlace(f *bank.Finding) string {
	switch {
	case f.File == "":
		return ""
	case f.Line == 0:
		return f.File
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

// shorten cuts a text to so many characters.
func shorten(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}

// A findingRecord is a finding as a row of CSV: amounts are in major units of one currency.
type findingRecord struct {
	bank.Finding
	Day        string         `csv:"date"`
	Currency   money.Currency `csv:"currency"`
	Expected   string         `csv:"expected"`
	Found      string         `csv:"found"`
	Difference string         `csv:"difference"`
}

// bankCSV writes what was found in statements, one a row.
func bankCSV(w io.Writer, r *bank.Result, t money.Table) error {
	rows := func(yield func(findingRecord, error) bool) {
		for _, f := range r.Findings {
			c := f.Amount().Currency()
			record := findingRecord{
				f, f.Day(), c, figure(f.Expected, c, t), figure(f.Found, c, t), figure(f.Difference, c, t),
			}
			if !yield(record, nil) {
				return
			}
		}
	}
	return printRecords(w, t, rows, "class", "file", "line", "account", "date", "provider", "payout", "currency",
		"expected", "found", "difference", "text", "hint", "by", "unchecked", "remedy")
}
