package ledger

import (
	"os"
	"path/filepath"

	"github.com/splitledger/splitledger/ledger/journal"
)

// Stats says how much there is, as of the last durable block.
type Stats struct {
	Head         journal.Hash // of the last block: it stands for all of history
	Blocks       uint64
	Records      uint64
	Entries      uint64
	Accounts     int
	JournalBytes int64 // of records appended since the ledger was opened, with their lengths and checksums
	FileBytes    int64 // the size of the ledger's file
	IndexBytes   int64 // the sizes of the files in the index directory
	Runs         int   // of keys on disk
	RecentKeys   int   // in memory
	IndexError   error // why the newest checkpoint could not be written; nil if it could. Nothing is lost by that
}

// Stats returns how much there is.
func (l *Ledger) Stats() Stats {
	l.mu.RLock()
	s := Stats{Head: l.shown.head.Hash, Blocks: l.shown.head.Block, Records: l.shown.head.Record, Entries: l.shown.head.Entry, Accounts: len(l.shown.names.accounts)}
	l.mu.RUnlock()
	s.JournalBytes = l.appended.Load()
	s.Runs = len(l.keys.snapshot())
	l.keys.mu.Lock()
	s.RecentKeys = l.keys.active.len() + l.keys.sealed.len()
	l.keys.mu.Unlock()
	l.keeper.mu.Lock()
	s.IndexError = l.keeper.failed
	l.keeper.mu.Unlock()
	if info, err := os.Stat(l.path); err == nil {
		s.FileBytes = info.Size()
	}
	if list, err := os.ReadDir(l.keeper.dir); err == nil {
		for _, e := range list {
			if info, err := os.Stat(filepath.Join(l.keeper.dir, e.Name())); err == nil {
				s.IndexBytes += info.Size()
			}
		}
	}
	return s
}
