package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReportAfterTheClose posts a report of March after March was closed, which is when reports come: all that it proves is booked, at the
// first open moment, and the provider's account comes to what it comes to without the close.
func TestReportAfterTheClose(t *testing.T) {
	examples, err := filepath.Abs("../../examples/reconcile")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	closing := `{"id":"close","type":"period.close","through":"2026-03-31"}` + "\n"
	if err := os.WriteFile("close.jsonl", []byte(closing), 0o600); err != nil {
		t.Fatal(err)
	}
	var balances [2]string
	for i, ledger := range []string{"open.db", "closed.db"} {
		command := func(args ...string) string {
			var out bytes.Buffer
			run(context.Background(), append(args, "--ledger", ledger), strings.NewReader(""), &out, &out, func(string) string { return "" })
			return out.String()
		}
		command("post", filepath.Join(examples, "shop.jsonl"))
		if ledger == "closed.db" {
			command("post", "close.jsonl")
		}
		said := command("reconcile", "--provider", "adyen", "--post", filepath.Join(examples, "settlement_detail_report_batch_7.csv"))
		if !strings.Contains(said, "posted: 10 events, 0 in the books already, 0 refused") {
			t.Errorf("%s: %s", ledger, said)
		}
		balances[i] = command("balance")
		if march := command("balance", "--at", "2026-03"); i == 1 && march == balances[1] {
			t.Errorf("March changed after it was closed: %s", march)
		}
		if said := command("verify"); !strings.Contains(said, "OK: no differences") {
			t.Error(said)
		}
	}
	if balances[0] != balances[1] {
		t.Errorf("with March open accounts have\n%s\nand with it closed\n%s", balances[0], balances[1])
	}
}
