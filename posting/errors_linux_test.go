package posting

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// smallDisk names the directory that the child of fullDisk makes a small disk of.
const smallDisk = "SPLITLEDGER_TEST_SMALL_DISK"

// fullDisk posts to a ledger on a disk of 256 KiB until that is full. A child does so, in name spaces of its own, so that
// the disk ends with it.
func fullDisk(t *testing.T) (possible bool, err error) {
	child := exec.Command(os.Args[0], "-test.run=^TestFillSmallDisk$")
	child.Env = append(os.Environ(), smallDisk+"="+t.TempDir())
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := child.CombinedOutput()
	_, said, ok := strings.Cut(string(out), "REFUSED ")
	if err != nil || !ok {
		return false, fmt.Errorf("no small disk can be made: %v: %s", err, out)
	}
	said, _, _ = strings.Cut(said, "\n")
	return true, errors.New(said)
}

// TestFillSmallDisk is the child of fullDisk.
func TestFillSmallDisk(t *testing.T) {
	dir := os.Getenv(smallDisk)
	if dir == "" {
		t.Skip("runs as a child of TestErrors")
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(filepath.Join(dir, "market.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	b, err := New(l, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100_000 {
		e := Event{ID: fmt.Sprint("e", i), Type: Transfer, From: "liable", To: "platform", Amount: money.New(1, "EUR"), Reference: strings.Repeat("x", MaxName)}
		if _, err := b.Post(context.Background(), e); err != nil {
			fmt.Println("REFUSED " + err.Error())
			return
		}
	}
	t.Fatal("the disk is not full")
}
