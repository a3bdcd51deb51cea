package lsm

import "math/bits"

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

func filterAdd(filter []byte, hash uint64) {
	block, probes := filterPlace(hash, uint64(len(filter)/filterBlock))
	b := filter[block*filterBlock:][:filterBlock]
	for range filterProbes {
		b[probes>>3&63] |= 1 << (probes & 7)
		probes >>= 9
	}
}

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
