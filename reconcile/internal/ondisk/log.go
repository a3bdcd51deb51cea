package ondisk

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"os"
)

// Records of any length, each behind its length in four bytes.

// A Log keeps records of bytes on disk. They are read in their order, or at the places that they were given. The zero
// value is ready to use.
type Log struct {
	Dir string // for the temporary file; the system's if empty

	f    *os.File // nil until the first record
	out  *bufio.Writer
	size uint64 // in bytes
	n    int    // records
}

// Len returns how many records there are.
func (l *Log) Len() int { return l.n }

// Append adds a record and returns its place.
// The place is its offset in the file, in bytes. A record is only readable after the next Flush.
func (l *Log) Append(record []byte) (place uint64, err error) {
	if l.f == nil {
		if l.f, err = create(l.Dir); err != nil {
			return 0, err
		}
		l.out = bufio.NewWriterSize(l.f, 1<<16)
	}
	var head [4]byte // the length of the record
	binary.LittleEndian.PutUint32(head[:], uint32(len(record)))
	if _, err := l.out.Write(head[:]); err != nil {
		return 0, err
	}
	if _, err := l.out.Write(record); err != nil {
		return 0, err
	}
	place = l.size
	l.size += uint64(len(head) + len(record))
	l.n++
	return place, nil
}

// Flush makes all records readable.
func (l *Log) Flush() error {
	if l.out == nil {
		return nil
	}
	return l.out.Flush()
}

// All yields the records in their order. A record is valid until the next. It ends with an error, if there is one.
func (l *Log) All() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if err := l.Flush(); err != nil {
			yield(nil, err)
			return
		}
		r, place := l.Reader(), uint64(0)
		for range l.n {
			record, err := r.At(place)
			if !yield(record, err) || err != nil {
				return
			}
			place += 4 + uint64(len(record))
		}
	}
}

// Close removes the file.
// The log is empty then and can be used again.
func (l *Log) Close() error {
	f := l.f
	l.f, l.out, l.size, l.n = nil, nil, 0, 0
	if f == nil {
		return nil
	}
	return remove(f)
}

// window is how many bytes are read at a time: records that are read one after another mostly stand beside each other,
// in one or a few places.
const window = 1 << 14

// A LogReader reads records of a log, for one goroutine.
// Each goroutine needs its own. It keeps four windows, since lines of one group stand in a few
// places of the log.
type LogReader struct {
	log   *Log
	parts [4]part // that were read last
	turn  int     // which of them is replaced next
}

// A part is some bytes of a log.
type part struct {
	from uint64
	buf  []byte
}

// Reader returns a reader of the log, which must have been flushed.
func (l *Log) Reader() *LogReader { return &LogReader{log: l} }

// At returns the record of a place. It is good until the next call.
func (r *LogReader) At(place uint64) ([]byte, error) {
	head, err := r.bytes(place, 4)
	if err != nil {
		return nil, err
	}
	return r.bytes(place+4, int(binary.LittleEndian.Uint32(head)))
}

// bytes returns so many bytes from a place on.
func (r *LogReader) bytes(place uint64, n int) ([]byte, error) {
	for i := range r.parts {
		if p := &r.parts[i]; place >= p.from && place+uint64(n) <= p.from+uint64(len(p.buf)) {
			at := place - p.from
			return p.buf[at : at+uint64(n)], nil
		}
	}
	p := &r.parts[r.turn]
	r.turn = (r.turn + 1) % len(r.parts)
	want := max(n, window)
	if cap(p.buf) < want {
		p.buf = make([]byte, want)
	}
	// Near the end of the file less than the window is there, which is an error only if the record is cut.
	got, err := r.log.f.ReadAt(p.buf[:want], int64(place))
	if got < n {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		p.buf = p.buf[:0]
		return nil, fmt.Errorf("read %d bytes of a temporary file: %w", n, err)
	}
	p.from, p.buf = place, p.buf[:got]
	return p.buf[:n], nil
}
