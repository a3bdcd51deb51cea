package money_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
)

var iso money.Table // ISO 4217 alone

// amount reads "40000 USD", or "0" for the zero Amount.
func amount(t testing.TB, s string) money.Amount {
	t.Helper()
	minor, currency, _ := strings.Cut(s, " ")
	return money.FromInt(number(t, minor), money.Currency(currency))
}

func TestAmountArithmetic(t *testing.T) {
	for _, tt := range []struct {
		name, a, b, sum, difference string
		cmp                         int
	}{
		{"seller and commission", "39600 USD", "400 USD", "40000 USD", "39200 USD", 1},
		{"below zero", "300 USD", "500 USD", "800 USD", "-200 USD", -1},
		{"nothing starts a sum", "0", "599 EUR", "599 EUR", "-599 EUR", -1},
		{"nothing may be added", "599 EUR", "0", "599 EUR", "599 EUR", 1},
		{"nothing at all", "0", "0", "0", "0", 0},
		{"no euros keep their currency", "0 EUR", "0", "0 EUR", "0 EUR", 0},
		{"no euros, the other way", "0", "0 EUR", "0 EUR", "0 EUR", 0},
		{"past 36 digits", strings.Repeat("9", 36) + " IDR", "1 IDR", "1" + strings.Repeat("0", 36) + " IDR", strings.Repeat("9", 35) + "8 IDR", 1},
		{"past an int64", maxInt64 + " JPY", maxInt64 + " JPY", "18446744073709551614 JPY", "0 JPY", 0},
	} {
		a, b := amount(t, tt.a), amount(t, tt.b)
		sum, err := a.Add(b)
		if err != nil || sum.String() != tt.sum {
			t.Errorf("%s: %v + %v = %v, %v, want %s", tt.name, a, b, sum, err, tt.sum)
		}
		difference, err := a.Sub(b)
		if err != nil || difference.String() != tt.difference {
			t.Errorf("%s: %v - %v = %v, %v, want %s", tt.name, a, b, difference, err, tt.difference)
		}
		if cmp, err := a.Cmp(b); err != nil || cmp != tt.cmp {
			t.Errorf("%s: Cmp(%v, %v) = %d, %v, want %d", tt.name, a, b, cmp, err, tt.cmp)
		}
	}
}

func TestAmountMismatch(t *testing.T) {
	for _, tt := range []struct{ a, b, want string }{
		{"40000 USD", "500 EUR", "currencies differ: 40000 USD and 500 EUR"},
		{"0 USD", "500 EUR", "currencies differ: 0 USD and 500 EUR"},
		{"40000 USD", "0 EUR", "currencies differ: 40000 USD and 0 EUR"},
		{"7", "500 EUR", "currencies differ: 7 and 500 EUR"}, // a number without a currency is no amount of euros
		{"500 EUR", "7", "currencies differ: 500 EUR and 7"},
	} {
		a, b := amount(t, tt.a), amount(t, tt.b)
		_, adding := a.Add(b)
		_, subtracting := a.Sub(b)
		_, comparing := a.Cmp(b)
		for op, err := range map[string]error{"Add": adding, "Sub": subtracting, "Cmp": comparing} {
			var mismatch *money.MismatchError
			if !errors.As(err, &mismatch) || err.Error() != tt.want {
				t.Errorf("%s(%v, %v): error %v, want %s", op, a, b, err, tt.want)
			} else if !mismatch.A.Equal(a) || !mismatch.B.Equal(b) {
				t.Errorf("%s(%v, %v): the error carries %v and %v", op, a, b, mismatch.A, mismatch.B)
			}
		}
	}
}

