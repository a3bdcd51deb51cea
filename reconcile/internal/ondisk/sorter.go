package ondisk

import (
	"cmp"
	"encoding/binary"
	"iter"
	"slices"

	"github.com/splitledger/splitledger/internal/lsm"
)

// Sorting more pairs than fit into memory: sorted runs, merged when they are read.

// A Pair is two numbers that are sorted, the first before the second.
type Pair struct{ A, B uint64 }

func (p Pair) compare(q Pair) int {
	if p.A != q.A {
		return cmp.Compare(p.A, q.A)
	}
	return cmp.Compare(p.B, q.B)
}

// pairShape: a pair is a key without a value, of two big-endian numbers, so that bytes sort as the numbers do.
var pairShape = lsm.Shape{Kind: "SLPAIRS1", Key: 16}

// A Sorter sorts pairs. Those that do not fit into memory are on disk. The zero value is ready to use.
type Sorter struct {
	Dir   string // for temporary files; the system's if empty
	Limit int    // how many pairs are in memory at the most; 0 for a million

	pairs []Pair
	runs  runs
}

// Add adds a pair. Equal pairs are kept as often as they are added.
func (s *Sorter) Add(p Pair) error {
	limit := s.Limit
	if limit == 0 {
		limit = 1 << 20
	}
	if n := len(s.pairs); n == cap(s.pairs) {
		s.pairs = slices.Grow(s.pairs, min(max(n, 1<<10), limit-n)) // append alone would copy many pairs many times
	}
	if s.pairs = append(s.pairs, p); len(s.pairs) < limit {
		return nil
	}
	return s.flush()
}

// flush writes what is in memory to a file, sorted.
func (s *Sorter) flush() error {
	slices.SortFunc(s.pairs, Pair.compare)
	s.runs.dir, s.runs.shape, s.runs.merge = s.Dir, pairShape, lsm.MergeAll
	err := s.runs.keep(0, len(s.pairs), func(yield func([]byte, error) bool) {
		var b []byte
		for _, p := range s.pairs {
			b = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b[:0], p.A), p.B)
			if !yield(b, nil) {
				return
			}
		}
	})
	s.pairs = s.pairs[:0]
	return err
}

// All yields the pairs in order, from memory alone if nothing was written to disk. It ends with an error, if there is
// one.
// It may be called again. Small reports never make a file.
func (s *Sorter) All() iter.Seq2[Pair, error] {
	return func(yield func(Pair, error) bool) {
		if len(s.runs.levels) == 0 {
			slices.SortFunc(s.pairs, Pair.compare)
			for _, p := range s.pairs {
				if !yield(p, nil) {
					return
				}
			}
			return
		}
		if len(s.pairs) > 0 {
			if err := s.flush(); err != nil {
				yield(Pair{}, err)
				return
			}
		}
		for e, err := range lsm.MergeAll(s.runs.all(), func() {}) {
			if err != nil {
				yield(Pair{}, err)
				return
			}
			if !yield(Pair{binary.BigEndian.Uint64(e), binary.BigEndian.Uint64(e[8:])}, nil) {
				return
			}
		}
	}
}

// Close removes the files.
func (s *Sorter) Close() error {
	s.pairs = nil
	return s.runs.close()
}
