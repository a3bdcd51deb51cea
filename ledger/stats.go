package ledger

import (
	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger/journal"
)

// Stats says how much there is, as of the last durable block.
type Stats struct {
	ID           uuid.UUID    // of the ledger
	Head         journal.Hash // of the last block: it stands for all of history
	Blocks       uint64
	Records      uint64
	Entries      uint64
	Accounts     int
	JournalBytes int64 // of records appended since the ledger was opened, with their lengths and checksums
	FileBytes    int64 // the size of the ledger's file; 0 where that is not known
	IndexBytes   int64 // the sizes of the files in the index directory
	Runs         int   // of keys on disk
	RecentKeys   int   // in memory
	IndexError   error // why the newest checkpoint could not be written; nil if it could. Nothing is lost by that
}

// HeadID returns the number and the hash of the last block.
func (s *Stats) HeadID() journal.BlockID { return journal.BlockID{Number: s.Blocks, Hash: s.Head} }

// Stats returns how much there is.
func (l *Ledger) Stats() Stats {
	l.mu.RLock()
	s := Stats{Head: l.shown.head.Hash, Blocks: l.shown.head.Block, Records: l.shown.head.Record, Entries: l.shown.head.Entry, Accounts: len(l.shown.names.accounts)}
	l.mu.RUnlock()
	s.ID = l.journal.ID()
	s.JournalBytes, s.FileBytes = l.appended.Load(), l.journal.Info().Bytes
	s.Runs, s.RecentKeys, s.IndexBytes = len(l.index.Runs()), l.index.Len(), l.index.Bytes()
	l.keeper.mu.Lock()
	s.IndexError = l.keeper.failed
	l.keeper.mu.Unlock()
	return s
}
