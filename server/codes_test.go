package server_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal/memjournal"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/server"
)

// code is that of a problem.
func code(t *testing.T, body string) ledger.Code {
	t.Helper()
	var p struct{ Code ledger.Code }
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Errorf("%v: %s", err, body)
	}
	return p.Code
}

// Every code of the table is provoked over HTTP, and answered with its status, alone and as a line of a stream.
func TestEveryCode(t *testing.T) {
	seen := map[ledger.Code]bool{}
	see := func(t *testing.T, want ledger.Code, got reply) {
		t.Helper()
		s := server.Statuses[want]
		if c := code(t, got.body); c != want || got.status != s.Status && got.status != s.InPath {
			t.Errorf("expected %d %s, found %d %s", s.Status, want, got.status, got.body)
		}
		if again := got.header.Get("Retry-After") != ""; again != s.Again {
			t.Errorf("%s: Retry-After %q", want, got.header.Get("Retry-After"))
		}
		seen[want] = true
	}
	t.Run("events", func(t *testing.T) { everyRefusal(t, see) })
	t.Run("elsewhere", func(t *testing.T) { everyFailure(t, see) })

	store, text := keys(t, map[string]string{"reader": "read market"})
	s, hs := serve(t, server.Options{Settings: store}, "market")
	auth := []string{"Authorization", text["reader"]}
	l := hs.URL + "/v1/ledgers/market"
	see(t, "unauthenticated", send(t, "GET", l, ""))
	see(t, server.Forbidden, send(t, "POST", l+"/events", "", auth...))
	see(t, server.NotFound, send(t, "GET", l+"/events/none", "", auth...))
	see(t, ledger.UnknownAccount, send(t, "GET", l+"/balances?account=seller:1", "", auth...))
	see(t, server.MethodNotAllowed, send(t, "PATCH", l, "", auth...))
	see(t, server.NotAcceptable, send(t, "GET", l, "", append(auth, "Accept", "image/png")...))
	see(t, server.RecordNotReached, send(t, "GET", l, "", append(auth, "After-Record", "9", "Prefer", "wait=0")...))
	last := send(t, "GET", l, "")
	for range 30 {
		last = send(t, "GET", l, "")
	}
	see(t, server.RateLimited, last)
	see(t, server.HeadersTooLarge, send(t, "GET", l, "", append(auth, "X", strings.Repeat("a", 40<<10))...))

	_, hs = serve(t, server.Options{Limits: server.Limits{BodyTime: 100 * time.Millisecond}}, "market")
	events := hs.URL + "/v1/ledgers/market/events"
	see(t, server.UnknownLedger, send(t, "GET", hs.URL+"/v1/ledgers/none", ""))
	see(t, server.UnsupportedMediaType, send(t, "POST", events, "x", "Content-Type", "text/plain"))
	see(t, server.PayloadTooLarge, send(t, "POST", events, strings.Repeat(" ", 2<<20), "Content-Type", "application/json"))
	see(t, server.RequestTimeout, slowly(t, hs))
	_, hs = serve(t, server.Options{Authenticate: func(*http.Request) (*server.Identity, error) { return nil, errors.New("secret detail") }}, "market")
	got := send(t, "GET", hs.URL+"/v1/me", "")
	see(t, server.Internal, got)
	if strings.Contains(got.body, "secret detail") {
		t.Error("an internal error says too much")
	}
	s.Close()
	see(t, server.Unavailable, closed(t, s))
	elsewhere(t, see)
	for c := range server.Statuses {
		if !seen[c] {
			t.Errorf("%s was not provoked", c)
		}
	}
}

// everyRefusal tells the stories of the catalogue of refusals: as single events, and the last one as a line.
func everyRefusal(t *testing.T, see func(*testing.T, ledger.Code, reply)) {
	text, err := os.ReadFile("../posting/testdata/refusals.json")
	if err != nil {
		t.Fatal(err)
	}
	var stories []struct {
		Code   ledger.Code
		Events string
	}
	if err := json.Unmarshal(text, &stories); err != nil || len(stories) < 20 {
		t.Fatal(len(stories), err)
	}
	var names []string
	for i := range stories {
		names = append(names, fmt.Sprintf("l%d", i))
	}
	_, hs := serve(t, server.Options{}, names...)
	for i, story := range stories {
		lines := strings.Split(strings.TrimSpace(story.Events), "\n")
		url := hs.URL + "/v1/ledgers/" + names[i] + "/events"
		for _, line := range lines[:len(lines)-1] {
			if got := send(t, "POST", url, line, "Content-Type", "application/json"); got.status != 201 {
				t.Fatalf("%s: %s: %s", story.Code, line, got.body)
			}
		}
		last := lines[len(lines)-1]
		see(t, story.Code, send(t, "POST", url, last, "Content-Type", "application/json"))
		for _, query := range []string{"", "?dry_run=true"} {
			got := send(t, "POST", url+query, last+"\n", "Content-Type", "application/x-ndjson")
			if want := fmt.Sprintf(`"status":"refused","error":{"code":%q`, story.Code); got.status != 200 || !strings.Contains(got.body, want) {
				t.Errorf("as a line%s: expected %s, found %s", query, want, got.body)
			}
		}
	}
}

