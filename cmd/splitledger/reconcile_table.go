package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/reconcile"
)

// reconcileTable writes what came of a comparison for people: first how much of each class, then the largest breaks of each.
func reconcileTable(w io.Writer, r *reconcile.Result, t money.Table) error {
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
	if err := classTable(r, t).writeTo(w, "  "); err != nil {
		return err
	}
	if err := largest(w, r, t); err != nil {
		return err
	}
	if err := batchTable(w, r, t); err != nil {
		return err
	}
	for i, c := range r.Conversions {
		lines := []string{"", conversionText(c, t)}
		if err := writeLines(w, "", lines[min(i, 1):]...); err != nil {
			return err
		}
	}
	return postedLines(w, r)
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
			difference := ""
			if !total.Difference.IsZero() {
				difference = plus(total.Difference, t)
			}
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
	return fmt.Sprintf("converted: %s %s into %s %s, %s; accounts hold the %s still: exchange it for those paid in %s",
		t.Format(c.From), from, t.Format(c.To), to, plural(c.Lines, "line"), from, to)
}

// plus writes a difference with its sign.
func plus(a money.Amount, t money.Table) string {
	if a.Sign() > 0 {
		return "+" + t.Format(a)
	}
	return t.Format(a)
}

// largest writes the largest breaks of each class.
func largest(w io.Writer, r *reconcile.Result, t money.Table) error {
	for _, class := range reconcile.Classes() {
		g := newGrid("line", "reference", ">books", ">provider", ">difference", "likely cause")
		shown, remedies := uint64(0), []string{}
		for _, total := range r.Totals {
			if total.Class != class {
				continue
			}
			for i := range total.Largest {
				b := &total.Largest[i]
				g.add(placeOf(b), b.Reference, sideText(b.Expected, t), sideText(b.Found, t), differenceText(b, t), b.Hint)
				shown++
				if b.Remedy != "" && (len(remedies) == 0 || remedies[len(remedies)-1] != b.Remedy) && len(remedies) < 3 {
					remedies = append(remedies, b.Remedy)
				}
			}
		}
		if !g.some {
			continue
		}
		if err := writeLines(w, "", "", string(class)); err != nil {
			return err
		}
		if err := g.writeTo(w, "  "); err != nil {
			return err
		}
		if all := listed(r, class); all > shown {
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

// listed is how many of a class are kept in the list.
func listed(r *reconcile.Result, class reconcile.Class) (n uint64) {
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

func differenceText(b *reconcile.Break, t money.Table) string {
	if b.Difference.IsZero() {
		return ""
	}
	return plus(b.Difference, t)
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
				difference = plus(b.Difference(), t)
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
