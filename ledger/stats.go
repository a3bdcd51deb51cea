package ledger

import (
	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger/journal"
)

// Stats says how much there is, as of the last durable block.
type Stats struct {
	ID           uuid.UUID       // of the ledger
	Format       int             // of the file: 3, or 1 if it is older; greater once it has what that does not
	Identified   bool            // the ID is written down in the file; not so in those that were made with format 1
	Head         journal.BlockID // of the last block: its hash stands for all of history
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

// Stats returns how much there is. It reads nothing of the journal, so it may be asked for often. Head and counts are
// of one block; what is of the files may be some blocks ahead or behind.
func (l *Ledger) Stats() Stats {
	l.mu.RLock()
	head, opened := l.shown.head, len(l.shown.names.accounts)
	l.mu.RUnlock()
	info := l.journal.Info()
	s := Stats{
		ID: l.journal.ID(), Format: info.Format, Identified: info.Identified, Head: journal.BlockID{Number: head.Block, Hash: head.Hash},
		Blocks: head.Block, Records: head.Record, Entries: head.Entry, Accounts: opened,
		JournalBytes: l.appended.Load(), FileBytes: info.Bytes, IndexBytes: l.index.Bytes(),
		Runs: len(l.index.Runs()), RecentKeys: l.index.Len(),
	}
	l.indexer.mu.Lock()
	s.IndexError = l.indexer.failed
	l.indexer.mu.Unlock()
	return s
}
