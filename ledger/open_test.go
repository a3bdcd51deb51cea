package ledger_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
)

// A tree is what lies below a directory: content and time of change of each file.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	list := make(map[string]string)
	for name, b := range readFiles(t, dir) {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		list[name] = fmt.Sprintf("%d bytes, changed %s: %x", len(b), info.ModTime(), b)
	}
	return list
}

// boltFile makes a bbolt file, by f, and returns its content.
func boltFile(t *testing.T, o *bbolt.Options, f func(tx *bbolt.Tx) error) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := bbolt.Open(path, 0o644, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(f), db.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ledgerMeta fills the bucket that says what the file is.
func ledgerMeta(tx *bbolt.Tx, program string, format []byte) error {
	meta, err := tx.CreateBucket([]byte("meta"))
	if err != nil {
		return err
	}
	_, err = tx.CreateBucket([]byte("journal"))
	return errors.Join(err, meta.Put([]byte("program"), []byte(program)), meta.Put([]byte("format"), format))
}

// TestRefusedFiles opens what is not a ledger of this format: it is refused with words, and left as it was.
func TestRefusedFiles(t *testing.T) {
	s := aSpecimen(t)
	format := func(v uint16) []byte { return binary.BigEndian.AppendUint16(nil, v) }
	people := func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("people")); return err }
	for _, tt := range []struct {
		name    string
		content []byte
		says    string
	}{
		{"no identity", boltFile(t, nil, func(tx *bbolt.Tx) error { return ledgerMeta(tx, "splitledger", format(3)) }), "the identity of the ledger is damaged"},
		{"a newer format", boltFile(t, nil, func(tx *bbolt.Tx) error { return ledgerMeta(tx, "splitledger", format(5)) }), "format 5; this program knows formats 1 to 4"},
		{"format 0", boltFile(t, nil, func(tx *bbolt.Tx) error { return ledgerMeta(tx, "splitledger", format(0)) }), "format 0"},
		{"no format", boltFile(t, nil, func(tx *bbolt.Tx) error { return ledgerMeta(tx, "splitledger", []byte{}) }), "no format"},
		{"another program's", boltFile(t, nil, func(tx *bbolt.Tx) error { return ledgerMeta(tx, "other", format(1)) }), "not a ledger"},
		{"other buckets", boltFile(t, nil, people), "not a ledger"},
		{"a bbolt file without a freelist", boltFile(t, &bbolt.Options{NoFreelistSync: true}, people), "not a ledger"},
		{"text", []byte(strings.Repeat("2026-01-01,payment,100.00 EUR\n", 1000)), "not a ledger"},
		{"short text", []byte("hello"), "not a ledger"},
		{"nothing", []byte{}, "is empty"},
		{"zeros", make([]byte, 1<<16), "not a ledger"},
		{"one page of a ledger", s.files[specimenName][:4096], "damaged"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "file.db")
			overwrite(t, path, tt.content)
			refuses(t, dir, path, tt.says)
		})
	}
	t.Run("a device", func(t *testing.T) { refuses(t, t.TempDir(), os.DevNull, "is not a regular file") })
	t.Run("no such directory", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "none", "file.db")
		_, err := ledger.Open(path, ledger.Options{})
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "create "+path+":") {
			t.Errorf("%v; want that %s cannot be created", err, path)
		}
	})
	t.Run("a directory", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "file.db"), 0o755); err != nil {
			t.Fatal(err)
		}
		refuses(t, dir, filepath.Join(dir, "file.db"), "is a directory")
	})
}

// refuses opens a file for reading and for writing, which must fail and change nothing below dir.
func refuses(t *testing.T, dir, path, says string) {
	t.Helper()
	before := tree(t, dir)
	for _, readOnly := range []bool{true, false} {
		l, err := ledger.Open(path, ledger.Options{ReadOnly: readOnly})
		if err == nil {
			l.Close()
			t.Fatalf("read-only %v: opened", readOnly)
		}
		if !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("read-only %v: %v; want %q and the path", readOnly, err, says)
		}
	}
	if after := tree(t, dir); !maps.Equal(before, after) {
		t.Errorf("%d files became %d, or were changed: %v", len(before), len(after), slices.Collect(maps.Keys(after)))
	}
}

