package settings_test

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/server/settings"
)

var start = time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)

var (
	ann    = settings.Actor{By: "user_ann", Address: "203.0.113.7", RequestID: "r-1", Status: 201}
	engine = settings.Actor{By: "engine"}
)

// A bench is a store of a test, with a clock that the test moves.
type bench struct {
	*settings.Store
	dir string
	now time.Time
	o   settings.Options

	clock atomic.Int64 // now, for the store, which asks in the background too
}

// set moves the clock.
func (b *bench) set(now time.Time) {
	b.now = now
	b.clock.Store(now.UnixNano())
}

// open opens a store in a new directory.
func open(t testing.TB) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir()}
	b.set(start)
	b.o = settings.Options{Clock: func() time.Time { return time.Unix(0, b.clock.Load()) },
		Random: rand.NewChaCha8([32]byte{1}), Providers: all.Registry()}
	b.again(t)
	t.Cleanup(func() { b.Store.Close() })
	return b
}

// again closes the store, if it is open, and opens it.
func (b *bench) again(t testing.TB) {
	t.Helper()
	if b.Store != nil {
		if err := b.Store.Close(); err != nil {
			t.Fatal(err)
		}
	}
	b.mustOpen(t)
}

func (b *bench) mustOpen(t testing.TB) {
	t.Helper()
	s, err := settings.Open(b.dir, b.o)
	if err != nil {
		t.Fatal(err)
	}
	b.Store = s
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// refusal looks whether err is a refusal by a code, about a field.
func refusal(t testing.TB, err error, code ledger.Code, field string) {
	t.Helper()
	e, ok := ledger.Refused(err)
	if !ok || e.Code != code || e.Field != field {
		t.Errorf("expected %s of %q, found %v", code, field, err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestOneServer looks whether a second server is told that there is one, and whether a closed store says so.
func TestOneServer(t *testing.T) {
	t.Parallel()
	b := open(t)
	if _, err := settings.Open(b.dir, b.o); !errors.Is(err, ledger.Locked) {
		t.Errorf("expected %s, found %v", ledger.Locked, err)
	}
	must(t, b.Close())
	if err := b.Close(); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("expected %v, found %v", ledger.ErrClosed, err)
	}
	if _, _, err := b.CreateKey(ann, key("late")); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("expected %v, found %v", ledger.ErrClosed, err)
	}
}

// TestBy looks whether nothing changes without somebody who did it.
func TestBy(t *testing.T) {
	t.Parallel()
	b := open(t)
	_, _, err := b.CreateKey(settings.Actor{}, key("x"))
	refusal(t, err, ledger.Invalid, "by")
}

// TestChanged looks whether who waits for changes is told of each.
func TestChanged(t *testing.T) {
	t.Parallel()
	b := open(t)
	for _, name := range []string{"a", "b"} {
		changed := b.Changed()
		select {
		case <-changed:
			t.Error("told before there was a change")
		default:
		}
		_, _, err := b.CreateKey(ann, key(name))
		must(t, err)
		select {
		case <-changed:
		default:
			t.Error("not told of a change")
		}
	}
}
