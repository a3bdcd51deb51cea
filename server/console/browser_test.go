package console_test

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	clog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/settings"
)

// A browser is a real Chromium, and what it complained of.
type browser struct {
	ctx  context.Context
	url  string
	host string
	mu   sync.Mutex
	bad  []string
}

// shared is the one browser that all tests of this package have tabs of.
var shared struct {
	sync.Mutex
	ctx  context.Context
	stop func()
}

// TestMain ends the browser after the last test.
func TestMain(m *testing.M) {
	code := m.Run()
	if shared.stop != nil {
		shared.stop()
	}
	os.Exit(code)
}

// startBrowser starts it, if it has not begun.
func startBrowser(t *testing.T) context.Context {
	shared.Lock()
	defer shared.Unlock()
	if shared.ctx != nil {
		return shared.ctx
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if at, err := exec.LookPath(name); err == nil && path == "" {
			path = at
		}
	}
	if path == "" {
		t.Skip("no chromium here: apt-get install chromium")
	}
	dir, err := os.MkdirTemp("", "chromium-*")
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.UserDataDir(dir),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(time.Minute))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	// A machine with much to do answers late.
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}),
		// of events that chromedp does not know
		chromedp.WithBrowserOption(chromedp.WithDialTimeout(2*time.Minute)))
	if err := chromedp.Run(ctx); err != nil {
		t.Fatal(err)
	}
	shared.ctx, shared.stop = ctx, func() {
		cancel()
		stop()
		for range 100 { // its processes write to the directory for a moment after they were told to end
			if os.RemoveAll(dir) == nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	return ctx
}

// chromium opens a tab, signed in, or skips the test where there is no browser. Cookies are by host, whatever its port: so
// that tests do not sign out one another, each has a name of its own, which browsers know to be this machine.
func chromium(t *testing.T, p *place) *browser {
	t.Helper()
	ctx, cancel := chromedp.NewContext(startBrowser(t))
	t.Cleanup(cancel)
	u, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = strings.ToLower(t.Name()) + ".localhost:" + u.Port()
	b := &browser{ctx: ctx, url: u.String(), host: u.Host}
	chromedp.ListenTarget(ctx, b.hear)
	b.run(t, network.Enable(), clog.Enable(), runtime.Enable())
	b.open(t, "/c/market/")
	b.run(t, chromedp.SendKeys(`input[name="key"]`, p.key), chromedp.Click("main button"),
		chromedp.WaitVisible(".side"))
	return b
}

// hear notes errors of the console, dialogs, and requests to other hosts.
func (b *browser) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *clog.EventEntryAdded:
		b.bad = append(b.bad, "log: "+e.Entry.Text+" "+e.Entry.URL)
	case *runtime.EventExceptionThrown:
		b.bad = append(b.bad, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.bad = append(b.bad, "console: "+e.Type.String())
	case *page.EventJavascriptDialogOpening:
		b.bad = append(b.bad, "dialog: "+e.Message)
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err != nil || u.Host != b.host {
			b.bad = append(b.bad, "request to "+e.Request.URL)
		}
	}
}

// run does something, within three minutes.
func (b *browser) run(t *testing.T, actions ...chromedp.Action) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 3*time.Minute)
	defer cancel()
	if ctx.Err() == nil && chromedp.FromContext(b.ctx).Target == nil {
		ctx = b.ctx // the first run opens the tab, which lives as long as its context
	}
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// open goes to a page.
func (b *browser) open(t *testing.T, path string) {
	t.Helper()
	b.run(t, chromedp.Navigate(b.url+path))
}

// said returns what the browser complained of since it was asked last.
func (b *browser) said() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	bad := b.bad
	b.bad = nil
	return bad
}

// wide lays out pages for a width.
func (b *browser) wide(t *testing.T, width int64, theme string) {
	t.Helper()
	b.run(t, emulation.SetDeviceMetricsOverride(width, 900, 1, width < 760),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme",
			Value: theme}}))
}

