package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/splitledger/splitledger/internal/lab/bench"
	"github.com/splitledger/splitledger/internal/lab/chart"
)

// Defaults of --plot.
const (
	plotGrow     = 1_000_000
	plotAccounts = 1_000_000
)

// curves measures curves, leaves their figures in a directory, and draws charts of them.
func (s *session) curves(ctx context.Context) error {
	if err := os.MkdirAll(s.plot, 0o755); err != nil {
		return err
	}
	for _, measure := range []func(context.Context) error{s.byCallers, s.byPayments, s.byAccounts} {
		if err := measure(ctx); err != nil {
			return err
		}
	}
	_, err := chart.Draw(s.plot)
	return err
}

func (s *session) byCallers(ctx context.Context) error {
	if err := s.ways(ctx, bench.CallerModes); err != nil {
		return err
	}
	return writePoints(s.plot, chart.Callers, s.out.Modes)
}

func (s *session) byPayments(ctx context.Context) error {
	s.say.text("")
	s.say.row("payments in it", "payments/s", "slowest call")
	if err := bench.GrowCurve(ctx, s.dir, s.sellers, cmp.Or(s.grow, plotGrow), s.window); err != nil {
		return err
	}
	return writePoints(s.plot, chart.Growth, s.out.Growth)
}

func (s *session) byAccounts(ctx context.Context) error {
	s.say.text("")
	s.say.row("accounts", "64 callers/s", "batches/s", "heap", "an account")
	var sizes []int
	for n := 1000; n <= s.accounts; n *= 10 {
		sizes = append(sizes, n)
	}
	err := bench.Crowds(ctx, s.dir, sizes, s.each, func(m bench.Crowd) {
		s.out.Crowds = append(s.out.Crowds, benchCrowdJSON{
			m.Sellers, sideJSON(m.Callers), sideJSON(m.Batches), m.Heap, m.HeapPerAccount(),
		})
		s.say.row(number(m.Sellers), rate(m.Callers.Rate()), rate(m.Batches.Rate()),
			number(m.Heap>>10)+" KiB", fmt.Sprintf("%.0f bytes", m.HeapPerAccount()))
	})
	if err != nil {
		return err
	}
	return writePoints(s.plot, chart.Accounts, s.out.Crowds)
}

// writePoints writes the figures that charts are drawn from.
func writePoints[T any](dir, name string, points []T) error {
	var b bytes.Buffer
	sheet := plotJSON[T]{runtime.NumCPU(), runtime.GOOS + "/" + runtime.GOARCH, points}
	if err := writeJSON(&b, sheet); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644)
}
