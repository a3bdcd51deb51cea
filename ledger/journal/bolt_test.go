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
