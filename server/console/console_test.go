package console_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/splitledger/splitledger/internal/lab/marketplace"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	adapters "github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/console"
	"github.com/splitledger/splitledger/server/runs"
	"github.com/splitledger/splitledger/server/settings"
)

// A place is a console over one ledger, market, on a real listener.
type place struct {
	url      string
	books    *query.Books
	settings *settings.Store
	clock    atomic.Int64 // seconds that pass besides
	key      string       // with all scopes
	csv      http.Handler
	server   *httptest.Server
	runs     *runs.Store
}

// start opens a ledger with events and a console over it.
func start(t *testing.T, events string) *place {
	t.Helper()
	dir := t.TempDir()
	l, err := ledger.Open(filepath.Join(dir, "market.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &place{}
	clock := func() time.Time { return time.Now().Add(time.Duration(p.clock.Load()) * time.Second) }
	if p.settings, err = settings.Open(dir, settings.Options{Clock: clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.settings.Close() })
	if p.books, err = query.Of(l); err != nil {
		t.Fatal(err)
	}
	p.books.Name = "market"
	p.post(t, events)
	p.key = p.newKey(t, "Finance", settings.Admin)
	if p.runs, err = runs.OpenStore(l, p.books, runs.Settings{Registry: adapters.Registry(), Clock: clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.runs.Close() })
	c := console.New(console.Options{Settings: p.settings, Runs: func(string) *runs.Store { return p.runs }, Names: func() []string { return []string{"market"} },
		Books: func(name string) *query.Books { return map[string]*query.Books{"market": p.books}[name] },
		CSV: func(string) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.csv.ServeHTTP(w, r) })
		},
		Version: "test", Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Clock: clock})
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	p.url, p.server = s.URL, s
	return p
}

// post books events, a JSON object a line. Of a whole marketplace some must be refused.
func (p *place) post(t *testing.T, events string) {
	t.Helper()
	for line := range strings.Lines(events) {
		var e posting.Event
		if err := e.UnmarshalJSON([]byte(line)); err != nil && len(events) < 5000 {
			t.Fatalf("%s: %v", line, err)
		} else if err != nil {
			continue
		}
		if _, err := p.books.Rules.Post(context.Background(), e); err != nil && (ledger.Failed(err) ||
			len(events) < 5000) {
			t.Fatalf("%s: %v", line, err)
		}
	}
}

// newKey makes a key for all ledgers.
func (p *place) newKey(t *testing.T, name string, scopes ...settings.Scope) string {
	t.Helper()
	_, text, err := p.settings.CreateKey(settings.Actor{By: "test"}, settings.NewKey{Name: name, Scopes: scopes,
		Ledgers: []string{"*"}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// market are the events of a small marketplace.
func market(t *testing.T, payments int) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := marketplace.Write(&b, marketplace.Options{Seed: 7, Payments: payments, Sellers: 8}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A person has a browser's cookies.
type person struct {
	t      *testing.T
	url    string
	client *http.Client
}

// person signs in with a key, or not with "".
func (p *place) person(t *testing.T, key string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	who := &person{t, p.url, &http.Client{Jar: jar, CheckRedirect: func(*http.Request,
		[]*http.Request) error {
		return http.ErrUseLastResponse
	}}}
	if key != "" {
		if a, body := who.send("POST", "/c/_/signin", url.Values{"key": {key}}); a.StatusCode != http.StatusSeeOther {
			t.Fatalf("signing in: %d %s", a.StatusCode, body)
		}
	}
	return who
}

// send sends a request, with headers as name, value.
func (p *person) send(method, path string, form url.Values, header ...string) (*http.Response, string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return a, string(text)
}

// get expects a page.
func (p *person) get(path string) string {
	p.t.Helper()
	a, body := p.send("GET", path, nil)
	if a.StatusCode != http.StatusOK {
		p.t.Fatalf("GET %s: %d %s", path, a.StatusCode, body)
	}
	return body
}

// hidden is the value of a hidden field of a page.
func hidden(t *testing.T, page, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("expected a field %s in %s", name, page)
	}
	return m[1]
}

// below is a ledger in which a seller was paid out what a dispute took back.
const below = `{"id":"o","type":"account.open","account":"seller:1","kind":"sub","holder":"Ana & Co","at":"2026-03-01T08:00:00Z"}
{"id":"c","type":"payment.capture","payment":"order-1","provider":"adyen","amount":{"value":10000,"currency":"EUR"},"splits":[{"type":"Commission","amount":{"value":1000,"currency":"EUR"},"reference":"c"},{"type":"BalanceAccount","account":"seller:1","amount":{"value":9000,"currency":"EUR"},"reference":"g"}],"at":"2026-03-01T09:00:00Z"}
{"id":"s","type":"payment.settle","payment":"order-1","at":"2026-03-02T09:00:00Z"}
{"id":"t","type":"transfer","from":"seller:1","to":"platform","amount":{"value":9000,"currency":"EUR"},"at":"2026-03-03T09:00:00Z"}
{"id":"e","type":"entry","postings":[{"account":"seller:1","debit":true,"amount":{"value":1204,"currency":"EUR"}},{"account":"liable","credit":true,"amount":{"value":1204,"currency":"EUR"}}],"at":"2026-03-05T09:00:00Z"}
`
