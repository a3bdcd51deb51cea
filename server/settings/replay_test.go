package settings_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server/settings"
)

// seen is all that can be seen of a store.
func seen(t testing.TB, b *bench) map[string]any {
	t.Helper()
	all := map[string]any{"keys": b.Keys(), "endpoints": b.Endpoints(), "secrets": b.Secrets("")}
	for _, e := range b.Endpoints() {
		all["signing "+e.ID] = b.SigningSecrets(e.ID, b.now)
	}
	for _, provider := range []string{"adyen", "xendit"} {
		all["intake "+provider], _ = b.IntakeKeys(provider, "shop")
	}
	all["audit"] = audit(t, b.Store, settings.AuditFilter{}, 1000)
	return all
}

// TestReplayEndsTheSame makes changes of all kinds, in random order, some of them refused. What a store says before it
// is closed it must say when it is opened.
func TestReplayEndsTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := open(t)
		defer b.Store.Close()
		name := func() string { return rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "name") }
		endpointID := func() string {
			for _, e := range b.Endpoints() {
				if e.Name == name() {
					return e.ID
				}
			}
			return "00000000"
		}
		refusedOr := func(err error) {
			if _, ok := ledger.Refused(err); err != nil && !ok {
				rt.Fatal(err)
			}
		}
		steps := []func() error{
			func() error { _, _, err := b.CreateKey(ann, key(name())); return err },
			func() error {
				for _, k := range b.Keys() {
					return b.RevokeKey(ann, k.ID)
				}
				return nil
			},
			func() error { _, _, err := b.CreateEndpoint(ann, endpoint(name())); return err },
			func() error { return b.DeleteEndpoint(ann, endpointID()) },
			func() error {
				overlap := time.Duration(rapid.IntRange(0, 3).Draw(rt, "overlap")) * time.Minute
				_, _, err := b.Rotate(ann, endpointID(), overlap)
				return err
			},
			func() error {
				to, types := name(), []string{"payment.*"}
				_, err := b.ChangeEndpoint(ann, endpointID(), settings.EndpointChange{Name: &to, Types: &types})
				return err
			},
			func() error {
				state := rapid.SampledFrom([]settings.State{settings.Active, settings.Paused, settings.Disabled})
				_, err := b.SetState(ann, endpointID(), state.Draw(rt, "state"), "a test")
				return err
			},
			func() error {
				record := rapid.Uint64Range(1, 20).Draw(rt, "record")
				return b.SetProgress(endpointID(), settings.Progress{Record: record, Failing: b.now})
			},
			func() error {
				_, err := b.AddSecret(ann, settings.NewSecret{Provider: "xendit", Ledger: "shop", Secret: "token-" + name()})
				return err
			},
			func() error {
				for _, s := range b.Secrets("xendit") {
					return b.RemoveSecret(ann, "xendit", s.ID)
				}
				return nil
			},
			func() error { return b.Rekey(ann, nil) },
			func() error { b.set(b.now.Add(time.Minute)); return nil },
			func() error { b.Refused(settings.AuditEntry{Action: "access.refuse", Address: name()}); return nil },
		}
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			refusedOr(rapid.SampledFrom(steps).Draw(rt, "step")())
		}
		before := seen(t, b)
		b.again(t)
		if after := seen(t, b); !reflect.DeepEqual(before, after) {
			rt.Fatalf("before %+v\nafter  %+v", before, after)
		}
	})
}

// TestRevokedAtOnce tries a key from many goroutines while it is revoked: no request that begins after that passes.
func TestRevokedAtOnce(t *testing.T) {
	t.Parallel()
	b := open(t)
	for range 20 {
		k, text, err := b.CreateKey(ann, key("a"))
		must(t, err)
		revoked := make(chan struct{})
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				for end := false; !end; {
					select {
					case <-revoked:
						end = true
					default:
					}
					if _, ok := b.Authenticate(text, start); ok && end {
						t.Error("the key counts though it was revoked")
					}
				}
			})
		}
		must(t, b.RevokeKey(ann, k.ID))
		close(revoked)
		wait.Wait()
	}
}

