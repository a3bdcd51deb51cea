package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/reconcile"
)

// reconcileTable writes what came of a comparison for people: first how much of each class, then the largest breaks of each.
func reconcileTable(w io.Writer, r *comparison) error {
	t := r.table
	for _, f := range r.Files {
		format := f.Format
		if format == "" {
			format = "a report that could not be read"
		}
		line := fmt.Sprintf("%s: %s, %s", printable(f.Name), format, plural(f.Lines, "line"))
		if !f.Before.IsZero() {
			line += ", posted first on " + stamp(f.Before)
		}
		if err := writeLines(w, "", line); err != nil {
			return err
		}
	}
	if r.Later > 0 {
		if err := writeLines(w, "", plural(r.Later, "line")+" happened later, and are left for later"); err != nil {
			return err
		}
	}
	if err := classTable(r.Result, t).writeTo(w, "  "); err != nil {
		return err
	}
	if r.ByAmount > 0 {
		text := "of those matched, " + plural(r.ByAmount, "line") + " by amount alone, which no name confirms"
		if err := writeLines(w, "  ", text); err != nil {
			return err
		}
	}
	if err := largest(w, r); err != nil {
		return err
	}
	if err := batchTable(w, r.Result, t); err != nil {
		return err
	}
	for i, c := range r.Conversions {
		lines := []string{"", conversionText(c, t)}
		if err := writeLines(w, "", lines[min(i, 1):]...); err != nil {
			return err
		}
	}
	if err := postedLines(w, r.Result); err != nil {
		return err
	}
	verdict, err := r.verdict()
	if err != nil || len(verdict) == 0 {
		return err
	}
	if r.Posting == nil {
		verdict = append([]string{""}, verdict...)
	}
	return writeLines(w, "", verdict...)
}

func plural(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}

// classTable is how many there are of each class, and how much in each currency.
func classTable(r *reconcile.Result, t money.Table) *grid {
	g := newGrid("class", ">count", ">amount", ">difference", "currency")
	for _, class := range reconcile.Classes() {
		if r.Counts[class] == 0 {
			continue
		}
		name, count := string(class), thousands(r.Counts[class])
		shown := false
		for _, total := range r.Totals {
			if total.Class != class || total.Currency == "" {
				continue
			}
			difference := differenceOf(total.Difference, t)
			if total.Kind != "" { // a row of its own below the class
				if name != "" {
					g.add(name, count, "", "", "")
				}
				name, count = "  "+string(total.Kind), thousands(total.Count)
			}
			g.add(name, count, t.Format(total.Amount), difference, string(total.Currency))
			name, count, shown = "", "", true
		}
		if !shown {
			g.add(name, count, "", "", "")
		}
	}
	return g
}

// conversionText says what is left to be done where the provider has converted.
func conversionText(c reconcile.Conversion, t money.Table) string {
	from, to := string(c.From.Currency()), string(c.To.Currency())
	return fmt.Sprintf("converted: %s %s into %s %s, %s; the accounts still hold %s: post an exchange for each account that is paid in %s",
		t.Format(c.From), from, t.Format(c.To), to, plural(c.Lines, "line"), from, to)
}

// largest writes the largest breaks of each class.
func largest(w io.Writer, r *comparison) error {
	for _, class := range reconcile.Classes() {
		some := largestOf(r.Result, class)
		if len(some) == 0 {
			continue
		}
		g, remedies := breakGrid(some, r.table)
		if err := writeLines(w, "", "", string(class)); err != nil {
			return err
		}
		if err := g.writeTo(w, "  "); err != nil {
			return err
		}
		if all, shown := countOf(r.Result, class), uint64(len(some)); all > shown {
			if err := writeLines(w, "  ", fmt.Sprintf("and %s more; --json, --csv and --html have all", thousands(all-shown))); err != nil {
				return err
			}
		}
		for _, remedy := range remedies {
			if err := writeLines(w, "  ", "→ "+printable(remedy)); err != nil {
				return err
			}
		}
	}
	return nil
}

// largestOf returns the largest breaks of a class, in all currencies.
func largestOf(r *reconcile.Result, class reconcile.Class) (some []*reconcile.Break) {
	for _, total := range r.Totals {
		if total.Class != class {
			continue
		}
		for i := range total.Largest {
			some = append(some, &total.Largest[i])
		}
	}
	return some
}

