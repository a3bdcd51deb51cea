package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/splitledger/splitledger/internal/commands"
)

// output is what a command writes while it runs.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// find waits until the output has something, and returns its first group.
func (o *output) find(t *testing.T, pattern string) string {
	t.Helper()
	for range 1000 {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(o.String()); m != nil {
			return m[1]
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("no %s in %q", pattern, o)
	return ""
}

// The demo of the server prints a key and commands, and answers; it ends with status 0 when it is told to.
func TestServeDemo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var out, log output
	done := make(chan int, 1)
	dir := filepath.Join(t.TempDir(), "d")
	go func() {
		done <- run(ctx, []string{"serve", "--demo", "--data", dir, "--listen", "127.0.0.1:0", "--log-format", "json", "--log-level", "debug"}, strings.NewReader(""), &out, &log, noEnv)
	}()
	key, url := out.find(t, `KEY=(\S+)`), log.find(t, `"url":"([^"]+)"`)
	for path, want := range map[string]int{"/v1/ledgers/demo/balances?kind=provider": 200, "/readyz": 200, "/v1/keys": 200, "/v1/ledgers/none": 404} {
		r, _ := http.NewRequestWithContext(t.Context(), "GET", url+path, nil)
		r.Header.Set("Authorization", "Bearer "+key)
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(a.Body)
		a.Body.Close()
		if a.StatusCode != want && path != "/readyz" || !json.Valid(body) {
			t.Errorf("%s: %s %s", path, a.Status, body)
		}
	}
	// The commands of keys and ledgers ask the server while it runs.
	if code, list, errs := runHere(t.Context(), "", "ledgers", "list", "--data", dir, "--json"); code != 0 || !strings.Contains(list, `"demo"`) {
		t.Errorf("%d %s %s", code, list, errs)
	}
	secrets := session(t, url, key)
	cancel()
	if code := <-done; code != 0 {
		t.Errorf("it ended with %d: %s", code, &log)
	}
	for what, text := range secrets {
		if text == "" || strings.Contains(log.String(), text) {
			t.Errorf("the log has %s, %q", what, text)
		}
	}
	if code, _, errs := runHere(t.Context(), "", "balance", "--ledger", filepath.Join(dir, "demo.db")); code != 0 {
		t.Errorf("afterwards: %d %s", code, errs)
	}
}

// Settings come from flags, else from the environment, else from a file; what is none of them is refused by its name.
func TestServeSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(text string) string {
		name := filepath.Join(dir, "c.toml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for _, tt := range []struct{ file, env, flag, want string }{
		{`listen = "x"`, "", "", `found "x"`},
		{`listen = "x"`, "y", "", `found "y"`},
		{`listen = "x"`, "y", "z", `found "z"`},
		{`lisn = 1`, "", "", "found lisn"},
		{`listen = `, "", "", "c.toml"},
		{`limit-requests = "many"`, "", "", "limit-requests"},
		{`webhooks-allow = ["10.0.0.0/8", "nonsense"]`, "", "", `found "nonsense"`},
		{`log-level = "loud"`, "", "", `found "loud"`},
		{`log-format = "xml"`, "", "", `found "xml"`},
		{`tls-cert = "c.pem"`, "", "", "one of the two"},
		{``, "", "0.0.0.0:7420", "expected TLS"},
	} {
		args := []string{"serve", "--data", filepath.Join(dir, "data"), "--config", file(tt.file)}
		if tt.flag != "" {
			args = append(args, "--listen", tt.flag)
		}
		var errs bytes.Buffer
		env := func(name string) string { return map[string]string{"SPLITLEDGER_LISTEN": tt.env}[name] }
		code := run(t.Context(), args, strings.NewReader(""), io.Discard, &errs, env)
		if code != 2 || !strings.Contains(errs.String(), tt.want) {
			t.Errorf("%+v: %d %s", tt, code, &errs)
		}
	}
	if code, _, errs := runHere(t.Context(), "", "serve"); code != 2 || !strings.Contains(errs, "--data") {
		t.Errorf("%d %s", code, errs)
	}
}

// Every setting can be given in a file, the environment and by flag, under one name, to the same effect; flags come
// before the environment, and that before the file.
func TestSettingsAgree(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	names := 0
	serveCommand(&commands.CLI{}).Flags().VisitAll(func(flag *pflag.Flag) {
		if flag.Name == "config" {
			return
		}
		names++
		value := map[string]string{"bool": "true", "duration": "7s", "int64": "7", "stringSlice": "a b,c"}[flag.Value.Type()]
		if flag.Value.Type() == "string" {
			value = "x,y"
		}
		text, err := json.Marshal(value)
		if flag.Value.Type() == "stringSlice" {
			text, err = json.Marshal(strings.Split(value, ","))
		}
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, flag.Name+".toml")
		if err := os.WriteFile(file, []byte(flag.Name+" = "+string(text)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		given := func(file, env, arg string) string {
			flags := serveCommand(&commands.CLI{}).Flags()
			if file != "" {
				flags.Set("config", file)
			}
			if arg != "" {
				if err := flags.Parse([]string{"--" + flag.Name + "=" + arg}); err != nil {
					t.Fatalf("%s: %v", flag.Name, err)
				}
			}
			getenv := func(name string) string {
				return map[string]string{"SPLITLEDGER_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_")): env}[name]
			}
			if err := fromSettings(getenv, flags, file); err != nil {
				t.Fatalf("%s: %v", flag.Name, err)
			}
			return flags.Lookup(flag.Name).Value.String()
		}
		want := given("", "", value)
		if got := given(file, "", ""); got != want || got == flag.DefValue {
			t.Errorf("%s: by flag %s, in a file %s, by default %s", flag.Name, want, got, flag.DefValue)
		}
		if got := given("", value, ""); got != want {
			t.Errorf("%s: by flag %s, in the environment %s", flag.Name, want, got)
		}
		if got := given(file, flag.DefValue, ""); flag.Value.Type() != "stringSlice" && flag.DefValue != "" && got != flag.DefValue {
			t.Errorf("%s: the file came before the environment: %s", flag.Name, got)
		}
	})
	if names < 20 {
		t.Errorf("found %d settings", names)
	}
}

