package ledger

import "github.com/splitledger/splitledger/accounts"

// Expected is what a function will ask for, as far as that is known ahead of its turn. It is hashed then, and looked up at once: one by
// one, each look-up would wait for memory. The zero value expects nothing.
type Expected struct {
	keys     []answer
	accounts []expectedAccount
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
	e.keys, e.accounts = e.keys[:0], e.accounts[:0]
	for _, k := range keys {
		e.keys = append(e.keys, answer{key: k, hash: k.hash()})
	}
	for _, id := range ids {
		e.accounts = append(e.accounts, expectedAccount{id, hashID(id)})
	}
}

// Expect looks up what the function will ask for.
func (tx *Tx) Expect(e *Expected) error {
	x := tx.books()
	s := x.state
	for _, p := range e.accounts {
		if a := s.index.get(s.accounts, p.id, p.hash); a != nil {
			s.asked = append(s.asked, askedAccount{p.id, a})
		}
	}
	x.asked = append(x.asked[:0], e.keys...)
	return x.ledger.keys.answer(x.asked)
}

// Warm brings what later functions will ask for into the processor's caches.
func (tx *Tx) Warm(list []Expected) {
	x := tx.books()
	s, t := x.state, x.ledger.keys
	for i := range list {
		for j := range list[i].keys {
			x.warmth += t.active.get(list[i].keys[j].hash)
		}
	}
	t.reading.RLock()
	for _, r := range t.runs {
		for i := range list {
			for j := range list[i].keys {
				x.warmth += r.touch(list[i].keys[j].hash)
			}
		}
	}
	t.reading.RUnlock()
	found := x.found[:0]
	for i := range list {
		for _, p := range list[i].accounts {
			if a := s.index.get(s.accounts, p.id, p.hash); a != nil {
				found = append(found, a)
			}
		}
	}
	for _, a := range found {
		if n := len(a.first.spine); n > 0 {
			x.warmth += uint64(a.first.spine[n-1])
		}
	}
	x.found = found
}
