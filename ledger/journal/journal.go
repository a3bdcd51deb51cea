// Package journal keeps an append-only log of blocks: the one thing of a ledger that must survive.
//
// A [Block] is one group commit. It holds records, each a payload that the journal does not look into,
// numbered 1, 2, 3 … through all blocks. Blocks are numbered too, and chained: the hash of a block covers
// its records and the hash of the block before, so a change anywhere in history shows in every later hash.
//
// [Journal] is the interface; [OpenBolt] gives the form that lives in one bbolt file, and package memjournal
// one in memory, for tests. Package journaltest holds every implementation to the same promises. What the bytes
// of the file mean is in docs/format.md.
package journal

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// What a journal fails with, apart from the errors of the storage below it.
var (
	// ErrConflict: the block given to Append does not follow the last one. The error is a ConflictError.
	ErrConflict = errors.New("journal: block does not follow the last one")
	// ErrOutcomeUnknown: nobody can tell yet whether the block given to Append was kept. Append it again.
	ErrOutcomeUnknown = errors.New("journal: nobody can tell whether the block was kept")
	// ErrClosed: the journal was closed.
	ErrClosed = errors.New("journal: closed")
	// ErrNotFound: no such record, block or entry.
	ErrNotFound = errors.New("journal: not found")
	// ErrLocked: somebody else has the file open.
	ErrLocked = errors.New("journal: locked")
	// ErrNotJournal: the file is something else, or of a format this program does not know.
	ErrNotJournal = errors.New("journal: not a ledger file")
	// ErrFull: there is no room for a block. Nothing is changed, and Append may be tried again.
	ErrFull = errors.New("journal: no room")
)

// A ConflictError says that a block given to Append does not follow the journal's head. It is [ErrConflict].
type ConflictError struct {
	Block uint64 // number of the block that was refused
	Head  Head   // of the journal, as it is now
}

// Error names the block and the head.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("%v: block %d after block %d, which ends with record %d",
		ErrConflict, e.Block, e.Head.Block, e.Head.Record)
}

// Is reports whether target is ErrConflict.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// A DamageError names a place in the journal that is not as it was written.
type DamageError struct {
	Block  uint64 // 0 where unknown
	Record uint64 // 0 where the damage is not in one record
	What   string

	panicked bool // bbolt did, on some page
}

// Error names the place first.
func (e *DamageError) Error() string {
	switch {
	case e.Record != 0 && e.Block != 0:
		return fmt.Sprintf("journal record %d (block %d): %s", e.Record, e.Block, e.What)
	case e.Record != 0:
		return fmt.Sprintf("journal record %d: %s", e.Record, e.What)
	case e.Block != 0:
		return fmt.Sprintf("journal block %d: %s", e.Block, e.What)
	}
	return "journal: " + e.What
}

// A Journal is an append-only sequence of blocks. Its methods may be called at the same time, but for
// Append, which has one caller at a time. The blocks need not be on this machine: a journal may be a log that several
// processes append to.
type Journal interface {
	// ID returns the identity, which a journal keeps for ever and its copies share. It is zero only while a file
	// that was made with format 1 has no block.
	ID() uuid.UUID
	// Head returns the end of the journal as far as it is known here. Of an empty journal it has no more than the Hash
	// that block 1 follows: see Genesis.
	Head() Head
	// Info returns what can be said of the storage.
	Info() Info
	// Append makes b durable and returns when it is. Its errors say what the caller may do:
	//
	//   - nil: b is durable, as the block right after b.Prev. It is the same for the block that is the head already.
	//   - a *ConflictError, which is ErrConflict: b does not follow the head; it was not written, and never
	//     will be. The error has the head as it is now: read the blocks up to it, decide anew, append another
	//     block.
	//   - ErrFull: there is no room. Nothing was written; the same or another block may be appended later.
	//   - ErrOutcomeUnknown: the answer of a log elsewhere was lost, and nobody can tell yet whether b was
	//     kept. Append b again, unchanged, until the answer is another: nil if it was kept, a conflict if it
	//     was not and cannot be any more.
	//   - any other: close the journal and open it again before more is appended. Whether b was kept is only
	//     known then.
	Append(ctx context.Context, b *Block) error
	// Blocks reads from the block numbered from to the end as it was at the call. Each block is checked against
	// its checksums, its neighbours' numbers and the chain, and is the caller's to keep. The first error ends
	// it.
	Blocks(ctx context.Context, from uint64) iter.Seq2[*Block, error]
	// Follow is Blocks without an end: where there are no more it waits, and yields each block once it is
	// durable, whoever appended it. It ends with the cause of ctx when that is done, and with ErrClosed when
	// the journal is closed.
	Follow(ctx context.Context, from uint64) iter.Seq2[*Block, error]
	// Snapshot opens a view for reading single records. It must be closed, and soon: storage may be kept
	// from being reused while one is open.
	Snapshot() (Snapshot, error)
	// Check looks for damage that Blocks does not meet, in how the storage keeps the blocks.
	Check(ctx context.Context) error
	// Close ends all that is being followed. The journal must not be used any more.
	Close() error
}

