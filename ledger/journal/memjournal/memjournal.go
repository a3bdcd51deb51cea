// Package memjournal keeps journals in memory, for tests: of a log that is elsewhere, with other writers, lost answers,
// delays and no room. [Over] puts one on top of another journal, to try what would be appended. Nothing of it is
// durable.
package memjournal

import (
	"context"
	"fmt"
	"iter"
	"sort"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger/journal"
)

// A Log is what several journals append to, as several processes would to a log that is elsewhere.
type Log struct {
	id   uuid.UUID
	base journal.Journal // whose blocks come first; nil: there are none. Nobody appends to it

	mu     sync.Mutex
	blocks []*journal.Block // never changed
	heads  []journal.Head
	grown  []*journal.Signal // of the journals that are open
}

// New makes an empty log with an identity, which must not be zero.
func New(id uuid.UUID) *Log { return &Log{id: id} }

// Over returns a journal that goes on from base, to which nothing is appended. base must not grow meanwhile; it is
// closed with the journal.
func Over(base journal.Journal) *Journal {
	return (&Log{id: base.ID(), base: base}).Open()
}

// Open returns a journal on the log.
func (l *Log) Open() *Journal {
	j := &Journal{log: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.grown = append(l.grown, &j.grown)
	return j
}

// A Fault is what an Append meets. The zero value is none.
type Fault struct {
	Delay time.Duration // before anything else
	Full  bool          // there is no room
	Lost  bool          // the answer is lost: the outcome is unknown to the caller
	Kept  bool          // with Lost: the block was kept all the same, if it follows the head
}

// A Journal is one writer's journal on a [Log].
type Journal struct {
	log   *Log
	grown journal.Signal

	mu     sync.Mutex
	faults []Fault // of the next calls of Append, one each
	closed bool
}

// Meet adds faults: the next calls of Append meet one each, in order.
func (j *Journal) Meet(faults ...Fault) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.faults = append(j.faults, faults...)
}

// ID implements [journal.Journal].
func (j *Journal) ID() uuid.UUID { return j.log.id }

// Head implements [journal.Journal]: it is that of the log, whoever appended to it.
func (j *Journal) Head() journal.Head {
	j.log.mu.Lock()
	defer j.log.mu.Unlock()
	return j.log.head(uint64(len(j.log.heads)))
}

// head returns the head as it was with so many blocks. The caller holds mu.
func (l *Log) head(blocks uint64) journal.Head {
	switch {
	case blocks > 0:
		return l.heads[blocks-1]
	case l.base != nil:
		return l.base.Head()
	}
	return journal.Head{Hash: journal.Genesis(l.id)}
}

// Info implements [journal.Journal].
func (j *Journal) Info() journal.Info {
	j.log.mu.Lock()
	defer j.log.mu.Unlock()
	i := journal.Info{Format: journal.LastFormat, Identified: true}
	if j.log.base != nil {
		i = j.log.base.Info()
	}
	for _, b := range j.log.blocks {
		i.Bytes += int64(b.Size())
	}
	return i
}

// Append implements [journal.Journal], with the faults that [Journal.Meet] has set.
func (j *Journal) Append(ctx context.Context, b *journal.Block) error {
	fault, err := j.fault()
	if err != nil {
		return err
	}
	if fault.Delay > 0 {
		select {
		case <-time.After(fault.Delay):
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", journal.ErrOutcomeUnknown, context.Cause(ctx))
		}
	}
	switch {
	case fault.Full:
		return fmt.Errorf("%w: block %d was not written", journal.ErrFull, b.Number)
	case fault.Lost && !fault.Kept:
		return fmt.Errorf("%w: block %d", journal.ErrOutcomeUnknown, b.Number)
	}
	if err := j.log.append(b); err != nil {
		return err
	}
	if fault.Lost {
		return fmt.Errorf("%w: block %d", journal.ErrOutcomeUnknown, b.Number)
	}
	return nil
}

// fault takes the next fault.
func (j *Journal) fault() (f Fault, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return f, journal.ErrClosed
	}
	if len(j.faults) > 0 {
		f, j.faults = j.faults[0], j.faults[1:]
	}
	return f, nil
}

