package ledger

import (
	"context"
	"errors"
	"iter"
	"os"

	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/ledger/journal/memjournal"
)

// DryRun opens the ledger as it is now once more, to try what would become of events: they are booked in memory, and are
// gone when it is closed. This ledger goes on meanwhile. All of its journal is read, so it takes as long as opening a
// ledger without its index.
func (l *Ledger) DryRun() (*Ledger, error) {
	dir, err := os.MkdirTemp("", "splitledger-try-*")
	if err != nil {
		return nil, err
	}
	l.mu.RLock()
	head := l.shown.head
	l.mu.RUnlock()
	tried, err := open(l.path, memjournal.Over(&asOfNow{l.journal, head, dir}),
		Options{DryRun: true, IndexDir: dir, Clock: l.options.Clock})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return tried, nil
}

// asOfNow is a journal that ends where another was, whatever is appended to that. Closing it removes a directory.
type asOfNow struct {
	journal.Journal
	head journal.Head
	dir  string
}

func (j *asOfNow) Head() journal.Head { return j.head }

func (j *asOfNow) Blocks(ctx context.Context, from uint64) iter.Seq2[*journal.Block, error] {
	return func(yield func(*journal.Block, error) bool) {
		if from > j.head.Block {
			return
		}
		for b, err := range j.Journal.Blocks(ctx, from) {
			if !yield(b, err) || err != nil || b.Number >= j.head.Block {
				return
			}
		}
	}
}

func (j *asOfNow) Close() error { return os.RemoveAll(j.dir) }
