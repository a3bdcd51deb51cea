package money_test

import (
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
)

// percent reads a percent that the test knows to be one.
func percent(t testing.TB, s string) money.Percent {
	t.Helper()
	p, err := money.ParsePercent(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPercentOf(t *testing.T) {
	for _, tt := range []struct {
		name, percent, of, unit, want string
	}{
		{"the Paysafe example", "5.31", "5000 USD", "1", "266 USD"},
		{"the Xendit example: whole rupiah", "12.5", "250000 IDR", "100", "31300 IDR"},
		{"the same in minor units", "12.5", "250000 IDR", "1", "31250 IDR"},
		{"half of a route", "50", "10000000 IDR", "100", "5000000 IDR"},
		{"below half goes down", "10", "14 USD", "1", "1 USD"},
		{"half goes up", "10", "15 USD", "1", "2 USD"},
		{"half goes up from an even number too", "10", "25 USD", "1", "3 USD"},
		{"above half goes up", "10", "16 USD", "1", "2 USD"},
		{"just below half", "49.999999999999", "1 USD", "1", "0 USD"},
		{"half a cent", "50", "1 USD", "1", "1 USD"},
		{"a refund mirrors its payment", "10", "-15 USD", "1", "-2 USD"},
		{"a refund in whole rupiah", "12.5", "-250000 IDR", "100", "-31300 IDR"},
		{"whole pesos with two decimals", "33.33", "10000 CLP", "100", "3300 CLP"},
		{"half of a unit", "50", "100 IDR", "100", "100 IDR"},
		{"less than half of a unit", "49", "100 IDR", "100", "0 IDR"},
		{"the whole", "100", "4999 USD", "1", "4999 USD"},
		{"the whole, to a unit that does not divide it", "100", "4999 IDR", "100", "5000 IDR"},
		{"nothing", "0", "5000 USD", "1", "0 USD"},
		{"of nothing", "5.31", "0 USD", "1", "0 USD"},
		{"of nothing at all", "5.31", "0", "1", "0"},
		{"36 digits", "50", strings.Repeat("9", 36) + " IDR", "1", "5" + strings.Repeat("0", 35) + " IDR"},
		{"36 digits to the twelfth decimal", "0.000000000001", "1" + strings.Repeat("0", 35) + " IDR", "1", "1" + strings.Repeat("0", 21) + " IDR"},
		{"a unit of more than 64 bits", "100", twoTo64 + " IDR", twoTo64, twoTo64 + " IDR"},
	} {
		a := amount(t, tt.of)
		if got := percent(t, tt.percent).Of(a, number(t, tt.unit)); got.String() != tt.want {
			t.Errorf("%s: %s %% of %v by %s = %v, want %s", tt.name, tt.percent, a, tt.unit, got, tt.want)
		}
	}
}

func TestPercentExactly(t *testing.T) {
	table := withWei(t)
	for _, tt := range []struct {
		percent, of, want string
		whole             bool
	}{
		{"5.31", "5000 EUR", "2.655", false},
		{"5.3", "5000 EUR", "2.65", true},
		{"50", "5000 EUR", "25.00", true},
		{"100", "5000 EUR", "50.00", true},
		{"0.000000000001", "1 EUR", "0.0000000000000001", false},
		{"50", "1 JPY", "0.5", false},
		{"50", "2 JPY", "1", true},
		{"12.5", "250000 IDR", "312.50", true},
		{"33.33", "1 WEI", "0.0000000000000000003333", false},
		{"50", "-1 EUR", "-0.005", false},
		{"0", "-1 EUR", "0.00", true},
		{"5", "0 EUR", "0.00", true},
		{"50", "3 GOLD", "1.5", false}, // of a currency that the table does not have, minor units
		{"100", strings.Repeat("9", 36) + " EUR", strings.Repeat("9", 34) + ".99", true},
		{"99.999999999999", strings.Repeat("9", 36) + " EUR",
			"9999999999999899999999999999999999.9900000000000001", false},
	} {
		if got, whole := percent(t, tt.percent).Exactly(amount(t, tt.of), table); got != tt.want || whole != tt.whole {
			t.Errorf("%s %% of %s = %s, %v, want %s, %v", tt.percent, tt.of, got, whole, tt.want, tt.whole)
		}
	}
}

func TestPercentOfNeedsAUnit(t *testing.T) {
	for _, unit := range []int64{0, -1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("rounded to a unit of %d", unit)
				}
			}()
			percent(t, "5").Of(money.New(100, "USD"), money.NewInt(unit))
		}()
	}
}

