package chart_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/chart"
	"github.com/splitledger/splitledger/ledger"
)

// The first line that fits counts, whatever the form of the file.
func TestChart(t *testing.T) {
	for name, text := range map[string]string{
		"CSV": "account,kind,sub,type,code,name,group\nliable,,,VAT,2200,VAT,liability\n,liable,,*Fee,6100,Fees,expense\n" +
			"seller:*,,pending,,2100,Pending,liability\n,sub,,,2110,\"Sellers, all\",liability\n,provider,,,1.1,Held,asset\n",
		"columns in another order, semicolons, spaces and a mark of the order of bytes": "\ufeffname; code;Group;account;kind;type;sub\n" +
			"VAT;2200;liability;liable;;VAT;\r\nFees;6100;expense;;liable;*Fee\t;\nPending; 2100;liability;seller:*;;;pending\n" +
			"Sellers, all;2110;liability;;sub;;\nHeld;1.1;asset;;provider;;\n",
		"JSON": ` [{"account":"liable","type":"VAT","code":"2200","name":"VAT","group":"liability"},
			{"kind":"liable","type":"*Fee","code":"6100","name":"Fees","group":"expense"},
			{"account":"seller:*","sub":"pending","code":"2100","name":"Pending","group":"liability"},
			{"kind":"sub","code":"2110","name":"Sellers, all","group":"liability"},
			{"kind":"provider","code":"1.1","name":"Held","group":"asset"}]`,
	} {
		c, err := chart.Read(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		kinds := map[accounts.ID]accounts.Kind{"liable": accounts.KindLiable, "provider:adyen": accounts.KindProvider,
			"bank": accounts.KindBank}
		m := c.Mapper(func(id accounts.ID) accounts.Kind {
			if k := kinds[id]; k != 0 {
				return k
			}
			return accounts.KindSub
		})
		for _, tt := range []struct {
			account accounts.ID
			sub     ledger.Sub
			typ     string
			want    string
		}{
			{"liable", ledger.Available, "VAT", "2200 VAT liability"},
			{"liable", ledger.Pending, "SchemeFee", "6100 Fees expense"},
			{"liable", ledger.Pending, "Commission", "nothing"},
			{"seller:1", ledger.Pending, "VAT", "2100 Pending liability"},
			{"seller:1", ledger.Reserved, "VAT", "2110 Sellers, all liability"},
			{"courier", ledger.Pending, "SchemeFee", "2110 Sellers, all liability"},
			{"provider:adyen", ledger.Available, "Fee", "1.1 Held asset"},
			{"bank", ledger.Available, "Entry", "nothing"},
		} {
			for range 2 { // the second time it is known
				got := "nothing"
				if a := m.Account(&ledger.Posting{Account: tt.account, Sub: tt.sub, Type: tt.typ}); a != nil {
					got = fmt.Sprint(a.Code, " ", a.Name, " ", a.Group)
				}
				if got != tt.want {
					t.Errorf("%s: %s %s %s is %s, expected %s", name, tt.account, tt.sub, tt.typ, got, tt.want)
				}
			}
		}
		want := "expected a line of the chart for each of these, found none:\n" +
			"  bank (bank), available, Entry\n  liable (liable), pending, Commission"
		if err := m.Err(); err == nil || err.Error() != want {
			t.Errorf("%s: %v, expected %s", name, err, want)
		}
	}
}

// All that was mapped is no error, and a long list of what was not is cut.
func TestUnmapped(t *testing.T) {
	c, err := chart.Read(strings.NewReader("account,code,name,group\nliable,1,One,equity\n"))
	if err != nil {
		t.Fatal(err)
	}
	m := c.Mapper(func(accounts.ID) accounts.Kind { return accounts.KindSub })
	m.Account(&ledger.Posting{Account: "liable"})
	if err := m.Err(); err != nil {
		t.Error(err)
	}
	for i := range 53 {
		m.Account(&ledger.Posting{Account: accounts.ID(fmt.Sprint("seller:", i)), Type: "Transfer"})
	}
	missing, ok := errors.AsType[*chart.Unmapped](m.Err())
	if !ok || len(missing.Postings) != 53 || !strings.HasSuffix(missing.Error(), "\n  and 3 more") {
		t.Errorf("found %v", missing)
	}
}

func TestReadErrors(t *testing.T) {
	head := "account,kind,sub,type,code,name,group\n"
	for _, tt := range []struct{ text, want string }{
		{"", "expected lines of a chart, found none"},
		{head, "expected lines of a chart, found none"},
		{"[]", "expected lines of a chart, found none"},
		{"\xff", "expected a chart in UTF-8"},
		{"account,code,title,group\n", `line 1: expected the columns account, kind, sub, type, code, name, group, each once, found "title"`},
		{"account,code,code,group\n", `each once, found "code"`},
		{"account,code,group\n", "line 1: expected a column name, found none"},
		{head + "liable,,,,1,One,equity\nsel ler,,,,2,Two,asset\n", `line 3: account: expected an account, or a pattern such as seller:*, found "sel ler"`},
		{head + ",seller,,,1,One,equity\n", "line 2: kind: expected sub, platform, liable, provider, bank or fx"},
		{head + ",,settled,,1,One,equity\n", `line 2: sub: expected pending, available or reserved, found "settled"`},
		{head + ",,,,4 0,One,equity\n", `line 2: code: expected at most 64 letters, digits and . - _ /, found "4 0"`},
		{head + ",,,,,One,equity\n", "line 2: code: expected at most 64 letters"},
		{head + ",,,,1,,equity\n", "line 2: name: expected a text of at most 200 bytes"},
		{head + ",,,,1,One,profit\n", `line 2: group: expected asset, liability, equity, income or expense, found "profit"`},
		{head + ",,,a,1,One,asset\n,,,b,1,Uno,asset\n", "line 3: code 1: expected one name and group, found One (asset) and Uno (asset)"},
		{head + ",,,a,1,One,asset\n,,,b,1,One,equity\n", "line 3: code 1: expected one name and group"},
		{head + ",,,,1,One\n", "wrong number of fields"},
		{`{"code":"1"}`, "expected an array of lines"},
		{`[{"code":"1","name":"One","group":"asset"`, "element 1: unexpected EOF"},
		{`[{"code":"1","name":"One","group":"asset"}`, "after element 1"},
		{`[{"code":"1","name":"One","group":"asset"}] x`, "expected nothing after the array"},
		{`[{"code":"1","name":"One","group":"asset"},{"code":"2"}]`, "element 2: name"},
		{`[{"kind":"seller"}]`, "element 1: kind: expected sub"},
		{`[{"side":"debit"}]`, `unknown field "side"`},
	} {
		if _, err := chart.Read(strings.NewReader(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.60q: %v, expected %s", tt.text, err, tt.want)
		}
	}
}

// What a chart may be called for does not go beyond its size.
func TestReadTooMuch(t *testing.T) {
	if _, err := chart.Read(strings.NewReader(strings.Repeat("x", 16<<20+1))); err == nil {
		t.Error("a chart of more than 16 MiB was read")
	}
}

// The chart that docs/reports.md begins with has a place for whatever there may be.
func TestDocumentedChart(t *testing.T) {
	page, err := os.ReadFile("../docs/reports.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "```csv\n")
	text, _, _ = strings.Cut(text, "```")
	c, err := chart.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	kind := accounts.Kind(0)
	m := c.Mapper(func(accounts.ID) accounts.Kind { return kind })
	for of, id := range map[accounts.Kind]accounts.ID{accounts.KindSub: "seller:1", accounts.KindPlatform: "platform",
		accounts.KindLiable: "liable", accounts.KindProvider: "provider:adyen", accounts.KindBank: "bank", accounts.KindFX: "fx"} {
		for _, sub := range []ledger.Sub{ledger.Pending, ledger.Available, ledger.Reserved} {
			kind = of
			if m.Account(&ledger.Posting{Account: id, Sub: sub, Type: "Whatever"}) == nil {
				t.Errorf("there is no line for %s %s", id, sub)
			}
		}
	}
}
