// Package index keeps what is derived from the journal in files beside it, in the directory <ledger>-index: checkpoints
// of the accounts, so that opening need not replay the whole journal, and sorted runs of the hashes of keys, each with
// the newest record that has it, and daily totals (package daily). The file <ledger>-manifest says which of them count;
// all others are remains of work that was cut off. All may be deleted while the ledger is closed: they are made again.
//
// [Keys] finds the newest record that has a key, in memory and in the runs. An [Index] has them and the files; it is
// told what to keep in plain values, and knows nothing of the ledger that they are of but its journal. When a
// checkpoint is made, and of which accounts, is for the ledger to say.
//
// No file is trusted for its name: each carries the identity of its ledger and the stretch of the journal that it was
// made of, its [Origin], and the manifest has the sum of each that counts.
package index

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/internal/lsm"
	"github.com/splitledger/splitledger/ledger/journal"
)

// An Index is the keys and the files of a ledger. Its own methods and fields are for one goroutine, and those of Keys
// for several, as they say. All files may be lost: what fails here costs only the time to make them again.
type Index struct {
	*Keys
	Dir     string
	Journal journal.Journal
	Known   func() journal.Head      // returns the newest block that is durable
	Noted   func(place, what string) // is told of damage that was mended

	Totals   Totals
	Manifest Manifest
	Start    journal.Head // of the newest checkpoint that counts
}

// DirOf returns the name of the index directory of a ledger's file.
func DirOf(path string) string { return path + "-index" }

// ManifestPath returns the name of the manifest of an index directory.
func ManifestPath(dir string) string { return strings.TrimSuffix(dir, "-index") + "-manifest" }

// Open reads the manifest, after which there may be checkpoints to read and runs to open. The error is ErrNone if there
// is no index.
func (x *Index) Open() error {
	m, err := ReadManifest(ManifestPath(x.Dir))
	if err != nil {
		return err
	}
	x.Manifest = m
	if names, _ := x.files(); len(names) == 0 {
		return ErrNone // somebody removed the directory, or what is in it
	}
	if o := (Origin{Ledger: m.Ledger}); !o.isOf(x.Journal.ID()) {
		return errors.New("the manifest is of another ledger")
	}
	return nil
}

// Checkpoints opens the checkpoints that the manifest names. They must be closed.
func (x *Index) Checkpoints() (c Chain, err error) {
	for _, named := range x.Manifest.Checkpoints {
		f, err := OpenCheckpoint(filepath.Join(x.Dir, named.Name))
		if err == nil {
			c = append(c, f)
			err = named.fits(f.sum)
		}
		if err != nil {
			c.Close()
			return nil, err
		}
	}
	return c, nil
}

// OpenRuns opens the runs that the manifest names, which must have the keys up to the start of the newest checkpoint.
func (x *Index) OpenRuns(start journal.Head, readOnly bool) error {
	next := start.Record
	for _, named := range x.Manifest.Runs {
		r, err := OpenRun(filepath.Join(x.Dir, named.Name), readOnly)
		if err != nil {
			return err
		}
		r.noted = x.Noted
		x.runs = append(x.runs, r)
		if err := named.fits(r.Sum()); err != nil {
			return err
		}
		if r.End.Record != next {
			return fmt.Errorf("%s ends with record %d, expected %d", named.Name, r.End.Record, next)
		}
		next = r.First - 1
	}
	if next != 0 {
		return fmt.Errorf("no run of keys has the records up to %d", next)
	}
	x.Start, x.covered = start, start.Record
	return nil
}

// Discard begins anew without an index; Sweep then removes the files.
func (x *Index) Discard() error {
	if err := x.Close(); err != nil {
		return err
	}
	x.Keys, x.Manifest, x.Start = NewKeys(), Manifest{Losses: x.Manifest.Losses}, journal.Head{}
	return nil
}

