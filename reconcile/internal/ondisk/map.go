// Package ondisk holds more than fits into memory: a [Map] of fixed-size keys, a [Sorter] of pairs of numbers, and a
// [Log] of records that are read once more, in their order or at their places.
//
// A map and a sorter keep what came last in memory. When that is full it is written to a temporary file as a sorted
// run of package lsm; runs of about one size are merged eight at a time. So their memory does not grow with what is put
// into them.
//
// The files are in the directory for temporary files, without a name where the system allows that, and removed by
// Close. None of the types is for several goroutines.
package ondisk

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/splitledger/splitledger/internal/lsm"
)

// A Key is what entries are found by. Its bytes must be spread evenly, as those of a hash are.
type Key [16]byte

var mapShape = lsm.Shape{Kind: "SLSPILL1", Key: 16, Value: 8}

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

	slots []entry // open addressing; a zero key is a free slot
	used  int     // slots with a key
	zero  *uint64 // the value of the zero key, which cannot be told from a free slot
	runs  runs
}

// Get returns the value of a key, and whether there is one. What is in memory is newer than every run, and runs are
// looked through from the newest on, so the first value that is found is the last that was put.
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
	for _, level := range m.runs.levels {
		for _, r := range slices.Backward(level) {
			v, err := r.Get(k[:])
			if err != nil {
				return 0, false, err
			}
			if v != nil {
				return binary.LittleEndian.Uint64(v), true, nil
			}
		}
	}
	return 0, false, nil
}

// Put gives a key a value. The table in memory is kept at most half full, so that a search ends soon; when it has as
// many entries as the limit allows, it is written out and emptied.
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
// The table is never full (see Put), so the search ends. A key's second half is its hash:
// keys are hashes themselves.
func (m *Map) slot(k Key) *entry {
	mask := uint64(len(m.slots) - 1)
	for i := binary.LittleEndian.Uint64(k[8:]) & mask; ; i = (i + 1) & mask {
		if s := &m.slots[i]; s.key == k || s.key == (Key{}) {
			return s
		}
	}
}

// grow makes the table in memory twice as large.
func (m *Map) grow() {
	old := m.slots
	m.slots = make([]entry, max(1024, 2*len(old)))
	for i := range old {
		if old[i].key != (Key{}) {
			*m.slot(old[i].key) = old[i]
		}
	}
}

// flush writes the table out as a run, sorted by key, and empties it.
// What is in memory stays there if that fails. The slots are kept, to be filled again.
func (m *Map) flush() error {
	entries := make([]entry, 0, m.used)
	for i := range m.slots {
		if m.slots[i].key != (Key{}) {
			entries = append(entries, m.slots[i])
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return bytes.Compare(a.key[:], b.key[:]) })
	m.runs.dir, m.runs.shape, m.runs.merge, m.runs.found = m.Dir, mapShape, lsm.Merge, true
	err := m.runs.keep(0, len(entries), func(yield func([]byte, error) bool) {
		var b []byte
		for i := range entries {
			b = binary.LittleEndian.AppendUint64(append(b[:0], entries[i].key[:]...), entries[i].value)
			if !yield(b, nil) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	clear(m.slots)
	m.used = 0
	return nil
}

// Close removes the files.
func (m *Map) Close() error {
	err := m.runs.close()
	*m = Map{}
	return err
}