// breakGrid is a table of breaks, and what mends the first of them. Columns in which nothing would stand are left out.
func breakGrid(some []*reconcile.Break, t money.Table) (g *grid, remedies []string) {
	moved := slices.ContainsFunc(some, func(b *reconcile.Break) bool { return movementText(b) != "" })
	due := slices.ContainsFunc(some, func(b *reconcile.Break) bool { return dueText(b) != "" })
	headings := []string{"line", "reference"}
	if moved {
		headings = append(headings, "movement")
	}
	headings = append(headings, ">books", ">provider", ">difference")
	if due {
		headings = append(headings, "state")
	}
	g = newGrid(append(headings, "likely cause")...)
	for _, b := range some {
		cells := []string{placeOf(b), b.Reference}
		if moved {
			cells = append(cells, movementText(b))
		}
		cells = append(cells, sideText(b.Expected, t), sideText(b.Found, t), differenceText(b, t))
		if due {
			cells = append(cells, dueText(b))
		}
		g.add(append(cells, b.Hint)...)
		if b.Remedy != "" && len(remedies) < 3 && !slices.Contains(remedies, b.Remedy) {
			remedies = append(remedies, b.Remedy)
		}
	}
	return g, remedies
}

// movementText is the provider's reference of what it did, where the reference is another, and the account where there is one.
func movementText(b *reconcile.Break) string {
	text := b.Movement
	if text == b.Reference {
		text = ""
	}
	if b.Account != "" && b.Account != b.Reference {
		text = strings.TrimSpace(text + " on " + b.Account)
	}
	return text
}

// countOf is how many of a class are kept in the list.
func countOf(r *reconcile.Result, class reconcile.Class) (n uint64) {
	for _, total := range r.Totals {
		if total.Class == class {
			n += total.Count
		}
	}
	return n
}

func placeOf(b *reconcile.Break) string {
	switch {
	case b.Line == 0:
		return b.File
	case b.File != "":
		return b.File + ":" + strconv.Itoa(b.Line)
	}
	return strconv.Itoa(b.Line)
}

func sideText(s reconcile.Side, t money.Table) string {
	var parts []string
	if c := s.Amount.Currency(); c != "" {
		parts = append(parts, t.Format(s.Amount)+" "+string(c))
	}
	if s.State != "" {
		parts = append(parts, s.State)
	}
	return strings.Join(parts, ", ")
}

func differenceText(b *reconcile.Break, t money.Table) string { return differenceOf(b.Difference, t) }

// differenceOf writes a difference with its sign, and nothing where there is none.
func differenceOf(a money.Amount, t money.Table) string {
	if a.IsZero() {
		return ""
	}
	return plus(a, t)
}

// stateText says for people how a batch stands.
var stateText = map[string]string{"mismatch": "mismatch", "open": "open", "elsewhere": "lines not in these files", "balanced": "balanced"}

// maxBatchRows is how many batches the table shows.
const maxBatchRows = 20

func batchTable(w io.Writer, r *reconcile.Result, t money.Table) error {
	if len(r.Batches) == 0 {
		return nil
	}
	g := newGrid("batch", "receiver", ">lines", ">sum of lines", ">paid out", ">difference", "currency", "")
	rows := 0
	for _, wanted := range []string{"mismatch", "open", "elsewhere", "balanced"} {
		for i := range r.Batches {
			b := &r.Batches[i]
			if b.State() != wanted || rows == maxBatchRows {
				continue
			}
			rows++
			difference := ""
			if wanted == "mismatch" {
				difference = plus(b.Difference().Neg(), t) // as everywhere: what is found less what is expected
			}
			g.add(b.Batch, b.Receiver, thousands(b.Lines), t.Format(b.Net), t.Format(b.Paid), difference, string(b.Currency), stateText[wanted])
		}
	}
	if err := writeLines(w, "", "", "batches"); err != nil {
		return err
	}
	if err := g.writeTo(w, "  "); err != nil {
		return err
	}
	if more := len(r.Batches) - rows; more > 0 {
		return writeLines(w, "  ", fmt.Sprintf("and %d more", more))
	}
	return nil
}

func postedLines(w io.Writer, r *reconcile.Result) error {
	p := r.Posting
	if p == nil {
		return nil
	}
	lines := []string{"", fmt.Sprintf("posted: %s, %s in the books already, %s refused", plural(p.Accepted, "event"), thousands(p.Duplicate), thousands(p.Refused))}
	if p.Waiting > 0 {
		lines = append(lines, fmt.Sprintf("taken up: %s that had waited for their payments", plural(p.Waiting, "line")))
	}
	for _, why := range p.Why {
		lines = append(lines, "  refused: "+printable(why))
	}
	return writeLines(w, "", lines...)
}
