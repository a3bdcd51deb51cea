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
	"syscall"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Layout of a ledger file (docs/format.md says the same at length).
//
//	bucket    key            value
//	meta      "format"       uint16 big-endian: 3; of a file of before 1, or 2 from the first block on that needs it
//	meta      "program"      "splitledger"
//	meta      "id"           the identity, 16 bytes; from format 3 on
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

// LastFormat is the format of new files, and the last that this program knows.
const LastFormat = 3

const (
	program = "splitledger"

	// A new file has the last format. A file of format 1 is marked with format 2 by the first block that
	// programs of format 1 cannot read: so they refuse the file by its format, and write nothing. It never gets
	// format 3, which has an identity.
	firstFormat  = 1
	markedFormat = 2

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
	path  string
	db    *bbolt.DB
	file  *os.File // that of db
	empty Head     // the head before block 1
	head  atomic.Pointer[Head]
	mark  atomic.Int32 // the format that the file says it has
	id    atomic.Pointer[uuid.UUID]

	unmapped atomic.Pointer[error] // why the file could not be mapped anew: nothing can be read any more

	mu     sync.Mutex // guards failed
	failed error      // what broke an Append; nothing is appended after it

	values []byte // reused by Append for the chunks of a block

	grown Signal // for those who follow
}

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
	var file *os.File
	err := guard(func() error {
		options := bbolt.Options{
			Timeout: time.Nanosecond, ReadOnly: o.ReadOnly, NoSync: o.Unsynced, FreelistType: bbolt.FreelistMapType,
			OpenFile: func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
				file, err = os.OpenFile(name, flag, mode)
				return file, err
			},
		}
		var db *bbolt.DB
		var err error
		for _, options.InitialMmapSize = range mapSizes {
			if db, err = bbolt.Open(path, 0o600, &options); !errors.Is(err, syscall.ENOMEM) {
				break
			}
		}
		if err != nil {
			return noRoomToMap(path, err)
		}
		j.db, j.file = db, file
		if err := checkNeighbours(file); err != nil {
			return err
		}
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
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch),
		errors.Is(err, bolterrors.ErrChecksum):
		return nil, fmt.Errorf("%w: %s: %v", ErrNotJournal, path, err)
	}
	return nil, err
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

// begin begins to read, unless the file is not mapped any more, which bbolt would not survive.
func (j *Bolt) begin() (*bbolt.Tx, error) {
	if err := j.unmapped.Load(); err != nil {
		return nil, *err
	}
	return j.db.Begin(false)
}

// secure makes durable what is now read of the file. It may not be: the last writer may have been killed before
// its sync. Or a sync may have failed; then the system takes pages for written that are not on the disk, and no
// later sync writes them.
//
// What the newest meta leads to was synced before the meta was written. So it is enough to write the meta and
// the file's size once more.
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
	if _, err := os.Lstat(path); err == nil { // to make what it points to would be a guess
		return fmt.Errorf("%w: %s is a symbolic link to a file that is not there", ErrNotJournal, path)
	}
	if o.ID == uuid.Nil {
		if o.ID, err = uuid.NewV7(); err != nil {
			return err
		}
	}
	tmp, err := CreateBeside(path)
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if err := tmp.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(tmp.Name(), 0o600, nil)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucket(metaBucket)
		if err != nil {
			return err
		}
		if _, err := tx.CreateBucket(journalBucket); err != nil {
			return err
		}
		format := uint16(firstFormat)
		if !o.Format1 {
			format, err = LastFormat, meta.Put(idKey, o.ID[:])
		}
		return errors.Join(err, meta.Put(formatKey, binary.BigEndian.AppendUint16(nil, format)),
			meta.Put(programKey, []byte(program)))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := Place(tmp.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

// CreateBeside makes a temporary file that [Place] later gives its name. Its name cannot be guessed and its
// mode is 0600, so nobody else opens it. Errors name path, as nobody knows the other name.
func CreateBeside(path string) (*os.File, error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	return tmp, creating(path, err)
}

// CreateDirBeside is [CreateBeside] for a directory, of mode 0700, in which such a file is made.
func CreateDirBeside(path string) (string, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	return dir, creating(path, err)
}

// creating puts the name that was asked for into an error.
func creating(path string, err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return &os.PathError{Op: "create", Path: path, Err: e.Err}
	}
	return err
}

// Place gives a whole and synced file its name. It fails with os.ErrExist if something has that name. The file
// may keep its old name as well.
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
	if j.mark.Load() > markedFormat {
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

// lastHead reads the end of the journal from its last chunk; it is empty where there is none.
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

// Head implements [Journal].
func (j *Bolt) Head() Head { return *j.head.Load() }

// ID implements [Journal].
func (j *Bolt) ID() uuid.UUID { return *j.id.Load() }

// Info implements [Journal].
func (j *Bolt) Info() Info {
	i := Info{Format: int(j.mark.Load()), Path: j.path}
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
	if b.Len() > 0 && b.Head() == head {
		return nil
	}
	if err := b.Follows(head); err != nil {
		return err
	}
	newer := b.Format > int(j.mark.Load())
	if newer && b.Format > markedFormat {
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

// close closes the file when nobody reads it any more. It gives up the lock explicitly: a child process that is
// just being started shares it until it runs its own program. bbolt does not do that for a file opened for
// reading.
func (j *Bolt) close() error {
	if j.db.IsReadOnly() {
		unlock(j.file)
	}
	return j.db.Close()
}

// Path returns the name of the file.
func (j *Bolt) Path() string { return j.path }

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
