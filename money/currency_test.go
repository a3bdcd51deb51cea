package money_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/splitledger/splitledger/money"
)

func TestParseCurrency(t *testing.T) {
	for _, tt := range []struct{ in, err string }{
		{in: "USD"},
		{in: "USDC"},
		{in: "A1B"},
		{in: "AZ09"},
		{in: "POINTS2026XY"},
		{in: "", err: `currency "": expected 3 to 12 characters, found 0`},
		{in: "US", err: `currency "US": expected 3 to 12 characters, found 2`},
		{in: "ABCDEFGHIJKLM", err: `currency "ABCDEFGHIJKLM": expected 3 to 12 characters, found 13`},
		{in: "usd", err: `currency "usd": expected a capital letter first, found "u" at position 1`},
		{in: "1ST", err: `currency "1ST": expected a capital letter first, found "1" at position 1`},
		{in: "USd", err: `currency "USd": expected capital letters and digits, found "d" at position 3`},
		{in: "US D", err: `currency "US D": expected capital letters and digits, found " " at position 3`},
		{in: "US-D", err: `currency "US-D": expected capital letters and digits, found "-" at position 3`},
		{in: "UŚD", err: `currency "UŚD": expected capital letters and digits, found "Ś" at position 2`},
		{in: "US\xc5", err: `currency "US\xc5": expected capital letters and digits, found byte 0xc5 at position 3`},
		{in: strings.Repeat("A", 47) + "?", err: `currency "` + strings.Repeat("A", 47) + `?": expected capital letters and digits, found "?" at position 48`},
		{in: strings.Repeat("A", 47) + "é", err: `currency "` + strings.Repeat("A", 47) + `"… (49 bytes): expected capital letters and digits, found "é" at position 48`},
	} {
		got, err := money.ParseCurrency(tt.in)
		if err != nil || tt.err != "" {
			checkParseError(t, tt.in, err, tt.err)
			continue
		}
		if string(got) != tt.in {
			t.Errorf("ParseCurrency(%q) = %q", tt.in, got)
		}
	}
}

func TestTableExponent(t *testing.T) {
	for _, tt := range []struct {
		code money.Currency
		want int
		ok   bool
	}{
		{"USD", 2, true},
		{"IDR", 2, true}, // not 0, as is customary
		{"CVE", 2, true},
		{"CLP", 0, true},
		{"ISK", 0, true},
		{"JPY", 0, true},
		{"KWD", 3, true},
		{"CLF", 4, true},
		{"UYW", 4, true},
		{"SLE", 2, true},
		{"BGN", 2, true}, // withdrawn, but in older books
		{"USDC", 6, true},
		{"POINTS", 0, true},
		{"ETH", 18, true},
		{"XAU", 0, false}, // gold has no minor unit
		{"XXX", 0, false},
		{"DOGE", 0, false},
		{"usd", 0, false},
		{"", 0, false},
	} {
		if got, ok := withAssets(t).Exponent(tt.code); got != tt.want || ok != tt.ok {
			t.Errorf("Exponent(%s) = %d, %v, want %d, %v", tt.code, got, ok, tt.want, tt.ok)
		}
	}
}

func TestTableWith(t *testing.T) {
	for _, tt := range []struct {
		name string
		add  []money.Asset
		want string // the error
	}{
		{"none", nil, ""},
		{"another", []money.Asset{{Code: "BTC", Exponent: 8}}, ""},
		{"gold, which ISO 4217 gives no decimals", []money.Asset{{Code: "XAU", Exponent: 3}}, ""},
		{"known, and the same", []money.Asset{{Code: "USDC", Exponent: 6}}, ""},
		{"known, but otherwise", []money.Asset{{Code: "USDC", Exponent: 2}}, "asset USDC: expected exponent 6 as before, found 2"},
		{"at odds with itself", []money.Asset{{Code: "BTC", Exponent: 8}, {Code: "BTC", Exponent: 9}}, "asset BTC: expected exponent 8 as before, found 9"},
		{"a currency of ISO 4217", []money.Asset{{Code: "IDR"}}, "asset IDR: expected a code that ISO 4217 gives no decimals, found its 2 decimals"},
		{"even with its decimals", []money.Asset{{Code: "IDR", Exponent: 2}}, "asset IDR: expected a code that ISO 4217 gives no decimals, found its 2 decimals"},
		{"below zero decimals", []money.Asset{{Code: "BTC", Exponent: -1}}, "asset BTC: expected an exponent from 0 to 18, found -1"},
		{"too many decimals", []money.Asset{{Code: "BTC", Exponent: 19}}, "asset BTC: expected an exponent from 0 to 18, found 19"},
		{"not a code", []money.Asset{{Code: "bitcoin", Exponent: 8}}, `currency "bitcoin": expected a capital letter first, found "b" at position 1`},
		{"no code", []money.Asset{{}}, `currency "": expected 3 to 12 characters, found 0`},
	} {
		before := withAssets(t)
		after, err := before.With(tt.add...)
		if diff := cmp.Diff(withAssets(t).Assets(), before.Assets()); diff != "" {
			t.Errorf("%s: With changed its receiver:\n%s", tt.name, diff)
		}
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			for _, a := range tt.add {
				if e, ok := after.Exponent(a.Code); !ok || e != a.Exponent {
					t.Errorf("%s: Exponent(%s) = %d, %v", tt.name, a.Code, e, ok)
				}
			}
			continue
		}
		var asset *money.AssetError
		var parse *money.ParseError
		if err == nil || err.Error() != tt.want || (!errors.As(err, &asset) && !errors.As(err, &parse)) {
			t.Errorf("%s: error %v, want %s", tt.name, err, tt.want)
		}
		if diff := cmp.Diff(before.Assets(), after.Assets()); diff != "" {
			t.Errorf("%s: refused, and yet changed:\n%s", tt.name, diff)
		}
	}
}

func TestTableLists(t *testing.T) {
	table := withAssets(t)
	want := []money.Asset{{Code: "ETH", Exponent: 18}, {Code: "POINTS"}, {Code: "USDC", Exponent: 6}}
	if diff := cmp.Diff(want, table.Assets()); diff != "" {
		t.Errorf("Assets (-want +got):\n%s", diff)
	}
	if got := iso.Assets(); len(got) != 0 {
		t.Errorf("the zero Table has assets %v", got)
	}
	codes := table.Currencies()
	if !slices.IsSorted(codes) {
		t.Errorf("not sorted: %v", codes)
	}
	if got, want := len(codes), len(iso.Currencies())+3; got != want {
		t.Errorf("%d currencies, want %d", got, want)
	}
	for _, c := range codes {
		if _, ok := table.Exponent(c); !ok {
			t.Errorf("Currencies has %s, Exponent does not", c)
		}
		if _, err := money.ParseCurrency(string(c)); err != nil {
			t.Error(err)
		}
	}
}
