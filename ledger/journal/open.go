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
	"syscall"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// OpenBolt opens the journal at path, and makes it if it does not exist and is not opened read-only.
//
// Before anything is written it fails with [ErrLocked] if somebody else has the file open (the message says
// which process, where that can be known), with [ErrNotJournal] if the file is something else or newer, with
// [os.ErrNotExist] if there is none to read, or with a [*DamageError] if it was cut short.
func OpenBolt(path string, o BoltOptions) (*Bolt, error) {
	if err := ensure(path, o); err != nil {
		return nil, asErrno(err)
	}
	if err := inspect(path); err != nil {
		return nil, err
	}
	j := &Bolt{path: path}
	err := guard(func() error { return j.open(o) })
	if err == nil {
		return j, nil
	}
	if j.file != nil {
		err = diagnose(j.file, err)
	}
	switch {
	case j.db != nil:
		j.close()
	case j.file != nil: // bbolt has closed it, unless it panicked: then it still has the lock
		unlock(j.file)
		j.file.Close()
	}
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%w: %s is in use by %s", ErrLocked, path, holder(path))
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch),
		errors.Is(err, bolterrors.ErrChecksum):
		return nil, fmt.Errorf("%w: %s: %v", ErrNotJournal, path, err)
	}
	return nil, err
}

// open takes the lock, maps the file, and checks what must be right before records are read or written. Where it
// fails, the file and the database stay open, as far as they are set, for the caller to look at and to close.
func (j *Bolt) open(o BoltOptions) error {
	options := bbolt.Options{
		// A lock that is taken is an answer at once; with no timeout bbolt would wait for it for ever.
		Timeout: time.Nanosecond, ReadOnly: o.ReadOnly, NoSync: o.Unsynced, FreelistType: bbolt.FreelistMapType,
		OpenFile: func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
			j.file, err = os.OpenFile(name, flag, mode)
			return j.file, err
		},
	}
	var db *bbolt.DB
	var err error
	for _, options.InitialMmapSize = range mapSizes {
		if db, err = bbolt.Open(j.path, 0o600, &options); !errors.Is(err, syscall.ENOMEM) {
			break
		}
	}
	if err != nil {
		return noRoomToMap(j.path, err)
	}
	j.db = db
	if err := stillNamed(j.path, j.file); err != nil {
		return err
	}
	if err := checkNeighbours(j.file); err != nil {
		return err
	}
	c, err := checkTree(j.file)
	if err != nil {
		return err
	}
	if err := db.View(j.load); err != nil || o.ReadOnly {
		return err
	}
	if err := c.checkFree(); err != nil {
		return err
	}
	return resyncMeta(j.file)
}

// stillNamed refuses a file that lost its name between being opened and being locked, as by [ledger.Ledger.Discard]:
// what is written to it would be lost.
func stillNamed(path string, f *os.File) error {
	named, err := os.Stat(path)
	if err != nil {
		return err
	}
	if opened, err := f.Stat(); err != nil || !os.SameFile(named, opened) {
		return errors.Join(fmt.Errorf("%w: %s was replaced while it was opened", ErrLocked, path), err)
	}
	return nil
}

// someone has a lock where nothing tells who.
const someone = "somebody else"

// noRoomToMap says what is missing where a file could not be mapped.
func noRoomToMap(path string, err error) error {
	if errors.Is(err, syscall.ENOMEM) {
		return fmt.Errorf("%s cannot be mapped into memory: "+
			"more address space is needed than this process may have (see ulimit -v): %w", path, err)
	}
	return err
}

// resyncMeta makes durable what is read of the file. It may not be: the last writer may have been killed before
// its sync. Or a sync may have failed; then the system takes pages for written that are not on the disk, and no
// later sync writes them.
//
// What the newest meta leads to was synced before the meta was written. So it is enough to write the meta and
// the file's size once more.
func resyncMeta(f *os.File) error {
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

// load checks the format and finds the head.
func (j *Bolt) load(tx *bbolt.Tx) error {
	meta, blocks := tx.Bucket(metaBucket), tx.Bucket(journalBucket)
	// The buckets have no value at the top of the file. A page of records in that place is whole, and only its content
	// tells it.
	if k, v := tx.Cursor().First(); k != nil && v != nil {
		return &DamageError{What: "the page that should list the buckets of the file " +
			"is another one that once stood in its place"}
	}
	if meta == nil || blocks == nil || !bytes.Equal(meta.Get(programKey), []byte(program)) {
		return fmt.Errorf("%w: %s: a bbolt file, but without the buckets of a ledger", ErrNotJournal, j.path)
	}
	format := meta.Get(formatKey)
	if len(format) != 2 {
		return fmt.Errorf("%w: %s: no format number", ErrNotJournal, j.path)
	}
	v := binary.BigEndian.Uint16(format)
	if v < firstFormat || v > LastFormat {
		return fmt.Errorf("%w: %s: format %d; this program knows formats %d to %d",
			ErrNotJournal, j.path, v, firstFormat, LastFormat)
	}
	j.mark.Store(int32(v))
	id, err := j.identify(meta, blocks)
	if err != nil {
		return err
	}
	j.id.Store(&id)
	head, err := lastHead(blocks, j.empty)
	if err != nil {
		return err
	}
	// Every block is one transaction, after the one that made the file. If the meta counts more transactions
	// than there are blocks, a page that leads to the newest blocks has been replaced by an older version of
	// itself. (A file that bbolt has compacted has fewer transactions.)
	if blocks := uint64(tx.ID() - madeBy); tx.ID() > madeBy && blocks > head.Block {
		return &DamageError{Block: head.Block + 1, What: fmt.Sprintf("is missing: %d blocks were written", blocks)}
	}
	j.head.Store(&head)
	return nil
}

// identify finds the identity, and the head before block 1 that follows from it.
func (j *Bolt) identify(meta, blocks *bbolt.Bucket) (id uuid.UUID, err error) {
	// A file that was made with format 1 has none, though it may be marked with a later one.
	if mark := j.mark.Load(); mark == newFormat || mark > newFormat && meta.Get(idKey) != nil {
		id, err = storedID(j.path, meta)
		j.empty.Hash = Genesis(id)
		return id, err
	}
	first, some, err := firstHash(blocks)
	if some {
		id = derivedID(first)
	}
	return id, err
}

// lastHead reads the end of the journal from its last chunk; it is empty where there is none. A block whose last chunk
// is missing cannot be, as a block is one transaction.
func lastHead(blocks *bbolt.Bucket, empty Head) (head Head, err error) {
	key, value := blocks.Cursor().Last()
	if key == nil {
		return empty, nil
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
