package lsm

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var shapes = []Shape{{"SLTEST01", 8, 5}, {"SLTEST02", 16, 8}, {"SLTEST03", 16, 0}}

// entryOf is the entry of the i-th key, with a value that n stands in.
func entryOf(s Shape, i, n int) []byte {
	key := sha256.Sum256(fmt.Append(nil, i))
	value := sha256.Sum256(fmt.Append(nil, "value", n))
	return append(key[:s.Key:s.Key], value[:s.Value]...)
}

func all(entries [][]byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

type tester interface {
	Helper()
	Fatal(...any)
}

// write makes a run of entries in any order.
func write(t tester, path string, s Shape, o Options, entries [][]byte) *Run {
	t.Helper()
	entries = slices.SortedFunc(slices.Values(entries), bytes.Compare)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Write(f, s, o, all(entries))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// reopen opens the file of a run once more.
func reopen(t tester, path string, s Shape) *Run {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(f, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A run gives back each entry, and nothing else; merged with others, the newest of each key, or all of them.
func TestRuns(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(shapes).Draw(t, "shape")
		var runs []*Run
		want := make(map[string]string)
		total := 0
		owner := Owner{1, 2, 87: 3}
		for n := range rapid.IntRange(1, 4).Draw(t, "runs") {
			var entries [][]byte
			from := rapid.IntRange(0, 500).Draw(t, "from")
			for i := range rapid.SampledFrom([]int{0, 1, 5, 700}).Draw(t, "entries") {
				e := entryOf(s, from+i, n)
				entries = append(entries, e)
				want[string(e[:s.Key])] = string(e[s.Key:])
			}
			total += len(entries)
			path := filepath.Join(dir, fmt.Sprint(n))
			made := write(t, path, s, Options{Owner: owner, Keys: len(entries), Durable: n == 0}, entries)
			r := reopen(t, path, s)
			if r.Owner != owner || r.Sum() != made.Sum() || r.Len() != len(entries) {
				t.Fatalf("%d entries of %x, sum %x; wrote %d, %x", r.Len(), r.Owner, r.Sum(), len(entries), made.Sum())
			}
			made.Close()
			defer r.Close()
			runs = slices.Insert(runs, 0, r)
		}
		n := 0
		for _, err := range MergeAll(runs, func() {}) {
			if n++; err != nil {
				t.Fatal(err)
			}
		}
		if n != total {
			t.Fatalf("%d entries in all, want %d", n, total)
		}
		f, err := os.Create(filepath.Join(dir, "merged"))
		if err != nil {
			t.Fatal(err)
		}
		merged, err := Write(f, s, Options{Keys: total}, Merge(runs, func() {}))
		if err != nil {
			t.Fatal(err)
		}
		defer merged.Close()
		got := make(map[string]string)
		for e, err := range merged.All() {
			if err != nil {
				t.Fatal(err)
			}
			got[string(e[:s.Key])] = string(e[s.Key:])
		}
		if !maps.Equal(got, want) || merged.Len() != len(want) {
			t.Fatalf("%d entries, want %d", len(got), len(want))
		}
		for i := range 1300 {
			e := entryOf(s, i, 0)
			value, err := merged.Get(e[:s.Key])
			if have, ok := want[string(e[:s.Key])]; err != nil || ok != (value != nil) || string(value) != have {
				t.Fatalf("key %d: %x, %v; want %x, %v", i, value, err, have, ok)
			}
		}
	})
}

// A page that was changed, with its checksum put right or not, is found when it is used, and made again of the
// entries alone.
func TestRepair(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	s := shapes[0]
	var entries [][]byte
	for i := range 3000 {
		entries = append(entries, entryOf(s, i, i))
	}
	write(t, path, s, Options{Keys: len(entries)}, entries).Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first := whole[HeaderSize+pageHead:][:s.entry()]
	for _, tt := range []struct {
		name   string
		damage func(page []byte)
	}{
		{"a bit", func(page []byte) { page[100] ^= 4 }},
		{"a bit, with the checksum", func(page []byte) { page[100] ^= 4; seal(page, s.perPage()) }},
		{"fewer entries, with the checksum", func(page []byte) { seal(page, 7) }},
		{"more entries than a page has", func(page []byte) { seal(page, s.perPage()+1) }},
		{"zeros", func(page []byte) { clear(page) }},
	} {
		b := bytes.Clone(whole)
		for _, i := range []int{0, 4, 7} {
			tt.damage(b[HeaderSize+i*pageSize:][:pageSize])
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		r := reopen(t, path, s)
		bad := 0
		for _, e := range entries {
			_, err := r.Get(e[:s.Key])
			if page, ok := errors.AsType[*PageError](err); ok && slices.Contains([]int{0, 4, 7}, page.Page) {
				bad++
			} else if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if bad < 3 {
			t.Errorf("%s: %d lookups met a damaged page", tt.name, bad)
		}
		some := slices.IndexFunc(entries, func(e []byte) bool { return bytes.Equal(e, first) })
		if _, err := r.Repair(all(slices.Delete(slices.Clone(entries), some, some+1))); err == nil {
			t.Errorf("%s: made again without one of the entries", tt.name)
		}
		older := slices.Insert(slices.Clone(entries), 0, entryOf(s, some, 77)) // the last entry of a key stays
		if n, err := r.Repair(all(older)); n != 3 || err != nil {
			t.Errorf("%s: %d pages made again, %v", tt.name, n, err)
		}
		for i, e := range entries {
			if value, err := r.Get(e[:s.Key]); err != nil || !bytes.Equal(value, e[s.Key:]) {
				t.Errorf("%s: entry %d: %x, %v", tt.name, i, value, err)
			}
		}
		r.Close()
		if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, whole) {
			t.Errorf("%s: the file is not as it was, %v", tt.name, err)
		}
	}
}

// A sum stands for all that is not in the pages, and the sums of the pages for those.
func TestSum(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	s := shapes[1]
	var entries [][]byte
	for i := range 400 {
		entries = append(entries, entryOf(s, i, i))
	}
	r := write(t, path, s, Options{Keys: 400}, entries)
	sum := r.Sum()
	r.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pages := 3 * pageSize
	for i := 0; i < len(whole); i++ {
		if i >= HeaderSize && i < HeaderSize+pages {
			continue
		}
		b := bytes.Clone(whole)
		b[i] ^= 1 << (i % 8)
		r := new(Run)
		if err := r.parse(b, s); err == nil && r.Sum() == sum {
			t.Fatalf("byte %d of %d may be changed", i, len(b))
		}
		if i < 120 { // the forger puts the checksum right
			h := Header{s.Kind, Owner(b[8:96]), [3]uint64{}}
			for n := range h.Counts {
				h.Counts[n] = binary.LittleEndian.Uint64(b[96+8*n:])
			}
			header := h.Encode()
			copy(b, header[:])
			if err := r.parse(b, s); err == nil && r.Sum() == sum && !bytes.Equal(b, whole) {
				t.Fatalf("byte %d of %d may be changed with the checksum", i, len(b))
			}
		}
	}
}

// FuzzRun reads anything as a run, also with the checksums put right.
func FuzzRun(f *testing.F) {
	path := filepath.Join(f.TempDir(), "run")
	s := shapes[0]
	for _, n := range []int{0, 1, 400, 1000} {
		var entries [][]byte
		for i := range n {
			entries = append(entries, entryOf(s, i, i))
		}
		write(f, path, s, Options{Keys: n}, entries).Close()
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		look := func(b []byte) {
			r := new(Run)
			if r.parse(b, s) != nil {
				return
			}
			for e, err := range r.All() {
				if err != nil {
					break
				}
				r.Get(e[:s.Key])
			}
			r.Get(make([]byte, s.Key))
			r.Get(bytes.Repeat([]byte{0xff}, s.Key))
		}
		look(b)
		if len(b) < HeaderSize {
			return
		}
		b = bytes.Clone(b)
		h := Header{s.Kind, Owner(b[8:96]), [3]uint64{}}
		for n := range h.Counts {
			h.Counts[n] = binary.LittleEndian.Uint64(b[96+8*n:])
		}
		header := h.Encode()
		copy(b, header[:])
		r := new(Run)
		if r.parse(b, s) == nil {
			for i := range r.count() {
				page := r.pages[i*pageSize:][:pageSize]
				seal(page, int(binary.LittleEndian.Uint16(page[4:])))
				sum := sha256.Sum256(page)
				copy(r.sums[i*sumSize:], sum[:sumSize])
			}
		}
		look(b)
	})
}
