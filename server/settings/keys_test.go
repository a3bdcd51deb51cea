package settings_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
	"github.com/splitledger/splitledger/server/settings"
)

// key is a key that may read all, of a name.
func key(name string) settings.NewKey {
	return settings.NewKey{Name: name, Scopes: []settings.Scope{settings.Read}, Ledgers: []string{settings.All}}
}

// TestKey follows one key through its life, over closing and opening.
func TestKey(t *testing.T) {
	t.Parallel()
	b := open(t)
	n := settings.NewKey{Name: "Shop", Scopes: []settings.Scope{settings.Read, settings.Write},
		Ledgers: []string{"market"}, Accounts: []string{"seller:*", "platform"}, Expires: start.Add(time.Hour)}
	k, text, err := b.CreateKey(ann, n)
	must(t, err)
	if !regexp.MustCompile(`^slk_[0-9a-f]{8}_[A-Za-z0-9_-]{43}$`).MatchString(text) || text[4:12] != k.ID {
		t.Errorf("found the key %s with the id %s", text, k.ID)
	}
	for range 2 {
		got, ok := b.Authenticate(text, b.now)
		if !ok {
			t.Fatal("the key does not count")
		}
		if got.By() != "key_"+k.ID || got.CreatedBy() != "user_ann" || !got.Created.Equal(start) || got.Name != "Shop" {
			t.Errorf("found %+v", got)
		}
		for s, want := range map[settings.Scope]bool{settings.Read: true, settings.Write: true, settings.Reconcile: false,
			settings.Intake: false, settings.Admin: false} {
			if got.Has(s) != want {
				t.Errorf("scope %s: expected %t", s, want)
			}
		}
		if !got.HasLedger("market") || got.HasLedger("shop") {
			t.Error("the key is for other ledgers than it names")
		}
		if !got.HasAccount("seller:1") || !got.HasAccount("platform") || got.HasAccount("liable") {
			t.Error("the key is for other accounts than it names")
		}
		b.again(t)
	}
	if _, ok := b.Authenticate(text, n.Expires.Add(-1)); !ok {
		t.Error("the key does not count up to its end")
	}
	if _, ok := b.Authenticate(text, n.Expires); ok {
		t.Error("the key counts at its end")
	}
	must(t, b.RevokeKey(ann, k.ID))
	for range 2 {
		if _, ok := b.Authenticate(text, b.now); ok {
			t.Error("the key counts though it was revoked")
		}
		refusal(t, b.RevokeKey(ann, k.ID), settings.NotFound, "id")
		b.again(t)
	}
}

// TestAdmin looks whether an administrator's key has all scopes, ledgers and accounts.
func TestAdmin(t *testing.T) {
	t.Parallel()
	b := open(t)
	k, _, err := b.CreateKey(ann, settings.NewKey{Name: "a", Scopes: []settings.Scope{settings.Admin},
		Ledgers: []string{settings.All}})
	must(t, err)
	for _, s := range settings.Scopes() {
		if !k.Has(s) {
			t.Errorf("without %s", s)
		}
	}
	if !k.HasLedger("any") || !k.HasAccount("any") {
		t.Error("not for any ledger and account")
	}
}

