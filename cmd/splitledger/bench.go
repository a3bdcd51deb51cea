package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/internal/lab/bench"
)

const benchHelp = `Measures what this machine does, in a directory that is removed again. A payment is a
capture with three splits, a merchant reference and split references, of unique event
and payment ids; each is synced to disk before it is acknowledged.

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

With --lines, it measures what post makes of JSON lines, from reading to the sync: of
the payments above, and of the events of a made-up marketplace, which are of all kinds.

With --plot, it measures how the rate changes with callers, with the payments in a
ledger that grows to --grow (default 1,000,000), and with accounts up to --accounts, and
the memory that accounts need. It leaves that in a directory as SVG charts with their
figures as JSON beside them. That takes --each for every point of callers and accounts
and what the growing and opening takes: some two minutes, and 2 GB of disk.

With --profile, the time of the processor is written for 'go tool pprof -top'; --callers
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

func (c *cli) benchCommand() *cobra.Command {
	var o benchOptions
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure what this machine does",
		Long:  benchHelp,
		Example: `  splitledger bench
  splitledger bench --grow 1000000 --sellers 100000 --dir /data
  splitledger bench --plot docs/performance
  splitledger bench --lines 500000 --profile post.prof && go tool pprof -top post.prof`,
	}
	flags := cmd.Flags()
	flags.StringVar(&o.dir, "dir", "", "the `directory` to measure in, on the disk that matters; default the one for temporary files")
	flags.DurationVar(&o.each, "each", 6*time.Second, "how long to measure each way of posting, both sides together")
	flags.IntVar(&o.sellers, "sellers", 10_000, "how many accounts the payments are split among")
	flags.IntVar(&o.only.Callers, "callers", 0, "measure only this `many` callers, of --batch payments at a time")
	flags.IntVar(&o.only.Batch, "batch", 0, "measure only batches of this `many` payments, from --callers callers")
	flags.IntVar(&o.grow, "grow", 0, "then grow a ledger to this many `payments`")
	flags.IntVar(&o.lines, "lines", 0, "measure posting about this many `events` from JSON lines instead")
	flags.StringVar(&o.plot, "plot", "", "measure curves instead, and leave charts and figures in this `directory`")
	flags.IntVar(&o.accounts, "accounts", plotAccounts, "the `most` accounts of the curves, from 1000 and ten times as many each")
	flags.StringVar(&o.profile, "profile", "", "write a profile of the processor's time to this `file`, for go tool pprof")
	flags.StringVar(&o.against, "against", "", "compare with `postgres` instead of bare bbolt")
	cmd.RegisterFlagCompletionFunc("against", cobra.FixedCompletions([]string{"postgres"}, cobra.ShellCompDirectiveNoFileComp))
	flags.BoolVar(&o.asJSON, "json", false, "print JSON")
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		if err := cmp.Or(o.check(), o.alone(cmd)); err != nil {
			return err
		}
		return profiled(o.profile, func() error { return c.bench(cmd.Context(), o) })
	})
	return cmd
}

// check refuses what cannot be measured.
func (o *benchOptions) check() error {
	switch {
	case o.sellers < 1 || o.grow < 0 || o.each < 10*time.Millisecond:
		return unusable("expected at least 1 seller, 0 or more payments and 10ms each, found %d, %d and %s", o.sellers, o.grow, o.each)
	case o.only.Callers < 0 || o.only.Batch < 0 || o.lines < 0 || o.accounts < 1000:
		return unusable("expected callers, payments and lines of 0 or more and at least 1000 accounts, found %d, %d, %d and %d", o.only.Callers, o.only.Batch, o.lines, o.accounts)
	case o.against != "" && o.against != "postgres":
		return unusable("expected --against postgres, found %s", o.against)
	}
	return nil
}

// alone refuses flags that have no say in what is to be measured.
func (o *benchOptions) alone(cmd *cobra.Command) error {
	if err := atMostOne(cmd, "against", "lines", "plot"); err != nil {
		return err
	}
	changed := cmd.Flags().Changed
	switch {
	case (o.against != "" || o.lines > 0) && changed("grow"):
		return unusable("expected no --grow with --against and --lines")
	case (o.against != "" || o.lines > 0 || o.plot != "") && (changed("callers") || changed("batch")):
		return unusable("expected no --callers and no --batch with --against, --lines and --plot")
	case o.plot == "" && changed("accounts"):
		return unusable("expected --plot with --accounts")
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

// benchJSON is what bench measures as JSON. Times are in microseconds, rates in payments a second.
type benchJSON struct {
	Modes    []benchModeJSON   `json:"modes,omitempty"`
	Postgres string            `json:"postgres,omitempty"` // its version, where it is what is compared with
	Lines    []benchLinesJSON  `json:"lines,omitempty"`
	Growth   []benchWindowJSON `json:"growth,omitempty"`
	Crowds   []benchCrowdJSON  `json:"accounts,omitempty"`
	Bytes    float64           `json:"bytes_per_payment,omitempty"` // on disk, everything included, when grown
	Flat     float64           `json:"grown_to_small_ratio,omitempty"`
	Reads    *benchReadsJSON   `json:"grown,omitempty"`
}

type benchReadsJSON struct {
	Balance        int64          `json:"balance_p50_ns"`
	Postings       int            `json:"postings_of_account"`
	BalanceAt      int64          `json:"balance_at_p50_ns"`
	Posting        *benchSideJSON `json:"64_callers"`
	Open           int64          `json:"open_after_kill_ms"`
	Replayed       uint64         `json:"replayed_records"`
	Heap           uint64         `json:"heap_bytes"`
	HeapPerAccount float64        `json:"heap_bytes_per_account"`
}

type benchModeJSON struct {
	Callers  int            `json:"callers"`
	Batch    int            `json:"batch"`
	Ledger   *benchSideJSON `json:"ledger"`
	Bare     *benchSideJSON `json:"bare_bbolt,omitempty"`
	Postgres *benchSideJSON `json:"postgres,omitempty"`
	Ratio    float64        `json:"ratio"`
}

type benchSideJSON struct {
	Rate float64 `json:"payments_per_second"`
	P50  int64   `json:"p50_us"`
	P99  int64   `json:"p99_us"`
	Max  int64   `json:"max_us"`

	Processor float64 `json:"processor_us_per_payment,omitempty"`
}

type benchWindowJSON struct {
	Payments int     `json:"payments"`
	Rate     float64 `json:"payments_per_second"`
	Slowest  int64   `json:"slowest_call_us"`
}

func sideJSON(f bench.Figures) *benchSideJSON {
	return &benchSideJSON{f.Rate(), f.P50.Microseconds(), f.P99.Microseconds(), f.Slowest.Microseconds(), float64(f.Processor.Nanoseconds()) / 1000}
}

func (c *cli) bench(ctx context.Context, o benchOptions) (err error) {
	dir, err := os.MkdirTemp(o.dir, "splitledger-bench-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var out benchJSON
	say := func(first string, cells ...string) {
		if !o.asJSON {
			line := fmt.Sprintf("%-26s", first)
			for _, cell := range cells {
				line += fmt.Sprintf("%13s", cell)
			}
			fmt.Fprintln(c.stdout, strings.TrimRight(line, " "))
		}
	}
	measure := c.benchModes
	switch {
	case o.against != "":
		measure = c.benchAgainst
	case o.lines > 0:
		measure = c.benchLines
	case o.plot != "":
		measure = c.benchPlot
	}
	if err := measure(ctx, o, dir, &out, say); err != nil || !o.asJSON {
		return err
	}
	return writeJSON(c.stdout, out)
}

// benchModes measures bare bbolt beside the ledger, and the growth of a ledger if that is wanted.
func (c *cli) benchModes(ctx context.Context, o benchOptions, dir string, out *benchJSON, say func(string, ...string)) error {
	if err := c.benchWays(ctx, o, dir, o.modes(), out, say); err != nil || o.grow == 0 {
		return err
	}
	return c.benchGrow(ctx, o, dir, out, say)
}

// benchWays measures some ways of posting, with bare bbolt beside the ledger.
func (c *cli) benchWays(ctx context.Context, o benchOptions, dir string, modes []bench.Mode, out *benchJSON, say func(string, ...string)) error {
	say("way of posting", "payments/s", "p50", "p99", "processor", "bare bbolt/s", "p50", "p99", "processor", "ratio")
	return bench.Compare(ctx, dir, o.sellers, modes, o.each, func(m bench.Comparison) {
		ratio := m.Ledger.Rate() / m.Bare.Rate()
		out.Modes = append(out.Modes, benchModeJSON{Callers: m.Mode.Callers, Batch: m.Mode.Batch, Ledger: sideJSON(m.Ledger), Bare: sideJSON(m.Bare), Ratio: ratio})
		say(m.Mode.String(), rate(m.Ledger.Rate()), short(m.Ledger.P50), short(m.Ledger.P99), micros(m.Ledger.Processor), rate(m.Bare.Rate()), short(m.Bare.P50), short(m.Bare.P99), micros(m.Bare.Processor), fmt.Sprintf("%.2f", ratio))
	})
}

// micros writes the processor's time for a payment.
func micros(d time.Duration) string { return fmt.Sprintf("%.1f µs", float64(d.Nanoseconds())/1000) }

// profiled calls f, and writes what the processor did meanwhile to a file if that has a name.
func profiled(path string, f func() error) (err error) {
	if path == "" {
		return f()
	}
	file, err := os.Create(path)
	if err != nil {
		return &failure{exitUsage, err}
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}

// benchAgainst measures PostgreSQL beside the ledger.
func (c *cli) benchAgainst(ctx context.Context, o benchOptions, dir string, out *benchJSON, say func(string, ...string)) error {
	say("way of posting", "payments/s", "p50", "p99", "PostgreSQL/s", "p50", "p99", "ratio")
	version, err := bench.Against(ctx, dir, o.sellers, bench.AgainstModes, o.each, func(m bench.Opposition) {
		ratio := m.Ledger.Rate() / m.Postgres.Rate()
		out.Modes = append(out.Modes, benchModeJSON{Callers: m.Mode.Callers, Batch: m.Mode.Batch, Ledger: sideJSON(m.Ledger), Postgres: sideJSON(m.Postgres), Ratio: ratio})
		say(m.Mode.String(), rate(m.Ledger.Rate()), short(m.Ledger.P50), short(m.Ledger.P99), rate(m.Postgres.Rate()), short(m.Postgres.P50), short(m.Postgres.P99), fmt.Sprintf("%.1f", ratio))
	})
	if errors.Is(err, bench.ErrNoPostgres) {
		fmt.Fprintf(c.stderr, "skipped: %v\n", err)
		return nil
	}
	out.Postgres = version
	if err == nil {
		say("")
		say(version)
	}
	return err
}

// benchGrow measures the growth of a ledger.
func (c *cli) benchGrow(ctx context.Context, o benchOptions, dir string, out *benchJSON, say func(string, ...string)) error {
	say("")
	say("payments in it", "payments/s", "slowest call")
	g, err := bench.Grow(ctx, dir, o.sellers, o.grow, o.each, func(w bench.Window) { window(w, out, say) })
	if err != nil {
		return err
	}
	out.Bytes, out.Flat = float64(g.Bytes)/float64(g.Payments), g.Ratio()
	r := g.Reads
	out.Reads = &benchReadsJSON{
		Balance: r.Balance.P50.Nanoseconds(), Postings: r.Postings, BalanceAt: r.BalanceAt.P50.Nanoseconds(), Posting: sideJSON(r.Posting),
		Open: r.Open.Milliseconds(), Replayed: r.Replayed, Heap: r.Heap, HeapPerAccount: r.HeapPerAccount(),
	}
	if !o.asJSON {
		fmt.Fprintf(c.stdout, "\nin turns with a ledger of %s payments: %.2f of its rate\n%.0f bytes a payment on disk, everything included\n", thousands(uint64(g.Small)), out.Flat, out.Bytes)
		fmt.Fprintf(c.stdout, "64 callers, 1 at a time: %s/s, p50 %s, p99 %s, slowest %s\n", rate(r.Posting.Rate()), short(r.Posting.P50), short(r.Posting.P99), short(r.Posting.Slowest))
		fmt.Fprintf(c.stdout, "Balance while 8 callers post: p50 %s, p99 %s\nBalanceAt of an account of %s postings: p50 %s, p99 %s\n", r.Balance.P50, r.Balance.P99, thousands(uint64(r.Postings)), r.BalanceAt.P50, r.BalanceAt.P99)
		fmt.Fprintf(c.stdout, "opened as a killed process would have left it: %s, of %s records behind the checkpoint\n", short(r.Open), thousands(r.Replayed))
		fmt.Fprintf(c.stdout, "heap then: %s KiB, %.0f bytes for each of %s accounts\n", thousands(r.Heap>>10), r.HeapPerAccount(), thousands(uint64(r.Accounts)))
	}
	return nil
}

// window tells of a stretch of the growth.
func window(w bench.Window, out *benchJSON, say func(string, ...string)) {
	out.Growth = append(out.Growth, benchWindowJSON{w.To, w.Rate(), w.Slowest.Microseconds()})
	say(thousands(uint64(w.To)), rate(w.Rate()), short(w.Slowest))
}

func rate(r float64) string { return thousands(uint64(r)) }

func short(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}
