package spill

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"os"
	"slices"
)

// A Pair is two numbers that are sorted, the first before the second.
type Pair struct{ A, B uint64 }

func (p Pair) compare(q Pair) int {
	if p.A != q.A {
		return cmp.Compare(p.A, q.A)
	}
	return cmp.Compare(p.B, q.B)
}

const pairSize = 16

// A Sorter sorts pairs. Those that do not fit into memory are on disk. The zero value is ready to use.
type Sorter struct {
	Dir   string // for temporary files; the system's if empty
	Limit int    // how many pairs are in memory at the most; 0 for a million

	pairs []Pair
	runs  []*os.File
}

// Add adds a pair.
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
	f, err := create(s.Dir)
	if err != nil {
		return err
	}
	s.runs = append(s.runs, f)
	out := bufio.NewWriterSize(f, 1<<16)
	var b [pairSize]byte
	for _, p := range s.pairs {
		binary.LittleEndian.PutUint64(b[:], p.A)
		binary.LittleEndian.PutUint64(b[8:], p.B)
		if _, err := out.Write(b[:]); err != nil {
			return err
		}
	}
	s.pairs = s.pairs[:0]
	return out.Flush()
}

// All yields the pairs in order. It ends with an error, if there is one.
func (s *Sorter) All() iter.Seq2[Pair, error] {
	return func(yield func(Pair, error) bool) {
		slices.SortFunc(s.pairs, Pair.compare)
		var sources sources
		if len(s.pairs) > 0 {
			sources = append(sources, &source{next: s.pairs[0], rest: s.pairs[1:]})
		}
		for _, f := range s.runs {
			src := &source{in: bufio.NewReaderSize(io.NewSectionReader(f, 0, 1<<62), 1<<16)}
			if ok, err := src.advance(); err != nil {
				yield(Pair{}, err)
				return
			} else if ok {
				sources = append(sources, src)
			}
		}
		heap.Init(&sources)
		for len(sources) > 0 {
			src := sources[0]
			if !yield(src.next, nil) {
				return
			}
			ok, err := src.advance()
			switch {
			case err != nil:
				yield(Pair{}, err)
				return
			case ok:
				heap.Fix(&sources, 0)
			default:
				heap.Pop(&sources)
			}
		}
	}
}

// Close removes the files.
func (s *Sorter) Close() error {
	var err error
	for _, f := range s.runs {
		err = errors.Join(err, remove(f))
	}
	s.runs, s.pairs = nil, nil
	return err
}

// A source is a sorted list of pairs, in memory or in a file.
type source struct {
	next Pair
	rest []Pair
	in   *bufio.Reader
}

// advance goes on to the next pair; it reports false at the end.
func (s *source) advance() (bool, error) {
	if s.in == nil {
		if len(s.rest) == 0 {
			return false, nil
		}
		s.next, s.rest = s.rest[0], s.rest[1:]
		return true, nil
	}
	var b [pairSize]byte
	if _, err := io.ReadFull(s.in, b[:]); err != nil {
		if err == io.EOF {
			return false, nil
		}
		return false, err
	}
	s.next = Pair{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])}
	return true, nil
}

// sources is a heap of sources.
type sources []*source

func (s sources) Len() int           { return len(s) }
func (s sources) Less(i, j int) bool { return s[i].next.compare(s[j].next) < 0 }
func (s sources) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *sources) Push(x any)        { *s = append(*s, x.(*source)) }
func (s *sources) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}
