package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Layout of a ledger file, formats 1 and 2 (docs/format.md says the same at length).
//
//	bucket    key            value
//	meta      "format"       uint16 big-endian: 1, or 2 from the first block on that needs it
//	meta      "program"      "splitledger"
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
)

const (
	program = "splitledger"

	// A new file begins with the first format. The mark of the last is written with the first block that has what programs
	// of the first cannot read: so they refuse the file by its format, and write nothing.
	firstFormat = 1
	lastFormat  = 2

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
	// Address space reserved for the file, so that it is rarely mapped anew while it grows.
	mapSize = 16 << 30
)

// BoltOptions says how a file is opened; the zero value is ready to use.
type BoltOptions struct {
	ReadOnly bool // open for reading; other readers may share the file. It must exist
	Unsynced bool // nothing is durable until Close: for a file that is thrown away if it is not finished
}

// Bolt is a journal in one bbolt file.
type Bolt struct {
	db   *bbolt.DB
	file *os.File // that of db
	head atomic.Pointer[Head]
	mark atomic.Int32 // the format that the file says it has

	mu     sync.Mutex // guards failed
	failed error      // what broke an Append; nothing is appended after it

	values []byte // reused by Append for the chunks of a block
}

// OpenBolt opens the journal at path, and makes it if it does not exist and is not opened read-only.
//
// Before anything is written it fails with [ErrLocked] if somebody else has the file open (the message says which process, where
// that can be known), with [ErrNotJournal] if the file is something else or newer, with [os.ErrNotExist] if there is none to read,
// or with a [*DamageError] if it was cut short.
func OpenBolt(path string, o BoltOptions) (*Bolt, error) {
	if err := ensure(path, o); err != nil {
		return nil, outOfSpace(err)
	}
	if err := inspect(path); err != nil {
		return nil, err
	}
	j := new(Bolt)
	var file *os.File
	err := guard(func() error {
		db, err := bbolt.Open(path, 0o644, &bbolt.Options{
			Timeout: time.Nanosecond, ReadOnly: o.ReadOnly, NoSync: o.Unsynced, FreelistType: bbolt.FreelistMapType, InitialMmapSize: mapSize,
			OpenFile: func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
				file, err = os.OpenFile(name, flag, mode)
				return file, err
			},
		})
		if err != nil {
			return err
		}
		j.db, j.file = db, file
		if err := checkEnd(file); err != nil {
			return err
		}
		if err := db.View(j.load); err != nil || o.ReadOnly {
			return err
		}
		if err := checkFree(file); err != nil {
			return err
		}
		return secure(file)
	})
	if err == nil {
		return j, nil
	}
	if file != nil {
		err = diagnose(file, err)
	}
	switch {
	case j.db != nil:
		j.close()
	case file != nil: // bbolt has closed it, unless it panicked: then it still has the lock
		unlock(file)
		file.Close()
	}
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%w: %s is in use by %s", ErrLocked, path, holder(path))
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrChecksum):
		return nil, fmt.Errorf("%w: %s: %v", ErrNotJournal, path, err)
	}
	return nil, err
}

// someone has a lock where nothing tells who.
const someone = "somebody else"

