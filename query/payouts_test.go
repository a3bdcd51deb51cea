package query_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"pgregory.net/rapid"
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

// TestPayoutsAddUp books sales, refunds, reserves and payouts of two sellers that are paid, fail and come back, in any order.
func TestPayoutsAddUp(t *testing.T) {
	met := 0
	rapid.Check(t, func(rt *rapid.T) {
		l := ledgertest.OpenFile(t, t.TempDir()+"/ledger.db", ledger.Options{})
		defer l.Close()
		b, err := posting.New(l, posting.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		for n := range rapid.IntRange(20, 60).Draw(rt, "events") {
			seller := rapid.SampledFrom(shop[:2]).Draw(rt, "seller")
			amount := money.New(rapid.Int64Range(1, 500).Draw(rt, "amount"), "EUR")
			e := posting.Event{ID: fmt.Sprint("e", n), Account: seller, Amount: amount}
			kind := rapid.IntRange(0, 7).Draw(rt, "kind")
			switch {
			case n < 2:
				e = posting.Event{ID: e.ID, Type: posting.AccountOpen, Account: shop[n], Kind: accounts.KindSub}
			case kind == 0:
				e = posting.Event{ID: e.ID, Type: posting.PaymentCapture, Payment: e.ID, Provider: "adyen", Amount: amount,
					Reference: "shop-" + e.ID, Splits: []posting.Split{{Type: posting.BalanceAccount, Account: seller, Amount: amount, Reference: "a"}}}
			case kind == 1:
				e = posting.Event{ID: e.ID, Type: posting.PaymentSettle, Payment: fmt.Sprint("e", rapid.IntRange(2, max(n-1, 2)).Draw(rt, "of"))}
			case kind == 2:
				e.Type, e.Account, e.From, e.To = posting.Transfer, "", "liable", seller
			case kind == 3:
				e.Type = posting.ReserveHold
			case kind == 4:
				e.Type, e.Account, e.Payout = posting.PayoutPaid, "", fmt.Sprint("e", rapid.IntRange(2, max(n-1, 2)).Draw(rt, "of"))
				e.Amount = money.Amount{}
			case kind == 5:
				e.Type, e.Account, e.Payout = posting.PayoutFailed, "", fmt.Sprint("e", rapid.IntRange(2, max(n-1, 2)).Draw(rt, "of"))
				e.Amount = money.Amount{}
			default:
				e.Type, e.Payout = posting.PayoutRequest, e.ID
			}
			if _, err := b.Post(t.Context(), e); err != nil {
				if _, is := ledger.Refused(err); !is {
					rt.Fatal(err)
				}
			}
		}
		met += checkPayouts(rt, l)
	})
	if met < 10 && !testing.Short() {
		t.Errorf("%d payouts after others, with several rows: too few to tell", met)
	}
}

// checkPayouts asks of every payout what it is made of: its rows come to it, with what was left over before and after, and what one left is
// what the next begins with, unless one that failed took it in between.
func checkPayouts(rt *rapid.T, l *ledger.Ledger) (met int) {
	records, err := l.Group(ledger.Key{Space: posting.KeyPayouts})
	if err != nil {
		rt.Fatal(err)
	}
	left, failed := map[string]string{}, map[string]bool{} // one that failed and was paid after all took twice
	for _, rec := range records {
		e, err := posting.EventOf(rec)
		if err != nil {
			rt.Fatal(err)
		}
		if failed[e.Payout] = failed[e.Payout] || e.Type == posting.PayoutFailed; e.Type != posting.PayoutRequest {
			continue
		}
		s, err := books(l).Payout(context.Background(), e.Payout)
		if err != nil {
			rt.Fatal(err)
		}
		sum := s.Opening.Int()
		for _, row := range s.Rows {
			if sum = sum.Add(row.Amount.Int()); !sum.Equal(row.Balance.Int()) {
				rt.Fatalf("payout %s: after %+v it is %s", s.Payout, row, sum)
			}
		}
		if !sum.Equal(s.Amount.Int().Add(s.Left.Int())) || s.Since == "" && !s.Opening.IsZero() ||
			s.Since != "" && !failed[s.Since] && left[s.Since] != s.Opening.Amount.String() {
			rt.Fatalf("%+v, rows come to %s, the payout before left %q", s, sum, left[s.Since])
		}
		if left[s.Payout] = s.Left.Amount.String(); s.Since != "" && len(s.Rows) > 1 {
			met++
		}
	}
	return met
}
