package money_test

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/splitledger/splitledger/money"
)

// number reads a whole number that the test knows to be one; '_' may separate groups.
func number(t testing.TB, s string) money.Int {
	t.Helper()
	i, err := money.ParseInt(strings.ReplaceAll(s, "_", ""))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

const (
	maxInt64  = "9223372036854775807"
	minInt64  = "-9223372036854775808"
	twoTo64   = "18446744073709551616"
	maxUint64 = "18446744073709551615"
	twoTo128  = "340282366920938463463374607431768211456"
	twoTo279  = "971334446112864535459730953411759453321203419526069760625906204869452142602604249088"
	below279  = "971334446112864535459730953411759453321203419526069760625906204869452142602604249087"
)

func TestIntArithmetic(t *testing.T) {
	for _, tt := range []struct {
		name, a, b, sum, difference, product string
	}{
		{"small", "40000", "-120", "39880", "40120", "-4800000"},
		{"to zero", "-599", "599", "0", "-1198", "-358801"},
		{"over an int64", maxInt64, "1", "9223372036854775808", "9223372036854775806", maxInt64},
		{"under an int64", minInt64, "-1", "-9223372036854775809", "-9223372036854775807", "9223372036854775808"},
		{"over 64 bits", maxUint64, maxUint64, "36893488147419103230", "0", "340282366920938463426481119284349108225"},
		{"over 128 bits", "340282366920938463463374607431768211455", "1", twoTo128,
			"340282366920938463463374607431768211454", "340282366920938463463374607431768211455"},
		{"back under 128 bits", twoTo128, "-" + twoTo128, "0", "680564733841876926926749214863536422912",
			"-115792089237316195423570985008687907853269984665640564039457584007913129639936"},
		{"36 digits", strings.Repeat("9", 36), "1", "1" + strings.Repeat("0", 36), strings.Repeat("9", 35) + "8", strings.Repeat("9", 36)},
	} {
		a, b := number(t, tt.a), number(t, tt.b)
		for _, op := range []struct {
			sign string
			got  money.Int
			want string
		}{
			{"+", a.Add(b), tt.sum},
			{"-", a.Sub(b), tt.difference},
			{"·", a.Mul(b), tt.product},
		} {
			if op.got.String() != op.want {
				t.Errorf("%s: %v %s %v = %v, want %s", tt.name, a, op.sign, b, op.got, op.want)
			}
		}
		if a.String() != tt.a || b.String() != tt.b {
			t.Errorf("%s: arithmetic changed its operands to %v and %v", tt.name, a, b)
		}
	}
}

func TestIntSign(t *testing.T) {
	for _, tt := range []struct {
		v        string
		sign     int
		neg, abs string
		digits   int
	}{
		{"0", 0, "0", "0", 1},
		{"9", 1, "-9", "9", 1},
		{"-10", -1, "10", "10", 2},
		{maxInt64, 1, "-" + maxInt64, maxInt64, 19},
		{minInt64, -1, "9223372036854775808", "9223372036854775808", 19},
		{"-" + twoTo64, -1, twoTo64, twoTo64, 20},
		{twoTo128, 1, "-" + twoTo128, twoTo128, 39},
		{"-" + twoTo279, -1, twoTo279, twoTo279, 84},
	} {
		i := number(t, tt.v)
		if i.Sign() != tt.sign || i.IsZero() != (tt.sign == 0) {
			t.Errorf("%v: Sign %d, IsZero %v", i, i.Sign(), i.IsZero())
		}
		if got := i.Neg().String(); got != tt.neg {
			t.Errorf("Neg(%v) = %s, want %s", i, got, tt.neg)
		}
		if got := i.Abs().String(); got != tt.abs {
			t.Errorf("Abs(%v) = %s, want %s", i, got, tt.abs)
		}
		if got := i.Digits(); got != tt.digits {
			t.Errorf("Digits(%v) = %d, want %d", i, got, tt.digits)
		}
	}
}

func TestIntZero(t *testing.T) {
	var zero money.Int
	for name, i := range map[string]money.Int{
		"NewInt(0)": money.NewInt(0),
		"parsed":    number(t, "-0"),
		"negated":   zero.Neg(),
		"twice":     number(t, "7").Sub(number(t, "7")).Neg(),
		"from afar": number(t, twoTo128).Sub(number(t, twoTo128)).Neg(),
		"product":   number(t, "-7").Mul(zero),
	} {
		if !i.Equal(zero) || i.Cmp(zero) != 0 || i.Sign() != 0 || i.String() != "0" || !reflect.DeepEqual(i, zero) {
			t.Errorf("%s: %v of sign %d is not the zero Int", name, i, i.Sign())
		}
	}
}

func TestIntCmp(t *testing.T) {
	ascending := []string{"-" + twoTo279, "-" + below279, "-" + twoTo128, "-" + twoTo64, minInt64, "-1", "0", "1", maxInt64, maxUint64, twoTo64, twoTo128, below279}
	for i, a := range ascending {
		for j, b := range ascending {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			x, y := number(t, a), number(t, b)
			if got := x.Cmp(y); got != want {
				t.Errorf("Cmp(%s, %s) = %d, want %d", a, b, got, want)
			}
			if x.Equal(y) != (want == 0) {
				t.Errorf("Equal(%s, %s) = %v", a, b, x.Equal(y))
			}
		}
	}
}

func TestIntInt64(t *testing.T) {
	for _, tt := range []struct {
		v    string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"-40000", -40000, true},
		{maxInt64, math.MaxInt64, true},
		{minInt64, math.MinInt64, true},
		{"9223372036854775808", 0, false},
		{"-9223372036854775809", 0, false},
		{"-" + maxUint64, 0, false},
		{twoTo128, 0, false},
	} {
		if got, ok := number(t, tt.v).Int64(); got != tt.want || ok != tt.ok {
			t.Errorf("Int64(%s) = %d, %v, want %d, %v", tt.v, got, ok, tt.want, tt.ok)
		}
	}
}

