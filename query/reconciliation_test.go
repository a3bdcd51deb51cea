package query_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers/adyen"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/reconcile"
)

// exampleShop opens the books of the example in docs/reconcile.md.
func exampleShop(t *testing.T) (*query.Books, string) {
	t.Helper()
	l := ledgertest.Open(t, ledger.Options{})
	b, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join("..", "examples", "reconcile")
	events, err := os.ReadFile(filepath.Join(dir, "shop.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(events)) {
		post(t, b, line)
	}
	return books(l), filepath.Join(dir, "settlement_detail_report_batch_7.csv")
}

// TestReconciliation compares a report with the books, and writes what it came to.
func TestReconciliation(t *testing.T) {
	b, report := exampleShop(t)
	compare := func(post bool) *query.Reconciliation {
		r, err := reconcile.Compare(t.Context(), reconcile.Options{
			Ledger: b.Ledger, Book: b.Rules, Adapter: adyen.New(), Post: post, Top: 10,
		}, report)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		return query.ReconciliationOf(r)
	}
	a := compare(false)
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"summary": `{"matched":2,"missing_in_ledger":1,"missing_at_provider":1,"amount_mismatch":1,"currency_mismatch":0,` +
			`"account_mismatch":0,"fee_mismatch":0,"status_mismatch":0,"balance_mismatch":0,"duplicate":0,"unknown_kind":0,` +
			`"unreadable":0,"unmatched_other":2}`,
		"batches": `[{"batch":"7","receiver":"ExampleShopEUR","currency":"EUR","lines":6,"net":15254,"paid":15254,` +
			`"difference":0,"state":"balanced"}]`,
		"files":  `[{"file":"settlement_detail_report_batch_7.csv","format":"settlement details report","lines":6}]`,
		"open":   `3`,
		"broken": `true`,
		"posted": ``,
	} {
		if string(got[key]) != want {
			t.Errorf("%s: expected %s, found %s", key, want, got[key])
		}
	}
	if a.Summary.Breaks() != 3 || a.OpenOf.Breaks() != a.Open {
		t.Errorf("expected 3 breaks, all open, found %d, and open %d of %d", a.Summary.Breaks(), a.OpenOf.Breaks(), a.Open)
	}
	checkTotals(t, a)
	if p := compare(true).Posted; p == nil || p.Accepted == 0 || p.Duplicate+p.Refused != 0 {
		t.Errorf("expected events that were accepted, found %+v", p)
	}
}

// checkTotals checks that the totals count what the summary does, in its order, and that a difference has its sign.
func checkTotals(t *testing.T, a *query.Reconciliation) {
	t.Helper()
	counts := query.ClassCounts{}
	for _, total := range a.Totals {
		counts[total.Class] += total.Count
		if total.Class == reconcile.AmountMismatch {
			want := query.ClassTotal{
				Class: reconcile.AmountMismatch, Currency: "EUR", Count: 1,
				Amount: query.Minor{Amount: money.New(6000, "EUR")}, Difference: query.Minor{Amount: money.New(-100, "EUR")},
			}
			if !total.Amount.Equal(want.Amount.Amount) || !total.Difference.Equal(want.Difference.Amount) || total.Count != 1 {
				t.Errorf("expected %+v, found %+v", want, total)
			}
		}
	}
	for class, n := range a.Summary {
		if counts[class] != n {
			t.Errorf("%s: expected %d, found %d", class, n, counts[class])
		}
	}
}

// TestOpenItems asks what is open before and after a report was posted.
func TestOpenItems(t *testing.T) {
	b, report := exampleShop(t)
	now := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	before, err := b.OpenItems(t.Context(), "adyen", now, 1)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(before)
	want := `{"open":[{"what":"unsettled captures","age":"7 to 30 days","currency":"EUR","count":3,"amount":20300},` +
		`{"what":"unsettled captures","age":"7 to 30 days","currency":"GBP","count":1,"amount":2000}],` +
		`"oldest":[{"what":"unsettled captures","payment":"shop-101","at":"2026-03-09T09:01:12Z",` +
		`"amount":{"value":10000,"currency":"EUR"}}],"waiting":[],"reports":[]}`
	if err != nil || string(text) != want {
		t.Errorf("expected %s, found %s, %v", want, text, err)
	}
	r, err := reconcile.Compare(t.Context(), reconcile.Options{
		Ledger: b.Ledger, Book: b.Rules, Adapter: adyen.New(), Post: true,
	}, report)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	after, err := b.OpenItems(t.Context(), "adyen", now, 1)
	if err != nil || len(after.Reports) != 1 || !after.Reports[0].Done || after.Reports[0].Lines != "6" {
		t.Errorf("expected the report, done, found %+v, %v", after, err)
	}
}
