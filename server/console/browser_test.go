package console_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
)

// A browser is a real Chromium, and what it complained of.
type browser struct {
	ctx  context.Context
	url  string
	host string
	mu   sync.Mutex
	bad  []string
}

// chromium starts the browser, or skips the test where there is none.
func chromium(t *testing.T, p *place) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if at, err := exec.LookPath(name); err == nil && path == "" {
			path = at
		}
	}
	if path == "" {
		t.Skip("no chromium here: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(profile(t)),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(time.Minute))
	// Not of the test's context, which is over before what cleans up: the browser is told to end, and waited for.
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	// A machine with much to do answers late.
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithBrowserOption(chromedp.WithDialTimeout(2*time.Minute)))
	t.Cleanup(cancel)
	u, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{ctx: ctx, url: p.url, host: u.Host}
	chromedp.ListenTarget(ctx, b.hear)
	b.run(t, network.Enable(), clog.Enable(), runtime.Enable())
	b.open(t, "/c/market/")
	b.run(t, chromedp.SendKeys(`input[name="key"]`, p.key), chromedp.Click("main button"), chromedp.WaitVisible(".side"))
	return b
}

// profile is a directory for the browser, whose processes write to it for a moment after they were told to end.
func profile(t *testing.T) string {
	dir, err := os.MkdirTemp("", "chromium-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 100 {
			if err = os.RemoveAll(dir); err == nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Log(err)
	})
	return dir
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
		ctx = b.ctx // the first run starts the browser, which lives as long as its context
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
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}))
}

// look says what is wrong with how a page is laid out, and with the names of its controls.
const look = `(() => {
  const bad = [], width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) bad.push("overflows: " + document.documentElement.scrollWidth + " > " + width);
  const scrolls = e => { for (; e; e = e.parentElement) if (["auto", "scroll", "hidden"].includes(getComputedStyle(e).overflowX)) return true; return false };
  for (const e of document.querySelectorAll("main *")) {
    const r = e.getBoundingClientRect();
    if (r.width > 0 && r.right > width + 1 && !scrolls(e.parentElement) && !e.closest(".sr")) { bad.push("sticks out: " + e.tagName + "." + e.getAttribute("class") + " " + Math.round(r.right) + " " + e.textContent.slice(0, 40)); break }
  }
  for (const e of document.querySelectorAll("a, button, input:not([type=hidden]), select")) {
    const name = (e.getAttribute("aria-label") || e.textContent || (e.labels && [...e.labels].map(l => l.textContent).join("")) || "").trim();
    if (e.tagName == "INPUT" || e.tagName == "SELECT" ? !(e.labels && e.labels.length) : !name) bad.push("no name: " + e.outerHTML.slice(0, 120));
  }
  if (document.querySelectorAll("h1").length != 1) bad.push("expected one h1");
  for (const s of document.querySelectorAll("svg")) if (s.getAttribute("role") != "img" && s.getAttribute("aria-hidden") != "true") bad.push("a picture without a name");
  for (const a of document.querySelectorAll('a[href^="#"]')) if (!document.getElementById(decodeURIComponent(a.getAttribute("href").slice(1)))) bad.push("no such place: " + a.getAttribute("href"));
  return bad;
})()`

// visit returns paths of all pages of a ledger that has one of everything.
func visit(t *testing.T, p *place) (paths []string) {
	t.Helper()
	add := func(path string) { paths = append(paths, "/c/market"+path) }
	for _, path := range []string{"/", "/payments", "/accounts", "/negative", "/due", "/payouts", "/months/2026-03", "/rules", "/ops", "/notices", "/splits", "/search?q=nothing",
		"/payments/none", "/accounts?currency=EUR&kind=sub", "/payments?state=settled&currency=EUR&min=10.00", "/accounts?zone=Europe/Berlin", "/search?q=1"} {
		add(path)
	}
	n := 0
	for row, err := range p.books.Payments(t.Context(), query.PaymentFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%40 == 1 {
			add("/payments/" + url.PathEscape(row.Payment))
		}
	}
	for _, id := range []string{"platform", "provider:adyen", "liable", "bank"} {
		if _, ok := p.books.Ledger.Account(accounts.ID(id)); ok {
			add("/accounts/" + id)
		}
	}
	add("/accounts/platform?currency=EUR&at=2026-03-10")
	add("/accounts/platform?currency=EUR&order=recorded&from=2026-03-10&to=2026-03-10")
	add("/entries/5")
	add("/events/" + url.PathEscape(lastEvent(t, p)))
	for row, err := range p.books.Payouts(t.Context(), query.PayoutFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		add("/payouts/" + url.PathEscape(row.Payout))
		break
	}
	for r, err := range p.books.SplitRules(query.RuleFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		add("/rules/" + url.PathEscape(r.ID) + "?amount=100.00&provider=adyen&currency=" + string(r.Currency))
		break
	}
	return paths
}

