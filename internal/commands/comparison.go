package commands

import (
	"iter"
	"strings"
	"time"

	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/reconcile"
)

// A comparison is what came of a comparison of reports, with what those who read it want to know
// besides. The forms (table, JSON, CSV, page) all print this one value, so that they cannot
// disagree. Breaks are not held in memory: they are read from the disk as they are printed.
type comparison struct {
	*query.Reconciliation
	At time.Time // when it was compared

	// has the breaks, on the disk until it is closed
	result *reconcile.Result
	table  display
	// names the ledger, provider and files in a command
	complete func(command string) string
}

// newComparison sums a result up, and completes the commands in it, so that they run as they are
// printed.
func (c *cli) newComparison(r *reconcile.Result, f *reconcileFlags, files []string, t display) *comparison {
	complete := func(remedy string) string { return c.command(f.completed(remedy, files)) }
	for i := range r.Totals {
		for j := range r.Totals[i].Largest {
			completeRemedy(&r.Totals[i].Largest[j], complete)
		}
	}
	all := query.ReconciliationOf(r)
	// A page or JSON that is kept must say of which books it was.
	all.Ledger = c.ledger
	return &comparison{all, time.Now(), r, t, complete}
}

// completeRemedy completes the command that mends a break. A break that this run has posted has no
// such command: posting once more would mend nothing.
func completeRemedy(b *reconcile.Break, complete func(string) string) {
	if b.Posted && b.Remedy == postAgain {
		b.Remedy = ""
		return
	}
	b.Remedy = complete(b.Remedy)
}

// breaks yields the breaks of a list, the commands in them completed.
func (r *comparison) breaks(list iter.Seq2[reconcile.Break, error]) iter.Seq2[reconcile.Break, error] {
	return func(yield func(reconcile.Break, error) bool) {
		for b, err := range list {
			completeRemedy(&b, r.complete)
			if !yield(b, err) {
				return
			}
		}
	}
}

// listed yields the breaks, and then the rows of no payment, in one list for CSV.
func (r *comparison) listed() iter.Seq2[reconcile.Break, error] {
	return func(yield func(reconcile.Break, error) bool) {
		for _, list := range []iter.Seq2[reconcile.Break, error]{r.result.Breaks(), r.result.Others()} {
			for b, err := range r.breaks(list) {
				if !yield(b, err) {
					return
				}
			}
		}
	}
}

// verdict says in lines what is left to be done; no line means that the provider agrees. Reports
// without lines prove nothing, and are never called clean.
func (r *comparison) verdict() (lines []string) {
	switch {
	case r.Lines == 0 && r.Later == 0:
		return []string{"the reports have no lines: whether the provider agrees is not known"}
	// Without --post it goes without saying: the table shows that all is matched.
	case !r.Broken && r.Posted != nil:
		return []string{"nothing is left to be done"}
	}
	var words []string
	for _, class := range reconcile.Classes() {
		if n := r.OpenOf[class]; n > 0 {
			words = append(words, string(class)+" "+thousands(n))
		}
	}
	if len(words) > 0 {
		line := "open: " + strings.Join(words, ", ")
		if r.Timing > 0 {
			line += "; " + thousands(r.Timing) + " of these may be a matter of time"
		}
		lines = append(lines, line)
	}
	if r.Waiting > 0 {
		lines = append(lines, "waiting: "+plural(r.Waiting, "outcome")+" that cannot be booked yet ('"+
			r.complete("splitledger ingest --waiting --provider "+shellQuote(r.Provider))+"' lists them)")
	}
	return lines
}