// NewestBlock returns the newest block of the ledger with the given identity that the manifest or a file of the index
// knows, whether it counts or not.
func (x *Index) NewestBlock(identity [16]byte) (newest journal.Head) {
	known := func(o Origin) {
		if o.isOf(identity) && o.End.Block > newest.Block {
			newest = o.End
		}
	}
	known(Origin{Ledger: x.Manifest.Ledger, End: x.Manifest.Head})
	names, _ := x.files() // what cannot be listed cannot be read either
	for _, name := range names {
		if o, err := ReadOrigin(filepath.Join(x.Dir, name)); err == nil {
			known(o)
		}
	}
	return newest
}

// Bytes returns the sizes of the files in the index directory.
func (x *Index) Bytes() (n int64) {
	list, _ := os.ReadDir(x.Dir)
	for _, e := range list {
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
	}
	return n
}

// Begin begins a checkpoint of what has changed since the newest one, up to the end of a block.
func (x *Index) Begin(end journal.Head) (*CheckpointWriter, error) {
	return x.newCheckpoint(x.Start.Record+1, end)
}

// newCheckpoint begins a checkpoint of the records from first to the end of a block. The name says which, for people;
// what counts is the origin in its header.
func (x *Index) newCheckpoint(first uint64, end journal.Head) (*CheckpointWriter, error) {
	path := filepath.Join(x.Dir, fmt.Sprintf("checkpoint-%016d-%016d", first, end.Record))
	return CreateCheckpoint(path, Origin{x.Journal.ID(), first, end})
}

// newRun writes a run of keys, at most the given number, of the records from first to the end of a block.
func (x *Index) newRun(
	first uint64, end journal.Head, atMost int, entries iter.Seq2[[]byte, error],
) (*SortedRun, error) {
	path := filepath.Join(x.Dir, fmt.Sprintf("keys-%016d-%016d", first, end.Record))
	r, err := WriteRun(path, Origin{x.Journal.ID(), first, end}, atMost, entries)
	if err != nil {
		return nil, err
	}
	r.noted = x.Noted
	return r, nil
}

// writeSealed writes the sealed table, which has the keys up to the end of a block, as a run.
func (x *Index) writeSealed(end journal.Head) (*SortedRun, error) {
	x.mu.Lock()
	table, first := x.sealed, x.covered+1
	x.mu.Unlock()
	return x.newRun(first, end, table.len(), table.entries())
}

// Spill writes the keys in memory, which are of the records up to those of the given block, as a run that no manifest
// names yet.
func (x *Index) Spill(end journal.Head) error {
	x.Seal()
	r, err := x.writeSealed(end)
	if err == nil {
		x.flushed(r)
	}
	return err
}

// Add lets a finished checkpoint count, with a run of the sealed keys, which are those up to its block, unless runs
// have them. Where that fails, the files are removed, and the keys stay in memory.
func (x *Index) Add(w *CheckpointWriter) (err error) {
	var run *SortedRun
	defer func() {
		if err == nil {
			return
		}
		err = errors.Join(err, w.Abandon())
		if run != nil {
			err = errors.Join(err, run.Close(), os.Remove(run.path))
		}
	}()
	runs := x.runFiles()
	if w.origin.End.Record > x.Covered() {
		if run, err = x.writeSealed(w.origin.End); err != nil {
			return err
		}
		runs = append([]File{run.File()}, runs...)
	}
	// The manifest is what makes both files count, at once: a checkpoint without the run of its keys would have events
	// booked twice.
	if err := x.publish(append([]File{w.File()}, x.Manifest.Checkpoints...), runs, x.Manifest.Totals); err != nil {
		return err
	}
	x.Start = w.origin.End
	if run != nil {
		x.flushed(run)
	}
	return nil
}

// runFiles returns the runs as a manifest names them, newest first.
func (x *Index) runFiles() (list []File) {
	for _, r := range x.Runs() {
		list = append(list, r.File())
	}
	return list
}

// Close closes the files, but for checkpoints, which whoever reads them closes.
func (x *Index) Close() error { return errors.Join(x.Keys.Close(), x.Totals.close()) }

// Merge merges checkpoints, runs and daily totals where they have become many. It calls between now and then, which may add a
// checkpoint. all says that checkpoints are merged if there are several.
func (x *Index) Merge(all bool, between func()) error {
	return errors.Join(x.mergeCheckpoints(all, between), x.mergeRuns(between), x.mergeTotals(between))
}

