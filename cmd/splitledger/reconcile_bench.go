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

func (c *cli) benchReconcileCommand() *cobra.Command {
	var dir, profile string
	var payments, lines, sellers int
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "reconcile",
		Short:   "Measure how fast reports are compared with the books",
		Long:    benchReconcileHelp,
		Example: "  splitledger bench reconcile --payments 1000000",
	}
	flags := cmd.Flags()
	flags.StringVar(&dir, "dir", "", "the `directory` to measure in; default the one for temporary files")
	flags.IntVar(&payments, "payments", 100_000, "how many payments the ledger has")
	flags.IntVar(&lines, "lines", 0, "how many lines the report has, at most as many as payments; default as many")
	flags.IntVar(&sellers, "sellers", 10_000, "how many accounts the payments are split among")
	flags.StringVar(&profile, "profile", "", "write a profile of the processor's time of the comparison to this `file`, for go tool pprof")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = runs(func(cmd *cobra.Command, _ []string) error {
		if lines == 0 {
			lines = payments
		}
		if payments < 1 || lines < 1 || lines > payments || sellers < 1 {
			return &failure{exitUsage, fmt.Errorf("expected at least 1 payment, 1 seller, and 1 to as many lines as payments, found %d, %d and %d", payments, sellers, lines)}
		}
		return c.benchReconcile(cmd.Context(), dir, profile, sellers, payments, lines, asJSON)
	})
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

func (c *cli) benchReconcile(ctx context.Context, dir, profile string, sellers, payments, lines int, asJSON bool) (err error) {
	adapter, err := all.Registry().ByName("adyen")
	if err != nil {
		return err
	}
	if dir, err = os.MkdirTemp(dir, "splitledger-bench-*"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	defer collectLate()() // as reconcile does
	r, err := bench.Reconcile(ctx, dir, adapter, sellers, payments, lines, func(compare func() error) error { return profiled(profile, compare) })
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(c.stdout, benchReconcileJSON{r.Payments, r.Lines, r.Matched, r.Bytes, r.Rate(), r.Before, r.Peak})
	}
	g := newGrid(">payments", ">lines", ">MB", ">lines/s", ">MiB before", ">MiB at most", ">matched")
	g.add(thousands(uint64(r.Payments)), thousands(r.Lines), fmt.Sprint(r.Bytes/1e6), rate(r.Rate()), thousands(r.Before>>20), thousands(r.Peak>>20), thousands(r.Matched))
	return g.writeTo(c.stdout, "")
}