func TestIntShift(t *testing.T) {
	for _, tt := range []struct {
		v      string
		places int
		want   string
		whole  bool
	}{
		{"1050", 2, "105000", true},
		{"105000", -2, "1050", true},
		{"-300", -2, "-3", true},
		{"1050", -2, "0", false},
		{"-50", -2, "0", false},
		{"7", 0, "7", true},
		{"0", -40, "0", true},
		{"0", 40, "0", true},
		{"7", 18, "7000000000000000000", true},
		{"7", 19, "70000000000000000000", true},
		{"-7", 40, "-7" + strings.Repeat("0", 40), true},
		{"-7" + strings.Repeat("0", 40), -40, "-7", true},
		{"-7" + strings.Repeat("0", 40), -41, "0", false},
		{maxInt64, -1, "0", false},
		{minInt64, 1, minInt64 + "0", true},
	} {
		if got, whole := number(t, tt.v).Shift(tt.places); got.String() != tt.want || whole != tt.whole {
			t.Errorf("%s shifted by %d = %v, %v, want %s, %v", tt.v, tt.places, got, whole, tt.want, tt.whole)
		}
	}
}

// Copies of a large Int share memory; the race detector sees that nobody writes to it. apd keeps numbers of up to 128
// bits in another way than longer ones.
func TestIntIsShared(t *testing.T) {
	for _, v := range []string{"-9223372036854775809", "-" + twoTo64, "-" + twoTo128} {
		shared := number(t, v)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				i := shared
				_ = i.Add(shared).Sub(shared).Mul(i).Abs()
				_, _ = i.Shift(-3)
				_, _, _ = money.DecodeInt(i.AppendBinary(nil))
				_ = percent(t, "5.31").Of(money.FromInt(i, "USD"), shared.Neg())
				_, _ = rate(t, "1.16").Convert(money.FromInt(i, "USD"), "KWD", iso, money.HalfEven)
				if !i.Equal(shared) || i.Neg().Neg().String() != v {
					t.Errorf("a copy became %v", i)
				}
			})
		}
		wg.Wait()
	}
}

func TestParseInt(t *testing.T) {
	for _, tt := range []struct{ in, want, err string }{
		{in: "40000", want: "40000"},
		{in: "-120", want: "-120"},
		{in: "0", want: "0"},
		{in: "-0", want: "0"},
		{in: "007", want: "7"},
		{in: minInt64, want: minInt64},
		{in: below279, want: below279},
		{in: "-" + twoTo279, want: "-" + twoTo279},
		{in: "", err: `whole number "": expected decimal digits, found none`},
		{in: "-", err: `whole number "-": expected decimal digits, found none`},
		{in: "--1", err: `whole number "--1": expected decimal digits only, found "-" at position 2`},
		{in: "+1", err: `whole number "+1": expected decimal digits only, found "+" at position 1`},
		{in: "1.5", err: `whole number "1.5": expected decimal digits only, found "." at position 2`},
		{in: "1e3", err: `whole number "1e3": expected decimal digits only, found "e" at position 2`},
		{in: "0x10", err: `whole number "0x10": expected decimal digits only, found "x" at position 2`},
		{in: "1_000", err: `whole number "1_000": expected decimal digits only, found "_" at position 2`},
		{in: " 1", err: `whole number " 1": expected decimal digits only, found " " at position 1`},
		{in: "1\n", err: `whole number "1\n": expected decimal digits only, found "\n" at position 2`},
		{in: "١", err: `whole number "١": expected decimal digits only, found "١" at position 1`},
		{in: "−1", err: `whole number "−1": expected decimal digits only, found "−" at position 1`},
		{in: "1\xff", err: `whole number "1\xff": expected decimal digits only, found byte 0xff at position 2`},
		{in: "Inf", err: `whole number "Inf": expected decimal digits only, found "I" at position 1`},
		{in: twoTo279, err: `whole number "971334446112864535459730953411759453321203419526"… (84 bytes): expected a number within ±2^279, found 84 digits`},
		{in: strings.Repeat("0", 85), err: `whole number "000000000000000000000000000000000000000000000000"… (85 bytes): expected at most 84 digits, found 85 digits`},
	} {
		got, err := money.ParseInt(tt.in)
		if err != nil || tt.err != "" {
			checkParseError(t, tt.in, err, tt.err)
			continue
		}
		if got.String() != tt.want {
			t.Errorf("ParseInt(%q) = %v, want %s", tt.in, got, tt.want)
		}
	}
}

// checkParseError wants err to be a *ParseError about in that reads as want says.
func checkParseError(t *testing.T, in string, err error, want string) {
	t.Helper()
	var parse *money.ParseError
	switch {
	case err == nil:
		t.Errorf("%q was read, want error %s", in, want)
	case err.Error() != want:
		t.Errorf("%q: error %s\nwant %s", in, err, want)
	case !errors.As(err, &parse) || parse.Input != in:
		t.Errorf("%q: %#v is not a *ParseError about it", in, err)
	}
}
