package ledger

import (
	"errors"
	"iter"
	"slices"
	"sync"
)

// A keyed is one occurrence of a key's hash.
type keyed struct {
	hash   uint64
	record uint64
}

// A keyTable finds the newest record that has a hash: in a table in memory for the latest records, in
// sorted runs on disk for those before. It is derived from the journal.
//
// The writer puts a record's keys into it at the record's turn, before that is durable. Readers pass over records newer than their
// head: what a hash led to before one that is not durable yet is kept until it is.
type keyTable struct {
	mu       sync.Mutex // held by the writer to change what is in memory, and by all others to look
	active   *keyMap
	sealed   *keyMap          // older than active: being written as a run; nil if none is
	replaced map[keyed]uint64 // by a record that is not durable yet: the newest before it that has the hash
	durable  uint64           // the last record that is
	covered  uint64           // the last record of which the keys are in runs
	spare    *keyMap          // an empty one with memory; nil if there is none
	seals    uint64           // how many times it was sealed, or something of that taken back, from 1. The writer's, who holds the lock to change it

	reading sync.RWMutex // guards runs, and keeps them open
	runs    []*run       // newest first
}

func newKeyTable() *keyTable {
	return &keyTable{active: new(keyMap), replaced: make(map[keyed]uint64), seals: 1}
}

// A keyUndo is what it takes to take a put back.
type keyUndo struct {
	keyed
	before uint64 // the newest record before that has the hash, wherever it stands
}

// newest returns the newest record with the hash, 0 if there is none. It is for the writer.
func (t *keyTable) newest(hash uint64, from records) (uint64, error) {
	list := [1]answer{{hash: hash}}
	err := t.answer(list[:], from)
	return list[0].record, err
}

// answer looks up several keys, of which none waits for the memory of another. It is for the writer. Where it meets a damaged page
// of a run, the page is made again from the records: the caller waits for that, and holds no lock meanwhile.
func (t *keyTable) answer(list []answer, from records) error {
	for i := range list {
		list[i].record = t.active.get(list[i].hash)
	}
	for {
		damaged := t.older(list)
		if damaged == nil {
			return nil
		}
		if err := damaged.repair(from); err != nil {
			return err
		}
	}
}

// older looks up those of several keys that have no answer yet, where active has none, or returns the run that is damaged.
func (t *keyTable) older(list []answer) (damaged *run) {
	t.reading.RLock() // first: what is not sealed any more is in a run
	defer t.reading.RUnlock()
	t.mu.Lock()
	sealed := t.sealed
	t.mu.Unlock()
	for i := range list {
		if a := &list[i]; a.record == 0 {
			a.record = sealed.get(a.hash)
		}
	}
	return t.inRuns(list)
}

// inRuns looks up in the runs what has no answer yet, or returns the one that is damaged. Who calls it keeps the runs open.
func (t *keyTable) inRuns(list []answer) (damaged *run) {
	for _, run := range t.runs {
		for i := range list {
			if a := &list[i]; a.record == 0 {
				var err error
				if a.record, err = run.get(a.hash); err != nil {
					return run
				}
			}
		}
	}
	return nil
}

// asOf returns the newest record with the hash up to the one numbered head, or a durable one after it; 0 if there is none. It meets a
// damaged page as answer does.
func (t *keyTable) asOf(hash, head uint64, from records) (uint64, error) {
	t.mu.Lock()
	r := t.active.get(hash)
	if r == 0 {
		r = t.sealed.get(hash)
	}
	r = t.seen(keyed{hash, r}, head)
	t.mu.Unlock()
	if r != 0 {
		return r, nil
	}
	list := [1]answer{{hash: hash}}
	for {
		t.reading.RLock()
		damaged := t.inRuns(list[:])
		t.reading.RUnlock()
		if damaged == nil {
			return list[0].record, nil
		}
		if err := damaged.repair(from); err != nil {
			return 0, err
		}
	}
}

// seen passes over records that are after head and not durable.
func (t *keyTable) seen(k keyed, head uint64) uint64 {
	for k.record > head && k.record > t.durable {
		k.record = t.replaced[k]
	}
	return k.record
}

