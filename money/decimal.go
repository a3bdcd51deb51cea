package money

import "github.com/cockroachdb/apd/v3"

// exact is the arithmetic of percents and rates. It never rounds: a result that has no room in it is an error.
//
// Its precision has room for the product of a stored number, of 84 digits at most, with a rate, a unit and the decimals
// of two currencies. Every condition of apd is trapped, those too that its own default lets pass: what is rounded,
// inexact or clamped would be money made or lost. Text reaches apd only after this package has seen that it is digits
// and a point, so that no NaN, no infinity and no exponent comes in.
var exact = apd.Context{
	Precision:   400,
	MaxExponent: 400,
	MinExponent: -400,
	Traps: apd.SystemOverflow | apd.SystemUnderflow | apd.Overflow | apd.Underflow | apd.Subnormal | apd.Clamped |
		apd.Inexact | apd.Rounded |
		apd.InvalidOperation | apd.DivisionUndefined | apd.DivisionByZero | apd.DivisionImpossible,
}

// must ends what exact could not do exactly. Numbers that are stored or read from text are too short for it.
func must(_ apd.Condition, err error) {
	if err != nil {
		panic("money: a decimal beyond what can be counted exactly: " + err.Error())
	}
}

// A Rounding says which whole number stands for one that is not whole.
type Rounding uint8

// The roundings.
const (
	HalfUp   Rounding = iota // the nearest; a half goes away from zero
	HalfEven                 // the nearest; a half goes to the even one
	Floor                    // the next below
	Ceiling                  // the next above
)

// rounders are the roundings in apd. An unknown one has no place here, while apd would take it for the first.
var rounders = [...]apd.Rounder{
	HalfUp: apd.RoundHalfUp, HalfEven: apd.RoundHalfEven, Floor: apd.RoundFloor, Ceiling: apd.RoundCeiling,
}

// setDecimal sets d to i with so many decimals: 531 with 2 is 5.31.
func (i Int) setDecimal(d *apd.Decimal, decimals int) *apd.Decimal {
	var tmp apd.BigInt
	d.Coeff.Abs(i.wide(&tmp))
	d.Form, d.Negative, d.Exponent = apd.Finite, i.Sign() < 0, int32(-decimals)
	return d
}

// quotient returns x / y as a whole number, rounded once. It rounds an exact quotient by its exact remainder: apd's Quo
// would round to its precision first, and its Quantize takes 0.01 for 0 by every rounding.
func quotient(x, y *apd.Decimal, r Rounding) Int {
	var q, rest apd.Decimal
	must(exact.QuoInteger(&q, x, y))
	must(exact.Rem(&rest, x, y))
	if !rest.IsZero() {
		var divisor apd.Decimal
		must(exact.Add(&rest, rest.Abs(&rest), &rest))
		if rounders[r].ShouldAddOne(&q.Coeff, q.Negative, rest.Cmp(divisor.Abs(y))) {
			q.Coeff.Add(&q.Coeff, apd.NewBigInt(1))
		}
	}
	if q.Negative {
		q.Coeff.Neg(&q.Coeff)
	}
	return newInt(&q.Coeff)
}
