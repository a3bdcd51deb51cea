package memjournal_test

import (
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/ledger/journal/journaltest"
	"github.com/splitledger/splitledger/ledger/journal/memjournal"
)

// TestOver appends blocks over a file: they are read as one journal, and the file stays as it was.
func TestOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books.db")
	file, err := journal.OpenBolt(path, journal.BoltOptions{})
	if err != nil {
		t.Fatal(err)
	}
	journaltest.Fill(t, file, 2, 3)
	before := file.Head()
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if file, err = journal.OpenBolt(path, journal.BoltOptions{ReadOnly: true}); err != nil {
		t.Fatal(err)
	}
	over := memjournal.Over(file)
	if over.Head() != before || over.ID() != file.ID() {
		t.Fatalf("begins at %+v, want %+v", over.Head(), before)
	}
	journaltest.Fill(t, over, 1, 4)
	for from := uint64(1); from <= 5; from++ {
		next := from
		for b, err := range over.Blocks(t.Context(), from) {
			if err != nil || b.Number != next {
				t.Fatalf("from %d: block %d, %v; want %d", from, b.Number, err, next)
			}
			next++
		}
		if next != 5 {
			t.Errorf("from %d: ends before block %d, want 5", from, next)
		}
	}
	s, err := over.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for n := uint64(1); n <= 10; n++ {
		r, err := s.Record(n)
		if err != nil || r.Number != n || string(r.Payload) != string(journaltest.Payload(n)) {
			t.Errorf("record %d: %+v, %v", n, r, err)
		}
		// The file finds the first record of a run of them, so the answer may be earlier, but never later.
		found, err := s.Search(func(c journal.Chunk) bool { return c.Record <= n })
		if err != nil || found <= n && n > 5 || found > n+5 {
			t.Errorf("after record %d comes %d, %v", n, found, err)
		}
	}
	if _, err := s.Record(11); err != journal.ErrNotFound {
		t.Errorf("record 11: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := over.Close(); err != nil {
		t.Error(err)
	}
	if file, err = journal.OpenBolt(path, journal.BoltOptions{ReadOnly: true}); err != nil {
		t.Fatal(err)
	}
	if file.Head() != before {
		t.Errorf("the file ends with %+v, want %+v", file.Head(), before)
	}
	file.Close()
}
