package commands

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/reconcile"
)

// reconciled prints what came of a comparison, in the form that the flags ask for. The output is
// buffered, as there may be very many breaks.
func (c *cli) reconciled(r *comparison, f reconcileFlags) error {
	out := bufio.NewWriterSize(c.stdout, 1<<16)
	var err error
	switch {
	case c.form == asJSON:
		err = printObject(out, r.Reconciliation,
			member[reconcile.Break]{"breaks", r.breaks(r.result.Breaks())},
			member[reconcile.Break]{"others", r.breaks(r.result.Others())})
	case c.form == asCSV:
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

// reconcileTable writes what came of a comparison for people, from the whole to the detail: which
// files, how much of each class, the largest breaks of each class, the batches, and in the end what
// is left to be done, where the eye is in a terminal.
func reconcileTable(w io.Writer, r *comparison) error {
	t := r.table
	for _, f := range r.Files {
		// A file may be so damaged that it is not known what it is; its lines are unreadable then.
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
	if err := listed(t, r.ClassRows()).writeTo(w, "  "); err != nil {
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
	if err := batchTable(w, r.Reconciliation, t); err != nil {
		return err
	}
	return writeLines(w, "", closingLines(r)...)
}

// byAmountText warns of lines that were matched by their amount: of two payments of one amount it
// may be the wrong one.
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
		lines = append(lines, "", postedText(r.Reconciliation))
		if p.TakenUp > 0 {
			lines = append(lines, "taken up: "+plural(p.TakenUp, "line")+" that had been waiting for their payments")
		}
		for _, why := range p.Refusals {
			lines = append(lines, "  refused: "+printable(why))
		}
	}
	// After a posting the verdict follows its counts, otherwise it stands by itself.
	verdict := r.verdict()
	if len(verdict) > 0 && r.Posted == nil {
		lines = append(lines, "")
	}
	return append(lines, verdict...)
}

// postedText says what was posted. Where there was nothing because the reports were posted before, it says when: counts
// of zero would look as if something had gone wrong.
func postedText(r *query.Reconciliation) string {
	p := r.Posted
	first, again := time.Time{}, len(r.Files) > 0 && p.Accepted+p.Refused+p.TakenUp == 0
	for i, f := range r.Files {
		again = again && !f.Before.IsZero()
		if i == 0 || f.Before.Before(first) {
			first = f.Before
		}
	}
	switch {
	case !again:
		return fmt.Sprintf("posted: %s, %s in the books already, %s refused",
			plural(p.Accepted, "event"), thousands(p.Duplicate), thousands(p.Refused))
	case len(r.Files) == 1:
		return "nothing to post: this report was posted first on " + stamp(first)
	}
	return "nothing to post: these reports were posted before, the first of them on " + stamp(first)
}

// plural writes a count with its noun. All nouns here take an s.
func plural(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}

// conversionText says what is left to be done where the provider has converted. The books cannot do
// it by themselves: which account is paid in which currency is an agreement with its holder.
func conversionText(c query.Conversion, t display) string {
	from, to := c.From.Currency(), c.To.Currency()
	return fmt.Sprintf("converted: %s into %s, %s; the accounts still hold %s: "+
		"post an exchange for each account that is paid in %s",
		t.Money(c.From), t.Money(c.To), plural(c.Lines, "line"), from, to)
}

// largest writes the largest breaks of each class, and below them commands that mend them. By size,
// because a reader with little time starts with the money.
func largest(w io.Writer, r *comparison) error {
	for _, class := range reconcile.Classes() {
		some, all := r.result.LargestOf(class)
		if len(some) == 0 {
			continue
		}
		lines := append([]string{"", classText(class)}, indented(breakGrid(some, r.table).lines())...)
		// The rest is counted, so that nobody takes the table for all.
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

// breakGrid is a table of breaks, as of reconcile and of its status alike: line and reference find it in the report,
// movement at the provider, and the last column says where to begin.
func breakGrid(some []reconcile.Break, t display) *grid {
	rows := query.Rows(some, func(b reconcile.Break) query.BreakRow { return query.BreakRowOf(&b) })
	return listed(t, rows, "line", "reference", "movement", "books", "provider", "difference", "state", "likely cause")
}

// maxRemedies is how many commands are shown below what they mend.
const maxRemedies = 3

// remediesOf are the commands that mend the first of some breaks. Many breaks have the same one,
// such as posting the report.
func remediesOf(some []reconcile.Break) (remedies []string) {
	for i := range some {
		r := some[i].Remedy
		if r != "" && len(remedies) < maxRemedies && !slices.Contains(remedies, r) {
			remedies = append(remedies, r)
		}
	}
	return remedies
}

// maxBatchRows is how many batches the table shows: a day has a few, and a file of a year is not read on a screen.
const maxBatchRows = 20

// batchTable writes the batches, those first that somebody should look at.
func batchTable(w io.Writer, r *query.Reconciliation, t display) error {
	rows, more := r.BatchRows(maxBatchRows)
	if len(rows) == 0 {
		return nil
	}
	g := listed(t, rows, "batch", "receiver", "lines", "sum of lines", "paid out", "difference", "currency", " ")
	lines := append([]string{"", "batches"}, indented(g.lines())...)
	if more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", more))
	}
	return writeLines(w, "", lines...)
}
