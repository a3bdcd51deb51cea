package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/server"
	"github.com/splitledger/splitledger/server/settings"
)

// keys opens settings and makes a key of each name, with the scopes and ledgers that are given as "scopes ledgers".
func keys(t *testing.T, of map[string]string) (*settings.Store, map[string]string) {
	t.Helper()
	store, err := settings.Open(t.TempDir(), settings.Options{Providers: all.Registry()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	texts := map[string]string{}
	for name, may := range of {
		words := strings.Fields(may)
		n := settings.NewKey{Name: name, Ledgers: strings.Split(words[1], ",")}
		for _, s := range strings.Split(words[0], ",") {
			n.Scopes = append(n.Scopes, settings.Scope(s))
		}
		_, text, err := store.CreateKey(settings.Actor{By: "test"}, n)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = "Bearer " + text
	}
	return store, texts
}

// Each route is tried without a key, with a wrong one, one of another ledger and one of each other scope. The table is
// made of the routes, so none can be forgotten.
func TestAccess(t *testing.T) {
	scopes := map[string]server.Scope{"reader": server.Read, "writer": server.Write, "poster": server.Reconcile, "intake": server.Intake}
	may := map[string]string{"other": "admin shop", "gone": "admin *", "late": "admin *", "admin": "admin *"}
	for name, scope := range scopes {
		may[name] = string(scope) + " market"
	}
	store, text := keys(t, may)
	for _, k := range store.Keys() {
		if k.Name == "gone" {
			if err := store.RevokeKey(settings.Actor{By: "test"}, k.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	s, hs := serve(t, server.Options{Settings: store, Limits: server.Limits{Strangers: 1 << 20}}, "market", "shop")
	for _, r := range s.Routes() {
		url := hs.URL + strings.NewReplacer("{ledger}", "market", "{id}", "1", "{n}", "1", "{provider}", "adyen", "{rule}", "r").Replace(r.Path)
		for _, key := range []string{"", "Bearer", "Basic x", "Bearer slk_00000000_x", text["gone"], text["admin"][:len(text["admin"])-1]} {
			got := send(t, r.Method, url, "", "Authorization", key)
			if r.Signed { // nothing but a signature counts
				if got.status != 401 || !strings.Contains(got.body, `"unauthenticated"`) {
					t.Errorf("%s %s without a signature: %d %s", r.Method, r.Path, got.status, got.body)
				}
				continue
			}
			if r.Scope == server.Open {
				if got.status == 401 || got.status == 403 {
					t.Errorf("%s %s needs a key: %d", r.Method, r.Path, got.status)
				}
				continue
			}
			if r.Method != "HEAD" && (got.status != 401 || !strings.Contains(got.body, `"unauthenticated"`) || got.header.Get("WWW-Authenticate") != "Bearer") {
				t.Errorf("%s %s with key %.12q: %d %s", r.Method, r.Path, key, got.status, got.body)
			}
		}
		if r.Scope == server.Open {
			continue
		}
		for name, scope := range scopes {
			got := send(t, r.Method, url, "", "Authorization", text[name])
			if refused := got.status == 403; refused != (scope != r.Scope && r.Scope != server.AnyScope) && r.Path != "/metrics" {
				t.Errorf("%s %s with scope %s: %d %s", r.Method, r.Path, scope, got.status, got.body)
			}
		}
		// Whoever may change keys or webhooks could reach any ledger: settings are for keys of all of them.
		if r.Scope == server.Admin && !strings.HasPrefix(r.Path, server.InLedger) && r.Path != "/v1/ledgers" {
			if got := send(t, r.Method, url, "", "Authorization", text["other"]); got.status != 403 {
				t.Errorf("%s %s with an admin's key of one ledger: %d %s", r.Method, r.Path, got.status, got.body)
			}
		}
		if strings.HasPrefix(r.Path, server.InLedger) {
			for _, ledger := range []string{"market", "nosuch"} {
				url := strings.Replace(url, "/market", "/"+ledger, 1)
				if got := send(t, r.Method, url, "", "Authorization", text["other"]); got.status != 403 {
					t.Errorf("%s %s with a key of another ledger: %d %s", r.Method, url, got.status, got.body)
				}
			}
		}
	}
	// A key is refused from the request after it was revoked on, and keys in the URL are none.
	url := hs.URL + "/v1/ledgers/market"
	if got := send(t, "GET", url, "", "Authorization", text["reader"]); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for _, k := range store.Keys() {
		if k.Name == "reader" {
			if got := send(t, "DELETE", hs.URL+"/v1/keys/"+k.ID, "", "Authorization", text["admin"]); got.status != http.StatusNoContent {
				t.Fatalf("%d %s", got.status, got.body)
			}
		}
	}
	if got := send(t, "GET", url, "", "Authorization", text["reader"]); got.status != 401 {
		t.Errorf("a revoked key: %d %s", got.status, got.body)
	}
	if got := send(t, "GET", url+"?key="+strings.TrimPrefix(text["writer"], "Bearer "), ""); got.status != 401 {
		t.Errorf("a key in the URL: %d %s", got.status, got.body)
	}
}

// Keys are made, listed and revoked; what is wrong with one is said with its field; who did it is in the audit.
func TestKeys(t *testing.T) {
	store, text := keys(t, map[string]string{"root": "admin *"})
	_, hs := serve(t, server.Options{Settings: store}, "market")
	auth := []string{"Authorization", text["root"], "Content-Type", "application/json"}
	got := send(t, "POST", hs.URL+"/v1/keys", `{"name":"backend","scopes":["read","events:write"],"ledgers":["market"]}`, auth...)
	if got.status != 201 || !strings.Contains(got.body, `"key":"slk_`) {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for body, field := range map[string]string{
		`{"name":"backend","scopes":["read"],"ledgers":["market"]}`:             "name",
		`{"name":"x","scopes":["root"],"ledgers":["market"]}`:                   "scopes",
		`{"name":"x","scopes":["read"],"ledgers":[]}`:                           "ledgers",
		`{"name":"x","scopes":["read"],"ledgers":["market"],"expires":"later"}`: "expires",
		`{"name":"x","scopes":["read"],"ledgers":["market"],"colour":"red"}`:    "colour",
		`{"name":"x","name":"y","scopes":["read"],"ledgers":["market"]}`:        "name",
		`{"name":"x"} {}`: "",
	} {
		got := send(t, "POST", hs.URL+"/v1/keys", body, auth...)
		if got.status != 400 && got.status != 409 || !strings.Contains(got.body, `"field":"`+field) && field != "" {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	got = send(t, "GET", hs.URL+"/v1/keys", "", auth[:2]...)
	if got.status != 200 || strings.Contains(got.body, strings.TrimPrefix(text["root"], "Bearer ")) || !strings.Contains(got.body, `"name":"backend"`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	got = send(t, "GET", hs.URL+"/v1/audit?action=key.*&limit=1", "", auth[:2]...)
	if got.status != 200 || !strings.Contains(got.body, `"action":"key.create"`) || !strings.Contains(got.body, `"next":"`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	// Who has no key may ask ten times a second, and then is told to wait.
	last := 0
	for range 50 {
		last = send(t, "GET", hs.URL+"/v1/me", "").status
	}
	if last != 429 {
		t.Errorf("50 requests without a key: %d", last)
	}
	if got = send(t, "POST", hs.URL+"/v1/ledgers", `{"name":"new"}`, auth...); got.status != 404 {
		t.Errorf("a server that cannot make ledgers: %d %s", got.status, got.body)
	}
}
