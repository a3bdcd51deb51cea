package money

import (
	"fmt"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// MaxPercentDecimals is how many decimals [ParsePercent] takes.
const MaxPercentDecimals = 12

// A Percent is an exact number of hundredths: 5.31 is 531 of 10,000. The zero value is 0 %.
type Percent struct {
	_ [0]func() // no ==, as for Int
	d apd.Decimal
}

// Hundred returns 100 %, the whole, which the percents of one amount together must not exceed.
func Hundred() (p Percent) {
	p.d.SetInt64(100)
	return p
}

// ParsePercent reads a percent from 0 to 100, "5.31": decimal digits, with at most
// [MaxPercentDecimals] decimals, no sign, no exponent, no '%'. The error is a [*ParseError].
func ParsePercent(s string) (Percent, error) {
	digits, decimals, err := parseDecimal("percent", s, 0)
	if err != nil {
		return Percent{}, err
	}
	if decimals > MaxPercentDecimals {
		return Percent{}, &ParseError{"percent", s,
			"at most " + plural(MaxPercentDecimals, "decimal"), plural(decimals, "decimal")}
	}
	digits = strings.TrimLeft(digits, "0")
	if len(digits) > decimals+3 {
		return Percent{}, &ParseError{"percent", s, "0 to 100", "more than 100"}
	}
	var d apd.Decimal
	d.Coeff.SetString("0"+digits, 10) // cannot fail: at most 15 digits
	d.Exponent = -int32(decimals)
	p := newPercent(&d)
	if p.Cmp(Hundred()) > 0 {
		return Percent{}, &ParseError{"percent", s, "0 to 100", "more than 100"}
	}
	return p, nil
}

// newPercent takes over d, without zeros behind the last decimal that counts. As with Int, what has
// been handed out is never changed.
func newPercent(d *apd.Decimal) (p Percent) {
	p.d.Reduce(d)
	if p.d.Exponent > 0 { // Reduce makes 1E+2 of 100
		p.d.Coeff.Mul(&p.d.Coeff, pow10(int(p.d.Exponent)))
		p.d.Exponent = 0
	}
	return p
}

// Decimals returns how many decimals p has; zeros at the end do not count.
func (p Percent) Decimals() int { return -int(p.d.Exponent) }

// String returns p as [ParsePercent] reads it: "5.31".
func (p Percent) String() string { return p.d.Text('f') }

// IsZero reports whether p is 0 %.
func (p Percent) IsZero() bool { return p.d.IsZero() }

// Cmp returns -1, 0 or 1: whether p is less than, equal to or more than q.
func (p Percent) Cmp(q Percent) int { return p.d.Cmp(&q.d) }

// Equal reports whether p and q are the same number: 5.3 is 5.30.
func (p Percent) Equal(q Percent) bool { return p.Cmp(q) == 0 }

// Add returns p + q, which may be more than 100 %.
func (p Percent) Add(q Percent) Percent {
	var d apd.Decimal
	if _, err := apd.BaseContext.Add(&d, &p.d, &q.d); err != nil {
		panic(fmt.Sprintf("money: %v + %v: %v", p, q, err)) // unlimited precision: cannot fail
	}
	return newPercent(&d)
}

// Of returns p of a, rounded half up to a whole multiple of unit minor units: 5.31 % of 5000 is 266
// by unit 1; 12.5 % of 250000 is 31300 by unit 100. A negative a gives the same with a minus: half is
// rounded away from zero. It panics where unit is not positive.
func (p Percent) Of(a Amount, unit Int) Amount {
	if unit.Sign() <= 0 {
		panic(fmt.Sprintf("money: percent rounded to a unit of %v", unit))
	}
	// coefficient·a of 10^(decimals+2)·unit, in whole units
	var units Int
	var n, den, rest, twice apd.BigInt
	n.Mul(&p.d.Coeff, &a.minor.v)
	den.Mul(pow10(p.Decimals()+2), &unit.v)
	units.v.QuoRem(&n, &den, &rest)
	twice.Add(&rest, &rest)
	if twice.CmpAbs(&den) >= 0 {
		units = units.Add(NewInt(int64(a.Sign())))
	}
	return Amount{units.Mul(unit), a.currency}
}

// powers are 1, 10, 100 … 10^18; they are only read.
var powers = func() (p [19]apd.BigInt) {
	for k, v := 0, int64(1); k < len(p); k, v = k+1, v*10 {
		p[k].SetInt64(v)
	}
	return p
}()

// pow10 returns 10^k for k up to 18; the caller must not change it.
func pow10(k int) *apd.BigInt { return &powers[k] }
