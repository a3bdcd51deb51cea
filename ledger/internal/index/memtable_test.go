package index

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestHashTable compares a table with a map, whatever was put and taken back: both have the same.
func TestHashTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var table hashTable
		want := make(map[uint64]uint64)
		record := uint64(0)
		crowded := rapid.Custom(func(t *rapid.T) uint64 { // the same few places, of a table of any size
			return (rapid.Uint64Range(0, 5).Draw(t, "place")-3)<<40 + rapid.Uint64Range(0, 3).Draw(t, "other")
		})
		hash := rapid.OneOf(crowded, crowded, rapid.Map(rapid.Uint64Range(0, 70), func(h uint64) uint64 { return h << 50 }), rapid.Uint64Range(^uint64(0)-5, ^uint64(0)), rapid.Uint64())
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				for _, h := range rapid.SliceOfN(hash, 1, 30).Draw(t, "hashes") {
					record++
					table.put(h, record)
					want[h] = record
				}
			},
			"remove": func(t *rapid.T) {
				for range rapid.IntRange(1, 10).Draw(t, "some") {
					h := hash.Draw(t, "hash")
					if len(want) > 0 && rapid.Bool().Draw(t, "there") {
						h = rapid.SampledFrom(slices.Sorted(maps.Keys(want))).Draw(t, "one")
					}
					table.remove(h)
					delete(want, h)
				}
			},
			"": func(t *rapid.T) {
				have := make(map[uint64]uint64)
				for k := range table.all() {
					have[k.Hash] = k.Record
				}
				if !maps.Equal(have, want) || table.used != len(want) {
					t.Fatalf("the table has %v (%d used), expected %v", have, table.used, want)
				}
				for h, r := range want {
					if got := table.get(h); got != r {
						t.Fatalf("get(%d) = %d, expected %d", h, got, r)
					}
				}
				if h := hash.Draw(t, "some hash"); table.get(h) != want[h] {
					t.Fatalf("get(%d) = %d, expected %d", h, table.get(h), want[h])
				}
			},
		})
	})
}
