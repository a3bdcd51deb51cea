package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server"
)

// What is answered besides the books: who asks, what there is, and what is wrong with a request.
func TestBase(t *testing.T) {
	_, hs := serve(t, server.Options{Version: "1.2.3"}, "market", "shop")
	const json = "application/json"
	for _, tt := range []struct {
		method, path, body string
		header             []string
		status             int
		want               string
	}{
		{"GET", "/healthz", "", nil, 200, `{"status":"ok"}`},
		{"GET", "/v1/me", "", nil, 200, `{"by":"local","scopes":["admin"],"ledgers":["*"],"limits":{"requests":256,"bytes":67108864}}`},
		{"GET", "/v1/ledgers/shop", "", nil, 200, `{"ledger":"shop","id":"…","state":"open","record":0,"entries":0,"head":"…","at":"…"}`},
		{"GET", "/v1/ledgers/none", "", nil, 404, "unknown_ledger"},
		{"GET", "/v1/ledgers/market/accounts/x/y", "", nil, 404, "not_found"},
		{"GET", "/v1//ledgers", "", nil, 404, "not_found"},
		{"GET", "/v1/ledgers/../ledgers", "", nil, 404, "not_found"},
		{"GET", "/v1/./ledgers", "", nil, 404, "not_found"},
		{"GET", "/v1/ledgers/", "", nil, 404, "not_found"},
		{"PUT", "/v1/ledgers/market", "", nil, 405, "method_not_allowed"},
		{"OPTIONS", "/v1/ledgers/market/events", "", nil, 405, "method_not_allowed"},
		{"GET", "/v1/ledgers/market/balances?colour=red", "", nil, 400, "colour"},
		{"GET", "/v1/ledgers/market/balances?kind=seller", "", nil, 400, "kind"},
		{"GET", "/v1/ledgers/market/balances?kind=sub&kind=bank", "", nil, 400, "kind"},
		{"GET", "/v1/ledgers/market/balances?limit=0", "", nil, 400, "limit"},
		{"GET", "/v1/ledgers/market/balances?limit=1001", "", nil, 400, "limit"},
		{"GET", "/v1/ledgers/market/balances?after=zzz", "", nil, 400, "after"},
		{"GET", "/v1/ledgers/market/balances?as_of=soon", "", nil, 400, "as_of"},
		{"GET", "/v1/ledgers/market/balances?as_of=2999-01-01", "", nil, 400, "as_of"},
		{"GET", "/v1/ledgers/market/balances?zone=Local", "", nil, 400, "zone"},
		{"GET", "/v1/ledgers/market/balances?account=seller:1", "", nil, 404, "unknown_account"},
		{"GET", "/v1/ledgers/market/balances", "", []string{"After-Record", "first"}, 400, "After-Record"},
		{"GET", "/v1/ledgers/market/balances", "", []string{"After-Record", "1", "Prefer", "wait=0"}, 503, "record_not_reached"},
		{"GET", "/v1/ledgers/market/balances", "", []string{"Accept", "image/png"}, 406, "not_acceptable"},
		{"GET", "/v1/ledgers/market/events/none", "", nil, 404, "not_found"},
		{"GET", "/v1/ledgers/market/entries/0", "", nil, 404, "not_found"},
		{"GET", "/v1/ledgers/market/entries/one", "", nil, 400, "n"},
		{"POST", "/v1/ledgers/market/events", "{}", []string{"Content-Type", "text/plain"}, 415, "unsupported_media_type"},
		{"POST", "/v1/ledgers/market/events", "{}", []string{"Content-Type", json, "Content-Encoding", "br"}, 415, "unsupported_media_type"},
		{"POST", "/v1/ledgers/market/events", "{}", []string{"Content-Type", json, "Content-Encoding", "gzip"}, 400, "invalid"},
		{"POST", "/v1/ledgers/market/events", "[{}]", []string{"Content-Type", json}, 400, "application/x-ndjson"},
		{"POST", "/v1/ledgers/market/events", "{", []string{"Content-Type", json}, 400, "invalid"},
		{"POST", "/v1/ledgers/market/events", "", []string{"Content-Type", json}, 400, "invalid"},
		{"POST", "/v1/ledgers/market/events", `{"id":"a","id":"b"}`, []string{"Content-Type", json}, 400, "invalid"},
		{"POST", "/v1/ledgers/market/events", `{"id":"` + strings.Repeat("a", 1<<20) + `"}`, []string{"Content-Type", json}, 413, "payload_too_large"},
	} {
		got := send(t, tt.method, hs.URL+tt.path, tt.body, tt.header...)
		if got.status != tt.status {
			t.Errorf("%s %s: status %d, want %d: %s", tt.method, tt.path, got.status, tt.status, got.body)
		}
		if strings.HasPrefix(tt.want, "{") {
			compare(t, tt.want, got.body)
		} else if !strings.Contains(got.body, `"`+tt.want+`"`) && !strings.Contains(got.body, tt.want) {
			t.Errorf("%s %s: %s, want %s", tt.method, tt.path, got.body, tt.want)
		}
		if tt.status >= 400 && got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: an error as %s", tt.method, tt.path, got.header.Get("Content-Type"))
		}
		if tt.status == 405 && got.header.Get("Allow") == "" {
			t.Errorf("%s %s: 405 without Allow", tt.method, tt.path)
		}
		for name, want := range map[string]string{"Splitledger-Version": "1.2.3", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
			if got.header.Get(name) != want {
				t.Errorf("%s %s: %s: %s", tt.method, tt.path, name, got.header.Get(name))
			}
		}
		if len(got.header.Get("Request-Id")) != 36 {
			t.Errorf("%s %s: request id %q", tt.method, tt.path, got.header.Get("Request-Id"))
		}
	}
	if got := send(t, "GET", hs.URL+"/healthz", "", "Request-Id", "mine_1"); got.header.Get("Request-Id") != "mine_1" {
		t.Errorf("request id %q", got.header.Get("Request-Id"))
	}
	if got := send(t, "HEAD", hs.URL+"/v1/ledgers/market/balances", ""); got.status != http.StatusOK || got.body != "" {
		t.Errorf("HEAD: %d %q", got.status, got.body)
	}
	if got := send(t, "GET", hs.URL+"/readyz", ""); got.status != 200 && got.status != 503 {
		t.Errorf("readyz: %d %s", got.status, got.body)
	}
}

