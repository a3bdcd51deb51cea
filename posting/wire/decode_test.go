package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

func TestDecodeRefuses(t *testing.T) {
	const transfer = `{"id":"t1","type":"transfer","from":"a","to":"b","amount":`
	long := strings.Repeat("x", 129)
	for _, tt := range []struct {
		name, line  string
		code        ledger.Code
		field, says string // says is part of the message
	}{
		{"nothing", ``, "invalid", "", "the end of the line at byte 0"},
		{"not an object", `[1]`, "invalid", "", "expected an event as a JSON object, found an array"},
		{"half an object", `{"id":"t1"`, "invalid", "", "the end of the line at byte 10"},
		{"garbage behind", transfer + `{"value":1,"currency":"USD"}} x`, "invalid", "", "nothing after it"},
		{"a second event behind", transfer + `{"value":1,"currency":"USD"}}{}`, "invalid", "", "nothing after it"},
		{"no comma", `{"id":"t1" "type":"transfer"}`, "invalid", "", "at byte"},
		{"name without quotes", `{id:"t1"}`, "invalid", "", "at byte"},
		{"invalid UTF-8", "{\"id\":\"\xff\"}", "invalid", "id", "expected valid UTF-8"},
		{"lone surrogate", `{"id":"\ud800"}`, "invalid", "id", "an escape that JSON knows"},

		{"no type", `{"id":"t1"}`, "invalid", "type", "found nothing"},
		{"no type, but fields", `{"id":"t1","from":"a"}`, "invalid", "type", "found nothing"},
		{"no type, and broken", `{"id":"t1","from":"a","x":[{"y":1}],"to" 5}`, "invalid", "to", "a colon"},
		{"no type, and cut off", `{"id":"t1","from":["a"`, "invalid", "", "end of the line"},
		{"a wrong type at the end", `{"id":"t1","from":{"a":[1,"]"]},"type":7}`, "invalid", "type", "the number 7"},
		{"comma at the end", `{"id":"t1",}`, "invalid", "", "another after the comma"},
		{"comma at the beginning", `{,"id":"t1"}`, "invalid", "", "a field name in quotes"},
		{"comma at the end of an array", split(`{"type":"Remainder"},`), "invalid", "splits[1]", "another after the comma"},
		{"no comma in an array", split(`{"type":"Remainder"}{"type":"Tip"}`), "invalid", "splits[1]", "a comma or ']'"},
		{"metadata twice", `{"id":"c","type":"payment.capture","payment":"p","metadata":{"a":"1","a":"2"}}`, "invalid", "metadata.a", "a second time"},
		{"currency twice", `{"id":"t","type":"transfer","amount":{"currency":"EUR","value":1,"currency":"EUR"}}`, "invalid", "amount.currency", "a second time"},
		{"default twice", entryLine(`{"sub":"available","sub":"available"}`), "invalid", "postings[0].sub", "a second time"},
		{"unknown type", `{"id":"t1","type":"payment.merge"}`, "invalid", "type", `found "payment.merge"`},
		{"type is null", `{"id":"t1","type":null}`, "invalid", "type", "found null"},
		{"no id", `{"type":"account.close","account":"a"}`, "invalid", "id", "found nothing"},
		{"empty id", `{"id":"","type":"account.close","account":"a"}`, "invalid", "id", `found ""`},
		{"id too long", `{"id":"` + long[:65] + `","type":"account.close","account":"a"}`, "invalid", "id", "found 65 characters"},
		{"control character", `{"id":"a\u0007","type":"account.close","account":"a"}`, "invalid", "id", "without control characters"},
		{"C1 control character", `{"id":"é\u0085","type":"account.close","account":"a"}`, "invalid", "id", "without control characters"},

		{"unknown field", `{"id":"t1","type":"transfer","form":"a"}`, "invalid", "form", "unknown field"},
		{"field of another type", `{"id":"t1","type":"transfer","payout":"a"}`, "invalid", "payout", "unknown field"},
		{"field of a later version", `{"id":"t1","type":"payment.capture","payment":"p","dispute":{}}`, "invalid", "dispute", "unknown field"},
		{"rule and splits", `{"id":"c","type":"payment.capture","payment":"p","rule":"r","splits":[{"type":"Commission","amount":{"value":1}}]}`, "invalid", "rule", "found both"},
		{"unknown field of a split", `{"id":"c","type":"payment.capture","payment":"p","splits":[{"typ":"Tip"}]}`, "invalid", "splits[0].typ", "unknown field"},
		{"unknown field of an amount", transfer + `{"value":1,"unit":"USD"}}`, "invalid", "amount.unit", "unknown field"},
		{"field twice", `{"id":"t1","id":"t2"}`, "invalid", "id", `found "id" a second time`},
		{"field twice, one escaped", `{"id":"t1","\u0069d":"t2"}`, "invalid", "id", "a second time"},
		{"value twice", `{"id":"c","type":"payment.capture","payment":"p","splits":[{"type":"Tip"},{"amount":{"value":1,"value":1}}]}`, "invalid", "splits[1].amount.value", "a second time"},
		{"needed field missing", `{"id":"t1","type":"transfer","from":"a","to":"b"}`, "invalid", "amount", "found nothing"},

		{"string for a number", `{"id":1,"type":"transfer"}`, "invalid", "id", "found the number 1"},
		{"null", `{"id":"t1","type":"transfer","from":null}`, "invalid", "from", "found null"},
		{"object for a string", `{"id":"t1","type":"transfer","from":{"id":"a"}}`, "invalid", "from", "found an object"},
		{"true for an array", `{"id":"c","type":"payment.capture","payment":"p","splits":true}`, "invalid", "splits", "found true"},
		{"number for an amount", transfer + `1}`, "invalid", "amount", "found the number 1"},
		{"empty splits", `{"id":"c","type":"payment.capture","payment":"p","splits":[]}`, "invalid", "splits", "leave the field out"},
		{"null among splits", `{"id":"c","type":"payment.capture","payment":"p","splits":[null]}`, "invalid", "splits[0]", "found null"},
		{"empty metadata", `{"id":"c","type":"payment.capture","payment":"p","metadata":{}}`, "invalid", "metadata", "leave the field out"},
		{"metadata of numbers", `{"id":"c","type":"payment.capture","payment":"p","metadata":{"a":1}}`, "invalid", "metadata.a", "found the number 1"},
		{"refund id where a policy goes", `{"id":"c","type":"payment.capture","payment":"p","refund":"r"}`, "invalid", "refund", `found the string "r"`},
		{"policy where a refund id goes", `{"id":"c","type":"payment.refund","payment":"p","refund":{}}`, "invalid", "refund", "found an object"},

		{"fraction", transfer + `{"value":1.5,"currency":"USD"}}`, "invalid", "amount.value", "found 1.5"},
		{"fraction in a string", transfer + `{"value":"1.5","currency":"USD"}}`, "invalid", "amount.value", "found 1.5"},
		{"negative", transfer + `{"value":-1,"currency":"USD"}}`, "invalid", "amount.value", "found -1"},
		{"exponent", transfer + `{"value":1e3,"currency":"USD"}}`, "invalid", "amount.value", "found 1e3"},
		{"10^40", transfer + `{"value":1` + strings.Repeat("0", 40) + `,"currency":"USD"}}`, "invalid", "amount.value", "found 41 digits"},
		{"37 digits in a string", transfer + `{"value":"` + strings.Repeat("9", 37) + `","currency":"USD"}}`, "invalid", "amount.value", "found 37 digits"},
		{"zero", transfer + `{"value":0,"currency":"USD"}}`, "invalid", "amount.value", "at least 1, found 0"},
		{"plus", transfer + `{"value":"+1","currency":"USD"}}`, "invalid", "amount.value", "found +1"},
		{"space", transfer + `{"value":" 1","currency":"USD"}}`, "invalid", "amount.value", "found  1"},
		{"Arabic digits", transfer + `{"value":"١","currency":"USD"}}`, "invalid", "amount.value", "found ١"},
		{"empty string", transfer + `{"value":"","currency":"USD"}}`, "invalid", "amount.value", `found ""`},
		{"true", transfer + `{"value":true,"currency":"USD"}}`, "invalid", "amount.value", "found true"},
		{"no value", transfer + `{"currency":"USD"}}`, "invalid", "amount.value", "found nothing"},
		{"no currency", transfer + `{"value":1}}`, "invalid", "amount.currency", "found nothing"},
		{"currency in small letters", transfer + `{"value":1,"currency":"usd"}}`, "invalid", "amount.currency", `found "usd"`},

		{"account with a space", `{"id":"t1","type":"transfer","from":"a b","to":"b","amount":{"value":1,"currency":"USD"}}`, "invalid", "from", "found"},
		{"payment too long", `{"id":"c","type":"payment.settle","payment":"` + long + `"}`, "invalid", "payment", "found 129 characters"},
		{"payment of too many bytes", `{"id":"c","type":"payment.settle","payment":"` + strings.Repeat("😀", 65) + `"}`, "invalid", "payment", "found 260 bytes"},
		{"provider in capitals", `{"id":"c","type":"payment.capture","payment":"p","provider":"Adyen"}`, "invalid", "provider", `found "Adyen"`},
		{"time without offset", `{"id":"c","type":"payment.settle","payment":"p","at":"2026-03-10T09:15:21"}`, "invalid", "at", "found"},
		{"time with a comma", `{"id":"c","type":"payment.settle","payment":"p","at":"2026-03-10T09:15:21,5Z"}`, "invalid", "at", "found"},
		{"time with an hour of one digit", `{"id":"c","type":"payment.settle","payment":"p","at":"2026-03-10T9:15:21Z"}`, "invalid", "at", "found"},
		{"time with an offset of a day", `{"id":"c","type":"payment.settle","payment":"p","at":"2026-03-10T09:15:21+24:00"}`, "invalid", "at", "found"},
		{"time of ten decimals", `{"id":"c","type":"payment.settle","payment":"p","at":"2026-03-10T09:15:21.0123456789Z"}`, "invalid", "at", "found"},
		{"time as a number", `{"id":"c","type":"payment.settle","payment":"p","at":1773134121}`, "invalid", "at", "found the number"},
		{"time too early", `{"id":"c","type":"payment.settle","payment":"p","at":"1969-12-31T23:59:59Z"}`, "invalid", "at", "1969-12-31"},
		{"time too late", `{"id":"c","type":"payment.settle","payment":"p","at":"2200-01-01T00:00:00Z"}`, "invalid", "at", "2200-01-01"},
		{"time of year 1", `{"id":"c","type":"payment.settle","payment":"p","at":"0001-01-01T00:00:00Z"}`, "invalid", "at", "0001-01-01"},

		{"unknown split type", split(`{"type":"MarketPlace","account":"a","amount":{"value":1}}`), "invalid", "splits[0].type", `found "MarketPlace"`},
		{"BalanceAccount without account", split(`{"type":"BalanceAccount","amount":{"value":1}}`), "invalid", "splits[0].account", "found nothing"},
		{"fee split without account", split(`{"type":"PaymentFee"}`), "invalid", "splits[0].account", "found nothing"},
		{"fee split with an amount", split(`{"type":"PaymentFee","account":"a","amount":{"value":1}}`), "invalid", "splits[0].amount", "found 1"},
		{"Remainder with a percent", split(`{"type":"Remainder","percent":"1"}`), "invalid", "splits[0].percent", "takes what the others leave"},
		{"amount and percent", split(`{"type":"Tip","amount":{"value":1},"percent":"1"}`), "invalid", "splits[0].percent", "found both"},
		{"neither amount nor percent", split(`{"type":"Tip"}`), "invalid", "splits[0].amount", "found neither"},
		{"two remainders", split(`{"type":"Remainder"},{"type":"Remainder"}`), "invalid", "splits[1].type", "another at splits[0]"},
		{"one reference twice", split(`{"type":"Tip","amount":{"value":1},"reference":"r"},{"type":"Tip","amount":{"value":1},"reference":"r"}`), "duplicate_reference", "splits[1].reference", "as at splits[0]"},
		{"split in another currency", split(`{"type":"Tip","amount":{"value":1,"currency":"USD"}}`), "currency_mismatch", "splits[0].amount.currency", "expected the currency of the amount, EUR, found USD"},
		{"percent of 0", split(`{"type":"Tip","percent":"0"}`), "invalid", "splits[0].percent", "found 0"},
		{"percent above 100", split(`{"type":"Tip","percent":"100.01"}`), "invalid", "splits[0].percent", "found 100.01"},
		{"percent with an exponent", split(`{"type":"Tip","percent":5e0}`), "invalid", "splits[0].percent", "found 5e0"},
		{"percent of 13 decimals", split(`{"type":"Tip","percent":"1.0123456789012"}`), "invalid", "splits[0].percent", "found 1.01"},
		{"description too long", split(`{"type":"Tip","amount":{"value":1},"description":"` + strings.Repeat("x", 301) + `"}`), "invalid", "splits[0].description", "found 301"},

		{"policy without behavior", policy(`{"targetAccount":"a"}`), "invalid", "refund.behavior", "found nothing"},
		{"policy without target", policy(`{"behavior":"deductFromOneBalanceAccount"}`), "invalid", "refund.targetAccount", "found nothing"},
		{"policy with a target too many", policy(`{"behavior":"deductFromLiableAccount","targetAccount":"a"}`), "invalid", "refund.targetAccount", "found a"},

		{"fee of an unknown type", `{"id":"f","type":"payment.fee","payment":"p","fees":[{"type":"Tax","amount":{"value":1,"currency":"EUR"}}]}`, "invalid", "fees[0].type", `found "Tax"`},
		{"fee of nothing", `{"id":"f","type":"payment.fee","payment":"p","fees":[{"type":"VAT","amount":{"value":0,"currency":"EUR"}}]}`, "invalid", "fees[0].amount.value", "found 0"},

		{"entry of one posting", entryLine(`{"account":"a","debit":true,"amount":{"value":1,"currency":"EUR"}}`), "invalid", "postings", "found 1"},
		{"debit and credit", entryLine(`{"account":"a","debit":true,"credit":true,"amount":{"value":1,"currency":"EUR"}}`), "invalid", "postings[0].credit", "found both"},
		{"neither debit nor credit", entryLine(`{"account":"a","amount":{"value":1,"currency":"EUR"}}`), "invalid", "postings[0].debit", "found neither"},
		{"debit false", entryLine(`{"account":"a","debit":false,"amount":{"value":1,"currency":"EUR"}}`), "invalid", "postings[0].debit", "found false"},
		{"unknown sub-balance", entryLine(`{"account":"a","sub":"balance","debit":true,"amount":{"value":1,"currency":"EUR"}}`), "invalid", "postings[0].sub", `found "balance"`},
		{"entry 0", `{"id":"r","type":"entry.reverse","entry":0}`, "invalid", "entry", "found 0"},
		{"entry of 20 digits", `{"id":"r","type":"entry.reverse","entry":99999999999999999999}`, "invalid", "entry", "found 9999"},

		{"unknown kind", `{"id":"o","type":"account.open","account":"a","kind":"seller"}`, "invalid", "kind", "seller"},
		{"a second liable", `{"id":"o","type":"account.open","account":"a","kind":"liable"}`, "invalid", "kind", "its one platform and liable"},
		{"fx", `{"id":"o","type":"account.open","account":"fx","kind":"fx"}`, "invalid", "kind", "found fx"},
		{"sub of a reserved name", `{"id":"o","type":"account.open","account":"provider:adyen","kind":"sub"}`, "invalid", "account", "provider:adyen"},
		{"sub of the bank's name", `{"id":"o","type":"account.open","account":"bank:a","kind":"sub"}`, "invalid", "account", "bank:a"},
		{"provider of another name", `{"id":"o","type":"account.open","account":"adyen","kind":"provider"}`, "invalid", "account", `found "adyen"`},
		{"bank of another name", `{"id":"o","type":"account.open","account":"my-bank","kind":"bank"}`, "invalid", "account", `found "my-bank"`},
		{"holder too long", `{"id":"o","type":"account.open","account":"a","kind":"sub","holder":"` + strings.Repeat("x", 257) + `"}`, "invalid", "holder", "found 257"},
		{"overdraft twice", `{"id":"o","type":"account.open","account":"a","kind":"sub","overdraft":[{"value":1,"currency":"EUR"},{"value":2,"currency":"EUR"}]}`, "invalid", "overdraft[1]", "EUR"},
	} {
		_, err := Decode([]byte(tt.line))
		e, ok := errors.AsType[*ledger.Error](err)
		if !ok {
			t.Errorf("%s: Decode returned %v, want %s of %s", tt.name, err, tt.code, tt.field)
			continue
		}
		if e.Code != tt.code || e.Field != tt.field || !strings.Contains(e.Message, tt.says) || e.Detail != "" {
			t.Errorf("%s: Decode refused with\n\t%s %s: %s\nwant\n\t%s %s: …%s…", tt.name, e.Code, e.Field, e.Message, tt.code, tt.field, tt.says)
		}
	}
	full := []byte(`{"id":"` + strings.Repeat("é", MaxID) + `","type":"account.freeze","account":"` + strings.Repeat("a", accounts.MaxID) + `"}`)
	full = append(full, bytes.Repeat([]byte(" "), MaxLine-len(full))...)
	if _, err := Decode(full); err != nil {
		t.Errorf("a line of 1 MiB, with an id of 64 characters and an account of 128: %v", err)
	}
	if _, err := Decode(make([]byte, MaxLine+1)); !errors.Is(err, ledger.Invalid) || !strings.Contains(err.Error(), "1048577") {
		t.Errorf("a line of more than 1 MiB: %v", err)
	}
	if _, err := Decode([]byte(split(strings.Repeat(`{"type":"Remainder"},`, MaxSplits) + `{"type":"Remainder"}`))); err == nil || !strings.Contains(err.Error(), "5000 splits, found more") {
		t.Errorf("5001 splits: %v", err)
	}
	if _, err := Decode([]byte(`{"id":"t1","type":"transfer","x":` + strings.Repeat("[", 100_000))); !errors.Is(err, ledger.Invalid) {
		t.Errorf("deep nesting: %v", err)
	}
}

