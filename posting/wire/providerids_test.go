package wire

import (
	"strings"
	"testing"
)

// TestProviderIDsAreRead reads what is not of their form.
func TestProviderIDsAreRead(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat(`"a",`, 21), ",")
	fifty := `"adyen":[` + numbers(20) + `],"antom":[` + numbers(20) + `],"xendit":[` + numbers(10) + `]`
	for _, tt := range []struct{ ids, says string }{
		{`{"adyen":["BA1"],"xendit":["5f"]}`, ""},
		{`{` + fifty + `}`, ""},
		{`{` + fifty + `,"paysafe":["1"]}`, "providerIds: expected " + providerIDsWhat + ", found more"},
		{`{"adyen":[` + many + `]}`, "providerIds.adyen: expected " + idsWhat + ", found more"},
		{`{"adyen":[]}`, "providerIds.adyen: expected " + idsWhat + " (leave the field out for none), found an empty array"},
		{`{}`, "providerIds: expected " + providerIDsWhat + ", found {}"},
		{`{"adyen":"BA1"}`, "providerIds.adyen: expected " + idsWhat + `, found the string "BA1"`},
		{`{"adyen":["BA1"],"adyen":["BA2"]}`, `providerIds.adyen: expected each field once, found "adyen" a second time`},
		{`{"adyen":["BA1","BA1"]}`, `providerIds.adyen[1]: expected each id once, found "BA1" as at adyen[0]`},
		{`{"adyen":[""]}`, `providerIds.adyen[0]: expected a string of 1 to 128 characters, found ""`},
		{`{"Adyen":["BA1"]}`, `providerIds: expected a provider's name: 1 to 32 of a-z, 0-9, _ and -, a letter or digit first, found "Adyen"`},
		{`["BA1"]`, "providerIds: expected " + providerIDsWhat + ", found an array"},
	} {
		_, err := Decode([]byte(`{"id":"1","type":"account.open","account":"A","kind":"sub","providerIds":` + tt.ids + `}`))
		says := ""
		if err != nil {
			says = strings.TrimPrefix(err.Error(), "invalid: ")
		}
		if says != tt.says {
			t.Errorf("%s:\n got %s\nwant %s", tt.ids, says, tt.says)
		}
	}
}

// numbers is so many ids in JSON.
func numbers(n int) string {
	var list []string
	for i := range n {
		list = append(list, `"`+string(rune('a'+i))+`"`)
	}
	return strings.Join(list, ",")
}
