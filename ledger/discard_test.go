package ledger_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/ledger"
)

// A ledger without records leaves nothing behind; one with a record stays.
func TestDiscard(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	l, err := ledger.Open(path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Discard(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if l, err = ledger.Open(path, ledger.Options{}); err != nil {
		t.Fatal(err)
	}
	err = l.Update(t.Context(), func(tx *ledger.Tx) error {
		return tx.Append(&ledger.Record{Keys: []ledger.Key{{Space: 7, Name: "kept"}}})
	})
	if err := errors.Join(err, l.Discard()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Error("a ledger with a record is gone")
	}
}
