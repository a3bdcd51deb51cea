package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/internal/lab/bench"
)

const benchHelp = `Measures what this machine does, in a directory that is removed again. A payment is a
capture with three splits, a merchant reference and split references, of unique event
and payment ids. Each is synced to disk before it is acknowledged.

Beside the ledger, in the same run and in turns, a bare bbolt file is written the same
number of bytes for each payment by as many callers, and does nothing else. The ratio of
the two tells more than the rates: machines differ, and other work disturbs both sides
alike. The processor's time is what all processors worked for a payment.

With --grow, a ledger then grows to that many payments, in batches of 8,000, and the
rate of each tenth of them is printed. After that, it and a ledger of a tenth of its
size get more payments in turns: the ratio of their rates should be about 1. Then it
measures reads beside writers, the memory that the ledger needs, and how long opening it
takes after its process was killed.

With --against postgres, the same is booked by as many connections into a PostgreSQL
database in the same directory, synced as it is by default: tables for events, payments,
entries, postings and balances, and one function that books a capture, called by pgbench
with prepared statements.

With --lines, it measures what 'splitledger post' makes of JSON lines, from reading to
the sync: of the payments above, and of the events of a made-up marketplace, which are
of all kinds.

With --plot, it measures how the rate changes with callers, with the payments in a
ledger that grows to --grow (default 1,000,000), and with accounts up to --accounts, and
the memory that accounts need. It leaves the figures as JSON in a directory, with charts
that are drawn from them; 'lab plot' draws them again. That takes --each for every point
of callers and accounts, and what the growing and opening takes: some two minutes, and
2 GB of disk.

With --profile, the time of the processor is written for 'go tool pprof -top'. --callers
and --batch measure one way of posting only, to have no other in it.`

// benchOptions are the flags of bench.
type benchOptions struct {
	dir      string
	each     time.Duration
	sellers  int
	grow     int
	against  string
	only     bench.Mode // if any
	lines    int
	plot     string
	accounts int
	profile  string
	asJSON   bool
}

func (l *lab) benchCommand() *cobra.Command {
	var o benchOptions
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure what this machine does",
		Long:  benchHelp,
		Args:  cobra.NoArgs,
		Example: `  lab bench
  lab bench --grow 1000000 --sellers 100000 --dir /data
  lab bench --plot docs/performance
  lab bench --lines 500000 --profile post.prof && go tool pprof -top post.prof`,
	}
	o.flags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := o.check(); err != nil {
			return err
		}
		if o.plot == "" && cmd.Flags().Changed("accounts") {
			return errors.New("expected --plot with --accounts")
		}
		return profiled(o.profile, func() error { return l.bench(cmd.Context(), o) })
	}
	cmd.AddCommand(l.benchReconcileCommand(), l.benchReportsCommand(), l.benchHTTPCommand())
	return cmd
}

// flags declares the flags, and which of them exclude each other.
func (o *benchOptions) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.dir, "dir", "",
		"the `directory` to measure in, on the disk that matters; default the one for temporary files")
	flags.DurationVar(&o.each, "each", 6*time.Second, "how long to measure each way of posting, both sides together")
	flags.IntVar(&o.sellers, "sellers", 10_000, "how many accounts the payments are split among")
	flags.IntVar(&o.only.Callers, "callers", 0, "measure only this `many` callers, of --batch payments at a time")
	flags.IntVar(&o.only.Batch, "batch", 0, "measure only batches of this `many` payments, from --callers callers")
	flags.IntVar(&o.grow, "grow", 0, "then grow a ledger to this many `payments`")
	flags.IntVar(&o.lines, "lines", 0, "measure posting about this many `events` from JSON lines instead")
	flags.StringVar(&o.plot, "plot", "", "measure curves instead, and leave figures and charts in this `directory`")
	flags.IntVar(&o.accounts, "accounts", plotAccounts,
		"the `most` accounts of the curves, from 1000 and ten times as many each")
	flags.StringVar(&o.profile, "profile", "",
		"write a profile of the processor's time to this `file`, for go tool pprof")
	flags.StringVar(&o.against, "against", "", "compare with `postgres` instead of bare bbolt")
	flags.BoolVar(&o.asJSON, "json", false, "print JSON")
	cmd.MarkFlagsMutuallyExclusive("against", "lines", "plot")
	for _, instead := range []string{"against", "lines"} {
		cmd.MarkFlagsMutuallyExclusive(instead, "grow")
	}
	for _, instead := range []string{"against", "lines", "plot"} {
		cmd.MarkFlagsMutuallyExclusive(instead, "callers")
		cmd.MarkFlagsMutuallyExclusive(instead, "batch")
	}
}

// check refuses what cannot be measured.
func (o *benchOptions) check() error {
	switch {
	case o.sellers < 1 || o.grow < 0 || o.each < 10*time.Millisecond:
		return fmt.Errorf("expected at least 1 seller, 0 or more payments and 10ms each, found %d, %d and %s",
			o.sellers, o.grow, o.each)
	case o.only.Callers < 0 || o.only.Batch < 0 || o.lines < 0 || o.accounts < 1000:
		const expected = "expected callers, payments and lines of 0 or more and at least 1000 accounts"
		return fmt.Errorf(expected+", found %d, %d, %d and %d", o.only.Callers, o.only.Batch, o.lines, o.accounts)
	case o.against != "" && o.against != "postgres":
		return fmt.Errorf("expected --against postgres, found %s", o.against)
	}
	return nil
}

// modes are the ways of posting to measure.
func (o *benchOptions) modes() []bench.Mode {
	if o.only == (bench.Mode{}) {
		return bench.Modes
	}
	return []bench.Mode{{Callers: max(o.only.Callers, 1), Batch: max(o.only.Batch, 1)}}
}

// A session is one run of bench.
type session struct {
	benchOptions
	lab *lab
	dir string    // of the ledgers, removed in the end
	out benchJSON // what was measured
	say columns   // tells it to people as it comes
}

func (l *lab) bench(ctx context.Context, o benchOptions) (err error) {
	s := &session{benchOptions: o, lab: l, say: columns{l.stdout, 26, 13}}
	if o.asJSON {
		s.say.w = nil
	}
	if s.dir, err = os.MkdirTemp(o.dir, "splitledger-bench-*"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.dir)) }()
	switch {
	case o.against != "":
		err = s.againstPostgres(ctx)
	case o.lines > 0:
		err = s.jsonLines(ctx)
	case o.plot != "":
		err = s.curves(ctx)
	default:
		err = s.ways(ctx, o.modes())
		if err == nil && o.grow > 0 {
			err = s.growth(ctx)
		}
	}
	if err != nil || !o.asJSON {
		return err
	}
	return writeJSON(l.stdout, s.out)
}

// profiled calls f, and writes what the processor did meanwhile to a file if that has a name.
func profiled(path string, f func() error) (err error) {
	if path == "" {
		return f()
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}
