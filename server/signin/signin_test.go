package signin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"

	"github.com/splitledger/splitledger/server/signin"
)

// A forger is an issuer that signs whatever it is told to.
type forger struct {
	*httptest.Server
	claims map[string]any
	signer *ecdsa.PrivateKey
	down   bool
}

// forge starts an issuer.
func forge(t *testing.T) *forger {
	t.Helper()
	f := &forger{signer: newKey(t)}
	at := &oidctest.Server{Algorithms: []string{oidc.ES256},
		PublicKeys: []oidctest.PublicKey{{PublicKey: f.signer.Public(), KeyID: "k", Algorithm: oidc.ES256}}}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case f.down:
			http.Error(w, "down", http.StatusBadGateway)
		case r.URL.Path == "/token":
			claims, _ := json.Marshal(f.claims)
			w.Header().Set("Content-Type", "application/json")
			json.NewEncoder(w).Encode(map[string]string{"access_token": "a", "token_type": "Bearer",
				"id_token": oidctest.SignIDToken(f.signer, "k", oidc.ES256, string(claims))})
		default:
			at.ServeHTTP(w, r)
		}
	}))
	at.SetIssuer(f.URL)
	t.Cleanup(f.Close)
	return f
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// client makes a client of an issuer.
func client(t *testing.T, f *forger, now func() time.Time, grants ...string) *signin.Client {
	t.Helper()
	o := signin.Options{Issuer: f.URL, ClientID: "books", RedirectURL: "http://localhost/back", Clock: now, Random: rand.Text}
	for _, text := range grants {
		g, err := signin.ParseGrant(text)
		if err != nil {
			t.Fatal(err)
		}
		o.Grants = append(o.Grants, g)
	}
	c, err := signin.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// begin begins a sign-in, and returns the state, the nonce and the cookie.
func begin(t *testing.T, c *signin.Client) (state, nonce, browser string) {
	t.Helper()
	to, browser, err := c.Begin(t.Context(), "/c/")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil || u.Query().Get("code_challenge_method") != "S256" {
		t.Fatalf("%s: %v", to, err)
	}
	return u.Query().Get("state"), u.Query().Get("nonce"), browser
}

// An ID token counts only if it is this issuer's, for this client, of this sign-in and of now; and somebody only if a
// grant fits.
func TestTokens(t *testing.T) {
	f := forge(t)
	c := client(t, f, time.Now, "group:finance=read+events:write@market", "domain:example.com=read@*")
	other := newKey(t)
	for name, tt := range map[string]struct {
		claims map[string]any
		signer *ecdsa.PrivateKey
		want   string // scopes and ledgers, or part of the error
	}{
		"group":             {claims: map[string]any{"groups": []string{"staff", "finance"}}, want: "[read events:write] [market]"},
		"one group":         {claims: map[string]any{"groups": "finance"}, want: "[read events:write] [market]"},
		"domain":            {claims: map[string]any{"email": "Ana@Example.com", "email_verified": true}, want: "[read] [*]"},
		"domain unverified": {claims: map[string]any{"email": "ana@example.com"}, want: "is not verified there"},
		"domain within":     {claims: map[string]any{"email": "ana@example.com@evil.org", "email_verified": true}, want: "nothing here is for you"},
		"other domain":      {claims: map[string]any{"email": "ana@sub.example.com", "email_verified": true}, want: "nothing here is for you"},
		"unknown group":     {claims: map[string]any{"groups": []string{"Finance"}}, want: "nothing here is for you"},
		"odd groups":        {claims: map[string]any{"groups": map[string]any{"finance": true}}, want: "nothing here is for you"},
		"nonce":             {claims: map[string]any{"groups": "finance", "nonce": "other"}, want: "not to be trusted"},
		"no nonce":          {claims: map[string]any{"groups": "finance", "nonce": nil}, want: "not to be trusted"},
		"audience":          {claims: map[string]any{"groups": "finance", "aud": "shop"}, want: "not to be trusted"},
		"issuer":            {claims: map[string]any{"groups": "finance", "iss": "https://evil.example"}, want: "not to be trusted"},
		"expired":           {claims: map[string]any{"groups": "finance", "exp": time.Now().Add(-time.Minute).Unix()}, want: "not to be trusted"},
		"no subject":        {claims: map[string]any{"groups": "finance", "sub": ""}, want: "not to be trusted"},
		"signature":         {claims: map[string]any{"groups": "finance"}, signer: other, want: "not to be trusted"},
	} {
		state, nonce, browser := begin(t, c)
		f.claims = map[string]any{"iss": f.URL, "aud": "books", "sub": "ana", "exp": time.Now().Add(time.Hour).Unix(), "nonce": nonce}
		maps.Copy(f.claims, tt.claims)
		own := f.signer
		if tt.signer != nil {
			f.signer = tt.signer
		}
		p, err := c.Finish(t.Context(), url.Values{"state": {state}, "code": {"x"}}, browser)
		f.signer = own
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprint(p.Key.Scopes, p.Key.Ledgers)
		}
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: expected %s, found %s", name, tt.want, got)
		}
		if _, ok := errors.AsType[*signin.Refusal](err); err != nil && !ok {
			t.Errorf("%s: %v is no refusal", name, err)
		}
	}
}

