package ondisk

import (
	"crypto/sha256"
	"fmt"
	"os"
	"testing"

	"pgregory.net/rapid"
)

func key(i int) Key {
	sum := sha256.Sum256(fmt.Append(nil, i))
	return Key(sum[:len(Key{})])
}

// A map on disk is a map: any puts, keys again and again, many more than fit into memory.
func TestMap(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		m := Map{Limit: rapid.IntRange(1, 40).Draw(t, "limit"), Dir: dir}
		defer m.Close()
		want := map[int]uint64{}
		n := rapid.IntRange(0, 2000).Draw(t, "puts")
		of := rapid.IntRange(1, 1500).Draw(t, "keys")
		seed := rapid.IntRange(0, 1<<30).Draw(t, "seed")
		for i := range n {
			k := (i*7919 + seed) % of
			if err := m.Put(key(k), uint64(i)); err != nil {
				t.Fatal(err)
			}
			want[k] = uint64(i)
		}
		for k := range of + 50 {
			got, ok, err := m.Get(key(k))
			if w, had := want[k]; err != nil || ok != had || got != w {
				t.Fatalf("key %d: got %d %v %v, want %d %v", k, got, ok, err, w, had)
			}
		}
	})
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestZeroKey(t *testing.T) {
	var m Map
	defer m.Close()
	if _, ok, _ := m.Get(Key{}); ok {
		t.Error("the zero key is there before it was put")
	}
	m.Put(Key{}, 7)
	if v, ok, _ := m.Get(Key{}); !ok || v != 7 {
		t.Errorf("got %d, %v", v, ok)
	}
}

func TestLogInOrder(t *testing.T) {
	l := Log{Dir: t.TempDir()}
	defer l.Close()
	for range l.All() {
		t.Error("an empty log has something")
	}
	for i := range 10_000 {
		if _, err := l.Append(fmt.Append(nil, "record ", i)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		i := 0
		for rec, err := range l.All() {
			if want := fmt.Sprint("record ", i); err != nil || string(rec) != want {
				t.Fatalf("got %q, %v, want %q", rec, err, want)
			}
			i++
		}
		if i != l.Len() {
			t.Errorf("%d records of %d", i, l.Len())
		}
	}
}

func BenchmarkMap(b *testing.B) {
	var m Map
	defer m.Close()
	for i := 0; b.Loop(); i++ {
		k := Key{}
		h := uint64(i) * 0x9E3779B97F4A7C15
		for j := range 8 {
			k[j], k[8+j] = byte(h>>(8*j)), byte(h>>(8*j)*31)
		}
		m.Get(k)
		m.Put(k, uint64(i))
	}
}