// Every page, at the widths of a phone, a large phone and a desk, in both themes: nothing overflows, the console of the
// browser is empty, nothing is asked of another host, and every control has a name. With SHOTS=DIR it leaves pictures.
func TestPagesInBrowser(t *testing.T) {
	p := start(t, market(t, 300))
	b := chromium(t, p)
	paths := visit(t, p)
	widths := []int64{320, 390, 1280}
	if testing.Short() {
		widths, paths = []int64{390}, paths[:6]
	}
	shots := os.Getenv("SHOTS")
	odd := regexp.MustCompile(`[^a-z0-9]+`)
	b.said()
	for _, width := range widths {
		for i, path := range paths {
			theme := []string{"light", "dark"}[i%2]
			b.wide(t, width, theme)
			b.open(t, path)
			var bad []string
			b.run(t, chromedp.Evaluate(look, &bad))
			said := slices.DeleteFunc(b.said(), func(s string) bool { return strings.Contains(s, "status of 404") && strings.HasSuffix(path, "/none") })
			for _, what := range append(bad, said...) {
				t.Errorf("%d px, %s: %s", width, path, what)
			}
			if shots != "" && width != 320 {
				var png []byte
				b.run(t, chromedp.FullScreenshot(&png, 100))
				if err := os.WriteFile(filepath.Join(shots, fmt.Sprintf("%d-%02d-%s-%s.png", width, i, odd.ReplaceAllString(path[10:], "-"), theme)), png, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
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
			if r := got[i]; !strings.HasPrefix(r[0], string(w.Account)) || r[1] != shown(w.Balance) || r[3] != shown(w.Pending) || r[4] != shown(w.Available) || r[5] != shown(w.Reserved) {
				t.Errorf("expected %s %v, found %q", w.Account, w.Holdings, r)
			}
		}
	}
	if testing.Short() {
		return
	}
	explained, err := p.books.Explain(t.Context(), "platform", query.ExplainFilter{AsOf: ledger.AsOf{}, Currency: "EUR"})
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
	within := query.Period{From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
	trial, err := p.books.TrialBalance(t.Context(), query.TrialFilter{Within: within, By: query.By{Account: true, Kind: true}, Currency: "EUR"})
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
	b := chromium(t, p)
	b.said()
	q := url.QueryEscape
	e := url.PathEscape
	shown, least := 0, 10
	paths := []string{"/", "/payments", "/payments/" + e("p "+evil), "/accounts", "/accounts/seller:1", "/accounts/seller:1?currency=EUR", "/splits", "/entries/1", "/events/" + e("c "+evil),
		"/events/" + e("t "+evil), "/events/" + e("f "+evil), "/search?q=" + q("r "+evil), "/search?q=" + q("no "+evil), "/payments?reference=" + q(evil), "/payments?batch=" + q("b "+evil),
		"/negative?done=" + q(evil), "/months/" + e(evil), "/nowhere/" + e(evil), "/?zone=" + q(evil), "/accounts?holder=" + q(evil), "/payments/" + e(evil)}
	if testing.Short() {
		paths, least = paths[:6], 4
	}
	for _, path := range paths {
		b.open(t, "/c/market"+path)
		var found struct{ Scripts, Text int }
		b.run(t, chromedp.Evaluate(`({scripts: document.querySelectorAll("script, img, [onerror], [onload], a[href^=javascript]").length, text: document.body.textContent.includes("<script>alert(1)</script>") ? 1 : 0})`, &found))
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