// everyFailure meets what a log that is elsewhere may answer.
func everyFailure(t *testing.T, see func(*testing.T, ledger.Code, reply)) {
	log := memjournal.New(uuid.MustParse("0190a0b0-0000-7000-8000-00000000cafe"))
	s := server.New(server.Options{})
	journals := map[string]*memjournal.Journal{"one": log.Open(), "two": log.Open()}
	ledgers := map[string]*ledger.Ledger{}
	for name, j := range journals {
		l, err := ledger.Open("", ledger.Options{Journal: j, IndexDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		ledgers[name] = l
		if err := s.Add(name, l); err != nil {
			t.Fatal(err)
		}
	}
	defer ledgers["two"].Close()
	hs := httptest.NewServer(s)
	defer hs.Close()
	post := func(name, id string) reply {
		return send(t, "POST", hs.URL+"/v1/ledgers/"+name+"/events", fmt.Sprintf(`{"id":%q,"type":"account.open","account":%q,"kind":"sub"}`, id, id), "Content-Type", "application/json")
	}
	if got := post("one", "a"); got.status != 201 {
		t.Fatal(got.body)
	}
	see(t, ledger.NotLeader, post("two", "b"))
	if got := post("two", "b"); got.status != 201 {
		t.Errorf("sent again: %s", got.body)
	}
	journals["two"].Meet(memjournal.Fault{Full: true})
	see(t, ledger.DiskFull, post("two", "c"))
	journals["two"].Meet(memjournal.Fault{Full: true})
	got := send(t, "POST", hs.URL+"/v1/ledgers/two/events", `{"id":"d","type":"account.open","account":"d","kind":"sub"}`, "Content-Type", "application/x-ndjson")
	if !strings.Contains(got.body, `"line":1,"id":"","status":"stopped","error":{"code":"disk_full"`) {
		t.Errorf("a full disk in a stream: %s", got.body)
	}
	for range 1000 {
		journals["one"].Meet(memjournal.Fault{Lost: true})
	}
	done := make(chan reply, 1)
	go func() { done <- post("one", "e") }()
	time.Sleep(50 * time.Millisecond)
	ledgers["one"].Close()
	see(t, ledger.OutcomeUnknown, <-done)
}

// elsewhere meets what files and reconciliations may answer.
func elsewhere(t *testing.T, see func(*testing.T, ledger.Code, reply)) {
	_, url, _ := reconciler(t, filepath.Join(t.TempDir(), "shop.db"))
	run := send(t, "POST", url+"/reconciliations?provider=adyen&name=a.csv", settled(t), "Content-Type", "text/csv", "Prefer", "wait=10")
	post := strings.TrimSuffix(url, "/v1/ledgers/shop") + run.header.Get("Location") + "/post"
	see(t, server.PreconditionFailed, send(t, "POST", post, "", "If-Match", `"7"`))

	// A file that another process has, and one that is damaged.
	path := filepath.Join(t.TempDir(), "taken.db")
	taken, err := ledger.Open(path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	damaged := filepath.Join(t.TempDir(), "shop.db")
	_, _, stop := reconciler(t, damaged)
	stop()
	text, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(damaged, bytes.ReplaceAll(text, []byte("shop-102"), []byte("shop-103")), 0o600); err != nil {
		t.Fatal(err)
	}
	_, url = trusting(t, server.Options{Create: func(name string, _ []money.Asset) error {
		l, err := ledger.Open(map[string]string{"taken": path, "damaged": damaged}[name], ledger.Options{})
		if err == nil {
			l.Close()
		}
		return err
	}})
	see(t, ledger.Locked, send(t, "POST", url+"/v1/ledgers", `{"name":"taken"}`, "Content-Type", "application/json"))
	see(t, ledger.Corrupt, send(t, "POST", url+"/v1/ledgers", `{"name":"damaged"}`, "Content-Type", "application/json"))
}

// slowly sends half a body, and waits.
func slowly(t *testing.T, hs *httptest.Server) reply {
	c, err := net.Dial("tcp", hs.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "POST /v1/ledgers/market/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
	c.SetDeadline(time.Now().Add(10 * time.Second))
	text, _ := io.ReadAll(c)
	head, body, _ := strings.Cut(string(text), "\r\n\r\n")
	got := reply{body: body, header: http.Header{}}
	fmt.Sscanf(head, "HTTP/1.1 %d", &got.status)
	return got
}

// closed asks a server that is closed.
func closed(t *testing.T, s *server.Server) reply {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/v1/me", nil))
	return reply{w.Code, w.Header(), w.Body.String()}
}
