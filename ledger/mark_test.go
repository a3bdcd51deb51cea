package ledger_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/ledger/ledgertest"
)

// contentOf is content that needs a format.
type contentOf int

func (c contentOf) Encode(e *ledger.Encoder) {
	e.Needs(int(c))
	e.Uint(uint64(c))
}

// markOf reads the format that a file says it has.
func markOf(t *testing.T, path string) int {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var mark int
	if err := db.View(func(tx *bbolt.Tx) error {
		mark = int(binary.BigEndian.Uint16(tx.Bucket([]byte("meta")).Get([]byte("format"))))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return mark
}

// TestMark books one record after another in a file of format 1, and looks which format it is marked with.
func TestMark(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	ledgertest.MakeFormat1(t, path)
	regret := errors.New("changed my mind")
	seller := accounts.ID("seller:1")
	update := []ledger.Update{{Account: seller, Holder: "Ada"}}
	for _, step := range []struct {
		name   string
		record ledger.Record
		err    error // that the function returns after all
		mark   int
	}{
		{"an account", ledger.Record{Opens: []accounts.Account{{ID: seller, Kind: accounts.KindSub}}}, nil, 1},
		{"what format 1 has", ledger.Record{Content: contentOf(1), Entries: []ledger.Entry{entry("liable", seller, ledger.Pending, eur(1))}}, nil, 1},
		{"an update that is taken back", ledger.Record{Updates: update}, regret, 1},
		{"new content that is taken back", ledger.Record{Content: contentOf(2)}, regret, 1},
		{"another of format 1", ledger.Record{Statuses: []ledger.StatusChange{{Account: seller, Status: accounts.Frozen}}}, nil, 1},
		{"an update", ledger.Record{Updates: update}, nil, 2},
		{"what format 1 has, again", ledger.Record{}, nil, 2},
	} {
		l := ledgertest.OpenFile(t, path, ledger.Options{})
		step.record.Keys = []ledger.Key{{Space: 'e', Name: step.name}}
		if err := l.Update(t.Context(), func(tx *ledger.Tx) error { return errors.Join(tx.Append(&step.record), step.err) }); !errors.Is(err, step.err) {
			t.Fatalf("%s: %v", step.name, err)
		}
		ledgertest.Verify(t, l)
		if l.Stats().Format != step.mark {
			t.Errorf("%s: the ledger has format %d, want %d", step.name, l.Stats().Format, step.mark)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if mark := markOf(t, path); mark != step.mark {
			t.Errorf("%s: the file is marked with format %d, want %d", step.name, mark, step.mark)
		}
	}

	l := ledgertest.OpenFile(t, path, ledger.Options{})
	if a, _ := l.Account(seller); a.Holder != "Ada" || a.Status != accounts.Frozen {
		t.Errorf("the account is %+v", a)
	}
	t.Run("content alone", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "ledger.db")
		ledgertest.MakeFormat1(t, path)
		l := ledgertest.OpenFile(t, path, ledger.Options{})
		ledgertest.Post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "new"}}, Content: contentOf(2)})
		if l.Stats().Format != 2 {
			t.Errorf("the ledger has format %d", l.Stats().Format)
		}
	})
	t.Run("a new file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "ledger.db")
		l := ledgertest.OpenFile(t, path, ledger.Options{})
		ledgertest.Post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "new"}}, Content: contentOf(2)})
		if l.Stats().Format != 3 {
			t.Errorf("the ledger has format %d", l.Stats().Format)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if mark := markOf(t, path); mark != 3 {
			t.Errorf("the file is marked with format %d", mark)
		}
	})
	t.Run("a backup", func(t *testing.T) {
		var b bytes.Buffer
		if _, err := l.Backup(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(t.TempDir(), "copy.backup")
		if err := os.WriteFile(copied, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if mark := markOf(t, copied); mark != 2 {
			t.Errorf("the backup is marked with format %d", mark)
		}
	})
	t.Run("rebuilt", func(t *testing.T) {
		again := filepath.Join(t.TempDir(), "again.db")
		records := func(yield func(*ledger.Record, error) bool) {
			for r, err := range l.Records(context.Background(), 1) {
				if err == nil && r.Decoder().More() {
					r.Content = contentOf(1)
				}
				if !yield(r, err) {
					return
				}
			}
		}
		if _, err := ledger.Rebuild(t.Context(), again, uuid.Nil, records, func(journal.Head) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if mark := markOf(t, again); mark != 2 {
			t.Errorf("the ledger is marked with format %d", mark)
		}
	})
}

// TestUpdate changes what is kept with an account: the function sees it at once, others when it is durable, and nobody if it is
// taken back.
func TestUpdate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := ledgertest.OpenFile(t, path, ledger.Options{CheckpointEvery: 2})
	key := func(name string) []ledger.Key { return []ledger.Key{{Space: 'e', Name: name}} }
	ledgertest.Post(t, l, &ledger.Record{Keys: key("open"), Opens: []accounts.Account{{ID: "a", Kind: accounts.KindSub, Holder: "Ada"}}})
	holder := func(of interface {
		Account(accounts.ID) (accounts.Account, bool)
	}) string {
		a, _ := of.Account("a")
		return a.Holder
	}
	regret := errors.New("changed my mind")
	change := func(to string, err error) func(*ledger.Tx) error {
		return func(tx *ledger.Tx) error {
			before := holder(tx)
			if appended := tx.Append(&ledger.Record{Keys: key(to), Updates: []ledger.Update{{Account: "a", Holder: to}}}); appended != nil {
				return appended
			}
			if got := holder(tx); got != to || holder(l) != "Ada" {
				t.Errorf("after %q became %q, the function sees %q and others %q", before, to, got, holder(l))
			}
			return err
		}
	}
	errs := l.UpdateBatch(t.Context(), []func(*ledger.Tx) error{change("Bea", nil), change("Cleo", regret), func(tx *ledger.Tx) error {
		if got := holder(tx); got != "Bea" {
			t.Errorf("after Cleo was taken back, it is %q", got)
		}
		return nil
	}, change("Dora", nil)})
	if err := errors.Join(errs[0], errs[2], errs[3]); err != nil || !errors.Is(errs[1], regret) {
		t.Fatal(errs)
	}
	if got := holder(l); got != "Dora" {
		t.Errorf("it is %q, want Dora", got)
	}

	ledgertest.Post(t, l, &ledger.Record{Keys: key("none"), Updates: []ledger.Update{{Account: "a"}}})
	ledgertest.Verify(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	again := ledgertest.OpenFile(t, path, ledger.Options{})
	if a, ok := again.Account("a"); !ok || a.Holder != "" {
		t.Errorf("opened again: %+v", a)
	}
}

// TestTouching follows what was ever booked to a sub-balance of an account.
func TestTouching(t *testing.T) {
	l := ledgertest.Open(t, ledger.Options{})
	ledgertest.Post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "open"}}, Opens: []accounts.Account{{ID: "a", Kind: accounts.KindSub}}})
	for _, r := range []*ledger.Record{
		{Entries: []ledger.Entry{entry("liable", "a", ledger.Pending, eur(1)), entry("liable", "a", ledger.Pending, eur(2))}},
		{Entries: []ledger.Entry{entry("liable", "a", ledger.Available, eur(3))}},
		{Entries: []ledger.Entry{entry("liable", "a", ledger.Pending, eur(4))}},
	} {
		r.Keys = []ledger.Key{{Space: 'e', Name: "sale"}}
		ledgertest.Post(t, l, r)
	}
	var durable, atTurn []uint64
	for r, err := range l.Touching("a", ledger.Pending) {
		if err != nil {
			t.Fatal(err)
		}
		durable = append(durable, r.Number)
	}
	if err := l.Update(t.Context(), func(tx *ledger.Tx) error {
		if err := tx.Append(&ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "now"}}, Entries: []ledger.Entry{entry("liable", "a", ledger.Pending, eur(5))}}); err != nil {
			return err
		}
		for r, err := range tx.Touching("a", ledger.Pending) {
			if err != nil {
				return err
			}
			atTurn = append(atTurn, r.Number)
		}
		for range tx.Touching("nobody", ledger.Pending) {
			t.Error("nobody was touched")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := show([][]uint64{durable, atTurn}); got != "[4 2]\n[5 4 2]\n" {
		t.Errorf("got %s", got)
	}
}
