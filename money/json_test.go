package money_test

import (
	"encoding/json"
	"testing"

	"github.com/splitledger/splitledger/money"
	"pgregory.net/rapid"
)

// TestJSON writes values into JSON and reads them back the same.
func TestJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type values struct {
			Amount  money.Amount
			None    *money.Amount
			Minor   money.Int
			Percent money.Percent
			By      map[string]money.Amount
		}
		a := money.FromInt(anyInt().Draw(t, "minor"), rapid.SampledFrom([]money.Currency{"USD", "USDC", ""}).Draw(t, "currency"))
		in := values{Amount: a, Minor: anyInt().Draw(t, "int"), Percent: anyPercent().Draw(t, "percent"), By: map[string]money.Amount{"x": a}}
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out values
		if err := json.Unmarshal(text, &out); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !out.Amount.Equal(a) || out.None != nil || !out.Minor.Equal(in.Minor) || !out.Percent.Equal(in.Percent) || !out.By["x"].Equal(a) {
			t.Fatalf("%+v became %s and then %+v", in, text, out)
		}
	})
}

func TestAmountInJSON(t *testing.T) {
	for _, tt := range []struct{ in, want string }{ // "" is refused
		{`{"value":40000,"currency":"USD"}`, `{"value":40000,"currency":"USD"}`},
		{` { "currency" : "USD" , "value" : "-40000" } `, `{"value":-40000,"currency":"USD"}`},
		{`{"value":123456789012345678901234567890123456,"currency":"JPY"}`, `{"value":123456789012345678901234567890123456,"currency":"JPY"}`},
		{`{"value":0}`, `{"value":0}`},
		{`null`, `{"value":0}`},
		{`{"value":1.5,"currency":"USD"}`, ""},
		{`{"value":1e3,"currency":"USD"}`, ""},
		{`{"value":1.0,"currency":"USD"}`, ""},
		{`{"value":"","currency":"USD"}`, ""},
		{`{"value":null,"currency":"USD"}`, ""},
		{`{"value":[1],"currency":"USD"}`, ""},
		{`{"value":1,"value":2,"currency":"USD"}`, ""},
		{`{"value":1,"currency":"USD","note":"x"}`, ""},
		{`{"Value":1,"currency":"USD"}`, ""},
		{`{"value":1,"currency":"usd"}`, ""},
		{`{"value":1,"currency":""}`, ""},
		{`{"value":1,"currency":7}`, ""},
		{`{"currency":"USD"}`, ""},
		{`{}`, ""},
		{`[]`, ""},
		{`40000`, ""},
		{`"400.00"`, ""},
	} {
		var a money.Amount
		err := json.Unmarshal([]byte(tt.in), &a)
		if (err != nil) != (tt.want == "") {
			t.Errorf("%s: %v, %v", tt.in, a, err)
			continue
		}
		if got, _ := json.Marshal(a); err == nil && string(got) != tt.want {
			t.Errorf("%s became %s, want %s", tt.in, got, tt.want)
		}
	}
	odd, err := json.Marshal(money.New(1, `"<`))
	if err != nil || string(odd) != `{"value":1,"currency":"\"\u003c"}` {
		t.Errorf("%s, %v", odd, err)
	}
}
