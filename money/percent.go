package money

import (
	"fmt"
	"strings"
)

// MaxPercentDecimals is how many decimals [ParsePercent] takes.
const MaxPercentDecimals = 12

// A Percent is an exact number of hundredths: 5.31 is 531 of 10,000. The zero value is 0 %.
type Percent struct {
	digits   Int // without the point; the last of them is not 0, if it is a decimal
	decimals int // how many of them stand behind the point
}

// newPercent returns digits with so many decimals.
func newPercent(digits Int, decimals int) Percent {
	for ; decimals > 0; decimals-- {
		tenth, last := digits.quoRem(pow10(1))
		if !last.IsZero() {
			break
		}
		digits = tenth
	}
	return Percent{digits, decimals}
}

// Hundred returns 100 %, the whole, which the percents of one amount together must not exceed.
func Hundred() Percent { return Percent{digits: NewInt(100)} }

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
	number, _ := parseInt("percent", "0"+digits, MaxDigits) // cannot fail: at most 15 digits
	p := newPercent(number, decimals)
	if p.Cmp(Hundred()) > 0 {
		return Percent{}, &ParseError{"percent", s, "0 to 100", "more than 100"}
	}
	return p, nil
}

// Decimals returns how many decimals p has; zeros at the end do not count.
func (p Percent) Decimals() int { return p.decimals }

// String returns p as [ParsePercent] reads it: "5.31".
func (p Percent) String() string { return withPoint(p.digits.String(), p.decimals) }

// IsZero reports whether p is 0 %.
func (p Percent) IsZero() bool { return p.digits.IsZero() }

// Cmp returns -1, 0 or 1: whether p is less than, equal to or more than q.
func (p Percent) Cmp(q Percent) int {
	decimals := max(p.decimals, q.decimals)
	return p.scaled(decimals).Cmp(q.scaled(decimals))
}

// scaled returns the digits of p with so many decimals, as many as p has or more.
func (p Percent) scaled(decimals int) Int { return p.digits.Mul(pow10(decimals - p.decimals)) }

// Equal reports whether p and q are the same number: 5.3 is 5.30.
func (p Percent) Equal(q Percent) bool { return p.Cmp(q) == 0 }

// Add returns p + q, which may be more than 100 %.
func (p Percent) Add(q Percent) Percent {
	decimals := max(p.decimals, q.decimals)
	return newPercent(p.scaled(decimals).Add(q.scaled(decimals)), decimals)
}

// Of returns p of a, rounded half up to a whole multiple of unit minor units: 5.31 % of 5000 is 266
// by unit 1; 12.5 % of 250000 is 31300 by unit 100. A negative a gives the same with a minus: half is
// rounded away from zero. It panics where unit is not positive.
func (p Percent) Of(a Amount, unit Int) Amount {
	if unit.Sign() <= 0 {
		panic(fmt.Sprintf("money: percent rounded to a unit of %v", unit))
	}
	whole := pow10(p.decimals + 2).Mul(unit)
	units, rest := p.digits.Mul(a.minor).quoRem(whole)
	if rest.Abs().Mul(NewInt(2)).Cmp(whole) >= 0 {
		units = units.Add(NewInt(int64(a.Sign())))
	}
	return Amount{units.Mul(unit), a.currency}
}

// pow10 returns 10^k for k up to 18.
func pow10(k int) Int {
	power := int64(1)
	for range k {
		power *= 10
	}
	return NewInt(power)
}
