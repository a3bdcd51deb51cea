package query_test

import (
	"slices"
	"testing"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

// In each currency what is held is what is owed to sub-accounts, the platform's own, and what
// conversions left open.
func TestTotalsAddUp(t *testing.T) {
	l, book := booked(t, "month.jsonl")
	move(t, book, "own", "2026-03-30T08:00:00Z", "platform", "-700 EUR available")
	post(t, book, `{"id":"fx","type":"entry","at":"2026-03-30T09:00:00Z","fact":true,"postings":[`+
		`{"account":"fx","debit":true,"amount":{"value":100,"currency":"GBP"}},`+
		`{"account":"linked","credit":true,"amount":{"value":100,"currency":"GBP"}},`+
		`{"account":"linked","debit":true,"amount":{"value":120,"currency":"EUR"}},`+
		`{"account":"fx","credit":true,"amount":{"value":120,"currency":"EUR"}}]}`)
	list, err := books(l).Balances(query.BalanceFilter{})
	if err != nil {
		t.Fatal(err)
	}
	sums, met := map[money.Currency]money.Int{}, []query.Side{}
	for _, total := range query.Totals(list) {
		if !slices.Contains(met, total.Side) {
			met = append(met, total.Side)
		}
		if total.Side == query.Held {
			sums[total.Currency] = sums[total.Currency].Add(total.Balance.Int())
		} else {
			sums[total.Currency] = sums[total.Currency].Sub(total.Balance.Int())
		}
	}
	if len(met) != 4 {
		t.Errorf("expected totals of all sides, found %v", met)
	}
	for currency, sum := range sums {
		if sum.Sign() != 0 {
			t.Errorf("%s: held less the others is %v", currency, sum)
		}
	}
}
