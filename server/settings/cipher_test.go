package settings_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/server/settings"
)

// TestNothingInClear looks for secrets in every file of the store but that of the key, in each form they have.
func TestNothingInClear(t *testing.T) {
	t.Parallel()
	b := open(t)
	_, key, err := b.CreateKey(ann, key("a"))
	must(t, err)
	_, err = b.AddSecret(ann, settings.NewSecret{Provider: "xendit", Ledger: "shop", Secret: "a-token-of-xendit"})
	must(t, err)
	e, webhook, err := b.CreateEndpoint(ann, endpoint("erp"))
	must(t, err)
	_, rotated, err := b.Rotate(ann, e.ID, time.Hour)
	must(t, err)
	must(t, b.Rekey(ann, nil))
	must(t, b.Close())
	secrets := []string{key, key[13:], "a-token-of-xendit"}
	for _, text := range []string{webhook, rotated} {
		text = strings.TrimPrefix(text, settings.SecretPrefix)
		raw, err := base64.StdEncoding.DecodeString(text)
		must(t, err)
		secrets = append(secrets, text, string(raw), hex.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw))
	}
	for _, s := range secrets {
		if holds(t, b, s) || holds(t, b, base64.StdEncoding.EncodeToString([]byte(s))) {
			t.Errorf("a file has the secret %q", s)
		}
	}
	if !holds(t, b, key[4:12]) {
		t.Error("the test does not see what is in the files")
	}
	text, err := os.ReadFile(b.path(settings.KeyFile))
	must(t, err)
	if holds(t, b, strings.TrimSpace(string(text))) {
		t.Error("the ledger has its key")
	}
}

// sealed makes a store that has one secret of each kind, and returns the id of the endpoint.
func sealed(t *testing.T) (b *bench, id string) {
	b = open(t)
	_, err := b.AddSecret(ann, settings.NewSecret{Provider: "adyen", Ledger: "shop", Secret: adyenOld})
	must(t, err)
	e, _, err := b.CreateEndpoint(ann, endpoint("erp"))
	must(t, err)
	return b, e.ID
}

// reads looks whether all secrets of sealed are there.
func reads(t *testing.T, b *bench, id string) {
	t.Helper()
	if k, _ := b.IntakeKeys("adyen", "shop"); len(k.Secrets) != 1 || k.Secrets[0] != adyenOld {
		t.Error("the provider's secret is not there")
	}
	if s := b.SigningSecrets(id, b.now); len(s) != 1 || len(s[0]) != 32 {
		t.Error("the endpoint's secret is not there")
	}
}

// TestKeyFile looks whether only the file that was made opens the store, and what is said of others.
func TestKeyFile(t *testing.T) {
	t.Parallel()
	b, id := sealed(t)
	must(t, b.Close())
	path := b.path(settings.KeyFile)
	right, err := os.ReadFile(path)
	must(t, err)
	info, err := os.Stat(path)
	must(t, err)
	if m := info.Mode().Perm(); m != 0o600 {
		t.Errorf("the file has the mode %04o", m)
	}
	for _, tt := range []struct {
		name  string
		spoil func() error
		want  string
	}{
		{"missing", func() error { return os.Remove(path) }, "there is no such file"},
		{"another", func() error { return os.WriteFile(path, []byte(strings.Repeat("A", 43)+"="), 0o600) },
			"found one with the id"},
		{"empty", func() error { return os.WriteFile(path, nil, 0o600) }, "expected 32 bytes in Base64, found 0 bytes"},
		{"cut", func() error { return os.WriteFile(path, right[:30], 0o600) }, "expected 32 bytes in Base64"},
		{"for all to read", func() error { return os.Chmod(path, 0o644) }, "(0600), found 0644"},
	} {
		must(t, tt.spoil())
		_, err := settings.Open(b.dir, b.o)
		if !errors.Is(err, settings.ErrKey) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: expected %q, found %v", tt.name, tt.want, err)
		}
		os.Remove(path)
		must(t, os.WriteFile(path, right, 0o600))
	}
	b.mustOpen(t)
	reads(t, b, id)
}

// TestKeyOfConfiguration opens stores with a key from elsewhere: then no file is made.
func TestKeyOfConfiguration(t *testing.T) {
	t.Parallel()
	b := open(t)
	must(t, b.Close())
	b.dir, b.o.Key = t.TempDir(), &settings.EncryptionKey{1}
	b.mustOpen(t)
	_, err := b.AddSecret(ann, settings.NewSecret{Provider: "adyen", Ledger: "shop", Secret: adyenOld})
	must(t, err)
	b.again(t)
	if _, err := os.Stat(b.path(settings.KeyFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a file of the key: %v", err)
	}
	if k, _ := b.IntakeKeys("adyen", "shop"); len(k.Secrets) != 1 || k.Secrets[0] != adyenOld {
		t.Error("the secret is not there")
	}
	if err := b.Rekey(ann, nil); err == nil {
		t.Error("a new key was made that the configuration cannot know")
	}
	if err := b.Rekey(ann, b.o.Key); err == nil {
		t.Error("the same key counts as another")
	}
	must(t, b.Rekey(ann, &settings.EncryptionKey{2}))
	must(t, b.Close())
	if _, err := settings.Open(b.dir, b.o); !errors.Is(err, settings.ErrKey) {
		t.Errorf("expected %v, found %v", settings.ErrKey, err)
	}
	b.o.Key = &settings.EncryptionKey{2}
	b.mustOpen(t)
	if k, _ := b.IntakeKeys("adyen", "shop"); len(k.Secrets) != 1 || k.Secrets[0] != adyenOld {
		t.Error("the secret is not there")
	}
}

// TestRekey changes the key of the file, with secrets that are added before and after, and is cut off at each step.
func TestRekey(t *testing.T) {
	t.Parallel()
	b, id := sealed(t)
	path := b.path(settings.KeyFile)
	before, err := os.ReadFile(path)
	must(t, err)
	must(t, b.Rekey(ann, nil))
	after, err := os.ReadFile(path)
	must(t, err)
	if string(before) == string(after) {
		t.Error("the file has the old key")
	}
	_, err = b.AddSecret(ann, settings.NewSecret{Provider: "xendit", Ledger: "shop", Secret: "token"})
	must(t, err)
	must(t, b.Rekey(ann, nil))
	b.again(t)
	reads(t, b, id)
	if k, _ := b.IntakeKeys("xendit", "shop"); len(k.Secrets) != 1 {
		t.Error("the secret that was added between is not there")
	}

	// Cut off before the record: the new key is beside the old, which counts.
	must(t, b.Close())
	must(t, os.WriteFile(path+".new", before, 0o600))
	b.mustOpen(t)
	reads(t, b, id)
	if _, err := os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Error("a key that never counted is left over")
	}
	// Cut off after the record: the new key counts, and is put into its place.
	must(t, b.Close())
	right, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, before, 0o600))
	must(t, os.WriteFile(path+".new", right, 0o600))
	b.mustOpen(t)
	reads(t, b, id)
	if now, _ := os.ReadFile(path); string(now) != string(right) {
		t.Error("the file has the old key")
	}
	b.again(t)
	reads(t, b, id)
}

// TestKeyPrintsAsItsID looks whether a key gets into a log by any verb.
func TestKeyPrintsAsItsID(t *testing.T) {
	t.Parallel()
	k := settings.EncryptionKey{0xab, 0xcd}
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s", "%d"} {
		for _, text := range []string{fmt.Sprintf(verb, k), fmt.Sprintf(verb, &k)} {
			if text != "key "+k.ID() {
				t.Errorf("%s shows %s", verb, text)
			}
		}
	}
}
