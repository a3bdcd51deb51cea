package ondisk

import (
	"errors"
	"iter"
	"slices"

	"github.com/splitledger/splitledger/internal/lsm"
)

// Sorted runs on disk, for the map and the sorter.

// runs are sorted runs in temporary files, as a log-structured merge tree has them.
type runs struct {
	dir   string
	shape lsm.Shape
	found bool // keys are looked up one by one, so each run gets a filter
	merge func([]*lsm.Run, func()) iter.Seq2[[]byte, error]

	levels [][]*lsm.Run // newest last; those of a level are of about one size
}

// fanout is how many runs are merged together. More would make each look-up ask more runs, and fewer would write
// each entry more often.
const fanout = 8

// keep writes so many entries, which are in order, as the newest run of a level. Level 0 has what was in memory. A
// level that is full is merged into one run of the next.
// So an entry is written once for each level, and there are only as many levels as the logarithm of the
// entries, to the base fanout. A look-up asks at most fanout - 1 runs a level.
func (r *runs) keep(level, n int, entries iter.Seq2[[]byte, error]) error {
	f, err := create(r.dir)
	if err != nil {
		return err
	}
	o := lsm.Options{}
	if r.found {
		o.Keys = n
	}
	run, err := lsm.Write(f, r.shape, o, entries)
	if err != nil {
		return errors.Join(err, remove(f))
	}
	if level == len(r.levels) {
		r.levels = append(r.levels, nil)
	}
	r.levels[level] = append(r.levels[level], run)
	if len(r.levels[level]) < fanout {
		return nil
	}
	old := slices.Clone(r.levels[level])
	slices.Reverse(old)
	n = 0
	for _, run := range old {
		n += run.Len()
	}
	if err := r.keep(level+1, n, r.merge(old, func() {})); err != nil {
		return err
	}
	r.levels[level] = nil
	return closeAll(old)
}

// all returns the runs, newest first.
func (r *runs) all() (list []*lsm.Run) {
	for _, level := range r.levels {
		for _, run := range slices.Backward(level) {
			list = append(list, run)
		}
	}
	return list
}

// close removes the files.
func (r *runs) close() error {
	err := closeAll(r.all())
	r.levels = nil
	return err
}

// closeAll closes runs and removes their files.
// All are closed, even if one fails: a file that stays open keeps its space on disk.
func closeAll(list []*lsm.Run) (err error) {
	for _, run := range list {
		err = errors.Join(err, run.Close(), unname(run.File()))
	}
	return err
}
