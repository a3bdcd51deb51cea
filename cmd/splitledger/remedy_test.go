package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/internal/lab/reports"
)

// TestRemediesRun gives every command that reconcile prints to a shell, as it is printed: none is wrong usage. The ledger and a report have
// names that a shell would take apart.
func TestRemediesRun(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(self, filepath.Join(bin, "splitledger")); err != nil { // by this name, the test is the program
		t.Skip(err)
	}
	s := sampleBooks(t, reports.Options{Provider: "adyen", Payments: 100, Breaks: 2, Seed: 5})
	odd := filepath.Join(s.dir, "the seller's book.db")
	if err := os.Rename(s.ledger, odd); err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(s.dir, "batch $1; it's.csv")
	if err := os.Rename(s.files[0], report); err != nil {
		t.Fatal(err)
	}
	s.ledger, s.files[0] = odd, report
	args := append([]string{"--ledger", s.ledger, "reconcile", "--provider", "adyen", "--json"}, s.files...)
	_, stdout, stderr := runHere(t.Context(), "", args...)
	var r struct{ Breaks []struct{ Remedy string } }
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatal(err, stderr)
	}
	ran := map[string]bool{}
	for _, b := range r.Breaks {
		if b.Remedy == "" || ran[b.Remedy] {
			continue
		}
		ran[b.Remedy] = true
		if !strings.Contains(b.Remedy, "--ledger '"+strings.ReplaceAll(odd, "'", `'\''`)+"'") {
			t.Errorf("%s: expected it to name the ledger", b.Remedy)
		}
		cmd := exec.Command("sh", "-c", b.Remedy)
		cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != exitDone && code != exitRefused {
			t.Errorf("%s: exit status %d, %v\n%s", b.Remedy, code, err, out)
		}
	}
	if len(ran) < 5 {
		t.Errorf("expected several commands, found %d", len(ran))
	}
}