// split, policy and entryLine are events with something in place.
func split(splits string) string {
	return `{"id":"c","type":"payment.capture","payment":"p","amount":{"value":100,"currency":"EUR"},"splits":[` + splits + `]}`
}

func policy(refund string) string {
	return `{"id":"c","type":"payment.capture","payment":"p","refund":` + refund + `}`
}

func entryLine(posting string) string {
	return `{"id":"e","type":"entry","postings":[` + posting + `]}`
}

func TestDecodeReads(t *testing.T) {
	for _, tt := range []struct{ name, line, canonical string }{
		{
			"type last, values as strings, currency of splits left out",
			` { "payment":"p1", "splits":[{"amount":{"value":"0"},"type":"Tip"},{"type":"BalanceAccount","account":"S","percent":5.310}],
				"refund":{"behavior":"deductAccordingToSplitRatio"}, "provider":"paysafe", "amount":{"currency":"USD","value":"0040000"}, "id":"c1", "type":"payment.capture"} `,
			`{"id":"c1","type":"payment.capture","payment":"p1","amount":{"value":40000,"currency":"USD"},` +
				`"splits":[{"type":"Tip","amount":{"value":0,"currency":"USD"}},{"type":"BalanceAccount","account":"S","percent":"5.31"}],` +
				`"provider":"paysafe","refund":{"behavior":"deductAccordingToSplitRatio"}}`,
		},
		{
			"36 digits, a time with offset and nanoseconds",
			`{"id":"t","type":"transfer","at":"2026-03-10T09:15:21.000000001+01:00","from":"a","to":"b","amount":{"value":999999999999999999999999999999999999,"currency":"USD"}}`,
			`{"id":"t","type":"transfer","at":"2026-03-10T08:15:21.000000001Z","from":"a","to":"b","amount":{"value":999999999999999999999999999999999999,"currency":"USD"}}`,
		},
		{
			"escapes",
			`{"id":"\u0061\"\\","type":"payment.refund","payment":"é😀","refund":"r","amount":{"value":1,"currency":"USD"}}`,
			`{"id":"a\"\\","type":"payment.refund","payment":"é😀","refund":"r","amount":{"value":1,"currency":"USD"}}`,
		},
		{
			"one overdraft, metadata in any order",
			`{"id":"o","type":"account.open","account":"a","kind":"sub","metadata":{"b":"2","a":"1"},"overdraft":[{"value":0,"currency":"EUR"}]}`,
			`{"id":"o","type":"account.open","account":"a","kind":"sub","metadata":{"a":"1","b":"2"},"overdraft":{"value":0,"currency":"EUR"}}`,
		},
		{
			"the default sub-balance is left out",
			`{"id":"e","type":"entry","postings":[{"account":"a","sub":"available","debit":true,"amount":{"value":1,"currency":"EUR"}},{"account":"b","sub":"reserved","credit":true,"amount":{"value":1,"currency":"EUR"}}]}`,
			`{"id":"e","type":"entry","postings":[{"account":"a","debit":true,"amount":{"value":1,"currency":"EUR"}},{"account":"b","sub":"reserved","credit":true,"amount":{"value":1,"currency":"EUR"}}]}`,
		},
	} {
		e, err := Decode([]byte(tt.line))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := string(e.AppendJSON(nil)); got != tt.canonical {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, got, tt.canonical)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, line := range []string{
		`{"id":"c1","type":"payment.capture","payment":"p1","provider":"adyen","amount":{"value":40000,"currency":"USD"},"splits":[{"type":"BalanceAccount","account":"S","amount":{"value":39600},"reference":"a"},{"type":"Commission","amount":{"value":400}},{"type":"PaymentFee","account":"S"}]}`,
		`{"payment":"p1","refund":"r","id":"r1","amount":{"value":"1","currency":"USD"},"type":"payment.refund","splits":[{"type":"Remainder"}]}`,
		`{"id":"e","type":"entry","at":"2026-03-10T09:15:21.5+01:00","postings":[{"account":"a","sub":"pending","debit":true,"amount":{"value":1,"currency":"EUR"}},{"account":"b","credit":true,"amount":{"value":1,"currency":"EUR"}}]}`,
		`{"id":"o","type":"account.open","account":"a","kind":"sub","holder":"x","metadata":{"a":"1"},"overdraft":[{"value":0,"currency":"EUR"},{"value":1,"currency":"USD"}]}`,
		`{"id":"x","type":"payment.authorise","payment":"p","provider":"paysafe","amount":{"value":1,"currency":"EUR"},"refund":{"behavior":"deductFromOneBalanceAccount","targetAccount":"a"}}`,
		`{"id":"f","type":"payment.fee","payment":"p","fees":[{"type":"VAT","amount":{"value":1,"currency":"EUR"}}]}`,
		`{"id":"r","type":"entry.reverse","entry":7}`,
		`{"id":"t","type":"transfer","from":"a","to":"b","amount":{"value":1e3,"currency":"EUR"}}`,
		`{"id":"u","type":"rule.create","rule":"half","name":"50 %","currency":"IDR","routes":[{"percent":50,"reference":"1"},{"account":"S","flat":"500000","reference":"2"}]}`,
		`{"id":"c","type":"payment.capture","payment":"p","provider":"xendit","account":"S","amount":{"value":10000000,"currency":"IDR"},"rule":"half"}`,
		`{"id":"h","type":"reserve.hold","account":"S","amount":{"value":"1000000000000000000000000000000","currency":"EUR"},"reason":"rolling reserve"}`,
		`{"id":"o","type":"payout","payout":"po-1","account":"S","amount":{"value":1,"currency":"EUR"},"provider":"adyen"}`,
		`{"id":"f","type":"payout.failed","payout":"po-1","reason":"no such account"}`,
		`{"id":"b","type":"provider.payout","provider":"adyen","amount":{"value":1,"currency":"EUR"},"batch":"b1"}`,
		`{"id":"x","type":"exchange","account":"S","sell":{"value":100,"currency":"USD"},"buy":{"value":92,"currency":"EUR"}}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := Decode(line)
		if err != nil {
			if refused, ok := errors.AsType[*ledger.Error](err); !ok || refused.Message == "" {
				t.Fatalf("Decode refused with %#v", err)
			}
			return
		}
		if !jsontext.Value(line).IsValid() {
			t.Fatalf("%q is not JSON, but was decoded", line)
		}
		again, err := Decode(e.AppendJSON(nil))
		if err != nil {
			t.Fatalf("%s became %s, which is refused: %v", line, e.AppendJSON(nil), err)
		}
		if d := e.Differ(&again); d != nil {
			t.Fatalf("%s became %s: %s is %s, then %s", line, e.AppendJSON(nil), d.Path, d.A, d.B)
		}
	})
}

// benchLine is a capture with three splits.
const benchLine = `{"id":"018f2c3e-7d4a-7c1b-9e2f-3a4b5c6d7e8f","type":"payment.capture","at":"2026-03-10T09:15:21Z","payment":"order-1001","provider":"adyen","amount":{"value":40000,"currency":"USD"},"splits":[{"type":"BalanceAccount","account":"BA00000000000000000000001","amount":{"value":35000},"reference":"seller"},{"type":"Commission","amount":{"value":4000},"reference":"commission"},{"type":"VAT","amount":{"value":1000},"reference":"vat"}]}`

func BenchmarkDecode(b *testing.B) {
	line := []byte(benchLine)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(line); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// TestDecodeOfDamagedLines changes a byte somewhere: what Decode then takes is still JSON, and JSON with names given
// twice it does not take.
func TestDecodeOfDamagedLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent(t)
		line := e.AppendJSON(nil)
		at := rapid.IntRange(0, len(line)-1).Draw(t, "at")
		with := []byte(rapid.SampledFrom([]string{"", " ", "\"", ",", "}", "{", "]", "[", ":", "\\", "0", "-", "e", "x", "\x00", "\xff"}).Draw(t, "with"))
		line = append(line[:at:at], append(with, line[at+rapid.IntRange(0, 1).Draw(t, "cut"):]...)...)
		if _, err := Decode(line); err == nil && !jsontext.Value(line).IsValid() {
			t.Fatalf("%q is not JSON, but was decoded", line)
		}
	})
}

func TestEventsInEncodingJSON(t *testing.T) {
	const line = `{"events":[{"id":"1","type":"account.close","account":"a"}]}`
	var batch struct {
		Events []Event `json:"events"`
	}
	if err := json.Unmarshal([]byte(line), &batch); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(batch); err != nil || string(again) != line {
		t.Errorf("%s, %v", again, err)
	}
	if err := json.Unmarshal([]byte(strings.Replace(line, "account.close", "account.shut", 1)), &batch); err == nil || !strings.Contains(err.Error(), "account.shut") {
		t.Errorf("an unknown type: %v", err)
	}
}
