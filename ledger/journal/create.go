package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"
)

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
		// One transaction makes the buckets and says the format, so that no file has one without the other.
		meta, err := tx.CreateBucket(metaBucket)
		if err != nil {
			return err
		}
		if _, err := tx.CreateBucket(journalBucket); err != nil {
			return err
		}
		format := uint16(firstFormat)
		if !o.Format1 {
			format, err = newFormat, meta.Put(idKey, o.ID[:])
		}
		return errors.Join(err, meta.Put(formatKey, binary.BigEndian.AppendUint16(nil, format)),
			meta.Put(programKey, []byte(program)))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	// Somebody else may have made a file of that name at the same time; then theirs is opened.
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

// creating puts the name that was asked for into an error, in place of one that nobody knows.
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

// SyncDir makes the names in a directory durable. A file that was synced may be without its name after a power cut
// until then.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