// Info is what can be said of a journal's storage.
type Info struct {
	Format int // of the file, or the last one where there is no file
	// the identity is written down, and block 1 follows it; not so in files that were made with format 1
	Identified bool
	Bytes      int64  // how much it takes; 0 where that is not known
	Path       string // of the file, for messages; empty where there is none
}

// A Snapshot reads single records of a journal as it was when the snapshot was opened.
type Snapshot interface {
	// Record returns the record numbered n, or ErrNotFound. The payload is valid until Close.
	Record(n uint64) (Record, error)
	// Search returns the number of the first record of the first chunk for which before is false, or the number
	// after the last record if it is true for all. It must be true for a prefix of the journal and false from
	// there on.
	Search(before func(Chunk) bool) (uint64, error)
	Close() error
}

// A Record is one payload with what its place in the journal says of it.
type Record struct {
	Number  uint64
	Time    int64  // of its block, microseconds since 1970 UTC
	Entry   uint64 // number of its first entry, if it has any
	Entries uint64 // how many it has
	Payload []byte
}

// A Chunk says where a run of records begins. It is what [Snapshot.Search] looks at.
type Chunk struct {
	Record uint64 // number of the first record
	Entry  uint64 // number that the first entry at or after it has
	Block  uint64
	Time   int64
}

// A Head is the end of a journal.
type Head struct {
	Block  uint64 // number of the last block
	Record uint64 // number of the last record
	Entry  uint64 // number of the last entry
	Time   int64  // of the last block
	Hash   Hash   // of the last block
}

// A Hash is the SHA-256 of a block and, through its predecessor's hash, of all history before it.
type Hash [sha256.Size]byte

// String returns the hash as 64 hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText gives what String does.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads what MarshalText gives.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(h)) {
		return fmt.Errorf("a hash has %d hexadecimal digits, found %d characters", hex.EncodedLen(len(h)), len(text))
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// A BlockID names a block by its number and hash, as somebody notes it to ask for it later. The head of a
// journal, so noted, stands for all of history before it.
type BlockID struct {
	Number uint64
	Hash   Hash
}

// String returns "812:" and the hash.
func (id BlockID) String() string { return strconv.FormatUint(id.Number, 10) + ":" + id.Hash.String() }

// ParseBlockID reads what String returns.
func ParseBlockID(s string) (id BlockID, err error) {
	number, hash, ok := strings.Cut(s, ":")
	if !ok {
		return id, fmt.Errorf("expected BLOCK:HASH, such as 812:9f86d0…, found %.80q", s)
	}
	if id.Number, err = strconv.ParseUint(number, 10, 64); err != nil {
		return id, fmt.Errorf("expected the number of a block before the colon, found %.80q", number)
	}
	return id, id.Hash.UnmarshalText([]byte(hash))
}

// A Block is one group commit: records that became durable together.
type Block struct {
	Number     uint64
	Time       int64  // when it was recorded, microseconds since 1970 UTC; never less than its predecessor's
	First      uint64 // number of its first record
	FirstEntry uint64 // number that its first entry has
	Prev       Hash   // of the block before; for block 1 the journal's Genesis
	Hash       Hash   // set by Seal
	Format     int    // the file's format that its records need: 1, 2 or 4; 0 counts as 1

	frames  []byte // for each record its length, number of entries, checksum and payload
	records []mark // where each record begins
	entries uint64 // how many entries the records hold
}

// mark is where a record begins in a block.
type mark struct {
	offset int
	entry  uint64 // number of the first entry at or after the record
}

// crcTable is CRC-32C, which processors compute in hardware.
var crcTable = crc32.MakeTable(crc32.Castagnoli)

// checksum covers the payload, and also the record's number, recorded time and number of entries, so that a
// record in the place of another is noticed.
func checksum(number uint64, time int64, entries uint64, payload []byte) uint32 {
	// The first 24 bytes by hand: given to crc32.Update, they would have to be allocated.
	crc := ^uint32(0)
	for _, v := range [...]uint64{number, uint64(time), entries} {
		for range 8 {
			crc = crcTable[byte(crc)^byte(v)] ^ crc>>8
			v >>= 8
		}
	}
	return crc32.Update(^crc, crcTable, payload)
}

