package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// The box at the top goes to what has exactly the name that it is given; else it says what it found, and why.
func TestSearch(t *testing.T) {
	p := start(t, below)
	who := p.person(t, p.key)
	for _, tt := range []struct{ q, to, says string }{
		{q: "order-1", to: "/c/market/payments/order-1"},
		{q: " order-1 ", to: "/c/market/payments/order-1"},
		{q: "c", says: "Give 2 to 128 characters"},
		{q: "seller:1", to: "/c/market/accounts/seller:1"},
		{q: "ana & co", to: "/c/market/accounts/seller:1"},
		{q: "orde", says: "the payment begins so"},
		{q: "ord", says: "nothing in this ledger has the name"},
		{q: "ana", says: "the holder has it"},
		{q: "seller", says: "the account has it"},
		{q: "100.00", says: "so much was captured"},
		{q: "100.00 eur", says: "so much was captured"},
		{q: "100 usd", says: "nothing in this ledger"},
		{q: "1", says: "Give 2"},
		{q: "2026-03", says: "/c/market/months/2026-03"},
		{q: "march 2026", says: "Payments of March 2026"},
		{q: "provider:adyen", to: "/c/market/payments?provider=adyen"},
		{q: "provider:adyen state:settled 2026-03",
			to: "/c/market/payments?from=2026-03&provider=adyen&state=settled&to=2026-03"},
		{q: "amount>100 eur", to: "/c/market/payments?currency=EUR&min=100.01"},
		{q: "amount>=100 amount<200 eur", to: "/c/market/payments?currency=EUR&max=199.99&min=100.00"},
		{q: "account:seller:*", to: "/c/market/payments?account=seller%3A%2A"},
		{q: "amount>100", says: "expected the currency of the amount"},
		{q: "provider:adyen x!", says: "expected words such as"},
	} {
		a, body := who.send("GET", "/c/market/search?q="+url.QueryEscape(tt.q), nil)
		if to := a.Header.Get("Location"); to != tt.to || tt.to != "" && a.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: expected to go to %q, found %q", tt.q, tt.to, to)
		}
		if !strings.Contains(body, tt.says) {
			t.Errorf("%s: expected %q in %s", tt.q, tt.says, body)
		}
	}
}

// Pages as of a recorded time, or a record, show the books as they were then, and say so; without they are of now, and
// have a link that will show the same.
func TestAsKnownAt(t *testing.T) {
	p := start(t, below)
	who := p.person(t, p.key)
	for path, want := range map[string][2]string{
		"/payments": {`class="state good">settled<`,
			`rel="bookmark" href="/c/market/payments?recorded=5"`},
		"/payments?recorded=2": {`class="state wait">captured<`, "It is what the books knew at"},
		"/payments/order-1?recorded=2&zone=UTC": {`class="state wait">captured<`,
			`<b>1<span class="sr"> need you</span>`}, "/payments/order-1?recorded=2": {`class="state wait">captured<`,
			"Back to now"},
		"/payments/order-1": {`class="state good">settled<`, "If all of it were disputed"},
		"/accounts/seller:1?currency=EUR": {"−12.04",
			`href="/c/market/accounts/seller:1?currency=EUR&amp;recorded=5"`},
		"/accounts/seller:1?recorded=4":             {"0.00", "It is what the books knew at"},
		"/accounts/seller:1?at=2026-03-02&zone=UTC": {"90.00", "You are looking at"},
	} {
		page := who.get("/c/market" + path)
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: expected %q", path, text)
			}
		}
	}
	for query, to := range map[string]string{
		"day=2+mar+2026&by=both&currency=EUR":       "?at=2026-03-02&currency=EUR&recorded=2026-03-02",
		"day=2+mar+2026&by=recorded":                "?recorded=2026-03-02",
		"day=2026-03-02&slide=5&was=5&end=9":        "?at=2026-03-02",
		"day=&slide=1772528400&was=5&end=9":         "?at=2026-03-03T09%3A00%3A00Z",
		"day=2026-03-02&slide=9&was=5&end=9":        "",
		"at=2026-03-02&day=&slide=5&was=5&currency": "?currency=",
	} {
		a, _ := who.send("GET", "/c/market/accounts/seller:1?"+query, nil)
		if got := a.Header.Get("Location"); got != "/c/market/accounts/seller:1"+to {
			t.Errorf("%s: expected to go to %s, found %s", query, to, got)
		}
	}
}