func TestAmountEqual(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"400 USD", "400 USD", true},
		{"400 USD", "401 USD", false},
		{"400 USD", "400 EUR", false},
		{"0 USD", "0 EUR", false},
		{"0 USD", "0", false},
		{"0", "0", true},
		{twoTo128 + " USD", twoTo128 + " USD", true},
	} {
		if got := amount(t, tt.a).Equal(amount(t, tt.b)); got != tt.want {
			t.Errorf("Equal(%s, %s) = %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestAmountParts(t *testing.T) {
	for _, tt := range []struct {
		a, minor string
		currency money.Currency
		sign     int
		neg, abs string
	}{
		{"0", "0", "", 0, "0", "0"},
		{"0 EUR", "0", "EUR", 0, "0 EUR", "0 EUR"},
		{"-300 USD", "-300", "USD", -1, "300 USD", "300 USD"},
		{twoTo128 + " IDR", twoTo128, "IDR", 1, "-" + twoTo128 + " IDR", twoTo128 + " IDR"},
	} {
		a := amount(t, tt.a)
		if a.String() != tt.a || a.Minor() != tt.minor || a.Int().String() != tt.minor || a.Currency() != tt.currency {
			t.Errorf("%s: String %v, Minor %s, Int %v, Currency %s", tt.a, a, a.Minor(), a.Int(), a.Currency())
		}
		if a.Sign() != tt.sign || a.IsZero() != (tt.sign == 0) {
			t.Errorf("%s: Sign %d, IsZero %v", tt.a, a.Sign(), a.IsZero())
		}
		if a.Neg().String() != tt.neg || a.Abs().String() != tt.abs {
			t.Errorf("%s: Neg %v, Abs %v", tt.a, a.Neg(), a.Abs())
		}
	}
}

func TestSum(t *testing.T) {
	for _, tt := range []struct {
		parts []string
		want  string
	}{
		{nil, "0 USD"},
		{[]string{"0"}, "0 USD"},
		{[]string{"39480 USD", "400 USD", "0", "-39880 USD"}, "0 USD"},
		{[]string{maxInt64 + " USD", maxInt64 + " USD", "2 USD"}, twoTo64 + " USD"},
	} {
		var parts []money.Amount
		for _, p := range tt.parts {
			parts = append(parts, amount(t, p))
		}
		if got := money.Sum("USD", parts...); got.String() != tt.want {
			t.Errorf("Sum(%v) = %v, want %s", parts, got, tt.want)
		}
	}
}

func TestSumPanicsOnAnotherCurrency(t *testing.T) {
	defer func() {
		err, _ := recover().(error)
		var mismatch *money.MismatchError
		if !errors.As(err, &mismatch) {
			t.Errorf("Sum of dollars and euros recovered %v, want a *MismatchError", err)
		}
	}()
	money.Sum("USD", money.New(1, "USD"), money.New(1, "EUR"))
}

func TestParseMinor(t *testing.T) {
	nines := strings.Repeat("9", 36)
	for _, tt := range []struct{ in, want, err string }{
		{in: "40000", want: "40000 USD"},
		{in: "-599", want: "-599 USD"},
		{in: "0", want: "0 USD"},
		{in: "-0", want: "0 USD"},
		{in: "0040", want: "40 USD"},
		{in: nines, want: nines + " USD"},
		{in: "-" + nines, want: "-" + nines + " USD"},
		{in: nines + "9", err: `amount "9999999999999999999999999999999999999": expected at most 36 digits, found 37 digits`},
		{in: "1" + strings.Repeat("0", 40), err: `amount "10000000000000000000000000000000000000000": expected at most 36 digits, found 41 digits`},
		{in: strings.Repeat("1", 99), err: `amount "111111111111111111111111111111111111111111111111"… (99 bytes): expected at most 36 digits, found 99 digits`},
		{in: "", err: `amount "": expected decimal digits, found none`},
		{in: "-", err: `amount "-": expected decimal digits, found none`},
		{in: "1.5", err: `amount "1.5": expected decimal digits only, found "." at position 2`},
		{in: "1,000", err: `amount "1,000": expected decimal digits only, found "," at position 2`},
		{in: "1e3", err: `amount "1e3": expected decimal digits only, found "e" at position 2`},
		{in: " 1", err: `amount " 1": expected decimal digits only, found " " at position 1`},
		{in: "1 ", err: `amount "1 ": expected decimal digits only, found " " at position 2`},
		{in: "+1", err: `amount "+1": expected decimal digits only, found "+" at position 1`},
		{in: "-+1", err: `amount "-+1": expected decimal digits only, found "+" at position 2`},
		{in: "١", err: `amount "١": expected decimal digits only, found "١" at position 1`},
		{in: "12\x00", err: `amount "12\x00": expected decimal digits only, found "\x00" at position 3`},
		{in: "NaN", err: `amount "NaN": expected decimal digits only, found "N" at position 1`},
	} {
		got, err := money.ParseMinor(tt.in, "USD")
		if err != nil || tt.err != "" {
			checkParseError(t, tt.in, err, tt.err)
			continue
		}
		if got.String() != tt.want {
			t.Errorf("ParseMinor(%q) = %v, want %s", tt.in, got, tt.want)
		}
	}
}

func TestParseMajor(t *testing.T) {
	for _, tt := range []struct{ in, want, err string }{
		{in: "123.45 USD", want: "12345 USD"},
		{in: "123.4 USD", want: "12340 USD"},
		{in: "123 USD", want: "12300 USD"},
		{in: "-0.05 USD", want: "-5 USD"},
		{in: "-0.00 USD", want: "0 USD"},
		{in: "00.05 USD", want: "5 USD"},
		{in: "500 JPY", want: "500 JPY"},
		{in: "2500.00 IDR", want: "250000 IDR"},
		{in: "1.234 KWD", want: "1234 KWD"},
		{in: "0.0001 CLF", want: "1 CLF"},
		{in: "1.000001 USDC", want: "1000001 USDC"},
		{in: "7 POINTS", want: "7 POINTS"},
		{in: strings.Repeat("9", 34) + ".99 USD", want: strings.Repeat("9", 36) + " USD"},
		{in: "123.456 USD", err: `amount "123.456": expected at most 2 decimals for USD, found 3 decimals`},
		{in: "1.000 USD", err: `amount "1.000": expected at most 2 decimals for USD, found 3 decimals`},
		{in: "500.0 JPY", err: `amount "500.0": expected at most 0 decimals for JPY, found 1 decimal`},
		{in: "1,000.00 USD", err: `amount "1,000.00": expected decimal digits and a '.', found "," at position 2`},
		{in: "1.2.3 USD", err: `amount "1.2.3": expected decimal digits and one '.', found "." at position 4`},
		{in: "-1.x USD", err: `amount "-1.x": expected decimal digits and one '.', found "x" at position 4`},
		{in: "1e3 USD", err: `amount "1e3": expected decimal digits and a '.', found "e" at position 2`},
		{in: "+1 USD", err: `amount "+1": expected decimal digits and a '.', found "+" at position 1`},
		{in: "$1 USD", err: `amount "$1": expected decimal digits and a '.', found "$" at position 1`},
		{in: " USD", err: `amount "": expected decimal digits, found none`},
		{in: "- USD", err: `amount "-": expected decimal digits, found none`},
		{in: ".5 USD", err: `amount ".5": expected decimal digits before the '.', found none`},
		{in: "5. USD", err: `amount "5.": expected decimal digits after the '.', found none`},
		{in: ". USD", err: `amount ".": expected decimal digits before the '.', found none`},
		{in: strings.Repeat("9", 35) + " USD", err: `amount "99999999999999999999999999999999999": expected at most 36 digits of minor units, found 37 digits`},
	} {
		s, currency, _ := strings.Cut(tt.in, " ")
		got, err := withAssets(t).ParseMajor(s, money.Currency(currency))
		if err != nil || tt.err != "" {
			checkParseError(t, s, err, tt.err)
			continue
		}
		if got.String() != tt.want {
			t.Errorf("ParseMajor(%q) = %v, want %s", tt.in, got, tt.want)
		}
	}
}

func TestParseMajorUnknownCurrency(t *testing.T) {
	for _, c := range []money.Currency{"", "USDC", "XAU", "usd", "XXX"} {
		_, err := iso.ParseMajor("1.00", c)
		want := `unknown currency "` + string(c) + `": expected a code of ISO 4217 or an asset of this ledger`
		if !errors.Is(err, money.ErrUnknownCurrency) || err.Error() != want {
			t.Errorf("ParseMajor of %q: error %v, want %s", c, err, want)
		}
	}
}

func TestFormat(t *testing.T) {
	for _, tt := range []struct{ a, want string }{
		{"12345 USD", "123.45"},
		{"-5 USD", "-0.05"},
		{"0 USD", "0.00"},
		{"100 USD", "1.00"},
		{"500 JPY", "500"},
		{"-500 JPY", "-500"},
		{"250000 IDR", "2500.00"},
		{"1234 KWD", "1.234"},
		{"5 CLF", "0.0005"},
		{"1000001 USDC", "1.000001"},
		{"7 POINTS", "7"},
		{"1 ETH", "0.000000000000000001"},
		{twoTo128 + " USD", "3402823669209384634633746074317682114.56"},
		{"40000 GOLD", "40000"}, // nobody knows its decimals
		{"0", "0"},
	} {
		if got := withAssets(t).Format(amount(t, tt.a)); got != tt.want {
			t.Errorf("Format(%s) = %s, want %s", tt.a, got, tt.want)
		}
	}
}

// withAssets is ISO 4217 and three assets of somebody's own.
func withAssets(t testing.TB) money.Table {
	t.Helper()
	table, err := iso.With(money.Asset{Code: "USDC", Exponent: 6}, money.Asset{Code: "POINTS"}, money.Asset{Code: "ETH", Exponent: 18})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// Grouped texts have commas between thousands, whatever the currency's decimals.
func TestFormatGrouped(t *testing.T) {
	for text, a := range map[string]money.Amount{
		"0.00": money.New(0, "EUR"), "-123.45": money.New(-12345, "EUR"), "1,234.50": money.New(123450, "EUR"),
		"-1,234,567.89": money.New(-123456789, "EUR"), "999": money.New(999, "JPY"), "1,000": money.New(1000, "JPY"),
		"1,000.000": money.New(1000000, "KWD"),
	} {
		table := money.Table{}.Grouped()
		if got := table.Format(a); got != text {
			t.Errorf("expected %s, found %s", text, got)
		}
		if got := table.Plain().Format(a); strings.Contains(got, ",") {
			t.Errorf("plain: %s", got)
		}
	}
}
