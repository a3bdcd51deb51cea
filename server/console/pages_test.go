package console_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/console"
	"github.com/splitledger/splitledger/server/runs"
	"github.com/splitledger/splitledger/server/settings"
)

// examples are, for a page whose path has an id, ids of a small marketplace and queries worth a look; and for the others
// queries besides none. A page with an id and without an example fails the test.
func examples(t *testing.T, p *place) map[string][]string {
	t.Helper()
	all := map[string][]string{
		"/payments": {"?order=asc", "?state=settled&currency=EUR&min=10.00", "?metadata=none%3Dnone"},
		"/accounts": {"?currency=EUR&kind=sub", "?zone=Europe/Berlin&holder=nobody"},
		"/search":   {"?q=nothing", "?q=1", "?q=order", "?q=45.10", "?q=2026-03"},
		"/accounts/{id}": {"platform", "provider:adyen", "liable", "bank", "platform?currency=EUR&at=2026-03-10",
			"platform?currency=EUR&recorded=200", "platform?currency=EUR&order=recorded&from=2026-03-10&to=2026-03-10"},
		"/entries/{id}": {"5"},
		"/events/{id}":  {url.PathEscape(lastEvent(t, p))},
		"/months/{id}":  {"2026-03"},
	}
	n := 0
	for row, err := range p.books.Payments(t.Context(), query.PaymentFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%60 == 1 {
			all["/payments/{id}"] = append(all["/payments/{id}"], url.PathEscape(row.Payment))
		}
	}
	for row, err := range p.books.Payouts(t.Context(), query.PayoutFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		all["/payouts/{id}"] = []string{url.PathEscape(row.Payout)}
		break
	}
	for r, err := range p.books.SplitRules(query.RuleFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		all["/rules/{id}"] = []string{url.PathEscape(r.ID) + "?amount=100.00&provider=adyen&currency=" + string(r.Currency)}
		break
	}
	all["/runs"] = []string{"?provider=adyen&class=missing_in_ledger"}
	all["/runs/{id}"] = []string{compared(t, p), compared(t, p) + "?class=missing_in_ledger"}
	return all
}