// An issuer that is down is asked again, a sign-in ends after ten minutes, and the same person has the same id.
func TestFlow(t *testing.T) {
	f := forge(t)
	now := time.Now()
	c := client(t, f, func() time.Time { return now }, "anyone=read@*")
	f.down = true
	if _, _, err := c.Begin(t.Context(), "/c/"); err == nil || !strings.Contains(err.Error(), "cannot be asked") {
		t.Errorf("down: %v", err)
	}
	f.down = false
	ids := map[string]bool{}
	for _, sub := range []string{"ana", "ana", "ben"} {
		state, nonce, browser := begin(t, c)
		f.claims = map[string]any{"iss": f.URL, "aud": "books", "sub": sub, "exp": now.Add(time.Hour).Unix(), "nonce": nonce}
		p, err := c.Finish(t.Context(), url.Values{"state": {state}, "code": {"x"}}, browser)
		if err != nil {
			t.Fatal(err)
		}
		ids[p.Key.By()] = true
	}
	if len(ids) != 2 {
		t.Errorf("expected two people, found %v", ids)
	}
	state, _, browser := begin(t, c)
	now = now.Add(10 * time.Minute)
	if _, err := c.Finish(t.Context(), url.Values{"state": {state}, "code": {"x"}}, browser); err == nil ||
		!strings.Contains(err.Error(), "10 minutes") {
		t.Errorf("late: %v", err)
	}
	state, _, browser = begin(t, c)
	f.down = true
	_, err := c.Finish(t.Context(), url.Values{"state": {state}, "code": {"x"}}, browser)
	if _, ok := errors.AsType[*signin.Refusal](err); err == nil || ok || !strings.Contains(err.Error(), "status 502") {
		t.Errorf("down meanwhile: %v", err)
	}
}

// Grants that nobody can mean are refused.
func TestParseGrant(t *testing.T) {
	for _, text := range []string{"", "finance=read@*", "group:=read@*", "group:a=write@*", "group:a=read", "group:a=read@",
		"group:a=read@*+b", "domain:a@b=read@*", "email:example.com=read@*", "anyone:x=read@*", "group:a=@market", "group:a=read@_server"} {
		if g, err := signin.ParseGrant(text); err == nil {
			t.Errorf("%q: expected an error, found %v", text, g)
		}
	}
	g, err := signin.ParseGrant("group:cn=finance,ou=groups=read+admin@a+b")
	if err != nil || fmt.Sprint(g) != "{group cn=finance,ou=groups [read admin] [a b]}" {
		t.Errorf("%v, %v", g, err)
	}
}
