package index

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/splitledger/splitledger/ledger/internal/daily"
	"github.com/splitledger/splitledger/ledger/journal"
)

// Totals are the files of daily totals, newest first. Together they have the records from the first up to those of
// some block. Those who read them hold the lock, so that no file is taken away meanwhile.
type Totals struct {
	mu      sync.RWMutex
	files   []*TotalsFile
	damaged bool // somebody found a block that is: they are made again
}

// A TotalsFile is daily totals of a stretch of the journal.
type TotalsFile struct {
	*daily.File
	Origin
	name string
}

// Place is what people are told the file's name is.
func (t *TotalsFile) Place() string { return "index " + t.name }

// Read calls f with the files there are, newest first, and the end of the stretch that they have; with none where there
// are none that can be believed. They stay open until f returns.
func (t *Totals) Read(f func(files []*TotalsFile, end journal.Head) error) error {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.damaged {
		return f(nil, journal.Head{})
	}
	return f(t.files, t.end())
}

// end is the end of the stretch that the files have.
func (t *Totals) end() (h journal.Head) {
	if len(t.files) > 0 {
		h = t.files[0].End
	}
	return h
}

// Distrust notes that a block is damaged: nobody reads the files any more, and they are made again.
func (t *Totals) Distrust() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.damaged = true
}

// Bytes returns the sizes of the files.
func (t *Totals) Bytes() (n int64) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, f := range t.files {
		n += f.Size
	}
	return n
}

// close closes the files.
func (t *Totals) close() (err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.files {
		err = errors.Join(err, f.Close())
	}
	t.files, t.damaged = nil, false
	return err
}

// OpenTotals opens the daily totals that the manifest names. Where they cannot be believed, they count no longer: the
// error says why, and they are made again from the journal.
func (x *Index) OpenTotals(readOnly bool) (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, x.dropTotals(readOnly))
		}
	}()
	next := uint64(0)
	for i, named := range x.Manifest.Totals {
		f, err := openTotals(filepath.Join(x.Dir, named.Name))
		if err != nil {
			return err
		}
		x.Totals.files = append(x.Totals.files, f)
		if err := named.fits(f.Sum()); err != nil {
			return err
		}
		if i > 0 && f.End.Record != next || f.End.Record > x.Start.Record || !f.isOf(x.Journal.ID()) {
			return fmt.Errorf("%s ends with record %d, expected %d", named.Name, f.End.Record, next)
		}
		next = f.First - 1
	}
	if next != 0 {
		return fmt.Errorf("no daily totals have the records up to %d", next)
	}
	return nil
}

// dropTotals gives the files up. Unless the index is for reading only, a manifest says so.
func (x *Index) dropTotals(readOnly bool) error {
	err := x.Totals.close()
	if readOnly {
		return err
	}
	return errors.Join(err, x.publish(x.Manifest.Checkpoints, x.runFiles(), nil))
}

// openTotals opens a file. The error names it.
func openTotals(path string) (*TotalsFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	t, err := daily.Open(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), errors.Join(err, f.Close()))
	}
	return &TotalsFile{t, originOf(t.Owner), filepath.Base(path)}, nil
}

// TotalsEnd returns the end of the stretch whose daily totals are kept: the beginning where they are damaged.
func (x *Index) TotalsEnd() (h journal.Head) {
	x.Totals.mu.RLock()
	defer x.Totals.mu.RUnlock()
	if x.Totals.damaged {
		return h
	}
	return x.Totals.end()
}

// AddTotals keeps what a builder has added up of the records behind [Index.TotalsEnd], up to the end of a block. Those
// that are damaged are given up.
func (x *Index) AddTotals(b *daily.Builder, end journal.Head) error {
	o := Origin{x.Journal.ID(), x.TotalsEnd().Record + 1, end}
	if o.First == 1 && len(x.Manifest.Totals) > 0 {
		if err := x.dropTotals(false); err != nil {
			return err
		}
	}
	made, err := x.createTotals(o, func(f *os.File) (*daily.File, error) { return b.Write(f, o.owner()) })
	if err != nil {
		return err
	}
	return x.publishTotals(made, 0, 0)
}

// createTotals makes a file. If it fails, none is left.
func (x *Index) createTotals(o Origin, write func(*os.File) (*daily.File, error)) (*TotalsFile, error) {
	name := fmt.Sprintf("totals-%016d-%016d", o.First, o.End.Record)
	f, err := createFile(filepath.Join(x.Dir, name))
	if err != nil {
		return nil, err
	}
	t, err := write(f)
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return &TotalsFile{t, o, name}, nil
}

// publishTotals lets a file count in the place of those from one up to another. Where that fails, it is removed.
func (x *Index) publishTotals(made *TotalsFile, from, to int) error {
	t := &x.Totals
	old := slices.Clone(t.files[from:to])
	files := slices.Replace(slices.Clone(t.files), from, to, made)
	var named []File
	for _, f := range files {
		named = append(named, File{f.name, f.Sum()})
	}
	if err := x.publish(x.Manifest.Checkpoints, x.runFiles(), named); err != nil {
		return errors.Join(err, made.Close(), os.Remove(filepath.Join(x.Dir, made.name)))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.files = files
	var err error
	for _, f := range old {
		err = errors.Join(err, f.Close())
	}
	return err
}

// mergeTotals merges files until no mergeWidth neighbours are of one size class.
func (x *Index) mergeTotals(between func()) error {
	for {
		from := mergeableTotals(x.Totals.files)
		if from < 0 {
			return nil
		}
		to := from + mergeWidth
		var list []*daily.File
		for _, f := range x.Totals.files[from:to] {
			list = append(list, f.File)
		}
		o := Origin{x.Journal.ID(), x.Totals.files[to-1].First, x.Totals.files[from].End}
		made, err := x.createTotals(o, func(f *os.File) (*daily.File, error) {
			return daily.Merge(f, o.owner(), list, between)
		})
		if _, damaged := errors.AsType[*daily.BlockError](err); damaged {
			x.Totals.Distrust()
			return nil // they are made again
		}
		if err == nil {
			err = x.publishTotals(made, from, to)
		}
		if err != nil {
			return err
		}
	}
}

// mergeableTotals returns where the newest mergeWidth neighbours of one size class begin, -1 if there are none. The
// size is that of the stretch: how many rows it has depends on how alike its records are.
func mergeableTotals(files []*TotalsFile) int {
	class := func(f *TotalsFile) (c int) {
		for n := f.End.Record - f.First + 1; n >= mergeWidth; n /= mergeWidth {
			c++
		}
		return c
	}
	for i := 0; i+mergeWidth <= len(files); i++ {
		same := files[i : i+mergeWidth]
		if !slices.ContainsFunc(same, func(f *TotalsFile) bool { return class(f) > class(same[mergeWidth-1]) }) {
			return i
		}
	}
	return -1
}
