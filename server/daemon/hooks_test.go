package daemon_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/splitledger/splitledger/server/daemon"
)

// ask sends a request with a key, and reads the answer into a value, if there is one.
func ask(t *testing.T, method, url, key, body string, into any) (status int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatalf("%s %s: %s: %s", method, url, a.Status, text)
		}
	}
	if a.StatusCode >= 400 {
		t.Logf("%s %s: %s", method, url, text)
	}
	return a.StatusCode
}

// A receiver that is away hears everything once it is back, in order, though the server was stopped meanwhile; requests
// are verified by the library of Standard Webhooks.
func TestWebhooksOverAStop(t *testing.T) {
	var mu sync.Mutex
	var got []string
	away := true
	var verifier *standardwebhooks.Webhook
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		if away {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if err := verifier.Verify(body, r.Header); err != nil {
			t.Error(err)
		}
		var m struct {
			Type string
			Data struct{ Event struct{ ID string } }
		}
		json.Unmarshal(body, &m)
		got = append(got, m.Data.Event.ID)
	}))
	defer receiver.Close()
	dir := t.TempDir()
	o := daemon.Options{Dir: dir, WebhooksAllow: []string{"127.0.0.1"}}
	var key string
	run := func(name string, f func(t *testing.T, base string)) {
		t.Run(name, func(t *testing.T) {
			d, text := start(t, o)
			if key == "" {
				key = text
			}
			f(t, d.URL())
		})
	}
	post := func(t *testing.T, base string, from, to int) {
		for i := from; i < to; i++ {
			body := fmt.Sprintf(`{"id":"e%d","type":"account.open","account":"seller:%d","kind":"sub"}`, i, i)
			if s := ask(t, "POST", base+"/v1/ledgers/market/events", key, body, nil); s != 201 {
				t.Fatal(s)
			}
		}
	}
	run("away", func(t *testing.T, base string) {
		ask(t, "POST", base+"/v1/ledgers", key, `{"name":"market"}`, nil)
		var e struct{ ID, Secret string }
		if s := ask(t, "POST", base+"/v1/webhooks", key, fmt.Sprintf(`{"name":"shop","url":%q,"ledger":"market","types":["account.*"]}`, receiver.URL), &e); s != 201 {
			t.Fatal(s)
		}
		var err error
		if verifier, err = standardwebhooks.NewWebhook(e.Secret); err != nil {
			t.Fatal(err)
		}
		if s := ask(t, "POST", base+"/v1/webhooks", key, `{"name":"inside","url":"https://10.0.0.1/","ledger":"market"}`, nil); s != 400 {
			t.Errorf("an address of our own network: %d", s)
		}
		post(t, base, 0, 5)
	})
	mu.Lock()
	away = false
	mu.Unlock()
	run("back", func(t *testing.T, base string) {
		post(t, base, 5, 10)
		for range 1500 {
			mu.Lock()
			n := len(got)
			mu.Unlock()
			if n >= 10 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		var all struct {
			Data []struct {
				Record, Lag uint64
				State       string
			}
		}
		ask(t, "GET", base+"/v1/webhooks", key, "", &all)
		if len(all.Data) != 1 || all.Data[0].State != "active" {
			t.Errorf("%+v", all)
		}
	})
	if want := "e0 e1 e2 e3 e4 e5 e6 e7 e8 e9"; strings.Join(got, " ") != want {
		t.Errorf("delivered %v, want %s", got, want)
	}
}
