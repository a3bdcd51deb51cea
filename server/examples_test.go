package server_test

import (
	"testing"

	"github.com/splitledger/splitledger/server"
)

const (
	firstEvents = `{"id":"acc-1","type":"account.open","at":"2026-03-01T09:00:00Z","account":"seller:42","kind":"sub","holder":"Seller 42 Ltd"}
{"id":"cap-1","type":"payment.capture","at":"2026-03-10T09:15:00Z","payment":"order-1001","provider":"adyen","reference":"R-1001","providerReference":"QFQTPCQ8HXSKGK82","amount":{"value":40000,"currency":"USD"},"splits":[{"type":"BalanceAccount","account":"seller:42","amount":{"value":39600},"reference":"s1"},{"type":"Commission","amount":{"value":400},"reference":"s1c"}]}
{"id":"set-1","type":"payment.settle","at":"2026-03-11T06:00:00Z","payment":"order-1001","batch":"7"}
`
	transfer = `{"id":"tr-2","type":"transfer","at":"2026-03-12T10:00:00Z","from":"seller:42","to":"platform","amount":{"value":600,"currency":"USD"},"reference":"subscription 2026-03"}`
)

// An example is a request and what is answered, both as the documentation has them.
type example struct {
	name         string
	method, path string
	header       []string
	body         string
	status       int
	record       string
	answer       string
}