// secure makes durable what is read of the file. Who wrote it may have been killed before its sync; or a sync may have failed, after which
// the system takes for written what is not on the disk, and no later sync would bring it there. What the newest meta leads to was
// synced before the meta was written, so it is enough to write the meta and the file's size once more.
func secure(f *os.File) error {
	var newest boltMeta
	var page int64
	for i, m := range readMetas(f) {
		if m.txid >= newest.txid {
			newest, page = m, int64(i)
		}
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	b := make([]byte, newest.pageSize)
	if _, err := f.ReadAt(b, page*newest.pageSize); err != nil {
		return err
	}
	if _, err := f.WriteAt(b, page*newest.pageSize); err != nil {
		return err
	}
	return errors.Join(f.Truncate(info.Size()), f.Sync(), SyncDir(filepath.Dir(f.Name())))
}

// diagnose names the page on which bbolt panicked, perhaps in the list of free pages that the older meta leads to.
func diagnose(file io.ReaderAt, err error) error {
	if d, ok := errors.AsType[*DamageError](err); ok && d.panicked {
		for _, m := range readMetas(file) {
			if found := newChecker(context.Background(), file, m).freelist(); found != nil {
				return found
			}
		}
		if found := newChecker(context.Background(), file, newestMeta(file)).check(); found != nil {
			return found
		}
	}
	return err
}

// ensure makes an empty journal at path if nothing is there. The file appears under its name only when it is whole.
func ensure(path string, o BoltOptions) error {
	_, err := os.Stat(path)
	if err == nil || !errors.Is(err, os.ErrNotExist) || o.ReadOnly {
		return err
	}
	tmp, err := CreateBeside(path)
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if err := tmp.Chmod(0o644); err != nil {
		return errors.Join(err, tmp.Close())
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(tmp.Name(), 0o644, nil)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucket(metaBucket)
		if err != nil {
			return err
		}
		_, err = tx.CreateBucket(journalBucket)
		return errors.Join(err, meta.Put(formatKey, binary.BigEndian.AppendUint16(nil, firstFormat)), meta.Put(programKey, []byte(program)))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := Place(tmp.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

// CreateBeside makes the file that [Place] will give its name. Its error names path: nobody knows the other name.
func CreateBeside(path string) (*os.File, error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if e, ok := errors.AsType[*os.PathError](err); ok {
		err = &os.PathError{Op: "create", Path: path, Err: e.Err}
	}
	return tmp, err
}

// Place gives a whole and synced file its name, which it fails to do with os.ErrExist if something has that name. The file may
// keep its old name as well.
func Place(tmp, path string) error {
	// A link, unlike a rename, leaves alone what another process may have made meanwhile.
	err := os.Link(tmp, path)
	if err != nil && !errors.Is(err, os.ErrExist) { // a file system without links
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s: %w", path, os.ErrExist)
		}
		err = os.Rename(tmp, path)
	}
	return errors.Join(err, SyncDir(filepath.Dir(path)))
}

// SyncDir makes the names in a directory durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// load checks the format and finds the head.
func (j *Bolt) load(tx *bbolt.Tx) error {
	meta, blocks := tx.Bucket(metaBucket), tx.Bucket(journalBucket)
	if k, v := tx.Cursor().First(); k != nil && v != nil {
		return &DamageError{What: "the page that should list the buckets of the file is another one that once stood in its place"}
	}
	if meta == nil || blocks == nil || !bytes.Equal(meta.Get(programKey), []byte(program)) {
		return fmt.Errorf("%w: %s: a bbolt file, but without the buckets of a ledger", ErrNotJournal, j.db.Path())
	}
	format := meta.Get(formatKey)
	if len(format) != 2 {
		return fmt.Errorf("%w: %s: no format number", ErrNotJournal, j.db.Path())
	}
	v := binary.BigEndian.Uint16(format)
	if v < firstFormat || v > lastFormat {
		return fmt.Errorf("%w: %s: format %d; this program knows formats %d to %d", ErrNotJournal, j.db.Path(), v, firstFormat, lastFormat)
	}
	j.mark.Store(int32(v))
	head, err := lastHead(blocks)
	if err != nil {
		return err
	}
	// Every block is one transaction, after the one that made the file: where the meta knows of more, a page that leads to the newest blocks
	// is an older one that once stood in the same place. (There are fewer in a file that bbolt has compacted.)
	if blocks := uint64(tx.ID() - madeBy); tx.ID() > madeBy && blocks > head.Block {
		return &DamageError{Block: head.Block + 1, What: fmt.Sprintf("is missing: %d blocks were written", blocks)}
	}
	j.head.Store(&head)
	return nil
}

// lastHead reads the end of the journal from its last chunk.
func lastHead(blocks *bbolt.Bucket) (head Head, err error) {
	key, value := blocks.Cursor().Last()
	if key == nil {
		return head, nil
	}
	c, err := decodeChunk(key, value)
	if err != nil {
		return head, err
	}
	if c.flags&blockEnds == 0 {
		return head, &DamageError{Block: c.Block, What: "its last chunk is missing"}
	}
	n, err := c.count()
	if err != nil {
		return head, err
	}
	return Head{Block: c.Block, Record: c.Record + n - 1, Time: c.Time, Hash: c.hash, Entry: c.last}, nil
}

// Head returns the end of the journal.
func (j *Bolt) Head() Head { return *j.head.Load() }

// Format returns the format that the file has so far.
func (j *Bolt) Format() int { return int(j.mark.Load()) }

// Append implements [Journal]. b must have been sealed. Where b needs a later format than the file has, the file is marked in the
// same transaction.
func (j *Bolt) Append(_ context.Context, b *Block) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failed != nil {
		return j.failed
	}
	head := j.Head()
	if b.Number != head.Block+1 || b.First != head.Record+1 || b.FirstEntry != head.Entry+1 || b.Prev != head.Hash || b.Len() == 0 || b.Time < head.Time {
		return fmt.Errorf("%w: block %d with records from %d after block %d, which ends with record %d", ErrConflict, b.Number, b.First, head.Block, head.Record)
	}
	newer := b.Format > j.Format()
	if newer && b.Format > lastFormat {
		return fmt.Errorf("journal: block %d needs format %d; this program knows formats up to %d", b.Number, b.Format, lastFormat)
	}
	err := guard(func() error {
		tx, err := j.db.Begin(true)
		if err != nil {
			return err
		}
		j.db.AllocSize = int(min(max(tx.Size()/8, leastGrowth), mostGrowth))
		defer tx.Rollback() // where bbolt panics; after a commit it does nothing
		if newer {
			if err := tx.Bucket(metaBucket).Put(formatKey, binary.BigEndian.AppendUint16(nil, uint16(b.Format))); err != nil {
				return err
			}
		}
		if err := j.put(tx, b); err != nil {
			return err
		}
		return tx.Commit()
	})
	if err != nil && refused(err) && j.undisturbed() {
		return fmt.Errorf("%w: block %d was not written: %w", ErrFull, b.Number, outOfSpace(err))
	}
	if err != nil {
		j.failed = fmt.Errorf("journal: block %d was not written: %w", b.Number, outOfSpace(err))
		return j.failed
	}
	head = b.Head()
	j.head.Store(&head)
	if newer {
		j.mark.Store(int32(b.Format))
	}
	return nil
}

// put writes b chunk by chunk. The values stay in j.values until the commit, as bbolt demands.
func (j *Bolt) put(tx *bbolt.Tx, b *Block) error {
	bucket := tx.Bucket(journalBucket)
	bucket.FillPercent = 1 // keys only grow
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
	return guard(func() error {
		var err error
		if j.db.NoSync {
			err = j.db.Sync()
		}
		return errors.Join(err, j.close())
	})
}

// close closes the file, which nobody reads any more. A process that this one is just starting has a share in the lock until it runs a
// program of its own, so the lock is given up and not just the file; of a file that was opened for reading bbolt leaves that out.
func (j *Bolt) close() error {
	if j.db.IsReadOnly() {
		unlock(j.file)
	}
	return j.db.Close()
}

// Path returns the name of the file.
func (j *Bolt) Path() string { return j.db.Path() }

// guard runs f and turns a panic or a memory fault, which bbolt meets where its pages are damaged, into an error.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = &DamageError{What: fmt.Sprintf("the pages of the file are damaged: %v", p), panicked: true}
		}
	}()
	return f()
}
