// Package spill remembers more than fits into memory: a [Map] of fixed-size keys, and a [List] of records that are read once more
// in their order.
//
// A map keeps what was put last in a table in memory. When the table is full it is written to a temporary file as a run, sorted
// by key; runs of about one size are merged eight at a time. A filter of fixed size says of most keys that no run has them, and one
// key of every 256 is kept in memory, so that a lookup reads one block of each run at most. What a map takes of memory does not grow with
// what is put into it, but for those keys, a byte for thirty entries.
//
// The files are in the directory for temporary files, without a name where the system allows that, and gone when the map or list is
// closed. Neither is for several goroutines.
package spill

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
)

// A Key is what entries are found by. Its bytes must be spread evenly, as those of a hash are.
type Key [16]byte

const (
	keySize   = 16
	entrySize = keySize + 8
	block     = 256 // entries that are read together
	fanout    = 8   // runs that are merged together
)

// An entry is one key with its value.
type entry struct {
	key   Key
	value uint64
}

// DefaultLimit is how many entries are kept in memory unless told otherwise: 48 MiB of them.
const DefaultLimit = 1 << 20

// A Map has values by key. The zero value is ready to use.
type Map struct {
	Limit int    // entries in memory; DefaultLimit if 0
	Dir   string // for temporary files; the system's if empty

	slots  []entry // open addressing; a zero key is a free slot
	used   int
	zero   *uint64 // of the zero key
	filter []uint64
	levels [][]*run // newest last
}

// Get returns the value of a key, and whether there is one.
func (m *Map) Get(k Key) (uint64, bool, error) {
	if k == (Key{}) {
		if m.zero == nil {
			return 0, false, nil
		}
		return *m.zero, true, nil
	}
	if len(m.slots) > 0 {
		if s := m.slot(k); s.key == k {
			return s.value, true, nil
		}
	}
	if m.filter == nil || !m.mayHave(k) {
		return 0, false, nil
	}
	for _, level := range m.levels {
		for _, r := range slices.Backward(level) {
			if v, ok, err := r.get(k); ok || err != nil {
				return v, ok, err
			}
		}
	}
	return 0, false, nil
}

// Put gives a key a value.
func (m *Map) Put(k Key, value uint64) error {
	if k == (Key{}) {
		m.zero = &value
		return nil
	}
	if m.Limit == 0 {
		m.Limit = DefaultLimit
	}
	if 2*(m.used+1) > len(m.slots) {
		if m.used >= m.Limit {
			if err := m.flush(); err != nil {
				return err
			}
		} else {
			m.grow()
		}
	}
	s := m.slot(k)
	if s.key != k {
		m.used++
	}
	*s = entry{k, value}
	return nil
}

// slot returns where a key is in the table, or would be.
func (m *Map) slot(k Key) *entry {
	mask := uint64(len(m.slots) - 1)
	for i := binary.LittleEndian.Uint64(k[8:]) & mask; ; i = (i + 1) & mask {
		if s := &m.slots[i]; s.key == k || s.key == (Key{}) {
			return s
		}
	}
}

func (m *Map) grow() {
	old := m.slots
	m.slots = make([]entry, max(1024, 2*len(old)))
	for i := range old {
		if old[i].key != (Key{}) {
			*m.slot(old[i].key) = old[i]
		}
	}
}

// Bits of the filter, and how many of them a key sets.
const (
	filterBits = 1 << 28 // 32 MiB
	filterSets = 4
)

func (m *Map) bits(k Key) [filterSets]uint64 {
	a, b := binary.LittleEndian.Uint64(k[:8]), binary.LittleEndian.Uint64(k[8:])|1
	var at [filterSets]uint64
	for i := range at {
		at[i] = (a + uint64(i)*b) % filterBits
	}
	return at
}

func (m *Map) mayHave(k Key) bool {
	for _, bit := range m.bits(k) {
		if m.filter[bit/64]&(1<<(bit%64)) == 0 {
			return false
		}
	}
	return true
}

// flush writes the table out as a run.
func (m *Map) flush() error {
	entries := make([]entry, 0, m.used)
	if m.filter == nil {
		m.filter = make([]uint64, filterBits/64)
	}
	for i := range m.slots {
		if s := &m.slots[i]; s.key != (Key{}) {
			entries = append(entries, *s)
			for _, bit := range m.bits(s.key) {
				m.filter[bit/64] |= 1 << (bit % 64)
			}
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return bytes.Compare(a.key[:], b.key[:]) })
	w, err := newRunWriter(m.Dir)
	if err != nil {
		return err
	}
	for i := range entries {
		w.add(entries[i])
	}
	r, err := w.end()
	if err != nil {
		return err
	}
	clear(m.slots)
	m.used = 0
	return m.keep(r, 0)
}

