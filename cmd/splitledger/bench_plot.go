package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/splitledger/splitledger/internal/lab/bench"
	"github.com/splitledger/splitledger/internal/lab/bench/chart"
)

// benchCrowdJSON is what a ledger with so many accounts does.
type benchCrowdJSON struct {
	Sellers int            `json:"sellers"`
	Callers *benchSideJSON `json:"64_callers"`
	Batches *benchSideJSON `json:"batches_of_1000"`
	Heap    uint64         `json:"heap_bytes"`
	PerOne  float64        `json:"heap_bytes_per_account"`
}

// A plotJSON is the figures of charts, with what they were measured on.
type plotJSON[T any] struct {
	Processors int    `json:"processors"`
	System     string `json:"system"`
	Points     []T    `json:"points"`
}

// Defaults of --plot.
const (
	plotGrow     = 1_000_000
	plotAccounts = 1_000_000
)

// benchPlot measures curves, and leaves them as charts with their figures in a directory.
func (c *cli) benchPlot(ctx context.Context, o benchOptions, dir string, out *benchJSON, say func(string, ...string)) error {
	if err := os.MkdirAll(o.plot, 0o755); err != nil {
		return &failure{exitUsage, err}
	}
	for _, plot := range []func(context.Context, benchOptions, string, *benchJSON, func(string, ...string)) error{c.plotCallers, c.plotGrowth, c.plotAccounts} {
		if err := plot(ctx, o, dir, out, say); err != nil {
			return err
		}
	}
	return nil
}

func (c *cli) plotCallers(ctx context.Context, o benchOptions, dir string, out *benchJSON, say func(string, ...string)) error {
	if err := c.benchWays(ctx, o, dir, bench.CallerModes, out, say); err != nil {
		return err
	}
	ours, theirs := chart.Line{Name: "ledger"}, chart.Line{Name: "bare bbolt, the same bytes"}
	for _, m := range out.Modes {
		ours.Points = append(ours.Points, chart.Point{X: float64(m.Callers), Y: m.Ledger.Rate})
		theirs.Points = append(theirs.Points, chart.Point{X: float64(m.Callers), Y: m.Bare.Rate})
	}
	return plot(o.plot, "callers", out.Modes, map[string]chart.Chart{"callers": {
		Title: "Payments a second by callers, each synced", X: "callers, one payment at a time (log scale)", Y: "payments a second", Log: true, Lines: []chart.Line{ours, theirs},
	}})
}

func (c *cli) plotGrowth(ctx context.Context, o benchOptions, dir string, out *benchJSON, say func(string, ...string)) error {
	say("")
	say("payments in it", "payments/s", "slowest call")
	if o.grow == 0 {
		o.grow = plotGrow
	}
	var line chart.Line
	err := bench.GrowCurve(ctx, dir, o.sellers, o.grow, func(w bench.Window) {
		window(w, out, say)
		line.Points = append(line.Points, chart.Point{X: float64(w.To), Y: w.Rate()})
	})
	if err != nil {
		return err
	}
	line.Name = "ledger, batches of 8,000"
	return plot(o.plot, "growth", out.Growth, map[string]chart.Chart{"growth": {
		Title: "Payments a second while the ledger grows", X: "payments in the ledger", Y: "payments a second", Lines: []chart.Line{line},
	}})
}

func (c *cli) plotAccounts(ctx context.Context, o benchOptions, dir string, out *benchJSON, say func(string, ...string)) error {
	say("")
	say("accounts", "64 callers/s", "batches/s", "heap", "an account")
	var sizes []int
	for n := 1000; n <= o.accounts; n *= 10 {
		sizes = append(sizes, n)
	}
	callers, batches, heap := chart.Line{Name: "64 callers, 1 at a time"}, chart.Line{Name: "batches of 1,000"}, chart.Line{Name: "heap after opening"}
	err := bench.Crowds(ctx, dir, sizes, o.each, func(m bench.Crowd) {
		out.Crowds = append(out.Crowds, benchCrowdJSON{m.Sellers, sideJSON(m.Callers), sideJSON(m.Batches), m.Heap, m.HeapPerAccount()})
		say(thousands(uint64(m.Sellers)), rate(m.Callers.Rate()), rate(m.Batches.Rate()), thousands(m.Heap>>10)+" KiB", fmt.Sprintf("%.0f bytes", m.HeapPerAccount()))
		x := float64(m.Sellers)
		callers.Points = append(callers.Points, chart.Point{X: x, Y: m.Callers.Rate()})
		batches.Points = append(batches.Points, chart.Point{X: x, Y: m.Batches.Rate()})
		heap.Points = append(heap.Points, chart.Point{X: x, Y: float64(m.Heap) / (1 << 20)})
	})
	if err != nil {
		return err
	}
	const accounts = "accounts that payments are split among (log scale)"
	return plot(o.plot, "accounts", out.Crowds, map[string]chart.Chart{
		"accounts": {Title: "Payments a second by accounts", X: accounts, Y: "payments a second", Log: true, Lines: []chart.Line{callers, batches}},
		"memory":   {Title: "Memory by accounts", X: accounts, Y: "MiB", Log: true, Lines: []chart.Line{heap}},
	})
}

// plot writes charts, and the figures that they are drawn from.
func plot[T any](dir, name string, points []T, charts map[string]chart.Chart) error {
	var b bytes.Buffer
	if err := writeJSON(&b, plotJSON[T]{runtime.NumCPU(), runtime.GOOS + "/" + runtime.GOARCH, points}); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, name+".json"), b.Bytes(), 0o644); err != nil {
		return err
	}
	for name, c := range charts {
		if err := os.WriteFile(filepath.Join(dir, name+".svg"), c.SVG(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
