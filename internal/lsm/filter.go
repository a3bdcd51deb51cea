package lsm

import "math/bits"

// A filter is asked at each look-up of a new key, which is in no run: with 12 bits for a key, about one in 200 such
// look-ups goes on to a page in vain. Its bits are in one block, which is one line of memory.
const (
	filterBlock  = 64
	filterBits   = 12 // for each key
	filterProbes = 7
)

// newFilter makes an empty filter for so many keys, none where they are 0.
func newFilter(keys int) []byte {
	if keys == 0 {
		return nil
	}
	return make([]byte, (keys*filterBits/8+filterBlock)/filterBlock*filterBlock)
}

// filterPlace returns the block of a hash, and the hash from which its bits are taken.
func filterPlace(hash uint64, blocks uint64) (block uint64, probes uint64) {
	block, _ = bits.Mul64(hash, blocks)
	return block, (hash ^ hash>>29) * 0x9E3779B97F4A7C15
}

// filterAdd sets the bits of a hash.
func filterAdd(filter []byte, hash uint64) {
	block, probes := filterPlace(hash, uint64(len(filter)/filterBlock))
	b := filter[block*filterBlock:][:filterBlock]
	for range filterProbes {
		b[probes>>3&63] |= 1 << (probes & 7)
		probes >>= 9
	}
}

// filterHas reports whether the bits of a hash are set, as they are if it was added.
func filterHas(filter []byte, hash uint64) bool {
	block, probes := filterPlace(hash, uint64(len(filter)/filterBlock))
	b := (*[filterBlock]byte)(filter[block*filterBlock:])
	all := byte(1) // without branches: half of the bits are set, so none can be foreseen
	for range filterProbes {
		all &= b[probes>>3&63] >> (probes & 7)
		probes >>= 9
	}
	return all&1 != 0
}
