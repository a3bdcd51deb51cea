package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"
)

// Layout of a ledger file (docs/format.md says the same at length).
//
//	bucket    key            value
//	meta      "format"       uint16 big-endian: 3; of a file of before 1; greater from the first block on that needs it
//	meta      "program"      "splitledger"
//	meta      "id"           the identity, 16 bytes; not of a file that was made with format 1
//	journal   record[8]      a chunk: the records from that number on, of one block
//
//	chunk  = flags[1] block time entry (last hash[32])? frames   numbers are uvarints
//	frame  = length entries crc32c[4] payload
//
// entry is the number of the first entry at or after the chunk's first record. flags bit 0: the block begins
// here; bit 1: it ends here, and the number of its last entry and its hash are given.
// Record numbers are big-endian, so keys sort in booking order and every put appends.
var (
	metaBucket    = []byte("meta")
	journalBucket = []byte("journal")
	formatKey     = []byte("format")
	programKey    = []byte("program")
	idKey         = []byte("id")
)

// LastFormat is the last format that this program knows.
const LastFormat = 4

const (
	program = "splitledger"

	// A file is marked with a greater format by the first block that programs of its own format would not understand:
	// so they refuse the file by its format, and write nothing. A new file has format 3, which has an identity; no block
	// needs it, and a file that was made with format 1 never gets it.
	firstFormat = 1
	newFormat   = 3

	blockBegins = 1 << 0
	blockEnds   = 1 << 1

	// The bbolt transaction that makes a ledger's file. Each one after it writes a block.
	madeBy = 2

	// A chunk is closed once it is this large. Two of them fill a bbolt leaf of two pages.
	chunkSize = 3900
	// One read transaction yields about this many bytes, so that a long read does not keep old pages from reuse.
	readSlice = 4 << 20
	// By how much the file grows at a time: an eighth of its size, within these bounds.
	leastGrowth = 64 << 10
	mostGrowth  = 64 << 20
)

// Address space to reserve for the file, so that it is rarely remapped while it grows. The sizes are tried in
// order until one is granted; 0 asks for no more than the file needs.
var mapSizes = []int{16 << 30, 2 << 30, 256 << 20, 0}

// BoltOptions says how a file is opened; the zero value is ready to use.
type BoltOptions struct {
	ReadOnly bool // open for reading; other readers may share the file. It must exist
	Unsynced bool // nothing is durable until Close: for a file that is thrown away if it is not finished

	ID uuid.UUID // the identity of a file that is made; a new one of version 7 if zero
	// a file that is made has format 1, and no identity before its first block: for exports of such files
	Format1 bool
}

// Bolt is a journal in one bbolt file.
type Bolt struct {
	path string
	db   *bbolt.DB
	file *os.File // that of db
	// empty is what block 1 follows. Its hash comes from the identity, so that no block of another ledger fits.
	empty Head // the head before block 1
	// head, mark and id change with an Append, while others read them.
	head atomic.Pointer[Head]
	mark atomic.Int32 // the format that the file says it has
	id   atomic.Pointer[uuid.UUID]

	unmapped atomic.Pointer[error] // why the file could not be mapped anew: nothing can be read any more

	mu     sync.Mutex // guards failed
	failed error      // what broke an Append; nothing is appended after it

	values []byte // reused by Append for the chunks of a block

	grown Signal // for those who follow
}

// begin begins to read, unless the file is not mapped any more, which bbolt would not survive.
func (j *Bolt) begin() (*bbolt.Tx, error) {
	if err := j.unmapped.Load(); err != nil {
		return nil, *err
	}
	return j.db.Begin(false)
}

// Head implements [Journal].
func (j *Bolt) Head() Head { return *j.head.Load() }

// ID implements [Journal].
func (j *Bolt) ID() uuid.UUID { return *j.id.Load() }

// Info implements [Journal].
func (j *Bolt) Info() Info {
	i := Info{Format: int(j.mark.Load()), Identified: j.empty.Hash != Hash{}, Path: j.path}
	if info, err := os.Stat(j.path); err == nil {
		i.Bytes = info.Size()
	}
	return i
}

