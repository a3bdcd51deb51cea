package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/ledger/journal"
)

// restore makes the state, from the newest checkpoint and the journal behind it, or from the journal alone.
func (l *Ledger) restore() error {
	if !l.options.readsFiles() {
		if err := os.MkdirAll(l.index.Dir, 0o700); err != nil {
			return fmt.Errorf("ledger: the index directory: %w", err)
		}
	}
	from, err := l.loadIndex()
	// A journal that ends before what the index knows has lost events. That is checked before the index is
	// discarded for any other reason, because the index is the only witness.
	accepted, lost := l.lost()
	if lost != nil && !accepted {
		return lost
	}
	if accepted {
		err = lost
	}
	if err != nil {
		if from, err = (journal.Head{}), l.discardIndex(err); err != nil {
			return err
		}
	} else if !l.options.readsFiles() {
		l.indexer.failed = l.index.Sweep() // else remains stay
	}
	if err := l.replay(from); err != nil && from.Record > 0 {
		// Where the journal does not go on from the checkpoint, it is more likely the checkpoint that is wrong.
		if from, err = (journal.Head{}), l.discardIndex(err); err != nil {
			return err
		}
		if err := l.replay(from); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	head := l.shown.head
	l.indexer.head, l.indexer.last = head, from.Record
	if err := l.index.OpenTotals(l.options.readsFiles()); err != nil {
		l.noteDamage("index daily totals", err.Error()+"; they are made again from the journal")
	}
	if l.options.readsFiles() {
		return nil
	}
	// After an accepted loss a checkpoint is made at once, so that the new manifest remembers the loss.
	if accepted || head.Record-from.Record >= uint64(l.options.CheckpointEvery) {
		l.indexer.failed = l.indexer.checkpoint() // without it, opening takes longer; nothing is lost
	}
	// A ledger of before has no daily totals. They are made when it is first opened for writing.
	if err := l.indexer.foldTotals(0, func() { l.report("totals", l.index.TotalsEnd().Record, l.index.Start.Record) }); err != nil {
		l.indexer.failed = corrupt(err)
	}
	return nil
}

// discardIndex begins anew without an index, because of an error, which is noted for [Ledger.Verify] and the operator.
// Nothing is lost by that but the time to read the journal from its beginning.
func (l *Ledger) discardIndex(because error) error {
	if !errors.Is(because, index.ErrNone) {
		l.noteDamage("index", because.Error()+"; it was made again from the journal")
	}
	if err := l.index.Discard(); err != nil {
		return err
	}
	l.state = newState()
	if l.options.readsFiles() {
		return nil
	}
	if err := l.index.Sweep(); err != nil {
		return fmt.Errorf("ledger: the index directory: %w", err)
	}
	return nil
}

// loadIndex loads what the manifest names, and returns the point of the journal from which to replay. Each file has to
// have the sum that the manifest says, and be of this journal. The error is index.ErrNone if there is no index.
func (l *Ledger) loadIndex() (from journal.Head, err error) {
	if err := l.index.Open(); err != nil {
		return from, err
	}
	s, end, err := loadState(l.index)
	if err != nil {
		return from, err
	}
	// Both heads must be of this journal: the start, from which the replay goes on, and the end, up to which accounts
	// may contain something.
	for _, known := range []journal.Head{end.Start, end.End} {
		if err := l.anchored(known); err != nil {
			return from, err
		}
	}
	if err := l.index.OpenRuns(end.Start, l.options.readsFiles()); err != nil {
		return from, err
	}
	l.state = s
	return end.Start, nil
}

// lost checks whether the index knows later blocks than the journal has, which means that the journal has lost
// its newest events. It returns an error unless the options accept that; if they do, the next manifest records
// the loss.
func (l *Ledger) lost() (accepted bool, err error) {
	head, identity := l.journal.Head(), l.journal.ID()
	if head.Block == 0 { // a file that was just made in the place of one that is gone has an identity of its own
		identity = uuid.Nil
	}
	known := l.index.NewestBlock(identity)
	if known.Block <= head.Block {
		return false, nil
	}
	blocks := fmt.Sprintf("blocks %d to %d", head.Block+1, known.Block)
	if known.Block == head.Block+1 {
		blocks = fmt.Sprintf("block %d", known.Block)
	}
	missing := fmt.Sprintf("events %d to %d of %s are missing", head.Record+1, known.Record, blocks)
	if head.Block > 0 && l.options.AcceptLoss == head.Block {
		l.index.Manifest.Losses = append(l.index.Manifest.Losses,
			index.Loss{Head: head.Block, Known: known.Block, Accepted: l.options.Clock()})
		return true, errors.New(missing + ", which was accepted")
	}
	end, remedy := "is empty", "if the ledger is meant to be a new one, remove "+
		l.index.Dir+" and "+index.ManifestPath(l.index.Dir)
	if head.Block > 0 {
		end = fmt.Sprintf("ends with block %d of %s", head.Block, recordedText(head))
		remedy = fmt.Sprintf("if they are lost, or an older copy is there on purpose, "+
			"accept that with 'splitledger verify --accept-loss %d'", head.Block)
	}
	message := fmt.Sprintf("the journal %s, but the index beside it knows block %d of %s: %s. "+
		"Put the newest copy of the ledger in its place; %s", end, known.Block, recordedText(known), missing, remedy)
	return false, &Error{Code: Corrupt, Message: message}
}

// recordedText says for people when a block was recorded.
func recordedText(h journal.Head) string { return fromMicros(h.Time).Format(time.RFC3339) }

// anchored checks that the journal has the block of a checkpoint, with the same hash: only then are both of one
// history.
func (l *Ledger) anchored(h journal.Head) error {
	if h == l.journal.Head() {
		return nil
	}
	b, err := l.block(context.Background(), h.Block)
	if err == nil && (b == nil || b.Head() != h) {
		err = fmt.Errorf("the checkpoint is of another journal: it knows another block %d", h.Block)
	}
	return err
}

// block reads a block, nil if the journal ends before it. Its hash and checksums have been compared when it is
// returned.
func (l *Ledger) block(ctx context.Context, n uint64) (*journal.Block, error) {
	for b, err := range l.journal.Blocks(ctx, n) {
		return b, err
	}
	return nil, context.Cause(ctx)
}

// spillEvery limits memory while a journal is replayed: after so many times the records between two
// checkpoints, keys are written to files.
const spillEvery = 4

// replay applies the journal's blocks after the block of from. The error is that of damage in the journal, or of a
// checkpoint that is not of this journal, which look alike here.
func (l *Ledger) replay(from journal.Head) error {
	k, head := l.indexer, l.journal.Head()
	total, spilled := head.Record, l.index.Covered()
	if head.Block == 0 { // whose hash block 1 follows
		l.publish(head)
	} else {
		l.publish(from)
	}
	for b, err := range l.journal.Blocks(context.Background(), from.Block+1) {
		if err != nil {
			return corrupt(err)
		}
		if err := l.apply(b); err != nil {
			return err
		}
		last := b.Head().Record
		l.report("replaying", last-from.Record, max(total, last)-from.Record)
		if !l.options.readsFiles() && last-spilled >= spillEvery*uint64(l.options.CheckpointEvery) && last < total {
			spilled = last
			k.failed = l.index.Spill(b.Head()) // where that fails, the keys stay in memory
		}
	}
	return nil
}