// TestTruncated cuts a ledger off at many lengths.
func TestTruncated(t *testing.T) {
	t.Parallel()
	s := aSpecimen(t)
	file := s.files[specimenName]
	used := 0 // bytes up to the last page that the metas know of
	for id := range 2 {
		used = max(used, int(binary.LittleEndian.Uint64(file[id*pageSize+pageHeader+40:]))*pageSize)
	}
	lengths := []int{1, 15, 16, 76, 80, 100, 4095, 4096, 4097, 4175, 4176, 8191, 8192, 8193, used - 4097, used - 4096, used - 1}
	for n := 10_000; n < used; n += 4096 * 3 / 2 {
		lengths = append(lengths, n)
	}
	for _, n := range lengths {
		dir := filepath.Join(t.TempDir(), "l")
		path, err := s.write(dir, map[string][]byte{specimenName: file[:n]})
		if err != nil {
			t.Fatal(err)
		}
		says := "cut short"
		if n < 80 {
			says = "not a ledger"
		} else if n < 4096+80 {
			says = "damaged"
		}
		refuses(t, dir, path, says)
	}
	path, err := s.write(filepath.Join(t.TempDir(), "l"), map[string][]byte{specimenName: file[:used]})
	if err != nil {
		t.Fatal(err)
	}
	s.expect(t, path, true, "")
}

// TestNowhere opens ledgers where there is none, and none can be made.
func TestNowhere(t *testing.T) {
	dir := t.TempDir()
	_, err := ledger.Open(filepath.Join(dir, "none.db"), ledger.Options{ReadOnly: true})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("read-only, no file: %v", err)
	}
	for _, path := range []string{filepath.Join(dir, "no", "such", "directory.db"), filepath.Join(dir, "none.db", "below")} {
		if _, err := ledger.Open(path, ledger.Options{}); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if files := readFiles(t, dir); len(files) > 0 {
		t.Errorf("something was written: %v", slices.Collect(maps.Keys(files)))
	}
}

func init() { children["hold"] = hold }

// hold opens a ledger as a child, says so, and keeps it until its standard input ends.
func hold(args []string) error {
	l, err := ledger.Open(args[0], ledger.Options{})
	if err != nil {
		return err
	}
	defer l.Close()
	fmt.Println("open")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// startChild runs the test binary as a child with the given arguments, and returns its output.
func startChild(t *testing.T, name string, args ...string) (*exec.Cmd, *bufio.Scanner, io.Closer) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), childVariable+"="+name)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd, bufio.NewScanner(out), in
}

// TestLocked opens a ledger that a child holds.
func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	cmd, out, in := startChild(t, "hold", path)
	if !out.Scan() {
		t.Fatal("the child did not open the ledger")
	}
	for _, readOnly := range []bool{true, false} {
		var err error
		quickest := time.Hour
		for range 5 { // the machine may stop amid some
			start := time.Now()
			_, err = ledger.Open(path, ledger.Options{ReadOnly: readOnly})
			if !errors.Is(err, ledger.Locked) {
				t.Fatalf("read-only %v: %v", readOnly, err)
			}
			quickest = min(quickest, time.Since(start))
		}
		if quickest > time.Second {
			t.Errorf("read-only %v: it took %v", readOnly, quickest)
		}
		if pid := fmt.Sprint("process ", cmd.Process.Pid); runtime.GOOS == "linux" && !strings.Contains(err.Error(), pid) {
			t.Errorf("read-only %v: %v; want %s", readOnly, err, pid)
		}
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	ledgertest.OpenFile(t, path, ledger.Options{})
}

// TestReadersShare opens a ledger twice for reading, which keeps a writer out.
func TestReadersShare(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := ledgertest.OpenFile(t, path, ledger.Options{})
	ledgertest.Post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "1"}}, Entries: []ledger.Entry{entry("liable", "platform", 0, eur(5))}})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	before := tree(t, filepath.Dir(path))
	for range 2 {
		l := ledgertest.OpenFile(t, path, ledger.Options{ReadOnly: true})
		if b := ledgertest.Holds(l, "platform", "EUR"); !b.Available.Equal(eur(5)) {
			t.Errorf("balance %v", b)
		}
		ledgertest.Verify(t, l)
	}
	_, err := ledger.Open(path, ledger.Options{})
	if !errors.Is(err, ledger.Locked) || runtime.GOOS == "linux" && !strings.Contains(err.Error(), "by this process") {
		t.Errorf("a writer beside two readers: %v", err)
	}
	if _, refused := ledger.Refused(err); refused {
		t.Errorf("%v is a refusal", err)
	}
	if after := tree(t, filepath.Dir(path)); !maps.Equal(before, after) {
		t.Errorf("reading changed files")
	}
}
