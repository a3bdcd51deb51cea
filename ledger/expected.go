package ledger

import "github.com/splitledger/splitledger/accounts"

// Expected is what a function will ask for, as far as that is known ahead of its turn. It is hashed then, and looked up at once: one by
// one, each look-up would wait for memory. The zero value expects nothing.
type Expected struct {
	keys     []answer
	accounts []expectedAccount
	changes  uint64 // of the table when the keys were answered; 0: they were not
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
	e.keys, e.accounts, e.changes = e.keys[:0], e.accounts[:0], 0
	for _, k := range keys {
		e.keys = append(e.keys, answer{key: k, hash: k.hash()})
	}
	for _, id := range ids {
		e.accounts = append(e.accounts, expectedAccount{id, hashID(id)})
	}
}

// Expect looks up what the function will ask for.
func (tx *Tx) Expect(e *Expected) error {
	x := tx.executor()
	s, t := x.state, x.ledger.keys
	for _, p := range e.accounts {
		if a := s.index.get(s.accounts, p.id, p.hash); a != nil {
			s.asked = append(s.asked, askedAccount{p.id, a})
		}
	}
	x.asked = append(x.asked[:0], e.keys...)
	if e.changes != t.changes {
		return t.answer(x.asked, x)
	}
	for i := range x.asked { // what was put since is in the table
		if r := t.active.get(x.asked[i].hash); r != 0 {
			x.asked[i].record = r
		}
	}
	return nil
}

// Warm looks up what several functions will ask for that run next, this one among them: what they look up is in the processor's caches
// then, or need not be looked up again.
func (tx *Tx) Warm(list []Expected) error {
	x := tx.executor()
	s, t := x.state, x.ledger.keys
	x.warm = x.warm[:0]
	for i := range list {
		list[i].changes = 0 // no answers, if looking them up fails
		x.warm = append(x.warm, list[i].keys...)
	}
	if err := t.answer(x.warm, x); err != nil {
		return err
	}
	n := 0
	for i := range list {
		n += copy(list[i].keys, x.warm[n:])
		list[i].changes = t.changes
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
			x.warmth += a.first.skips[n-1]
		}
	}
	return nil
}