func TestParsePercent(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		decimals int
		err      string
	}{
		{in: "5.31", want: "5.31", decimals: 2},
		{in: "5.310", want: "5.31", decimals: 2},
		{in: "0.10", want: "0.1", decimals: 1},
		{in: "12.5", want: "12.5", decimals: 1},
		{in: "5", want: "5"},
		{in: "10", want: "10"},
		{in: "0", want: "0"},
		{in: "0.00", want: "0"},
		{in: "007.0", want: "7"},
		{in: "100", want: "100"},
		{in: "100.000000000000", want: "100"},
		{in: "0.000000000001", want: "0.000000000001", decimals: 12},
		{in: "99.999999999999", want: "99.999999999999", decimals: 12},
		{in: "100.000000000001", err: `percent "100.000000000001": expected 0 to 100, found more than 100`},
		{in: "101", err: `percent "101": expected 0 to 100, found more than 100`},
		{in: "1000", err: `percent "1000": expected 0 to 100, found more than 100`},
		{in: strings.Repeat("9", 60), err: `percent "999999999999999999999999999999999999999999999999"… (60 bytes): expected 0 to 100, found more than 100`},
		{in: "5.3100000000000", err: `percent "5.3100000000000": expected at most 12 decimals, found 13 decimals`},
		{in: "", err: `percent "": expected decimal digits, found none`},
		{in: ".5", err: `percent ".5": expected decimal digits before the '.', found none`},
		{in: "5.", err: `percent "5.": expected decimal digits after the '.', found none`},
		{in: "-1", err: `percent "-1": expected decimal digits and a '.', found "-" at position 1`},
		{in: "+1", err: `percent "+1": expected decimal digits and a '.', found "+" at position 1`},
		{in: "1e1", err: `percent "1e1": expected decimal digits and a '.', found "e" at position 2`},
		{in: "5.3E1", err: `percent "5.3E1": expected decimal digits and one '.', found "E" at position 4`},
		{in: "5,31", err: `percent "5,31": expected decimal digits and a '.', found "," at position 2`},
		{in: "5%", err: `percent "5%": expected decimal digits and a '.', found "%" at position 2`},
		{in: " 5", err: `percent " 5": expected decimal digits and a '.', found " " at position 1`},
		{in: "NaN", err: `percent "NaN": expected decimal digits and a '.', found "N" at position 1`},
	} {
		got, err := money.ParsePercent(tt.in)
		if err != nil || tt.err != "" {
			checkParseError(t, tt.in, err, tt.err)
			continue
		}
		if got.String() != tt.want || got.Decimals() != tt.decimals {
			t.Errorf("ParsePercent(%q) = %v with %d decimals, want %s with %d", tt.in, got, got.Decimals(), tt.want, tt.decimals)
		}
		if got.IsZero() != (tt.want == "0") {
			t.Errorf("IsZero(%v) = %v", got, got.IsZero())
		}
	}
}

func TestPercentAdd(t *testing.T) {
	for _, tt := range []struct {
		parts      []string
		want       string
		hundred    int // how the sum compares with 100 %
		decimals   int
		sameAsZero bool
	}{
		{nil, "0", -1, 0, true},
		{[]string{"0.00", "0"}, "0", -1, 0, true},
		{[]string{"5", "3"}, "8", -1, 0, false},
		{[]string{"33.33", "33.33", "33.34"}, "100", 0, 0, false},
		{[]string{"33.34", "33.33", "33.34"}, "100.01", 1, 2, false},
		{[]string{"99.999999999999", "0.000000000001"}, "100", 0, 0, false},
		{[]string{"100", "100", "100"}, "300", 1, 0, false},
		{[]string{"100", "0.000000000001"}, "100.000000000001", 1, 12, false},
	} {
		var sum money.Percent
		for _, p := range tt.parts {
			sum = sum.Add(percent(t, p))
		}
		if sum.String() != tt.want || sum.Decimals() != tt.decimals {
			t.Errorf("sum of %v = %v with %d decimals, want %s with %d", tt.parts, sum, sum.Decimals(), tt.want, tt.decimals)
		}
		if got := sum.Cmp(money.Hundred()); got != tt.hundred {
			t.Errorf("Cmp(%v, 100) = %d, want %d", sum, got, tt.hundred)
		}
		if got := sum.Equal(money.Percent{}); got != tt.sameAsZero {
			t.Errorf("Equal(%v, 0) = %v", sum, got)
		}
	}
}

func TestPercentCmp(t *testing.T) {
	ascending := []string{"0", "0.000000000001", "5.3", "5.31", "5.4", "50", "99.999999999999", "100"}
	for i, a := range ascending {
		for j, b := range ascending {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := percent(t, a).Cmp(percent(t, b)); got != want {
				t.Errorf("Cmp(%s, %s) = %d, want %d", a, b, got, want)
			}
		}
	}
	if !percent(t, "5.30").Equal(percent(t, "5.3")) {
		t.Error("5.30 is not 5.3")
	}
}
