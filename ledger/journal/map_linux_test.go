package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// mapChild is the environment variable that has a test process be the child of TestAddressSpace, with the path as its
// value.
const mapChild = "JOURNAL_MAP_CHILD"

// TestAddressSpace appends in a process that may have little more address space than it has: the file is opened with
// less of it reserved, and when it cannot grow any more, that is said in words, nothing crashes, and nothing that was
// acknowledged is lost. (The limit leaves enough for the runtime, and for a file of half of it.)
func TestAddressSpace(t *testing.T) {
	if path := os.Getenv(mapChild); path != "" {
		if err := appendInLittleSpace(path); err != nil {
			t.Fatal(err)
		}
		return
	}
	path := filepath.Join(t.TempDir(), "journal.db")
	cmd := exec.Command(os.Args[0], "-test.run=^TestAddressSpace$")
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", mapChild+"="+path)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	j, err := OpenBolt(path, BoltOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := j.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if want := fmt.Sprintf("acknowledged %d\n", j.Head().Block); j.Head().Block < 10 || !bytes.Contains(out, []byte(want)) {
		t.Errorf("there are %d blocks, and the child said %s", j.Head().Block, out)
	}
}

func appendInLittleSpace(path string) error {
	var pages int64
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return err
	}
	if _, err := fmt.Sscan(string(statm), &pages); err != nil {
		return err
	}
	limit := uint64(pages)*uint64(os.Getpagesize()) + 200<<20
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		return err
	}
	j, err := OpenBolt(path, BoltOptions{})
	if err != nil {
		return err
	}
	b, payload := new(Block), make([]byte, 100<<10)
	for j.Head().Block < 10_000 {
		b.Reset(j.Head(), 1)
		b.Add(payload, 0)
		b.Seal(j.Head().Hash)
		if err = j.Append(context.Background(), b); err != nil {
			break
		}
	}
	fmt.Printf("acknowledged %d\n", j.Head().Block)
	if err == nil || !errors.Is(err, syscall.ENOMEM) || !strings.Contains(err.Error(), "more address space is needed") {
		return fmt.Errorf("the file could not grow, but the error is %v", err)
	}
	if again := j.Append(context.Background(), b); again == nil || again.Error() != err.Error() {
		return fmt.Errorf("again: %v", again)
	}
	if _, err := j.Snapshot(); !errors.Is(err, syscall.ENOMEM) {
		return fmt.Errorf("snapshot: %v", err)
	}
	if _, err := j.Copy(); !errors.Is(err, syscall.ENOMEM) {
		return fmt.Errorf("copy: %v", err)
	}
	if err := j.Check(context.Background()); !errors.Is(err, syscall.ENOMEM) {
		return fmt.Errorf("check: %v", err)
	}
	for _, err := range j.Blocks(context.Background(), 1) {
		if !errors.Is(err, syscall.ENOMEM) {
			return fmt.Errorf("blocks: %v", err)
		}
	}
	return j.Close()
}