// TestKeyRefused shows what key is refused, and by which field.
func TestKeyRefused(t *testing.T) {
	t.Parallel()
	b := open(t)
	_, _, err := b.CreateKey(ann, key("taken"))
	must(t, err)
	many := make([]string, 1001)
	for i := range many {
		many[i] = fmt.Sprint("a", i)
	}
	for _, tt := range []struct {
		name  string
		spoil func(*settings.NewKey)
		code  ledger.Code
		field string
	}{
		{"no name", func(k *settings.NewKey) { k.Name = "" }, ledger.Invalid, "name"},
		{"100 characters", func(k *settings.NewKey) { k.Name = strings.Repeat("é", 100) }, "", ""},
		{"101 characters", func(k *settings.NewKey) { k.Name = strings.Repeat("é", 101) }, ledger.Invalid, "name"},
		{"a line end", func(k *settings.NewKey) { k.Name = "a\nb" }, ledger.Invalid, "name"},
		{"a space before", func(k *settings.NewKey) { k.Name = " taken" }, ledger.Invalid, "name"},
		{"no UTF-8", func(k *settings.NewKey) { k.Name = "\xff" }, ledger.Invalid, "name"},
		{"a name that is taken", func(k *settings.NewKey) { k.Name = "taken" }, wire.DuplicateReference, "name"},
		{"no scope", func(k *settings.NewKey) { k.Scopes = nil }, ledger.Invalid, "scopes"},
		{"unknown scope", func(k *settings.NewKey) { k.Scopes = []settings.Scope{"read", "write"} }, ledger.Invalid,
			"scopes[1]"},
		{"a scope twice", func(k *settings.NewKey) { k.Scopes = []settings.Scope{"read", "read"} }, ledger.Invalid,
			"scopes[1]"},
		{"no ledger", func(k *settings.NewKey) { k.Ledgers = nil }, ledger.Invalid, "ledgers"},
		{"its own ledger", func(k *settings.NewKey) { k.Ledgers = []string{"_server"} }, ledger.Invalid, "ledgers[0]"},
		{"all and one", func(k *settings.NewKey) { k.Ledgers = []string{"a", "*"} }, ledger.Invalid, "ledgers[1]"},
		{"a ledger twice", func(k *settings.NewKey) { k.Ledgers = []string{"a", "a"} }, ledger.Invalid, "ledgers[1]"},
		{"a path", func(k *settings.NewKey) { k.Ledgers = []string{"../a"} }, ledger.Invalid, "ledgers[0]"},
		{"a star amid", func(k *settings.NewKey) { k.Accounts = []string{"a*b"} }, ledger.Invalid, "accounts[0]"},
		{"a space", func(k *settings.NewKey) { k.Accounts = []string{"a b"} }, ledger.Invalid, "accounts[0]"},
		{"many accounts", func(k *settings.NewKey) { k.Accounts = many }, ledger.Invalid, "accounts"},
		{"all accounts", func(k *settings.NewKey) { k.Accounts = []string{"*"} }, "", ""},
		{"expired", func(k *settings.NewKey) { k.Expires = start }, ledger.Invalid, "expires"},
		{"a year that JSON has not", func(k *settings.NewKey) { k.Expires = start.AddDate(9000, 0, 0) }, ledger.Invalid,
			"expires"},
	} {
		k := key(tt.name)
		tt.spoil(&k)
		got, text, err := b.CreateKey(ann, k)
		if tt.code == "" {
			must(t, err)
			continue
		}
		t.Run(tt.name, func(t *testing.T) { refusal(t, err, tt.code, tt.field) })
		if got != nil || text != "" {
			t.Errorf("%s: a key beside a refusal", tt.name)
		}
	}
}

// TestKeyNames looks which names are free again.
func TestKeyNames(t *testing.T) {
	t.Parallel()
	b := open(t)
	revoked, _, err := b.CreateKey(ann, key("shop"))
	must(t, err)
	must(t, b.RevokeKey(ann, revoked.ID))
	n := key("shop")
	n.Expires = start.Add(time.Minute)
	_, expired, err := b.CreateKey(ann, n)
	must(t, err)
	_, _, err = b.CreateKey(ann, key("shop"))
	refusal(t, err, wire.DuplicateReference, "name")
	b.set(n.Expires)
	_, last, err := b.CreateKey(ann, key("shop"))
	must(t, err)
	if _, ok := b.Authenticate(expired, b.now); ok {
		t.Error("an expired key counts")
	}
	if _, ok := b.Authenticate(last, b.now); !ok {
		t.Error("the key that took its name does not")
	}
	if n := len(b.Keys()); n != 2 {
		t.Errorf("expected the expired and the living one, found %d", n)
	}
}

// TestKeyTexts tries texts that are like a key.
func TestKeyTexts(t *testing.T) {
	t.Parallel()
	b := open(t)
	_, text, err := b.CreateKey(ann, key("a"))
	must(t, err)
	_, other, err := b.CreateKey(ann, key("b"))
	must(t, err)
	wrong := []string{"", "slk_", text[:55], text + "A", text + "\x00", " " + text, text + " ", "Bearer " + text,
		text[:12] + other[12:], strings.ToUpper(text[:12]) + text[12:], "slk_00000000" + text[12:],
		strings.Repeat("\x00", 56), strings.Repeat("A", 1<<20), text + text}
	for i := range len(text) { // each character is looked at
		c := []byte(text)
		c[i] ^= 1
		wrong = append(wrong, string(c))
	}
	for _, w := range wrong {
		if _, ok := b.Authenticate(w, b.now); ok {
			t.Errorf("%.80q counts", w)
		}
	}
	for _, right := range []string{text, other} {
		if _, ok := b.Authenticate(right, b.now); !ok {
			t.Errorf("%s does not count", right)
		}
	}
}

// TestKeyIDs looks whether an id never stands for two keys, also where randomness repeats itself.
func TestKeyIDs(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.o.Random = &poor{}
	b.again(t)
	k, _, err := b.CreateKey(ann, key("a"))
	must(t, err)
	must(t, b.RevokeKey(ann, k.ID))
	b.o.Random = &poor{}
	b.again(t)
	again, _, err := b.CreateKey(ann, key("a"))
	must(t, err)
	if again.ID == k.ID {
		t.Errorf("%s stands for two keys", k.ID)
	}
	b.o.Random = zeros{}
	b.again(t)
	b.CreateKey(ann, key("b")) // has the only id there is, if it was not taken
	if _, _, err = b.CreateKey(ann, key("c")); err == nil || !strings.Contains(err.Error(), "repeats itself") {
		t.Errorf("expected an end, found %v", err)
	}
}

