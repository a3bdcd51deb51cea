package spill

import (
	"errors"
	"iter"
	"os"
)

// A List keeps records of bytes on disk, in their order. The zero value is ready to use.
type List struct {
	Dir string // for the temporary file; the system's if empty

	log Log
	n   int
}

// Len returns how many records there are.
func (l *List) Len() int { return l.n }

// Add appends a record.
func (l *List) Add(record []byte) error {
	l.n++
	l.log.Dir = l.Dir
	_, err := l.log.Append(record)
	return err
}

// All yields the records in their order. A record is valid until the next. It ends with an error, if there is one.
func (l *List) All() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if err := l.log.Flush(); err != nil {
			yield(nil, err)
			return
		}
		r, place := l.log.Reader(), uint64(0)
		for range l.n {
			record, err := r.At(place)
			if !yield(record, err) || err != nil {
				return
			}
			place += recordSize(record)
		}
	}
}

// Close removes the file.
func (l *List) Close() error {
	l.n = 0
	return l.log.Close()
}

// create makes a temporary file. Where the system lets a file that is open lose its name, it has none, so that
// nothing is left whatever becomes of the process.
func create(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "splitledger-*.tmp")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name())
	return f, nil
}

// remove closes a temporary file and makes sure that its name is gone.
func remove(f *os.File) error { return errors.Join(f.Close(), gone(f.Name())) }
