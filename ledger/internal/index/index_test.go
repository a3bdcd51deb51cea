package index

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// FuzzManifest reads any file as a manifest.
func FuzzManifest(f *testing.F) {
	dir := f.TempDir()
	f.Add([]byte("{\"version\":3,\"checkpoints\":[{\"name\":\"checkpoint-1\"}],\"runs\":[{\"name\":\"keys-1-1\"}]}\n00000000\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, "manifest"), b, 0o644); err != nil {
			t.Fatal(err)
		}
		ReadManifest(filepath.Join(dir, "manifest"))
	})
}

// TestMergedRuns merges runs of random keys: of each key the newest record is found, and nothing else.
func TestMergedRuns(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		var runs []*SortedRun
		want := make(map[uint64]uint64)
		record := uint64(0)
		for i := range rapid.IntRange(1, 4).Draw(t, "runs") {
			table := new(memtable)
			for range rapid.SampledFrom([]int{0, 1, 5, 700}).Draw(t, "keys") {
				record++
				h := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 50), rapid.Just(^uint64(0))).Draw(t, "hash")
				table.put(h, record)
				want[h] = record
			}
			r, err := WriteRun(filepath.Join(dir, fmt.Sprint(i)), Origin{}, table.len(), table.entries())
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			runs = slices.Insert(runs, 0, r)
		}
		merged, err := WriteRun(filepath.Join(dir, "merged"), Origin{}, len(want)*2, mergedEntries(runs, func() {}))
		if err != nil {
			t.Fatal(err)
		}
		defer merged.Close()
		n := 0
		for k, err := range merged.All() {
			if err != nil {
				t.Fatal(err)
			}
			n++
			if want[k.Hash] != k.Record {
				t.Fatalf("%x leads to %d; want %d", k.Hash, k.Record, want[k.Hash])
			}
		}
		if n != len(want) || merged.Len() != n {
			t.Fatalf("%d keys, want %d", n, len(want))
		}
		for h, record := range want {
			if got, err := merged.Get(h); got != record || err != nil {
				t.Fatalf("%x leads to %d, %v; want %d", h, got, err, record)
			}
			if got, err := merged.Get(h + 1); err != nil || got != want[h+1] {
				t.Fatalf("%x leads to %d, %v; want %d", h+1, got, err, want[h+1])
			}
		}
	})
}
