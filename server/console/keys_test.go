package console_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// goes waits until the browser is at a path of the ledger.
func (b *browser) goes(t *testing.T, want string) {
	t.Helper()
	at := ""
	for range 500 {
		b.run(t, chromedp.Location(&at))
		if at = strings.TrimPrefix(at, b.url); at == "/c/market"+want {
			b.run(t, chromedp.WaitReady("#main"))
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("expected to be at %s, found %s", want, at)
}

// press presses keys, one after the other.
func (b *browser) press(t *testing.T, keys ...string) {
	t.Helper()
	for _, key := range keys {
		b.run(t, chromedp.KeyEvent(key))
	}
}

// is checks something in the page.
func (b *browser) is(t *testing.T, js string) {
	t.Helper()
	var yes bool
	b.run(t, chromedp.Evaluate(js, &yes))
	if !yes {
		at := ""
		b.run(t, chromedp.Evaluate("location.pathname + ' ' + document.activeElement.outerHTML.slice(0, 200) + document.hasFocus() + document.readyState + document.querySelectorAll('main a.row').length", &at))
		t.Errorf("expected %s at %s", js, at)
	}
}

// Hands may stay on the keyboard; whoever does not want single keys turns them off, and themes and density stay chosen.
func TestKeys(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a browser some seconds")
	}
	p := start(t, below+transferOf("t1", "platform", "seller:1", 100))
	b := chromium(t, p)
	b.wide(t, 1280, "light")
	b.said()
	b.open(t, "/c/market/")
	b.press(t, "g", "p")
	b.goes(t, "/payments")
	b.press(t, "/")
	b.is(t, `document.activeElement.id == "q"`)
	b.press(t, "j", kb.Escape)
	b.is(t, `document.activeElement == document.body`)
	b.press(t, "j")
	b.is(t, `document.activeElement.textContent == "order-1"`)
	b.press(t, kb.Enter)
	b.goes(t, "/payments/order-1")
	b.press(t, kb.Escape)
	b.goes(t, "/payments")
	b.press(t, "?")
	b.is(t, `document.querySelector("dialog[open]").textContent.includes("next row, row before")`)
	b.press(t, kb.Escape)
	b.becomes(t, `document.querySelector("dialog") == null`)
	b.press(t, "j", "k", "g", "a")
	b.goes(t, "/accounts")

	// As of what came before, and back; and by the slider, which then has the focus.
	const account = "/accounts/seller:1?"
	b.open(t, "/c/market"+account+"currency=EUR")
	b.press(t, kb.ArrowLeft)
	b.goes(t, account+"at=2026-03-04T09%3A00%3A00Z&currency=EUR")
	b.is(t, `document.querySelector(".figures").textContent.includes("1.00")`)
	b.press(t, kb.ArrowLeft)
	b.goes(t, account+"at=2026-03-03T09%3A00%3A00Z&currency=EUR")
	b.press(t, "n")
	b.goes(t, account+"currency=EUR")
	b.is(t, `(() => { const s = document.getElementById("slide"), c = s.closest("section").querySelector("svg.desk"), a = s.getBoundingClientRect(), b = c.getBoundingClientRect();
		return a.left + 8 == b.left && a.right - 8 == b.right })()`)
	b.run(t, chromedp.Evaluate(`(() => { const s = document.getElementById("slide"); s.value = 1772528400 + 3600; s.dispatchEvent(new Event("input")); s.dispatchEvent(new Event("change")) })()`, nil))
	b.is(t, `document.querySelector("svg.desk .strong").textContent.startsWith("0.00, 3 Mar 2026")`)
	b.run(t, chromedp.WaitVisible("p.note"))
	b.is(t, `document.activeElement.id == "slide" && document.querySelector(".figures").textContent.includes("0.00")`)

	b.run(t, chromedp.Click("details.person summary"), chromedp.SetValue(".top [name=theme]", "dark"),
		chromedp.SetValue(".top [name=density]", "compact"),
		chromedp.SetValue(".top [name=keys]", "off"), chromedp.Click("details.person .look button"),
		chromedp.WaitReady("[data-theme=dark]"))
	b.is(t, `document.documentElement.dataset.density == "compact" && getComputedStyle(document.body).backgroundColor == "rgb(20, 23, 26)"`)
	b.press(t, "?", "/", "j")
	b.is(t, `document.querySelector("dialog") == null && document.activeElement == document.body`)
	for _, what := range b.said() {
		t.Error(what)
	}
}
