package ledger

import (
	"context"

	"github.com/splitledger/splitledger/ledger/journal"
)

// Contains reports whether the journal has the block that somebody noted, as it was: whether these are the books from
// which the note was taken, with nothing of them lost or changed up to there. It reads that block alone;
// [Ledger.Verify] proves that all others belong to it. Block 0 is the beginning, before any block, which the identity
// gives its hash.
func (l *Ledger) Contains(ctx context.Context, noted journal.BlockID) (bool, error) {
	ctx, done, err := l.reading(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	if noted.Number == 0 {
		return noted.Hash == journal.Genesis(l.journal.ID()), nil
	}
	for b, err := range l.journal.Blocks(ctx, noted.Number) {
		if err != nil {
			return false, corrupt(err)
		}
		return b.ID() == noted, nil
	}
	return false, context.Cause(ctx) // the journal ends before it
}
