package ledger

import (
	"github.com/cespare/xxhash/v2"

	"github.com/splitledger/splitledger/accounts"
)

// An accountIndex finds the accounts of a list by id. It is a hash table with open addressing: a power of two
// of slots, at most half full, so that a look-up mostly meets one slot.
type accountIndex struct {
	slots []accountSlot
	used  int
}

// An accountSlot has part of the hash of an account's id, and the account's number plus 1.
type accountSlot struct{ hash, number uint32 }

// hashID returns the hash of an account's id. The upper half is used, as the lower bits choose the slot of it.
func hashID(id accounts.ID) uint32 { return uint32(xxhash.Sum64String(string(id)) >> 32) }

// slot returns the slot of an id, or the empty slot where it would be put. The table must have slots, of which at least
// one is empty: else the search would not end.
func (x *accountIndex) slot(list []*account, id accounts.ID, hash uint32) *accountSlot {
	mask := uint32(len(x.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		if s := &x.slots[i]; s.number == 0 || s.hash == hash && list[s.number-1].id == id {
			return s
		}
	}
}

// get finds an account, nil if there is none.
func (x *accountIndex) get(list []*account, id accounts.ID, hash uint32) *account {
	if x.used == 0 {
		return nil
	}
	if s := x.slot(list, id, hash); s.number > 0 {
		return list[s.number-1]
	}
	return nil
}

// add lets an account of the list be found, and reports false where another has its id.
func (x *accountIndex) add(list []*account, a *account) bool {
	x.reserve(x.used + 1)
	hash := hashID(a.id)
	s := x.slot(list, a.id, hash)
	if s.number > 0 {
		return false
	}
	*s = accountSlot{hash, a.number + 1}
	x.used++
	return true
}

// reserve makes room for so many accounts. The table keeps part of each hash, so that a larger one is made without
// hashing the ids again.
func (x *accountIndex) reserve(n int) {
	if 2*n <= len(x.slots) {
		return
	}
	size := max(64, len(x.slots))
	for size < 2*n {
		size *= 2
	}
	old, mask := x.slots, uint32(size-1)
	x.slots = make([]accountSlot, size)
	for _, s := range old {
		if s.number == 0 {
			continue
		}
		i := s.hash & mask
		for x.slots[i].number != 0 {
			i = (i + 1) & mask
		}
		x.slots[i] = s
	}
}

// remove takes an account of the list out. Accounts behind the gap move up, so that a search that stops at an
// empty slot still finds them.
func (x *accountIndex) remove(a *account) {
	mask := uint32(len(x.slots) - 1)
	gap := hashID(a.id) & mask
	for x.slots[gap].number != a.number+1 {
		gap = (gap + 1) & mask
	}
	for i := (gap + 1) & mask; x.slots[i].number != 0; i = (i + 1) & mask {
		if home := x.slots[i].hash & mask; (i-home)&mask >= (i-gap)&mask {
			x.slots[gap], gap = x.slots[i], i
		}
	}
	x.slots[gap] = accountSlot{}
	x.used--
}
