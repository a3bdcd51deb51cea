package money_test

import (
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
	"pgregory.net/rapid"
)

// digits draws 1 to most decimal digits, long ones too; left alone, rapid draws mostly short strings.
func digits(t *rapid.T, most int) string {
	n := rapid.Uint64().Draw(t, "length") % uint64(most)
	return rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), int(n)+1, int(n)+1, -1).Draw(t, "digits")
}

func sign(t *rapid.T) string { return rapid.SampledFrom([]string{"", "-"}).Draw(t, "sign") }

// judge returns i as math/big reads it, which is the independent judge of all arithmetic here.
func judge(i money.Int) *big.Int {
	b, ok := new(big.Int).SetString(i.String(), 10)
	if !ok {
		panic("not a number: " + i.String())
	}
	return b
}

// judgeRat returns a decimal as math/big reads it.
func judgeRat(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic("not a number: " + s)
	}
	return r
}

// anyInt draws numbers of every size, and those around the places where their representation changes.
func anyInt() *rapid.Generator[money.Int] {
	edges := []string{"0", "63", "64", "4611686018427387904", maxInt64, maxUint64, twoTo64, twoTo128}
	return rapid.Custom(func(t *rapid.T) money.Int {
		s := digits(t, 83)
		if rapid.Bool().Draw(t, "edge") {
			s = rapid.SampledFrom(edges).Draw(t, "edge")
		}
		i, err := money.ParseInt(sign(t) + s)
		if err != nil {
			t.Fatal(err)
		}
		return i.Add(money.NewInt(rapid.Int64Range(-2, 2).Draw(t, "beside")))
	})
}

// anyMinor draws an amount of as many digits as ParseMinor takes.
func anyMinor() *rapid.Generator[money.Amount] {
	return rapid.Custom(func(t *rapid.T) money.Amount {
		c := rapid.SampledFrom([]money.Currency{"USD", "JPY", "KWD", "CLF", "IDR"}).Draw(t, "currency")
		a, err := money.ParseMinor(sign(t)+digits(t, money.MaxDigits), c)
		if err != nil {
			t.Fatal(err)
		}
		return a
	})
}

// anyAmount draws an amount of as many digits as are stored.
func anyAmount() *rapid.Generator[money.Amount] {
	return rapid.Map(anyInt(), func(i money.Int) money.Amount { return money.FromInt(i, "WEI") })
}

func anyPercent() *rapid.Generator[money.Percent] {
	return rapid.Custom(func(t *rapid.T) money.Percent {
		s := rapid.StringMatching(`100(\.0{1,12})?|[0-9]{1,2}(\.[0-9]{1,12})?`).Draw(t, "percent")
		p, err := money.ParsePercent(s)
		if err != nil {
			t.Fatal(err)
		}
		return p
	})
}

// Arithmetic is that of math/big, leaves its operands alone, and represents equal numbers alike however
// they were come by.
func TestIntIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyInt().Draw(t, "a"), anyInt().Draw(t, "b")
		x, y := judge(a), judge(b)
		for _, op := range []struct {
			name string
			got  money.Int
			want *big.Int
		}{
			{"a+b", a.Add(b), new(big.Int).Add(x, y)},
			{"a-b", a.Sub(b), new(big.Int).Sub(x, y)},
			{"a·b", a.Mul(b), new(big.Int).Mul(x, y)},
			{"a·10^b", shift(a, b.Digits()), new(big.Int).Mul(x, tenTo(b.Digits()))},
			{"a·10^b/10^b", shift(shift(a, b.Digits()), -b.Digits()), x},
			{"-a", a.Neg(), new(big.Int).Neg(x)},
			{"|a|", a.Abs(), new(big.Int).Abs(x)},
			{"a+b-b", a.Add(b).Sub(b), x},
		} {
			if judge(op.got).Cmp(op.want) != 0 {
				t.Errorf("%s = %v, want %v", op.name, op.got, op.want)
			}
			if op.got.Digits() != len(strings.TrimPrefix(op.want.String(), "-")) {
				t.Errorf("%s = %v has %d digits", op.name, op.want, op.got.Digits())
			}
		}
		if !reflect.DeepEqual(a.Add(b).Sub(b), a) {
			t.Errorf("a+b-b is represented differently from a = %v", a)
		}
		if a.Cmp(b) != x.Cmp(y) || a.Equal(b) != (x.Cmp(y) == 0) || a.Sign() != x.Sign() {
			t.Errorf("Cmp %d, Equal %v, Sign %d of %v and %v", a.Cmp(b), a.Equal(b), a.Sign(), x, y)
		}
		if judge(a).Cmp(x) != 0 || judge(b).Cmp(y) != 0 {
			t.Errorf("arithmetic changed its operands")
		}
	})
}

