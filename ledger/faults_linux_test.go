package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
)

func init() { children["steady"] = steady }

// steady books functions numbered from 0 on, one after another, until there are as many as it is told. It says of each answer what it was.
// After a refusal it reads, and goes on with the same function; where nothing more is accepted, as it finds out by asking three
// times, it opens the ledger again, as often as that takes.
func steady(args []string) error {
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	say := func(format string, args ...any) { // by a call that no fault hits
		line := fmt.Appendf(nil, format+"\n", args...)
		v := syscall.Iovec{Base: &line[0], Len: uint64(len(line))}
		syscall.Syscall(syscall.SYS_WRITEV, 1, uintptr(unsafe.Pointer(&v)), 1)
	}
	o := ledger.Options{CheckpointEvery: 24}
	l, err := ledger.Open(args[0], o)
	if err != nil {
		return err
	}
	again := 0
	for n := 0; n < count; {
		has, err := l.Has(ledger.Key{Space: 'e', Name: fmt.Sprint(n)})
		if err != nil {
			return fmt.Errorf("reading: %w", err)
		}
		if !has {
			err = l.Update(context.Background(), bookTwo(fmt.Sprint(n)))
		}
		if err == nil {
			say("booked %d", n)
			n, again = n+1, 0
			continue
		}
		say("refused %d %v", n, err)
		if b := ledgertest.Holds(l, "platform", "EUR").Pending; !b.Equal(eur(int64(40 * n))) {
			return fmt.Errorf("after a refusal the platform has %v of %d functions", b, n)
		}
		if _, err := l.Group(ledger.Key{Space: 'e', Name: fmt.Sprint(n - 1)}); err != nil {
			return fmt.Errorf("reading after a refusal: %w", err)
		}
		if again++; again > 20 || again == 3 && strings.Contains(err.Error(), "opened again") {
			if err := l.Close(); err != nil {
				say("close %v", err)
			}
			for tries := 1; ; tries++ {
				if l, err = ledger.Open(args[0], o); err == nil {
					break
				}
				if say("closed %v", err); tries == 20 { // strace counts calls by thread: the same fault may meet another
					return fmt.Errorf("opening again: %w", err)
				}
			}
			say("opened")
			again = 0
		}
	}
	if err := l.Stats().IndexError; err != nil {
		say("index %v", err)
	}
	return l.Close()
}

// TestFaults injects errors into the system calls of a writer: it says what is wrong, reads on, books on as soon as that is safe, and
// loses nothing.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name, inject string
		says         string // of refusals; empty if there is none
		reopens      bool   // before anything more is booked
		index        string // what the index says in the end; * for whatever: a thread that writes a file of the index may meet the fault too
	}{
		{"no space for pages", "pwrite64:error=ENOSPC:when=12..15", "disk_full: the disk is full: nothing of this was booked; make room and send it again", false, "*"},
		{"no space by quota", "pwrite64:error=EDQUOT:when=14", "disk_full: the disk is full: nothing of this was booked", false, "*"},
		{"no space, every other time", "pwrite64:error=ENOSPC:when=9+7", "disk_full: the disk is full: nothing of this was booked", false, "*"},
		{"no space to grow", "ftruncate:error=ENOSPC:when=2", "disk_full: the disk is full: nothing of this was booked", false, ""},
		{"no space at a sync", "fdatasync:error=ENOSPC:when=7", "disk_full: the disk is full: nothing more is accepted until the ledger is opened again", true, ""},
		{"a write fails", "pwrite64:error=EIO:when=14", "ledger: a write failed; nothing more is accepted until the ledger is opened again", true, "*"},
		{"a sync of pages fails", "fdatasync:error=EIO:when=7", "input/output error", true, ""},
		{"a sync of a meta fails", "fdatasync:error=EIO:when=8", "input/output error", true, ""},
		{"a file system becomes read-only", "pwrite64:error=EROFS:when=14", "read-only file system", true, "*"},
		{"growing fails", "ftruncate:error=EIO:when=2", "input/output error", true, ""},
		{"the index cannot be written", "write:error=ENOSPC:when=3+", "", false, "no space left on device"},
		{"the index cannot be named", "renameat:error=EIO:when=1+", "", false, "input/output error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if testing.Short() && !strings.Contains(tt.name, "no space for") && !strings.Contains(tt.name, "meta") {
				t.Skip("short")
			}
			t.Parallel()
			met := "refused"
			if tt.says == "" {
				met = "index "
			}
			path, out := withFault(t, tt.inject)
			for range 40 { // strace counts calls by thread: the fault may not have been met
				if strings.Contains(out, met) {
					break
				}
				path, out = withFault(t, tt.inject)
			}
			refused, reopened, index := 0, 0, ""
			for _, line := range strings.Split(out, "\n") {
				switch what, rest, _ := strings.Cut(line, " "); what {
				case "refused":
					if refused++; tt.says == "" || !strings.Contains(rest, tt.says) {
						t.Errorf("%s; expected %q", line, tt.says)
					}
				case "opened":
					reopened++
				case "index":
					index = rest
				}
			}
			if tt.index == "*" {
				index = tt.index
			}
			if (refused > 0) != (tt.says != "") || (reopened > 0) != tt.reopens || tt.reopens && refused < 3 || !strings.Contains(index, tt.index) || (index == "") != (tt.index == "") {
				t.Errorf("refused %d times, opened again %d times, index: %q", refused, reopened, index)
			}
			l := ledgertest.OpenFile(t, path, ledger.Options{})
			if err := firstFunctions(l, 150); err != nil {
				t.Error(err)
			}
		})
	}
}

