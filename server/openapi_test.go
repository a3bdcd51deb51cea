package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server"
	"github.com/splitledger/splitledger/server/settings"
	"github.com/splitledger/splitledger/server/webhooks"
)

var update = flag.Bool("update", false, "write golden files")

// Every route says what it is and what its parameters are, in words, and has types that schemas can be made of.
func TestRoutesAreDescribed(t *testing.T) {
	s, _ := serve(t, server.Options{})
	for _, r := range s.Routes() {
		name := r.Method + " " + r.Path
		if r.Summary == "" || len(r.Summary) > 120 || strings.HasSuffix(r.Summary, ".") {
			t.Errorf("%s: expected a summary of one line, without a full stop, found %q", name, r.Summary)
		}
		for param, doc := range r.ParamDocs() {
			if doc == "" {
				t.Errorf("%s: parameter %s has no tag doc", name, param)
			}
		}
	}
	problems, err := s.DocumentProblems()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

// noon is when the examples are sent.
var noon = time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)

// exampleServer is a server with the ledger of the examples. Its clock stands, and what it makes up is always the same.
func exampleServer(t *testing.T) string {
	t.Helper()
	clock := func() time.Time { return noon }
	store, err := settings.Open(t.TempDir(), settings.Options{Clock: clock, Random: rand.NewChaCha8([32]byte{}), Providers: all.Registry()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	var s *server.Server
	dir := t.TempDir()
	create := func(name string, _ []money.Asset) error {
		l, err := ledger.Open(filepath.Join(dir, name+".db"), ledger.Options{Clock: clock})
		if err != nil {
			return err
		}
		t.Cleanup(func() { l.Close() })
		return s.Add(name, l)
	}
	sender := webhooks.New(webhooks.Options{Settings: store, Clock: clock, Books: func(name string) *query.Books { return s.Books(name) }})
	s, hs := serve(t, server.Options{Clock: clock, Version: "1.0.0", Settings: store, Webhooks: sender, Create: create,
		Authenticate: func(*http.Request) (*server.Identity, error) {
			return &server.Identity{By: "local", Scopes: []server.Scope{server.Admin}, Ledgers: []string{"*"}}, nil
		}})
	if err := create("market", nil); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		sender.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
	return hs.URL
}

// noExamples are routes whose answers are long documents, of a protocol of our own, or as this machine's disk is.
var noExamples = map[string]bool{
	"GET /readyz":       true,
	"GET /openapi.json": true, "GET /openapi-3.0.json": true, "GET /docs": true, "GET /docs/errors": true, "GET /metrics": true,
	"POST /v1/ledgers/{ledger}/command": true,
}

// Every route has an example, and every example is sent to a new ledger, in their order, and answered
// as the document says.
func TestExamplesOfDocument(t *testing.T) {
	examples, err := server.DocumentExamples()
	if err != nil {
		t.Fatal(err)
	}
	url := exampleServer(t)
	var out strings.Builder
	have, err := os.ReadFile("examples.txt")
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(have), "\n=== ")
	out.WriteString(head)
	sent := map[string]bool{}
	for _, e := range examples {
		if sent[e.Name] {
			t.Errorf("two examples are called %q", e.Name)
		}
		sent[e.Name] = true
		headers := []string{"Request-Id", "example"}
		for name := range e.Header {
			headers = append(headers, name, e.Header.Get(name))
		}
		got := send(t, e.Method, url+e.Target, e.Body, headers...)
		writeExample(&out, e, got)
	}
	text := out.String()
	if *update {
		if err := os.WriteFile("examples.txt", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if a, b := vague(string(have)), vague(text); a != b {
		t.Errorf("examples.txt is not what was answered (go test ./server -run TestExamplesOfDocument -update):\n%s", firstDifference(a, b))
	}
	exampled := map[string]bool{}
	mux := http.NewServeMux()
	for _, r := range server.New(server.Options{}).Routes() {
		mux.Handle(r.Method+" "+r.Path, http.NotFoundHandler())
	}
	for _, e := range examples {
		_, pattern := mux.Handler(httptest.NewRequest(e.Method, e.Target, nil))
		exampled[pattern] = true
	}
	for _, r := range server.New(server.Options{}).Routes() {
		if pattern := r.Method + " " + r.Path; !exampled[pattern] && !noExamples[pattern] {
			t.Errorf("%s has no example in examples.txt", pattern)
		}
	}
	for name := range documented(t, url) {
		if !sent[strings.ReplaceAll(name, "-", " ")] {
			t.Errorf("example %q of the document was not sent", name)
		}
	}
}

// writeExample writes an example as examples.txt has it.
func writeExample(out *strings.Builder, e *server.Sample, got reply) {
	fmt.Fprintf(out, "\n=== %s\n%s %s\n", e.Name, e.Method, e.Target)
	headers := func(h http.Header, names ...string) {
		for _, name := range names {
			if v := h.Get(name); v != "" {
				fmt.Fprintf(out, "%s: %s\n", name, v)
			}
		}
	}
	headers(e.Header, "Accept", "Content-Type", "After-Record", "Prefer", "Last-Event-Id", "If-Match", "Idempotency-Key")
	if e.Body != "" {
		fmt.Fprintf(out, "\n%s\n", e.Body)
	}
	fmt.Fprintf(out, "\n→ %d\n", got.status)
	headers(got.header, "Content-Type", "Record", "Location", "Retry-After", "Preference-Applied")
	if got.body != "" {
		fmt.Fprintf(out, "\n%s\n", got.body)
	}
}

// changing is what differs from one run to the next: ids that are made, blocks and hashes, cursors.
var changing = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|([0-9]+:)?[0-9a-f]{64}|"next":"[^"]*"|` +
	`"tookMs":[0-9]+|"(started|ended|since)":"[^"]*"|[0-9]+ of [0-9]+ bytes`)

func vague(text string) string { return changing.ReplaceAllString(text, "…") }

// firstDifference shows the first lines that differ.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range w {
		if i >= len(g) || w[i] != g[i] {
			return fmt.Sprintf("line %d\nexpected %s\nfound    %s", i+1, w[i], append(g, "")[min(i, len(g))])
		}
	}
	return "more lines than expected"
}

// documented are the names of the examples of the document.
func documented(t *testing.T, url string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if examples, ok := v["examples"].(map[string]any); ok {
				for name := range examples {
					names[name] = true
				}
				return
			}
			for _, part := range v {
				walk(part)
			}
		case []any:
			for _, part := range v {
				walk(part)
			}
		}
	}
	var doc map[string]any
	if err := json.Unmarshal([]byte(send(t, "GET", url+"/openapi.json", "").body), &doc); err != nil {
		t.Fatal(err)
	}
	walk(doc["paths"])
	return names
}

// The document is kept, so that a change of it is seen.
func TestDocumentIsKept(t *testing.T) {
	got := indented(t, send(t, "GET", exampleServer(t)+"/openapi.json", "").body)
	const path = "testdata/openapi.json"
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("the document changed; if it should, go test ./server -run TestDocumentIsKept -update:\n%s",
			firstDifference(string(want), string(got)))
	}
}

func indented(t *testing.T, text string) []byte {
	t.Helper()
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	withoutExamples(v)
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withoutExamples takes the examples out of a document: they are kept in examples.txt.
func withoutExamples(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, named := v["examples"].(map[string]any); named {
			delete(v, "examples")
		}
		for _, part := range v {
			withoutExamples(part)
		}
	case []any:
		for _, part := range v {
			withoutExamples(part)
		}
	}
}
