package xendit

import (
	"fmt"
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers/bounds"
)

// decimals returns how many decimals Xendit takes in amounts of a currency: none in rupiah (docs.xendit.co
// create-transfers), else those of ISO 4217 (said of pesos there, inferred for the others).
func decimals(c money.Currency, t money.Table) int {
	if c == "IDR" {
		return 0
	}
	n, _ := t.Exponent(c)
	return n
}

// parseMajor reads an amount in major units: digits and, after a point, decimals, of which only zeros may be
// more than Xendit takes. It has no sign and no exponent: no amount of a notification or a request may be below
// zero.
func parseMajor(s string, c money.Currency, t money.Table) (money.Amount, error) {
	if _, ok := t.Exponent(c); !ok {
		return money.Amount{}, fmt.Errorf("expected a currency, found %q", clip(string(c)))
	}
	whole, fraction, _ := strings.Cut(s, ".")
	if !digits(whole) || fraction != "" && !digits(fraction) || strings.HasSuffix(s, ".") {
		return money.Amount{}, fmt.Errorf("expected a number of digits with a decimal point at most, found %q", clip(s))
	}
	fraction = strings.TrimRight(fraction, "0")
	if most := decimals(c, t); len(fraction) > most {
		return money.Amount{}, fmt.Errorf("expected at most %d decimals of %s, found %q", most, c, clip(s))
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return t.ParseMajor(whole, c)
}

// formatMajor writes an amount as Xendit takes it, without zeros at the end of its decimals. One with more decimals
// than Xendit takes is refused, never rounded: the books have the exact amount.
func formatMajor(a money.Amount, t money.Table) (string, error) {
	c := a.Currency()
	if _, ok := t.Exponent(c); !ok {
		return "", fmt.Errorf("expected a currency, found %q", string(c))
	}
	s := t.Format(a)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	_, fraction, _ := strings.Cut(s, ".")
	if most := decimals(c, t); len(fraction) > most {
		return "", fmt.Errorf("expected at most %d decimals of %s, found %s", most, c, s)
	}
	return s, nil
}

// digits reports whether a text is of digits alone.
func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// clipText returns as much of a text as people need to read.
func clipText(s string) string {
	if len(s) > bounds.Text {
		return strings.ToValidUTF8(s[:bounds.Text], "") + "…"
	}
	return s
}

// clip returns as much of a text as an error message should have, in bytes.
func clip(s string) string {
	const most = 60
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
