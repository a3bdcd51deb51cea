package journal

import (
	"encoding/binary"
	"fmt"
)

// A chunk is a decoded value of the journal bucket. Its frames alias the file.
type chunk struct {
	Chunk
	flags  byte
	last   uint64 // with blockEnds: number of the last entry of the block
	hash   Hash   // with blockEnds
	frames []byte
}

// decodeChunk reads a chunk, whose frames alias the value. It fails with a [*DamageError] where the layout is broken;
// whether frames are whole is for their checksums to say.
func decodeChunk(key, value []byte) (c chunk, err error) {
	if len(key) != 8 {
		return c, &DamageError{What: fmt.Sprintf("a key of %d bytes, not 8", len(key))}
	}
	c.Record = binary.BigEndian.Uint64(key)
	if len(value) < 1 {
		return c, shortChunk(c.Record)
	}
	c.flags = value[0]
	if c.flags&^(blockBegins|blockEnds) != 0 {
		return c, &DamageError{Record: c.Record,
			What: fmt.Sprintf("the chunk that begins here has unknown flags %#x", c.flags)}
	}
	rest := value[1:]
	var at uint64
	for _, field := range []*uint64{&c.Block, &at, &c.Entry} {
		v, n := binary.Uvarint(rest)
		if n <= 0 {
			return c, shortChunk(c.Record)
		}
		*field, rest = v, rest[n:]
	}
	c.Time = int64(at)
	if c.flags&blockEnds != 0 {
		v, n := binary.Uvarint(rest)
		if n <= 0 || len(rest) < n+len(c.hash) {
			return c, shortChunk(c.Record)
		}
		c.last = v
		rest = rest[n:]
		rest = rest[copy(c.hash[:], rest):]
	}
	c.frames = rest
	return c, nil
}

// shortChunk is the damage of a chunk that ends before it should. bbolt has no checksum of its pages, so a page half
// written may hold one.
func shortChunk(record uint64) error {
	return &DamageError{Record: record, What: "the chunk that begins here is cut short"}
}

// count returns how many records the chunk holds. It goes from frame to frame by their lengths, and checks no sum.
func (c *chunk) count() (n uint64, err error) {
	for rest := c.frames; len(rest) > 0; n++ {
		f := nextFrame(rest)
		if f.size == 0 {
			return n, &DamageError{Block: c.Block, Record: c.Record + n, What: "is cut short"}
		}
		rest = rest[f.size:]
	}
	return n, nil
}
