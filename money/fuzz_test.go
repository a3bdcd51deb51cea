package money_test

import (
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
)

// What the fuzz targets start from: good text, and text that is nearly good.
var texts = []string{
	"", "-", "+", ".", "0", "-0", "1", "-1", "+1", "007", "40000", "5.31", "12.5", "100", "100.000000000001", ".5", "5.",
	"1.2.3", "1e3", "0x10", "1_000", "1,000.00", " 1", "1 ", "1\x00", "\xff", "١", "−1", "½", "Inf", "NaN",
	strings.Repeat("9", 36), "-" + strings.Repeat("9", 37), "0." + strings.Repeat("0", 12) + "1", minInt64, twoTo128, twoTo279, "-" + twoTo279,
	"USD", "usd", "US", "USDC", "1ST", "ABCDEFGHIJKLM", "ÜSD",
}

func seed(f *testing.F) {
	for _, s := range texts {
		f.Add(s)
	}
}

// isNumber says what a whole number is, in other words than the parser's.
var isNumber = regexp.MustCompile(`^-?[0-9]+$`)

func FuzzParseInt(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, s string) {
		i, err := money.ParseInt(s)
		limit := new(big.Int).Lsh(big.NewInt(1), 279)
		want, ok := new(big.Int), isNumber.MatchString(s) && len(strings.TrimPrefix(s, "-")) <= 84
		if ok {
			want.SetString(s, 10)
			ok = want.Cmp(limit) < 0 && want.CmpAbs(limit) <= 0
		}
		if (err == nil) != ok {
			t.Fatalf("ParseInt(%q) = %v, %v", s, i, err)
		}
		if err == nil && judge(i).Cmp(want) != 0 {
			t.Fatalf("ParseInt(%q) = %v, want %v", s, i, want)
		}
	})
}

func FuzzParseMinor(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, s string) {
		a, err := money.ParseMinor(s, "USD")
		if ok := isNumber.MatchString(s) && len(strings.TrimPrefix(s, "-")) <= money.MaxDigits; ok != (err == nil) {
			t.Fatalf("ParseMinor(%q) = %v, %v", s, a, err)
		}
		if err != nil {
			return
		}
		if want, _ := new(big.Int).SetString(s, 10); judge(a.Int()).Cmp(want) != 0 {
			t.Fatalf("ParseMinor(%q) = %v, want %v", s, a, want)
		}
	})
}

func FuzzParseMajor(f *testing.F) {
	for _, s := range texts {
		for _, c := range []string{"USD", "JPY", "CLF", "GOLD"} {
			f.Add(s, c)
		}
	}
	f.Fuzz(func(t *testing.T, s, currency string) {
		a, err := iso.ParseMajor(s, money.Currency(currency))
		if err != nil {
			return
		}
		back, err := iso.ParseMajor(iso.Format(a), money.Currency(currency))
		if err != nil || !back.Equal(a) {
			t.Fatalf("ParseMajor(%q) = %v, written %s, which is read %v, %v", s, a, iso.Format(a), back, err)
		}
		exact, _ := new(big.Rat).SetString(s)
		if written, _ := new(big.Rat).SetString(iso.Format(a)); written.Cmp(exact) != 0 {
			t.Fatalf("ParseMajor(%q) = %v, which is %s", s, a, iso.Format(a))
		}
	})
}

func FuzzParsePercent(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, s string) {
		p, err := money.ParsePercent(s)
		if err != nil {
			return
		}
		exact, ok := new(big.Rat).SetString(s)
		if !ok || exact.Sign() < 0 || exact.Cmp(big.NewRat(100, 1)) > 0 {
			t.Fatalf("ParsePercent(%q) = %v", s, p)
		}
		if written, _ := new(big.Rat).SetString(p.String()); written.Cmp(exact) != 0 {
			t.Fatalf("ParsePercent(%q) = %v", s, p)
		}
		if part := p.Of(money.New(-99, "USD"), money.NewInt(1)); part.Sign() > 0 || part.Int().Cmp(money.NewInt(-99)) < 0 {
			t.Fatalf("%v %% of -99 is %v", p, part)
		}
	})
}

func FuzzDecodeInt(f *testing.F) {
	for _, s := range texts {
		if i, err := money.ParseInt(s); err == nil {
			f.Add(i.AppendBinary(nil))
		}
	}
	f.Add([]byte{0x80})
	f.Add([]byte{0x80, 0x00})
	f.Add([]byte(strings.Repeat("\xff", 41)))
	f.Fuzz(func(t *testing.T, b []byte) {
		i, n, err := money.DecodeInt(b)
		if err != nil {
			return
		}
		if again := i.AppendBinary(nil); string(again) != string(b[:n]) {
			t.Fatalf("% x was read as %v, which is written % x", b[:n], i, again)
		}
	})
}

func FuzzParseCurrency(f *testing.F) {
	seed(f)
	code := regexp.MustCompile(`^[A-Z][A-Z0-9]{2,11}$`)
	f.Fuzz(func(t *testing.T, s string) {
		c, err := money.ParseCurrency(s)
		if code.MatchString(s) != (err == nil) || (err == nil && string(c) != s) {
			t.Fatalf("ParseCurrency(%q) = %q, %v", s, c, err)
		}
	})
}
