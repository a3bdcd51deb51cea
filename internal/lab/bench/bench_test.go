package bench

import (
	"context"
	"testing"
	"time"
)

// BenchmarkCompare prints, for each mode, payments a second and the ratio to the bare bbolt file.
func BenchmarkCompare(b *testing.B) {
	for _, m := range Modes {
		b.Run(m.String(), func(b *testing.B) {
			for b.Loop() {
				err := Compare(context.Background(), b.TempDir(), 10_000, []Mode{m}, 3*time.Second, func(c Comparison) {
					b.ReportMetric(c.Ledger.Rate(), "payments/s")
					b.ReportMetric(c.Bare.Rate(), "bare/s")
					b.ReportMetric(c.Ledger.Rate()/c.Bare.Rate(), "ratio")
					b.ReportMetric(float64(c.Ledger.P50.Microseconds()), "p50-µs")
					b.ReportMetric(float64(c.Bare.P50.Microseconds()), "bare-p50-µs")
					b.ReportMetric(float64(c.Ledger.P99.Microseconds()), "p99-µs")
					b.ReportMetric(float64(c.Bare.P99.Microseconds()), "bare-p99-µs")
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
