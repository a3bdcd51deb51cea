package ledger

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/splitledger/splitledger/internal/lsm"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/journal"
)

// A run is a sorted run of key hashes, each with the newest record that had it among the records the run covers.
type run struct {
	*lsm.Run
	origin
	path  string
	noted func(Damage) // is told of pages that were made again; nil: nobody is
}

const runKind = "SLKEYS02"

// An entry is the hash, big-endian, and five bytes of the record, little-endian.
var runShape = lsm.Shape{Kind: runKind, Key: 8, Value: 5}

const runEntry = 13

func (k keyed) appendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, k.hash)
	b = binary.LittleEndian.AppendUint32(b, uint32(k.record))
	return append(b, byte(k.record>>32))
}

func keyedOf(entry []byte) keyed { return keyed{binary.BigEndian.Uint64(entry), recordOf(entry[8:])} }

func recordOf(value []byte) uint64 {
	return uint64(binary.LittleEndian.Uint32(value)) | uint64(value[4])<<32
}

// openRun opens a run. Unless it is for reading only, what is repaired is written to its file.
func openRun(path string, readOnly bool) (*run, error) {
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
	return &run{Run: r, origin: originOf(r.Owner), path: path}, nil
}

// writeRun writes the keys, which are at most the given number and in order, to a new file and opens it.
func writeRun(path string, o origin, atMost int, keys iter.Seq2[[]byte, error]) (*run, error) {
	f, err := createIndexFile(path)
	if err != nil {
		return nil, err
	}
	r, err := lsm.Write(f, runShape, lsm.Options{Owner: o.owner(), Keys: max(atMost, 1), Durable: true}, keys)
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return &run{Run: r, origin: o, path: path}, nil
}

// file returns the run as a manifest names it.
func (r *run) file() indexFile { return indexFile{filepath.Base(r.path), r.Sum()} }

// Records are those of the journal.
type records interface {
	Read(n uint64) (journal.Record, error)
}

// get returns the newest record with the hash among those the run covers, 0 if there is none. The error is that of a
// damaged page.
func (r *run) get(hash uint64) (uint64, error) {
	var key [8]byte
	binary.BigEndian.PutUint64(key[:], hash)
	value, err := r.Get(key[:])
	if value == nil || err != nil {
		return 0, err
	}
	return recordOf(value), nil
}

// repair makes the damaged pages again. The run may be merged away meanwhile.
func (r *run) repair(from records) error {
	n, err := r.Repair(func(yield func([]byte, error) bool) {
		var p codec.Record
		var entry [runEntry]byte
		for record := r.first; record <= r.end.Record; record++ {
			rec, err := from.Read(record)
			if err == nil {
				err = corrupt(p.Parse(rec))
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range p.Keys {
				if !yield(keyed{p.HashKey(&p.Keys[i]), record}.appendTo(entry[:0]), nil) {
					return
				}
			}
		}
	})
	if page, ok := errors.AsType[*lsm.PageError](err); ok {
		return &Error{
			Code: Corrupt, Message: "the journal does not have the keys that the index was made of; see verify",
			Detail: fmt.Sprintf("%s, page %d", r.path, page.Page),
		}
	}
	if n > 0 && r.noted != nil {
		what := fmt.Sprintf("%d of its pages were damaged; they were made again from the journal", n)
		r.noted(Damage{Place: "index " + filepath.Base(r.path), What: what})
	}
	return err
}

// sortedKeyeds yields a table in memory in order: of its pieces, which are in order, one after another.
func sortedKeyeds(table *keyMap) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var keys []keyed
		var entry [runEntry]byte
		for i := range table.pieces {
			keys = keys[:0]
			for _, k := range table.pieces[i].slots { // nearly in order
				if k.record != 0 {
					keys = append(keys, k)
				}
			}
			slices.SortFunc(keys, func(a, b keyed) int { return cmp.Compare(a.hash, b.hash) })
			for _, k := range keys {
				if !yield(k.appendTo(entry[:0]), nil) {
					return
				}
			}
		}
	}
}

// mergeRuns yields the keys of several runs, given newest first, in order; of one hash only the newest record. It
// calls between now and then.
func mergeRuns(runs []*run, between func()) iter.Seq2[[]byte, error] {
	var list []*lsm.Run
	for _, r := range runs {
		list = append(list, r.Run)
	}
	return lsm.Merge(list, between)
}