// Append implements [Journal]. b must have been sealed. Where b needs a later format than the file has, the
// file is marked in the same transaction. Its outcome is never unknown: a failure of the file ends the journal
// until it is opened again.
func (j *Bolt) Append(_ context.Context, b *Block) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failed != nil {
		return j.failed
	}
	head := j.Head()
	// The block is there already: who was told that the outcome is unknown appends it again.
	if b.Len() > 0 && b.Head() == head {
		return nil
	}
	if err := b.Follows(head); err != nil {
		return err
	}
	newer := b.Format > int(j.mark.Load())
	if newer && (b.Format == newFormat || b.Format > LastFormat) {
		return fmt.Errorf("journal: block %d needs format %d, but the file has format %d",
			b.Number, b.Format, j.mark.Load())
	}
	err := guard(func() error {
		tx, err := j.db.Begin(true)
		if err != nil {
			return err
		}
		j.db.AllocSize = int(min(max(tx.Size()/8, leastGrowth), mostGrowth))
		defer tx.Rollback() // where bbolt panics; after a commit it does nothing
		if newer {
			if err := tx.Bucket(metaBucket).Put(formatKey,
				binary.BigEndian.AppendUint16(nil, uint16(b.Format))); err != nil {
				return err
			}
		}
		if err := j.put(tx, b); err != nil {
			return err
		}
		return tx.Commit()
	})
	if err != nil && refused(err) && j.undisturbed() {
		return fmt.Errorf("%w: block %d was not written: %w", ErrFull, b.Number, asErrno(err))
	}
	if err != nil {
		err = noRoomToMap(j.path, asErrno(err))
		j.failed = fmt.Errorf("journal: block %d was not written: %w", b.Number, err)
		if errors.Is(err, syscall.ENOMEM) {
			j.unmapped.Store(&j.failed)
		}
		return j.failed
	}
	if j.ID() == uuid.Nil {
		id := derivedID(b.Hash)
		j.id.Store(&id)
	}
	head = b.Head()
	j.head.Store(&head)
	if newer {
		j.mark.Store(int32(b.Format))
	}
	j.grown.Send()
	return nil
}

// put writes b chunk by chunk. The values stay in j.values until the commit, as bbolt demands.
func (j *Bolt) put(tx *bbolt.Tx, b *Block) error {
	bucket := tx.Bucket(journalBucket)
	bucket.FillPercent = 1 // keys only grow
	// A value must not move once it was put, so there is room for all of them before the first.
	if need := b.Size() + (b.Size()/chunkSize+1)*96; cap(j.values) < need {
		j.values = make([]byte, 0, need+need/4)
	}
	values := j.values[:0]
	var key [8]byte
	for from := 0; from < b.Len(); {
		to, end := from+1, len(b.frames)
		for to < b.Len() && b.records[to].offset-b.records[from].offset < chunkSize {
			to++
		}
		if to < b.Len() {
			end = b.records[to].offset
		}
		start := len(values)
		var flags byte
		if from == 0 {
			flags |= blockBegins
		}
		if to == b.Len() {
			flags |= blockEnds
		}
		values = append(values, flags)
		values = binary.AppendUvarint(values, b.Number)
		values = binary.AppendUvarint(values, uint64(b.Time))
		values = binary.AppendUvarint(values, b.records[from].entry)
		if flags&blockEnds != 0 {
			values = binary.AppendUvarint(values, b.FirstEntry+b.entries-1)
			values = append(values, b.Hash[:]...)
		}
		values = append(values, b.frames[b.records[from].offset:end]...)
		binary.BigEndian.PutUint64(key[:], b.First+uint64(from))
		if err := bucket.Put(key[:], values[start:len(values):len(values)]); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// Close closes the file.
func (j *Bolt) Close() error {
	j.grown.Close()
	return guard(func() error {
		var err error
		if j.db.NoSync {
			err = j.db.Sync()
		}
		return errors.Join(err, j.close())
	})
}

// close closes the file when nobody reads it any more. It gives up the lock explicitly: a child process that is just
// being started shares it until it runs its own program. bbolt does not do that for a file opened for reading.
func (j *Bolt) close() error {
	if j.db.IsReadOnly() {
		unlock(j.file)
	}
	return j.db.Close()
}

// Path returns the name of the file.
func (j *Bolt) Path() string { return j.path }

// guard runs f and turns a panic or a memory fault, which bbolt meets where its pages are damaged, into an error.
// Faults are only caught on the goroutine that runs f, and an overflow of its stack is not: see [checkTree].
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = &DamageError{What: fmt.Sprintf("the pages of the file are damaged: %v", p), panicked: true}
		}
	}()
	return f()
}
