package index

import (
	"encoding/binary"
	"errors"
	"slices"
	"sync"

	"github.com/splitledger/splitledger/ledger/internal/codec"
)

// A KeyRef is one occurrence of a key's hash.
type KeyRef struct {
	Hash   uint64
	Record uint64
}

// AppendTo appends the entry of a run: the hash, big-endian, and five bytes of the record, little-endian.
func (k KeyRef) AppendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, k.Hash)
	b = binary.LittleEndian.AppendUint32(b, uint32(k.Record))
	return append(b, byte(k.Record>>32))
}

// refOf reads what AppendTo wrote.
func refOf(entry []byte) KeyRef { return KeyRef{binary.BigEndian.Uint64(entry), recordOf(entry[8:])} }

// recordOf reads the record in the value of an entry.
func recordOf(value []byte) uint64 {
	return uint64(binary.LittleEndian.Uint32(value)) | uint64(value[4])<<32
}

// Keys finds the newest record that has a hash: in a memtable for the latest records, in sorted runs on disk for those
// before. They are derived from the journal.
//
// The writer puts a record's keys into it at the record's turn, before that is durable. Readers pass over records newer
// than their head: what a hash led to before one that is not durable yet is kept until it is.
type Keys struct {
	mu       sync.Mutex // held by the writer to change what is in memory, and by all others to look
	active   *memtable
	sealed   *memtable         // older than active: being written as a run; nil if none is
	replaced map[KeyRef]uint64 // by a record that is not durable yet: the newest before it that has the hash
	durable  uint64            // the last record that is
	covered  uint64            // the last record of which the keys are in runs
	spare    *memtable         // an empty one with memory; nil if there is none
	seals    uint64            // how many times it was sealed, or something of that taken back, from 1; the writer's

	reading sync.RWMutex // guards runs, and keeps them open
	runs    []*SortedRun // newest first
}

// NewKeys returns Keys of an empty journal.
func NewKeys() *Keys {
	return &Keys{active: new(memtable), replaced: make(map[KeyRef]uint64), seals: 1}
}

// An Answer is the newest record that has a key.
type Answer struct {
	Space  byte
	Name   string
	Hash   uint64
	Record uint64 // 0 if there is none
}

// Ask makes the question for a key.
func Ask(space byte, name string) Answer {
	return Answer{Space: space, Name: name, Hash: codec.HashKey(space, name)}
}

// Lookups are keys that are looked up together.
type Lookups struct {
	List  []Answer
	seals uint64 // of the table when they were looked up ahead; 0: they were not
}

// Reset empties l, but for its memory.
func (l *Lookups) Reset() { l.List, l.seals = l.List[:0], 0 }

// A PutUndo is what it takes to take a put back.
type PutUndo struct {
	KeyRef
	before uint64 // the newest record before that has the hash, wherever it stands
}

// Newest returns the newest record with the hash, 0 if there is none. It is for the writer.
func (t *Keys) Newest(hash uint64, from Records) (uint64, error) {
	list := [1]Answer{{Hash: hash}}
	err := t.Answer(list[:], from)
	return list[0].Record, err
}

// Latest returns the newest record with the hash among the latest, 0 if there is none. It is for the writer.
func (t *Keys) Latest(hash uint64) uint64 { return t.active.get(hash) }

// Answer looks up several keys, of which none waits for the memory of another. It is for the writer. Where it meets a
// damaged page of a run, the page is made again from the records: the caller waits for that, and holds no lock
// meanwhile.
func (t *Keys) Answer(list []Answer, from Records) error {
	for i := range list {
		list[i].Record = t.active.get(list[i].Hash)
	}
	// A run may have several damaged pages, and several runs may be damaged: each turn repairs one run.
	for damaged := t.older(list); damaged != nil; damaged = t.older(list) {
		if err := damaged.repair(from); err != nil {
			return err
		}
	}
	return nil
}

