package server_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server"
)

// serve starts a server of empty ledgers on a real listener.
func serve(t *testing.T, o server.Options, names ...string) (*server.Server, *httptest.Server) {
	t.Helper()
	s := server.New(o)
	for _, name := range names {
		l, err := ledger.Open(filepath.Join(t.TempDir(), name+".db"), ledger.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		if err := s.Add(name, l); err != nil {
			t.Fatal(err)
		}
	}
	hs := httptest.NewServer(s)
	t.Cleanup(func() {
		s.Close()
		hs.Close()
	})
	return s, hs
}

// A reply is what a request was answered with.
type reply struct {
	status int
	header http.Header
	body   string
}

// send sends a request. Headers are name, value, name, value.
func send(t *testing.T, method, url, body string, header ...string) reply {
	t.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, in)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
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
	conforms(t, r, a, text)
	return reply{a.StatusCode, a.Header, strings.TrimSpace(string(text))}
}

// like reports whether JSON is as another, in which "…" stands for any value, and a member "…" for any more members.
func like(want, got any) bool {
	switch w := want.(type) {
	case string:
		g, ok := got.(string)
		before, after, any := strings.Cut(w, "…")
		return w == "…" || ok && (w == g || any && strings.HasPrefix(g, before) && strings.HasSuffix(g, after))
	case map[string]any:
		g, ok := got.(map[string]any)
		if _, more := w["…"]; !ok || len(g) != len(w) && !more {
			return false
		}
		for k := range w {
			if k == "…" {
				continue
			}
			if v, ok := g[k]; !ok || !like(w[k], v) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			if !like(w[i], g[i]) {
				return false
			}
		}
		return true
	}
	return want == got
}

// compare compares lines of JSON.
func compare(t *testing.T, want, got string) {
	t.Helper()
	w, g := bufio.NewScanner(strings.NewReader(want)), bufio.NewScanner(strings.NewReader(got))
	for w.Scan() {
		if !g.Scan() {
			t.Errorf("expected %s, found no more", w.Text())
			return
		}
		var a, b any
		if err := json.Unmarshal(w.Bytes(), &a); err != nil {
			t.Fatalf("%s: %v", w.Text(), err)
		}
		if err := json.Unmarshal(bytes.TrimSpace(g.Bytes()), &b); err != nil || !like(a, b) {
			t.Errorf("expected %s\nfound    %s", w.Text(), g.Text())
		}
	}
	if g.Scan() {
		t.Errorf("expected no more, found %s", g.Text())
	}
}
