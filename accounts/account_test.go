package accounts_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
)

func TestKinds(t *testing.T) {
	for _, tt := range []struct {
		kind        accounts.Kind
		name        string
		debitNormal bool
	}{
		{accounts.KindSub, "sub", false},
		{accounts.KindPlatform, "platform", false},
		{accounts.KindLiable, "liable", false},
		{accounts.KindProvider, "provider", true},
		{accounts.KindBank, "bank", true},
		{accounts.KindFX, "fx", false},
	} {
		if got := tt.kind.String(); got != tt.name || !tt.kind.Valid() {
			t.Errorf("kind %d is %q, valid %v, want %q", tt.kind, got, tt.kind.Valid(), tt.name)
		}
		if got, err := accounts.ParseKind(tt.name); got != tt.kind || err != nil {
			t.Errorf("ParseKind(%q) = %v, %v", tt.name, got, err)
		}
		if got := tt.kind.DebitNormal(); got != tt.debitNormal {
			t.Errorf("DebitNormal(%v) = %v, want %v", tt.kind, got, tt.debitNormal)
		}
	}
	for _, k := range []accounts.Kind{0, 7, 255} {
		if k.Valid() || k.String() != "invalid" || k.DebitNormal() {
			t.Errorf("kind %d is %v, valid %v, debit-normal %v", k, k, k.Valid(), k.DebitNormal())
		}
	}
	for _, s := range []string{"", "Sub", "invalid", "sub ", strings.Repeat("x", 100)} {
		_, err := accounts.ParseKind(s)
		checkError(t, "ParseKind", err, fmt.Sprintf("kind: expected sub, platform, liable, provider, bank or fx, found %.40q", s))
	}
}

func TestStatuses(t *testing.T) {
	for status, name := range map[accounts.Status]string{
		accounts.Open: "open", accounts.Frozen: "frozen", accounts.Closed: "closed",
	} {
		if got := status.String(); got != name || !status.Valid() {
			t.Errorf("status %d is %q, valid %v, want %q", status, got, status.Valid(), name)
		}
		if got, err := accounts.ParseStatus(name); got != status || err != nil {
			t.Errorf("ParseStatus(%q) = %v, %v", name, got, err)
		}
	}
	if s := accounts.Status(3); s.Valid() || s.String() != "invalid" {
		t.Errorf("status 3 is %v, valid %v", s, s.Valid())
	}
	if (accounts.Account{}).Status != accounts.Open {
		t.Error("an account is not open by itself")
	}
	_, err := accounts.ParseStatus("shut")
	checkError(t, "ParseStatus", err, `status: expected open, frozen or closed, found "shut"`)
}