// The examples of the documentation, one after another on a new ledger.
func TestExamples(t *testing.T) {
	_, hs := serve(t, server.Options{}, "market")
	const events, lines, one = "/v1/ledgers/market/events", "application/x-ndjson", "application/json"
	for _, e := range []example{
		{"lines", "POST", events, []string{"Content-Type", lines}, firstEvents, 200, "", `{"line":1,"id":"acc-1","status":"accepted","record":1,"entries":[]}
{"line":2,"id":"cap-1","status":"accepted","record":2,"entries":[1]}
{"line":3,"id":"set-1","status":"accepted","record":3,"entries":[2]}`},
		{"refused", "POST", events, []string{"Content-Type", one}, `{"id":"tr-1","type":"transfer","at":"2026-03-12T10:00:00Z","from":"seller:42","to":"platform","amount":{"value":39601,"currency":"USD"}}`, 409, "3",
			`{"type":"/docs/errors#insufficient_funds","title":"Insufficient funds","status":409,"detail":"expected at most what seller:42 has available, 39600 USD, found 39601 USD","instance":"urn:uuid:…","code":"insufficient_funds","field":"amount","id":"tr-1","requestId":"…"}`},
		{"tried", "POST", events + "?dry_run=true", []string{"Content-Type", one}, transfer, 200, "3",
			`{"id":"tr-2","status":"accepted","dryRun":true,"postings":["…","…"]}`},
		{"accepted", "POST", events, []string{"Content-Type", one}, transfer, 201, "4", `{"id":"tr-2","status":"accepted","record":4,"entries":[3]}`},
		{"again", "POST", events, []string{"Content-Type", one, "Idempotency-Key", "tr-2"}, transfer, 200, "4", `{"id":"tr-2","status":"duplicate","record":4,"entries":[3]}`},
		{"another key", "POST", events, []string{"Content-Type", one, "Idempotency-Key", "tr-3"}, transfer, 400, "",
			`{"type":"/docs/errors#invalid","title":"Invalid","status":400,"detail":"…","instance":"…","code":"invalid","field":"Idempotency-Key","id":"tr-2","requestId":"…"}`},
		{"balances", "GET", "/v1/ledgers/market/balances?kind=sub", []string{"After-Record", "4"}, "", 200, "4",
			`{"data":[{"account":"seller:42","kind":"sub","currency":"USD","pending":0,"available":39000,"reserved":0,"balance":39000}]}`},
		{"balances as of", "GET", "/v1/ledgers/market/balances?kind=sub&as_of=2026-03-10T12:00:00Z", []string{"After-Record", "4"}, "", 200, "4",
			`{"data":[{"account":"seller:42","kind":"sub","currency":"USD","pending":39600,"available":0,"reserved":0,"balance":39600}]}`},
		{"statement", "GET", "/v1/ledgers/market/accounts/seller:42/statement?from=2026-03&to=2026-03&limit=3", nil, "", 200, "4",
			`{"account":"seller:42","kind":"sub","from":"2026-03-01T00:00:00Z","to":"2026-04-01T00:00:00Z","zone":"UTC","order":"effective","totals":[{"currency":"USD","opening":{"pending":0,"available":0,"reserved":0,"balance":0},"debits":40200,"credits":79200,"closing":{"pending":0,"available":39000,"reserved":0,"balance":39000}}],"data":[{"at":"2026-03-10T09:15:00Z","recorded":"…","event":"cap-1","entry":1,"payment":"order-1001","merchantReference":"R-1001","sub":"pending","type":"BalanceAccount","reference":"s1","currency":"USD","amount":39600,"balance":39600},{"at":"2026-03-11T06:00:00Z","recorded":"…","event":"set-1","entry":2,"payment":"order-1001","merchantReference":"R-1001","sub":"pending","type":"Settlement","currency":"USD","amount":-39600,"balance":0},{"at":"2026-03-11T06:00:00Z","recorded":"…","event":"set-1","entry":2,"payment":"order-1001","merchantReference":"R-1001","sub":"available","type":"Settlement","currency":"USD","amount":39600,"balance":39600}],"next":"…"}`},
		{"partial failure", "POST", events, []string{"Content-Type", lines}, `{"id":"cap-1","type":"payment.capture","at":"2026-03-10T09:15:00Z","payment":"order-1001","provider":"adyen","reference":"R-1001","providerReference":"QFQTPCQ8HXSKGK82","amount":{"value":40001,"currency":"USD"},"splits":[{"type":"BalanceAccount","account":"seller:42","amount":{"value":39600},"reference":"s1"},{"type":"Commission","amount":{"value":400},"reference":"s1c"}]}
{"id":"x","type":"transfer"
{"id":"tr-3","type":"transfer","at":"2026-03-12T10:05:00Z","from":"seller:42","to":"seller:43","amount":{"value":1,"currency":"USD"}}
{"id":"fb-1","type":"payment.capture","at":"2026-03-12T11:00:00Z","payment":"order-1002","provider":"adyen","amount":{"value":2500,"currency":"USD"},"splits":[{"type":"BalanceAccount","account":"seller:404","amount":{"value":2400},"reference":"s2"},{"type":"Commission","amount":{"value":100},"reference":"s2c"}]}
`, 200, "", `{"line":1,"id":"cap-1","status":"refused","error":{"code":"idempotency_conflict","message":"expected the content that id \"cap-1\" had the first time, 40000, found 40001","field":"amount.value"}}
{"line":2,"id":"","status":"refused","error":{"code":"invalid","message":"…"}}
{"line":3,"id":"tr-3","status":"refused","error":{"code":"unknown_account","message":"expected an open account of kind sub, platform or liable, found unknown account seller:43","field":"to"}}
{"line":4,"id":"fb-1","status":"accepted","record":5,"entries":[4],"fallback":"unknown account seller:404"}`},
	} {
		t.Run(e.name, func(t *testing.T) {
			got := send(t, e.method, hs.URL+e.path, e.body, e.header...)
			if got.status != e.status || got.header.Get("Record") != e.record {
				t.Errorf("status %d, record %s; want %d, %s\n%s", got.status, got.header.Get("Record"), e.status, e.record, got.body)
			}
			compare(t, e.answer, got.body)
			if e.status == 201 && got.header.Get("Location") != events+"/tr-2" {
				t.Errorf("location %s", got.header.Get("Location"))
			}
		})
	}
}
