package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
)

// asNobody runs f on a thread that may do to files only what everybody may. Root could do anything.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlock: the thread ends with the goroutine
		if os.Geteuid() == 0 {
			if err := syscall.Setfsuid(65534); err != nil {
				done <- err
				return
			}
		}
		f()
		done <- nil
	}()
	if err := <-done; err != nil {
		t.Skip(err)
	}
}

// TestForbidden opens ledgers that the process may not write, or not see.
func TestForbidden(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "ledger.db")
	l := ledgertest.OpenFile(t, path, ledger.Options{})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	chmod := func(path string, mode os.FileMode) {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	chmod(path, 0o444)
	chmod(dir, 0o555)
	defer chmod(dir, 0o755)
	before := tree(t, dir)
	hidden := false
	asNobody(t, func() {
		if _, err := os.Stat(path); err != nil {
			hidden = true
			return
		}
		for name, path := range map[string]string{"a file of others": path, "a directory of others": filepath.Join(dir, "new.db")} {
			if l, err := ledger.Open(path, ledger.Options{}); !errors.Is(err, os.ErrPermission) {
				t.Errorf("%s: %v", name, err)
				if err == nil {
					l.Close()
				}
			}
		}
		l, err := ledger.Open(path, ledger.Options{ReadOnly: true})
		if err != nil {
			t.Errorf("for reading: %v", err)
			return
		}
		l.Close()
	})
	if hidden {
		t.Skipf("nobody but the user may look into %s", os.TempDir())
	}
	if after := tree(t, dir); len(after) != len(before) {
		t.Errorf("files: %d, then %d", len(before), len(after))
	}
}

// TestPipe opens a pipe as a ledger, and restores one as a backup: it is refused at once, rather than waited for.
func TestPipe(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file.db")
	if err := syscall.Mkfifo(path, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() error{
		"to be read":    func() error { _, err := ledger.Open(path, ledger.Options{ReadOnly: true}); return err },
		"to be written": func() error { _, err := ledger.Open(path, ledger.Options{}); return err },
		"as a backup":   func() error { _, err := ledger.ReadBackup(context.Background(), path); return err },
		"restored":      func() error { _, err := ledger.Restore(context.Background(), path, path+".restored"); return err },
	} {
		answer := make(chan error, 1)
		go func() { answer <- open() }()
		select {
		case err := <-answer:
			if !strings.Contains(fmt.Sprint(err), "is not a regular file") {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: it waits", name)
		}
	}
}
