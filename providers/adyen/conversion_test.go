package adyen

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
	"pgregory.net/rapid"
)

// TestBalanced has nets at either side of what is allowed, in minor units.
func TestBalanced(t *testing.T) {
	for _, tt := range []struct {
		gross    money.Amount
		rate     string
		to       money.Currency
		from, up int64 // the least and the highest net that fits; none where up is less
	}{
		{money.New(100, "GBP"), "1.005", "EUR", 100, 101}, // 100.5
		{money.New(100, "GBP"), "1.004", "EUR", 100, 101}, // 100.4
		{money.New(100, "GBP"), "1.006", "EUR", 100, 101}, // 100.6
		{money.New(-100, "GBP"), "1.005", "EUR", -101, -100},
		{money.New(-100, "GBP"), "1.004", "EUR", -101, -100},
		{money.New(100, "GBP"), "1", "EUR", 99, 101},
		{money.New(100, "GBP"), "1.0005", "KWD", 991, 1010},  // 1000.5, and a hundredth is ten
		{money.New(100, "GBP"), "161.5", "JPY", 161, 162},    // 161.5, and a hundredth is none
		{money.New(5000, "JPY"), "0.01", "EUR", 4999, 5001},  // 50.00
		{money.New(100, "EUR"), "0.99", "EUR", 99, 99},       // of one currency, exactly
		{money.New(100, "EUR"), "0.995", "EUR", 100, 99},     // 99.5, which no net is
		{money.New(100, "EUR"), "", "EUR", 100, 100},         //
		{money.New(1, "GBP"), "0.000000001", "EUR", 0, 1},    // 0.000000001
		{money.New(-1, "GBP"), "0.000000001", "EUR", -1, 0},  //
		{money.New(100, "CLP"), "0.000025", "CLF", -75, 125}, // 25, and a hundredth is a hundred
	} {
		for _, fees := range []int64{0, 7, -7} {
			for minor := min(tt.from, tt.up) - 3; minor <= max(tt.from, tt.up)+3; minor++ {
				net, want := money.New(minor-fees, tt.to), tt.from <= minor && minor <= tt.up
				if err := balanced(tt.gross, net, money.NewInt(fees), tt.rate, money.Table{}); (err == nil) != want {
					t.Errorf("%s at %q less %d is %s: %v, want %v", tt.gross, tt.rate, fees, net, err, want)
				}
			}
		}
	}
}

// A line is balanced where gross × rate − fees is at most a hundredth from the net, and in one currency is the net: here
// in rational numbers.
func TestBalancedIsExact(t *testing.T) {
	currencies := []money.Currency{"EUR", "JPY", "KWD", "IDR", "CLF"}
	rational := func(s string) *big.Rat {
		r, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatal(s)
		}
		return r
	}
	var table money.Table
	rapid.Check(t, func(t *rapid.T) {
		currency := rapid.SampledFrom(currencies)
		gross := money.New(rapid.Int64Range(-1e12, 1e12).Draw(t, "gross"), currency.Draw(t, "from"))
		to := currency.Draw(t, "to")
		rate := rapid.StringMatching(`[0-9]{1,4}\.[0-9]{1,10}`).Filter(func(s string) bool {
			return strings.Trim(s, "0.") != ""
		}).Draw(t, "rate")
		exact := rational(table.Format(gross))
		exact.Mul(exact, rational(rate))
		decimals, _ := table.Exponent(to)
		minor := new(big.Rat).Mul(exact, rational(fmt.Sprintf("1e%d", decimals)))
		near := new(big.Int).Quo(minor.Num(), minor.Denom())
		steps := rapid.OneOf(rapid.Int64Range(-2, 2), rapid.Int64Range(98, 102), rapid.Int64Range(-102, -98))
		near.Add(near, big.NewInt(steps.Draw(t, "off")))
		before, err := money.ParseInt(near.String())
		if err != nil {
			t.Fatal(err)
		}
		fees := money.NewInt(rapid.Int64Range(-50, 50).Draw(t, "fees"))
		net := money.FromInt(before.Sub(fees), to)

		allowed := big.NewRat(1, 1) // minor unit of net
		switch {
		case gross.Currency() == to:
			allowed.SetInt64(0)
		case decimals > 2:
			allowed = rational(fmt.Sprintf("1e%d", decimals-2))
		}
		off := minor.Sub(minor, new(big.Rat).SetInt(near))
		want := off.Abs(off).Cmp(allowed) <= 0
		if err := balanced(gross, net, fees, rate, table); (err == nil) != want {
			t.Fatalf("%s at %s less %s is %s: %v, but it is %s off", gross, rate, fees, net, err, off.FloatString(12))
		}
	})
}