// compared is a reconciliation of a report whose payments the books do not know, and is the same one the next time.
func compared(t *testing.T, p *place) string {
	t.Helper()
	report, err := os.Open("../../examples/reconcile/settlement_detail_report_batch_7.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer report.Close()
	u, err := p.runs.Upload()
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	if err := u.Add("batch7.csv", report); err != nil {
		t.Fatal(err)
	}
	id, _, err := u.Begin(runs.Options{Provider: "adyen"})
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := p.runs.Wait(t.Context(), id)
	if err != nil || r.State != runs.Done || r.Summary["missing_in_ledger"] == 0 {
		t.Fatalf("expected a comparison with breaks, found %+v, %v", r, err)
	}
	return id
}

// A page of a reconciliation has the counts of its comparison, and its breaks, of one class where that is asked for.
func TestReconciliationPages(t *testing.T) {
	t.Parallel()
	p := start(t, "")
	own := p.person(t, p.key)
	id := compared(t, p)
	r, _, _, err := p.runs.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	for path, rows := range map[string]uint64{"?class=missing_in_ledger": r.Summary["missing_in_ledger"], "?class=duplicate": 0} {
		text := own.get("/c/market/runs/" + id + path)
		if n := strings.Count(text, `<th scope="row">Missing in ledger<br>`); uint64(n) != rows {
			t.Errorf("%s: %d rows, expected %d", path, n, rows)
		}
	}
}

// visit returns paths of all pages: each of the table of pages, with its examples.
func visit(t *testing.T, p *place) (paths []string) {
	t.Helper()
	all := examples(t, p)
	for _, row := range console.Rows() {
		path := "/c/market" + strings.TrimSuffix(row.Path, "{$}")
		before, withID := strings.CutSuffix(path, "{id}")
		if withID && len(all[row.Path]) == 0 {
			t.Errorf("there is no example of the page %s: add one", row.Path)
		}
		if !withID {
			paths = append(paths, path)
		}
		for _, example := range all[row.Path] {
			paths = append(paths, before+example)
		}
	}
	return append(paths, "/c/market/payments/none")
}

// look says what is wrong with how a page is laid out, and with the names of its controls.
const look = `(() => {
  const bad = [], width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) bad.push("overflows: " + document.documentElement.scrollWidth + " > " + width);
  const scrolls = e => { for (; e; e = e.parentElement) if (["auto", "scroll", "hidden"].includes(getComputedStyle(e).overflowX)) return true; return false };
  for (const e of document.querySelectorAll("header *, main *, nav *")) {
    const r = e.getBoundingClientRect();
    if (r.width > 0 && (r.right > width + 1 && !e.matches("[type=range]")) && !scrolls(e.parentElement) && !e.closest(".sr")) { bad.push("sticks out: " + e.tagName + "." + e.getAttribute("class") + " " + Math.round(r.right) + " " + e.textContent.slice(0, 40)); break }
  }
  // What is pressed is 24 px high at least, and 44 px on phones; links in text are as high as their lines.
  const least = width <= 760 ? 44 : 24;
  for (const e of document.querySelectorAll("button, select, summary, a.button, .side a, .pages a, input:not([type=hidden], [type=range])")) {
    const r = e.getBoundingClientRect();
    if (r.height > 0 && r.height < (e.matches("summary") ? 24 : least) && !e.closest(".sr")) { bad.push("too small: " + r.height + " px " + e.outerHTML.slice(0, 80)); break }
  }
  return bad;
})()`

// named says which controls have no name, and what else is wrong whatever the width.
const named = `(() => {
  const bad = [];
  for (const e of document.querySelectorAll("a, button, summary, input:not([type=hidden]), select, textarea")) {
    const labels = e.labels ? [...e.labels].map(l => l.textContent).join("").trim() : "";
    const name = (e.getAttribute("aria-label") || labels || (e.matches("input, select, textarea") ? "" : e.textContent)).trim();
    if (!name) bad.push("no name: " + e.outerHTML.slice(0, 120));
  }
  if (document.querySelectorAll("h1").length != 1) bad.push("expected one h1");
  for (const name of ["main", "header"]) if (!document.querySelector(name)) bad.push("expected " + name);
  if (!document.querySelector("a.skip[href='#main']")) bad.push("no skip link");
  for (const s of document.querySelectorAll("svg")) if (s.getAttribute("role") != "img" && s.getAttribute("aria-hidden") != "true") bad.push("a picture without a name");
  for (const a of document.querySelectorAll('a[href^="#"]')) if (!document.getElementById(decodeURIComponent(a.getAttribute("href").slice(1)))) bad.push("no such place: " + a.getAttribute("href"));
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) != i))) bad.push("two of id " + id);
  for (const s of document.querySelectorAll("main section")) if (s.querySelector("table") && !s.querySelector("[aria-keyshortcuts=e]")) bad.push("no CSV: " + s.textContent.slice(0, 60));
  for (const t of document.querySelectorAll("table")) for (const r of t.rows) if (r.cells.length != t.rows[0].cells.length) { bad.push("a row has " + r.cells.length + " cells, the first " + t.rows[0].cells.length + ": " + r.textContent.slice(0, 60)); break }
  return bad;
})()`

// printed says what is wrong with a page on paper.
const printed = `(() => {
  const bad = [], shown = e => e.getClientRects().length > 0;
  for (const e of document.querySelectorAll("header.top, nav, form, button, .skip, .newer")) if (shown(e)) { bad.push("on paper: " + e.outerHTML.slice(0, 80)); break }
  const line = document.querySelector("p.print");
  if (!line || !shown(line) || !/^Ledger market, record [0-9,]+, times in .+, printed /.test(line.textContent)) bad.push("no line that says what this is: " + line?.textContent);
  for (const h of document.querySelectorAll("thead")) if (getComputedStyle(h).display != "table-header-group") bad.push("a head does not repeat");
  if (getComputedStyle(document.body).backgroundColor != "rgb(255, 255, 255)") bad.push("paper is " + getComputedStyle(document.body).backgroundColor);
  return bad;
})()`

// tables are the tables of a page that it offers itself as CSV: where, how many rows it shows, and whether there are more.
const tables = `[...document.querySelectorAll("main section")].filter(s => s.querySelector("table") && s.querySelector("[aria-keyshortcuts=e]")?.href.includes("csv=")).map(s => ({
  href: new URL(s.querySelector("[aria-keyshortcuts=e]").href).pathname + new URL(s.querySelector("[aria-keyshortcuts=e]").href).search,
  rows: [...s.querySelectorAll("tbody tr")].map(r => [...r.cells].map(c => c.textContent.trim())),
  more: s.querySelector("[aria-keyshortcuts=']']") != null}))`

// Every page of the table of pages, at widths from 320 to 1,280 px, in both themes and on paper: nothing overflows, the
// console of the browser is empty (a content security policy that something is against would say so), nothing is asked of
// another host, every control has a name, and every table is there as CSV with the same rows. With SHOTS=DIR it leaves
// pictures.
func TestPagesInBrowser(t *testing.T) {
	p := start(t, market(t, 300))
	if _, _, err := p.settings.CreateEndpoint(settings.Actor{By: "test"}, settings.NewEndpoint{Name: "Warehouse",
		Ledger: "market", URL: "https://example.com/hooks"}); err != nil {
		t.Fatal(err)
	}
	b := chromium(t, p)
	paths := visit(t, p)
	widths := []int64{320, 761, 1101, 1280} // the narrowest of each layout, where what overflows does so first
	switch {
	case os.Getenv("SHOTS") != "":
		widths = append(widths, 360)
	case testing.Short():
		paths = paths[:6]
	}
	who := p.person(t, p.key)
	b.said()
	for i, path := range paths {
		theme := []string{"light", "dark"}[i%2]
		b.wide(t, 1280, theme)
		b.open(t, path)
		var bad []string
		var offered []struct {
			Href string
			Rows [][]string
			More bool
		}
		b.run(t, chromedp.Evaluate(named, &bad), chromedp.Evaluate(tables, &offered))
		complain := func(where string) {
			for _, what := range bad {
				t.Errorf("%s, %s: %s", where, path, what)
			}
		}
		complain("any width")
		for _, width := range widths {
			b.run(t, emulation.SetDeviceMetricsOverride(width, 900, 1, false), chromedp.Evaluate(look, &bad))
			complain(fmt.Sprintf("%d px", width))
			if width == 360 || width == 1280 {
				b.shot(t, fmt.Sprintf("%d-%02d%s-%s", width, i, path[9:], theme))
			}
		}
		if !strings.HasSuffix(path, "/none") {
			b.run(t, emulation.SetDeviceMetricsOverride(703, 900, 1, false),
				emulation.SetEmulatedMedia().WithMedia("print"),
				chromedp.Evaluate(printed, &bad))
			complain("printed")
			b.run(t, chromedp.Evaluate(look, &bad), emulation.SetEmulatedMedia().WithMedia(""))
			complain("printed")
		}
		for _, what := range b.said() {
			if !strings.Contains(what, "status of 404") || !strings.HasSuffix(path, "/none") {
				t.Errorf("%s: %s", path, what)
			}
		}
		for _, o := range offered {
			sameRows(t, who.get(o.Href), o.Href, o.Rows, o.More)
		}
	}
}

// sameRows compares CSV with the rows that a page shows: as many, in the same order, with the same first cells.
func sameRows(t *testing.T, text, href string, rows [][]string, more bool) {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(records) == 0 {
		t.Errorf("%s: %v in %s", href, err, text)
		return
	}
	if got := len(records) - 1; got != len(rows) && !(more && got > len(rows)) {
		t.Errorf("%s: the page has %d rows, CSV %d", href, len(rows), got)
		return
	}
	first := slices.IndexFunc(records[0], func(name string) bool { return name == "account" })
	if !strings.Contains(href, "happened") {
		first = 0
	}
	for i, r := range rows {
		if got := strings.TrimPrefix(records[i+1][first], "'"); got != "" && !strings.HasPrefix(squeezed(r[0]),
			squeezed(got)) {
			t.Errorf("%s: row %d is of %q, in CSV of %q", href, i+1, r[0], got)
			return
		}
	}
}

// The document for those who work with the console has every page of the side bar, and its key.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/console.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range console.Rows() {
		if line := fmt.Sprintf("| %s | `g` `%s` |", row.Nav, row.Key); row.Nav != "" &&
			!strings.Contains(string(text), line) {
			t.Errorf("expected %q in docs/console.md", line)
		}
	}
}