// session does what people and programs do with a server, and returns what its log must not have of that.
func session(t *testing.T, at, key string) map[string]string {
	t.Helper()
	ask := func(method, path, key, media, body string) string {
		r, err := http.NewRequestWithContext(t.Context(), method, at+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", media)
		a, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		text, _ := io.ReadAll(a.Body)
		return string(text) + a.Header.Get("Set-Cookie")
	}
	found := func(pattern, text string) string {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(text); m != nil {
			return m[1]
		}
		t.Errorf("expected %s in %s", pattern, text)
		return ""
	}
	const line = "application/json"
	wrong := "slk_00000000_" + strings.Repeat("w", 43)
	ask("POST", "/v1/ledgers/demo/events", key, line, `{"id":"p","type":"account.open","account":"seller:p","kind":"sub","holder":"Zoe Privat"}`)
	ask("POST", "/v1/ledgers/demo/events", key, line, `{"id":"p","type":"account.open","account":"seller:p","kind":"sub","holder":"Zoe Other"}`)
	ask("POST", "/v1/ledgers/demo/events", key, "application/x-ndjson", `{"holder":"Zoe Broken"`)
	ask("GET", "/v1/ledgers/demo/search?q=Zoe+Sought", key, line, "")
	ask("GET", "/v1/keys", wrong, line, "")
	ask("POST", "/v1/providers/xendit/secrets", key, line, `{"ledger":"demo","secret":"hush-xendit"}`)
	ask("POST", "/v1/ledgers/demo/intake/xendit", "", line, `{"event":"Zoe Notified"}`)
	hook := ask("POST", "/v1/webhooks", key, line, `{"name":"shop","url":"https://192.0.2.1/hook-path","ledger":"demo"}`)
	made := ask("POST", "/v1/keys", key, line, `{"name":"r","scopes":["read"],"ledgers":["demo"]}`)
	cookie := ask("POST", "/c/_/signin", "", "application/x-www-form-urlencoded", "key="+key)
	return map[string]string{"the key": key, "a wrong key": wrong, "a person": "Zoe", "a provider's secret": "hush-xendit",
		"a webhook's secret": found(`"secret":"(whsec_[^"]+)"`, hook), "a new key": found(`"key":"(slk_[^"]+)"`, made),
		"a session": found(`splitledger=([^;]+)`, cookie)}
}
