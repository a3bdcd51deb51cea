package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server"
)

// A question that is asked over HTTP has the answer of the command: the same JSON, and the same CSV to the byte.
func TestServerAndCommandsAgree(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "demo.db")
	if code, _, errs := runHere(t.Context(), "", "demo", "--ledger", path); code != 0 {
		t.Fatal(errs)
	}
	// The commands first: the server locks the file.
	type answer struct{ json, csv string }
	questions := []struct {
		command, route string
		csv            bool
	}{
		{"balance", "balances?limit=1000", true},
		{"balance --kind provider --at 2026-03-10", "balances?kind=provider&as_of=2026-03-10&limit=1000", true},
		{"balance seller:* --currency EUR", "balances?account=seller:*&currency=EUR&limit=1000", true},
		{"accounts", "accounts?limit=1000", true},
		{"accounts --kind sub", "accounts?kind=sub&limit=1000", true},
		{"payments", "payments?limit=1000", true},
		{"payments --state settled --account seller:*", "payments?state=settled&account=seller:*&limit=1000", true},
		{"payment adyen-400", "payments/adyen-400", false},
		{"event adyen-005", "events/adyen-005", false},
		{"splits", "splits?limit=1000", true},
		{"splits --status fallback", "splits?status=fallback&limit=1000", true},
		{"rules", "rules?limit=1000", true},
		{"due", "due?limit=1000", true},
		{"explain liable", "accounts/liable/explain", true},
		{"find adyen-400", "search?q=adyen-400", false},
		{"report periods", "periods", false},
	}
	want := make([]answer, len(questions))
	for i, q := range questions {
		for form, into := range map[string]*string{"json": &want[i].json, "csv": &want[i].csv} {
			code, out, errs := runHere(t.Context(), "", append(strings.Fields(q.command), "--ledger", path, "--format", form)...)
			if code != 0 {
				t.Fatalf("%s: %s", q.command, errs)
			}
			*into = out
		}
	}
	l, err := ledger.Open(path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := server.New(server.Options{})
	if err := s.Add("demo", l); err != nil {
		t.Fatal(err)
	}
	hs := httptest.NewServer(s)
	defer hs.Close()
	for i, q := range questions {
		got := get(t, hs.URL+"/v1/ledgers/demo/"+q.route, "application/json")
		var ours, theirs any
		if err := json.Unmarshal([]byte(want[i].json), &theirs); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(got), &ours); err != nil {
			t.Fatalf("%s: %s", q.route, got)
		}
		if list, ok := ours.(map[string]any); ok && list["data"] != nil {
			ours = list["data"]
		}
		if ours, theirs = without(ours), without(theirs); !reflect.DeepEqual(ours, theirs) {
			t.Errorf("%s: %.600v\nthe command: %.600v", q.route, ours, theirs)
		}
		if q.csv {
			if got := get(t, hs.URL+"/v1/ledgers/demo/"+strings.Replace(q.route, "limit=1000", "", 1), "text/csv"); got != want[i].csv {
				t.Errorf("%s as CSV:\n%.400s\nthe command:\n%.400s", q.route, got, want[i].csv)
			}
		}
	}
}

// without leaves out what only a server says: links, and the name of the ledger.
func without(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = without(v[i])
		}
	case map[string]any:
		delete(v, "href")
		delete(v, "ledger")
		for k := range v {
			v[k] = without(v[k])
		}
	}
	return v
}

// get asks, and returns the body.
func get(t *testing.T, url, accept string) string {
	t.Helper()
	r, _ := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	r.Header.Set("Accept", accept)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != 200 {
		t.Fatalf("%s: %s %s %v", url, a.Status, body, err)
	}
	return string(body)
}