// NewBlock begins the block that follows head. Its predecessor's hash is set by Seal.
func NewBlock(head Head, time int64) *Block {
	b := new(Block)
	b.Reset(head, time)
	return b
}

// Reset makes b the empty block that follows head, and keeps its memory.
func (b *Block) Reset(head Head, time int64) {
	*b = Block{
		Number: head.Block + 1, Time: time, First: head.Record + 1, FirstEntry: head.Entry + 1, Prev: head.Hash,
		frames: b.frames[:0], records: b.records[:0],
	}
}

// Add appends a record that holds the given number of entries.
func (b *Block) Add(payload []byte, entries uint64) {
	number := b.First + uint64(len(b.records))
	b.records = append(b.records, mark{len(b.frames), b.FirstEntry + b.entries})
	b.frames = binary.AppendUvarint(b.frames, uint64(len(payload)))
	b.frames = binary.AppendUvarint(b.frames, entries)
	b.frames = binary.LittleEndian.AppendUint32(b.frames, checksum(number, b.Time, entries, payload))
	b.frames = append(b.frames, payload...)
	b.entries += entries
}

// Truncate takes back the records from the n-th on, counted from 0, that held the given number of entries.
func (b *Block) Truncate(n int, entries uint64) {
	if n < len(b.records) {
		b.frames = b.frames[:b.records[n].offset]
		b.records = b.records[:n]
		b.entries -= entries
	}
}

// Len returns the number of records.
func (b *Block) Len() int { return len(b.records) }

// Size returns the number of bytes of all records with their lengths and checksums.
func (b *Block) Size() int { return len(b.frames) }

// Record returns the i-th record of the block, counted from 0, without checking its checksum.
func (b *Block) Record(i int) Record {
	f := nextFrame(b.frames[b.records[i].offset:])
	return Record{Number: b.First + uint64(i), Time: b.Time,
		Entry: b.records[i].entry, Entries: f.entries, Payload: f.payload}
}

// Follows returns a [*ConflictError] if b, which must be sealed, cannot be the next block of a journal that
// ends with head.
func (b *Block) Follows(head Head) error {
	if b.Number != head.Block+1 || b.First != head.Record+1 || b.FirstEntry != head.Entry+1 ||
		b.Prev != head.Hash || b.Len() == 0 || b.Time < head.Time {
		return &ConflictError{Block: b.Number, Head: head}
	}
	return nil
}

// ID returns the block's number and hash.
func (b *Block) ID() BlockID { return BlockID{b.Number, b.Hash} }

// ID returns the number and the hash of the last block.
func (h Head) ID() BlockID { return BlockID{h.Block, h.Hash} }

// Head returns the end of a journal whose last block is b.
func (b *Block) Head() Head {
	return Head{Block: b.Number, Record: b.First + uint64(len(b.records)) - 1,
		Entry: b.LastEntry(), Time: b.Time, Hash: b.Hash}
}

// LastEntry returns the number of the last entry of the block, or of the journal before where it has none.
func (b *Block) LastEntry() uint64 { return b.FirstEntry + b.entries - 1 }

// Seal chains b to the block with the given hash, and makes its own. Nothing may be added after that.
func (b *Block) Seal(prev Hash) {
	b.Prev = prev
	b.Hash = b.digest()
}

// digest returns SHA-256 over the previous hash, the block's numbers and time, and all frames.
func (b *Block) digest() Hash {
	var head [32 + 5*8]byte
	copy(head[:], b.Prev[:])
	for i, v := range []uint64{b.Number, uint64(b.Time), b.First, b.FirstEntry, b.entries} {
		binary.LittleEndian.PutUint64(head[32+8*i:], v)
	}
	h := sha256.New()
	h.Write(head[:])
	h.Write(b.frames)
	var sum Hash
	h.Sum(sum[:0])
	return sum
}

// A frame is a record as a block holds it.
type frame struct {
	entries uint64
	sum     uint32
	payload []byte
	size    int // bytes it takes in all; 0 if it is cut short
}

// nextFrame reads the first frame of b.
func nextFrame(b []byte) (f frame) {
	n, k := binary.Uvarint(b)
	if k <= 0 || n > uint64(len(b)) {
		return frame{}
	}
	entries, l := binary.Uvarint(b[k:])
	k += l
	if l <= 0 || uint64(len(b)-k) < 4+n {
		return frame{}
	}
	f.size = k + 4 + int(n)
	f.entries, f.sum, f.payload = entries, binary.LittleEndian.Uint32(b[k:]), b[k+4:f.size:f.size]
	return f
}

// fits reports whether the frame is what was written as the record of that number and time.
func (f *frame) fits(number uint64, time int64) bool {
	return f.sum == checksum(number, time, f.entries, f.payload)
}
