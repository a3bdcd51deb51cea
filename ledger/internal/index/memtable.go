package index

import (
	"cmp"
	"iter"
	"math/bits"
	"slices"
)

// A hashTable finds the newest record of a hash. The hashes are spread evenly already, so they are their own place: a
// lookup that finds nothing, as those of nearly all new events do, touches one or two lines of memory. The upper bits,
// below those that tell the pieces of a memtable apart, say where, so the slots are nearly in order. The zero value is
// empty. Record 0 is none.
type hashTable struct {
	slots []KeyRef // a power of two of them, or none
	used  int
	shift int // of a hash, to its place
}

// home returns the slot where a hash would be if no other were there.
func (t *hashTable) home(hash uint64) uint64 { return hash << pieceBits >> (t.shift & 63) }

// slot returns the slot of a hash, or the empty one where it would be. There are slots.
func (t *hashTable) slot(hash uint64) *KeyRef {
	mask := uint64(len(t.slots) - 1)
	for i := t.home(hash); ; i = (i + 1) & mask {
		if s := &t.slots[i]; s.Record == 0 || s.Hash == hash {
			return s
		}
	}
}

// get returns the record of a hash, 0 if there is none.
func (t *hashTable) get(hash uint64) uint64 {
	if t.used == 0 {
		return 0
	}
	return t.slot(hash).Record
}

// put sets the record of a hash, and returns the one before, 0 if there was none.
func (t *hashTable) put(hash, record uint64) (before uint64) {
	if 2*t.used >= len(t.slots) {
		t.grow()
	}
	s := t.slot(hash)
	if before = s.Record; before == 0 {
		t.used++
	}
	*s = KeyRef{hash, record}
	return before
}

// remove takes a hash out, and closes the gap it leaves for those behind it.
func (t *hashTable) remove(hash uint64) {
	if t.get(hash) == 0 {
		return
	}
	mask := uint64(len(t.slots) - 1)
	gap := t.home(hash)
	for t.slots[gap].Hash != hash {
		gap = (gap + 1) & mask
	}
	for i := (gap + 1) & mask; t.slots[i].Record != 0; i = (i + 1) & mask {
		// Only an entry that was put at or before the gap may move into it: another one would then stand before its
		// own place, where nobody looks for it.
		if home := t.home(t.slots[i].Hash); (i-home)&mask >= (i-gap)&mask {
			t.slots[gap], gap = t.slots[i], i
		}
	}
	t.slots[gap] = KeyRef{}
	t.used--
}

// grow doubles the table, and puts what it has into its new places.
func (t *hashTable) grow() {
	old := t.slots
	t.slots = make([]KeyRef, max(64, 2*len(old)))
	t.shift = 64 - bits.TrailingZeros(uint(len(t.slots)))
	for _, s := range old {
		if s.Record != 0 {
			*t.slot(s.Hash) = s
		}
	}
}

// all yields what the table has, in no order.
func (t *hashTable) all() iter.Seq[KeyRef] {
	return func(yield func(KeyRef) bool) {
		for _, s := range t.slots {
			if s.Record != 0 && !yield(s) {
				return
			}
		}
	}
}

// A memtable has keys that are in no run yet. It is a hashTable in pieces that grow one at a time, so that growing
// stops nobody for long.
type memtable struct {
	pieces [1 << pieceBits]hashTable
}

// pieceBits is how many of a hash's first bits choose the piece.
const pieceBits = 8

// piece returns the table that has a hash: its first bits say which.
func (m *memtable) piece(hash uint64) *hashTable { return &m.pieces[hash>>(64-pieceBits)] }

// get returns the record of a hash, 0 if there is none. A nil memtable is empty.
func (m *memtable) get(hash uint64) uint64 {
	if m == nil {
		return 0
	}
	return m.piece(hash).get(hash)
}
func (m *memtable) put(hash, record uint64) uint64 { return m.piece(hash).put(hash, record) }
func (m *memtable) remove(hash uint64)             { m.piece(hash).remove(hash) }

// clear empties the map, but for its memory.
func (m *memtable) clear() {
	for i := range m.pieces {
		clear(m.pieces[i].slots)
		m.pieces[i].used = 0
	}
}

// len returns how many hashes there are.
func (m *memtable) len() (n int) {
	if m == nil {
		return 0
	}
	for i := range m.pieces {
		n += m.pieces[i].used
	}
	return n
}

// all yields what the map has, by pieces in order of their hashes.
func (m *memtable) all() iter.Seq[KeyRef] {
	return func(yield func(KeyRef) bool) {
		if m == nil {
			return
		}
		for i := range m.pieces {
			for k := range m.pieces[i].all() {
				if !yield(k) {
					return
				}
			}
		}
	}
}

// entries yields what the map has as entries of a run, in order: of its pieces, which are in order, one after another.
func (m *memtable) entries() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var keys []KeyRef
		var entry [runEntry]byte
		for i := range m.pieces {
			keys = slices.AppendSeq(keys[:0], m.pieces[i].all()) // nearly in order
			slices.SortFunc(keys, func(a, b KeyRef) int { return cmp.Compare(a.Hash, b.Hash) })
			for _, k := range keys {
				if !yield(k.AppendTo(entry[:0]), nil) {
					return
				}
			}
		}
	}
}
