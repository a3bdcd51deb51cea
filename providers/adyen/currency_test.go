package adyen

import (
	"strconv"
	"testing"

	"github.com/splitledger/splitledger/money"
	"pgregory.net/rapid"
)

// TestMinorUnits counts the same money in minor units of Adyen's and of ISO 4217.
func TestMinorUnits(t *testing.T) {
	for _, tt := range []struct {
		currency   money.Currency
		adyen, iso int64
	}{
		{"EUR", 1050, 1050}, {"JPY", 1050, 1050}, {"KWD", 1050, 1050},
		{"IDR", 1050, 105000}, {"CVE", 1050, 105000}, {"IDR", 0, 0}, {"IDR", -3, -300},
		{"CLP", 105000, 1050}, {"ISK", 105000, 1050}, {"CLP", 0, 0}, {"CLP", -300, -3},
	} {
		a, err := fromMinor(strconv.FormatInt(tt.adyen, 10), tt.currency, money.Table{})
		if want := money.New(tt.iso, tt.currency); err != nil || !a.Equal(want) {
			t.Errorf("%d of Adyen's: expected %s, found %s, %v", tt.adyen, want, a, err)
		}
		n, err := toMinor(money.New(tt.iso, tt.currency), money.Table{})
		if err != nil || n != tt.adyen {
			t.Errorf("%d %s: expected %d of Adyen's, found %d, %v", tt.iso, tt.currency, tt.adyen, n, err)
		}
	}
}

// TestMinorUnitsThereAndBack converts any amount that can be converted, and gets it back.
func TestMinorUnitsThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cur := rapid.SampledFrom([]money.Currency{"EUR", "JPY", "KWD", "IDR", "CVE", "CLP", "ISK"}).Draw(t, "currency")
		a := money.New(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "minor"), cur)
		n, err := toMinor(a, money.Table{})
		if err != nil {
			if whole := a.Minor(); decimals(cur) == 0 && len(whole) > 2 && whole[len(whole)-2:] == "00" {
				t.Fatalf("%s: expected Adyen's minor units, found %v", a, err)
			}
			return
		}
		if b, err := fromMinor(strconv.FormatInt(n, 10), cur, money.Table{}); err != nil || !b.Equal(a) {
			t.Fatalf("expected %s again, found %s, %v", a, b, err)
		}
	})
}
