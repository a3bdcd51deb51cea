package money

import (
	"math/big"
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"
)

// The arithmetic of decimals has no result where there is no exact one. apd's own defaults would have rounded, or gone
// on with something that is no number.
func TestExactTraps(t *testing.T) {
	nines := func(n int) *apd.Decimal {
		d, _, err := apd.NewFromString(strings.Repeat("9", n))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	one, zero := apd.New(1, 0), apd.New(0, 0)
	nan, infinite := &apd.Decimal{Form: apd.NaN}, &apd.Decimal{Form: apd.Infinite}
	for _, tt := range []struct {
		name string
		x, y *apd.Decimal
		do   func(d, x, y *apd.Decimal) (apd.Condition, error)
		ok   bool
	}{
		{"a product of as many digits as there is room for", nines(200), nines(200), exact.Mul, true},
		{"a product of one digit too many", nines(201), nines(200), exact.Mul, false},
		{"a sum of one digit too many", nines(400), one, exact.Add, false},
		{"even where only zeros would be left out", apd.New(1, 400), one, exact.Add, false},
		{"an exponent above the highest", apd.New(1, 300), apd.New(1, 300), exact.Mul, false},
		{"an exponent below the lowest", apd.New(1, -300), apd.New(1, -300), exact.Mul, false},
		{"exponents beyond apd's own", apd.New(1, 99_999), apd.New(1, 99_999), exact.Mul, false},
		{"a zero with such an exponent", apd.New(0, 300), apd.New(1, 300), exact.Mul, false},
		{"exponents too far apart for a quotient", apd.New(1, 300), apd.New(1, -300), exact.QuoInteger, false},
		{"an integer quotient without a remainder", apd.New(7, 0), apd.New(2, 0), exact.QuoInteger, true},
		{"division by zero", one, zero, exact.QuoInteger, false},
		{"zero by zero", zero, zero, exact.QuoInteger, false},
		{"a remainder of zero", one, zero, exact.Rem, false},
		{"infinity less infinity", infinite, infinite, exact.Sub, false},
		{"infinity times nothing", infinite, zero, exact.Mul, false},
		{"a signaling NaN", &apd.Decimal{Form: apd.NaNSignaling}, one, exact.Add, false},
		{"a decimal cut off", apd.New(123, -2), one, func(d, x, _ *apd.Decimal) (apd.Condition, error) {
			return exact.Quantize(d, x, -1)
		}, false},
		{"a zero cut off", apd.New(120, -2), one, func(d, x, _ *apd.Decimal) (apd.Condition, error) {
			return exact.Quantize(d, x, -1)
		}, false},
		{"a quotient without end", one, apd.New(3, 0), exact.Quo, false},
	} {
		var d apd.Decimal
		if condition, err := tt.do(&d, tt.x, tt.y); (err == nil) != tt.ok {
			t.Errorf("%s: condition %v, error %v", tt.name, condition, err)
		} else if tt.ok == panics(func() { must(condition, err) }) {
			t.Errorf("%s: must let %v pass as if it were another", tt.name, err)
		}
	}
	// A quiet NaN raises no condition in apd; so none must come in.
	var d apd.Decimal
	if _, err := exact.Add(&d, nan, one); err != nil {
		t.Errorf("a quiet NaN raises %v: it need not be kept out any more", err)
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

// Whatever text apd reads besides plain digits is refused before apd sees it.
func TestNoSpecialValuesGetIn(t *testing.T) {
	for _, s := range []string{
		"NaN", "nan", "sNaN", "NaN1", "-NaN", "Inf", "inf", "Infinity", "-Infinity", "+Inf", "1E+2",
		"1e400", "1e99999", "1e-99999", "0e400",
		"1E9999999999", "-0", "-0.0", "+0", "+1", "-1", "1e", "e1", "0x1", "1_0", ".", "", "1.1.1",
	} {
		if p, err := ParsePercent(s); err == nil {
			t.Errorf("ParsePercent(%q) = %v", s, p)
		}
		if r, err := ParseRate(s); err == nil {
			t.Errorf("ParseRate(%q) = %v", s, r)
		}
	}
	minus := New(-1, "USD")
	for _, zero := range []string{"0", "0.00", "0.000000000000", "000"} {
		p, err := ParsePercent(zero)
		if err != nil {
			t.Fatal(err)
		}
		if p.value.Negative || p.value.Exponent != 0 || p.value.Form != apd.Finite {
			t.Errorf("%q is %+v", zero, p.value)
		}
		if text, whole := p.Exactly(minus, Table{}); text != "0.00" || !whole {
			t.Errorf("%s %% of %v is %s", zero, minus, text)
		}
		if part := p.Of(minus, NewInt(1)); part.Sign() != 0 || part.String() != "0 USD" {
			t.Errorf("%s %% of %v is %v", zero, minus, part)
		}
	}
}

// The roundings of whole quotients, at and around the halves, of numbers that 64 bits hold and that they do not.
func TestQuotient(t *testing.T) {
	for _, tt := range []struct {
		x, y                           string
		halfUp, halfEven, floor, above int64
	}{
		{"7", "2", 4, 4, 3, 4},
		{"5", "2", 3, 2, 2, 3},
		{"-5", "2", -3, -2, -3, -2},
		{"5", "-2", -3, -2, -3, -2},
		{"-5", "-2", 3, 2, 2, 3},
		{"1", "2", 1, 0, 0, 1},
		{"-1", "2", -1, 0, -1, 0},
		{"0.01", "1", 0, 0, 0, 1}, // of which apd's Quantize makes 0 by RoundCeiling too
		{"-0.01", "1", 0, 0, -1, 0},
		{"2.4999999999999999999999999999999999999999", "1", 2, 2, 2, 3},
		{"2.5000000000000000000000000000000000000001", "1", 3, 3, 2, 3},
		{"1", "3", 0, 0, 0, 1},
		{"2", "3", 1, 1, 0, 1},
		{"-2", "3", -1, -1, -1, 0},
		{"6", "3", 2, 2, 2, 2},
		{"0", "3", 0, 0, 0, 0},
		{"0", "-3", 0, 0, 0, 0},
		{"1e30", "4e29", 3, 2, 2, 3},
	} {
		x, _, err := apd.NewFromString(tt.x)
		if err != nil {
			t.Fatal(err)
		}
		y, _, err := apd.NewFromString(tt.y)
		if err != nil {
			t.Fatal(err)
		}
		for r, want := range []int64{HalfUp: tt.halfUp, HalfEven: tt.halfEven, Floor: tt.floor, Ceiling: tt.above} {
			r := Rounding(r)
			if got := quotient(x, y, r); !got.Equal(NewInt(want)) {
				t.Errorf("%s / %s by rounding %d = %v, want %d", tt.x, tt.y, r, got, want)
			}
		}
		if x.Text('f') != judgeText(tt.x) || y.Text('f') != judgeText(tt.y) {
			t.Errorf("%s / %s changed its operands to %v and %v", tt.x, tt.y, x, y)
		}
	}
	if !panics(func() { quotient(apd.New(1, 0), apd.New(3, 0), Ceiling+1) }) {
		t.Error("an unknown rounding rounded")
	}
	if !panics(func() { quotient(apd.New(1, 0), apd.New(0, 0), Floor) }) {
		t.Error("something was divided by nothing")
	}
}

// judgeText writes a decimal without an exponent.
func judgeText(s string) string {
	r, _ := new(big.Rat).SetString(s)
	_, fraction, _ := strings.Cut(s, ".")
	return r.FloatString(len(fraction))
}

// Numbers far beyond what can be stored are exact while there is precision, and then there is no result at all.
func TestPrecisionExhausted(t *testing.T) {
	third, err := ParsePercent("33.333333333333")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		digits int
		panics bool
	}{{84, false}, {300, false}, {386, false}, {387, true}, {1000, true}} {
		i := pow10(tt.digits).Sub(NewInt(1))
		var part Amount
		if did := panics(func() { part = third.Of(FromInt(i, "USD"), NewInt(1)) }); did != tt.panics {
			t.Errorf("%v %% of a number of %d digits: panicked %v", third, tt.digits, did)
			continue
		}
		want := "0" // nothing, as there was no result
		if !tt.panics {
			// A third of a minor unit more than exactly.
			want = strings.Repeat("3", 14) + strings.Repeat("0", tt.digits-14)
		}
		if part.Minor() != want {
			t.Errorf("%v %% of a number of %d digits is %v, want %s", third, tt.digits, part, want)
		}
	}
}

// Both ways of Percent.Of meet: what the fast one takes, the other one makes the same of.
func TestPercentOfSmallIsOf(t *testing.T) {
	for _, text := range []string{
		"0", "0.000000000001", "1", "2", "5.31", "33.333333333333", "50", "99.999999999999", "100",
	} {
		p, err := ParsePercent(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, minor := range []int64{0, 1, -1, 49, 50, -50, 5000, 1<<53 + 1, 1<<62 - 1, 9e18, -1 << 63, 1<<63 - 1} {
			for _, unit := range []int64{1, 2, 7, 100, 1 << 40, 184467440737095516, 184467440737095517, 1<<63 - 1} {
				var x, y apd.Decimal
				must(exact.Mul(&x, NewInt(minor).setDecimal(&x, 2), &p.value))
				want := quotient(&x, NewInt(unit).setDecimal(&y, 0), HalfUp).Mul(NewInt(unit))
				if got, ok := p.ofSmall(NewInt(minor), NewInt(unit)); ok && !got.Equal(want) {
					t.Errorf("%s %% of %d by %d = %v, want %v", text, minor, unit, got, want)
				}
				if got := p.Of(New(minor, "USD"), NewInt(unit)); !got.Int().Equal(want) {
					t.Errorf("%s %% of %d by %d = %v, want %v", text, minor, unit, got, want)
				}
			}
		}
	}
}
