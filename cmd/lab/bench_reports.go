package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/internal/lab/bench"
)

const benchReportsHelp = `Measures how long reports of a day, a month and of all time take: a ledger of so many
payments, which happened over so many days, each hundredth of them booked up to sixty
days late. The ledger is opened for reading first. Then payments are posted in batches
of 1,000, without and with one report of a day after another beside them.

The whole days of a report come from daily totals, whose size on disk is given; one
report is made from the journal, to compare.`

// benchReportsOptions are the flags of bench reports.
type benchReportsOptions struct {
	dir                     string
	payments, sellers, days int
	each                    time.Duration
	profile                 string
}

func (l *lab) benchReportsCommand() *cobra.Command {
	var o benchReportsOptions
	cmd := &cobra.Command{
		Use:     "reports",
		Short:   "Measure how long reports of a day take",
		Long:    benchReportsHelp,
		Args:    cobra.NoArgs,
		Example: "  lab bench reports --payments 10000000 --sellers 100000",
	}
	flags := cmd.Flags()
	flags.StringVar(&o.dir, "dir", "", "the `directory` to measure in; default the one for temporary files")
	flags.IntVar(&o.payments, "payments", 1_000_000, "how many payments the ledger has")
	flags.IntVar(&o.sellers, "sellers", 10_000, "how many accounts the payments are split among")
	flags.IntVar(&o.days, "days", 365, "over how many days they are spread")
	flags.DurationVar(&o.each, "each", 3*time.Second, "how long to post without and with reports")
	flags.StringVar(&o.profile, "profile", "",
		"write a profile of the processor's time to this `file`, for go tool pprof")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if o.payments < 1 || o.sellers < 1 || o.days < 1 || o.each < 10*time.Millisecond {
			return fmt.Errorf("expected at least 1 payment, 1 seller, 1 day and 10ms each, found %d, %d, %d and %s",
				o.payments, o.sellers, o.days, o.each)
		}
		return profiled(o.profile, func() error { return l.benchReports(cmd.Context(), o) })
	}
	return cmd
}

func (l *lab) benchReports(ctx context.Context, o benchReportsOptions) (err error) {
	dir, err := os.MkdirTemp(o.dir, "splitledger-bench-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	r, err := bench.Reports(ctx, dir, o.sellers, o.payments, o.days, o.each)
	if err != nil {
		return err
	}
	say := columns{l.stdout, 38, 13}
	say.text("%s payments of %s days: %s MB, of which %s bytes a payment; daily totals %.1f MB, %.1f bytes a payment",
		number(r.Payments), number(r.Days), number(int(r.Ledger/1e6)), number(int(r.Ledger/int64(r.Payments))),
		float64(r.Totals)/1e6, float64(r.Totals)/float64(r.Payments))
	say.text("opened for reading: %s; for writing, with the daily totals made again: %s, of the processor's %s a payment\n",
		short(r.Open), short(r.Remade), micros(r.Worked/time.Duration(r.Payments)))
	say.row("report", "time", "rows")
	for _, q := range r.Questions {
		say.row(q.Name, short(q.Took), number(q.Rows))
	}
	say.text("")
	say.row("batches of 1,000 payments", "payments/s", "p50", "p99", "slowest", "processor")
	for _, m := range []struct {
		name string
		bench.Figures
	}{{"alone", r.Alone}, {fmt.Sprintf("beside %s reports", number(r.Reports)), r.Beside}} {
		say.row(m.name, rate(m.Rate()), short(m.P50), short(m.P99), short(m.Slowest), micros(m.Processor))
	}
	return nil
}