// Ahead looks up several keys as far as that can be done ahead of the turn in which they are asked for, on any
// processor: in what does not change any more. There are n lists.
func (t *Keys) Ahead(n int, lookups func(i int) *Lookups) {
	t.reading.RLock()
	defer t.reading.RUnlock()
	t.mu.Lock()
	sealed, seals := t.sealed, t.seals
	t.mu.Unlock()
	for i := range n {
		l := lookups(i)
		for j := range l.List {
			l.List[j].Record = sealed.get(l.List[j].Hash)
		}
		if l.seals = seals; t.inRuns(l.List) != nil { // the page is made again at the turn
			l.seals = 0
		}
	}
}

// Rest answers in list, which is a copy of l.List, what was not looked up ahead or is not true any more. It is for the
// writer.
func (t *Keys) Rest(l *Lookups, list []Answer, from Records) error {
	if l.seals != t.seals {
		return t.Answer(list, from)
	}
	for i := range list {
		if r := t.active.get(list[i].Hash); r != 0 {
			list[i].Record = r
		}
	}
	return nil
}

// older looks up those of several keys that have no answer yet, where active has none, or returns the run that is
// damaged.
func (t *Keys) older(list []Answer) (damaged *SortedRun) {
	t.reading.RLock() // first: what is not sealed any more is in a run
	defer t.reading.RUnlock()
	t.mu.Lock()
	sealed := t.sealed
	t.mu.Unlock()
	for i := range list {
		if a := &list[i]; a.Record == 0 {
			a.Record = sealed.get(a.Hash)
		}
	}
	return t.inRuns(list)
}

// inRuns looks up in the runs what has no answer yet, or returns the one that is damaged. Who calls it keeps the runs
// open.
func (t *Keys) inRuns(list []Answer) (damaged *SortedRun) {
	for _, run := range t.runs {
		for i := range list {
			if a := &list[i]; a.Record == 0 {
				var err error
				if a.Record, err = run.Get(a.Hash); err != nil {
					return run
				}
			}
		}
	}
	return nil
}

// AsOf returns the newest record with the hash up to the one numbered head, or a durable one after it; 0 if there is
// none. It meets a damaged page as Answer does.
func (t *Keys) AsOf(hash, head uint64, from Records) (uint64, error) {
	t.mu.Lock()
	r := t.active.get(hash)
	if r == 0 {
		r = t.sealed.get(hash)
	}
	r = t.seen(KeyRef{hash, r}, head)
	t.mu.Unlock()
	if r != 0 {
		return r, nil
	}
	list := [1]Answer{{Hash: hash}}
	for {
		t.reading.RLock()
		damaged := t.inRuns(list[:])
		t.reading.RUnlock()
		if damaged == nil {
			return list[0].Record, nil
		}
		if err := damaged.repair(from); err != nil {
			return 0, err
		}
	}
}

// seen passes over records that are after head and not durable.
func (t *Keys) seen(k KeyRef, head uint64) uint64 {
	for k.Record > head && k.Record > t.durable {
		k.Record = t.replaced[k]
	}
	return k.Record
}

// Put makes a record the newest with the hash of each of its keys, after the ones that they name, and appends to undo
// what it takes to take that back. Keys of one record with one hash all point to a record before it.
func (t *Keys) Put(keys []codec.Key, record uint64, undo []PutUndo) []PutUndo {
	t.mu.Lock()
	for i := range keys {
		k := KeyRef{keys[i].Hash, record}
		if t.active.put(k.Hash, record) == record { // another key of the record has the same hash
			continue
		}
		before := keys[i].Prev
		if before != 0 {
			t.replaced[k] = before
		}
		undo = append(undo, PutUndo{k, before})
	}
	t.mu.Unlock()
	return undo
}

