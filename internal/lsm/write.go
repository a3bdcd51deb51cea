package lsm

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"iter"
	"os"
	"runtime"
	"slices"
)

// Options say how a run is written.
type Options struct {
	Owner Owner
	// Keys is how many keys there are at most. A filter is made for so many; without one, Get finds nothing.
	Keys int
	// Durable syncs the file.
	Durable bool
}

// A writer lets others have the processor after so many pages, some tenths of a millisecond: else callers would wait
// behind it for ten milliseconds at each step of what they do, as long as Go lets a goroutine run.
const yieldEvery = 16

// Write writes a run of entries, which come in the order of their keys, to an empty file that is open for reading
// too, and opens it. The file is the run's, but for where Write fails.
func Write(f *os.File, s Shape, o Options, entries iter.Seq2[[]byte, error]) (*Run, error) {
	var out io.Writer = f
	if o.Durable {
		out = &SyncWriter{File: f}
	}
	w := bufio.NewWriterSize(out, 1<<16)
	w.Write(make([]byte, HeaderSize))
	filter := newFilter(o.Keys)
	var fences, sums []byte
	var page [pageSize]byte
	n, size, total := 0, s.entry(), uint64(0)
	flush := func() {
		clear(page[pageHead+n*size:])
		seal(page[:], n)
		sum := sha256.Sum256(page[:])
		fences = append(fences, page[pageHead:][:s.Key]...)
		sums = append(sums, sum[:sumSize]...)
		w.Write(page[:]) // an error stays, and comes again
		if n = 0; len(sums)%(sumSize*yieldEvery) == 0 {
			runtime.Gosched()
		}
	}
	for e, err := range entries {
		if err != nil {
			return nil, err
		}
		copy(page[pageHead+n*size:], e[:size])
		if filter != nil {
			filterAdd(filter, binary.BigEndian.Uint64(e))
		}
		total++
		if n++; n == s.perPage() {
			flush()
		}
	}
	if n > 0 {
		flush()
	}
	for _, part := range [][]byte{fences, sums, filter} {
		w.Write(part)
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	// The header comes last: a file that was cut off while it was written has none, and is no run.
	h := Header{s.Kind, o.Owner, [3]uint64{total, uint64(len(sums) / sumSize), uint64(len(filter) / filterBlock)}}
	b := h.Encode()
	if _, err := f.WriteAt(b[:], 0); err != nil {
		return nil, err
	}
	if o.Durable {
		if err := f.Sync(); err != nil {
			return nil, err
		}
	}
	return Open(f, s)
}

// Merge yields the entries of several runs of one shape, given newest first, in order; of one key only the newest. It
// calls between now and then.
func Merge(runs []*Run, between func()) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var last []byte
		for e, err := range MergeAll(runs, between) {
			if err == nil && last != nil && bytes.Equal(last, e[:len(last)]) {
				continue
			}
			if !yield(e, err) || err != nil {
				return
			}
			last = e[:runs[0].shape.Key]
		}
	}
}

// MergeAll is [Merge] with every entry: those of one key come newest first, as the runs are given. The error is that of
// a page which is damaged; nothing comes after it.
func MergeAll(runs []*Run, between func()) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var left []*cursor
		for _, r := range runs {
			left = append(left, &cursor{run: r})
		}
		for {
			var least *cursor
			for i := 0; i < len(left); {
				c := left[i]
				if len(c.entries) == 0 {
					more, err := c.turn()
					if err != nil {
						yield(nil, err)
						return
					}
					if !more {
						left = slices.Delete(left, i, i+1)
						continue
					}
					between()
				}
				if i++; least == nil || c.before(least) { // of equal ones the newest
					least = c
				}
			}
			if least == nil {
				return
			}
			size := least.run.shape.entry()
			e := least.entries[:size]
			if least.entries = least.entries[size:]; len(least.entries) > 0 {
				least.head = binary.BigEndian.Uint64(least.entries)
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// A cursor goes through the entries of a run, and holds one page of it. That is all a merge needs of a run, however
// large it is.
type cursor struct {
	run     *Run
	next    int    // page
	entries []byte // of the page before that, those to come
	head    uint64 // the beginning of the first of them
}

// before reports whether the cursor's next key comes before another's. Most keys differ in their first eight bytes,
// which are compared as one number.
func (c *cursor) before(d *cursor) bool {
	if c.head != d.head {
		return c.head < d.head
	}
	n := c.run.shape.Key
	return bytes.Compare(c.entries[8:n], d.entries[8:n]) < 0
}

// turn goes on to the next page, if there is one. The error is that of a page which is damaged.
func (c *cursor) turn() (more bool, err error) {
	if c.next == c.run.count() {
		return false, nil
	}
	c.entries, err = c.run.page(c.next)
	if c.next++; len(c.entries) > 0 {
		c.head = binary.BigEndian.Uint64(c.entries)
	}
	return err == nil, err
}

// A SyncWriter syncs as it goes, so that a large file does not pile up in front of the syncs of others.
type SyncWriter struct {
	File *os.File
	due  int
}

// syncEvery is how many bytes are written between two syncs. Callers wait for their own sync behind one of so many.
const syncEvery = 4 << 20

// Write writes to the file, and syncs it after every few megabytes. The last part is not synced: that is for whoever
// knows that it is the last.
func (w *SyncWriter) Write(b []byte) (int, error) {
	n, err := w.File.Write(b)
	if w.due += n; err == nil && w.due >= syncEvery {
		w.due = 0
		err = w.File.Sync()
	}
	return n, err
}
