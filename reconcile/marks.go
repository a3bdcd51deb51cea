package reconcile

import (
	"math"
	"math/bits"
)

// marks are a set of numbers of records, with a bit for each number up to the largest. A journal of 100 million records
// takes 12.5 MB: much less than a key for each, which is what a claim is.
type marks []uint64

// set takes a record into the set or out of it.
func (m *marks) set(record uint64, to bool) {
	if more := int(record/64) - len(*m) + 1; more > 0 {
		*m = append(*m, make([]uint64, more)...)
	}
	if bit := uint64(1) << (record % 64); to {
		(*m)[record/64] |= bit
	} else {
		(*m)[record/64] &^= bit
	}
}

// first returns the first record of the set, the largest number if there is none.
func (m marks) first() uint64 {
	for i, word := range m {
		if word != 0 {
			return uint64(i)*64 + uint64(bits.TrailingZeros64(word))
		}
	}
	return math.MaxUint64
}

// has reports whether a record is in the set.
func (m marks) has(record uint64) bool {
	return record/64 < uint64(len(m)) && m[record/64]&(1<<(record%64)) != 0
}
