package ondisk

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var limits = []int{1, 2, 1000}

func pairs() *rapid.Generator[Pair] {
	number := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 5))
	return rapid.Custom(func(t *rapid.T) Pair { return Pair{number.Draw(t, "a"), number.Draw(t, "b")} })
}

// A sorter yields what a sorted slice does, equal pairs as often as they were added, as often as it is asked, and goes on from there.
func TestSorter(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		s := Sorter{Dir: dir, Limit: rapid.SampledFrom(limits).Draw(t, "limit")}
		defer s.Close()
		var want []Pair
		for range 3 {
			for _, p := range rapid.SliceOfN(pairs(), 0, 60).Draw(t, "pairs") {
				if err := s.Add(p); err != nil {
					t.Fatal(err)
				}
				want = append(want, p)
			}
			slices.SortFunc(want, Pair.compare)
			for range 2 {
				if got := sorted(t, &s); !slices.Equal(got, want) {
					t.Fatalf("limit %d: got %v, want %v", s.Limit, got, want)
				}
			}
		}
		for p, err := range s.All() {
			if err != nil || p != want[0] {
				t.Fatal(p, err)
			}
			break // a loop may end early
		}
	})
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func sorted(t interface{ Fatal(...any) }, s *Sorter) (list []Pair) {
	for p, err := range s.All() {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

// More pairs than a buffer of a file holds, in several files.
func TestManyPairs(t *testing.T) {
	s := Sorter{Dir: t.TempDir(), Limit: 10_000}
	defer s.Close()
	const n = 45_000
	for i := range uint64(n) {
		if err := s.Add(Pair{i * 7919 % n, i}); err != nil {
			t.Fatal(err)
		}
	}
	i := uint64(0)
	for p, err := range s.All() {
		if err != nil || p.A != i {
			t.Fatalf("got %v, %v, want %d", p, err, i)
		}
		i++
	}
	if i != n {
		t.Errorf("%d of %d", i, n)
	}
}

func TestSorterIsEmptyOnceClosed(t *testing.T) {
	s := Sorter{Dir: t.TempDir(), Limit: 1}
	for i := range uint64(3) {
		s.Add(Pair{i, i})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := sorted(t, &s); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}

// A log gives back any record at its place, in any order, also those that are longer than what is read at a time.
func TestLog(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		l := Log{Dir: dir}
		defer l.Close()
		record := rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 0, 40),
			rapid.Map(rapid.IntRange(window-10, window+10), func(n int) []byte { return bytes.Repeat([]byte{byte(n)}, n) }))
		var want [][]byte
		var places []uint64
		for range 2 {
			for _, r := range rapid.SliceOfN(record, 0, 20).Draw(t, "records") {
				at, err := l.Append(r)
				if err != nil || slices.Contains(places, at) {
					t.Fatal(at, err)
				}
				want, places = append(want, r), append(places, at)
			}
			if err := l.Flush(); err != nil {
				t.Fatal(err)
			}
			one, other := l.Reader(), l.Reader()
			for n := range 2 * len(want) {
				i := rapid.IntRange(0, len(want)-1).Draw(t, "which")
				in := []*LogReader{one, other}[n%2]
				if got, err := in.At(places[i]); err != nil || !bytes.Equal(got, want[i]) {
					t.Fatalf("record %d of %d bytes: got %d bytes, %v", i, len(want[i]), len(got), err)
				}
			}
		}
		if _, err := l.Reader().At(1 << 40); len(want) > 0 && err == nil {
			t.Fatal("a record beyond the end")
		}
	})
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
