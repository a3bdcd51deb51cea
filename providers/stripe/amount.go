package stripe

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers/bounds"
)

// apiDecimals are the decimals of amounts in Stripe's API where they are not two (docs.stripe.com/currencies; those
// of three are of programs that cite it). Kronur of Iceland and shillings of Uganda have two there, which are always
// zero; ariary of Madagascar have none, though ISO 4217 gives them two.
var apiDecimals = map[money.Currency]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "JPY": 0, "KMF": 0, "KRW": 0, "MGA": 0,
	"PYG": 0, "RWF": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3,
}

// decimals returns how many decimals Stripe counts a currency with.
func decimals(c money.Currency) int {
	if n, ok := apiDecimals[c]; ok {
		return n
	}
	return 2
}

// steps are the smallest amounts that may be charged where that is not one of Stripe's minor units: the last digit of
// three is 0, and ISK and UGX have no fractions.
var steps = map[money.Currency]int64{"BHD": 10, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10, "ISK": 100, "UGX": 100}

// currencyOf reads a currency, which Stripe writes in lower case.
func currencyOf(s string, t money.Table) (money.Currency, error) {
	c := money.Currency(strings.ToUpper(s))
	if _, ok := t.Exponent(c); !ok || len(c) != 3 {
		return "", fmt.Errorf("expected a currency of ISO 4217, found %q", clip(s))
	}
	return c, nil
}

// fromMinor returns an amount in Stripe's minor units in those of ISO 4217. What is not whole then is refused.
func fromMinor(n int64, c money.Currency, t money.Table) (money.Amount, error) {
	exponent, ok := t.Exponent(c)
	if !ok {
		return money.Amount{}, fmt.Errorf("expected a currency of ISO 4217, found %q", clip(string(c)))
	}
	minor, whole := money.NewInt(n).Shift(exponent - decimals(c))
	if !whole {
		return money.Amount{}, fmt.Errorf("expected whole units of %s, found %d of Stripe's, which have %d decimals",
			c, n, decimals(c))
	}
	return money.FromInt(minor, c), nil
}

// toMinor returns an amount in Stripe's minor units, as its API takes it.
func toMinor(a money.Amount, t money.Table) (int64, error) {
	c := a.Currency()
	exponent, ok := t.Exponent(c)
	if !ok || len(c) != 3 {
		return 0, fmt.Errorf("expected a currency that Stripe has, found %q", string(c))
	}
	minor, whole := a.Int().Shift(decimals(c) - exponent)
	if !whole {
		return 0, fmt.Errorf("expected at most %d decimals of %s, as Stripe counts it, found %s",
			decimals(c), c, t.Format(a))
	}
	n, fits := minor.Int64()
	switch step := steps[c]; {
	case !fits:
		return 0, fmt.Errorf("expected an amount that fits 64 bits, found %s", a)
	case step > 0 && n%step != 0:
		return 0, fmt.Errorf("expected a multiple of %s of Stripe's minor units of %s, found %d",
			strconv.FormatInt(step, 10), c, n)
	}
	return n, nil
}

// clip returns as much of a text as an error message should have.
func clip(s string) string {
	const most = 60
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// clipText returns as much of a text as people need to read.
func clipText(s string) string {
	if len(s) > bounds.Text {
		return strings.ToValidUTF8(s[:bounds.Text], "") + "…"
	}
	return s
}
