package money_test

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
	"pgregory.net/rapid"
)

// rate reads a rate that the test knows to be one.
func rate(t testing.TB, s string) money.Rate {
	t.Helper()
	r, err := money.ParseRate(strings.TrimPrefix(s, "1/"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(s, "1/") {
		return r.Inverse()
	}
	return r
}

func TestRateConvert(t *testing.T) {
	// (10^36-1) · (10^24-1) with 18 decimals, which is 78 digits.
	most := strings.Repeat("9", 23) + "8" + strings.Repeat("9", 12) + strings.Repeat("0", 23) + "1" +
		strings.Repeat("0", 18)
	for _, tt := range []struct {
		name, amount, rate, to           string
		halfUp, halfEven, floor, ceiling string
	}{
		{"pounds in euros", "2000 GBP", "1.16", "EUR", "2320", "2320", "2320", "2320"},
		{"yen, without decimals, in euros", "5000 JPY", "0.00618812", "EUR", "3094", "3094", "3094", "3095"},
		{"euros in yen", "1000 EUR", "161.5", "JPY", "1615", "1615", "1615", "1615"},
		{"dinars, with three", "1000 KWD", "3.25", "USD", "325", "325", "325", "325"},
		{"and back", "325 USD", "1/3.25", "KWD", "1000", "1000", "1000", "1000"},
		{"a half", "100 USD", "1.345", "SGD", "135", "134", "134", "135"},
		{"a half below zero", "-100 USD", "1.345", "SGD", "-135", "-134", "-135", "-134"},
		{"a half after an odd number", "300 USD", "1.345", "SGD", "404", "404", "403", "404"},
		{"a half by division", "1 USD", "1/2", "EUR", "1", "0", "0", "1"},
		{"a third", "100 USD", "1/3", "EUR", "33", "33", "33", "34"},
		{"two thirds below zero", "-200 USD", "1/3", "EUR", "-67", "-67", "-67", "-66"},
		{"almost nothing", "1 JPY", "0.0000000000000000000001", "USD", "0", "0", "0", "1"},
		{"almost nothing below zero", "-1 JPY", "0.0000000000000000000001", "USD", "0", "0", "-1", "0"},
		{"nothing", "0 USD", "1.16", "EUR", "0", "0", "0", "0"},
		{"nothing by division", "0 USD", "1/1.16", "EUR", "0", "0", "0", "0"},
		{"the same currency", "4999 USD", "0.5", "USD", "2500", "2500", "2499", "2500"},
		{"from 18 decimals", "1000000000000000000 WEI", "2500.5", "USD", "250050", "250050", "250050", "250050"},
		{"to 18 decimals", "250050 USD", "1/2500.5", "WEI",
			"1000000000000000000", "1000000000000000000", "1000000000000000000", "1000000000000000000"},
		{"the most digits", strings.Repeat("9", 36) + " JPY", strings.Repeat("9", 24), "WEI", most, most, most, most},
	} {
		for r, want := range []string{
			money.HalfUp: tt.halfUp, money.HalfEven: tt.halfEven, money.Floor: tt.floor, money.Ceiling: tt.ceiling,
		} {
			a, to, want := amount(t, tt.amount), money.Currency(tt.to), want+" "+tt.to
			got, err := rate(t, tt.rate).Convert(a, to, withWei(t), money.Rounding(r))
			if err != nil || got.String() != want {
				t.Errorf("%s: %v at %s by rounding %d = %v, %v, want %s", tt.name, a, tt.rate, r, got, err, want)
			}
		}
	}
}

// withWei is ISO 4217 with an asset that has the most decimals there are.
func withWei(t testing.TB) money.Table {
	t.Helper()
	table, err := iso.With(money.Asset{Code: "WEI", Exponent: money.MaxExponent})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestRateConvertRefuses(t *testing.T) {
	for _, tt := range []struct{ amount, to, want string }{
		{"5 GOLD", "USD", `unknown currency "GOLD": expected a code of ISO 4217 or an asset of this ledger`},
		{"5 USD", "GOLD", `unknown currency "GOLD": expected a code of ISO 4217 or an asset of this ledger`},
		{"0", "USD", `unknown currency "": expected a code of ISO 4217 or an asset of this ledger`},
	} {
		got, err := rate(t, "1.16").Convert(amount(t, tt.amount), money.Currency(tt.to), iso, money.HalfEven)
		if !errors.Is(err, money.ErrUnknownCurrency) || err.Error() != tt.want || !got.Equal(money.Amount{}) {
			t.Errorf("%s in %s: %v, %v, want error %s", tt.amount, tt.to, got, err, tt.want)
		}
	}
	for _, none := range []money.Rate{{}, money.Rate{}.Inverse()} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v is no rate, and converted", none)
				}
			}()
			_, _ = none.Convert(money.New(1, "USD"), "EUR", iso, money.HalfEven)
		}()
	}
}

