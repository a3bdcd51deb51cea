package posting

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
)

// TestChargebackOf asks beforehand who would pay a chargeback, by each behavior.
func TestChargebackOf(t *testing.T) {
	_, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	for i, e := range []Event{
		{Type: AccountOpen, Account: "A", Kind: accounts.KindSub},
		{Type: AccountOpen, Account: "B", Kind: accounts.KindSub},
		{Type: PaymentCapture, Payment: "p", Provider: "adyen", Amount: money.New(9000, "USD"), Splits: []Split{
			{Type: BalanceAccount, Account: "A", Amount: money.New(7000, "USD")}, {Type: BalanceAccount, Account: "B", Amount: money.New(2000, "USD"), Reference: "b"},
		}},
		{Type: PaymentRefund, Payment: "p", Refund: "r", Amount: money.New(5000, "USD")}, // changes nothing: the weights are what the parts got
	} {
		e.ID = fmt.Sprint(i)
		if _, err := b.Post(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
	p, err := b.Payment("p")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		policy ChargebackPolicy
		amount money.Amount
		want   string
	}{
		{ChargebackPolicy{Behavior: DeductFromLiableAccount}, money.New(100, "USD"), "liable Chargeback  100 USD "},
		{ChargebackPolicy{}, money.New(100, "USD"), "liable Chargeback  100 USD "},
		{ChargebackPolicy{Behavior: DeductFromOneBalanceAccount, TargetAccount: "B"}, money.New(100, "EUR"), "B Chargeback  100 EUR "},
		{ChargebackPolicy{Behavior: DeductAccordingToSplitRatio}, money.New(100, "USD"), "A BalanceAccount  78 USD rounding: +1, B BalanceAccount b 22 USD "},
		{ChargebackPolicy{Behavior: DeductAccordingToSplitRatio}, money.New(1, "EUR"), "A BalanceAccount  1 EUR rounding: +1"},
	} {
		var got string
		for i, payer := range p.ChargebackOf(tt.policy, tt.amount) {
			if i > 0 {
				got += ", "
			}
			got += fmt.Sprint(payer.Account, " ", payer.Type, " ", payer.Reference, " ", payer.Amount, " ", payer.Reason)
		}
		if got != tt.want {
			t.Errorf("%+v of %s: %q, want %q", tt.policy, tt.amount, got, tt.want)
		}
	}
}

// TestChargebackDefault asks for the default as it is said again and again, also after the ledger was opened again.
func TestChargebackDefault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.db")
	_, b := open(t, path)
	is := func(want ChargebackPolicy) {
		t.Helper()
		if got, err := b.ChargebackPolicy(nil); err != nil || got != want {
			t.Errorf("the default is %+v (%v), expected %+v", got, err, want)
		}
	}
	is(ChargebackPolicy{Behavior: DeductFromLiableAccount})
	for i, policy := range []ChargebackPolicy{
		{Behavior: DeductAccordingToSplitRatio, CostAllocationAccount: "platform"},
		{Behavior: DeductFromOneBalanceAccount, TargetAccount: "platform"},
	} {
		if _, err := b.Post(t.Context(), Event{ID: fmt.Sprint(i), Type: ChargebackDefault, ChargebackPolicy: &policy}); err != nil {
			t.Fatal(err)
		}
		is(policy)
	}
	for _, policy := range []ChargebackPolicy{
		{Behavior: "deductFromNobody"},
		{Behavior: DeductFromOneBalanceAccount},
		{Behavior: DeductFromLiableAccount, TargetAccount: "platform"},
		{TargetAccount: "platform"},
		{Behavior: DeductFromLiableAccount, CostAllocationAccount: "no account"},
		{Behavior: DeductFromLiableAccount, CostAllocationAccount: "unknown"},
	} {
		if _, err := b.Post(t.Context(), Event{ID: "refused", Type: ChargebackDefault, ChargebackPolicy: &policy}); err == nil {
			t.Errorf("accepted: %+v", policy)
		}
	}
	is(ChargebackPolicy{Behavior: DeductFromOneBalanceAccount, TargetAccount: "platform"})
}

// TestLaterSplitsOfOnesOwn books percents of what is captured, by a scheme that splits afterwards and has them completed at once.
func TestLaterSplitsOfOnesOwn(t *testing.T) {
	l, _ := open(t, filepath.Join(t.TempDir(), "book.db"))
	mine := scheme.Scheme{Provider: "mine", Splits: scheme.Afterwards, Merchant: scheme.AccountMerchant, Sum: scheme.AtMost, Missing: scheme.Refuse, Decimals: 2, Refunds: scheme.PaymentAccounts}
	b, err := New(l, Options{Schemes: []scheme.Scheme{mine}})
	if err != nil {
		t.Fatal(err)
	}
	third, _ := money.ParsePercent("33.33")
	for i, e := range []Event{
		{Type: PaymentCapture, Payment: "p", Provider: "mine", Amount: money.New(1000, "USD")},
		{Type: PaymentSplit, Payment: "p", Splits: []Split{{Type: Commission, Percent: third}}},
		{Type: PaymentSplit, Payment: "p", Splits: []Split{{Type: Commission, Percent: third}, {Type: VAT, Amount: money.New(334, "USD")}}},
	} {
		e.ID = fmt.Sprint(i)
		if _, err := b.Post(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
	p, err := b.Payment("p")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"platform Merchant 0 USD completed ",
		"liable Commission 666 USD completed 33.33 % of 10.00 USD = 3.333, rounded half up to 3.33",
		"liable VAT 334 USD completed ",
	}
	for i, part := range p.Parts {
		if got := fmt.Sprint(part.Account, " ", part.Type, " ", part.Amount, " ", part.Status, " ", part.Reason); i >= len(want) || got != want[i] {
			t.Errorf("part %d: %q, want %q", i, got, want)
		}
	}
	for _, s := range []scheme.Scheme{{Provider: "x", Splits: scheme.Afterwards}, {Provider: "x", Splits: scheme.Afterwards, Sum: scheme.AtMost}} {
		if _, err := New(l, Options{Schemes: []scheme.Scheme{s}}); err == nil {
			t.Errorf("a book with the scheme %+v", s)
		}
	}
}
