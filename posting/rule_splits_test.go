package posting

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// anyRule draws a rule that may be stored.
func anyRule(t *rapid.T) *Rule {
	r := &Rule{ID: "r", Currency: rapid.SampledFrom([]money.Currency{"EUR", "IDR", "JPY", "KWD"}).Draw(t, "currency")}
	left := 10_000
	for i := range rapid.IntRange(1, 6).Draw(t, "routes") {
		to := Route{Account: accounts.ID(fmt.Sprint("a", i)), Reference: fmt.Sprint(i)}
		if hundredths := rapid.IntRange(0, left).Draw(t, "percent"); hundredths > 0 {
			left -= hundredths
			to.Percent, _ = money.ParsePercent(fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100))
		}
		if to.Percent.IsZero() || rapid.IntRange(0, 3).Draw(t, "both") == 0 {
			to.Flat = money.NewInt(rapid.Int64Range(1, 500).Draw(t, "flat"))
		}
		if rapid.IntRange(0, 3).Draw(t, "min") == 0 {
			to.Min = money.NewInt(rapid.Int64Range(0, 300).Draw(t, "least"))
		}
		if rapid.IntRange(0, 3).Draw(t, "max") == 0 {
			to.Max = to.Min.Add(money.NewInt(rapid.Int64Range(1, 300).Draw(t, "more")))
		}
		r.Routes = append(r.Routes, to)
	}
	r.Rest = rapid.SampledFrom([]accounts.ID{"", "rest", accounts.Liable, wire.PaymentAccount}).Draw(t, "rest")
	if err := (&Event{ID: "e", Type: RuleCreate, Rule: "r", Name: "n", Currency: r.Currency, Routes: r.Routes,
		Rest: r.Rest}).Validate(); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRulePartsSumUp: for any rule, scheme and amount the parts and the rest are the amount, no part is below zero,
// limits hold, and a share of a percent alone is less than a unit from what is exact. A rule that takes more than there
// is leaves less than nothing, which the scheme refuses, and never a part that takes back.
func TestRulePartsSumUp(t *testing.T) {
	schemes := scheme.All()
	rapid.Check(t, func(t *rapid.T) {
		r, s := anyRule(t), rapid.SampledFrom(schemes).Draw(t, "scheme")
		amount := money.New(rapid.Int64Range(0, 20_000).Draw(t, "amount"), r.Currency)
		splits, err := r.Splits(&s, "own", amount)
		if s.Splits == scheme.AtSettlement && r.Rest != "" && r.Rest != wire.PaymentAccount {
			if err == nil {
				t.Fatalf("%s has an account for the rest", s.Provider)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		parts, rest := sizesOf(&s, nil, splits, amount, amount.Int())
		sum := rest
		for _, p := range parts {
			if sum = sum.Add(p.minor); p.minor.Sign() < 0 {
				t.Fatalf("a part of %s", p.minor)
			}
		}
		if !sum.Equal(amount.Int()) {
			t.Fatalf("%s in parts, %s in all", sum, amount)
		}
		if s.Sum == scheme.Equal && rest.Sign() > 0 {
			t.Fatalf("%s left to nobody", rest)
		}
		unit := money.NewInt(s.SmallestUnit(r.Currency))
		for i := range r.Routes {
			to, got := &r.Routes[i], parts[i].minor
			if got.Cmp(to.Min) < 0 || !to.Max.IsZero() && got.Cmp(to.Max) > 0 {
				t.Fatalf("%s is not from %s to %s", got, to.Min, to.Max)
			}
			rounded := to.Percent.Of(amount, unit).Int()
			if plainPercent(to) && s.Decimals > 0 && !got.Equal(rounded) {
				t.Fatalf("%s, the scheme's rounding gives %s", got, rounded)
			}
			if plainPercent(to) && got.Sub(rounded).Abs().Cmp(unit) > 0 {
				t.Fatalf("%s %% of %s is %s", to.Percent, amount, got)
			}
		}
	})
}
