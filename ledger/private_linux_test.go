package ledger_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/ledger/ledgertest"
)

// TestPrivateFiles makes ledgers and copies where the umask takes nothing away: others may read no more of a copy than
// of its original.
func TestPrivateFiles(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	dir := t.TempDir()
	mode := func(name string) fs.FileMode {
		t.Helper()
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	path := filepath.Join(dir, "ledger.db")
	l := ledgertest.OpenFile(t, path, ledger.Options{})
	ledgertest.Post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "one"}}})
	if m := mode("ledger.db"); m != 0o600 {
		t.Errorf("a ledger has mode %o", m)
	}
	for name, tt := range map[string]struct{ ledger, backup fs.FileMode }{
		"private": {0o600, 0o400}, "for a group": {0o640, 0o440},
		"for all": {0o666, 0o444}, "for nobody else to write": {0o644, 0o444},
	} {
		if err := os.Chmod(path, tt.ledger); err != nil {
			t.Fatal(err)
		}
		if _, err := l.BackupFile(t.Context(), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if m := mode(name); m != tt.backup {
			t.Errorf("%s: the backup of a ledger of mode %o has mode %o, want %o", name, tt.ledger, m, tt.backup)
		}
		if _, err := ledger.Restore(t.Context(), filepath.Join(dir, name), filepath.Join(dir, name+".restored")); err != nil {
			t.Fatal(err)
		}
		if m := mode(name + ".restored"); m != 0o600 {
			t.Errorf("%s: restored: mode %o", name, m)
		}
	}
	rebuild := func(id uuid.UUID, check func(journal.Head) error) error {
		_, err := ledger.Rebuild(t.Context(), filepath.Join(dir, "rebuilt"), id, l.Records(t.Context(), 1), check)
		return err
	}
	if err := rebuild(uuid.New(), func(journal.Head) error { return nil }); err == nil {
		t.Error("rebuilt under another identity")
	}
	if err := rebuild(l.ID(), func(journal.Head) error {
		list, err := filepath.Glob(filepath.Join(dir, "rebuilt.new-*"))
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if info, err := os.Stat(list[0]); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("while it is being rebuilt: %v, %v", info, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if m := mode("rebuilt"); m != 0o600 {
		t.Errorf("rebuilt: mode %o", m)
	}
	if list, err := filepath.Glob(filepath.Join(dir, "*.new-*")); err != nil || len(list) > 0 {
		t.Errorf("left behind: %v, %v", list, err)
	}
}

// TestSymbolicLinks opens ledgers by links: one to a ledger is that ledger, with an index of its own; one to nothing
// is refused, and nothing is made; so is one that leads to itself.
func TestSymbolicLinks(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	l := ledgertest.OpenFile(t, path("ledger.db"), ledger.Options{CheckpointEvery: 1})
	ledgertest.Post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "one"}}})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"good": "ledger.db", "dangling": "nothing", "loop": "loop"} {
		if err := os.Symlink(to, path(from)); err != nil {
			t.Fatal(err)
		}
	}
	for _, readOnly := range []bool{true, false} {
		good := ledgertest.OpenFile(t, path("good"), ledger.Options{ReadOnly: readOnly})
		if good.ID() != l.ID() || ledgertest.Verify(t, good).Records != 1 {
			t.Errorf("by a link: ledger %s of %d records", good.ID(), good.Stats().Records)
		}
		if err := good.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.Open(path("loop"), ledger.Options{ReadOnly: readOnly}); !errors.Is(err, syscall.ELOOP) {
			t.Errorf("a loop: %v", err)
		}
	}
	if _, err := ledger.Open(path("dangling"), ledger.Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a link to nothing, to be read: %v", err)
	}
	_, err := ledger.Open(path("dangling"), ledger.Options{})
	if !errors.Is(err, journal.ErrNotJournal) || !strings.Contains(err.Error(), "dangling is a symbolic link to a file that is not there") {
		t.Errorf("a link to nothing: %v", err)
	}
	for _, name := range []string{"nothing", "dangling-index"} {
		if _, err := os.Lstat(path(name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s was made: %v", name, err)
		}
	}
}