// mergeShare is what part of the oldest checkpoint, which has all accounts, those after it may be as large as: so
// opening reads each account about once, and an account that changes is written about three times.
const mergeShare = 0.5

// mergeCheckpoints makes one checkpoint of all, once those after the oldest are such a part of its size.
func (x *Index) mergeCheckpoints(all bool, between func()) error {
	old := x.Manifest.Checkpoints // newest first
	var paths []string
	var later, oldest int64
	for _, f := range old {
		paths = append(paths, filepath.Join(x.Dir, f.Name))
		info, err := os.Stat(paths[len(paths)-1])
		if err != nil {
			return err
		}
		later, oldest = later+oldest, info.Size()
	}
	if len(old) == 1 || !all && float64(later) < mergeShare*float64(oldest) {
		return nil
	}
	w, err := x.newCheckpoint(1, x.Start)
	if err != nil {
		return err
	}
	end, err := w.merge(paths, between)
	if err == nil {
		err = w.Finish(&end)
	}
	if err == nil {
		made := x.Manifest.Checkpoints[:len(x.Manifest.Checkpoints)-len(old)] // meanwhile
		err = x.publish(append(slices.Clone(made), w.File()), x.runFiles(), x.Manifest.Totals)
	}
	if err != nil {
		return errors.Join(err, w.Abandon())
	}
	return nil
}

// mergeWidth is how many neighbouring runs of about one size become one.
const mergeWidth = 4

// mergeRuns merges runs until no mergeWidth neighbours are of one size class.
func (x *Index) mergeRuns(between func()) error {
	for {
		old := mergeable(x.Runs())
		if old == nil {
			return nil
		}
		total := 0
		for _, r := range old {
			total += r.Len()
		}
		write := func() (*SortedRun, error) {
			return x.newRun(old[len(old)-1].First, old[0].End, total, mergedEntries(old, between))
		}
		merged, err := write()
		// A damaged page is made again from the journal, once; what is damaged after that is not the page but the
		// disk, or the journal.
		if _, ok := errors.AsType[*lsm.PageError](err); ok {
			if err = x.repair(old); err == nil {
				merged, err = write()
			}
		}
		if err != nil {
			return err
		}
		x.replace(old, merged)
		err = x.publish(x.Manifest.Checkpoints, x.runFiles(), x.Manifest.Totals)
		for _, r := range old {
			err = errors.Join(err, r.Close())
		}
		if err != nil {
			return err
		}
	}
}

// mergeable returns the newest mergeWidth neighbours of one size class, nil if there are none.
func mergeable(runs []*SortedRun) []*SortedRun {
	class := func(r *SortedRun) (c int) {
		for n := r.Len(); n >= mergeWidth; n /= mergeWidth {
			c++
		}
		return c
	}
	for i := 0; i+mergeWidth <= len(runs); i++ {
		same := runs[i : i+mergeWidth]
		one := true
		for _, r := range same {
			one = one && class(r) <= class(same[mergeWidth-1])
		}
		if one {
			return same
		}
	}
	return nil
}

// repair makes the damaged pages of runs again.
func (x *Index) repair(runs []*SortedRun) error {
	s := &snapshotReader{journal: x.Journal}
	defer s.close()
	for _, r := range runs {
		if err := r.repair(s); err != nil {
			return err
		}
	}
	return nil
}

// A snapshotReader reads the records of a journal one after another, so many with each snapshot: storage is kept from
// reuse while one is open.
type snapshotReader struct {
	journal  journal.Journal
	snapshot journal.Snapshot
	left     int
}

// Read implements [Records].
func (s *snapshotReader) Read(n uint64) (journal.Record, error) {
	if s.left == 0 {
		s.close()
		var err error
		if s.snapshot, err = s.journal.Snapshot(); err != nil {
			return journal.Record{}, err
		}
		s.left = 4096
	}
	s.left--
	return s.snapshot.Record(n)
}

// close gives up the snapshot. The next Read opens another.
func (s *snapshotReader) close() {
	if s.snapshot != nil {
		s.snapshot.Close()
		s.snapshot, s.left = nil, 0
	}
}