// Figures in the browser are the library's: what accounts have, what a balance is made of, and the trial balance.
func TestFiguresInBrowser(t *testing.T) {
	p := start(t, market(t, 300))
	b := chromium(t, p)
	table := p.books.Ledger.Table().Grouped()
	shown := func(a query.Minor) string { return strings.Replace(table.Format(a.Amount), "-", "−", 1) }
	cells := func(path string) (list [][]string) {
		b.open(t, path)
		b.run(t, chromedp.Evaluate(`[...document.querySelectorAll("main tbody tr")].map(r => [...r.cells].map(c => c.textContent.trim()))`, &list))
		return list
	}
	b.wide(t, 1280, "light")
	for _, currency := range []string{"EUR", "USD"} {
		want, err := p.books.Balances(query.BalanceFilter{Currency: "EUR"})
		if currency == "USD" {
			want, err = p.books.Balances(query.BalanceFilter{Currency: "USD"})
		}
		if err != nil {
			t.Fatal(err)
		}
		got := cells("/c/market/accounts?currency=" + currency)
		for i := range want[:min(len(want), 50)] {
			w := &want[i]
			if r := got[i]; !strings.HasPrefix(r[0], string(w.Account)) || r[1] != shown(w.Balance) ||
				r[3] != shown(w.Pending) || r[4] != shown(w.Available) || r[5] != shown(w.Reserved) {
				t.Errorf("expected %s %v, found %q", w.Account, w.Holdings, r)
			}
		}
	}
	if testing.Short() {
		return
	}
	explained, err := p.books.Explain(t.Context(), "platform", query.ExplainFilter{AsOf: ledger.AsOf{},
		Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	got := cells("/c/market/accounts/platform?currency=EUR")
	for i, part := range explained[0].Parts {
		if sum := strings.TrimPrefix(got[i][1], "+"); sum != shown(part.Total) {
			t.Errorf("%s %s: expected %s, found %q", part.Class, part.Type, shown(part.Total), got[i])
		}
	}
	if last := got[len(explained[0].Parts)]; last[1] != shown(explained[0].Balance) {
		t.Errorf("expected the balance %s, found %q", shown(explained[0].Balance), last)
	}
	within := query.Period{From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 4, 1, 0, 0, 0, 0,
		time.UTC)}
	trial, err := p.books.TrialBalance(t.Context(), query.TrialFilter{Within: within, By: query.By{Account: true,
		Kind: true}, Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	if got = cells("/c/market/months?month=2026-03&currency=EUR"); len(got) < len(trial.Rows)+1 {
		t.Fatalf("expected %d rows, found %d", len(trial.Rows), len(got))
	}
	for i, r := range append(trial.Rows, trial.Totals...) {
		if got[i][3] != shown(r.Debits) || got[i][4] != shown(r.Credits) {
			t.Errorf("%s: expected %s and %s, found %q", r.Account, shown(r.Debits), shown(r.Credits), got[i])
		}
	}
}

// Texts that users can set are shown, and never run: in every field that has one, as names of things and in the search.
func TestHostileTexts(t *testing.T) {
	const evil = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`
	in := strings.NewReplacer(`"`, `\"`, `<`, `\u003c`).Replace(evil)
	p := start(t, strings.NewReplacer("EVIL", in).Replace(
		`{"id":"o EVIL","type":"account.open","account":"seller:1","kind":"sub","holder":"EVIL","metadata":{"k":"EVIL"},"at":"2026-03-01T08:00:00Z"}
{"id":"c EVIL","type":"payment.capture","payment":"p EVIL","reference":"r EVIL","provider":"adyen","amount":{"value":10000,"currency":"EUR"},"description":"EVIL","metadata":{"m":"EVIL"},"splits":[{"type":"Commission","amount":{"value":1000,"currency":"EUR"},"reference":"EVIL"},{"type":"BalanceAccount","account":"seller:1","amount":{"value":9000,"currency":"EUR"},"reference":"g EVIL"}],"at":"2026-03-01T09:00:00Z"}
{"id":"s EVIL","type":"payment.settle","payment":"p EVIL","batch":"b EVIL","at":"2026-03-02T09:00:00Z"}
{"id":"t EVIL","type":"transfer","from":"seller:1","to":"platform","amount":{"value":100,"currency":"EUR"},"reference":"EVIL","description":"EVIL","at":"2026-03-03T09:00:00Z"}
{"id":"f EVIL","type":"account.freeze","account":"seller:1","at":"2026-03-04T09:00:00Z"}
{"id":"z EVIL","type":"account.unfreeze","account":"seller:1","at":"2026-03-04T10:00:00Z"}
`))
	p.newKey(t, evil, settings.Read)
	_, _, err := p.settings.CreateEndpoint(settings.Actor{By: "test"}, settings.NewEndpoint{Name: evil,
		Ledger: "market", URL: "https://example.com/" + url.PathEscape(evil)})
	if err != nil {
		t.Fatal(err)
	}
	b := chromium(t, p)
	b.said()
	q := url.QueryEscape
	e := url.PathEscape
	shown, least := 0, 10
	paths := []string{"/", "/payments", "/payments/" + e("p "+evil), "/accounts", "/accounts/seller:1",
		"/accounts/seller:1?currency=EUR", "/splits", "/entries/1", "/events/" + e("c "+evil),
		"/events/" + e("t "+evil), "/events/" + e("f "+evil), "/search?q=" + q("r "+evil),
		"/search?q=" + q("no "+evil), "/payments?reference=" + q(evil), "/payments?batch=" + q("b "+evil),
		"/negative?done=" + q(evil), "/months/" + e(evil), "/nowhere/" + e(evil), "/?zone=" + q(evil),
		"/accounts?holder=" + q(evil), "/payments/" + e(evil), "/ops", "/search?q=" + q(evil[:30]),
		"/accounts/seller:1?currency=EUR&day=" + q(evil)}
	if testing.Short() {
		paths, least = paths[:6], 4
	}
	for _, path := range paths {
		b.open(t, "/c/market"+path)
		var found struct{ Scripts, Text int }
		b.run(t, chromedp.Evaluate(`({scripts: document.querySelectorAll("script:not([src='/c/_/console.js']), img, [onerror], [onload], a[href^=javascript]").length, text: document.body.textContent.includes("<script>alert(1)</script>") ? 1 : 0})`, &found))
		if found.Scripts > 0 {
			t.Errorf("%s: there are %d scripts in the page", path, found.Scripts)
		}
		shown += found.Text
		for _, what := range b.said() {
			if !strings.Contains(what, "the server responded with a status of 4") {
				t.Errorf("%s: %s", path, what)
			}
		}
	}
	if shown < least {
		t.Errorf("expected the text on %d pages or more, found it on %d", least, shown)
	}
}
