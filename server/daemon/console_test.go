package daemon_test

import (
	"bytes"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/internal/lab/marketplace"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/server/daemon"
)

// Every link of every page of the console leads somewhere, those to CSV included, which the API answers: pages are
// followed from / on, three of each kind.
func TestConsoleLinks(t *testing.T) {
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
		a, err := browser.Get(d.URL() + todo[0])
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
