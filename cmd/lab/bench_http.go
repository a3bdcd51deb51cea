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

const benchHTTPHelp = `Measures what posting costs over HTTP: single events from 64 connections, and streams of
1,000 lines. In turns, in one process with its clients: in process, by the server, and by a
handler that reads and answers the same bytes and does nothing else. The ratio is the
processor's time over HTTP, less that in process, to that of the empty handler.`

func (l *lab) benchHTTPCommand() *cobra.Command {
	var dir, profile string
	var sellers int
	var each time.Duration
	cmd := &cobra.Command{
		Use: "http", Short: "Measure what posting costs over HTTP", Long: benchHTTPHelp, Args: cobra.NoArgs,
		Example: "  lab bench http --each 20s",
	}
	flags := cmd.Flags()
	flags.StringVar(&dir, "dir", "", "the `directory` to measure in; default the one for temporary files")
	flags.IntVar(&sellers, "sellers", 10_000, "how many accounts the payments are split among")
	flags.DurationVar(&each, "each", 20*time.Second, "how long to measure each way of posting")
	flags.StringVar(&profile, "profile", "", "write a profile of the processor's time to this `file`, for go tool pprof")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return profiled(profile, func() error { return l.benchHTTP(cmd.Context(), dir, sellers, each) })
	}
	return cmd
}

func (l *lab) benchHTTP(ctx context.Context, dir string, sellers int, each time.Duration) (err error) {
	if dir, err = os.MkdirTemp(dir, "splitledger-bench-*"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	say := columns{l.stdout, 32, 12}
	say.row("way of posting", "payments/s", "p50", "p99", "processor", "ratio")
	return bench.HTTP(ctx, dir, sellers, each, func(s bench.Served) {
		for _, side := range []struct {
			name  string
			f     bench.Figures
			ratio string
		}{
			{"in process, " + s.Mode.String(), s.Inside, ""},
			{"over HTTP", s.HTTP, fmt.Sprintf("%.2f", s.Ratio())},
			{"an empty handler", s.Empty, ""},
		} {
			say.row(side.name, rate(side.f.Rate()), short(side.f.P50), short(side.f.P99), micros(side.f.Processor), side.ratio)
		}
	})
}
