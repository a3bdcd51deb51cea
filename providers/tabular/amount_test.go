package tabular_test

import (
	"errors"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

// A fataler is a [testing.T] or a [rapid.T].
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// cell opens a table of one row with the cell in it.
func cell(t fataler, text string, o tabular.Options) (*tabular.Sheet, tabular.Column) {
	t.Helper()
	s, err := tabular.Open(strings.NewReader("One\tCell\tOther\n1\t\""+strings.ReplaceAll(text, `"`, `""`)+"\"\t1\n"), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Next(); err != nil {
		t.Fatal(err)
	}
	return s, s.Column("Cell")
}

func TestAmount(t *testing.T) {
	for _, c := range []struct {
		text, currency, decimal string
		decimals                int
		want                    string // minor units, or the error
	}{
		{"123.45", "EUR", "", 2, "12345"},
		{"-123.45", "EUR", "", 2, "-12345"},
		{"\u2212123.45", "EUR", "", 2, "-12345"},
		{"0", "EUR", "", 2, "0"},
		{"-0.00", "EUR", "", 2, "0"},
		{"7", "EUR", "", 2, "700"},
		{"7.5", "EUR", "", 2, "750"},
		{"007.50", "EUR", "", 2, "750"},
		{"12345678901234567890.12", "EUR", "", 2, "1234567890123456789012"},
		{"100000", "IDR", "", 0, "10000000"},
		{"26000", "KRW", "", 0, "26000"},
		{"100.50", "KRW", "", 0, `expected at most 0 decimals of KRW, found "100.50"`},
		{"100.00", "KRW", "", 0, "100"},
		{"12.34000", "EUR", "", 2, "1234"},
		{"12.34001", "EUR", "", 2, `expected at most 2 decimals of EUR, found "12.34001"`},
		{"1.5", "IDR", "", 0, `expected at most 0 decimals of IDR, found "1.5"`},
		{"1.005", "EUR", ".", -1, `expected at most 2 decimals of EUR, found "1.005"`},

		{".11", "EUR", "", 2, "11"},
		{"-.5", "EUR", "", 2, "-50"},
		{"\u2212.50", "EUR", "", 2, "-50"},
		{",11", "EUR", "", 2, "11"},
		{".11", "EUR", ".", 2, "11"},
		{",11", "EUR", ",", 2, "11"},
		{".110", "EUR", "", 2, "11"},
		{".125", "BHD", "", 3, "125"},
		{",125", "BHD", "", 3, "125"},
		{".00", "JPY", "", 0, "0"},
		{".111", "EUR", "", 2, `expected at most 2 decimals of EUR, found ".111"`},
		{".11", "EUR", ",", 2, `expected groups of three digits, found ".11"`},
		{",11", "EUR", ".", 2, `expected groups of three digits, found ",11"`},
		{".123,45", "EUR", "", 2, `expected groups of three digits, found ".123,45"`},
		{".123.456", "EUR", "", 2, `expected groups of three digits, found ".123.456"`},
		{"'50", "CHF", "", 2, `expected groups of three digits, found "'50"`},
		{"..5", "EUR", "", 2, `expected an amount such as -1234.56, found "..5"`},
		{".", "EUR", "", 2, `expected an amount such as -1234.56, found "."`},
		{"-.", "EUR", "", 2, `expected an amount such as -1234.56, found "-."`},

		{"1.234,56", "EUR", "", 2, "123456"},
		{"1,234.56", "EUR", "", 2, "123456"},
		{"1.234.567,8", "EUR", "", 2, "123456780"},
		{"1,234,567", "EUR", "", 2, "123456700"},
		{"1'234.50", "CHF", "", 2, "123450"},
		{"1 234,50", "EUR", "", 2, "123450"},
		{"1\u00a0234,50", "EUR", "", 2, "123450"},
		{"1\u202f234", "EUR", "", 2, "123400"},
		{"0,125", "BHD", "", 3, "125"},
		{"12,34", "EUR", "", 2, "1234"},
		{"-1,5", "EUR", "", 2, "-150"},

		{"1.234", "EUR", "", 2, `expected a decimal sign without doubt (one may be set), found "1.234"`},
		{"1,234", "EUR", "", 2, `expected a decimal sign without doubt (one may be set), found "1,234"`},
		{"1.000", "EUR", "", 2, `expected a decimal sign without doubt (one may be set), found "1.000"`},
		{"1.234", "JPY", "", 0, `expected a decimal sign without doubt (one may be set), found "1.234"`},
		{"1.234", "EUR", ",", 2, "123400"},
		{"1,234", "EUR", ".", 2, "123400"},
		{"1,23", "EUR", ",", 2, "123"},
		{"1.23", "EUR", ",", 2, `expected groups of three digits, found "1.23"`},
		{"1,23", "EUR", ".", 2, `expected groups of three digits, found "1,23"`},
		{"1.234", "BHD", "", 3, "1234"},
		{"1,234", "BHD", "", 3, `expected a decimal sign without doubt (one may be set), found "1,234"`},
		{"1.234.567", "BHD", ".", 3, `expected one decimal sign, found "1.234.567"`},
		{"12,34,567.00", "INR", "", 2, `expected groups of three digits, found "12,34,567.00"`},
		{"1.234,567.89", "EUR", "", 2, `expected one decimal sign, found "1.234,567.89"`},
		{"0,123,456", "EUR", "", 2, `expected groups of three digits, found "0,123,456"`},

		{"1.5E+05", "EUR", "", 2, `expected digits, not a number shortened by a spreadsheet, found "1.5E+05"`},
		{"1E5", "EUR", "", 2, `expected digits, not a number shortened by a spreadsheet, found "1E5"`},
		{"(12.00)", "EUR", "", 2, `expected an amount such as -1234.56, found "(12.00)"`},
		{"12.00-", "EUR", "", 2, `expected an amount such as -1234.56, found "12.00-"`},
		{"--12.00", "EUR", "", 2, `expected an amount such as -1234.56, found "--12.00"`},
		{"€12.00", "EUR", "", 2, `expected an amount such as -1234.56, found "€12.00"`},
		{"5.", "EUR", "", 2, `expected an amount such as -1234.56, found "5."`},
		{"-", "EUR", "", 2, `expected an amount such as -1234.56, found "-"`},
		{"#REF!", "EUR", "", 2, `expected an amount such as -1234.56, found "#REF!"`},
		{"１２", "EUR", "", 2, `expected an amount such as -1234.56, found "１２"`},
		{"1\n2", "EUR", "", 2, `expected an amount such as -1234.56, found "1\n2"`},
		{strings.Repeat("9", 37), "JPY", "", 0, `amount "9999999999999999999999999999999999999": expected at most 36 digits, found 37 digits`},

		{"12.00", "", "", 2, `expected a currency to the amount "12.00", found none`},
		{"12.00", "EURO", "", 2, `expected a currency of ISO 4217, found "EURO"`},
		{"", "", "", 2, "none"},
		{"  ", "EUR", "", 2, "none"},
	} {
		t.Run(c.text+" "+c.currency+c.decimal, func(t *testing.T) {
			s, col := cell(t, c.text, tabular.Options{Decimal: c.decimal})
			a, given, err := s.Amount(col, money.Currency(c.currency), c.decimals, money.Table{})
			got := a.Minor()
			if bad, ok := errors.AsType[*providers.LineError](err); ok {
				got = bad.What
				if bad.Line != 2 || bad.Column != "Cell" {
					t.Errorf("expected an error of line 2, column Cell, found %v", bad)
				}
			} else if !given {
				got = "none"
			}
			if got != c.want {
				t.Errorf("expected %s, found %s", c.want, got)
			}
		})
	}
}

// TestLastAmount cuts a last line short: its last cell may lack digits, and so is not read as an amount or a time.
func TestLastAmount(t *testing.T) {
	s, err := tabular.Open(strings.NewReader("Currency,Amount\nEUR,12.5"), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Next(); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"amount": func() error { _, _, err := s.Amount(s.Column("Amount"), "EUR", 2, money.Table{}); return err }(),
		"number": func() error { _, err := s.Number(s.Column("Amount")); return err }(),
		"time":   func() error { _, err := s.Time(s.Column("Amount"), tabular.Column{}); return err }(),
	} {
		if want := `line 2, column "Amount": expected a line end after the ` + what + `, found the end of the file: digits may be missing`; err == nil || err.Error() != want {
			t.Errorf("expected %s\nfound %v", want, err)
		}
	}
	if got := s.Text(s.Column("Currency")); got != "EUR" {
		t.Errorf("expected EUR, found %s", got)
	}
}

func TestNumber(t *testing.T) {
	for _, c := range []struct{ text, decimal, want string }{
		{"1", "", "1"}, {"1.0842", "", "1.0842"}, {"1.345", "", "1.345"}, {"0,91345", "", "0.91345"}, {"16.250,25", "", "16250.25"},
		{"-1300", "", "-1300"}, {"16,250", "", `expected a decimal sign without doubt (one may be set), found "16,250"`}, {"16,250", ",", "16.250"}, {"", "", ""},
		{".86", "", "0.86"}, {"-.8600", "", "-0.8600"}, {",86", ",", "0.86"},
		{"1.2.3", "", `expected groups of three digits, found "1.2.3"`},
	} {
		s, col := cell(t, c.text, tabular.Options{Decimal: c.decimal})
		got, err := s.Number(col)
		if bad, ok := errors.AsType[*providers.LineError](err); ok {
			got = bad.What
		}
		if got != c.want {
			t.Errorf("%q with %q: expected %s, found %s", c.text, c.decimal, c.want, got)
		}
	}
}

// readings returns every value that a text may mean, slowly: for each decimal sign and each group sign there may be.
func readings(text, decimal string) map[string]*big.Rat {
	all := map[string]*big.Rat{}
	text = strings.Replace(text, "\u2212", "-", 1)
	for _, point := range []string{".", ","} {
		if decimal != "" && point != decimal {
			continue
		}
		for _, group := range []string{"", ".", ",", "'", "’", " ", "\u00a0", "\u202f"} {
			if group == point {
				continue
			}
			whole := `[0-9]*`
			if group != "" {
				whole = `[1-9][0-9]{0,2}(?:` + regexp.QuoteMeta(group) + `[0-9]{3})+`
			}
			m := regexp.MustCompile(`^(-?)(` + whole + `)(?:` + regexp.QuoteMeta(point) + `([0-9]+))?$`).FindStringSubmatch(text)
			if m == nil || m[2] == "" && m[3] == "" {
				continue
			}
			plain := m[1] + "0" + strings.ReplaceAll(m[2], group, "")
			if m[3] != "" {
				plain += "." + m[3]
			}
			r, ok := new(big.Rat).SetString(plain)
			if ok {
				all[r.RatString()] = r
			}
		}
	}
	return all
}

// FuzzAmount compares with a parser that tries out what a text may mean: an amount is read if it means one thing only, and then
// as that; but for a point before three digits of a currency that has three.
func FuzzAmount(f *testing.F) {
	for _, text := range []string{"123.45", "1.234,56", "1,234", "1.234", "-1 234,5", "0,125", "12.34000", "1.234.567", "-", "1'234", "99999999999999999.99", "1,234.567,8", ".11", "-,5"} {
		for n := range uint8(3) {
			f.Add(text, n, n)
		}
	}
	f.Fuzz(func(t *testing.T, text string, currency, decimal uint8) {
		if strings.ContainsAny(text, "\r\n") || len(text) > 60 || strings.Trim(text, " \t") != text || text == "" {
			return
		}
		compare(t, text, currency, decimal)
	})
}

// TestReadings does the same with texts that are nearly amounts.
func TestReadings(t *testing.T) {
	text := rapid.StringMatching(`-?[0-9]{1,4}([.,' ][0-9]{1,4}){0,3}|-?[.,][0-9]{1,4}|[0-9.,-]{1,8}|-?[0-9]{1,30}(\.[0-9]{1,4})?`)
	rapid.Check(t, func(t *rapid.T) {
		compare(t, text.Draw(t, "text"), rapid.Uint8Max(2).Draw(t, "currency"), rapid.Uint8Max(2).Draw(t, "decimal"))
	})
}

// compare reads an amount of a currency with two, no or three decimals, and compares with what it may mean.
func compare(t fataler, text string, currency, decimal uint8) {
	t.Helper()
	cur := []money.Currency{"EUR", "JPY", "BHD"}[currency%3]
	sign := []string{"", ".", ","}[decimal%3]
	decimals, _ := money.Table{}.Exponent(cur)
	s, col := cell(t, text, tabular.Options{Decimal: sign})
	a, given, err := s.Amount(col, cur, decimals, money.Table{})
	all := readings(text, sign)
	if sign == "" && decimals == 3 && threeDecimals.MatchString(text) {
		all = readings(text, ".")
	}
	if len(all) != 1 {
		if err == nil {
			t.Fatalf("%q means %d things: expected an error, found %s", text, len(all), a)
		}
		return
	}
	for _, r := range all {
		minor := new(big.Rat).Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)))
		fits := minor.IsInt() && len(strings.TrimLeft(minor.Num().String(), "-")) <= money.MaxDigits
		switch {
		case fits != (err == nil):
			t.Fatalf("%q is %s %s: expected to be read %t, found %v", text, minor, cur, fits, err)
		case err == nil && (!given || a.Minor() != minor.Num().String()):
			t.Fatalf("%q: expected %s, found %s", text, minor.Num(), a)
		}
	}
}

var threeDecimals = regexp.MustCompile("^[-\u2212]?[0-9]+\\.[0-9]{3}$")
