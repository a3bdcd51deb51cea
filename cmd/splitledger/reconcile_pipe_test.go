//go:build unix

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A report may come through a pipe, which can be read but once; and one that nobody writes to is no trap.
func TestReconcileAPipe(t *testing.T) {
	report, err := os.ReadFile("../../examples/reconcile/settlement_detail_report_batch_7.csv")
	if err != nil {
		t.Fatal(err)
	}
	shop, err := filepath.Abs("../../examples/reconcile/shop.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := syscall.Mkfifo("report.csv", 0o600); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
	command := func(ctx context.Context, args ...string) (string, int) {
		var out bytes.Buffer
		status := run(ctx, args, strings.NewReader(""), &out, &out, func(string) string { return "" })
		return out.String(), status
	}
	if out, status := command(t.Context(), "post", shop); status != 0 {
		t.Fatal(out)
	}
	go os.WriteFile("report.csv", report, 0) // waits for the reader
	if out, status := command(t.Context(), "reconcile", "--provider", "adyen", "report.csv"); status != exitRefused || !strings.HasPrefix(out, "report.csv: settlement details report, 6 lines\n") {
		t.Errorf("exit %d:\n%s", status, out)
	}
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if out, status := command(ctx, "reconcile", "--provider", "adyen", "--post", "report.csv"); status != exitInterrupted {
		t.Errorf("a pipe that nobody writes to: exit %d:\n%s", status, out)
	}
	if out, status := command(t.Context(), "verify"); status != 0 {
		t.Errorf("the ledger is held: %s", out)
	}
}
