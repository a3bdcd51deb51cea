package money

import "github.com/cockroachdb/apd/v3"

// MaxRateDigits is how many digits [ParseRate] takes. With no more of them, whatever an amount of [MaxDigits] digits
// comes to in another currency can be stored.
const MaxRateDigits = 24

// A Rate is what one major unit of a currency is in another: an exact decimal above zero, or 1 divided by one, which is
// seldom a decimal itself. The zero Rate is none, and converts nothing.
type Rate struct {
	_       [0]func() // no ==, as for Percent
	value   apd.Decimal
	inverse bool // 1 / value
}

// ParseRate reads a rate, "1.16": up to [MaxRateDigits] decimal digits and at most one '.' between them, no sign, no
// exponent, and not all zeros. The error is a [*ParseError].
func ParseRate(s string) (Rate, error) {
	digits, _, err := parseDecimal("rate", s, 0)
	if err != nil {
		return Rate{}, err
	}
	if len(digits) > MaxRateDigits {
		return Rate{}, &ParseError{"rate", s, "at most " + plural(MaxRateDigits, "digit"), plural(len(digits), "digit")}
	}
	var r Rate
	if _, _, err := exact.SetString(&r.value, s); err != nil {
		panic(err) // cannot fail: digits and a point
	}
	if r.value.IsZero() {
		return Rate{}, &ParseError{"rate", s, "a number above 0", "0"}
	}
	return r, nil
}

// Inverse returns 1 / r, the rate from the other currency to the first.
func (r Rate) Inverse() Rate {
	r.inverse = !r.inverse
	return r
}

// String returns r with the decimals that it was read with: "1.160", or "1/1.160".
func (r Rate) String() string {
	text := r.value.Text('f')
	if r.inverse {
		return "1/" + text
	}
	return text
}

// Convert returns what a is in another currency, rounded once to whole minor units. The decimals of both currencies are
// those of t. The error wraps [ErrUnknownCurrency]. It panics where r is none.
func (r Rate) Convert(a Amount, to Currency, t Table, rounding Rounding) (Amount, error) {
	if r.value.IsZero() {
		panic("money: converted by no rate")
	}
	from, err := t.exponent(a.currency)
	if err != nil {
		return Amount{}, err
	}
	decimals, err := t.exponent(to)
	if err != nil {
		return Amount{}, err
	}
	var x, one apd.Decimal
	a.minor.setDecimal(&x, from-decimals) // in minor units of to, if the rate were 1
	if r.inverse {
		return Amount{quotient(&x, &r.value, rounding), to}, nil
	}
	must(exact.Mul(&x, &x, &r.value))
	return Amount{quotient(&x, one.SetInt64(1), rounding), to}, nil
}
