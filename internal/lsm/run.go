// Package lsm keeps sorted runs: files of entries of one size, in the order of their keys. A run is written once and
// read through a memory map; several runs are merged into one, and the newest entry of a key stays.
//
// A run is made of pages, each with its checksum, and its [Run.Sum] stands for all of it: whoever keeps the sum
// elsewhere finds that another run, or a forged one, stands in its place. A page is compared with the sum before its
// entries are first used, and with its checksum each time. Where a page is damaged, [Run.Repair] makes it again from
// the entries.
package lsm

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	mmap "github.com/edsrzf/mmap-go"
)

// A Shape says what the runs of one kind are made of.
type Shape struct {
	Kind  string // see [Header]
	Key   int    // bytes of a key, at least 8. For Get they must be spread evenly, as those of a hash are
	Value int    // bytes of a value
}

// entry is the size of an entry, and perPage how many a page has room for.
func (s Shape) entry() int   { return s.Key + s.Value }
func (s Shape) perPage() int { return (pageSize - pageHead) / s.entry() }

// Layout of a run, integers little-endian:
//
//	header  see [Header]; the counts are of entries, pages and blocks of the filter
//	page    4096 bytes: crc32c[4] of the rest, count[2], then count × (key value), zeros
//	fences  the first key of each page
//	sums    the first 16 bytes of the SHA-256 of each page
//	filter  blocks of 64 bytes, a Bloom filter that touches one block for a key
const (
	pageSize = 4096
	pageHead = 6
	sumSize  = 16
)

// A Run is a file of entries. Its methods may be called at the same time, but Close only with Repair, which
// does nothing once the run is closed.
type Run struct {
	// Owner is what the run was written with.
	Owner Owner

	// The parts of the mapped file. They are nil once the run is closed, so that a look-up after that finds nothing
	// instead of reading memory that is gone.
	shape   Shape
	file    *os.File
	mapped  mmap.MMap
	entries uint64
	pages   []byte
	fences  []byte
	sums    []byte
	filter  []byte
	sum     [sha256.Size]byte

	checked  []atomic.Uint32 // a bit for each page: it was compared with its sum
	mu       sync.Mutex      // held while pages are repaired, and while the run is closed
	repaired atomic.Pointer[map[int][]byte]
}

// A PageError says that a page of a run is damaged.
type PageError struct{ Page int }

// Error says which page it is.
func (e *PageError) Error() string { return fmt.Sprintf("page %d is damaged", e.Page) }

// Open maps a run and reads all but its pages. It takes the file over, but for where it fails.
func Open(f *os.File, s Shape) (*Run, error) {
	r := &Run{file: f}
	var err error
	if r.mapped, err = mmap.Map(f, mmap.RDONLY, 0); err != nil {
		return nil, err
	}
	if err := r.parse(r.mapped, s); err != nil {
		return nil, errors.Join(err, r.mapped.Unmap())
	}
	return r, nil
}

// parse finds the parts of a run in its bytes.
func (r *Run) parse(b []byte, s Shape) error {
	h, err := DecodeHeader(b, s.Kind)
	if err != nil {
		return err
	}
	pages, blocks := h.Counts[1], h.Counts[2]
	most, tail := uint64(len(b)), uint64(s.Key+sumSize)
	if pages > most || blocks > most || HeaderSize+pages*(pageSize+tail)+blocks*filterBlock != most {
		return fmt.Errorf("it has %d bytes, which are not those of %d pages", most, pages)
	}
	r.shape, r.Owner, r.entries = s, h.Owner, h.Counts[0]
	r.pages, b = b[HeaderSize:][:pages*pageSize], b[HeaderSize+pages*pageSize:]
	// The sum covers all but the pages, each of which has its own sum in what is summed up. So opening
	// leaves some nine tenths of the file unread.
	header := h.Encode()
	hash := sha256.New()
	hash.Write(header[:])
	hash.Write(b)
	hash.Sum(r.sum[:0])
	r.fences, b = b[:pages*uint64(s.Key)], b[pages*uint64(s.Key):]
	r.sums, r.filter = b[:pages*sumSize], b[pages*sumSize:]
	r.checked = make([]atomic.Uint32, (pages+31)/32)
	return nil
}

// Close gives up the run, once no page is being repaired. The file stays.
func (r *Run) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.mapped.Unmap()
	r.pages, r.fences, r.sums, r.filter = nil, nil, nil, nil
	return errors.Join(err, r.file.Close())
}

// File returns the file of the run.
func (r *Run) File() *os.File { return r.file }

// Len returns how many entries there are.
func (r *Run) Len() int { return int(r.entries) }

// Sum stands for all that the run holds.
func (r *Run) Sum() [sha256.Size]byte { return r.sum }

