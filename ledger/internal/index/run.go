package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"

	"github.com/splitledger/splitledger/internal/lsm"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/journal"
)

// A SortedRun has key hashes in order, each with the newest record that had it among the records the run covers.
type SortedRun struct {
	*lsm.Run
	Origin
	path  string
	noted func(place, what string) // is told of pages that were made again; nil: nobody is
}

const runKind = "SLKEYS02"

// A value is the number of a record in five bytes, which are enough for 10^12 records.
var runShape = lsm.Shape{Kind: runKind, Key: 8, Value: 5}

// runEntry is how many bytes an entry takes: a hash and five bytes of the record's number.
const runEntry = 13

// OpenRun opens a run. Unless it is for reading only, what is repaired is written to its file. The error names the
// file; whoever opens the ledger makes the index again then.
func OpenRun(path string, readOnly bool) (*SortedRun, error) {
	flag := os.O_RDWR
	if readOnly {
		flag = os.O_RDONLY
	}
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return nil, err
	}
	r, err := lsm.Open(f, runShape)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), errors.Join(err, f.Close()))
	}
	return &SortedRun{Run: r, Origin: originOf(r.Owner), path: path}, nil
}

// WriteRun writes entries of keys, which are at most the given number and in order, to a new file and opens it. If it
// fails, no file is left.
func WriteRun(path string, o Origin, atMost int, entries iter.Seq2[[]byte, error]) (*SortedRun, error) {
	f, err := createFile(path)
	if err != nil {
		return nil, err
	}
	r, err := lsm.Write(f, runShape, lsm.Options{Owner: o.owner(), Keys: max(atMost, 1), Durable: true}, entries)
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return &SortedRun{Run: r, Origin: o, path: path}, nil
}

// File returns the run as a manifest names it.
func (r *SortedRun) File() File { return File{filepath.Base(r.path), r.Sum()} }

// Get returns the newest record with the hash among those the run covers, 0 if there is none. Another key may have the
// same hash: the record itself says which it has. The error is that of a damaged page.
func (r *SortedRun) Get(hash uint64) (uint64, error) {
	var key [8]byte
	binary.BigEndian.PutUint64(key[:], hash)
	value, err := r.Run.Get(key[:])
	if value == nil || err != nil {
		return 0, err
	}
	return recordOf(value), nil
}

// All yields the keys in order. It ends with an error where a page is damaged, the keys are not in order, or the run's
// filter hides one of them.
func (r *SortedRun) All() iter.Seq2[KeyRef, error] {
	return func(yield func(KeyRef, error) bool) {
		last, some := uint64(0), false
		for e, err := range r.Run.All() {
			var k KeyRef
			if err == nil {
				if k = refOf(e); some && k.Hash <= last {
					err = errors.New("its keys are not in order")
				} else if !r.MayHave(e) {
					err = fmt.Errorf("its filter hides the key that leads to record %d", k.Record)
				}
			}
			if !yield(k, err) || err != nil {
				return
			}
			last, some = k.Hash, true
		}
	}
}

// Records are those of the journal, of which the keys can be made again.
type Records interface {
	Read(n uint64) (journal.Record, error)
}

// A RepairError is that the journal does not have what a page that is damaged was made of.
type RepairError struct {
	Path string
	Page int
}

// Error says so, and where to look further.
func (e *RepairError) Error() string {
	return "the journal does not have the keys that the index was made of; see verify"
}

// repair makes the damaged pages again: it reads all records of the run from the journal, as any of them may have had
// a key in one of the pages. The run may be merged away meanwhile; then nothing is done.
func (r *SortedRun) repair(from Records) error {
	n, err := r.Repair(func(yield func([]byte, error) bool) {
		var p codec.Record
		var entry [runEntry]byte
		for record := r.First; record <= r.End.Record; record++ {
			rec, err := from.Read(record)
			if err == nil {
				err = p.Parse(rec)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range p.Keys {
				if !yield(KeyRef{p.HashKey(&p.Keys[i]), record}.AppendTo(entry[:0]), nil) {
					return
				}
			}
		}
	})
	if page, ok := errors.AsType[*lsm.PageError](err); ok {
		return &RepairError{r.path, page.Page}
	}
	if n > 0 && r.noted != nil {
		r.noted(r.place(), fmt.Sprintf("%d of its pages were damaged; they were made again from the journal", n))
	}
	return err
}

// place is what people are told the run's name is.
func (r *SortedRun) place() string { return "index " + filepath.Base(r.path) }

// mergedEntries yields the entries of several runs, given newest first, in order; of one hash only the newest record.
// It calls between now and then.
func mergedEntries(runs []*SortedRun, between func()) iter.Seq2[[]byte, error] {
	var list []*lsm.Run
	for _, r := range runs {
		list = append(list, r.Run)
	}
	return lsm.Merge(list, between)
}

// A KeyRange is a run, or the keys in memory, with a sum over what it should hold: for each hash of the records it
// covers, the newest record that has it. An older occurrence is known by the newer one's pointer to it.
type KeyRange struct {
	First, Last uint64     // records
	run         *SortedRun // nil for the keys in memory
	sum         fingerprint
}

// A fingerprint is a sum of mixed pairs of hash and record, in any order.
type fingerprint struct {
	mixed uint64
	count int64
}

// add adds a pair. The sum is the same in whatever order they come, so no order has to be made to compare two sets.
func (f *fingerprint) add(hash, record uint64) {
	f.mixed += mix(hash, record)
	f.count++
}

// mix makes a number of a pair, so different for neighbours that a sum of them does not cancel out by chance. Its
// multipliers are those of SplitMix64. It is no protection against intent.
func mix(hash, record uint64) uint64 {
	x := hash ^ record*0x9E3779B97F4A7C15
	x = (x ^ x>>31) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// Ranges returns the runs there are and, for what is in memory, what lies behind the last record that they cover.
// Together they have each record of the journal once.
func (t *Keys) Ranges(covered uint64) (list []KeyRange) {
	for _, r := range t.Runs() {
		list = append(list, KeyRange{run: r, First: r.First, Last: r.End.Record})
	}
	return append(list, KeyRange{First: covered + 1, Last: ^uint64(0)})
}

// Take takes note of a key of a record: its hash, and the record before that has it. A record that the range does not
// cover is passed over.
func (r *KeyRange) Take(hash, record, prev uint64) {
	if record < r.First || record > r.Last {
		return
	}
	r.sum.add(hash, record)
	if prev >= r.First {
		// The earlier occurrence is in the range too, but the range keeps only the newest.
		r.sum.mixed -= mix(hash, prev)
		r.sum.count--
	}
}

// Place is what people are told the range's name is.
func (r *KeyRange) Place() string {
	if r.run == nil {
		return "keys in memory"
	}
	return r.run.place()
}

// Fits reports whether the range has what was taken note of; recent are the keys in memory. Sums are compared and not
// keys, which for a large ledger would not fit into memory. The error says what is wrong with the run by itself.
func (r *KeyRange) Fits(recent map[uint64]uint64) (bool, error) {
	var held fingerprint
	if r.run == nil {
		for hash, record := range recent {
			held.add(hash, record)
		}
		return held == r.sum, nil
	}
	for k, err := range r.run.All() {
		if err != nil {
			return false, err
		}
		held.add(k.Hash, k.Record)
	}
	return held == r.sum, nil
}

// Get returns the record that a hash leads to in the range, 0 if none.
func (r *KeyRange) Get(hash uint64, recent map[uint64]uint64) (uint64, error) {
	if r.run == nil {
		return recent[hash], nil
	}
	return r.run.Get(hash)
}
