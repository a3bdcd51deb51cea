package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/ledger/journal"
)

// Rebuild makes a ledger in the file at path from the records that [Ledger.Records] gave, from the first on.
// Content of each must encode as what it was read with. The new ledger gets the same identity, numbers, times
// and hashes, down to its head. With the identity uuid.Nil the file is made with format 1, which has none
// of its own.
//
// If a record has the hash of its block, the block must come to it; otherwise the error names the records. A
// record must stay unchanged until one more was asked for after the first record of a later block.
//
// The ledger appears under its name only when it is whole, durable, verified as [Ledger.Verify] does, and
// check, given its head, has returned nil. Rebuild fails with os.ErrExist if there is a file at path, and with
// Invalid if a record does not follow the one before.
func Rebuild(ctx context.Context, path string, id uuid.UUID, records iter.Seq2[*Record, error],
	check func(journal.Head) error) (v Verification, err error) {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return v, fmt.Errorf("%s: %w", path, errors.Join(err, os.ErrExist))
	}
	dir, err := journal.CreateDirBeside(path)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	tmp := filepath.Join(dir, "ledger")
	b := rebuilder{clock: time.Unix(0, 0)}
	clock := func() time.Time { return b.clock }
	l, err := Open(tmp, Options{Clock: clock, ID: id, unsynced: true, format1: id == uuid.Nil})
	if err != nil {
		return v, err
	}
	b.ledger = l
	err = b.all(ctx, records)
	if err == nil {
		v, err = l.Verify(ctx, nil)
	}
	if err == nil && len(v.Damage) > 0 {
		err = &Error{Code: Corrupt, Message: v.Damage[0].What, Detail: v.Damage[0].Place}
	}
	if err == nil {
		err = check(l.journal.Head())
	}
	if err := errors.Join(err, l.Close()); err != nil {
		return v, err
	}
	// An index that stayed would know later blocks than the new ledger has, and opening would report a loss.
	if err := removeIndex(index.DirOf(path)); err != nil { // of a ledger that is there no more
		return v, err
	}
	os.Remove(index.DirOf(path)) // what is not ours stays
	if err := journal.Place(tmp, path); err != nil {
		return v, err
	}
	os.Rename(index.DirOf(tmp), index.DirOf(path)) // else it is made again
	os.Rename(index.ManifestPath(index.DirOf(tmp)), index.ManifestPath(index.DirOf(path)))
	return v, nil
}

// A rebuilder books records block by block, in the blocks that they were in. It does so through Update, as any caller,
// so that what is made anew is checked as it was the first time.
type rebuilder struct {
	ledger *Ledger
	clock  time.Time // of the block
	block  []*Record
	next   uint64 // number of the next record of the ledger

	expected []Expected // by the records of the block
	ids      []accounts.ID
}

// What so many records are about is brought into the processor's caches together; of each, so many keys and accounts.
const (
	warmRecords = 64
	maxExpected = 8
)

// expect looks up ahead what the records of the block are about, so that their waits for memory overlap.
func (b *rebuilder) expect() {
	if missing := len(b.block) - len(b.expected); missing > 0 {
		b.expected = append(b.expected, make([]Expected, missing)...)
	}
	for i, r := range b.block {
		b.ids = b.ids[:0]
		for _, e := range r.Entries {
			for _, p := range e.Postings[:min(len(e.Postings), maxExpected-len(b.ids))] {
				b.ids = append(b.ids, p.Account)
			}
		}
		b.expected[i].Set(r.Keys[:min(len(r.Keys), maxExpected)], b.ids)
	}
	b.ledger.Expect(b.expected[:len(b.block)])
}

// all books the records. Blocks are told apart by their numbers, and where there are hashes by those.
func (b *rebuilder) all(ctx context.Context, records iter.Seq2[*Record, error]) error {
	b.next = 1
	number := uint64(1)
	for r, err := range records {
		if err != nil {
			return err
		}
		if r.Number != number {
			return Errorf(Invalid, "record %d is expected, found record %d", number, r.Number)
		}
		number++
		if len(b.block) > 0 && r.Block != b.block[0].Block {
			if err := b.append(ctx); err != nil {
				return err
			}
		}
		b.block = append(b.block, r)
		if r.BlockHash != (journal.Hash{}) { // the last one of its block
			if err := b.append(ctx); err != nil {
				return err
			}
		}
	}
	if len(b.block) == 0 {
		return ctx.Err()
	}
	return b.append(ctx)
}

// append books the records of one block, and compares its hash with the one that the records had, where they have one.
// An error names the record, or those of the block of which one was changed.
func (b *rebuilder) append(ctx context.Context) error {
	first := b.block[0]
	if want := b.ledger.journal.Head().Block + 1; first.Block != want {
		return Errorf(Invalid, "record %d is of block %d, expected block %d", first.Number, first.Block, want)
	}
	if first.Recorded.Before(b.clock) {
		return Errorf(Invalid, "record %d was recorded at %s, before the one before it",
			first.Number, first.Recorded.Format(time.RFC3339Nano))
	}
	// The ledger's clock gives this time now, so its block gets the recorded time of the original, and thus its
	// hash.
	b.clock = first.Recorded
	b.expect()
	// whole makes the records one block: hashes are of blocks, so these must be cut as in the original.
	q := requestPool.Get().(*request)
	q.errs, q.whole = make([]error, len(b.block)), true
	q.run = func(tx *Tx, i int) error {
		r := b.block[i]
		if i%warmRecords == 0 {
			tx.Warm(b.expected[i:min(i+warmRecords, len(b.block))])
		}
		if err := tx.Expect(&b.expected[i]); err != nil {
			return err
		}
		if !r.Recorded.Equal(first.Recorded) {
			return Errorf(Invalid, "record %d was recorded at %s, the others of its block at %s",
				r.Number, r.Recorded.Format(time.RFC3339Nano), first.Recorded.Format(time.RFC3339Nano))
		}
		return tx.Append(r)
	}
	for i, err := range (Batch{b.ledger, q, b.ledger.send(ctx, q)}).Wait() {
		if err != nil {
			return fmt.Errorf("record %d: %w", b.next+uint64(i), err)
		}
	}
	b.next += uint64(len(b.block))
	head := b.ledger.journal.Head()
	if head.Block != first.Block {
		return Errorf(Invalid, "the records of block %d are more than a block holds", first.Block)
	}
	last := b.block[len(b.block)-1]
	if last.BlockHash != (journal.Hash{}) && last.BlockHash != head.Hash {
		return Errorf(Invalid, "record %d: the hash of block %d does not fit its records %d to %d "+
			"and what comes before them: it or they were changed",
			last.Number, first.Block, first.Number, last.Number)
	}
	b.block = b.block[:0]
	return nil
}
