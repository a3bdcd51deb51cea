package journal_test

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/splitledger/splitledger/ledger/journal"
)

// TestLockAmidFork closes a journal while a process that was just forked has its descriptors still: the lock is free nevertheless.
func TestLockAmidFork(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "journal.db")
	for _, readOnly := range []bool{false, true} {
		j, err := journal.OpenBolt(path, journal.BoltOptions{ReadOnly: readOnly})
		if err != nil {
			t.Fatal(err)
		}
		shared, err := syscall.Dup(descriptor(t, path))
		if err != nil {
			t.Fatal(err)
		}
		defer syscall.Close(shared)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		j, err = journal.OpenBolt(path, journal.BoltOptions{})
		if err != nil {
			t.Fatalf("read-only %v: opened again: %v", readOnly, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// descriptor returns the one by which this process has a file open.
func descriptor(t *testing.T, path string) int {
	const own = "/proc/self/fd"
	open, err := os.ReadDir(own)
	if err != nil {
		t.Skip("nothing here tells which files are open: ", err)
	}
	for _, fd := range open {
		if name, err := os.Readlink(filepath.Join(own, fd.Name())); err == nil && name == path {
			n, err := strconv.Atoi(fd.Name())
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no descriptor of %s", path)
	return 0
}
