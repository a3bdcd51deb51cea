package query_test

import (
	"context"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// TestPayoutsAreNet explains a balance of which a payout came back in part: what came back is no longer among what was paid out, and
// what the provider took for it is a fee.
func TestPayoutsAreNet(t *testing.T) {
	l := ledgertest.Open(t, ledger.Options{})
	b, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`{"id":"a","type":"account.open","account":"s","kind":"sub"}`,
		`{"id":"t","type":"transfer","from":"liable","to":"s","amount":{"value":1000,"currency":"EUR"}}`,
		`{"id":"v","type":"transfer.reverse","transfer":"t","amount":{"value":100,"currency":"EUR"}}`,
		`{"id":"p","type":"payout","payout":"P","account":"s","amount":{"value":600,"currency":"EUR"}}`,
		`{"id":"q","type":"payout.paid","payout":"P","fee":{"value":7,"currency":"EUR"}}`,
		`{"id":"r","type":"payout.returned","payout":"P","amount":{"value":250,"currency":"EUR"}}`,
	} {
		post(t, b, line)
	}
	all, err := books(l).Explain(context.Background(), "s", query.ExplainFilter{})
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	want := map[query.Class]string{query.Transfers: "900", query.Payouts: "-350", query.Fees: "-7"}
	for _, p := range all[0].Parts {
		if got := p.Total.Minor(); got != want[p.Class] {
			t.Errorf("%s: %s, want %s", p.Class, got, want[p.Class])
		}
		delete(want, p.Class)
	}
	if len(want) > 0 {
		t.Errorf("nothing of %v", want)
	}
}
