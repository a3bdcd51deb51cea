package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/server"
	"github.com/splitledger/splitledger/server/settings"
)

// What a key has under way counts, a feed as one request, and counts no more when it is over.
func TestUnderWay(t *testing.T) {
	_, hs := serve(t, server.Options{Limits: server.Limits{Requests: 1, Bytes: 100}}, "market")
	r, err := http.NewRequestWithContext(t.Context(), "GET", hs.URL+"/v1/ledgers/market/journal", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	feed, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	got := send(t, "GET", hs.URL+"/v1/me", "")
	if got.status != 429 || got.header.Get("Retry-After") == "" || !strings.Contains(got.header.Get("RateLimit-Policy"), `"requests";q=1,`) {
		t.Errorf("beside a feed: %d %v %s", got.status, got.header, got.body)
	}
	feed.Body.Close()
	for began := time.Now(); send(t, "GET", hs.URL+"/v1/me", "").status != 200; time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > 5*time.Second {
			t.Fatal("a feed that is over counts still")
		}
	}
	body := `{"id":"a","type":"account.open","account":"a:1","kind":"sub"}`
	events := hs.URL + "/v1/ledgers/market/events"
	if got := send(t, "POST", events, body+strings.Repeat(" ", 100), "Content-Type", "application/json"); got.status != 429 {
		t.Errorf("more bytes than a key may have: %d %s", got.status, got.body)
	}
	if got := send(t, "POST", events, body, "Content-Type", "application/json"); got.status != 201 {
		t.Errorf("after it: %d %s", got.status, got.body)
	}
}

// A key sees and makes no ledger that it is not for, what it posts bears its name, and refusals are in the audit.
func TestKeyOfOneLedger(t *testing.T) {
	store, text := keys(t, map[string]string{"one": "admin market", "all": "admin *"})
	made := false
	_, hs := serve(t, server.Options{Settings: store, Create: func(string, []money.Asset) error {
		made = true
		return nil
	}}, "market", "shop")
	one := []string{"Authorization", text["one"], "Content-Type", "application/json"}
	if got := send(t, "GET", hs.URL+"/v1/ledgers", "", one[:2]...); strings.Count(got.body, `"ledger":`) != 1 || !strings.Contains(got.body, `"market"`) {
		t.Errorf("ledgers: %s", got.body)
	}
	if got := send(t, "POST", hs.URL+"/v1/ledgers", `{"name":"new"}`, one...); got.status != 403 || made {
		t.Errorf("a ledger that the key is not for: %d %s", got.status, got.body)
	}
	got := send(t, "POST", hs.URL+"/v1/ledgers/market/events", `{"id":"a","type":"account.open","account":"a:1","kind":"sub"}`, one...)
	if got.status != 201 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	id := strings.Split(text["one"], "_")[1]
	if got := send(t, "GET", hs.URL+"/v1/ledgers/market/events/a", "", one[:2]...); !strings.Contains(got.body, `"by":"key_`+id+`"`) {
		t.Errorf("who posted: %s", got.body)
	}
	got = send(t, "GET", hs.URL+"/v1/audit?action=access.*", "", "Authorization", text["all"])
	if !strings.Contains(got.body, `"by":"key_`+id+`"`) || !strings.Contains(got.body, `"target":"POST /v1/ledgers"`) {
		t.Errorf("the refusal is not in the audit: %s", got.body)
	}
}

// A key that is for some accounts is refused by every route but those of accounts: the table is that of the routes.
func TestKeyOfAccountsElsewhere(t *testing.T) {
	store, _ := keys(t, nil)
	_, text, err := store.CreateKey(settings.Actor{By: "test"}, settings.NewKey{Name: "some", Ledgers: []string{"*"},
		Scopes: settings.Scopes(), Accounts: []string{"seller:1*"}})
	if err != nil {
		t.Fatal(err)
	}
	s, hs := serve(t, server.Options{Settings: store}, "market")
	open := 0
	for _, r := range s.Routes() {
		if r.Scope == server.Open {
			continue
		}
		url := hs.URL + strings.NewReplacer("{ledger}", "market", "{id}", "1", "{n}", "1", "{provider}", "adyen", "{rule}", "r").Replace(r.Path)
		if got := send(t, r.Method, url, "", "Authorization", "Bearer "+text); got.status != 403 {
			open++
		}
	}
	if open > 3 { // me, and with an account of its own balances; its statement and explanation are of account 1, which it is not for
		t.Errorf("%d routes are open to a key of some accounts", open)
	}
}

// The id of a request is the client's where it is a short name, and nothing else is repeated in an answer.
func TestRequestID(t *testing.T) {
	_, hs := serve(t, server.Options{})
	for id, kept := range map[string]bool{"abc-1_X": true, strings.Repeat("a", 64): true, strings.Repeat("a", 65): false, "a b": false, "<b>": false, "é": false} {
		got := send(t, "GET", hs.URL+"/healthz", "", "Request-Id", id).header.Get("Request-Id")
		if got == "" || (got == id) != kept {
			t.Errorf("%q: answered with %q", id, got)
		}
	}
}
