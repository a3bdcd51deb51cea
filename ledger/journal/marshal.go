package journal

import (
	"encoding/binary"
	"fmt"
)

// The marshalled form of a block, for a log that is elsewhere. Numbers are uvarints; frames are as in a file.
//
//	block = version[1] number time first entry last format prev[32] hash[32] frame*
const (
	marshalVersion = 1
	marshalNumbers = 6
	mostNumber     = 1 << 62 // so that no sum of two overflows
)

// MarshalBinary gives a sealed block with all that it holds. The frames are those of the file, so that the hash is of
// the same bytes wherever the block is.
func (b *Block) MarshalBinary() ([]byte, error) {
	data := make([]byte, 0, 1+marshalNumbers*binary.MaxVarintLen64+2*len(b.Hash)+len(b.frames))
	data = append(data, marshalVersion)
	for _, v := range [marshalNumbers]uint64{b.Number, uint64(b.Time),
		b.First, b.FirstEntry, b.LastEntry(), uint64(b.Format)} {
		data = binary.AppendUvarint(data, v)
	}
	data = append(data, b.Prev[:]...)
	data = append(data, b.Hash[:]...)
	return append(data, b.frames...), nil
}

// UnmarshalBinary reads what MarshalBinary gives. It fails with a [*DamageError] if the numbers, a record's
// checksum or the hash are not as written. Whether the block follows a journal's head is for [Block.Follows] to
// say.
func (b *Block) UnmarshalBinary(data []byte) error {
	if len(data) == 0 || data[0] != marshalVersion {
		return &DamageError{What: fmt.Sprintf("what should be a block is not of version %d", marshalVersion)}
	}
	rest := data[1:]
	var numbers [marshalNumbers]uint64
	for i := range numbers {
		v, n := binary.Uvarint(rest)
		if n <= 0 {
			return &DamageError{Block: numbers[0], What: "is cut short"}
		}
		if v >= mostNumber {
			return &DamageError{Block: numbers[0], What: fmt.Sprintf("has a number of %d, more than any block has", v)}
		}
		numbers[i], rest = v, rest[n:]
	}
	c := chunk{flags: blockBegins | blockEnds, last: numbers[4]}
	c.Block, c.Time, c.Record, c.Entry = numbers[0], int64(numbers[1]), numbers[2], numbers[3]
	read := Block{Number: c.Block, Time: c.Time, First: c.Record, FirstEntry: c.Entry, Format: int(numbers[5])}
	if c.Block == 0 || c.Record == 0 || c.Entry == 0 || numbers[5] > LastFormat || len(rest) <= 2*len(c.hash) {
		return &DamageError{Block: c.Block, What: "its numbers are not those of a block, or it has no records"}
	}
	rest = rest[copy(read.Prev[:], rest):]
	rest = rest[copy(c.hash[:], rest):]
	c.frames = rest
	if err := read.take(&c); err != nil {
		return err
	}
	if err := read.finish(&c); err != nil {
		return err
	}
	*b = read
	return nil
}