// append appends b to the log and tells all who follow it.
func (l *Log) append(b *journal.Block) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	head := l.head(uint64(len(l.heads)))
	if b.Len() > 0 && b.Head() == head {
		return nil
	}
	if err := b.Follows(head); err != nil {
		return err
	}
	kept, err := clone(b)
	if err != nil {
		return err
	}
	l.blocks, l.heads = append(l.blocks, kept), append(l.heads, b.Head())
	for _, g := range l.grown {
		g.Send()
	}
	return nil
}

// clone copies a block the way that a log does which is elsewhere.
func clone(b *journal.Block) (*journal.Block, error) {
	data, err := b.MarshalBinary()
	if err != nil {
		return nil, err
	}
	c := new(journal.Block)
	return c, c.UnmarshalBinary(data)
}

// Blocks implements [journal.Journal].
func (j *Journal) Blocks(ctx context.Context, from uint64) iter.Seq2[*journal.Block, error] {
	j.log.mu.Lock()
	defer j.log.mu.Unlock()
	blocks, below := j.log.blocks, j.log.head(0).Block
	return func(yield func(*journal.Block, error) bool) {
		if from <= below {
			for b, err := range j.log.base.Blocks(ctx, from) {
				if !yield(b, err) || err != nil {
					return
				}
			}
		}
		for n := max(from, below+1); n <= below+uint64(len(blocks)); n++ {
			b, err := clone(blocks[n-below-1])
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// Follow implements [journal.Journal].
func (j *Journal) Follow(ctx context.Context, from uint64) iter.Seq2[*journal.Block, error] {
	return journal.Follow(ctx, from, j.Blocks, &j.grown)
}

// Snapshot implements [journal.Journal].
func (j *Journal) Snapshot() (journal.Snapshot, error) {
	j.log.mu.Lock()
	defer j.log.mu.Unlock()
	s := &snapshot{blocks: j.log.blocks, below: j.log.head(0).Record}
	if j.log.base == nil {
		return s, nil
	}
	var err error
	s.base, err = j.log.base.Snapshot()
	return s, err
}

// Check implements [journal.Journal]: memory is not damaged.
func (j *Journal) Check(ctx context.Context) error {
	if j.log.base != nil {
		return j.log.base.Check(ctx)
	}
	return ctx.Err()
}

// Close implements [journal.Journal]. The log stays.
func (j *Journal) Close() error {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	j.grown.Close()
	if j.log.base != nil {
		return j.log.base.Close()
	}
	return nil
}

// A snapshot is the log up to some block.
type snapshot struct {
	blocks []*journal.Block
	base   journal.Snapshot // of what comes before; nil where nothing does
	below  uint64           // the last record of base
}

// Record implements [journal.Snapshot].
func (s *snapshot) Record(n uint64) (journal.Record, error) {
	if n <= s.below && s.base != nil {
		return s.base.Record(n)
	}
	i := sort.Search(len(s.blocks), func(i int) bool { return s.blocks[i].Head().Record >= n })
	if n == 0 || i == len(s.blocks) {
		return journal.Record{}, journal.ErrNotFound
	}
	return s.blocks[i].Record(int(n - s.blocks[i].First)), nil
}

// Search implements [journal.Snapshot]. Each block is one chunk.
func (s *snapshot) Search(before func(journal.Chunk) bool) (uint64, error) {
	if s.base != nil {
		if n, err := s.base.Search(before); n <= s.below || err != nil {
			return n, err
		}
	}
	i := sort.Search(len(s.blocks), func(i int) bool {
		b := s.blocks[i]
		return !before(journal.Chunk{Record: b.First, Entry: b.FirstEntry, Block: b.Number, Time: b.Time})
	})
	if i == 0 {
		return s.below + 1, nil
	}
	return s.blocks[i-1].Head().Record + 1, nil
}

// Close implements [journal.Snapshot].
func (s *snapshot) Close() error {
	if s.base != nil {
		return s.base.Close()
	}
	return nil
}
