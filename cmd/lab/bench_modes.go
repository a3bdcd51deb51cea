package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/splitledger/splitledger/internal/lab/bench"
)

// ways measures some ways of posting, with bare bbolt beside the ledger.
func (s *session) ways(ctx context.Context, modes []bench.Mode) error {
	s.say.row("way of posting", "payments/s", "p50", "p99", "processor",
		"bare bbolt/s", "p50", "p99", "processor", "ratio")
	return bench.Compare(ctx, s.dir, s.sellers, modes, s.each, func(m bench.Comparison) {
		us, bare, ratio := m.Ledger, m.Bare, m.Ledger.Rate()/m.Bare.Rate()
		s.out.Modes = append(s.out.Modes, benchModeJSON{
			Callers: m.Mode.Callers, Batch: m.Mode.Batch, Ledger: sideJSON(us), Bare: sideJSON(bare), Ratio: ratio,
		})
		s.say.row(m.Mode.String(),
			rate(us.Rate()), short(us.P50), short(us.P99), micros(us.Processor),
			rate(bare.Rate()), short(bare.P50), short(bare.P99), micros(bare.Processor), fmt.Sprintf("%.2f", ratio))
	})
}

// againstPostgres measures PostgreSQL beside the ledger.
func (s *session) againstPostgres(ctx context.Context) error {
	s.say.row("way of posting", "payments/s", "p50", "p99", "PostgreSQL/s", "p50", "p99", "ratio")
	version, err := bench.Against(ctx, s.dir, s.sellers, bench.AgainstModes, s.each, func(m bench.Opposition) {
		us, them, ratio := m.Ledger, m.Postgres, m.Ledger.Rate()/m.Postgres.Rate()
		s.out.Modes = append(s.out.Modes, benchModeJSON{
			Callers: m.Mode.Callers, Batch: m.Mode.Batch, Ledger: sideJSON(us), Postgres: sideJSON(them), Ratio: ratio,
		})
		s.say.row(m.Mode.String(),
			rate(us.Rate()), short(us.P50), short(us.P99),
			rate(them.Rate()), short(them.P50), short(them.P99), fmt.Sprintf("%.1f", ratio))
	})
	if errors.Is(err, bench.ErrNoPostgres) {
		fmt.Fprintf(s.lab.stderr, "skipped: %v\n", err)
		return nil
	}
	s.out.Postgres = version
	if err == nil {
		s.say.text("\n%s", version)
	}
	return err
}

// growth measures how a ledger grows, and then what it takes to read and open it.
func (s *session) growth(ctx context.Context) error {
	s.say.text("")
	s.say.row("payments in it", "payments/s", "slowest call")
	g, err := bench.Grow(ctx, s.dir, s.sellers, s.grow, s.each, s.window)
	if err != nil {
		return err
	}
	r := g.Reads
	s.out.Bytes, s.out.Flat = float64(g.Bytes)/float64(g.Payments), g.Ratio()
	s.out.Reads = &benchReadsJSON{
		Balance: r.Balance.P50.Nanoseconds(), Postings: r.Postings, BalanceAt: r.BalanceAt.P50.Nanoseconds(),
		Posting: sideJSON(r.Posting), Open: r.Open.Milliseconds(), Replayed: r.Replayed,
		Heap: r.Heap, HeapPerAccount: r.HeapPerAccount(),
	}
	s.say.text("\nin turns with a ledger of %s payments: %.2f of its rate", number(g.Small), s.out.Flat)
	s.say.text("%.0f bytes a payment on disk, everything included", s.out.Bytes)
	s.say.text("64 callers, 1 at a time: %s/s, p50 %s, p99 %s, slowest %s",
		rate(r.Posting.Rate()), short(r.Posting.P50), short(r.Posting.P99), short(r.Posting.Slowest))
	s.say.text("Balance while 8 callers post: p50 %s, p99 %s", r.Balance.P50, r.Balance.P99)
	s.say.text("BalanceAt of an account of %s postings: p50 %s, p99 %s",
		number(r.Postings), r.BalanceAt.P50, r.BalanceAt.P99)
	s.say.text("opened as a killed process would have left it: %s, of %s records behind the checkpoint",
		short(r.Open), number(r.Replayed))
	s.say.text("heap then: %s KiB, %.0f bytes for each of %s accounts",
		number(r.Heap>>10), r.HeapPerAccount(), number(r.Accounts))
	return nil
}

// window tells of a stretch of the growth.
func (s *session) window(w bench.Window) {
	s.out.Growth = append(s.out.Growth, benchWindowJSON{w.To, w.Rate(), w.Slowest.Microseconds()})
	s.say.row(number(w.To), rate(w.Rate()), short(w.Slowest))
}
