package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

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

func (c *cli) sampleCommand() *cobra.Command {
	var (
		o       marketplace.Options
		start   timeFlag
		out     string
		summary bool
		r       reports.Options
		dir     string
	)
	cmd := &cobra.Command{
		Use:   "sample",
		Short: "Write the events of a made-up marketplace",
		Long:  sampleHelp,
		Example: `  splitledger sample --payments 1000 > events.jsonl
  splitledger sample --payments 1000000 | splitledger post
  splitledger sample --seed 2 --summary --events-out events.jsonl
  splitledger sample --provider adyen --breaks 3 --out adyen-sample`,
	}
	flags := cmd.Flags()
	flags.Uint64Var(&o.Seed, "seed", 1, "another `number`, another marketplace")
	flags.IntVar(&o.Payments, "payments", marketplace.DefaultPayments, "how `many` payments")
	flags.IntVar(&o.Sellers, "sellers", 0, "how `many` sellers; default a tenth of the payments, 8 to 3000")
	flags.Var(&start, "start", "beginning of the first day, default 2026-03-10")
	flags.StringVar(&out, "events-out", "-", "`file` to write to; - is standard output")
	flags.BoolVar(&summary, "summary", false, "say on standard error what was written")
	flags.StringVar(&r.Provider, "provider", "", "write reports of this `provider`: "+strings.Join(reports.Providers(), ", "))
	flags.IntVar(&r.Breaks, "breaks", 0, "how `many` differences of every class, with --provider")
	flags.StringVar(&dir, "out", ".", "`directory` to write to, with --provider; made if it is not there")
	cmd.RegisterFlagCompletionFunc("provider", cobra.FixedCompletions(reports.Providers(), cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = runs(func(*cobra.Command, []string) error {
		if y := start.Year(); !start.IsZero() && (y < 1970 || y > 2190) {
			return unusable("expected --start from 1970 to 2190, found %s", &start)
		}
		if r.Provider != "" {
			if flags.Changed("payments") {
				r.Payments = max(o.Payments, 1)
			}
			r.Seed, r.Start = o.Seed, start.Time
			return c.sampleReports(flags, dir, r, summary)
		}
		if flags.Changed("breaks") || flags.Changed("out") {
			return unusable("expected --provider with --breaks and --out: without it there are no reports")
		}
		if o.Payments < 1 || o.Sellers < 0 {
			return unusable("expected --payments of 1 or more and --sellers of 0 or more, found %d and %d", o.Payments, o.Sellers)
		}
		o.Start = start.Time
		s, err := c.writeSample(out, o)
		if err == nil && summary {
			c.printSummary(s)
		}
		return err
	})
	return cmd
}

func (c *cli) writeSample(out string, o marketplace.Options) (marketplace.Summary, error) {
	if out == "-" {
		return marketplace.Write(c.stdout, o)
	}
	f, err := os.Create(out)
	if err != nil {
		return marketplace.Summary{}, &failure{exitUsage, err}
	}
	s, err := marketplace.Write(f, o)
	if closing := f.Close(); err == nil {
		err = closing
	}
	return s, err
}

// printSummary says what was written, and what an empty ledger will answer.
func (c *cli) printSummary(s marketplace.Summary) {
	fmt.Fprintf(c.stderr, "events %d: accepted %d, duplicate %d, refused %d\n", s.Lines, s.Accepted, s.Duplicates, s.Refusals())
	printCounts(c.stderr, "written", s.Types)
	printCounts(c.stderr, "to be refused", s.Refused)
}

func printCounts(w io.Writer, what string, counts map[string]int) {
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(w, "  %s %s %d\n", what, name, counts[name])
	}
}
