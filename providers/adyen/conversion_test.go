package adyen

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
	"pgregory.net/rapid"
)

// A line is balanced where gross × rate − fees is at most a hundredth from the net, and not at all in one currency; in
// rational numbers that is what it says.
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
		gross := money.New(rapid.Int64Range(-1e12, 1e12).Draw(t, "gross"), rapid.SampledFrom(currencies).Draw(t, "from"))
		to := rapid.SampledFrom(currencies).Draw(t, "to")
		rate := rapid.StringMatching(`[0-9]{1,4}\.[0-9]{1,10}`).Filter(func(s string) bool { return strings.Trim(s, "0.") != "" }).Draw(t, "rate")
		exact := rational(table.Format(gross))
		exact.Mul(exact, rational(rate))
		decimals, _ := table.Exponent(to)
		minor := new(big.Rat).Mul(exact, rational(fmt.Sprintf("1e%d", decimals)))
		near := new(big.Int).Quo(minor.Num(), minor.Denom())
		near.Add(near, big.NewInt(rapid.Int64Range(-102, 102).Draw(t, "off")))
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
			t.Fatalf("%s at %s less %s is %s: %v, but it is %s minor units off", gross, rate, fees, net, err, off.FloatString(12))
		}
	})
}
