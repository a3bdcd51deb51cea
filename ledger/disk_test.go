package ledger_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
)

// A disk is a model of a file system that loses power: what programs see of it, what has been synced, and what may or may not
// have reached the disk. It takes nothing for granted that is not promised: a change of a file is safe once a sync of that file
// that began after it has returned, a name once its directory has been synced so.
type disk struct {
	seen  map[string]*inode // by path, as programs see it; a directory is an inode too
	names map[string]*inode // as it is safely on disk
	moves []*move           // changes of names not yet safe, oldest first
	root  string            // always there

	// Where not nil, it is given what a sync has brought to disk, in its order, and may alter it: then the disk lies.
	lie func(path string, c *change) *change
}

// An inode is a file or a directory.
type inode struct {
	dir     bool
	safe    []byte
	pending []*change // oldest first
}

// A change is a write, or where data is nil a change of size.
type change struct {
	offset int64
	data   []byte
	size   int64
	done   bool // the system call has returned
	gone   bool // a sync failed: no later one brings it to disk, though it may be there

	over map[int64]bool // numbers of sectors that a later change has brought to disk in its place
}

// A move takes a name away, gives one, or both at once.
type move struct {
	remove, add string
	node        *inode
	done        bool
}

func newDisk(root string) *disk {
	return &disk{seen: make(map[string]*inode), names: make(map[string]*inode), root: root}
}

// move changes names as programs see them at once.
func (d *disk) move(m *move) *move {
	if m.remove != "" {
		delete(d.seen, m.remove)
	}
	if m.add != "" {
		d.seen[m.add] = m.node
	}
	d.moves = append(d.moves, m)
	return m
}

// syncing returns what a sync that begins now makes safe when it returns.
//
// A sync that fails brings nothing to disk. If failing, what it should have written is taken for written nevertheless, and no later sync
// does it; else the sync counts as one that was never asked for.
func (d *disk) syncing(node *inode, path string, failing bool) (end func(err bool)) {
	if node == nil || node.dir {
		ready := slices.DeleteFunc(slices.Clone(d.moves), func(m *move) bool {
			return !m.done || filepath.Dir(m.add) != path && filepath.Dir(m.remove) != path
		})
		return func(err bool) {
			if err {
				return
			}
			d.moves = slices.DeleteFunc(d.moves, func(m *move) bool {
				if slices.Contains(ready, m) {
					m.apply(d.names)
					return true
				}
				return false
			})
		}
	}
	ready := slices.DeleteFunc(slices.Clone(node.pending), func(c *change) bool { return !c.done || c.gone })
	return func(err bool) {
		for _, c := range ready {
			if c.gone = err && failing; !err {
				node.settle(c, d.lie, path)
			}
		}
	}
}

// settle brings a pending change to disk. Older ones are no longer, where it lies over them.
func (n *inode) settle(c *change, lie func(string, *change) *change, path string) {
	kept := c
	if lie != nil {
		kept = lie(path, c)
	}
	n.safe = kept.apply(n.safe, func(int) bool { return true })
	i := slices.Index(n.pending, c)
	n.pending = slices.Delete(n.pending, i, i+1)
	for _, old := range n.pending[:i] {
		if old.over == nil {
			old.over = make(map[int64]bool)
		}
		if c.data == nil && old.data == nil {
			old.over[0] = true
		}
		for j := range c.sectors() {
			if c.data != nil && old.data != nil {
				old.over[c.offset/sectorSize+int64(j)] = true
			}
		}
	}
}

func (m *move) apply(names map[string]*inode) {
	if m.remove != "" {
		delete(names, m.remove)
	}
	if m.add != "" {
		names[m.add] = m.node
	}
}

// sectorSize is what a disk writes whole or not at all.
const sectorSize = 512

// sectors returns how many sectors the change touches; 1 for a change of size.
func (c *change) sectors() int {
	if c.data == nil {
		return 1
	}
	return int((c.offset+int64(len(c.data))+sectorSize-1)/sectorSize - c.offset/sectorSize)
}

// apply makes the change to b, in the sectors for which keep is true.
func (c *change) apply(b []byte, keep func(sector int) bool) []byte {
	if c.data == nil {
		if !keep(0) || c.over[0] {
			return b
		}
		return resize(b, int(c.size))
	}
	first := c.offset / sectorSize
	for i := range c.sectors() {
		from, to := max((first+int64(i))*sectorSize, c.offset), min((first+int64(i)+1)*sectorSize, c.offset+int64(len(c.data)))
		if keep(i) && !c.over[first+int64(i)] {
			b = resize(b, max(len(b), int(to)))
			copy(b[from:], c.data[from-c.offset:to-c.offset])
		}
	}
	return b
}

func resize(b []byte, n int) []byte {
	if n <= len(b) {
		return b[:n:n]
	}
	return append(b, make([]byte, n-len(b))...)
}

// Ways to lose power, by what becomes of the changes that are not safe.
var outages = []struct {
	name string
	keep func(r *rand.Rand, change, changes, sector int, odd int) bool
}{
	{"nothing unsynced is kept", func(*rand.Rand, int, int, int, int) bool { return false }},
	{"all is kept", func(*rand.Rand, int, int, int, int) bool { return true }},
	{"some sectors are kept", func(r *rand.Rand, _, _, _, _ int) bool { return r.IntN(2) == 0 }},
	{"all but one change is kept", func(_ *rand.Rand, i, _, _, odd int) bool { return i != odd }},
	{"one change is kept", func(_ *rand.Rand, i, _, _, odd int) bool { return i == odd }},
	{"the newest change is kept", func(_ *rand.Rand, i, n, _, _ int) bool { return i == n-1 }},
	{"all is kept, the newest change torn", func(_ *rand.Rand, i, n, sector, odd int) bool { return i < n-1 || sector%2 == odd%2 }},
	{"some changes are kept", func(r *rand.Rand, i, _, _, odd int) bool { return odd>>(i%7)&1 == 0 }},
}

// crash returns the files that the disk could hold if the power failed now, by their paths below the root.
func (d *disk) crash(r *rand.Rand, outage int) map[string][]byte {
	keep := outages[outage].keep
	names := maps.Clone(d.names)
	odd := r.IntN(1 << 20)
	for i, m := range d.moves {
		if keep(r, i, len(d.moves), 0, odd%max(len(d.moves), 1)) {
			m.apply(names)
		}
	}
	files := make(map[string][]byte)
	for path, node := range names {
		if node.dir || filepath.Dir(path) != d.root && names[filepath.Dir(path)] == nil {
			continue
		}
		b := slices.Clone(node.safe)
		for i, c := range node.pending {
			b = c.apply(b, func(sector int) bool { return keep(r, i, len(node.pending), sector, odd%max(len(node.pending), 1)) })
		}
		name, err := filepath.Rel(d.root, path)
		if err != nil {
			panic(fmt.Sprint(path, err))
		}
		files[name] = b
	}
	return files
}
