package query_test

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

// checkRollForward checks that rows add up, that they begin and end on what accounts had, and that the totals are those of
// the trial balance by kind.
func checkRollForward(rt *rapid.T, l *ledger.Ledger, within query.Period) {
	ctx := context.Background()
	all, err := books(l).RollForward(ctx, query.RollFilter{Within: within})
	if err != nil {
		rt.Fatal(err)
	}
	rows := map[string]bool{}
	for _, r := range all.Rows {
		name := string(r.Account) + " " + string(r.Currency)
		rows[name] = true
		sum := money.Int{}
		for _, m := range []query.Minor{r.Opening, r.Captured, r.Fees, r.Refunds, r.Chargebacks, r.Transfers, r.Payouts, r.Other} {
			sum = sum.Add(m.Int())
		}
		if !sum.Equal(r.Closing.Int()) {
			rt.Fatalf("%s, %s: %+v comes to %s", within, name, r, sum)
		}
		opens, closes := balancesAt(rt, l, r.Account, within.From, true), balancesAt(rt, l, r.Account, within.To, false)
		if want := opens[r.Currency][3]; !want.Equal(r.Opening.Int()) {
			rt.Fatalf("%s, %s opens on %s, and had %s", within, name, r.Opening, want)
		}
		if want := closes[r.Currency][3]; !want.Equal(r.Closing.Int()) {
			rt.Fatalf("%s, %s closes on %s, and had %s", within, name, r.Closing, want)
		}
	}
	for a := range l.Accounts() {
		for c, has := range balancesAt(rt, l, a.ID, within.To, false) {
			if !has[3].IsZero() && !rows[string(a.ID)+" "+string(c)] {
				rt.Fatalf("%s: no row of %s, which had %s %s", within, a.ID, has[3], c)
			}
		}
	}
	trial, err := books(l).TrialBalance(ctx, query.TrialFilter{Within: within, By: query.By{Kind: true}})
	if err != nil {
		rt.Fatal(err)
	}
	for _, r := range trial.Rows {
		found := false
		for _, total := range all.Totals {
			if total.Currency != r.Currency || total.Kind != r.Kind {
				continue
			}
			opening, closing := total.Opening.Amount, total.Closing.Amount
			if !r.Kind.DebitNormal() {
				opening, closing = opening.Neg(), closing.Neg()
			}
			if found = opening.Equal(r.Opening.Amount) && closing.Equal(r.Closing.Amount); !found {
				rt.Fatalf("%s: the trial balance has %+v, and the total is %+v", within, r, total)
			}
		}
		if !found && !(r.Opening.IsZero() && r.Closing.IsZero()) {
			rt.Fatalf("%s: no total of %+v", within, r)
		}
	}
}

// Each event is in its own column, as an accountant reads it.
func TestRollForward(t *testing.T) {
	l, book := booked(t, "month.jsonl")
	for _, line := range []string{
		`{"id":"r1","type":"account.open","at":"2026-04-01T00:00:00Z","account":"roll","kind":"sub"}`,
		`{"id":"r2","type":"payment.capture","at":"2026-04-01T01:00:00Z","payment":"roll-1","provider":"adyen","amount":{"value":10000,"currency":"EUR"},` +
			`"splits":[{"type":"BalanceAccount","account":"roll","amount":{"value":9000},"reference":"a"},` +
			`{"type":"Commission","amount":{"value":1000},"reference":"b"},{"type":"PaymentFee","account":"roll"}]}`,
		`{"id":"r3","type":"payment.fee","at":"2026-04-02T01:00:00Z","payment":"roll-1","fees":[{"type":"Fee","amount":{"value":30,"currency":"EUR"}}]}`,
		`{"id":"r4","type":"payment.settle","at":"2026-04-02T01:00:00Z","payment":"roll-1"}`,
		`{"id":"r5","type":"payment.refund","at":"2026-04-03T01:00:00Z","payment":"roll-1","refund":"r","amount":{"value":500,"currency":"EUR"},` +
			`"splits":[{"type":"BalanceAccount","account":"roll","amount":{"value":500},"reference":"a"}]}`,
		`{"id":"r6","type":"transfer","at":"2026-04-03T02:00:00Z","from":"roll","to":"platform","amount":{"value":70,"currency":"EUR"}}`,
		`{"id":"r7","type":"reserve.hold","at":"2026-04-03T03:00:00Z","account":"roll","amount":{"value":400,"currency":"EUR"}}`,
		`{"id":"r8","type":"payout","at":"2026-04-03T04:00:00Z","payout":"roll-p","account":"roll","amount":{"value":8000,"currency":"EUR"}}`,
		`{"id":"r9","type":"payout.paid","at":"2026-04-04T04:00:00Z","payout":"roll-p"}`,
	} {
		post(t, book, line)
	}
	all, err := books(l).RollForward(t.Context(), query.RollFilter{
		Within: query.Period{From: day(32)}, Accounts: query.AccountFilter{Accounts: []string{"roll*"}}})
	if err != nil || len(all.Rows) != 1 || len(all.Totals) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	r := all.Rows[0]
	for name, of := range map[string]struct {
		got  query.Minor
		want string
	}{
		"opening": {r.Opening, "0"}, "captured": {r.Captured, "9000"}, "fees": {r.Fees, "-30"}, "refunds": {r.Refunds, "-500"},
		"transfers": {r.Transfers, "-70"}, "payouts": {r.Payouts, "-8000"}, "other": {r.Other, "0"}, "settled": {r.Settled, "8970"},
		"closing": {r.Closing, "400"}, "chargebacks": {r.Chargebacks, "0"}, "total": {all.Totals[0].Closing, "400"},
	} {
		if of.got.Minor() != of.want {
			t.Errorf("%s: %s, expected %s", name, of.got.Minor(), of.want)
		}
	}
}
