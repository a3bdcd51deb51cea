package server_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/examples"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server"
)

// exampleEvents are the events of the examples, and of what these do not have: something that waits, something that is
// due, and a closed period.
func exampleEvents(t testing.TB) string {
	t.Helper()
	var all strings.Builder
	names, err := examples.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range names {
		text, err := examples.Files.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	all.WriteString(`{"id":"notice-1","type":"provider.notice","at":"2026-04-01T10:00:00Z","provider":"adyen","name":"refunded","reference":"nobody-knows","providerReference":"PSP-1","amount":{"value":100,"currency":"EUR"},"reason":"no such payment"}
{"id":"notice-2","type":"provider.notice","at":"2026-04-02T10:00:00Z","provider":"adyen","name":"captured","reference":"nobody-knows-2","amount":{"value":200,"currency":"EUR"}}
{"id":"hold-due","type":"reserve.hold","at":"2026-04-02T10:00:00Z","account":"seller:0001","amount":{"value":5,"currency":"EUR"},"fact":true,"until":"2199-01-01T00:00:00Z"}
{"id":"close-1","type":"period.close","through":"2026-01-31","reason":"January is audited"}
`)
	return all.String()
}

// withExamples starts a server whose ledger "market" has the examples.
func withExamples(t *testing.T) (*server.Server, string) {
	t.Helper()
	s, hs := serve(t, server.Options{}, "market")
	got := send(t, "POST", hs.URL+"/v1/ledgers/market/events", exampleEvents(t), "Content-Type", "application/x-ndjson")
	if got.status != http.StatusOK || strings.Count(got.body, `"refused"`) > 10 {
		t.Fatalf("%d: %s", got.status, got.body)
	}
	return s, hs.URL
}

// questions are what the table test asks of routes that need more than their path. A route with a segment that is
// named, and without a row here, fails the test: so none is forgotten.
var questions = map[string]string{
	"/events":                  "?id=hold-due",
	"/events/{id}":             "/events/hold-due",
	"/entries":                 "?id=1",
	"/entries/{n}":             "/entries/1",
	"/accounts/{id}":           "/accounts/liable",
	"/accounts/{id}/statement": "/accounts/liable/statement",
	"/accounts/{id}/explain":   "/accounts/liable/explain",
	"/payments/{id}":           "/payments/adyen-400",
	"/payouts/{id}":            "/payouts/payout-1",
	"/rules/{rule}":            "/rules/standard-IDR",
	"/notices/{id}":            "/notices/notice-1",
	"/open":                    "?provider=adyen",
	"/search":                  "?q=adyen-400",
	"/reports/changes":         "?since=2026-03-01&as_of=2026-04",
	"/reports/ageing":          "?as_of=2026-04",
	"/reports/series":          "?account=liable&from=2026-03-01&to=2026-03-05",
}

// question is the path of a request to a route.
func question(t *testing.T, r *server.Route) string {
	t.Helper()
	path := strings.TrimPrefix(r.Path, server.InLedger)
	if path == r.Path {
		return path
	}
	asked, ok := questions[path]
	if !ok && strings.Contains(path, "{") {
		t.Errorf("GET %s: nothing is asked of it", r.Path)
	}
	if strings.HasPrefix(asked, "/") {
		path, asked = asked, ""
	}
	return "/v1/ledgers/market" + path + asked
}

// Every reading route answers: with 200, JSON without null, the record that the answer is of, the same headers to HEAD,
// rows as CSV where it has any, and a refusal of what it does not know.
func TestReads(t *testing.T) {
	s, url := withExamples(t)
	for _, r := range s.Routes() {
		if r.Method != http.MethodGet || r.Scope == server.Admin || !strings.HasPrefix(r.Path, server.InLedger) {
			continue
		}
		if strings.Contains(r.Path, "/reconciliations") {
			continue // answers are of a run, which TestReconciliations makes
		}
		path := question(t, r)
		t.Run(r.Path, func(t *testing.T) {
			got := send(t, "GET", url+path, "")
			if got.status != http.StatusOK {
				t.Fatalf("%s: %d: %s", path, got.status, got.body)
			}
			if got.header.Get("Record") == "" {
				t.Errorf("%s says no record", path)
			}
			if got.header.Get("Content-Type") == "application/json" {
				checkJSON(t, path, got.body)
			}
			head := send(t, "HEAD", url+path, "")
			for _, h := range []http.Header{got.header, head.header} {
				h.Del("Date")
				h.Del("Request-Id")
			}
			if head.status != 200 || head.body != "" || !sameHeaders(got.header, head.header) {
				t.Errorf("HEAD %s: %d %v, GET has %v", path, head.status, head.header, got.header)
			}
			join := "?"
			if strings.Contains(path, "?") {
				join = "&"
			}
			if wrong := send(t, "GET", url+path+join+"colour=red", ""); wrong.status != 400 || !strings.Contains(wrong.body, `"field":"colour"`) {
				t.Errorf("%s with another parameter: %d: %s", path, wrong.status, wrong.body)
			}
			texts := send(t, "GET", url+path, "", "Prefer", "amounts=string")
			checkTexts(t, path, got.body, texts)
			if r.CSV {
				checkCSV(t, url+path+join)
			}
		})
	}
}

// sameHeaders compares all but lengths: an answer may have the time in it, which has as many decimals as it needs.
func sameHeaders(a, b http.Header) bool {
	for name := range a {
		if name != "Content-Length" && a.Get(name) != b.Get(name) {
			return false
		}
	}
	return true
}

// checkJSON reads an answer, and looks for null in it.
func checkJSON(t *testing.T, path, body string) {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if strings.Contains(body, "\n") {
		t.Errorf("%s: more than one line", path)
	}
	if m, ok := v.(map[string]any); ok {
		if list, ok := m["data"].([]any); ok && len(list) == 0 {
			t.Errorf("%s has nothing: the test would not see what is wrong", path)
		}
	}
	var look func(at string, v any)
	look = func(at string, v any) {
		switch x := v.(type) {
		case nil:
			t.Errorf("%s: %s is null", path, at)
		case map[string]any:
			for k, v := range x {
				look(at+"."+k, v)
			}
		case []any:
			for _, v := range x {
				look(at+"[]", v)
			}
		}
	}
	look("", v)
}

// amountNames are members that are amounts in some answer, and never anything else.
var amountNames = []string{"value", "pending", "available", "reserved", "balance", "amount", "debits", "credits", "opening",
	"closing", "captured", "refunded", "authorised"}

// checkTexts compares an answer with the one that has amounts as texts: it is the same otherwise, and no amount is a
// number.
func checkTexts(t *testing.T, path, plain string, texts reply) {
	t.Helper()
	if !strings.HasPrefix(texts.header.Get("Content-Type"), "application/json") {
		return
	}
	if texts.header.Get("Preference-Applied") != "amounts=string" {
		t.Errorf("%s: the preference was not applied", path)
	}
	a, b := json.NewDecoder(strings.NewReader(plain)), json.NewDecoder(strings.NewReader(texts.body))
	a.UseNumber()
	b.UseNumber()
	var v, w any
	if a.Decode(&v) != nil || b.Decode(&w) != nil {
		t.Fatalf("%s: %s", path, texts.body)
	}
	var look func(name string, v, w any)
	look = func(name string, v, w any) {
		switch x := v.(type) {
		case map[string]any:
			for k, v := range x {
				look(k, v, w.(map[string]any)[k])
			}
		case []any:
			for i, v := range x {
				look(name, v, w.([]any)[i])
			}
		case json.Number:
			text, is := w.(string)
			if wanted := slices.Contains(amountNames, name); is != wanted && (wanted || !slices.Contains([]string{"debt", "was", "change",
				"is", "total", "left", "was", "other", "result", "liabilities", "assets", "equity", "conversions", "upTo30", "upTo60",
				"upTo90", "over90", "settled", "fees", "refunds", "chargebacks", "transfers", "payouts", "payout", "held", "rest", "returned", "fee",
				"pendingBalance", "flat", "min", "max"}, name)) {
				t.Errorf("%s: %s is %v", path, name, w)
			}
			if is && text != x.String() {
				t.Errorf("%s: %s is %q, and was %s", path, name, text, x)
			}
		default:
			if name != "ageSeconds" && name != "at" && v != w { // the ledger's clock
				t.Errorf("%s: %s is %v, and was %v", path, name, w, v)
			}
		}
	}
	look("", v, w)
}

// checkCSV reads an answer as CSV, asked for in both ways.
func checkCSV(t *testing.T, url string) {
	t.Helper()
	got := send(t, "GET", url+"format=csv", "")
	if got.status != 200 || got.header.Get("Content-Type") != "text/csv; charset=utf-8" || got.header.Get("Record") == "" {
		t.Fatalf("%s: %d %v: %s", url, got.status, got.header, got.body)
	}
	rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Errorf("%s: %d rows, %v", url, len(rows), err)
	}
	if other := send(t, "GET", url, "", "Accept", "text/csv"); other.body != got.body && !strings.Contains(url, "notices") {
		t.Errorf("%s: with Accept another answer: %s", url, other.body)
	}
}