// withFault lets steady book 150 functions on a new ledger, with a fault, and returns what it said.
func withFault(t *testing.T, inject string) (path, said string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "ledger.db")
	ledgertest.OpenFile(t, path, ledger.Options{}).Close()
	call, _, _ := strings.Cut(inject, ":")
	cmd := straced(t, "/dev/null", []string{"-e", "trace=" + call, "-e", "inject=" + inject}, "steady", path, "150")
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil && call == "write" && failed.Len() == 0 {
		return path, "" // Go's runtime wakes itself by a write too: where that met the fault, not even its last words came out
	}
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, failed.Bytes(), out)
	}
	return path, string(out)
}

// smallDisk mounts a file system of its own in a directory, and skips the test where that is not allowed.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, fmt.Sprint("size=", size)); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// TestSmallDisk fills a disk amid groups and checkpoints, reads, makes room, and goes on without opening the ledger again; then closes and
// opens it while the disk is full.
func TestSmallDisk(t *testing.T) {
	dir := smallDisk(t, 2<<20)
	path, ballast := filepath.Join(dir, "ledger.db"), filepath.Join(dir, "ballast")
	l := ledgertest.OpenFile(t, path, ledger.Options{CheckpointEvery: 50})
	n := 0
	fill := func() {
		t.Helper()
		f, err := os.OpenFile(ballast, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for err == nil {
			_, err = f.Write(make([]byte, 4096))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	book := func(atMost int) (err error) {
		for range atMost {
			if err = l.Update(t.Context(), bookTwo(fmt.Sprint(n))); err != nil {
				return err
			}
			n++
		}
		return nil
	}
	for round := range 4 {
		if err := book(60); err != nil {
			t.Fatal(err)
		}
		fill()
		if err := book(2000); !errors.Is(err, ledger.DiskFull) {
			t.Fatalf("round %d, with a full disk: %v", round, err)
		}
		ledgertest.Verify(t, l) // waits for a checkpoint or merge under way, for which there is no room either
		fill()                  // what it had written, and removed
		if err := book(1); !errors.Is(err, ledger.DiskFull) {
			t.Fatalf("round %d, again: %v", round, err)
		}
		if has, err := l.Has(ledger.Key{Space: 'e', Name: "17'"}); !has || err != nil {
			t.Errorf("reading: %v, %v", has, err)
		}
		ledgertest.Verify(t, l)
		if _, err := l.BackupFile(t.Context(), filepath.Join(dir, "backup")); !errors.Is(err, ledger.DiskFull) {
			t.Errorf("backup: %v", err)
		}
		if _, err := ledger.Open(filepath.Join(dir, "new.db"), ledger.Options{}); !errors.Is(err, ledger.DiskFull) {
			t.Errorf("a new ledger: %v", err)
		}
		if round == 2 { // closing and opening take no room
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			for _, readOnly := range []bool{true, false} {
				l = ledgertest.OpenFile(t, path, ledger.Options{CheckpointEvery: 50, ReadOnly: readOnly})
				ledgertest.Verify(t, l)
				if readOnly {
					l.Close()
				}
			}
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}
	if err := book(100); err != nil {
		t.Error(err)
	}
	if err := firstFunctions(l, n); err != nil || int(l.Stats().Records) != 2*n+1 {
		t.Errorf("%d records of %d functions: %v", l.Stats().Records, n, err)
	}
	if err := l.Stats().IndexError; err != nil {
		t.Errorf("with room again, the index says: %v", err)
	}
}

// TestReadOnlyDisk opens a ledger on a file system that may not be written to.
func TestReadOnlyDisk(t *testing.T) {
	dir := smallDisk(t, 1<<20)
	path := filepath.Join(dir, "ledger.db")
	l := ledgertest.OpenFile(t, path, ledger.Options{CheckpointEvery: 5})
	for n := range 20 {
		if err := l.Update(t.Context(), bookTwo(fmt.Sprint(n))); err != nil {
			t.Fatal(err)
		}
	}
	l.Close()
	if err := syscall.Mount("none", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skip(err)
	}
	if _, err := ledger.Open(path, ledger.Options{}); !errors.Is(err, syscall.EROFS) {
		t.Errorf("for writing: %v", err)
	}
	if _, err := ledger.Open(filepath.Join(dir, "new.db"), ledger.Options{}); !errors.Is(err, syscall.EROFS) {
		t.Errorf("a new one: %v", err)
	}
	l = ledgertest.OpenFile(t, path, ledger.Options{ReadOnly: true})
	ledgertest.Verify(t, l)
	if l.Stats().Records != 40 {
		t.Errorf("%d records", l.Stats().Records)
	}
	if _, err := l.Backup(t.Context(), io.Discard); err != nil {
		t.Errorf("backup: %v", err)
	}
}

func init() { children["fewfiles"] = fewFiles }

// fewFiles books while the process may not open another file: only the index and what must open one suffer.
func fewFiles(args []string) error {
	l, err := ledger.Open(args[0], ledger.Options{CheckpointEvery: 24})
	if err != nil {
		return err
	}
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		return err
	}
	book := func(from, to int) error {
		for n := from; n < to; n++ {
			if err := l.Update(context.Background(), bookTwo(fmt.Sprint(n))); err != nil {
				return err
			}
		}
		_, err := l.Verify(context.Background(), nil) // waits for a checkpoint under way; what it cannot open is damage to it
		return err
	}
	few := was
	few.Cur = 3
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		return err
	}
	if err := book(0, 100); err != nil {
		return fmt.Errorf("with few files: %w", err)
	}
	_, err = l.BackupFile(context.Background(), args[0]+".backup")
	if !errors.Is(err, syscall.EMFILE) || !errors.Is(l.Stats().IndexError, syscall.EMFILE) {
		return fmt.Errorf("backup: %v, index: %v; expected too many open files", err, l.Stats().IndexError)
	}
	if _, err := ledger.Open(args[0]+".other", ledger.Options{}); !errors.Is(err, syscall.EMFILE) {
		return fmt.Errorf("another ledger: %v", err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		return err
	}
	if err := book(100, 200); err != nil {
		return err
	}
	if err := l.Stats().IndexError; err != nil {
		return fmt.Errorf("with more files again, the index says: %w", err)
	}
	return errors.Join(firstFunctions(l, 200), l.Close())
}

// TestFewFiles runs out of file descriptors.
func TestFewFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	cmd, out, _ := startChild(t, "fewfiles", path)
	var said bytes.Buffer
	for out.Scan() {
		said.WriteString(out.Text() + "\n")
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, &said)
	}
	ledgertest.OpenFile(t, path, ledger.Options{})
}