// Undo takes back what was put last, newest first.
func (t *Keys) Undo(puts []PutUndo) {
	if len(puts) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, u := range slices.Backward(puts) {
		// The put may have been sealed since; then it is taken back there.
		m, below := t.active, t.sealed
		if m.get(u.Hash) != u.Record && t.sealed != nil {
			m, below = t.sealed, nil
		}
		// What the table had before the put is put back, unless a table below or a run has it anyway.
		if u.before > t.covered && below.get(u.Hash) != u.before {
			m.put(u.Hash, u.before)
		} else {
			m.remove(u.Hash)
		}
		if u.before != 0 {
			delete(t.replaced, u.KeyRef)
		}
	}
}

// RollBack calls f, which takes back what may be in the sealed table. What was looked up ahead does not count any more.
func (t *Keys) RollBack(f func()) {
	t.reading.Lock()
	defer t.reading.Unlock()
	f()
	t.mu.Lock()
	t.seals++
	t.mu.Unlock()
}

// Show says that a block is durable, with all that was put for it.
func (t *Keys) Show(head uint64, puts []PutUndo) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.durable = head
	if len(t.replaced) == 0 {
		return
	}
	for i := range puts {
		if puts[i].before != 0 {
			delete(t.replaced, puts[i].KeyRef)
		}
	}
}

// Apply puts the keys of a durable block. Nothing that is not durable is in the table.
func (t *Keys) Apply(head uint64, keys []KeyRef) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.durable = head // first: so nobody looks for what was before these
	for _, k := range keys {
		t.active.put(k.Hash, k.Record)
	}
}

// Recent returns the keys that are in no run as of the last durable record, and the last record of which they are in
// one.
func (t *Keys) Recent() (keys map[uint64]uint64, covered uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	keys = make(map[uint64]uint64)
	for _, m := range []*memtable{t.sealed, t.active} { // the newer over the older
		for k := range m.all() {
			if k.Record = t.seen(k, t.durable); k.Record > t.covered {
				keys[k.Hash] = k.Record
			}
		}
	}
	return keys, t.covered
}

// Seal begins a new table in memory; the one so far is to be written as a run. What was sealed before and could not be
// written is part of it. It is for the writer.
func (t *Keys) Seal() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k := range t.sealed.all() {
		if t.active.get(k.Hash) == 0 {
			t.active.put(k.Hash, k.Record)
		}
	}
	t.seals++
	if t.spare == nil {
		t.spare = new(memtable)
	}
	t.sealed, t.active, t.spare = t.active, t.spare, nil
}

// flushed replaces the sealed table by its run.
func (t *Keys) flushed(r *SortedRun) {
	t.reading.Lock() // so nobody looks into the sealed table any more
	t.mu.Lock()
	written := t.sealed
	t.runs, t.sealed, t.covered = append([]*SortedRun{r}, t.runs...), nil, r.End.Record
	t.mu.Unlock()
	t.reading.Unlock()
	// It is large, and cleared while nobody waits: no lock is held.
	written.clear()
	t.mu.Lock()
	t.spare = written
	t.mu.Unlock()
}

// replace puts one run in the place of several neighbours, which nobody looks into any more.
func (t *Keys) replace(old []*SortedRun, merged *SortedRun) {
	t.reading.Lock()
	defer t.reading.Unlock()
	// Checkpoints may have added newer runs while these were merged.
	first := slices.Index(t.runs, old[0])
	t.runs = slices.Concat(t.runs[:first], []*SortedRun{merged}, t.runs[first+len(old):])
}

// Covered returns the last record of which the keys are in runs.
func (t *Keys) Covered() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.covered
}

// Len returns how many keys are in memory.
func (t *Keys) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.active.len() + t.sealed.len()
}

// Runs returns the runs there are, newest first.
func (t *Keys) Runs() []*SortedRun {
	t.reading.RLock()
	defer t.reading.RUnlock()
	return slices.Clone(t.runs)
}

// Close closes the runs. Later look-ups in them find nothing.
func (t *Keys) Close() error {
	t.reading.Lock()
	defer t.reading.Unlock()
	var err error
	for _, r := range t.runs {
		err = errors.Join(err, r.Close())
	}
	t.runs = nil
	return err
}