func TestValidate(t *testing.T) {
	keys := func(n int) map[string]string {
		m := make(map[string]string)
		for k := range n {
			m[fmt.Sprint("key", k)] = "value"
		}
		return m
	}
	usd := func(minor int64) money.Amount { return money.New(minor, "USD") }
	sub := accounts.Account{ID: "seller:42", Kind: accounts.KindSub}

	for _, tt := range []struct {
		name    string
		account accounts.Account
		want    string
	}{
		{"a seller", sub, ""},
		{"all there is", accounts.Account{
			ID: "seller:42", Kind: accounts.KindSub, Status: accounts.Frozen, Holder: strings.Repeat("é", 128),
			Metadata:  map[string]string{strings.Repeat("k", 64): strings.Repeat("v", 512), "empty": ""},
			Overdraft: []money.Amount{usd(0), money.New(50000, "EUR"), money.New(7, "POINTS")},
		}, ""},
		{"50 keys", with(sub, func(a *accounts.Account) { a.Metadata = keys(50) }), ""},
		{"platform", accounts.Account{ID: accounts.Platform, Kind: accounts.KindPlatform, Overdraft: []money.Amount{usd(1)}}, ""},
		{"liable", accounts.Account{ID: accounts.Liable, Kind: accounts.KindLiable}, ""},
		{"a provider's", accounts.Account{ID: accounts.Provider("adyen"), Kind: accounts.KindProvider}, ""},
		{"bank", accounts.Account{ID: accounts.Bank, Kind: accounts.KindBank}, ""},
		{"a second bank", accounts.Account{ID: "bank-eu", Kind: accounts.KindBank}, ""},
		{"a second platform account", accounts.Account{ID: "fees", Kind: accounts.KindPlatform}, ""},
		{"fx", accounts.Account{ID: accounts.FX(""), Kind: accounts.KindFX}, ""},
		{"fx by name", accounts.Account{ID: accounts.FX("eur-desk"), Kind: accounts.KindFX}, ""},

		{"nothing", accounts.Account{}, "account: expected 1 to 128 characters, found 0"},
		{"not an id", with(sub, func(a *accounts.Account) { a.ID = "seller 42" }),
			`account: expected letters, digits and : _ . / @ -, found " " at position 7 of "seller 42"`},
		{"no kind", with(sub, func(a *accounts.Account) { a.Kind = 0 }), "kind: expected sub, platform, liable, provider, bank or fx, found 0"},
		{"no such kind", with(sub, func(a *accounts.Account) { a.Kind = 7 }), "kind: expected sub, platform, liable, provider, bank or fx, found 7"},
		{"no such status", with(sub, func(a *accounts.Account) { a.Status = 3 }), "status: expected open, frozen or closed, found 3"},
		{"a seller called platform", accounts.Account{ID: accounts.Platform, Kind: accounts.KindSub},
			"kind: expected platform for the reserved account platform, found sub"},
		{"a seller called like a provider", accounts.Account{ID: "provider:adyen", Kind: accounts.KindSub},
			"kind: expected provider for the reserved account provider:adyen, found sub"},
		{"a provider without name", accounts.Account{ID: accounts.Provider(""), Kind: accounts.KindProvider},
			"account: expected a name after provider:, found none"},
		{"fx without name", accounts.Account{ID: "fx:", Kind: accounts.KindFX}, "account: expected a name after fx:, found none"},
		{"a second liable", accounts.Account{ID: "liable2", Kind: accounts.KindLiable},
			"account: expected liable, the only account of its kind, found liable2"},
		{"a provider of another name", accounts.Account{ID: "adyen", Kind: accounts.KindProvider},
			"account: expected provider:<name> for an account of kind provider, found adyen"},
		{"fx of another name", accounts.Account{ID: "desk", Kind: accounts.KindFX}, "account: expected fx or fx:<name> for an account of kind fx, found desk"},
		{"a long holder", with(sub, func(a *accounts.Account) { a.Holder = strings.Repeat("é", 128) + "x" }),
			"holder: expected a name of at most 256 bytes, found 257"},
		{"a broken holder", with(sub, func(a *accounts.Account) { a.Holder = "Jos\xe9" }), `holder: expected a name in valid UTF-8, found "Jos\xe9"`},
		{"51 keys", with(sub, func(a *accounts.Account) { a.Metadata = keys(51) }), "metadata: expected at most 50 keys, found 51"},
		{"an empty key", with(sub, func(a *accounts.Account) { a.Metadata = map[string]string{"": "x"} }),
			"metadata: expected keys that are not empty, found an empty one"},
		{"a long key", with(sub, func(a *accounts.Account) { a.Metadata = map[string]string{strings.Repeat("k", 65): "x"} }),
			"metadata: expected keys of at most 64 bytes, found 65"},
		{"a broken key", with(sub, func(a *accounts.Account) { a.Metadata = map[string]string{"\xff": "x"} }),
			`metadata: expected keys in valid UTF-8, found "\xff"`},
		{"a long value", with(sub, func(a *accounts.Account) { a.Metadata = map[string]string{"note": strings.Repeat("v", 513)} }),
			"metadata.note: expected a value of at most 512 bytes, found 513"},
		{"a broken value", with(sub, func(a *accounts.Account) { a.Metadata = map[string]string{"note": "\xff"} }),
			`metadata.note: expected a value in valid UTF-8, found "\xff"`},
		{"an overdraft below zero", with(sub, func(a *accounts.Account) { a.Overdraft = []money.Amount{usd(1), money.New(-1, "EUR")} }),
			"overdraft[1]: expected an amount of zero or more, found -1 EUR"},
		{"an overdraft in nothing", with(sub, func(a *accounts.Account) { a.Overdraft = []money.Amount{{}} }),
			`overdraft[0]: expected the code of a currency, found ""`},
		{"two overdrafts in a currency", with(sub, func(a *accounts.Account) { a.Overdraft = []money.Amount{usd(1), usd(2)} }),
			"overdraft[1]: expected each currency once, found USD again"},
		{"an overdraft for liable", accounts.Account{ID: accounts.Liable, Kind: accounts.KindLiable, Overdraft: []money.Amount{usd(1)}},
			"overdraft: expected none for liable, which has no floor, found 1 amount"},
	} {
		err := tt.account.Validate()
		if err != nil || tt.want != "" {
			checkError(t, tt.name, err, tt.want)
		}
	}
}

// with returns a after a change.
func with(a accounts.Account, change func(*accounts.Account)) accounts.Account {
	change(&a)
	return a
}

func TestFloor(t *testing.T) {
	overdraft := []money.Amount{money.New(50000, "USD"), money.New(0, "EUR")}
	for _, tt := range []struct {
		account  accounts.Account
		currency money.Currency
		want     string // "" where there is no floor
	}{
		{accounts.Account{ID: "seller:42", Kind: accounts.KindSub}, "USD", "0 USD"},
		{accounts.Account{ID: "seller:42", Kind: accounts.KindSub, Overdraft: overdraft}, "USD", "-50000 USD"},
		{accounts.Account{ID: "seller:42", Kind: accounts.KindSub, Overdraft: overdraft}, "EUR", "0 EUR"},
		{accounts.Account{ID: "seller:42", Kind: accounts.KindSub, Overdraft: overdraft}, "JPY", "0 JPY"},
		{accounts.Account{ID: accounts.Platform, Kind: accounts.KindPlatform}, "USD", "0 USD"},
		{accounts.Account{ID: accounts.Bank, Kind: accounts.KindBank}, "USD", "0 USD"},
		{accounts.Account{ID: accounts.Provider("adyen"), Kind: accounts.KindProvider}, "USD", "0 USD"},
		{accounts.Account{ID: accounts.Liable, Kind: accounts.KindLiable}, "USD", ""},
		{accounts.Account{ID: accounts.FX(""), Kind: accounts.KindFX}, "USD", ""},
	} {
		floor, limited := tt.account.Floor(tt.currency)
		if limited != (tt.want != "") || (limited && floor.String() != tt.want) {
			t.Errorf("Floor(%s) of %s = %v, %v, want %q", tt.currency, tt.account.ID, floor, limited, tt.want)
		}
	}
}
