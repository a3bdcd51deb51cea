package ledger_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
)

// TestProgress is told how far opening without an index comes, and reading, to the end and not.
func TestProgress(t *testing.T) {
	const records = 3000
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := ledger.Open(path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var fs []func(*ledger.Tx) error
	for i := range records {
		fs = append(fs, func(tx *ledger.Tx) error {
			return tx.Append(&ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: fmt.Sprint(i)}}})
		})
	}
	for _, err := range l.UpdateBatch(t.Context(), fs) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(path + "-index"); err != nil {
		t.Fatal(err)
	}

	var told []ledger.Progress
	check := func(doing string, least int) {
		t.Helper()
		done := uint64(0)
		for _, p := range told {
			if p.Phase != doing || p.Done < done || p.Total != records {
				t.Errorf("told %+v after %d, expected %s of %d", p, done, doing, records)
			}
			done = p.Done
		}
		if len(told) < least || done != records {
			t.Errorf("%s: told %+v", doing, told)
		}
		told = nil
	}
	l = ledgertest.OpenFile(t, path, ledger.Options{Progress: func(p ledger.Progress) { told = append(told, p) }})
	check("replaying", 1)
	for _, err := range l.Records(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
	}
	check("reading", 3)
	for range l.Records(t.Context(), 1) {
		break
	}
	check("reading", 1)
}
