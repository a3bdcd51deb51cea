package daemon_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/server/daemon"
	"github.com/splitledger/splitledger/server/settings"
)

// issuer starts a real implementation of OpenID Connect, which knows one client and test-user.
func issuer(t *testing.T, redirect string) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	at := "http://" + s.Listener.Addr().String()
	s.Config.Handler = exampleop.SetupServer(at, storage.NewStorageWithClients(storage.NewUserStore(at),
		map[string]*storage.Client{"books": storage.WebClient("books", "hush", redirect)}), nil, false)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// A surfer is a browser as far as cookies and redirects go, for whom localhost is the daemon.
type surfer struct {
	t *testing.T
	http.Client
}

func surf(t *testing.T, d *daemon.Daemon) *surfer {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var dialer net.Dialer
	return &surfer{t, http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if address == "localhost:80" {
				address = d.Addr().String()
			}
			return dialer.DialContext(ctx, network, address)
		}}}}
}

// open gets a page, or posts a form.
func (s *surfer) open(at string, form url.Values) (*http.Response, string) {
	s.t.Helper()
	ask := func() (*http.Response, error) { return s.Get(at) }
	if form != nil {
		ask = func() (*http.Response, error) { return s.PostForm(at, form) }
	}
	a, err := ask()
	if err != nil {
		s.t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return a, string(body)
}

// found is the first group of a pattern.
func (s *surfer) found(pattern, text string) string {
	s.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		s.t.Fatalf("expected %s in %s", pattern, text)
	}
	return m[1]
}

// debt has seller:1 owe 12.04 EUR.
const debt = `{"id":"o","type":"account.open","account":"seller:1","kind":"sub","at":"2026-03-01T08:00:00Z"}
{"id":"e","type":"entry","postings":[{"account":"seller:1","debit":true,"amount":{"value":1204,"currency":"EUR"}},{"account":"liable","credit":true,"amount":{"value":1204,"currency":"EUR"}}],"at":"2026-03-05T09:00:00Z"}
`

