package adyen

import (
	"fmt"

	"github.com/splitledger/splitledger/money"
)

// decimals returns how many decimals Adyen counts a currency with (docs.adyen.com
// development-resources/currency-codes; Adyen/adyen-java-api-library, Util.java). Rupiah and escudos have fewer
// than in ISO 4217, pesos of Chile and kronur of Iceland more.
func decimals(c money.Currency) int {
	switch c {
	case "CVE", "DJF", "GNF", "IDR", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	}
	return 2
}

// fromMinor reads whole minor units of Adyen's and returns those of ISO 4217. An error comes back where the currency is
// in no table, where digits are no whole number, and where a unit of Adyen's is less than one of ISO 4217, such as a
// hundredth of a Chilean peso.
func fromMinor(digits string, c money.Currency, t money.Table) (money.Amount, error) {
	exponent, ok := t.Exponent(c)
	if !ok {
		return money.Amount{}, fmt.Errorf("expected a currency of ISO 4217, found %q", string(c))
	}
	a, err := money.ParseMinor(digits, c)
	if err != nil || a.IsZero() || exponent == decimals(c) {
		return a, err
	}
	minor, whole := a.Int().Shift(exponent - decimals(c))
	if !whole {
		return money.Amount{},
			fmt.Errorf("expected whole minor units of ISO 4217, found %s of Adyen's, which have %d decimals of %s",
				digits, decimals(c), c)
	}
	return money.ParseMinor(minor.String(), c) // which may have too many digits now
}

// toMinor returns an amount in minor units of Adyen's, for a request. What Adyen cannot count is refused rather than
// rounded: an asset of the platform's own, decimals that Adyen has not, and more than 64 bits, which is what JSON
// numbers of the API have.
func toMinor(a money.Amount, t money.Table) (int64, error) {
	c := a.Currency()
	exponent, ok := t.Exponent(c)
	if !ok || len(c) != 3 {
		return 0, fmt.Errorf("expected a currency that Adyen has, found %q", string(c))
	}
	minor, whole := a.Int().Shift(decimals(c) - exponent)
	if !whole {
		return 0, fmt.Errorf("expected at most %d decimals of %s, as Adyen counts it, found %s",
			decimals(c), c, t.Format(a))
	}
	value, ok := minor.Int64()
	if !ok {
		return 0, fmt.Errorf("expected an amount that fits 64 bits, found %s", a)
	}
	return value, nil
}