func TestParseRate(t *testing.T) {
	for _, tt := range []struct{ in, want, err string }{
		{in: "1.16", want: "1.16"},
		{in: "1.160", want: "1.160"},
		{in: "1300", want: "1300"},
		{in: "0.00618812", want: "0.00618812"},
		{in: "007.5", want: "7.5"},
		{in: "1.00000000000000000000000", want: "1.00000000000000000000000"},
		{in: strings.Repeat("9", 24), want: strings.Repeat("9", 24)},
		{in: strings.Repeat("9", 25),
			err: `rate "9999999999999999999999999": expected at most 24 digits, found 25 digits`},
		{in: "0." + strings.Repeat("0", 23) + "1",
			err: `rate "0.000000000000000000000001": expected at most 24 digits, found 25 digits`},
		{in: "0", err: `rate "0": expected a number above 0, found 0`},
		{in: "0.00", err: `rate "0.00": expected a number above 0, found 0`},
		{in: "", err: `rate "": expected decimal digits, found none`},
		{in: ".5", err: `rate ".5": expected decimal digits before the '.', found none`},
		{in: "5.", err: `rate "5.": expected decimal digits after the '.', found none`},
		{in: "-1", err: `rate "-1": expected decimal digits and a '.', found "-" at position 1`},
		{in: "1/3", err: `rate "1/3": expected decimal digits and a '.', found "/" at position 2`},
		{in: "1e3", err: `rate "1e3": expected decimal digits and a '.', found "e" at position 2`},
		{in: "NaN", err: `rate "NaN": expected decimal digits and a '.', found "N" at position 1`},
		{in: "Infinity", err: `rate "Infinity": expected decimal digits and a '.', found "I" at position 1`},
	} {
		got, err := money.ParseRate(tt.in)
		if err != nil || tt.err != "" {
			checkParseError(t, tt.in, err, tt.err)
			continue
		}
		inverse := got.Inverse()
		if got.String() != tt.want || inverse.String() != "1/"+tt.want || inverse.Inverse().String() != tt.want {
			t.Errorf("ParseRate(%q) = %v, its inverse %v", tt.in, got, inverse)
		}
	}
}

// Convert agrees with rational arithmetic by every rounding, for the longest amounts and rates there are.
func TestRateConvertRoundsOnce(t *testing.T) {
	table := withWei(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9]{1,12}(\.[0-9]{1,12})?`).Filter(func(s string) bool {
			return strings.Trim(s, "0.") != ""
		}).Draw(t, "rate")
		currency := rapid.SampledFrom([]money.Currency{"USD", "JPY", "KWD", "CLF", "WEI"})
		a, to := money.FromInt(anyInt().Draw(t, "minor"), currency.Draw(t, "from")), currency.Draw(t, "to")
		r, err := money.ParseRate(text)
		if err != nil {
			t.Fatal(err)
		}
		exact := judgeRat(text)
		if rapid.Bool().Draw(t, "inverse") {
			r, exact = r.Inverse(), exact.Inv(exact)
		}
		from, _ := table.Exponent(a.Currency())
		decimals, _ := table.Exponent(to)
		exact.Mul(exact, new(big.Rat).SetInt(judge(a.Int())))
		exact.Mul(exact, judgeRat(fmt.Sprintf("1e%d", decimals-from)))
		floor := new(big.Int).Div(exact.Num(), exact.Denom()) // Euclid's: the denominator is above 0
		rest := new(big.Rat).Sub(exact, new(big.Rat).SetInt(floor))
		above := new(big.Int).Set(floor)
		if rest.Sign() > 0 {
			above.Add(above, big.NewInt(1))
		}
		nearest := func(half bool) *big.Int { // half: whether a half goes up
			if c := rest.Cmp(big.NewRat(1, 2)); c > 0 || c == 0 && half {
				return above
			}
			return floor
		}
		for rounding, want := range map[money.Rounding]*big.Int{
			money.Floor: floor, money.Ceiling: above,
			money.HalfUp: nearest(a.Sign() > 0), money.HalfEven: nearest(floor.Bit(0) == 1),
		} {
			got, err := r.Convert(a, to, table, rounding)
			if err != nil || judge(got.Int()).Cmp(want) != 0 || got.Currency() != to {
				t.Errorf("%v at %v by rounding %d = %v, %v, want %v %s", a, r, rounding, got, err, want, to)
			}
		}
	})
}

func FuzzParseRate(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, s string) {
		r, err := money.ParseRate(s)
		if err != nil {
			return
		}
		if exact, ok := new(big.Rat).SetString(s); !ok || exact.Sign() <= 0 || judgeRat(r.String()).Cmp(exact) != 0 {
			t.Fatalf("ParseRate(%q) = %v", s, r)
		}
		a := money.New(-12_345, "USD")
		low, err := r.Convert(a, "JPY", iso, money.Floor)
		if err != nil {
			t.Fatal(err)
		}
		high, err := r.Convert(a, "JPY", iso, money.Ceiling)
		if off := high.Int().Sub(low.Int()); err != nil || !off.IsZero() && !off.Equal(money.NewInt(1)) {
			t.Fatalf("%v at %v is between %v and %v, %v", a, r, low, high, err)
		}
	})
}
