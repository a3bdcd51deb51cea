package adyen

import (
	"fmt"
	"strings"

	"github.com/splitledger/splitledger/money"
)

// decimals returns how many decimals Adyen counts a currency with (docs.adyen.com development-resources/currency-codes;
// Adyen/adyen-java-api-library, Util.java). Rupiah and escudos have fewer than in ISO 4217, pesos of Chile and kronur of Iceland more.
func decimals(c money.Currency) int {
	switch c {
	case "CVE", "DJF", "GNF", "IDR", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	}
	return 2
}

// fromMinor reads whole minor units of Adyen's and returns those of ISO 4217.
func fromMinor(digits string, c money.Currency, t money.Table) (money.Amount, error) {
	exponent, ok := t.Exponent(c)
	if !ok {
		return money.Amount{}, fmt.Errorf("expected a currency of ISO 4217, found %q", string(c))
	}
	a, err := money.ParseMinor(digits, c)
	if err != nil || a.IsZero() {
		return a, err
	}
	minor, whole := shift(a.Minor(), exponent-decimals(c))
	if !whole {
		return money.Amount{}, fmt.Errorf("expected whole minor units of ISO 4217, found %s of Adyen's, which have %d decimals of %s", digits, decimals(c), c)
	}
	return money.ParseMinor(minor, c)
}

// toMinor returns an amount in minor units of Adyen's.
func toMinor(a money.Amount, t money.Table) (int64, error) {
	c := a.Currency()
	exponent, ok := t.Exponent(c)
	if !ok || len(c) != 3 {
		return 0, fmt.Errorf("expected a currency that Adyen has, found %q", string(c))
	}
	digits, whole := shift(a.Minor(), decimals(c)-exponent)
	if !whole {
		return 0, fmt.Errorf("expected at most %d decimals of %s, as Adyen counts it, found %s", decimals(c), c, t.Format(a))
	}
	n, err := money.ParseInt(digits)
	if err != nil {
		return 0, err
	}
	value, ok := n.Int64()
	if !ok {
		return 0, fmt.Errorf("expected an amount that fits 64 bits, found %s", a)
	}
	return value, nil
}

// shift multiplies a whole number by a power of ten, and reports whether the result is whole.
func shift(digits string, places int) (string, bool) {
	if places >= 0 {
		return digits + strings.Repeat("0", places), true
	}
	cut := len(digits) + places
	if strings.TrimLeft(digits, "-0") == "" {
		return "0", true
	}
	if cut <= 0 || digits[:cut] == "-" || strings.Trim(digits[cut:], "0") != "" {
		return "", false
	}
	return digits[:cut], true
}
