package ledger

import (
	"errors"
	"slices"
	"sync"

	"github.com/cespare/xxhash/v2"
)

// hash is what a key is indexed by. Two keys may share one: a chain of records is a chain of one hash, and who
// walks it compares the keys themselves.
func (k Key) hash() uint64 {
	var b [1 + 128]byte // on the stack for all but the longest names
	return xxhash.Sum64(append(append(b[:0], k.Space), k.Name...))
}

// A keyed is one occurrence of a key's hash.
type keyed struct {
	hash   uint64
	record uint64
}

// A keyTable finds the newest durable record that has a hash: in a table in memory for the latest records, in
// sorted runs on disk for those before. It is derived from the journal.
type keyTable struct {
	mu     sync.RWMutex
	active *keyMap
	frozen *keyMap // older than active: being written as a run; nil if none is
	runs   []*run  // newest first
}

// get returns the newest record with the hash, 0 if there is none. Where it meets a damaged page of a run, the page is
// made again from the records: the caller waits for that, and holds no lock meanwhile.
func (t *keyTable) get(hash uint64, from records) (uint64, error) {
	for {
		record, damaged := t.look(hash)
		if damaged == nil {
			return record, nil
		}
		if err := damaged.repair(from); err != nil {
			return 0, err
		}
	}
}

// look returns the newest record with the hash, 0 if there is none, or the run that is damaged.
func (t *keyTable) look(hash uint64) (record uint64, damaged *run) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if r := t.active.get(hash); r != 0 {
		return r, nil
	}
	if t.frozen != nil {
		if r := t.frozen.get(hash); r != 0 {
			return r, nil
		}
	}
	for _, run := range t.runs {
		r, err := run.get(hash)
		if err != nil {
			return 0, run
		}
		if r != 0 {
			return r, nil
		}
	}
	return 0, nil
}

// add takes in the keys of a block that has become durable. It lets lookups in between.
func (t *keyTable) add(keys []keyed) {
	const slice = 512
	for len(keys) > 0 {
		n := min(slice, len(keys))
		t.mu.Lock()
		for _, k := range keys[:n] {
			t.active.put(k.hash, k.record)
		}
		t.mu.Unlock()
		keys = keys[n:]
	}
}

// freeze begins a new table in memory and returns the one so far, to be written as a run.
func (t *keyTable) freeze() *keyMap {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.frozen, t.active = t.active, new(keyMap)
	return t.frozen
}

// thaw replaces the frozen table by its run; with no run, because it could not be written, it goes on in memory.
func (t *keyTable) thaw(r *run) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r != nil {
		t.runs = append([]*run{r}, t.runs...)
	} else {
		for k := range t.frozen.all() {
			if t.active.get(k.hash) == 0 {
				t.active.put(k.hash, k.record)
			}
		}
	}
	t.frozen = nil
}

// replace puts one run in the place of several neighbours, which nobody looks into any more.
func (t *keyTable) replace(old []*run, merged *run) {
	t.mu.Lock()
	defer t.mu.Unlock()
	first := slices.Index(t.runs, old[0])
	t.runs = slices.Concat(t.runs[:first], []*run{merged}, t.runs[first+len(old):])
}

// snapshot returns the runs there are, newest first.
func (t *keyTable) snapshot() []*run {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return append([]*run(nil), t.runs...)
}

func (t *keyTable) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var err error
	for _, r := range t.runs {
		err = errors.Join(err, r.Close())
	}
	t.runs = nil
	return err
}
