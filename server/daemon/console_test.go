package daemon_test

import (
	"bytes"
	"encoding/csv"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/internal/commands"
	"github.com/splitledger/splitledger/internal/lab/marketplace"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/server/daemon"
)

// Of a console over a small marketplace every link is followed, and its figures are those of the command line.
func TestConsole(t *testing.T) {
	dir := t.TempDir()
	l, err := ledger.Open(filepath.Join(dir, "market.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var events bytes.Buffer
	if _, err := marketplace.Write(&events, marketplace.Options{Payments: 200, Sellers: 8}); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(events.Bytes()) {
		var e posting.Event
		if e.UnmarshalJSON(line) == nil { // some are wrong, and some are refused
			if _, err := book.Post(t.Context(), e); ledger.Failed(err) {
				t.Fatal(err)
			}
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	d, key := start(t, daemon.Options{Dir: dir})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	if a, err := browser.PostForm(d.URL()+"/c/_/signin", url.Values{"key": {key}}); err != nil || a.Request.URL.Path != "/c/market/" {
		t.Fatalf("signed in: %v, %v", a, err)
	}
	t.Run("links", func(t *testing.T) { followLinks(t, browser, d.URL()) })
	t.Run("figures", func(t *testing.T) { compareFigures(t, browser, d.URL(), filepath.Join(dir, "market.db")) })
}

// followLinks follows every link of every page, those to CSV included, which the API answers: from / on, three of each
// kind.
func followLinks(t *testing.T, browser *http.Client, at string) {
	link := regexp.MustCompile(`href="(/[^"#]*)`)
	digits := regexp.MustCompile(`/(accounts|payments|entries|events|payouts|rules|months)/[^/?]+`)
	isCSV := regexp.MustCompile(`/csv/|[?&]csv=`)
	value := regexp.MustCompile(`=[^&]*`)
	seen, kinds := map[string]bool{}, map[string]int{}
	for todo := []string{"/c/market/"}; len(todo) > 0; todo = todo[1:] {
		kind := value.ReplaceAllString(digits.ReplaceAllString(todo[0], "/$1/*"), "")
		if kinds[kind]++; kinds[kind] > 3 {
			continue
		}
		a, err := browser.Get(at + todo[0])
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(a.Body)
		a.Body.Close()
		if media := a.Header.Get("Content-Type"); err != nil || a.StatusCode != http.StatusOK || isCSV.MatchString(todo[0]) != strings.HasPrefix(media, "text/csv") {
			t.Errorf("%s: %d %s %s %v", todo[0], a.StatusCode, media, body[:min(len(body), 300)], err)
		}
		if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(string(body), -1) {
			if to := html.UnescapeString(m[1]); !seen[to] {
				seen[to] = true
				todo = append(todo, to)
			}
		}
	}
	if len(kinds) < 30 {
		t.Errorf("expected 30 kinds of links or more, found %d: %v", len(kinds), kinds)
	}
}

// compareFigures sets what pages show, as CSV of just that, beside what the command line says while the server runs.
func compareFigures(t *testing.T, browser *http.Client, at, ledger string) {
	rows := func(text string) [][]string {
		list, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(list) < 2 {
			t.Fatalf("expected CSV, found %v in %s", err, text)
		}
		return list[1:]
	}
	page := func(path string) [][]string {
		a, err := browser.Get(at + "/c/market" + path)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		text, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		return rows(string(text))
	}
	var said, wrong bytes.Buffer
	if commands.Run(t.Context(), []string{"balance", "--ledger", ledger, "--format", "csv"}, strings.NewReader(""), &said, &wrong, func(string) string { return "" }) != 0 {
		t.Fatal(wrong.String())
	}
	want, currencies := map[string]string{}, map[string]int{} // account, kind, currency, pending, available, reserved, balance
	for _, r := range rows(said.String()) {
		want[r[0]+" "+r[2]] = strings.Join(r[3:7], " ")
		currencies[r[0]]++
	}
	compared := 0
	same := func(where, account, currency string, cells ...string) {
		compared++
		if got := strings.Join(cells, " "); got != want[account+" "+currency] {
			t.Errorf("%s: of %s in %s the command line says %s, the page %s", where, account, currency, want[account+" "+currency], got)
		}
	}
	for _, r := range page("/?csv=held-by-providers-and-the-bank") {
		same("Today", r[0], r[2], r[3], r[4], r[5], r[1])
	}
	for account, n := range currencies {
		if n < 2 { // the page is of one currency then
			continue
		}
		for _, r := range page("/accounts/" + url.PathEscape(account) + "?csv=balances") {
			same("account", account, r[0], r[1:]...)
		}
	}
	if compared < 20 {
		t.Errorf("expected 20 balances or more, compared %d", compared)
	}
}
