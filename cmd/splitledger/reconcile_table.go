package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/reconcile"
)

// reconciled prints what came of a comparison.
func (c *cli) reconciled(r *comparison, f reconcileFlags) error {
	out := bufio.NewWriterSize(c.stdout, 1<<16)
	var err error
	switch {
	case f.asJSON:
		err = printObject(out, r.Reconciliation,
			member[reconcile.Break]{"breaks", r.breaks(r.result.Breaks())},
			member[reconcile.Break]{"others", r.breaks(r.result.Others())})
	case f.asCSV:
		err = reconcileCSV(out, r)
	case f.asHTML:
		err = reconcileHTML(out, r)
	default:
		err = reconcileTable(out, r)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// reconcileTable writes what came of a comparison for people: first how much of each class, then the largest breaks of
// each.
func reconcileTable(w io.Writer, r *comparison) error {
	t := r.table
	for _, f := range r.Files {
		format := f.Format
		if format == "" {
			format = "a report that could not be read"
		}
		line := fmt.Sprintf("%s: %s, %s", printable(f.File), format, plural(f.Lines, "line"))
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
	if err := classTable(r.Reconciliation, t).writeTo(w, "  "); err != nil {
		return err
	}
	if r.ByAmount > 0 {
		if err := writeLines(w, "  ", byAmountText(r.ByAmount)); err != nil {
			return err
		}
	}
	if err := largest(w, r); err != nil {
		return err
	}
	if err := batchTable(w, r.Batches, t); err != nil {
		return err
	}
	return writeLines(w, "", closingLines(r)...)
}

// byAmountText warns of lines that were matched by their amount.
func byAmountText(n uint64) string {
	return "of those matched, " + plural(n, "line") + " by amount alone, which no name confirms"
}

// closingLines say what was converted and posted, and what is left to be done.
func closingLines(r *comparison) (lines []string) {
	if len(r.Conversions) > 0 {
		lines = append(lines, "")
	}
	for _, c := range r.Conversions {
		lines = append(lines, conversionText(c, r.table))
	}
	if p := r.Posted; p != nil {
		lines = append(lines, "", fmt.Sprintf("posted: %s, %s in the books already, %s refused",
			plural(p.Accepted, "event"), thousands(p.Duplicate), thousands(p.Refused)))
		if p.TakenUp > 0 {
			lines = append(lines, "taken up: "+plural(p.TakenUp, "line")+" that had been waiting for their payments")
		}
		for _, why := range p.Refusals {
			lines = append(lines, "  refused: "+printable(why))
		}
	}
	verdict := r.verdict()
	if len(verdict) > 0 && r.Posted == nil {
		lines = append(lines, "")
	}
	return append(lines, verdict...)
}

func plural(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}

// A classRow is what a class comes to in a currency. Its name and count stand in the first of its rows.
type classRow struct {
	Class      string         `col:"class"`
	Count      uint64         `col:"count,thousands,blank"`
	Amount     string         `col:"amount,right"`
	Difference query.Minor    `col:"difference,signed"`
	Currency   money.Currency `col:"currency"`
}

// classTable is how many there are of each class, and how much in each currency. Kinds have rows of their own below the
// class.
func classTable(r *query.Reconciliation, t money.Table) *grid {
	s := newListing[classRow](t)
	class := reconcile.Class("")
	for _, total := range r.Totals {
		row := classRow{Difference: total.Difference, Currency: total.Currency}
		if total.Currency != "" {
			row.Amount = t.Format(total.Amount.Amount)
		}
		if total.Class != class {
			class = total.Class
			row.Class, row.Count = string(class), r.Summary[class]
			if total.Kind != "" {
				s.add(classRow{Class: row.Class, Count: row.Count})
			}
		}
		if total.Kind != "" {
			row.Class, row.Count = "  "+string(total.Kind), total.Count
		}
		s.add(row)
	}
	return s.grid()
}

// conversionText says what is left to be done where the provider has converted.
func conversionText(c query.Conversion, t money.Table) string {
	from, to := c.From.Currency(), c.To.Currency()
	return fmt.Sprintf("converted: %s into %s, %s; the accounts still hold %s: "+
		"post an exchange for each account that is paid in %s",
		moneyText(c.From, t), moneyText(c.To, t), plural(c.Lines, "line"), from, to)
}

// largest writes the largest breaks of each class.
func largest(w io.Writer, r *comparison) error {
	for _, class := range reconcile.Classes() {
		some, all := r.result.LargestOf(class)
		if len(some) == 0 {
			continue
		}
		lines := append([]string{"", classText(class)}, indented(breakGrid(some, r.table).lines())...)
		if shown := uint64(len(some)); all > shown {
			lines = append(lines, fmt.Sprintf("  and %s more; --json, --csv and --html have all", thousands(all-shown)))
		}
		for _, remedy := range remediesOf(some) {
			lines = append(lines, "  → "+printable(remedy))
		}
		if err := writeLines(w, "", lines...); err != nil {
			return err
		}
	}
	return nil
}

// classText is a class as the title of its table. The name of one does not say what it is.
func classText(class reconcile.Class) string {
	if class == reconcile.UnmatchedOther {
		return string(class) + ": of no payment (fees, payouts, transfers)"
	}
	return string(class)
}

// A breakRow is a break as a row of a table.
type breakRow struct {
	Place string `col:"line"`
	reconcile.Break
	Moved      string      `col:"movement,optional"`
	Books      string      `col:"books,right"`
	Provider   string      `col:"provider,right"`
	Difference query.Minor `col:"difference,signed"`
	Due        string      `col:"state,optional"`
}

// breakGrid is a table of breaks.
func breakGrid(some []reconcile.Break, t money.Table) *grid {
	s := newListing[breakRow](t,
		"line", "reference", "movement", "books", "provider", "difference", "state", "likely cause")
	for i := range some {
		b := &some[i]
		s.add(breakRow{
			placeOf(b), *b, movementText(b), sideText(b.Expected, t), sideText(b.Found, t),
			query.Minor{Amount: b.Difference}, dueText(b),
		})
	}
	return s.grid()
}

// maxRemedies is how many commands are shown below what they mend.
const maxRemedies = 3

// remediesOf are the commands that mend the first of some breaks.
func remediesOf(some []reconcile.Break) (remedies []string) {
	for i := range some {
		r := some[i].Remedy
		if r != "" && len(remedies) < maxRemedies && !slices.Contains(remedies, r) {
			remedies = append(remedies, r)
		}
	}
	return remedies
}

// movementText is the provider's reference of the movement if it differs from the payment's, and the account if
// there is one.
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

// stateText says for people how a batch stands.
var stateText = map[string]string{
	"mismatch": "mismatch", "open": "open", "elsewhere": "lines not in these files", "balanced": "balanced",
}

// maxBatchRows is how many batches the table shows.
const maxBatchRows = 20

// A batchRow is a batch as a row of a table.
type batchRow struct {
	query.BatchSum
	Left     query.Minor `col:"difference,signed"`
	Standing string      `col:" "`
}

// batchTable writes the batches, those first that somebody should look at.
func batchTable(w io.Writer, batches []query.BatchSum, t money.Table) error {
	if len(batches) == 0 {
		return nil
	}
	s := newListing[batchRow](t, "batch", "receiver", "lines",
		"sum of lines", "paid out", "difference", "currency", " ")
	for _, wanted := range []string{"mismatch", "open", "elsewhere", "balanced"} {
		for _, b := range batches {
			if b.State != wanted || len(s.rows) == maxBatchRows {
				continue
			}
			row := batchRow{BatchSum: b, Standing: stateText[wanted]}
			if wanted == "mismatch" {
				row.Left = b.Difference
			}
			s.add(row)
		}
	}
	lines := append([]string{"", "batches"}, indented(s.grid().lines())...)
	if more := len(batches) - len(s.rows); more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", more))
	}
	return writeLines(w, "", lines...)
}
