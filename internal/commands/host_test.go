package commands

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A command that a server runs for others must not touch the server's files, nor close its ledger. So the source has no way
// to either but those that know whom they work for.
func TestNoWayAround(t *testing.T) {
	allowed := map[string][]string{
		// package os: files.go has the files of this machine; the others are of commands that no server runs, or look at the
		// ledger's own file where there is no host
		`\bos\.[A-Z]`: {"files.go", "open.go", "remote.go", "demo.go", "progress.go"},
		`\b(ledger\.(Open|Restore|ReadBackup)|export\.Import|\.BackupFile)\(`: {"open.go", "backup.go", "import.go"},
		`\b(l|Ledger)\.(Close|Discard)\(`:                                     {"open.go", "demo.go"},
		`(?m)^\t"(net|net/http|os/exec|plugin|syscall)"$`:                     {"remote.go", "run.go", "host.go", "root.go", "post.go", "ingest.go"},
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 50 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for pattern, in := range allowed {
			if found := regexp.MustCompile(pattern).Find(text); found != nil && !slices.Contains(in, name) {
				t.Errorf("%s has %s, which a server must not do for others: see filesystem, and cli.close", name, found)
			}
		}
	}
}
