package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/internal/lab/marketplace"
	"github.com/splitledger/splitledger/internal/lab/reports"
)

const sampleHelp = `Writes the events of a made-up marketplace, one JSON object a line: thousands of
sellers of whom a few make most of the sales, several currencies, payments through five
providers, captured at once or in parts, split one to five ways, by amounts, percents
and stored rules, charged with fees, settled, now and then cancelled, refunded, charged
back; payouts, reserves and conversions. One event in 200 or so is one that a ledger
must refuse, and about as many are sent twice.

The same flags write the same bytes on every machine, so a sample can stand in a test.
Memory stays flat however many payments there are; every 100,000 take another day.
--summary says on standard error what was written and what an empty ledger answers to it.

With --provider, it writes the reports of that provider instead, the events that they are
about, and a file that says where the two differ, into the directory --out:

  events.jsonl    events that a ledger accepts
  breaks.json     every place where the reports and the events differ
  the reports     adyen: settlement details · antom: settlement details and summaries
                  · paysafe: settlements and refunds · xendit: transactions

--breaks K makes K differences of every class that reconcile knows. Some classes a
provider's reports cannot show: Paysafe's objects have no fees, batches and rows of no
payment, and Xendit's transactions no batches; breaks.json says so.`

// sampleOptions are the flags of sample.
type sampleOptions struct {
	marketplace marketplace.Options
	out         string // of the events
	summary     bool
	reports     reports.Options
	dir         string // of the reports
}

func (l *lab) sampleCommand() *cobra.Command {
	var o sampleOptions
	cmd := &cobra.Command{
		Use:   "sample",
		Short: "Write the events of a made-up marketplace, or reports",
		Long:  sampleHelp,
		Args:  cobra.NoArgs,
		Example: `  lab sample --payments 1000 > events.jsonl
  lab sample --payments 1000000 | splitledger post
  lab sample --seed 2 --summary --events-out events.jsonl
  lab sample --provider adyen --breaks 3 --out adyen-sample`,
	}
	flags := cmd.Flags()
	days := []string{time.RFC3339, time.DateOnly}
	flags.Uint64Var(&o.marketplace.Seed, "seed", 1, "another `number`, another marketplace")
	flags.IntVar(&o.marketplace.Payments, "payments", marketplace.DefaultPayments, "how `many` payments")
	flags.IntVar(&o.marketplace.Sellers, "sellers", 0, "how `many` sellers; default a tenth of the payments, 8 to 3000")
	flags.TimeVar(&o.marketplace.Start, "start", time.Time{}, days, "beginning of the first day, default 2026-03-10")
	flags.StringVar(&o.out, "events-out", "-", "`file` to write to; - is standard output")
	flags.BoolVar(&o.summary, "summary", false, "say on standard error what was written")
	flags.StringVar(&o.reports.Provider, "provider", "",
		"write reports of this `provider`: "+strings.Join(reports.Providers(), ", "))
	flags.IntVar(&o.reports.Breaks, "breaks", 0, "how `many` differences of every class, with --provider")
	flags.StringVar(&o.dir, "out", ".", "`directory` to write to, with --provider; made if it is not there")
	for _, of := range []string{"sellers", "events-out"} { // the events of reports go to a file in --out
		cmd.MarkFlagsMutuallyExclusive("provider", of)
	}
	cmd.RunE = func(*cobra.Command, []string) error {
		if y := o.marketplace.Start.Year(); !o.marketplace.Start.IsZero() && (y < 1970 || y > 2190) {
			return fmt.Errorf("expected --start from 1970 to 2190, found %s", o.marketplace.Start.Format(time.RFC3339))
		}
		if o.reports.Provider != "" {
			if flags.Changed("payments") {
				o.reports.Payments = max(o.marketplace.Payments, 1)
			}
			return l.sampleReports(o)
		}
		if flags.Changed("breaks") || flags.Changed("out") {
			return errors.New("expected --provider with --breaks and --out: without it there are no reports")
		}
		return l.sampleEvents(o)
	}
	return cmd
}

// sampleEvents writes the events of a marketplace.
func (l *lab) sampleEvents(o sampleOptions) error {
	if o.marketplace.Payments < 1 || o.marketplace.Sellers < 0 {
		return fmt.Errorf("expected --payments of 1 or more and --sellers of 0 or more, found %d and %d",
			o.marketplace.Payments, o.marketplace.Sellers)
	}
	s, err := l.writeEvents(o.out, o.marketplace)
	if err == nil && o.summary {
		l.printSummary(s)
	}
	return err
}

func (l *lab) writeEvents(out string, o marketplace.Options) (marketplace.Summary, error) {
	if out == "-" {
		return marketplace.Write(l.stdout, o)
	}
	f, err := os.Create(out)
	if err != nil {
		return marketplace.Summary{}, err
	}
	s, err := marketplace.Write(f, o)
	return s, errors.Join(err, f.Close())
}

// printSummary says what was written, and what an empty ledger will answer.
func (l *lab) printSummary(s marketplace.Summary) {
	fmt.Fprintf(l.stderr, "events %d: accepted %d, duplicate %d, refused %d\n",
		s.Lines, s.Accepted, s.Duplicates, s.Refusals())
	printCounts(l.stderr, "written", s.Types)
	printCounts(l.stderr, "to be refused", s.Refused)
}

func printCounts(w io.Writer, what string, counts map[string]int) {
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(w, "  %s %s %d\n", what, name, counts[name])
	}
}
