package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/splitledger/splitledger/server"
	"github.com/splitledger/splitledger/server/settings"
)

// contract are the examples of the interface's contract.
func contract() []*server.Sample {
	text, err := os.ReadFile("testdata/contract.txt")
	if err != nil {
		panic(err)
	}
	examples, err := server.ReadExamples(string(text))
	if err != nil {
		panic(err)
	}
	return examples
}

// What the first and the third example send, for other tests.
var (
	firstEvents = contract()[0].Body
	transfer    = contract()[2].Body
)

// The examples are sent one after another.
func TestContract(t *testing.T) {
	examples := contract()
	store, auth := keys(t, map[string]string{"backend": "events:write,read,reconcile:post market,shop,reports"})
	if _, err := store.AddSecret(settings.Actor{By: "test"},
		settings.NewSecret{Provider: "adyen", Ledger: "shop", Secret: adyenKey, TestMode: true}); err != nil {
		t.Fatal(err)
	}
	_, hs := serve(t, server.Options{Settings: store}, "market", "shop", "reports")
	events, err := os.ReadFile("../examples/reconcile/shop.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	send(t, "POST", hs.URL+"/v1/ledgers/reports/events", string(events), "Content-Type", "application/x-ndjson", "Authorization", auth["backend"])

	var next struct{ Next string }
	run, seen := "", map[string]bool{}
	for _, e := range examples {
		number, _, _ := strings.Cut(e.Name, " ")
		seen[number] = true
		t.Run(e.Name, func(t *testing.T) {
			if e.Header.Get("Webhook-Id") != "" {
				signed(t, e)
				return
			}
			e.Header.Set("Authorization", auth["backend"])
			if file := e.Header.Get("Body"); file != "" {
				text, err := os.ReadFile("../" + file)
				if err != nil {
					t.Fatal(err)
				}
				e.Body = string(text)
			}
			target := hs.URL + strings.NewReplacer("RUN", run, "NEXT", next.Next).Replace(e.Target)
			if e.Header.Get("Accept") == "text/event-stream" {
				fed(t, target, e)
				return
			}
			var header []string
			for name := range e.Header {
				header = append(header, name, e.Header.Get(name))
			}
			got := send(t, e.Method, target, e.Body, header...)
			if got.status != e.Status {
				t.Errorf("expected %d, found %d %s", e.Status, got.status, got.body)
			}
			for name := range e.AnswerHeader {
				if have := got.header.Get(name); !like(e.AnswerHeader.Get(name), have) {
					t.Errorf("%s: expected %q, found %q", name, e.AnswerHeader.Get(name), have)
				}
			}
			switch {
			case e.Answer == "":
			case strings.HasPrefix(e.Answer, "{"):
				compare(t, e.Answer, got.body)
			case e.Answer != got.body:
				t.Errorf("expected %s, found %s", e.Answer, got.body)
			}
			if page := next; json.Unmarshal([]byte(got.body), &page) == nil {
				next = page
			}
			if at := got.header.Get("Location"); strings.Contains(at, "/reconciliations/") {
				run = at
			}
		})
	}
	if len(seen) != 10 {
		t.Errorf("expected 10 examples, found %d", len(seen))
	}
}

// fed reads of a feed what the example has.
func fed(t *testing.T, url string, e *server.Sample) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, e.Method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = e.Header
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if media := a.Header.Get("Content-Type"); a.StatusCode != e.Status || media != e.AnswerHeader.Get("Content-Type") {
		t.Errorf("%d %s", a.StatusCode, media)
	}
	lines := bufio.NewScanner(a.Body)
	for want := range strings.SplitSeq(e.Answer, "\n") {
		if !lines.Scan() {
			t.Fatalf("expected %s, found the end: %v", want, lines.Err())
		}
		if data, ok := strings.CutPrefix(want, "data: "); ok {
			compare(t, data, strings.TrimPrefix(lines.Text(), "data: "))
		} else if lines.Text() != want {
			t.Errorf("expected %q, found %q", want, lines.Text())
		}
	}
}

// signed verifies a request as its receiver does, by the library of Standard Webhooks, and that a changed one is refused.
func signed(t *testing.T, e *server.Sample) {
	w, err := standardwebhooks.NewWebhook(e.Header.Get("Secret"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.VerifyIgnoringTimestamp([]byte(e.Body), e.Header); err != nil {
		t.Error(err)
	}
	if w.VerifyIgnoringTimestamp([]byte(e.Body+" "), e.Header) == nil {
		t.Error("a changed body has the same signature")
	}
}