// All codes of posting and of the ledger have a status, and a failure says that trying again may help.
func TestStatuses(t *testing.T) {
	for code, s := range server.Statuses {
		if s.Title == "" || s.Status < 400 || s.Again != (s.Status == 503 || s.Status == 429) {
			t.Errorf("%s: %+v", code, s)
		}
	}
	if _, ok := server.Statuses[ledger.OutcomeUnknown]; !ok {
		t.Error("outcome_unknown has no status")
	}
}

// The header Idempotency-Key may say the id of an event once more, and nothing else.
func TestIdempotencyKey(t *testing.T) {
	_, hs := serve(t, server.Options{}, "market")
	const open = `{"id":"a","type":"account.open","account":"a:1","kind":"sub"}`
	for _, tt := range []struct {
		media, key string
		status     int
	}{
		{"application/json", "b", 400},
		{"application/x-ndjson", "a", 400},
		{"application/json", "a", 201},
		{"application/json", "a", 200},
	} {
		got := send(t, "POST", hs.URL+"/v1/ledgers/market/events", open, "Content-Type", tt.media, "Idempotency-Key", tt.key)
		if got.status != tt.status || tt.status == 400 && !strings.Contains(got.body, `"field":"Idempotency-Key"`) {
			t.Errorf("%s, key %s: expected %d, found %d %s", tt.media, tt.key, tt.status, got.status, got.body)
		}
	}
}
