package antom

import (
	"math/big"
	"strings"

	"github.com/splitledger/splitledger/money"
)

// A quote is a price of one currency in another. With the pair A/B, an amount of A times the price is B, and an amount of B
// divided by it is A, rounded half to even. Source: antom-ai-tools, core/validators.py.
type quote struct {
	text   string
	digits *big.Int // of the price, above 0
	places int      // decimals among them
	divide bool
}

// maxPrice is how many digits a price may have: so many that every amount can be converted.
const maxPrice = 24

// quote reads the quote of a line, if it has one.
func (d *details) quote(from, to money.Currency) (q quote, ok bool, err error) {
	pair := d.s.Text(d.pair)
	text, err := d.s.Number(d.price)
	if err != nil || pair == "" && text == "" {
		return q, false, err
	}
	if q, ok = priced(text); !ok {
		return q, false, d.s.Errorf(d.price, "expected a price above zero of at most %d digits, found %q", maxPrice, d.s.Text(d.price))
	}
	switch left, right, _ := strings.Cut(pair, "/"); {
	case money.Currency(left) == from && money.Currency(right) == to:
	case money.Currency(left) == to && money.Currency(right) == from:
		q.divide = true
	default:
		return q, false, d.s.Errorf(d.pair, "expected the currencies %s/%s or %s/%s, found %q", from, to, to, from, pair)
	}
	return q, true, nil
}

// priced reads a price above zero.
func priced(text string) (q quote, ok bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	digits := whole + fraction
	if digits == "" || len(digits) > maxPrice || strings.Trim(digits, "0123456789") != "" {
		return q, false
	}
	q.text, q.places = text, len(fraction)
	q.digits, _ = new(big.Int).SetString(digits, 10)
	return q, q.digits.Sign() > 0
}

// rate is what one of the amount's currency is in the settlement's: the price, or one divided by it, which few decimals can say.
func (q *quote) rate() string {
	if q.divide {
		return "1/" + q.text
	}
	return q.text
}

// convert returns an amount in another currency. Decimals are of the currencies.
func (q *quote) convert(a money.Amount, decimals int, to money.Currency, toDecimals int) money.Amount {
	above, below := a.Int().Big(), big.NewInt(1)
	if q.divide {
		above.Mul(above, power(toDecimals+q.places))
		below.Mul(power(decimals), q.digits)
	} else {
		above.Mul(above, q.digits).Mul(above, power(toDecimals))
		below = power(decimals + q.places)
	}
	i, err := money.ParseInt(halfEven(above, below).String())
	if err != nil {
		panic(err) // amounts and prices have limits
	}
	return money.FromInt(i, to)
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// halfEven returns a/b as a whole number, the nearest, and of two that are as near the even one. b is above 0.
func halfEven(a, b *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	switch c := new(big.Int).Abs(r.Lsh(r, 1)).Cmp(b); {
	case c > 0, c == 0 && q.Bit(0) == 1:
		q.Add(q, big.NewInt(int64(a.Sign())))
	}
	return q
}

// slack is how many minor units a converted line may be off: 0.02, or one where a currency has no such decimals (inferred).
func slack(decimals int) money.Int {
	if decimals < 2 {
		return money.NewInt(1)
	}
	return money.NewInt(2)
}
