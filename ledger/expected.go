package ledger

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/index"
)

// Expected is what a function is known to ask for before its turn. It is hashed ahead and looked up all at
// once, so that the waits for memory overlap instead of adding up. The zero value expects nothing.
type Expected struct {
	keys     index.Lookups
	accounts []expectedAccount
}

// An expectedAccount is an id with its hash, which is made ahead of the turn.
type expectedAccount struct {
	id   accounts.ID
	hash uint32
}

// maxAsked is how many answers a function is given again without looking them up.
const maxAsked = 12

// Set makes e expect keys and accounts, at most eight of each. Its memory is used again.
func (e *Expected) Set(keys []Key, ids []accounts.ID) {
	e.keys.Reset()
	e.accounts = e.accounts[:0]
	for _, k := range keys {
		e.keys.List = append(e.keys.List, index.Ask(k.Space, k.Name))
	}
	for _, id := range ids {
		e.accounts = append(e.accounts, expectedAccount{id, hashID(id)})
	}
}

// Expect looks up ahead, on any processor, what several functions will ask for. What it cannot know yet, keys
// of the latest records, is left to [Tx.Expect].
func (l *Ledger) Expect(list []Expected) {
	if l.enter() == nil {
		defer l.readers.Done()
		l.index.Ahead(len(list), func(i int) *index.Lookups { return &list[i].keys })
	}
}

// Expect looks up the rest of what the function will ask for, at its turn: what could not be looked up ahead,
// and what has changed since.
func (tx *Tx) Expect(e *Expected) error {
	x := tx.executor()
	s := x.state
	for _, p := range e.accounts {
		if a := s.index.get(s.accounts, p.id, p.hash); a != nil {
			s.asked = append(s.asked, askedAccount{p.id, a})
		}
	}
	x.asked = append(x.asked[:0], e.keys.List...)
	return corrupt(x.ledger.index.Rest(&e.keys, x.asked, x))
}

// Warm brings what several functions will ask for, this one among them, into the processor's caches. Otherwise
// each of their look-ups would wait for memory by itself.
func (tx *Tx) Warm(list []Expected) {
	x := tx.executor()
	s, keys := x.state, x.ledger.index.Keys
	warmth := uint64(0)
	for i := range list {
		for j := range list[i].keys.List {
			warmth += keys.Latest(list[i].keys.List[j].Hash)
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