// poor is a source that gives the same again after each opening.
type poor struct{ n byte }

func (p *poor) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = p.n
	}
	p.n++
	return len(b), nil
}

// zeros gives nothing but zeros.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// TestAuthenticateTakesNoMemory holds Authenticate to what it promises: it is on the way of every request.
func TestAuthenticateTakesNoMemory(t *testing.T) {
	b := open(t)
	_, text, err := b.CreateKey(ann, key("a"))
	must(t, err)
	for _, text := range []string{text, text[:20], "slk_00000000" + text[12:]} {
		if n := testing.AllocsPerRun(100, func() { b.Authenticate(text, start) }); n != 0 {
			t.Errorf("%.20s… takes memory %v times", text, n)
		}
	}
}

// TestModelOfKeys makes, revokes, expires and tries keys in random order, closes and opens the store amid, and holds it
// to a naive list.
func TestModelOfKeys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := open(t)
		defer b.Store.Close()
		type known struct {
			id, text, name string
			expires        time.Time
			revoked        bool
		}
		var model []*known
		live := func(k *known) bool { return !k.revoked && (k.expires.IsZero() || b.now.Before(k.expires)) }
		rt.Repeat(map[string]func(*rapid.T){
			"create": func(rt *rapid.T) {
				n := key(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "name"))
				if minutes := rapid.IntRange(0, 3).Draw(rt, "minutes"); minutes > 0 {
					n.Expires = b.now.Add(time.Duration(minutes) * time.Minute)
				}
				taken := slices.ContainsFunc(model, func(k *known) bool { return live(k) && k.name == n.Name })
				k, text, err := b.CreateKey(ann, n)
				if taken {
					refusal(t, err, wire.DuplicateReference, "name")
					return
				}
				must(t, err)
				model = append(model, &known{id: k.ID, text: text, name: n.Name, expires: n.Expires})
			},
			"revoke": func(rt *rapid.T) {
				if len(model) == 0 {
					rt.Skip()
				}
				k := rapid.SampledFrom(model).Draw(rt, "key")
				err := b.RevokeKey(ann, k.id)
				if k.revoked {
					refusal(t, err, settings.NotFound, "id")
				} else {
					must(t, err)
				}
				k.revoked = true
			},
			"wait": func(*rapid.T) { b.set(b.now.Add(time.Minute)) },
			"open": func(rt *rapid.T) {
				if rapid.IntRange(0, 3).Draw(rt, "open") == 0 {
					b.again(t)
				}
			},
			"": func(rt *rapid.T) {
				var listed []string
				for _, k := range b.Keys() {
					listed = append(listed, k.ID)
				}
				for _, k := range model {
					if _, ok := b.Authenticate(k.text, b.now); ok != live(k) {
						rt.Fatalf("key %s of %s: expected %t, found %t", k.id, k.name, live(k), ok)
					}
					if slices.Contains(listed, k.id) == k.revoked {
						rt.Fatalf("key %s is listed and revoked, or neither", k.id)
					}
				}
			},
		})
	})
}

// FuzzAuthenticate looks whether any text counts but that of a key.
func FuzzAuthenticate(f *testing.F) {
	b := open(f)
	_, text, err := b.CreateKey(ann, key("a"))
	must(f, err)
	for _, seed := range []string{"", text, text[:13], text[13:], "slk_zzzzzzzz_", text + text} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, try string) {
		if k, ok := b.Authenticate(try, start); ok != (try == text) || ok != (k != nil) {
			t.Errorf("%q: found %t", try, ok)
		}
	})
}

// BenchmarkAuthenticate measures what each request pays.
func BenchmarkAuthenticate(b *testing.B) {
	s := open(b)
	var text string
	for i := range 100 {
		var err error
		_, text, err = s.CreateKey(ann, key(fmt.Sprint("key ", i)))
		must(b, err)
	}
	for _, tt := range []struct{ name, text string }{
		{"right", text}, {"wrong", text[:55] + "."}, {"unknown", "slk_00000000" + text[12:]}, {"short", "x"},
	} {
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Authenticate(tt.text, start)
			}
		})
	}
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				s.Authenticate(text, start)
			}
		})
	})
}

// holds reports whether a file of the store has a text anywhere, in clear.
func holds(t testing.TB, b *bench, text string) bool {
	t.Helper()
	files, err := os.ReadDir(b.dir)
	must(t, err)
	for _, f := range files {
		if f.IsDir() || f.Name() == settings.KeyFile {
			continue
		}
		data, err := os.ReadFile(b.path(f.Name()))
		must(t, err)
		if bytes.Contains(data, []byte(text)) {
			return true
		}
	}
	return false
}