// Get returns the value of a key, nil if there is none; it is good until the run is closed. Its error is a
// [*PageError].
func (r *Run) Get(key []byte) ([]byte, error) {
	if !r.MayHave(key) {
		return nil, nil
	}
	i := r.pageOf(key)
	if i < 0 {
		return nil, nil
	}
	entries, err := r.page(i)
	if err != nil {
		return nil, err
	}
	size := r.shape.entry()
	lo, hi := 0, len(entries)/size
	for lo < hi {
		mid := (lo + hi) / 2
		e := entries[mid*size:][:size]
		switch c := bytes.Compare(e[:r.shape.Key], key); {
		case c == 0:
			return e[r.shape.Key:], nil
		case c < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return nil, nil
}

// MayHave reports whether the filter lets a key pass: all keys of the run, and few others.
func (r *Run) MayHave(key []byte) bool {
	return len(r.filter) > 0 && filterHas(r.filter, binary.BigEndian.Uint64(key))
}

// pageOf returns the page that a key is in if the run has it, -1 if it would be before the first.
func (r *Run) pageOf(key []byte) int {
	lo, hi := 0, len(r.fences)/r.shape.Key
	for lo < hi {
		mid := (lo + hi) / 2
		if bytes.Compare(r.fences[mid*r.shape.Key:][:r.shape.Key], key) <= 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo - 1
}

// count returns how many pages there are.
func (r *Run) count() int { return len(r.sums) / sumSize }

// page returns the entries of a page.
func (r *Run) page(i int) ([]byte, error) {
	// A page that was made again lies in memory; the file may be open for reading only.
	if m := r.repaired.Load(); m != nil && (*m)[i] != nil {
		return content((*m)[i], r.shape), nil
	}
	p := r.pages[i*pageSize:][:pageSize]
	count, crc := int(binary.LittleEndian.Uint16(p[4:])), binary.LittleEndian.Uint32(p)
	if crc != crc32.Checksum(p[4:], castagnoli) || count > r.shape.perPage() {
		return nil, &PageError{i}
	}
	// SHA-256 is slow beside the rest, so it is done once for each page. After that the checksum finds what
	// a disk does to it.
	if bit := uint32(1) << (i % 32); r.checked[i/32].Load()&bit == 0 {
		if !r.fits(i, p) {
			return nil, &PageError{i}
		}
		r.checked[i/32].Or(bit)
	}
	return content(p, r.shape), nil
}

// fits reports whether a page is the one that the run was written with.
func (r *Run) fits(i int, page []byte) bool {
	sum := sha256.Sum256(page)
	return bytes.Equal(sum[:sumSize], r.sums[i*sumSize:][:sumSize])
}

// content returns the entries in the bytes of a page.
func content(page []byte, s Shape) []byte {
	return page[pageHead:][:int(binary.LittleEndian.Uint16(page[4:]))*s.entry()]
}

// All yields the entries in order; each is good until the run is closed. It ends with an error, if there is one.
func (r *Run) All() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for i := range r.count() {
			entries, err := r.page(i)
			if err == nil && !bytes.HasPrefix(entries, r.fences[i*r.shape.Key:][:r.shape.Key]) {
				err = fmt.Errorf("page %d does not begin with the key that its fence says", i)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for size := r.shape.entry(); len(entries) > 0; entries = entries[size:] {
				if !yield(entries[:size], nil) {
					return
				}
			}
		}
	}
}

// Repair makes the damaged pages again from all entries of the run, which are given in any order: of one key the last
// stays. It returns how many they were. They are also written to the file, where that is open for writing. What they
// come to is compared with the sums, so entries that the run did not have do not get into it.
func (r *Run) Repair(entries iter.Seq2[[]byte, error]) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := make(map[int]map[string]string) // of each damaged page the values by key
	for i := range r.count() {
		if _, err := r.page(i); err != nil {
			found[i] = make(map[string]string)
		}
	}
	if len(found) == 0 {
		return 0, nil
	}
	for e, err := range entries {
		if err != nil {
			return 0, err
		}
		if page := found[r.pageOf(e[:r.shape.Key])]; page != nil {
			page[string(e[:r.shape.Key])] = string(e[r.shape.Key:])
		}
	}
	made := make(map[int][]byte)
	if m := r.repaired.Load(); m != nil {
		maps.Copy(made, *m)
	}
	for i, values := range found {
		b := make([]byte, 0, pageSize)
		for _, key := range slices.Sorted(maps.Keys(values)) {
			b = append(append(b, key...), values[key]...)
		}
		p := make([]byte, pageSize)
		if len(b) > pageSize-pageHead || len(b)/r.shape.entry() > r.shape.perPage() {
			return 0, &PageError{i}
		}
		copy(p[pageHead:], b)
		seal(p, len(b)/r.shape.entry())
		if !r.fits(i, p) {
			return 0, &PageError{i}
		}
		made[i] = p
	}
	for i := range found {
		r.file.WriteAt(made[i], HeaderSize+int64(i)*pageSize) // else it is made again the next time
	}
	r.repaired.Store(&made)
	return len(found), nil
}

// seal writes the count and the checksum of a page.
func seal(page []byte, count int) {
	binary.LittleEndian.PutUint16(page[4:], uint16(count))
	binary.LittleEndian.PutUint32(page, crc32.Checksum(page[4:], castagnoli))
}
