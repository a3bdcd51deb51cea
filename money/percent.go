package money

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// MaxPercentDecimals is how many decimals [ParsePercent] takes.
const MaxPercentDecimals = 12

// A Percent is an exact number of hundredths: 5.31 is 531 of 10,000. The zero value is 0 %.
//
// One number has one form: as few decimals as it needs, and no exponent above 0.
type Percent struct {
	_     [0]func() // no ==: a number beyond 128 bits would be compared by its address
	value apd.Decimal
}

// Hundred returns 100 %, the whole, which the percents of one amount together must not exceed.
func Hundred() (p Percent) {
	p.value.SetInt64(100)
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
	kept := strings.TrimRight(digits[len(digits)-decimals:], "0") // of the decimals
	digits = strings.TrimLeft(digits[:len(digits)-decimals]+kept, "0")
	if len(digits) > len(kept)+3 {
		return Percent{}, &ParseError{"percent", s, "0 to 100", "more than 100"}
	}
	number, _ := strconv.ParseInt("0"+digits, 10, 64) // cannot fail: at most 15 digits
	if number > 100*powers[len(kept)] {
		return Percent{}, &ParseError{"percent", s, "0 to 100", "more than 100"}
	}
	var p Percent
	p.value.SetFinite(number, int32(-len(kept)))
	return p, nil
}

// Decimals returns how many decimals p has; zeros at the end do not count.
func (p Percent) Decimals() int { return int(-p.value.Exponent) }

// String returns p as [ParsePercent] reads it: "5.31".
func (p Percent) String() string { return p.value.Text('f') }

// IsZero reports whether p is 0 %.
func (p Percent) IsZero() bool { return p.value.Coeff.Sign() == 0 }

// Cmp returns -1, 0 or 1: whether p is less than, equal to or more than q.
func (p Percent) Cmp(q Percent) int { return p.value.Cmp(&q.value) }

// Equal reports whether p and q are the same number: 5.3 is 5.30.
func (p Percent) Equal(q Percent) bool { return p.Cmp(q) == 0 }

// Add returns p + q, which may be more than 100 %.
func (p Percent) Add(q Percent) (sum Percent) {
	must(exact.Add(&sum.value, &p.value, &q.value))
	trim(&sum.value, 0)
	return sum
}

// trim leaves out the zeros at the end of d's decimals, and keeps at least so many decimals.
func trim(d *apd.Decimal, decimals int) {
	d.Reduce(d)
	if least := int32(-decimals); d.Exponent > least {
		must(exact.Quantize(d, d, least))
	}
}

// Of returns p of a, rounded half up to a whole multiple of unit minor units: 5.31 % of 5000 is 266
// by unit 1; 12.5 % of 250000 is 31300 by unit 100. A negative a gives the same with a minus: half is
// rounded away from zero. It panics where unit is not positive, and beyond numbers that can be stored.
func (p Percent) Of(a Amount, unit Int) Amount {
	if unit.Sign() <= 0 {
		panic(fmt.Sprintf("money: percent rounded to a unit of %v", unit))
	}
	if minor, ok := p.ofSmall(a.minor, unit); ok {
		return Amount{minor, a.currency}
	}
	var x, y apd.Decimal
	must(exact.Mul(&x, a.minor.setDecimal(&x, 2), &p.value))
	return Amount{quotient(&x, unit.setDecimal(&y, 0), HalfUp).Mul(unit), a.currency}
}

// Floor returns p of a, rounded down to whole minor units: 10 % of 199 is 19.
func (p Percent) Floor(a Amount) Amount {
	part := p.Of(a, NewInt(1))
	// Half up it is the whole number below, or the one above: then it times 100 is more than p times a.
	var x, y apd.Decimal
	must(exact.Mul(&x, a.minor.setDecimal(&x, 2), &p.value))
	if part.minor.setDecimal(&y, 0).Cmp(&x) > 0 {
		part.minor = part.minor.Sub(NewInt(1))
	}
	return part
}

// ofSmall is Of in 64 bits, and reports whether they suffice, as they do in practice. It is some twenty times as fast.
func (p Percent) ofSmall(minor, unit Int) (part Int, ok bool) {
	if !minor.isSmall() || !unit.isSmall() || !p.value.Coeff.IsUint64() {
		return Int{}, false
	}
	high, product := bits.Mul64(magnitude(minor.small), p.value.Coeff.Uint64())
	over, whole := bits.Mul64(uint64(powers[2+p.Decimals()]), uint64(unit.small))
	if high|over != 0 {
		return Int{}, false
	}
	units, rest := product/whole, product%whole
	if rest >= whole-rest {
		units++
	}
	// This fits: whole is at least 100 times the unit, and so v at most 2^64/100 and a unit, itself at most 2^64/100.
	v := int64(units) * unit.small
	if minor.small < 0 {
		v = -v
	}
	return Int{small: v}, true
}

// Exactly returns p of a in major units without rounding, as [Table.Format] writes it but with all its decimals. whole
// reports that it has no more of them than the currency.
func (p Percent) Exactly(a Amount, t Table) (major string, whole bool) {
	exponent, _ := t.Exponent(a.currency)
	var x apd.Decimal
	must(exact.Mul(&x, a.minor.setDecimal(&x, exponent+2), &p.value))
	trim(&x, exponent)
	return x.Text('f'), int(-x.Exponent) == exponent
}
