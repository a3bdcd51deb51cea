package server_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server"
)

// A fault is a code of the server's own, as docs/errors.md tells it. Requests provoke it, where a test can.
type fault struct {
	code          ledger.Code
	cause, remedy string
	method, path  string
	body          string
	header        []string
}

// faults are those that the ledger and posting do not have.
var faults = []fault{
	{server.Forbidden, "The key may not do this, or not with this ledger, whether that exists or not.",
		"Use a key with the scope that the message names. `splitledger keys create` makes one.", "", "", "", nil},
	{server.UnknownLedger, "The server has no ledger of this name, and the key is for all.",
		"Look at `GET /v1/ledgers`; names are lower case.", "GET", "/v1/ledgers/none", "", nil},
	{server.NotFound, "Nothing has this path, or what the path names is not in the ledger.",
		"Ids in paths are percent-encoded, `/` as `%2F`. Where a proxy changes that, send the id as `?id=`.", "GET", "/v1/ledgers/market/events/none", "", nil},
	{server.MethodNotAllowed, "The path is there, but not for this method.", "Use one that the header `Allow` names.", "PUT", "/v1/ledgers/market", "", nil},
	{server.NotAcceptable, "There is no form of the answer that the header `Accept` takes.", "Take `application/json`, or leave the header out.",
		"GET", "/v1/ledgers/market/balances", "", []string{"Accept", "image/png"}},
	{server.RequestTimeout, "The body did not come in within 30 seconds, or a stream stood still for 60. What was answered is booked.",
		"Send again what was not answered, under the same ids.", "", "", "", nil},
	{server.PreconditionFailed, "The header `If-Match` names another state than there is: somebody changed it since you looked.",
		"Look again, then decide again.", "", "", "", nil},
	{server.PayloadTooLarge, "The body is longer than this route takes, when it is unpacked. A single event has at most 1 MiB; gzip unpacks to at most 100 times its size.",
		"Send several events as lines, with `Content-Type: application/x-ndjson`.", "POST", "/v1/ledgers/market/events",
		`{"id":"` + strings.Repeat("a", 1<<20) + `"}`, []string{"Content-Type", "application/json"}},
	{server.UnsupportedMediaType, "The body has a type or an encoding that this route does not take.",
		"Say `Content-Type` as the message has it; of encodings, gzip alone is taken.", "POST", "/v1/ledgers/market/events", "{}", []string{"Content-Type", "text/plain"}},
	{server.RateLimited, "The key has as many requests or bytes under way as it may, or an address without a valid key asks too often.",
		"Wait for as long as `Retry-After` says. A stream that runs is never answered so.", "", "", "", nil},
	{server.HeadersTooLarge, "The headers are longer than 32 KiB.", "Send fewer.", "", "", "", nil},
	{server.Internal, "Something is wrong with the server. The answer says no more; the server's log has it under the `requestId`.",
		"Tell who runs the server, with the `requestId`. An event may or may not be booked: send it again with its `id`, and the answer says.", "", "", "", nil},
	{server.RecordNotReached, "The record that `After-Record` asks for is not there yet, after 5 seconds or as long as `Prefer: wait=` says.",
		"Ask again, as `Retry-After` says. If it never comes, it is the number of another ledger.",
		"GET", "/v1/ledgers/market/balances", "", []string{"After-Record", "1", "Prefer", "wait=0"}},
	{server.Unavailable, "The server starts or stops, or an answer took longer than 60 seconds.",
		"Send the same again, events with their `id`; of an answer that took too long ask for less, by filters or a period.", "", "", "", nil},
}

// Every code that an answer may have has its paragraph in docs/errors.md; -update writes those of the server's own.
func TestErrorPage(t *testing.T) {
	_, hs := serve(t, server.Options{}, "market")
	const path, begin = "../docs/errors.md", "\n## Problems of the server\n"
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	before, _, _ := strings.Cut(string(have), begin)
	b.WriteString(strings.TrimRight(before, "\n") + "\n" + begin)
	b.WriteString("\nOver HTTP an error is a problem as in RFC 9457: `{type, title, status, detail, instance, code, field?, id?, line?, place?, requestId}`, in which `detail` is the\n" +
		"message and `place` the detail of above. These codes are the server's own.\n")
	for _, f := range faults {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n**What to do.** %s\n", f.code, f.cause, f.remedy)
		if f.method == "" {
			continue
		}
		var p server.Problem
		if err := json.Unmarshal([]byte(send(t, f.method, hs.URL+f.path, f.body, f.header...).body), &p); err != nil || p.Code != f.code {
			t.Errorf("%s: provoked %s: %v", f.code, p.Code, err)
		}
		fmt.Fprintf(&b, "\n```text\n%s: %s\n```\n", p.Code, p.Detail)
	}
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if b.String() != string(have) {
		t.Errorf("%s is not what was provoked (go test ./server -run TestErrorPage -update):\n%s", path, firstDifference(string(have), b.String()))
	}
	for code := range server.Statuses {
		if !strings.Contains(b.String(), "\n### "+string(code)+"\n") {
			t.Errorf("%s has no paragraph in %s", code, path)
		}
	}
}

// The pages of documentation name every route and every code, have no script, and load nothing.
func TestDocumentationPages(t *testing.T) {
	s, hs := serve(t, server.Options{})
	for _, path := range []string{"/docs", "/docs/errors"} {
		got := send(t, "GET", hs.URL+path, "")
		policy := got.header.Get("Content-Security-Policy")
		if got.status != 200 || !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") {
			t.Errorf("%s: %d, policy %s", path, got.status, policy)
		}
		for _, loads := range []string{"<script", "<link", "<img", "style=", "@import", "url(", "http:"} {
			if strings.Contains(got.body, loads) {
				t.Errorf("%s has %s", path, loads)
			}
		}
		if path == "/docs" {
			for _, r := range s.Routes() {
				if want := r.Method + " " + strings.TrimSuffix(strings.ReplaceAll(r.Path, "...}", "}"), "{$}"); !strings.Contains(got.body, want) {
					t.Errorf("%s does not have %s", path, want)
				}
			}
			continue
		}
		for code := range server.Statuses {
			if !strings.Contains(got.body, `id="`+string(code)+`"`) {
				t.Errorf("%s does not have %s", path, code)
			}
		}
	}
}
