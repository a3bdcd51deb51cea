package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server/settings"
)

// Nobody sees a page without a key that may read, and a session ends: after 30 minutes without a request, after 12 hours,
// when its key is revoked, and by signing out.
func TestSessions(t *testing.T) {
	p := start(t, below)
	nobody := p.person(t, "")
	a, _ := nobody.send("GET", "/c/market/payments?state=settled", nil)
	if to := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther ||
		to != "/c/_/signin?to=%2Fc%2Fmarket%2Fpayments%3Fstate%3Dsettled" {
		t.Errorf("without a session: %d %s", a.StatusCode, to)
	}
	for _, key := range []string{"slk_00000000_wrong", p.newKey(t, "backend", settings.Write)} {
		if a, body := nobody.send("POST", "/c/_/signin", url.Values{"key": {key}}); a.StatusCode < 400 ||
			len(a.Cookies()) > 0 || strings.Contains(body, key) {
			t.Errorf("signing in with %s: %d", key, a.StatusCode)
		}
	}
	out := func(why string, who *person) {
		t.Helper()
		if a, _ := who.send("GET", "/c/market/payments", nil); a.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", why, a.StatusCode)
		}
	}
	who := p.person(t, p.key)
	for range 23 { // half an hour each, less a minute
		p.clock.Add(29 * 60)
		who.get("/c/market/payments")
	}
	p.clock.Add(2 * 60 * 29)
	out("12 hours after signing in", who)
	who = p.person(t, p.key)
	p.clock.Add(30 * 60)
	out("after 30 idle minutes", who)
	who = p.person(t, p.key)
	p.clock.Add(29 * 60)
	if a, _ := who.send("GET", "/c/market/payments", nil, "Console-Live", "1"); a.StatusCode != http.StatusOK {
		t.Errorf("a page that is asked for again: %d", a.StatusCode)
	}
	p.clock.Add(60)
	out("after 30 minutes in which only the page asked", who)
	who = p.person(t, p.key)
	page := who.get("/c/market/")
	if a, _ := who.send("POST", "/c/_/signout", url.Values{"csrf": {"guessed"}}); a.StatusCode != http.StatusForbidden {
		t.Errorf("signing out by another's form: %d", a.StatusCode)
	}
	who.get("/c/market/")
	who.send("POST", "/c/_/signout", url.Values{"csrf": {hidden(t, page, "csrf")}})
	out("after signing out", who)
	key := p.newKey(t, "Short", settings.Read)
	who = p.person(t, key)
	if err := p.settings.RevokeKey(settings.Actor{By: "test"}, key[4:12]); err != nil {
		t.Fatal(err)
	}
	out("with a revoked key", who)
}

