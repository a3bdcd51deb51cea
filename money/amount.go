package money

import "strings"

// MaxDigits is how many digits an amount that is read from text may have.
const MaxDigits = 36

// An Amount is a whole number of minor units of one currency. It may be negative.
//
// The zero Amount is nothing, in no currency: it starts any sum.
type Amount struct {
	minor    Int
	currency Currency
}

// New returns an amount of minor units: New(40000, "USD") is 400.00 dollars.
func New(minor int64, c Currency) Amount {
	return Amount{NewInt(minor), c}
}

// FromInt returns an amount of minor units.
func FromInt(minor Int, c Currency) Amount {
	return Amount{minor, c}
}

// ParseMinor reads whole minor units: an optional '-', then 1 to [MaxDigits] decimal digits and
// nothing else. It does not look at c. The error is a [*ParseError].
func ParseMinor(digits string, c Currency) (Amount, error) {
	i, err := parseInt("amount", digits, MaxDigits)
	if err != nil {
		return Amount{}, err
	}
	return Amount{i, c}, nil
}

// Int returns the minor units.
func (a Amount) Int() Int { return a.minor }

// Currency returns the currency, "" for the zero Amount.
func (a Amount) Currency() Currency { return a.currency }

// Minor returns the minor units in decimal digits, with a '-' where negative: what [ParseMinor] reads.
func (a Amount) Minor() string { return a.minor.String() }

// String returns the minor units and the currency: "40000 USD". [Table.Format] is for people.
func (a Amount) String() string {
	if a.currency == "" {
		return a.minor.String()
	}
	return a.minor.String() + " " + string(a.currency)
}

// Sign returns -1, 0 or 1.
func (a Amount) Sign() int { return a.minor.Sign() }

// IsZero reports whether a is nothing, in whatever currency.
func (a Amount) IsZero() bool { return a.minor.IsZero() }

// Neg returns -a.
func (a Amount) Neg() Amount { return Amount{a.minor.Neg(), a.currency} }

// Abs returns a without its sign.
func (a Amount) Abs() Amount { return Amount{a.minor.Abs(), a.currency} }

// Add returns a + b. The error is a [*MismatchError].
func (a Amount) Add(b Amount) (r Amount, err error) {
	if r.currency, err = common(&a, &b); err == nil {
		r.minor = a.minor.Add(b.minor)
	}
	return r, err
}

// Sub returns a - b. The error is a [*MismatchError].
func (a Amount) Sub(b Amount) (r Amount, err error) {
	if r.currency, err = common(&a, &b); err == nil {
		r.minor = a.minor.Sub(b.minor)
	}
	return r, err
}

// Cmp returns -1, 0 or 1: whether a is less than, equal to or more than b. The error is a
// [*MismatchError].
func (a Amount) Cmp(b Amount) (int, error) {
	if _, err := common(&a, &b); err != nil {
		return 0, err
	}
	return a.minor.Cmp(b.minor), nil
}

// Equal reports whether a and b are the same amount of the same currency. No dollars and no euros
// are not the same.
func (a Amount) Equal(b Amount) bool {
	return a.currency == b.currency && a.minor.Equal(b.minor)
}

// common returns the currency in which a and b can be reckoned together. Nothing in no currency goes
// with every currency.
func common(a, b *Amount) (Currency, error) {
	switch {
	case a.currency == b.currency, b.currency == "" && b.IsZero():
		return a.currency, nil
	case a.currency == "" && a.IsZero():
		return b.currency, nil
	}
	return "", &MismatchError{*a, *b}
}

// Sum returns the sum of parts, all of them in c or the zero Amount. It panics with a [*MismatchError]
// on a part in another currency.
func Sum(c Currency, parts ...Amount) Amount {
	sum := Amount{currency: c}
	for _, p := range parts {
		s, err := sum.Add(p)
		if err != nil {
			panic(err)
		}
		sum = s
	}
	return sum
}

// ParseMajor reads an amount as people write it, "123.45": an optional '-', digits, and as many
// decimals as c has, or fewer. Nothing is rounded, and trailing zeros do not excuse a decimal too many:
// "1.000" of a currency with two decimals is more often a thousand written abroad. At most
// [MaxDigits] digits of minor units. The error is a [*ParseError], or wraps [ErrUnknownCurrency].
func (t Table) ParseMajor(s string, c Currency) (Amount, error) {
	exponent, err := t.exponent(c)
	if err != nil {
		return Amount{}, err
	}
	start := len(s) - len(strings.TrimPrefix(s, "-"))
	digits, decimals, err := parseDecimal("amount", s, start)
	if err != nil {
		return Amount{}, err
	}
	if decimals > exponent {
		return Amount{}, &ParseError{"amount", s,
			"at most " + plural(exponent, "decimal") + " for " + string(c), plural(decimals, "decimal")}
	}
	digits += strings.Repeat("0", exponent-decimals)
	if len(digits) > MaxDigits {
		return Amount{}, &ParseError{"amount", s,
			"at most " + plural(MaxDigits, "digit") + " of minor units", plural(len(digits), "digit")}
	}
	return ParseMinor(s[:start]+digits, c)
}

// Format writes a with the decimals of its currency, "123.45", without the currency's code: what
// [Table.ParseMajor] reads, unless t is [Table.Grouped]. The minor units of a currency that t does not have are
// written whole.
func (t Table) Format(a Amount) string {
	exponent, _ := t.Exponent(a.currency)
	sign := ""
	if a.Sign() < 0 {
		sign = "-"
	}
	whole, fraction, point := strings.Cut(withPoint(a.minor.Abs().String(), exponent), ".")
	if t.grouped {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
	}
	if point {
		whole += "." + fraction
	}
	return sign + whole
}

// withPoint puts a '.' before the last so many of the digits.
func withPoint(digits string, decimals int) string {
	if decimals == 0 {
		return digits
	}
	if missing := decimals + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - decimals
	return digits[:point] + "." + digits[point:]
}

// parseDecimal reads digits, with at most one '.' between them, from s[start:]. It returns them without
// the point, and how many of them stood behind it.
func parseDecimal(what, s string, start int) (digits string, decimals int, err error) {
	whole, fraction, point := strings.Cut(s[start:], ".")
	if at := notDigit(whole); at >= 0 {
		return "", 0, &ParseError{what, s, "decimal digits and a '.'", foundAt(s, start+at)}
	}
	if at := notDigit(fraction); at >= 0 {
		return "", 0, &ParseError{what, s, "decimal digits and one '.'", foundAt(s, start+len(whole)+1+at)}
	}
	switch {
	case whole == "" && !point:
		return "", 0, &ParseError{what, s, "decimal digits", "none"}
	case whole == "":
		return "", 0, &ParseError{what, s, "decimal digits before the '.'", "none"}
	case fraction == "" && point:
		return "", 0, &ParseError{what, s, "decimal digits after the '.'", "none"}
	}
	return whole + fraction, len(fraction), nil
}
