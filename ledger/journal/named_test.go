package journal

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A file that was removed or replaced between being opened and being locked is not written to.
func TestStillNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := stillNamed(path, f); err != nil {
		t.Errorf("as it was: %v", err)
	}
	os.Remove(path)
	if err := stillNamed(path, f); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("removed: %v", err)
	}
	os.WriteFile(path, nil, 0o600)
	if err := stillNamed(path, f); !errors.Is(err, ErrLocked) {
		t.Errorf("replaced: %v", err)
	}
}
