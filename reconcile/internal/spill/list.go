package spill

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"os"
)

// A List keeps records of bytes on disk, in their order. The zero value is ready to use.
type List struct {
	Dir string // for the temporary file; the system's if empty

	f   *os.File
	out *bufio.Writer
	n   int
}

// Len returns how many records there are.
func (l *List) Len() int { return l.n }

// Add appends a record.
func (l *List) Add(record []byte) error {
	if l.f == nil {
		f, err := create(l.Dir)
		if err != nil {
			return err
		}
		l.f, l.out = f, bufio.NewWriterSize(f, 1<<16)
	}
	l.n++
	var head [binary.MaxVarintLen64]byte
	if _, err := l.out.Write(head[:binary.PutUvarint(head[:], uint64(len(record)))]); err != nil {
		return err
	}
	_, err := l.out.Write(record)
	return err
}

// All yields the records in their order. A record is valid until the next. It ends with an error, if there is one.
func (l *List) All() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if l.f == nil {
			return
		}
		if err := l.out.Flush(); err != nil {
			yield(nil, err)
			return
		}
		in := bufio.NewReaderSize(io.NewSectionReader(l.f, 0, 1<<62), 1<<16)
		var buf []byte
		for range l.n {
			size, err := binary.ReadUvarint(in)
			if err == nil {
				if uint64(cap(buf)) < size {
					buf = make([]byte, size)
				}
				buf = buf[:size]
				_, err = io.ReadFull(in, buf)
			}
			if !yield(buf, err) || err != nil {
				return
			}
		}
	}
}

// Close removes the file.
func (l *List) Close() error {
	f := l.f
	l.f, l.out, l.n = nil, nil, 0
	if f == nil {
		return nil
	}
	return remove(f)
}

// create makes a temporary file. Where the system lets a file that is open lose its name, it has none, so that nothing is left
// whatever becomes of the process.
func create(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "splitledger-*.tmp")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name())
	return f, nil
}

// remove closes a temporary file and makes sure that its name is gone.
func remove(f *os.File) error {
	name := f.Name()
	err := f.Close()
	if rm := os.Remove(name); rm != nil && !errors.Is(rm, os.ErrNotExist) {
		return errors.Join(err, rm)
	}
	return err
}
