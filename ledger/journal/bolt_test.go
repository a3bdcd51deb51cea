package journal_test

import (
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/ledger/journal/journaltest"
)

func openBolt(t *testing.T, dir string) journal.Journal {
	t.Helper()
	j, err := journal.OpenBolt(filepath.Join(dir, "journal.db"), journal.BoltOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestBolt(t *testing.T) { journaltest.Run(t, openBolt) }

// TestFormat appends blocks that need one format after another.
func TestFormat(t *testing.T) {
	j := openBolt(t, t.TempDir())
	defer j.Close()
	format := j.(interface{ Format() int })
	for _, step := range []struct {
		needs, want int
		refused     bool
	}{{0, 1, false}, {1, 1, false}, {3, 1, true}, {2, 2, false}, {0, 2, false}} {
		b := journal.NewBlock(j.Head(), 1)
		b.Add([]byte("record"), 0)
		b.Format = step.needs
		b.Seal(j.Head().Hash)
		if err := j.Append(t.Context(), b); (err != nil) != step.refused || format.Format() != step.want {
			t.Errorf("a block that needs format %d: %v, the file has format %d, want %d", step.needs, err, format.Format(), step.want)
		}
	}
}
