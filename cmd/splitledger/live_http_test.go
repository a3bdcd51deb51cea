package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/server"
	"github.com/splitledger/splitledger/server/settings"
)

// Through a server a command needs a key with the scope of what it does, and is told what is wrong with it.
func TestCommandsOverHTTP(t *testing.T) {
	t.Parallel()
	store, err := settings.Open(t.TempDir(), settings.Options{Providers: all.Registry()})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	key := func(name string, scopes ...settings.Scope) string {
		_, text, err := store.CreateKey(settings.Actor{By: "test"}, settings.NewKey{Name: name, Ledgers: []string{"market"}, Scopes: scopes})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	l, err := ledger.Open(filepath.Join(t.TempDir(), "market.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := server.New(server.Options{Settings: store})
	if err := s.Add("market", l); err != nil {
		t.Fatal(err)
	}
	served := httptest.NewServer(s)
	defer served.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	const report = "../../examples/reconcile/settlement_detail_report_batch_7.csv"
	reader, writer, admin := key("reader", server.Read), key("writer", server.Write), key("admin", server.Admin)
	for _, c := range []struct {
		key, ledger, command string
		code                 int
		says                 string
	}{
		{writer, "/market", "post", exitDone, "accepted 1"},
		{reader, "/market", "accounts", exitDone, "seller:1"},
		{reader, "/market", "post", exitUsage, "forbidden: expected a key with the scope events:write"},
		{reader, "/market", "post --dry-run", exitUsage, "events:write"},
		{reader, "/market", "due --post", exitUsage, "events:write"},
		{reader, "/market", "verify", exitUsage, "scope admin"},
		{reader, "/market", "backup " + filepath.Join(t.TempDir(), "b"), exitUsage, "scope admin"},
		{writer, "/market", "accounts", exitUsage, "scope read"},
		{writer, "/market", "export", exitUsage, "scope read"},
		{admin, "/market", "verify", exitDone, "OK: no differences"},
		{reader + "x", "/market", "balance", exitUsage, "unauthenticated"},
		{reader, "/shop", "balance", exitUsage, "forbidden: this key is not for ledger shop"},
		{reader, "/v1/ledgers/market", "accounts", exitDone, "seller:1"},
		{admin, "/market", "restore x", exitUsage, "no such file"},
		{admin, "/market", "restore " + report, exitUsage, "expected the file of the ledger that is made"},
		{admin, "/market", "import " + report, exitUsage, "'splitledger ledgers create' makes one"},
		{admin, "/market", "demo", exitUsage, "expected the file of the ledger that is made"},
	} {
		address := served.URL + c.ledger
		code, out, errs := runWith(t, c.key, openLine(1), append(strings.Fields(c.command), "--ledger", address)...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("%s %s: exit %d\n%s%s", c.command, c.ledger, code, out, errs)
		}
	}
	// A server with TLS says which of both is wrong: its issuer, which nobody here knows, or http.
	secure := httptest.NewTLSServer(s)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer secure.Close()
	for address, says := range map[string]string{
		secure.URL: "unknown authority: name the file with the certificate of its issuer in $SSL_CERT_FILE",
		strings.Replace(secure.URL, "https:", "http:", 1): "found 400 Bad Request: it may want https://",
	} {
		if code, _, errs := runWith(t, reader, "", "balance", "--ledger", address+"/market"); code != exitUsage || !strings.Contains(errs, says) {
			t.Errorf("%s: %d %s", address, code, errs)
		}
	}
	code, _, errs := runWith(t, reader, "", "balance", "--ledger", other.URL+"/market")
	if code != exitUsage || !strings.Contains(errs, "expected the answer of a splitledger server, found 404") {
		t.Errorf("%d %s", code, errs)
	}
}

// runWith runs a command with an API key in its environment.
func runWith(t *testing.T, key, stdin string, args ...string) (code int, stdout, stderr string) {
	var out, errs strings.Builder
	code = run(t.Context(), args, strings.NewReader(stdin), &out, &errs, func(name string) string {
		return map[string]string{"SPLITLEDGER_KEY": key}[name]
	})
	return code, out.String(), errs.String()
}