// The last page of a statement has the rest, without totals; together the pages are the statement.
func TestStatementPages(t *testing.T) {
	_, url := withExamples(t)
	for _, order := range []string{"effective", "recorded"} {
		path := url + "/v1/ledgers/market/accounts/liable/statement?order=" + order
		whole := statementRows(t, path+"&limit=1000")
		var paged []any
		for after, pages := "", 0; ; pages++ {
			at := path + "&limit=7"
			if after != "" {
				at += "&after=" + after
			}
			var page struct {
				Totals []any
				Data   []any
				Next   string
			}
			if err := json.Unmarshal([]byte(send(t, "GET", at, "").body), &page); err != nil {
				t.Fatal(err)
			}
			if (len(page.Totals) > 0) != (pages == 0) {
				t.Errorf("page %d: %d totals", pages, len(page.Totals))
			}
			paged = append(paged, page.Data...)
			if after = page.Next; after == "" {
				break
			}
		}
		if len(whole) < 50 || !reflect.DeepEqual(whole, paged) {
			t.Errorf("%s: %d rows in one page, %d in pages of 7", order, len(whole), len(paged))
		}
	}
	if got := send(t, "GET", url+"/v1/ledgers/market/accounts/liable/statement?after=zzz", ""); got.status != 400 {
		t.Errorf("another cursor: %d", got.status)
	}
}

