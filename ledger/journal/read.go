package journal

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"
)

// Blocks implements [Journal]. The blocks before a damaged one are yielded before the error. A caller who takes long
// holds no page of the file: several blocks are read into memory at a time.
func (j *Bolt) Blocks(ctx context.Context, from uint64) iter.Seq2[*Block, error] {
	end := j.Head()
	return func(yield func(*Block, error) bool) {
		if from == 0 {
			from = 1
		}
		if from > end.Block {
			return
		}
		next, prev, err := j.locate(from)
		// Each turn is a transaction of its own. The caller may take any time between two blocks, and holds none then.
		for err == nil && from <= end.Block {
			var slice []*Block
			if err = ctx.Err(); err != nil {
				break
			}
			slice, err = j.slice(from, next, prev, end)
			for _, b := range slice {
				if !yield(b, nil) {
					return
				}
				from, next, prev = b.Number+1, b.First+uint64(b.Len()), b.Hash
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// locate returns the number of the first record of a block, and the hash of the block before it, which the block's own
// hash is of. The last chunk of that block has it.
func (j *Bolt) locate(block uint64) (first uint64, prev Hash, err error) {
	if block == 1 {
		return 1, j.empty.Hash, nil
	}
	err = j.view(func(s *boltSnapshot) error {
		if first, err = s.Search(func(c Chunk) bool { return c.Block < block }); err != nil {
			return err
		}
		c, err := s.chunk(first - 1)
		if err == nil && c.flags&blockEnds == 0 {
			err = &DamageError{Block: c.Block, What: "its last chunk is missing"}
		}
		prev = c.hash
		return err
	})
	return first, prev, err
}

// slice reads whole blocks in one transaction, beginning with block number from, whose first record is next.
// The blocks before a damaged one are returned with the error.
func (j *Bolt) slice(from, next uint64, prev Hash, end Head) (blocks []*Block, err error) {
	err = j.view(func(s *boltSnapshot) error {
		size := 0
		var b *Block
		key, value := s.cursor.Seek(binary.BigEndian.AppendUint64(nil, next))
		for ; key != nil && size < readSlice && from <= end.Block; key, value = s.cursor.Next() {
			c, err := decodeChunk(key, value)
			if err != nil {
				return err
			}
			if b == nil {
				if c.flags&blockBegins == 0 || c.Block != from || c.Record != next {
					return &DamageError{Block: from, Record: next,
						What: fmt.Sprintf("is missing; block %d, record %d stands in its place", c.Block, c.Record)}
				}
				b = &Block{Number: c.Block, Time: c.Time, First: c.Record, FirstEntry: c.Entry, Prev: prev}
			}
			if err := b.take(&c); err != nil {
				return err
			}
			size += len(value)
			if c.flags&blockEnds == 0 {
				continue
			}
			if err := b.finish(&c); err != nil {
				return err
			}
			blocks = append(blocks, b)
			from, next, prev, b = b.Number+1, b.First+uint64(b.Len()), b.Hash, nil
		}
		if key == nil && from <= end.Block {
			return &DamageError{Block: from, Record: next, What: "is missing: the journal ends before it"}
		}
		if len(blocks) == 0 && b != nil { // a block larger than a slice: read on to its end
			for ; key != nil; key, value = s.cursor.Next() {
				c, err := decodeChunk(key, value)
				if err != nil {
					return err
				}
				if err := b.take(&c); err != nil {
					return err
				}
				if c.flags&blockEnds != 0 {
					blocks = append(blocks, b)
					return b.finish(&c)
				}
			}
		}
		return nil
	})
	return blocks, err
}

// take adds the records of a chunk to the block being read, and checks that they are in their place and whole.
func (b *Block) take(c *chunk) error {
	next := b.First + uint64(len(b.records))
	if begins := c.flags&blockBegins != 0; begins != (len(b.records) == 0) ||
		c.Block != b.Number || c.Record != next || c.Time != b.Time {
		return &DamageError{Block: b.Number, Record: next,
			What: fmt.Sprintf("is missing; block %d, record %d stands in its place", c.Block, c.Record)}
	}
	if entry := b.FirstEntry + b.entries; c.Entry != entry {
		return &DamageError{Block: b.Number, Record: next,
			What: fmt.Sprintf("its chunk says that it begins with entry %d; entry %d is next", c.Entry, entry)}
	}
	for rest := c.frames; len(rest) > 0; {
		f := nextFrame(rest)
		if f.size == 0 {
			return &DamageError{Block: b.Number, Record: next, What: "is cut short"}
		}
		if !f.fits(next, b.Time) {
			return &DamageError{Block: b.Number, Record: next, What: "its checksum does not fit its content and place"}
		}
		if f.entries >= mostNumber || b.entries >= mostNumber {
			return &DamageError{Block: b.Number, Record: next,
				What: fmt.Sprintf("says that it has %d entries", f.entries)}
		}
		b.records = append(b.records, mark{len(b.frames), b.FirstEntry + b.entries})
		b.frames = append(b.frames, rest[:f.size]...)
		b.entries += f.entries
		rest = rest[f.size:]
		next++
	}
	return nil
}

// finish checks the block as a whole against the hash that its last chunk gives: with the hash before it, this proves
// all records of the block and their order.
func (b *Block) finish(c *chunk) error {
	if b.FirstEntry+b.entries != c.last+1 {
		return &DamageError{Block: b.Number,
			What: fmt.Sprintf("it has %d entries from number %d on, but says that the last is %d",
				b.entries, b.FirstEntry, c.last)}
	}
	b.Hash = c.hash
	if b.digest() != b.Hash {
		before := "the block before"
		if b.Number == 1 {
			before = "the identity of the ledger"
		}
		return &DamageError{Block: b.Number,
			What: fmt.Sprintf("its hash does not fit its content and %s (records %d to %d)",
				before, b.First, b.First+uint64(b.Len())-1)}
	}
	return nil
}
