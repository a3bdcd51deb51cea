package main

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/server/settings"
)

// Secrets are encrypted under another key, in the directory or of the configuration, and stay what they were.
func TestKeysRekey(t *testing.T) {
	t.Parallel()
	file := func(name string, fill byte) string {
		path := filepath.Join(t.TempDir(), name)
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune(fill)), 32)))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	open := func(dir, keyFile string) (*settings.Store, error) {
		o := settings.Options{Providers: all.Registry()}
		if keyFile != "" {
			var err error
			if o.Key, err = settings.ReadEncryptionKey(keyFile); err != nil {
				t.Fatal(err)
			}
		}
		return settings.Open(dir, o)
	}
	old, next := file("old", 'a'), file("next", 'b')
	for _, tt := range []struct {
		before, after string
		flags         []string
	}{
		{"", "", nil},
		{old, next, []string{"--secret-key-file", old, "--new-key-file", next}},
	} {
		dir := t.TempDir()
		s, err := open(dir, tt.before)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddSecret(settings.Actor{By: "test"}, settings.NewSecret{Provider: "xendit", Ledger: "market", Secret: "hush"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		was, _ := os.ReadFile(filepath.Join(dir, settings.KeyFile))
		if code, _, errs := runHere(t.Context(), "", append([]string{"keys", "rekey", "--data", dir}, tt.flags...)...); code != 0 {
			t.Fatal(errs)
		}
		if is, _ := os.ReadFile(filepath.Join(dir, settings.KeyFile)); tt.before == "" && string(is) == string(was) {
			t.Error("the key in the directory is the one before")
		}
		if tt.before != "" {
			if s, err := open(dir, tt.before); err == nil {
				s.Close()
				t.Error("the key before opens the settings")
			}
		}
		if s, err = open(dir, tt.after); err != nil {
			t.Fatal(err)
		}
		if got := s.Secrets("xendit"); len(got) != 1 {
			t.Errorf("found secrets %v", got)
		}
		s.Close()
	}
	for says, flags := range map[string][]string{"--data and the directory": nil, "directory of a server": {"--data", t.TempDir()}} {
		if code, _, errs := runHere(t.Context(), "", append([]string{"keys", "rekey"}, flags...)...); code != exitUsage || !strings.Contains(errs, says) {
			t.Errorf("%v: %d %s", flags, code, errs)
		}
	}
}
