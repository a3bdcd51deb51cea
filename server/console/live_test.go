package console_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// transferOf is a transfer of so many cents.
func transferOf(id, from, to string, cents int) string {
	return fmt.Sprintf(`{"id":%q,"type":"transfer","from":%q,"to":%q,"amount":{"value":%d,"currency":"EUR"},"at":"2026-03-04T09:00:00Z"}`+"\n", id, from, to, cents)
}

// becomes waits until something is so in the page.
func (b *browser) becomes(t *testing.T, js string) {
	t.Helper()
	b.run(t, chromedp.Poll(js, nil, chromedp.WithPollingMutation()))
}

// Figures change in place as events come, without a request of the person. Rows do not come by themselves: a line says how
// many there are, and shows them. Nothing changes while a form has something in it, while text is selected, or where the
// page is of the past.
func TestLive(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a browser some seconds")
	}
	p := start(t, below)
	b := chromium(t, p)
	b.wide(t, 1280, "light")
	b.said()
	b.open(t, "/c/market/accounts/seller:1?currency=EUR")
	b.becomes(t, `document.getElementById("live").textContent == "Live, record 5"`)
	b.run(t, chromedp.Evaluate(`window.here = document.querySelector("main h1"), document.querySelectorAll("#statement tbody tr").length`, nil))
	p.post(t, transferOf("t1", "platform", "seller:1", 100))
	b.becomes(t, `document.querySelector(".figures").textContent.includes("−11.04")`)
	b.becomes(t, `document.querySelector("#statement .newer").textContent == "1 newer entry"`)
	b.becomes(t, `document.getElementById("said").textContent == "1 newer entry in Statement"`)
	var rows []int
	const count = `[document.querySelectorAll("#statement tbody tr").length, document.querySelectorAll("#statement tr.new").length, window.here === document.querySelector("main h1") ? 1 : 0]`
	b.run(t, chromedp.Evaluate(count, &rows))
	if fmt.Sprint(rows) != "[7 0 1]" {
		t.Errorf("before they are asked for: expected 7 rows of the same page, found %v", rows)
	}
	b.shot(t, "live newer")
	b.run(t, chromedp.Focus("#statement .newer"), chromedp.KeyEvent("\r"), chromedp.Evaluate(count, &rows))
	if fmt.Sprint(rows) != "[8 1 1]" {
		t.Errorf("when they are: expected 8 rows, one of them tinted, found %v", rows)
	}
	b.becomes(t, `document.activeElement.closest("#statement tr.new") !== null`)
	b.shot(t, "live shown")

	for name, how := range map[string][2]string{
		"a field that was typed in": {`document.querySelector("[name=from]").value = "2026"`,
			`document.querySelector("[name=from]").value = document.querySelector("[name=from]").defaultValue`},
		"text that is selected": {`getSelection().selectAllChildren(document.querySelector(".figures"))`,
			`getSelection().removeAllRanges()`},
	} {
		var before, after string
		b.run(t, chromedp.Evaluate(how[0], nil), chromedp.TextContent(".figures", &before))
		p.post(t, transferOf("t "+name, "platform", "seller:1", 1))
		b.becomes(t, fmt.Sprintf(`document.querySelector("#live[data-held]")?.textContent == "Live, record %d"`,
			p.books.Ledger.Stats().Records))
		b.run(t, chromedp.TextContent(".figures", &after))
		if before != after {
			t.Errorf("with %s: expected %s, found %s", name, before, after)
		}
		b.run(t, chromedp.Evaluate(how[1], nil))
		b.becomes(t, fmt.Sprintf("document.querySelector('.figures').textContent != %q", before))
	}
	for _, what := range b.said() {
		t.Error(what)
	}

	b.open(t, "/c/market/accounts/seller:1?currency=EUR&at=2026-03-03")
	var past string
	b.run(t, chromedp.TextContent("#live", &past))
	if past != "Record 8" {
		t.Errorf("of the past: expected no more than the record, found %q", past)
	}
	b.open(t, "/c/market/")
	b.becomes(t, `document.getElementById("live").textContent == "Live, record 8"`)
	p.server.Listener.Close()
	p.server.CloseClientConnections()
	b.becomes(t, `/^Not live since [0-9]{2}:[0-9]{2}, record 8$/.test(document.getElementById("live").textContent)`)
}
