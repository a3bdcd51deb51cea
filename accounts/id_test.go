package accounts_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/accounts"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct{ in, err string }{
		{in: "BA3227C223222B5BLP6JQC3FD"},
		{in: "seller:42"},
		{in: "acct_1.de/eur@shop-7"},
		{in: "7"},
		{in: "AZaz09:_-./@"},
		{in: "Platform"}, // capitals matter
		{in: "provider:adyen"},
		{in: strings.Repeat("a", 128)},
		{in: "", err: "account: expected 1 to 128 characters, found 0"},
		{in: strings.Repeat("a", 129), err: "account: expected 1 to 128 characters, found 129"},
		{in: "BA 7", err: `account: expected letters, digits and : _ . / @ -, found " " at position 3 of "BA 7"`},
		{in: "seller#42", err: `account: expected letters, digits and : _ . / @ -, found "#" at position 7 of "seller#42"`},
		{in: "séller", err: `account: expected letters, digits and : _ . / @ -, found "é" at position 2 of "séller"`},
		{in: "a\xffb", err: `account: expected letters, digits and : _ . / @ -, found byte 0xff at position 2 of "a\xffb"`},
		{in: "a\n", err: `account: expected letters, digits and : _ . / @ -, found "\n" at position 2 of "a\n"`},
		{in: "\x00", err: `account: expected letters, digits and : _ . / @ -, found "\x00" at position 1 of "\x00"`},
		{in: `a"b`, err: `account: expected letters, digits and : _ . / @ -, found "\"" at position 2 of "a\"b"`},
		{in: "а", err: `account: expected letters, digits and : _ . / @ -, found "а" at position 1 of "а"`}, // Cyrillic
		{in: "~", err: `account: expected letters, digits and : _ . / @ -, found "~" at position 1 of "~"`},
	} {
		id, err := accounts.Parse(tt.in)
		if err != nil || tt.err != "" {
			checkError(t, tt.in, err, tt.err)
			continue
		}
		if string(id) != tt.in {
			t.Errorf("Parse(%q) = %q", tt.in, id)
		}
	}
}

// checkError wants err to be an *Error that reads as want says.
func checkError(t *testing.T, what string, err error, want string) {
	t.Helper()
	var e *accounts.Error
	switch {
	case err == nil:
		t.Errorf("%s: no error, want %s", what, want)
	case err.Error() != want:
		t.Errorf("%s: error %s\nwant %s", what, err, want)
	case !errors.As(err, &e) || e.Field == "" || e.Expected == "" || e.Found == "":
		t.Errorf("%s: %#v is not a whole *Error", what, err)
	}
}

func TestReserved(t *testing.T) {
	for _, tt := range []struct {
		id       accounts.ID
		reserved bool
		provider string // the name of the provider whose account it is
	}{
		{"platform", true, ""},
		{"liable", true, ""},
		{"bank", true, ""},
		{"fx", true, ""},
		{"fx:eur-desk", true, ""},
		{"provider:adyen", true, "adyen"},
		{"provider:a:b", true, "a:b"},
		{"provider:", true, ""},
		{"provider", false, ""},
		{"providers:adyen", false, ""},
		{"Platform", false, ""},
		{"platform:eu", false, ""},
		{"bank:eu", false, ""},
		{"fxdesk", false, ""},
		{"seller:provider:adyen", false, ""},
		{"", false, ""},
	} {
		if got := tt.id.Reserved(); got != tt.reserved {
			t.Errorf("Reserved(%q) = %v, want %v", tt.id, got, tt.reserved)
		}
		if name, ok := tt.id.ProviderName(); name != tt.provider || ok != (tt.provider != "") {
			t.Errorf("ProviderName(%q) = %q, %v, want %q", tt.id, name, ok, tt.provider)
		}
	}
}

func TestNamedAccounts(t *testing.T) {
	for _, tt := range []struct{ id, want accounts.ID }{
		{accounts.Platform, "platform"},
		{accounts.Liable, "liable"},
		{accounts.Bank, "bank"},
		{accounts.Provider("adyen"), "provider:adyen"},
		{accounts.FX(""), "fx"},
		{accounts.FX("eur-desk"), "fx:eur-desk"},
	} {
		if tt.id != tt.want || !tt.id.Reserved() {
			t.Errorf("got %q, reserved %v, want %q", tt.id, tt.id.Reserved(), tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "platform", "provider:adyen", "fx", "BA 7", "é", "a\xff", "\x00", ":_./@-", strings.Repeat("a", 129)} {
		f.Add(s)
	}
	valid := regexp.MustCompile(`^[A-Za-z0-9:_./@-]{1,128}$`)
	f.Fuzz(func(t *testing.T, s string) {
		id, err := accounts.Parse(s)
		if valid.MatchString(s) != (err == nil) || (err == nil && string(id) != s) {
			t.Fatalf("Parse(%q) = %q, %v", s, id, err)
		}
		if name, ok := accounts.ID(s).ProviderName(); ok && accounts.Provider(name) != accounts.ID(s) {
			t.Fatalf("%q is the account of provider %q, whose account is %q", s, name, accounts.Provider(name))
		}
	})
}