// keep adds a run to a level, and merges the level into the next where it is full.
func (m *Map) keep(r *run, level int) error {
	if level == len(m.levels) {
		m.levels = append(m.levels, nil)
	}
	m.levels[level] = append(m.levels[level], r)
	if len(m.levels[level]) < fanout {
		return nil
	}
	merged, err := merge(m.Dir, m.levels[level])
	if err != nil {
		return err
	}
	for _, r := range m.levels[level] {
		err = errors.Join(err, r.close())
	}
	m.levels[level] = nil
	return errors.Join(err, m.keep(merged, level+1))
}

// Close removes the files.
func (m *Map) Close() error {
	var err error
	for _, level := range m.levels {
		for _, r := range level {
			err = errors.Join(err, r.close())
		}
	}
	*m = Map{}
	return err
}

// A run is a file of entries, sorted by key.
type run struct {
	f     *os.File
	n     int
	first []uint64 // the beginning of the first key of each block
	buf   [block * entrySize]byte
}

func (r *run) close() error { return remove(r.f) }

func (r *run) get(k Key) (uint64, bool, error) {
	prefix := binary.BigEndian.Uint64(k[:8])
	b, _ := slices.BinarySearch(r.first, prefix)
	for b = max(b-1, 0); b < len(r.first) && r.first[b] <= prefix; b++ {
		n := min(block, r.n-b*block)
		buf := r.buf[:n*entrySize]
		if _, err := r.f.ReadAt(buf, int64(b)*block*entrySize); err != nil {
			return 0, false, err
		}
		i, found := searchBlock(buf, k)
		if found {
			return binary.LittleEndian.Uint64(buf[i*entrySize+keySize:]), true, nil
		}
	}
	return 0, false, nil
}

// searchBlock finds a key in the entries of a block.
func searchBlock(buf []byte, k Key) (int, bool) {
	lo, hi := 0, len(buf)/entrySize
	for lo < hi {
		mid := (lo + hi) / 2
		switch c := bytes.Compare(buf[mid*entrySize:mid*entrySize+keySize], k[:]); {
		case c == 0:
			return mid, true
		case c < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return lo, false
}

// A runWriter writes a run.
type runWriter struct {
	r   *run
	out *bufio.Writer
	err error
}

func newRunWriter(dir string) (*runWriter, error) {
	f, err := create(dir)
	if err != nil {
		return nil, err
	}
	return &runWriter{r: &run{f: f}, out: bufio.NewWriterSize(f, 1<<18)}, nil
}

func (w *runWriter) add(e entry) {
	if w.r.n%block == 0 {
		w.r.first = append(w.r.first, binary.BigEndian.Uint64(e.key[:8]))
	}
	w.r.n++
	var b [entrySize]byte
	copy(b[:], e.key[:])
	binary.LittleEndian.PutUint64(b[keySize:], e.value)
	if _, err := w.out.Write(b[:]); err != nil {
		w.err = err
	}
}

func (w *runWriter) end() (*run, error) {
	if err := errors.Join(w.err, w.out.Flush()); err != nil {
		return nil, errors.Join(err, w.r.close())
	}
	return w.r, nil
}

// merge makes one run of several. Of entries with the same key the one of the last run stays.
func merge(dir string, runs []*run) (*run, error) {
	w, err := newRunWriter(dir)
	if err != nil {
		return nil, err
	}
	type source struct {
		in   *bufio.Reader
		left int
		entry
	}
	next := func(s *source) error {
		var b [entrySize]byte
		if _, err := io.ReadFull(s.in, b[:]); err != nil {
			return err
		}
		s.left--
		s.key, s.value = Key(b[:keySize]), binary.LittleEndian.Uint64(b[keySize:])
		return nil
	}
	var sources []*source
	for _, r := range runs {
		s := &source{in: bufio.NewReaderSize(io.NewSectionReader(r.f, 0, int64(r.n)*entrySize), 1<<16), left: r.n}
		if err := next(s); err != nil {
			return nil, errors.Join(err, w.r.close())
		}
		sources = append(sources, s)
	}
	for len(sources) > 0 {
		least := sources[0]
		for _, s := range sources[1:] {
			if bytes.Compare(s.key[:], least.key[:]) <= 0 {
				least = s
			}
		}
		e := least.entry
		w.add(e)
		for i := 0; i < len(sources); i++ {
			s := sources[i]
			if s.key != e.key {
				continue
			}
			if s.left == 0 {
				sources = slices.Delete(sources, i, i+1)
				i--
			} else if err := next(s); err != nil {
				return nil, errors.Join(err, w.r.close())
			}
		}
	}
	return w.end()
}