// shift is Int.Shift of what stays whole.
func shift(i money.Int, places int) money.Int {
	shifted, whole := i.Shift(places)
	if !whole {
		panic(fmt.Sprintf("%v by %d is not whole", i, places))
	}
	return shifted
}

func tenTo(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func TestIntRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := anyInt().Draw(t, "i")
		if back, err := money.ParseInt(i.String()); err != nil || !reflect.DeepEqual(back, i) {
			t.Errorf("ParseInt(%v) = %v, %v", i, back, err)
		}
		after := rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "after")
		b := i.AppendBinary(nil)
		back, n, err := money.DecodeInt(append(b, after...))
		if err != nil || n != len(b) || !reflect.DeepEqual(back, i) {
			t.Errorf("DecodeInt(% x) = %v, %d, %v, want %v", b, back, n, err, i)
		}
		for cut := range b {
			if _, _, err := money.DecodeInt(b[:cut]); err == nil {
				t.Errorf("%v is % x, and DecodeInt read the first %d bytes", i, b, cut)
			}
		}
	})
}

// What DecodeInt reads at all, AppendBinary writes just so.
func TestIntBinaryIsCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "b")
		i, n, err := money.DecodeInt(b)
		if err != nil {
			return
		}
		if again := i.AppendBinary(nil); string(again) != string(b[:n]) {
			t.Errorf("% x was read as %v, which is written % x", b[:n], i, again)
		}
	})
}

func TestAmountRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyMinor().Draw(t, "a")
		if back, err := money.ParseMinor(a.Minor(), a.Currency()); err != nil || !back.Equal(a) {
			t.Errorf("ParseMinor(%s) = %v, %v", a.Minor(), back, err)
		}
		s := iso.Format(a)
		if back, err := iso.ParseMajor(s, a.Currency()); err != nil || !back.Equal(a) {
			t.Errorf("ParseMajor(Format(%v) = %s) = %v, %v", a, s, back, err)
		}
		if back, err := iso.ParseMajor(s+"0", a.Currency()); strings.Contains(s, ".") && err == nil {
			t.Errorf("a decimal too many: ParseMajor(%s0) = %v", s, back)
		}
	})
}

// Of agrees with rational arithmetic: |a|·p/100 in units, plus a half, without what is behind the point.
func TestPercentOfRoundsHalfUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, a := anyPercent().Draw(t, "p"), rapid.OneOf(anyMinor(), anyAmount()).Draw(t, "a")
		unit := rapid.OneOf(
			rapid.Map(rapid.SampledFrom([]int64{1, 100}), money.NewInt),
			rapid.Map(rapid.Int64Range(1, 1e6), money.NewInt),
			rapid.Map(anyInt(), func(i money.Int) money.Int { return i.Abs().Add(money.NewInt(1)) }),
		).Draw(t, "unit")

		exact := judgeRat(p.String())
		exact.Mul(exact, new(big.Rat).SetInt(judge(a.Abs().Int())))
		exact.Quo(exact, new(big.Rat).SetInt(new(big.Int).Mul(judge(unit), big.NewInt(100))))
		exact.Add(exact, big.NewRat(1, 2))
		want := new(big.Int).Quo(exact.Num(), exact.Denom())
		want.Mul(want, judge(unit)).Mul(want, big.NewInt(int64(a.Sign())))

		got := p.Of(a, unit)
		if judge(got.Int()).Cmp(want) != 0 || got.Currency() != a.Currency() {
			t.Errorf("%v %% of %v by %v = %v, want %v", p, a, unit, got, want)
		}
		if mirrored := p.Of(a.Neg(), unit); !mirrored.Equal(got.Neg()) {
			t.Errorf("%v %% of %v by %v = %v, but of the negative %v", p, a, unit, got, mirrored)
		}
	})
}

// What Exactly writes is p/100 of the amount in major units, with the decimals of the currency or as many more as it
// takes.
func TestPercentExactlyIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, a := anyPercent().Draw(t, "p"), anyMinor().Draw(t, "a")
		got, whole := p.Exactly(a, iso)
		want := judgeRat(p.String())
		want.Mul(want, judgeRat(iso.Format(a))).Quo(want, big.NewRat(100, 1))
		if judgeRat(got).Cmp(want) != 0 {
			t.Errorf("%v %% of %v is %s exactly, want %s", p, a, got, want)
		}
		exponent, _ := iso.Exponent(a.Currency())
		_, fraction, _ := strings.Cut(got, ".")
		more := len(fraction) > exponent
		if len(fraction) < exponent || more == whole || more && strings.HasSuffix(fraction, "0") {
			t.Errorf("%v %% of %v is %s, whole %v", p, a, got, whole)
		}
		if rounded := iso.Format(p.Of(a, money.NewInt(1))); whole && rounded != got {
			t.Errorf("%v %% of %v is %s, rounded %s", p, a, got, rounded)
		}
	})
}

func TestPercentAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sum money.Percent
		want := new(big.Rat)
		for _, p := range rapid.SliceOfN(anyPercent(), 0, 20).Draw(t, "percents") {
			if back, err := money.ParsePercent(p.String()); err != nil || !back.Equal(p) {
				t.Errorf("ParsePercent(%v) = %v, %v", p, back, err)
			}
			r, _ := new(big.Rat).SetString(p.String())
			want.Add(want, r)
			sum = sum.Add(p)
		}
		got, _ := new(big.Rat).SetString(sum.String())
		if got.Cmp(want) != 0 {
			t.Errorf("the percents sum to %v, want %v", sum, want.FloatString(12))
		}
		if got := sum.Cmp(money.Hundred()); got != want.Cmp(big.NewRat(100, 1)) {
			t.Errorf("Cmp(%v, 100) = %d", sum, got)
		}
		if s := want.FloatString(sum.Decimals()); s != sum.String() || sum.Decimals() > 0 && strings.HasSuffix(s, "0") {
			t.Errorf("%s is written %v with %d decimals", s, sum, sum.Decimals())
		}
	})
}

// The parts sum to the whole; each is its exact share rounded down or up; those rounded up have the
// largest remainders, and of equal ones the earlier; a weight of nothing gets nothing.
func TestAllocateSharesAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := money.FromInt(anyTotal(t), "IDR")
		weights := anyWeights(t)
		parts, err := money.Allocate(total, weights)
		if err != nil {
			t.Fatal(err)
		}
		if sum := money.Sum("IDR", parts...); !sum.Equal(total) || len(parts) != len(weights) {
			t.Fatalf("%d parts that sum to %v, want %d and %v", len(parts), sum, len(weights), total)
		}
		checkRemainders(t, total, weights, parts)

		mirrored, err := money.Allocate(total.Neg(), weights)
		if err != nil {
			t.Fatal(err)
		}
		for k := range parts {
			if !mirrored[k].Equal(parts[k].Neg()) {
				t.Errorf("part %d is %v, but %v of the negative", k, parts[k], mirrored[k])
			}
		}
	})
}

// anyTotal draws 1 to 10^83.
func anyTotal(t *rapid.T) money.Int {
	i, err := money.ParseInt(digits(t, 83))
	if err != nil {
		t.Fatal(err)
	}
	return i.Add(money.NewInt(1))
}

// anyWeights draws 1 to 200 weights, one of them above zero: many ties and zeros, or amounts.
func anyWeights(t *rapid.T) []money.Int {
	n := int(rapid.Uint64().Draw(t, "count")%200) + 1
	largest := rapid.SampledFrom([]int64{1, 3, 10_000, 1 << 62}).Draw(t, "largest")
	drawn := rapid.SliceOfN(rapid.Int64Range(0, largest), n, n).Draw(t, "weights")
	drawn[rapid.IntRange(0, n-1).Draw(t, "positive")] = largest
	weights := make([]money.Int, n)
	for k, w := range drawn {
		weights[k] = money.NewInt(w)
	}
	return weights
}

func checkRemainders(t *rapid.T, total money.Amount, weights []money.Int, parts []money.Amount) {
	all := new(big.Int)
	for _, w := range weights {
		all.Add(all, judge(w))
	}
	type share struct {
		index     int
		remainder *big.Int
		up        bool
	}
	shares := make([]share, len(weights))
	for k, w := range weights {
		down, remainder := new(big.Int).QuoRem(new(big.Int).Mul(judge(total.Int()), judge(w)), all, new(big.Int))
		extra := new(big.Int).Sub(judge(parts[k].Int()), down)
		if extra.Sign() < 0 || extra.Cmp(big.NewInt(1)) > 0 || (w.IsZero() && extra.Sign() != 0) {
			t.Fatalf("part %d by weight %v is %v, its exact share is %v and a remainder", k, w, parts[k], down)
		}
		shares[k] = share{k, remainder, extra.Sign() > 0}
	}
	slices.SortFunc(shares, func(a, b share) int {
		if c := b.remainder.Cmp(a.remainder); c != 0 {
			return c
		}
		return a.index - b.index
	})
	for k := 1; k < len(shares); k++ {
		if shares[k].up && !shares[k-1].up {
			t.Fatalf("part %d was rounded up before part %d", shares[k].index, shares[k-1].index)
		}
	}
}

func TestSumDoesNotDependOnTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Map(anyInt(), func(i money.Int) money.Amount {
			return money.FromInt(i, "USD")
		}), 0, 20).Draw(t, "parts")
		want := money.Sum("USD", parts...)
		shuffled := rapid.Permutation(append(parts, money.Amount{})).Draw(t, "shuffled")
		if got := money.Sum("USD", shuffled...); !got.Equal(want) || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("Sum = %v in one order, %v in another", want, got)
		}
	})
}