// between is what is between letters and digits.
var between = regexp.MustCompile(`[^\p{L}\p{N}]+`)

// squeezed is a text without what is between its letters and digits.
func squeezed(s string) string { return strings.ToLower(between.ReplaceAllString(s, "")) }

// shot leaves a picture where SHOTS says.
func (b *browser) shot(t *testing.T, name string) {
	dir := os.Getenv("SHOTS")
	if dir == "" {
		return
	}
	var png []byte
	b.run(t, chromedp.FullScreenshot(&png, 100))
	if err := os.WriteFile(filepath.Join(dir, regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(name, "-")+".png"),
		png, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Every page asks whoever is not signed in to do so, and is for keys of its ledger and scope alone; every form refuses
// what is not of this session, or comes from another site.
func TestEveryPageIsGuarded(t *testing.T) {
	p := start(t, market(t, 40))
	all := examples(t, p)
	nobody, reader := p.person(t, ""), p.person(t, p.newKey(t, "Reader", settings.Read))
	_, text, err := p.settings.CreateKey(settings.Actor{By: "test"}, settings.NewKey{Name: "other",
		Scopes: []settings.Scope{settings.Admin}, Ledgers: []string{"elsewhere"}})
	if err != nil {
		t.Fatal(err)
	}
	other, own := p.person(t, text), p.person(t, p.key)
	token := hidden(t, own.get("/c/market/"), "csrf")
	for _, row := range console.Rows() {
		path := "/c/market" + strings.TrimSuffix(row.Path, "{$}")
		if before, withID := strings.CutSuffix(path, "{id}"); withID {
			if len(all[row.Path]) == 0 {
				continue // which the test in the browser complains of
			}
			path = before + all[row.Path][0]
		}
		expect := func(who *person, method string, form url.Values, want int, why string, header ...string) {
			t.Helper()
			if a, _ := who.send(method, path, form, header...); a.StatusCode != want {
				t.Errorf("%s %s, %s: expected %d, found %d", method, path, why, want, a.StatusCode)
			}
		}
		expect(nobody, "GET", nil, http.StatusSeeOther, "not signed in")
		expect(other, "GET", nil, http.StatusForbidden, "a key of another ledger")
		if row.Scope != "" {
			expect(reader, "GET", nil, http.StatusForbidden, "a key of another scope")
		}
		if !row.Acts {
			continue
		}
		expect(own, "POST", url.Values{}, http.StatusForbidden, "no token")
		expect(own, "POST", url.Values{"csrf": {"guessed"}}, http.StatusForbidden, "a guessed token")
		expect(own, "POST", url.Values{"csrf": {token}}, http.StatusForbidden, "from another site", "Sec-Fetch-Site",
			"cross-site")
		expect(nobody, "POST", url.Values{"csrf": {token}}, http.StatusSeeOther, "not signed in")
	}
	for _, path := range []string{"/c/_/look", "/c/_/signout"} {
		if a, _ := own.send("POST", path, url.Values{"csrf": {"guessed"}}); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s with a guessed token: %d", path, a.StatusCode)
		}
	}
	if a, _ := nobody.send("GET", "/c/market/feed", nil); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("the feed for nobody: %d", a.StatusCode)
	}
	if a, _ := other.send("GET", "/c/market/feed", nil); a.StatusCode != http.StatusForbidden {
		t.Errorf("the feed for a key of another ledger: %d", a.StatusCode)
	}
}