// Somebody signs in at an issuer, which checks PKCE, books as user_… and signs out; the audit has both. The same answer
// of the issuer is good once, and in one browser.
func TestIssuer(t *testing.T) {
	dir := t.TempDir()
	l, err := ledger.Open(filepath.Join(dir, "market.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(debt) {
		e, err := posting.Decode([]byte(line))
		if err == nil {
			_, err = book.Post(t.Context(), e)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	at := issuer(t, "http://localhost/c/_/oidc/callback")
	d, _ := start(t, daemon.Options{Dir: dir, ExternalURL: "http://localhost", OIDC: daemon.OIDC{Issuer: at.URL, ClientID: "books",
		SecretFile: hush(t), Allow: []string{"group:owners=admin@*", "domain:zitadel.ch=read+events:write@market"}}})
	who := surf(t, d)
	_, page := who.open("http://localhost/c/market/payments", nil)
	_, page = who.open("http://localhost"+who.found(`href="(/c/_/oidc[^"]*)"`, page), nil)
	form := url.Values{"id": {who.found(`name="id" value="([^"]*)"`, page)}, "username": {"test-user@127.0.0.1"}, "password": {"verysecure"}}
	a, page := who.open(at.URL+"/login/username", form)
	if a.Request.URL.Path != "/c/_/oidc/callback" || a.Header.Get("Refresh") != "0; url=/c/market/payments" {
		t.Fatalf("came back to %s with %d %v: %s", a.Request.URL, a.StatusCode, a.Header, page)
	}
	callback := a.Request.URL.String()
	_, page = who.open("http://localhost/c/market/payments", nil)
	if !strings.Contains(page, "Sign out Test User") {
		t.Errorf("signed in, and found %s", page)
	}
	if a, _ := who.open("http://localhost/c/market/ops", nil); a.StatusCode != http.StatusForbidden {
		t.Errorf("operations without the scope: %d", a.StatusCode)
	}
	_, negative := who.open("http://localhost/c/market/negative", nil)
	who.open("http://localhost/c/market/negative", url.Values{"plan": {who.found(`name="plan" value="([^"]*)"`, negative)},
		"csrf": {who.found(`name="csrf" value="([^"]*)"`, negative)}})
	books := d.Server().Books("market")
	rec, err := books.Ledger.Record(books.Ledger.Stats().Records)
	if err != nil {
		t.Fatal(err)
	}
	booked, err := books.Event(rec.Keys[0].Name)
	if err != nil || !strings.HasPrefix(booked.By, "user_") {
		t.Errorf("booked by %q, %v", booked.By, err)
	}
	for name, s := range map[string]*surfer{"again": who, "another browser": surf(t, d)} {
		if a, body := s.open(callback, nil); a.StatusCode != http.StatusForbidden || !strings.Contains(body, "not begun in this browser") {
			t.Errorf("%s: %d %s", name, a.StatusCode, body)
		}
	}
	who.open("http://localhost/c/_/signout", url.Values{"csrf": {who.found(`name="csrf" value="([^"]*)"`, page)}})
	if a, _ = who.open("http://localhost/c/market/payments", nil); a.Request.URL.Path != "/c/_/signin" {
		t.Errorf("signed out, and found %s", a.Request.URL)
	}
	var acts []string
	for e, err := range d.Settings().Audit(t.Context(), settings.AuditFilter{Action: "session.*"}) {
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^user_[0-9a-f]{16}$`).MatchString(e.By) {
			t.Errorf("by %q", e.By)
		}
		acts = append(acts, e.Action+" "+e.Target)
	}
	if got := strings.Join(acts, ", "); got != "session.end , session.begin test-user@zitadel.ch" {
		t.Errorf("audit: %s", got)
	}
}

// A browser keeps its Strict cookie from what an issuer redirects to; the page in between leads on nevertheless. With the
// issuer down a page says so, and takes a key.
func TestIssuerInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium here: apt-get install chromium")
	}
	at := issuer(t, "http://localhost/c/_/oidc/callback")
	d, _ := start(t, daemon.Options{Dir: t.TempDir(), ExternalURL: "http://localhost", OIDC: daemon.OIDC{Issuer: at.URL, ClientID: "books",
		SecretFile: hush(t), Allow: []string{"anyone=read@*"}}})
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(time.Minute),
		chromedp.Flag("host-resolver-rules", "MAP localhost:80 "+d.Addr().String()))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	defer stop()
	ctx, cancel := chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {}))
	defer cancel()
	ctx, end := context.WithTimeout(ctx, time.Minute)
	defer end()
	var where, page string
	if err := chromedp.Run(ctx, chromedp.Navigate("http://localhost/c/"), chromedp.Click(`a[href^="/c/_/oidc"]`),
		chromedp.WaitVisible("#username"), chromedp.SendKeys("#username", "test-user@127.0.0.1"),
		chromedp.SendKeys("#password", "verysecure"), chromedp.Submit("#password"),
		chromedp.WaitVisible("details.person"), chromedp.Location(&where), chromedp.Text("body", &page)); err != nil {
		t.Fatal(err)
	}
	if where != "http://localhost/c/" || !strings.Contains(page, "Test User") {
		t.Errorf("at %s: %s", where, page)
	}
}

// Where the issuer is down the server starts, says so, and keys work.
func TestIssuerDown(t *testing.T) {
	at := issuer(t, "http://localhost/c/_/oidc/callback")
	at.Close()
	d, key := start(t, daemon.Options{Dir: t.TempDir(), ExternalURL: "http://localhost", OIDC: daemon.OIDC{Issuer: at.URL, ClientID: "books",
		SecretFile: hush(t), Allow: []string{"anyone=read@*"}}})
	who := surf(t, d)
	a, page := who.open("http://localhost/c/_/oidc?to=/c/", nil)
	if a.StatusCode != http.StatusServiceUnavailable || !strings.Contains(page, "does not work now") {
		t.Errorf("%d %s", a.StatusCode, page)
	}
	if a, page := who.open("http://localhost/c/_/signin", url.Values{"key": {key}}); a.Request.URL.Path != "/c/" {
		t.Errorf("with a key: %s %s", a.Request.URL, page)
	}
}

// hush makes the file with the client's secret.
func hush(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
