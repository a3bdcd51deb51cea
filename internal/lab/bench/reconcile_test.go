package bench

import (
	"context"
	"testing"

	"github.com/splitledger/splitledger/providers/all"
)

// BenchmarkReconcile prints lines a second of a report that agrees with its books, and the memory that takes at most.
func BenchmarkReconcile(b *testing.B) {
	adyen, err := all.Registry().ByName("adyen")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		const payments = 100_000
		r, err := Reconcile(context.Background(), b.TempDir(), adyen, 10_000, payments, payments, func(compare func() error) error { return compare() })
		if err != nil {
			b.Fatal(err)
		}
		if r.Matched != payments {
			b.Fatalf("%d of %d lines matched", r.Matched, payments)
		}
		b.ReportMetric(r.Rate(), "lines/s")
		b.ReportMetric(float64(r.Peak>>20), "MiB")
	}
}