// TestAllAtOnce changes settings from many goroutines: one of each name is made.
func TestAllAtOnce(t *testing.T) {
	t.Parallel()
	b := open(t)
	var wait sync.WaitGroup
	for i := range 40 {
		wait.Go(func() {
			_, _, err := b.CreateKey(ann, key(fmt.Sprint("key ", i%10)))
			if _, ok := ledger.Refused(err); err != nil && !ok {
				t.Error(err)
			}
			_, _, err = b.CreateEndpoint(ann, endpoint(fmt.Sprint("endpoint ", i%10)))
			if _, ok := ledger.Refused(err); err != nil && !ok {
				t.Error(err)
			}
			b.Refused(settings.AuditEntry{Action: "access.refuse", Address: fmt.Sprint(i)})
			if i%10 == 0 {
				if err := b.Rekey(ann, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	for range 2 {
		if k, e := len(b.Keys()), len(b.Endpoints()); k != 10 || e != 10 {
			t.Errorf("expected ten keys and endpoints, found %d and %d", k, e)
		}
		b.again(t)
	}
}

// forged is the content of a record that somebody else wrote.
type forged string

func (f forged) Encode(e *ledger.Encoder) { e.String(string(f)) }

// TestForged opens stores with records that no store of this program writes: each is told, and none passed over.
func TestForged(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, content, want string }{
		{"of a newer program", `{"type":"key.suspend","key":{"id":"00000000"}}`, `found "key.suspend"`},
		{"no JSON", `{"type":`, "expected the JSON of a settings event"},
		{"a secret that was changed", `{"type":"secret.add","secret":{"id":"0000000a","provider":"adyen","ledger":"shop",` +
			`"sealed":"` + strings.Repeat("AAAA", 30) + `"}}`, "secret 0000000a cannot be decrypted"},
		{"a secret without content", `{"type":"secret.add","secret":{"id":"0000000a"}}`, "secret 0000000a cannot be decrypted"},
		{"of no endpoint", `{"type":"webhook.state","endpoint":{"id":"0000000b"}}`, "endpoint 0000000b, which there is not"},
		{"without what it is about", `{"type":"key.create"}`, "expected what key.create is about"},
		{"a hash cut short", `{"type":"key.create","key":{"id":"0000000c","ledgers":["*"],"sha256":"AAAA"}}`, "expected what key.create is about"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, _ := sealed(t)
			must(t, b.Ledger().Update(t.Context(), func(tx *ledger.Tx) error {
				return tx.Append(&ledger.Record{Keys: []ledger.Key{{Space: 's', Name: "forged"}, {Space: 'c', Name: "settings"}},
					Content: forged(tt.content)})
			}))
			must(t, b.Close())
			_, err := settings.Open(b.dir, b.o)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("expected %q, found %v", tt.want, err)
			}
		})
	}
}

// TestMovedSecret puts an encrypted secret into the place of another, as who can write the file but has no key could:
// it is not taken for that other.
func TestMovedSecret(t *testing.T) {
	t.Parallel()
	b, _ := sealed(t)
	var moved string
	for rec, err := range b.Ledger().Records(t.Context(), 1) {
		must(t, err)
		if text := rec.Decoder().String(); strings.Contains(text, `"secret.add"`) {
			moved = strings.Replace(text, b.Secrets("")[0].ID, "0000000a", 2)
		}
	}
	must(t, b.Ledger().Update(t.Context(), func(tx *ledger.Tx) error {
		return tx.Append(&ledger.Record{Keys: []ledger.Key{{Space: 's', Name: "forged"}, {Space: 'c', Name: "settings"}},
			Content: forged(moved)})
	}))
	must(t, b.Close())
	if _, err := settings.Open(b.dir, b.o); !errors.Is(err, ledger.Corrupt) {
		t.Errorf("expected %s, found %v", ledger.Corrupt, err)
	}
}

// TestBackup restores a backup elsewhere: with the key it is all there, and without it opens for nobody.
func TestBackup(t *testing.T) {
	t.Parallel()
	b, id := sealed(t)
	_, text, err := b.CreateKey(ann, key("a"))
	must(t, err)
	file := filepath.Join(t.TempDir(), "backup")
	_, err = b.Ledger().BackupFile(t.Context(), file)
	must(t, err)
	if v, err := b.Ledger().Verify(t.Context(), nil); err != nil || len(v.Damage) > 0 {
		t.Errorf("found %+v, %v", v, err)
	}
	secret, err := os.ReadFile(b.path(settings.KeyFile))
	must(t, err)
	must(t, b.Close())
	b.dir = t.TempDir()
	_, err = ledger.Restore(t.Context(), file, b.path(settings.File))
	must(t, err)
	if _, err := settings.Open(b.dir, b.o); !errors.Is(err, settings.ErrKey) {
		t.Errorf("expected %v, found %v", settings.ErrKey, err)
	}
	must(t, os.WriteFile(b.path(settings.KeyFile), secret, 0o600))
	b.mustOpen(t)
	reads(t, b, id)
	if _, ok := b.Authenticate(text, b.now); !ok {
		t.Error("the key does not count")
	}
}