// put makes k.record the newest with the hash, after the given one. Who calls it holds the lock.
func (t *keyTable) put(k keyed, before uint64) keyUndo {
	if t.active.put(k.hash, k.record) == k.record { // another key of the record has the same hash
		return keyUndo{}
	}
	if before != 0 {
		t.replaced[k] = before
	}
	return keyUndo{k, before}
}

// undo takes a put back, after all those that came later. Who calls it holds the lock.
func (t *keyTable) undo(u keyUndo) {
	if u.record == 0 {
		return
	}
	m, below := t.active, t.sealed
	if m.get(u.hash) != u.record && t.sealed != nil {
		m, below = t.sealed, nil
	}
	if u.before > t.covered && below.get(u.hash) != u.before {
		m.put(u.hash, u.before)
	} else {
		m.remove(u.hash)
	}
	if u.before != 0 {
		delete(t.replaced, u.keyed)
	}
}

// takingBack calls f, which takes back what may be in the sealed table. What was looked up ahead does not count any more.
func (t *keyTable) takingBack(f func()) {
	t.reading.Lock()
	defer t.reading.Unlock()
	f()
	t.mu.Lock()
	t.seals++
	t.mu.Unlock()
}

// show says that a block is durable, with all that was put for it.
func (t *keyTable) show(head uint64, puts []keyUndo) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.durable = head
	if len(t.replaced) == 0 {
		return
	}
	for i := range puts {
		if puts[i].before != 0 {
			delete(t.replaced, puts[i].keyed)
		}
	}
}

// apply puts the keys of a durable block. Nothing that is not durable is in the table.
func (t *keyTable) apply(head uint64, keys []keyed) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.durable = head // first: so nobody looks for what was before these
	for _, k := range keys {
		t.active.put(k.hash, k.record)
	}
}

// recent yields the keys in memory as of the last durable record. Who calls it holds the lock.
func (t *keyTable) recent() iter.Seq[keyed] {
	return func(yield func(keyed) bool) {
		for _, m := range []*keyMap{t.sealed, t.active} { // the newer over the older
			for k := range m.all() {
				if k.record = t.seen(k, t.durable); k.record != 0 && !yield(k) {
					return
				}
			}
		}
	}
}

// seal begins a new table in memory and returns the one so far, to be written as a run. What was sealed before and could not be
// written is part of it. It is for the writer.
func (t *keyTable) seal() *keyMap {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k := range t.sealed.all() {
		if t.active.get(k.hash) == 0 {
			t.active.put(k.hash, k.record)
		}
	}
	t.seals++
	if t.spare == nil {
		t.spare = new(keyMap)
	}
	t.sealed, t.active, t.spare = t.active, t.spare, nil
	return t.sealed
}

// flushed replaces the sealed table by its run.
func (t *keyTable) flushed(r *run) {
	t.reading.Lock() // so nobody looks into the sealed table any more
	t.mu.Lock()
	written := t.sealed
	t.runs, t.sealed, t.covered = append([]*run{r}, t.runs...), nil, r.end.Record
	t.mu.Unlock()
	t.reading.Unlock()
	written.clear()
	t.mu.Lock()
	t.spare = written
	t.mu.Unlock()
}

// replace puts one run in the place of several neighbours, which nobody looks into any more.
func (t *keyTable) replace(old []*run, merged *run) {
	t.reading.Lock()
	defer t.reading.Unlock()
	first := slices.Index(t.runs, old[0])
	t.runs = slices.Concat(t.runs[:first], []*run{merged}, t.runs[first+len(old):])
}

// snapshot returns the runs there are, newest first.
func (t *keyTable) snapshot() []*run {
	t.reading.RLock()
	defer t.reading.RUnlock()
	return append([]*run(nil), t.runs...)
}

func (t *keyTable) close() error {
	t.reading.Lock()
	defer t.reading.Unlock()
	var err error
	for _, r := range t.runs {
		err = errors.Join(err, r.Close())
	}
	t.runs = nil
	return err
}
