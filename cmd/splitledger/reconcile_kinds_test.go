package main

import (
	"context"
	"encoding/json"
	"maps"
	"path/filepath"
	"testing"
)

// kindsEvents are the payments of Adyen's two daily reports and its payout report.
const kindsEvents = `{"id":"o1","type":"account.open","account":"BA0000000000000000SELLER1","kind":"sub"}
{"id":"o2","type":"account.open","account":"BA0000000000000000SELLER2","kind":"sub"}
{"id":"o3","type":"account.update","account":"liable","providerIds":{"adyen":["BA00000000000000000LIABLE"]}}
{"id":"c1","type":"payment.capture","payment":"order-1001","provider":"adyen","amount":{"value":10000,"currency":"EUR"},"splits":[{"type":"BalanceAccount","account":"BA0000000000000000SELLER1","amount":{"value":8800,"currency":"EUR"},"reference":"order-1001-seller"},{"type":"Commission","amount":{"value":1200,"currency":"EUR"},"reference":"order-1001-commission"}],"at":"2026-03-10T08:15:02Z"}
{"id":"c2","type":"payment.capture","payment":"order-1002","provider":"adyen","amount":{"value":6000,"currency":"EUR"},"splits":[{"type":"BalanceAccount","account":"BA0000000000000000SELLER1","amount":{"value":6000,"currency":"EUR"},"reference":"order-1002-seller"}],"chargeback":{"behavior":"deductFromOneBalanceAccount","targetAccount":"BA0000000000000000SELLER1"},"at":"2026-02-10T08:15:02Z"}
{"id":"c3","type":"payment.capture","payment":"order-1003","provider":"adyen","amount":{"value":4000,"currency":"EUR"},"splits":[{"type":"BalanceAccount","account":"BA0000000000000000SELLER2","amount":{"value":4000,"currency":"EUR"},"reference":"order-1003-seller"}],"at":"2026-03-10T08:15:02Z"}
`

// TestReconcileKindsOfReports gives reports that repeat each other's transactions. In any order they say the same of each transaction once,
// the lines of the payout report sum to its payouts, and the books end the same. What comes twice in one kind is a duplicate still.
func TestReconcileKindsOfReports(t *testing.T) {
	report := func(name string) string {
		return filepath.Join("..", "..", "providers", "adyen", "testdata", "adyen_balanceplatform_"+name+".csv")
	}
	first, second, payout := report("accounting_report_2026_03_10"), report("accounting_report_2026_03_11"), report("payout_report_2026_03_12")
	once := map[string]int{"matched": 9, "missing_in_ledger": 5, "missing_at_provider": 1, "unmatched_other": 12}
	books := ""
	for _, tt := range []struct {
		name  string
		files []string
		want  map[string]int
	}{
		{"accounting first", []string{first, second, payout}, once},
		{"payout first", []string{payout, second, first}, once},
		{"payout between", []string{second, payout, first}, once},
		{"payout twice", []string{first, second, payout, payout}, map[string]int{"matched": 9, "missing_in_ledger": 5, "missing_at_provider": 1, "unmatched_other": 12, "duplicate": 7}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ledger := filepath.Join(t.TempDir(), "ledger.db")
			if code, _, stderr := runHere(context.Background(), kindsEvents, "--ledger", ledger, "post"); code != 0 {
				t.Fatalf("post: %d\n%s", code, stderr)
			}
			_, stdout, stderr := runHere(context.Background(), "", append([]string{"--ledger", ledger, "reconcile", "--provider", "adyen", "--post", "--json"}, tt.files...)...)
			var r reconciliation
			if err := json.Unmarshal([]byte(stdout), &r); err != nil {
				t.Fatalf("%v\n%s%s", err, stdout, stderr)
			}
			maps.DeleteFunc(r.Summary, func(_ string, n int) bool { return n == 0 })
			if !maps.Equal(r.Summary, tt.want) {
				t.Errorf("expected %v, found %v", tt.want, r.Summary)
			}
			for _, b := range r.Batches {
				if b.State != "balanced" {
					t.Errorf("batch %s: expected it balanced, found it %s", b.Batch, b.State)
				}
			}
			_, balances, _ := runHere(context.Background(), "", "--ledger", ledger, "balance", "--json")
			if books == "" {
				books = balances
			}
			if balances != books {
				t.Errorf("expected the books to end the same: %s\nfound %s", books, balances)
			}
		})
	}
}