func statementRows(t *testing.T, url string) []any {
	t.Helper()
	var page struct{ Data []any }
	if err := json.Unmarshal([]byte(send(t, "GET", url, "").body), &page); err != nil {
		t.Fatal(err)
	}
	return page.Data
}

// The newest payments come first in a list backwards, which is the other one turned round, page by page.
func TestPaymentsBackwards(t *testing.T) {
	_, url := withExamples(t)
	ids := func(query string) (list []string) {
		for after := ""; ; {
			var page struct {
				Data []struct{ Payment string }
				Next string
			}
			if err := json.Unmarshal([]byte(send(t, "GET", url+"/v1/ledgers/market/payments?limit=9&"+query+after, "").body), &page); err != nil {
				t.Fatal(err)
			}
			for _, p := range page.Data {
				list = append(list, p.Payment)
			}
			if page.Next == "" {
				return list
			}
			after = "&after=" + page.Next
		}
	}
	for _, filter := range []string{"", "provider=adyen&state=settled&state=refunded&", "account=seller:*&", "currency=EUR&min_amount=3000&"} {
		forwards, backwards := ids(filter), ids(filter+"order=desc")
		slices.Reverse(backwards)
		if len(forwards) < 5 || !slices.Equal(forwards, backwards) {
			t.Errorf("%s: %v forwards, %v backwards", filter, forwards, backwards)
		}
	}
}

