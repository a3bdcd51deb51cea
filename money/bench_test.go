package money_test

import (
	"testing"

	"github.com/splitledger/splitledger/money"
)

// Where benchmarks and allocation tests leave their results, so that the work is done.
var (
	sinkInt     money.Int
	sinkAmount  money.Amount
	sinkPercent money.Percent
	sinkBytes   []byte
)

// What every posting does must not allocate, for amounts as they are in practice and, with room to
// spare, up to 2^61.
func TestCommonCaseDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, money.MaxBinary)
	fivePercent, unit := percent(t, "5.31"), money.NewInt(1)
	for _, v := range []int64{0, 40000, -40000, 1 << 40, -(1<<61 - 1)} {
		i, a := money.NewInt(v), money.New(v, "USD")
		encoded := i.AppendBinary(nil)
		for _, op := range []struct {
			name string
			do   func()
		}{
			{"Int.Add", func() { sinkInt = i.Add(i) }},
			{"Int.Sub", func() { sinkInt = i.Sub(unit) }},
			{"Int.Neg", func() { sinkInt = i.Neg() }},
			{"Int.Digits", func() { _ = i.Digits() }},
			{"Int.AppendDecimal", func() { sinkBytes = i.AppendDecimal(buf) }},
			{"Int.AppendBinary", func() { sinkBytes = i.AppendBinary(buf) }},
			{"DecodeInt", func() { sinkInt, _, _ = money.DecodeInt(encoded) }},
			{"Amount.Add", func() { sinkAmount, _ = a.Add(a) }},
			{"Amount.Cmp", func() { _, _ = a.Cmp(a) }},
			{"Sum", func() { sinkAmount = money.Sum("USD", a, a, a) }},
		} {
			if n := testing.AllocsPerRun(100, op.do); n != 0 {
				t.Errorf("%s with %d: %v allocations", op.name, v, n)
			}
		}
	}
	for _, v := range []int64{0, 5000, -5000, 1 << 50} {
		a := money.New(v, "USD")
		if n := testing.AllocsPerRun(100, func() { sinkAmount = fivePercent.Of(a, unit) }); n != 0 {
			t.Errorf("Percent.Of %v: %v allocations", a, n)
		}
	}
	if n := testing.AllocsPerRun(100, func() { sinkAmount, _ = money.ParseMinor("40000", "USD") }); n != 0 {
		t.Errorf("ParseMinor: %v allocations", n)
	}
}

func BenchmarkIntAdd(b *testing.B) {
	i, j := money.NewInt(40000), money.NewInt(-120)
	b.ReportAllocs()
	for b.Loop() {
		sinkInt = i.Add(j)
	}
}

func BenchmarkIntMul(b *testing.B) {
	i, j := money.NewInt(40000), money.NewInt(-120)
	b.ReportAllocs()
	for b.Loop() {
		sinkInt = i.Mul(j)
	}
}

// Numbers of 20 digits, which an int64 does not hold.
func BenchmarkIntAddLarge(b *testing.B) {
	i, j := number(b, twoTo64), number(b, maxUint64)
	b.ReportAllocs()
	for b.Loop() {
		sinkInt = i.Add(j)
	}
}

func BenchmarkIntMulLarge(b *testing.B) {
	i, j := number(b, twoTo64), number(b, "120")
	b.ReportAllocs()
	for b.Loop() {
		sinkInt = i.Mul(j)
	}
}

func BenchmarkIntAppendBinary(b *testing.B) {
	i, buf := money.NewInt(40000), make([]byte, 0, money.MaxBinary)
	b.ReportAllocs()
	for b.Loop() {
		sinkBytes = i.AppendBinary(buf)
	}
}

func BenchmarkDecodeInt(b *testing.B) {
	encoded := money.NewInt(40000).AppendBinary(nil)
	b.ReportAllocs()
	for b.Loop() {
		sinkInt, _, _ = money.DecodeInt(encoded)
	}
}

func BenchmarkAmountAdd(b *testing.B) {
	x, y := money.New(40000, "USD"), money.New(-120, "USD")
	b.ReportAllocs()
	for b.Loop() {
		sinkAmount, _ = x.Add(y)
	}
}

func BenchmarkPercentOf(b *testing.B) {
	p, a, unit := percent(b, "5.31"), money.New(5000, "USD"), money.NewInt(1)
	b.ReportAllocs()
	for b.Loop() {
		sinkAmount = p.Of(a, unit)
	}
}

// A percent of 9 units of a currency with 18 decimals, whose product an int64 does not hold.
func BenchmarkPercentOfLarge(b *testing.B) {
	p, a, unit := percent(b, "5.31"), money.New(9e18, "WEI"), money.NewInt(1)
	b.ReportAllocs()
	for b.Loop() {
		sinkAmount = p.Of(a, unit)
	}
}

func BenchmarkParsePercent(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		sinkPercent, _ = money.ParsePercent("5.31")
	}
}

func BenchmarkPercentAdd(b *testing.B) {
	p, q := percent(b, "5.31"), percent(b, "12.5")
	b.ReportAllocs()
	for b.Loop() {
		sinkPercent = p.Add(q)
	}
}

func BenchmarkPercentString(b *testing.B) {
	p := percent(b, "5.31")
	b.ReportAllocs()
	for b.Loop() {
		_ = p.String()
	}
}

func BenchmarkParseMinor(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		sinkAmount, _ = money.ParseMinor("40000", "USD")
	}
}

func BenchmarkAllocate(b *testing.B) {
	total, weights := money.New(3333, "USD"), numbers(b, "7000 2000 1000")
	b.ReportAllocs()
	for b.Loop() {
		parts, _ := money.Allocate(total, weights)
		sinkAmount = parts[0]
	}
}
