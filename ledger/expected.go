package ledger

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
)

// Expected is what a function will ask for, as far as that is known ahead of its turn. It is hashed then, and looked up at once: one by
// one, each look-up would wait for memory. The zero value expects nothing.
type Expected struct {
	keys     []answer
	accounts []expectedAccount
	seals    uint64 // of the table when the keys were looked up ahead; 0: they were not
}

// An answer is the newest record that has a key.
type answer struct {
	key    Key
	hash   uint64
	record uint64 // 0 if there is none
}

type expectedAccount struct {
	id   accounts.ID
	hash uint32
}

// maxAsked is how many answers a function is given again without looking them up.
const maxAsked = 12

// Set makes e expect keys and accounts, at most eight of each. Its memory is used again.
func (e *Expected) Set(keys []Key, ids []accounts.ID) {
	e.keys, e.accounts, e.seals = e.keys[:0], e.accounts[:0], 0
	for _, k := range keys {
		e.keys = append(e.keys, answer{key: k, hash: codec.HashKey(k.Space, k.Name)})
	}
	for _, id := range ids {
		e.accounts = append(e.accounts, expectedAccount{id, hashID(id)})
	}
}

// Expect looks up what several functions will ask for, as far as that can be done ahead of their turns, on any processor: the keys of
// records that are not the latest.
func (l *Ledger) Expect(list []Expected) {
	for i := range list {
		list[i].seals = 0
	}
	if l.enter() != nil {
		return
	}
	defer l.readers.Done()
	t := l.keys
	t.reading.RLock()
	defer t.reading.RUnlock()
	t.mu.Lock()
	sealed, seals := t.sealed, t.seals
	t.mu.Unlock()
	for i := range list {
		keys := list[i].keys
		for j := range keys {
			keys[j].record = sealed.get(keys[j].hash)
		}
		if t.inRuns(keys) == nil { // else the page is made again at the turn
			list[i].seals = seals
		}
	}
}

// Expect looks up what the function will ask for, as far as that was not done ahead or is not true any more.
func (tx *Tx) Expect(e *Expected) error {
	x := tx.executor()
	s, t := x.state, x.ledger.keys
	for _, p := range e.accounts {
		if a := s.index.get(s.accounts, p.id, p.hash); a != nil {
			s.asked = append(s.asked, askedAccount{p.id, a})
		}
	}
	x.asked = append(x.asked[:0], e.keys...)
	if e.seals != t.seals {
		return t.answer(x.asked, x)
	}
	for i := range x.asked {
		if r := t.active.get(x.asked[i].hash); r != 0 {
			x.asked[i].record = r
		}
	}
	return nil
}

// Warm brings what several functions will ask for, this one among them, into the processor's caches: their own look-ups would wait for
// memory one after another.
func (tx *Tx) Warm(list []Expected) {
	x := tx.executor()
	s, t := x.state, x.ledger.keys
	warmth := uint64(0)
	for i := range list {
		for j := range list[i].keys {
			warmth += t.active.get(list[i].keys[j].hash)
		}
	}
	x.found = x.found[:0]
	for i := range list {
		for _, p := range list[i].accounts {
			if a := s.index.get(s.accounts, p.id, p.hash); a != nil {
				x.found = append(x.found, a)
			}
		}
	}
	for _, a := range x.found {
		if n := len(a.first.skips); n > 0 {
			warmth += uint64(a.first.skips[n-1])
		}
	}
	x.warmth += warmth
}