// A key that is for some accounts sees these, and nothing else.
func TestKeyOfAccounts(t *testing.T) {
	_, hs := serve(t, server.Options{Authenticate: func(*http.Request) (*server.Identity, error) {
		return &server.Identity{By: "key_1", Scopes: []server.Scope{server.Read, server.Write}, Ledgers: []string{"*"},
			Accounts: []string{"seller:1*"}}, nil
	}}, "market")
	for _, tt := range []struct {
		path   string
		status int
	}{
		{"/balances", 404}, // seller:1* has none yet
		{"/balances?account=liable", 403},
		{"/balances?account=*", 403},
		{"/accounts/liable", 403},
		{"/accounts/liable/statement", 403},
		{"/accounts/liable/explain", 403},
		{"/accounts/seller:12", 404},
		{"/payments", 403},
		{"/journal", 403},
		{"/export", 403},
		{"/reports/balance-sheet", 403},
	} {
		if got := send(t, "GET", hs.URL+"/v1/ledgers/market"+tt.path, ""); got.status != tt.status {
			t.Errorf("%s: %d: %s", tt.path, got.status, got.body)
		}
	}
}

// A feed resumes after the last record that a client has, without a gap or a repeat, and goes on with what is booked.
func TestFeed(t *testing.T) {
	_, hs := serve(t, server.Options{}, "market")
	events := hs.URL + "/v1/ledgers/market/events"
	send(t, "POST", events, firstEvents, "Content-Type", "application/x-ndjson")
	send(t, "POST", events, transfer, "Content-Type", "application/json")
	r, err := http.NewRequestWithContext(t.Context(), "GET", hs.URL+"/v1/ledgers/market/journal", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Last-Event-ID", "3")
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if a.StatusCode != 200 || a.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %v", a.StatusCode, a.Header)
	}
	lines := bufio.NewScanner(a.Body)
	next := func(n int) (text []string) {
		for len(text) < n && lines.Scan() {
			text = append(text, lines.Text())
		}
		return text
	}
	got := next(6)
	if strings.Join(got[:5], "|") != "retry: 2000||event: record|id: 4|data: "+strings.TrimPrefix(got[4], "data: ") {
		t.Errorf("the feed begins with %q", got)
	}
	compare(t, `{"ledger":"market","record":4,"recorded":"…","at":"2026-03-12T10:00:00Z","by":"…","event":{"id":"tr-2","type":"transfer","at":"2026-03-12T10:00:00Z","from":"seller:42","to":"platform","amount":{"value":600,"currency":"USD"},"reference":"subscription 2026-03"},"entries":[{"entry":3,"postings":[{"account":"seller:42","sub":"available","debit":true,"amount":{"value":600,"currency":"USD"},"type":"Transfer","reference":"subscription 2026-03"},{"account":"platform","sub":"available","credit":true,"amount":{"value":600,"currency":"USD"},"type":"Transfer","reference":"subscription 2026-03"}]}]}`,
		strings.TrimPrefix(got[4], "data: "))
	send(t, "POST", events, strings.ReplaceAll(transfer, "tr-2", "tr-3"), "Content-Type", "application/json")
	if got := next(3); got[1] != "id: 5" || !strings.Contains(got[2], `"tr-3"`) {
		t.Errorf("then %q", got)
	}
}

// BenchmarkBalanceInquiry asks what one account has, over HTTP as a server does it, without the network.
func BenchmarkBalanceInquiry(b *testing.B) {
	s := server.New(server.Options{})
	l, err := ledger.Open(filepath.Join(b.TempDir(), "market.db"), ledger.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	if err := s.Add("market", l); err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/v1/ledgers/market/events", strings.NewReader(exampleEvents(b)))
	r.Header.Set("Content-Type", "application/x-ndjson")
	s.ServeHTTP(httptest.NewRecorder(), r)
	hs := httptest.NewServer(s)
	defer hs.Close()
	b.Run("handler", func(b *testing.B) {
		for b.Loop() {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequest("GET", "/v1/ledgers/market/balances?account=seller:0001", nil))
			if w.Code != 200 {
				b.Fatal(w.Body)
			}
		}
	})
	b.Run("socket", func(b *testing.B) {
		for b.Loop() {
			a, err := http.Get(hs.URL + "/v1/ledgers/market/balances?account=seller:0001")
			if err != nil {
				b.Fatal(err)
			}
			io.Copy(io.Discard, a.Body)
			a.Body.Close()
		}
	})
}
