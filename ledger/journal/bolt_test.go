package journal_test

import (
	"path/filepath"
	"testing"

	"github.com/google/uuid"

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

// TestFormat appends blocks that need one format after another, to a file of format 1 and to a new one.
func TestFormat(t *testing.T) {
	type step struct {
		needs, want int
		refused     bool
	}
	for name, tt := range map[string]struct {
		format1 bool
		steps   []step
	}{
		"format 1": {true, []step{{0, 1, false}, {1, 1, false}, {3, 1, true}, {2, 2, false}, {3, 2, true}, {0, 2, false}, {4, 4, false}, {2, 4, false}, {3, 4, false}, {5, 4, true}}},
		"format 3": {false, []step{{0, 3, false}, {1, 3, false}, {2, 3, false}, {5, 3, true}, {4, 4, false}, {0, 4, false}, {5, 4, true}}},
	} {
		path := filepath.Join(t.TempDir(), "journal.db")
		j, err := journal.OpenBolt(path, journal.BoltOptions{Format1: tt.format1})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range tt.steps {
			b := journal.NewBlock(j.Head(), 1)
			b.Add([]byte("record"), 0)
			b.Format = step.needs
			b.Seal(j.Head().Hash)
			if err := j.Append(t.Context(), b); (err != nil) != step.refused || j.Info().Format != step.want {
				t.Errorf("%s: a block that needs format %d: %v, the file has format %d, want %d", name, step.needs, err, j.Info().Format, step.want)
			}
		}
		id, head := j.ID(), j.Head()
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		// Marked with the last format, the file still has the identity that it was made with, or none of its own.
		if j, err = journal.OpenBolt(path, journal.BoltOptions{}); err != nil {
			t.Fatal(err)
		}
		if j.ID() != id || j.Head() != head || j.Info().Identified == tt.format1 {
			t.Errorf("%s: opened again it has the identity %s, want %s; %+v", name, j.ID(), id, j.Info())
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestIdentity makes files with identities: one that is given, one that is made, and of format 1 the one that follows from block 1.
func TestIdentity(t *testing.T) {
	given := uuid.MustParse("0190a0b0-0000-7000-8000-00000000c0de")
	made := func(o journal.BoltOptions) (before, after uuid.UUID, head journal.Head) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "journal.db")
		j, err := journal.OpenBolt(path, o)
		if err != nil {
			t.Fatal(err)
		}
		before = j.ID()
		journaltest.Fill(t, j, 40, 1)
		after, head = j.ID(), j.Head()
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := journal.OpenBolt(path, journal.BoltOptions{ReadOnly: true, ID: uuid.New()})
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		if again.ID() != after || again.Head() != head {
			t.Errorf("opened again: %s, %+v; was %s, %+v", again.ID(), again.Head(), after, head)
		}
		return before, after, head
	}
	before, after, head := made(journal.BoltOptions{ID: given})
	if before != given || after != given {
		t.Errorf("identities %s, %s; want that which was given", before, after)
	}
	if _, _, again := made(journal.BoltOptions{ID: given}); again != head {
		t.Errorf("the same identity and records have head %+v and then %+v", head, again)
	}
	before, after, other := made(journal.BoltOptions{})
	if before != after || before.Version() != 7 || other.Hash == head.Hash {
		t.Errorf("a new file has the identities %s, %s and head %s", before, after, other.Hash)
	}
	before, after, old := made(journal.BoltOptions{Format1: true})
	if before != uuid.Nil || after.Version() != 5 {
		t.Errorf("a file of format 1 has the identities %s, %s", before, after)
	}
	if _, again, same := made(journal.BoltOptions{Format1: true}); again != after || same != old {
		t.Errorf("the same file of format 1 has identity %s, then %s", after, again)
	}
}
