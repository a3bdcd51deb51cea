package antom

import (
	"strings"

	"github.com/splitledger/splitledger/money"
)

// quote reads the quote of a line, if it has one, as the rate between two currencies. With the pair A/B, an amount of A
// times the price is B, and an amount of B divided by it is A, rounded half to even. Source: antom-ai-tools,
// core/validators.py.
func (d *details) quote(from, to money.Currency) (rate money.Rate, ok bool, err error) {
	pair := d.s.Text(d.pair)
	text, err := d.s.Number(d.price)
	if err != nil || pair == "" && text == "" {
		return rate, false, err
	}
	if rate, err = money.ParseRate(text); err != nil {
		return rate, false, d.s.Errorf(d.price, "expected a price above zero of at most %d digits, found %q",
			money.MaxRateDigits, d.s.Text(d.price))
	}
	switch left, right, _ := strings.Cut(pair, "/"); {
	case money.Currency(left) == from && money.Currency(right) == to:
		return rate, true, nil
	case money.Currency(left) == to && money.Currency(right) == from:
		return rate.Inverse(), true, nil
	}
	return rate, false, d.s.Errorf(d.pair, "expected the currencies %s/%s or %s/%s, found %q", from, to, to, from, pair)
}

// slack is how many minor units a converted line may be off: 0.02, or one where a currency has no such decimals
// (inferred).
func slack(decimals int) money.Int {
	if decimals < 2 {
		return money.NewInt(1)
	}
	return money.NewInt(2)
}