// The cookie is out of reach of scripts and other sites, and goes over plain HTTP on this machine alone.
func TestCookie(t *testing.T) {
	p := start(t, below)
	who := p.person(t, "")
	for host, want := range map[string]string{
		"":                   "splitledger=; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict",
		"books.example.com":  "__Host-splitledger=; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Strict",
		"[::1]:7420":         "splitledger=; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict",
		"127.0.0.1.evil.com": "__Host-splitledger=; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Strict",
	} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", p.url+"/c/_/signin",
			strings.NewReader(url.Values{"key": {p.key}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Host = host
		a, err := who.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		name, rest, _ := strings.Cut(a.Header.Get("Set-Cookie"), "=")
		_, rest, _ = strings.Cut(rest, ";")
		if got := name + "=;" + rest; got != want {
			t.Errorf("host %q: expected %s, found %s", host, want, got)
		}
	}
}

// Nobody is led to another site after signing in.
func TestBack(t *testing.T) {
	p := start(t, below)
	for to, want := range map[string]string{
		"/c/market/payments?state=settled": "/c/market/payments?state=settled", "https://evil.example/c/": "/c/",
		"//evil.example/c/": "/c/",
		"/v1/ledgers":       "/c/", "/c/_/signout": "/c/", `/c/\evil`: "/c/", "javascript:alert(1)": "/c/", "": "/c/",
	} {
		a, _ := p.person(t, "").send("POST", "/c/_/signin", url.Values{"key": {p.key}, "to": {to}})
		if got := a.Header.Get("Location"); got != want {
			t.Errorf("back to %q: expected %s, found %s", to, want, got)
		}
	}
}

// A form of another site does nothing, whatever cookies the browser sends along.
func TestForgedForms(t *testing.T) {
	p := start(t, below)
	who := p.person(t, p.key)
	page := who.get("/c/market/negative")
	form := url.Values{"plan": {hidden(t, page, "plan")}, "csrf": {hidden(t, page, "csrf")}}
	before := p.books.Ledger.Stats().Records
	for name, header := range map[string][]string{"another site": {"Sec-Fetch-Site", "cross-site"},
		"another port":   {"Sec-Fetch-Site", "same-site"},
		"an old browser": {"Origin", "https://evil.example"}, "no origin": {"Origin", "null"}} {
		if a, _ := who.send("POST", "/c/market/negative", form, header...); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
		if a, _ := p.person(t, "").send("POST", "/c/_/signin", url.Values{"key": {p.key}},
			header...); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s signs in: %d", name, a.StatusCode)
		}
	}
	other := p.person(t, p.key).get("/c/market/negative")
	for name, token := range map[string]string{"no token": "", "another session's": hidden(t, other, "csrf")} {
		form.Set("csrf", token)
		if a, _ := who.send("POST", "/c/market/negative", form); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	if now := p.books.Ledger.Stats().Records; now != before {
		t.Errorf("booked %d records", now-before)
	}
}

// A debt is mended in two steps: what was previewed is booked, once, by the key of whoever confirmed. Books that changed
// meanwhile, and a key that may only read, book nothing.
func TestRecovery(t *testing.T) {
	p := start(t, below)
	reader := p.person(t, p.newKey(t, "Auditor", settings.Read))
	page := reader.get("/c/market/negative")
	if !strings.Contains(page, "−12.04") || !strings.Contains(page, "Ana &amp; Co") || strings.Contains(page,
		`name="plan"`) || !strings.Contains(page, "may read, not post") {
		t.Errorf("for who may read: %s", page)
	}
	writer := p.person(t, p.newKey(t, "Treasury", settings.Read, settings.Write))
	page = writer.get("/c/market/negative")
	if !strings.Contains(page, "Move 12.04 EUR to seller:1") {
		t.Errorf("the button does not say what it does: %s", page)
	}
	plan := hidden(t, page, "plan")
	if a, _ := reader.send("POST", "/c/market/negative", url.Values{"plan": {plan}, "csrf": {hidden(t,
		reader.get("/c/market/"), "csrf")}}); a.StatusCode != http.StatusForbidden {
		t.Errorf("a reader confirms: %d", a.StatusCode)
	}
	form := url.Values{"plan": {plan}, "csrf": {hidden(t, page, "csrf")}}
	p.post(t, `{"id":"e2","type":"transfer","from":"platform","to":"seller:1","amount":{"value":100,"currency":"EUR"},"at":"2026-03-06T09:00:00Z"}`)
	before := p.books.Ledger.Stats().Records
	a, _ := writer.send("POST", "/c/market/negative", form)
	if page = writer.get(a.Header.Get("Location")); !strings.Contains(page,
		"The books changed while you were looking") || p.books.Ledger.Stats().Records != before {
		t.Errorf("of books that changed: %s", page)
	}
	form.Set("plan", hidden(t, page, "plan"))
	for range 2 { // a double click
		a, _ = writer.send("POST", "/c/market/negative", form)
		if page = writer.get(a.Header.Get("Location")); !strings.Contains(page, "Booked 1 of 1 transfers") ||
			!strings.Contains(page, "No account is below zero") {
			t.Errorf("confirmed: %s", page)
		}
	}
	if now := p.books.Ledger.Stats().Records; now != before+1 {
		t.Errorf("expected one record, found %d", now-before)
	}
	has, err := p.books.Ledger.BalanceAt("seller:1", ledger.AsOf{})
	if err != nil || !has[0].Total().IsZero() {
		t.Errorf("seller:1 has %v, %v", has, err)
	}
	r, err := p.books.Event(lastEvent(t, p))
	if err != nil || !strings.HasPrefix(r.By, "key_") {
		t.Errorf("booked by %q, %v", r.By, err)
	}
}

// lastEvent is the id of the newest event.
func lastEvent(t *testing.T, p *place) string {
	t.Helper()
	rec, err := p.books.Ledger.Record(p.books.Ledger.Stats().Records)
	if err != nil {
		t.Fatal(err)
	}
	return rec.Keys[0].Name
}

// What is asked for wrongly is said, with the status of it, and never looks like an empty list.
func TestRefusals(t *testing.T) {
	p := start(t, below)
	who := p.person(t, p.key)
	for path, want := range map[string]int{
		"/c/market/payments/none": 404, "/c/market/accounts/seller:9": 404, "/c/market/entries/999": 404,
		"/c/market/events/none": 404, "/c/market/payouts/none": 404,
		"/c/market/nowhere": 404, "/c/other/": 404, "/c/market/payments?state=odd": 400,
		"/c/market/payments?from=soon": 400, "/c/market/payments?min=5": 400,
		"/c/market/accounts/seller:1?at=2099-01-01": 400, "/c/market/accounts?account=buyer:*": 404,
		"/c/market/months/2026-13": 400, "/c/market/?zone=Local": 400,
		"/c/market/payments?after=zzz": 400, "/c/market/csv/keys": 404, "/c/market/csv/../../keys": 404,
	} {
		a, body := who.send("GET", path, nil)
		if a.StatusCode != want && !(strings.Contains(path, "..") && a.StatusCode == http.StatusTemporaryRedirect) {
			t.Errorf("%s: expected %d, found %d %s", path, want, a.StatusCode, body)
		}
	}
	reader := p.person(t, p.newKey(t, "Reader", settings.Read))
	if a, _ := reader.send("GET", "/c/market/ops", nil); a.StatusCode != http.StatusForbidden {
		t.Errorf("operations for a reader: %d", a.StatusCode)
	}
	if page := reader.get("/c/market/"); strings.Contains(page, "/c/market/ops") {
		t.Error("a reader is led to operations")
	}
	_, text, err := p.settings.CreateKey(settings.Actor{By: "test"}, settings.NewKey{Name: "other",
		Scopes: []settings.Scope{settings.Read}, Ledgers: []string{"elsewhere"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/c/market/", "/c/market/csv/payments"} {
		if a, _ := p.person(t, text).send("GET", path, nil); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s with a key of another ledger: %d", path, a.StatusCode)
		}
	}
}

// All tables as CSV are asked of the API as who signed in, of this ledger alone, and with the filters of the page.
func TestCSV(t *testing.T) {
	p := start(t, below)
	var asked []string
	p.csv = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String()+r.Header.Get("Cookie"))
	})
	who := p.person(t, p.key)
	who.get("/c/market/csv/accounts/seller%3A1/statement?currency=EUR&format=jsonl")
	if want := "/v1/ledgers/market/accounts/seller%3A1/statement?currency=EUR&format=csv"; len(asked) != 1 ||
		asked[0] != want {
		t.Errorf("expected %s, found %s", want, asked)
	}
}
