package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/splitledger/splitledger/internal/lab/bench"
	"github.com/splitledger/splitledger/providers/all"
)

const benchReconcileHelp = `Measures how fast a report is compared with the books, and how much memory that takes: a
ledger of so many payments, and a settlement details report of Adyen's with as many
lines, in another order. It includes reading the report, finding each payment, looking
for duplicates, and reading the journal for what the report does not have.

The memory is what no file stands for (RssAnon of Linux): the pages of the ledger's file
that the system keeps in memory as long as there is room do not count.`

// benchReconcileOptions are the flags of bench reconcile.
type benchReconcileOptions struct {
	dir, profile             string
	payments, lines, sellers int
	asJSON                   bool
}

func (l *lab) benchReconcileCommand() *cobra.Command {
	var o benchReconcileOptions
	cmd := &cobra.Command{
		Use:     "reconcile",
		Short:   "Measure how fast reports are compared with the books",
		Long:    benchReconcileHelp,
		Args:    cobra.NoArgs,
		Example: "  lab bench reconcile --payments 1000000",
	}
	flags := cmd.Flags()
	flags.StringVar(&o.dir, "dir", "", "the `directory` to measure in; default the one for temporary files")
	flags.IntVar(&o.payments, "payments", 100_000, "how many payments the ledger has")
	flags.IntVar(&o.lines, "lines", 0, "how many lines the report has, at most as many as payments; default as many")
	flags.IntVar(&o.sellers, "sellers", 10_000, "how many accounts the payments are split among")
	flags.StringVar(&o.profile, "profile", "",
		"write a profile of the processor's time of the comparison to this `file`, for go tool pprof")
	flags.BoolVar(&o.asJSON, "json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if o.lines == 0 {
			o.lines = o.payments
		}
		if o.payments < 1 || o.lines < 1 || o.lines > o.payments || o.sellers < 1 {
			const expected = "expected at least 1 payment, 1 seller, and 1 to as many lines as payments"
			return fmt.Errorf(expected+", found %d, %d and %d", o.payments, o.sellers, o.lines)
		}
		return l.benchReconcile(cmd.Context(), o)
	}
	return cmd
}

// benchReconcileJSON is what bench reconcile measures as JSON.
type benchReconcileJSON struct {
	Payments int     `json:"payments"`
	Lines    uint64  `json:"lines"`
	Matched  uint64  `json:"matched"`
	Bytes    int64   `json:"report_bytes"`
	Rate     float64 `json:"lines_per_second"`
	Before   uint64  `json:"memory_before_bytes,omitempty"`
	Peak     uint64  `json:"memory_peak_bytes,omitempty"`
}

func (l *lab) benchReconcile(ctx context.Context, o benchReconcileOptions) (err error) {
	adapter, err := all.Registry().ByName("adyen")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.dir, "splitledger-bench-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	measured := func(compare func() error) error { return profiled(o.profile, compare) }
	r, err := bench.Reconcile(ctx, dir, adapter, o.sellers, o.payments, o.lines, measured)
	if err != nil {
		return err
	}
	if o.asJSON {
		return writeJSON(l.stdout, benchReconcileJSON{
			r.Payments, r.Lines, r.Matched, r.Bytes, r.Rate(), r.Before, r.Peak,
		})
	}
	say := columns{l.stdout, 10, 13}
	say.row("payments", "lines", "MB", "lines/s", "MiB before", "MiB at most", "matched")
	say.row(number(r.Payments), number(r.Lines), fmt.Sprint(r.Bytes/1e6), rate(r.Rate()),
		number(r.Before>>20), number(r.Peak>>20), number(r.Matched))
	return nil
}
