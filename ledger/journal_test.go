package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/ledger/journal/memjournal"
	"github.com/splitledger/splitledger/ledger/ledgertest"
)

// TestOtherJournal keeps a ledger on a log that is no file: it books, is opened again with and without its index, and
// makes nothing but the index directory that it is given.
func TestOtherJournal(t *testing.T) {
	log, dir := memjournal.New(format3ID), t.TempDir()
	index := filepath.Join(dir, "index")
	var head journal.BlockID
	for turn := range 3 {
		l := ledgertest.OpenFile(t, "", ledger.Options{Journal: log.Open(), IndexDir: index, CheckpointEvery: 4})
		if s := l.Stats(); turn > 0 && s.Head != head || l.ID() != format3ID || l.Stats().Format != journal.LastFormat {
			t.Errorf("turn %d: head %s, was %s; identity %s, format %d", turn, s.Head, head, l.ID(), l.Stats().Format)
		}
		for i := range 10 {
			ledgertest.Post(t, l, &ledger.Record{
				Keys:    []ledger.Key{{Space: 'e', Name: fmt.Sprint(turn, i)}},
				Entries: []ledger.Entry{entry("liable", "platform", ledger.Pending, eur(1))},
			})
		}
		if b := ledgertest.Holds(l, "platform", "EUR").Pending; !b.Equal(eur(int64(10 * (turn + 1)))) {
			t.Errorf("turn %d: the platform has %v", turn, b)
		}
		if _, err := l.Backup(t.Context(), new(bytes.Buffer)); err == nil {
			t.Error("a log in memory was backed up as a file")
		}
		head = ledgertest.Verify(t, l).Head
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if turn == 1 {
			if err := os.RemoveAll(index); err != nil {
				t.Fatal(err)
			}
		}
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 2 { // and its manifest
		t.Errorf("beside the index there is %v, %v", list, err)
	}

	j := log.Open()
	if _, err := ledger.Open("", ledger.Options{Journal: j}); !errors.Is(err, ledger.Invalid) {
		t.Errorf("without a place for the index: %v", err)
	}
	if err := j.Append(t.Context(), new(journal.Block)); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("the journal of a ledger that was not opened: %v", err)
	}
}

// TestContains asks for blocks that were noted.
func TestContains(t *testing.T) {
	l := ledgertest.Open(t, ledger.Options{})
	noted := []journal.BlockID{{Hash: journal.Genesis(l.ID())}}
	for i := range 5 {
		ledgertest.Post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: fmt.Sprint(i)}}})
		s := l.Stats()
		noted = append(noted, s.Head)
	}
	for i, id := range noted {
		read, err := journal.ParseBlockID(id.String())
		if err != nil || read != id {
			t.Errorf("%s is read as %s, %v", id, read, err)
		}
		if has, err := l.Contains(t.Context(), id); !has || err != nil {
			t.Errorf("block %s: %v, %v", id, has, err)
		}
		for name, other := range map[string]journal.BlockID{
			"hash":   {Number: id.Number, Hash: noted[(i+1)%len(noted)].Hash},
			"number": {Number: id.Number + 1, Hash: id.Hash},
			"end":    {Number: id.Number + 10, Hash: id.Hash},
		} {
			if has, err := l.Contains(t.Context(), other); has || err != nil {
				t.Errorf("another %s: block %s: %v, %v", name, other, has, err)
			}
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Contains(t.Context(), noted[1]); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}
