package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// fill makes a journal with blocks of the given numbers of records in a file.
func fill(t testing.TB, path string, blocks ...int) {
	t.Helper()
	j, err := OpenBolt(path, BoltOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range blocks {
		b := NewBlock(j.Head(), int64(j.Head().Block+1))
		for i := range n {
			b.Add(bytes.Repeat([]byte{byte(i)}, i%90), uint64(i%3))
		}
		b.Seal(j.Head().Hash)
		if err := j.Append(context.Background(), b); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// FuzzChunk reads any key and value as a chunk: it returns, and what it takes as a block is one.
func FuzzChunk(f *testing.F) {
	path := filepath.Join(f.TempDir(), "journal.db")
	fill(f, path, 1, 3, 300, 2)
	db, err := bbolt.Open(path, 0o644, &bbolt.Options{ReadOnly: true})
	if err != nil {
		f.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(journalBucket).ForEach(func(k, v []byte) error { f.Add(bytes.Clone(k), bytes.Clone(v)); return nil })
	})
	if err != nil {
		f.Fatal(err)
	}
	if err := db.Close(); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, key, value []byte) {
		c, err := decodeChunk(key, value)
		if err != nil {
			return
		}
		n, err := c.count()
		b := &Block{Number: c.Block, Time: c.Time, First: c.Record, FirstEntry: c.Entry}
		if b.take(&c) != nil {
			return
		}
		if err != nil || uint64(b.Len()) != n {
			t.Fatalf("a chunk of %d records, %v, makes a block of %d", n, err, b.Len())
		}
		for i := range b.Len() {
			b.Record(i)
		}
		b.finish(&c)
	})
}

// FuzzCheck checks any bytes as the pages of a file, once with the metas put right.
func FuzzCheck(f *testing.F) {
	path := filepath.Join(f.TempDir(), "journal.db")
	for _, blocks := range [][]int{{}, {1}, {3, 200, 1}} {
		os.Remove(path)
		fill(f, path, blocks...)
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		used := readMetas(bytes.NewReader(b))[0].bytes()
		f.Add(b[8192:used], uint64(3), uint64(2))
	}
	f.Fuzz(func(t *testing.T, pages []byte, root, freelist uint64) {
		readMetas(bytes.NewReader(pages))
		const size = 1024 // a small page: more of them
		file := make([]byte, 2*size, 2*size+len(pages))
		for id := range 2 {
			binary.NativeEndian.PutUint64(file[id*size:], uint64(id))
			binary.NativeEndian.PutUint16(file[id*size+8:], metaPage)
		}
		file = append(file, pages...)
		m := boltMeta{pageSize: size, root: root, freelist: freelist, pages: uint64(len(file) / size)}
		newChecker(context.Background(), bytes.NewReader(file), m).check()
		m = boltMeta{pageSize: 4096, root: root, freelist: freelist, pages: uint64(len(pages)/4096) + 2}
		whole := append(make([]byte, 8192), pages...)
		binary.NativeEndian.PutUint64(whole[4096:], 1)
		for id := range 2 {
			binary.NativeEndian.PutUint16(whole[id*4096+8:], metaPage)
		}
		newChecker(context.Background(), bytes.NewReader(whole), m).check()
		for page := int64(2); page < int64(m.pages); page++ {
			latestBlock(bytes.NewReader(whole), page*4096, 4096)
		}
	})
}

// FuzzUnmarshal reads anything as a block: it is refused, or it is what its marshalled form says.
func FuzzUnmarshal(f *testing.F) {
	head := Head{Block: 4, Record: 9, Entry: 3, Time: 5, Hash: Hash{1}}
	for _, records := range []int{1, 3, 40} {
		b := NewBlock(head, 7)
		for i := range records {
			b.Add(bytes.Repeat([]byte{byte(i)}, i), uint64(i%3))
		}
		b.Format = 2
		b.Seal(head.Hash)
		data, err := b.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var b Block
		if b.UnmarshalBinary(data) != nil {
			return
		}
		for i := range b.Len() {
			b.Record(i)
		}
		again, err := b.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var c Block
		if err := c.UnmarshalBinary(again); err != nil || c.Head() != b.Head() || c.Format != b.Format || c.Prev != b.Prev {
			t.Fatalf("%+v comes back as %+v, %v", b.Head(), c.Head(), err)
		}
	})
}

// TestUnmarshal changes each byte of a marshalled block, and cuts it short everywhere: it is refused, but for its format,
// which is no part of the block's hash.
func TestUnmarshal(t *testing.T) {
	head := Head{Block: 4, Record: 9, Entry: 3, Time: 5, Hash: Hash{1}}
	b := NewBlock(head, 7)
	b.Add([]byte("one"), 1)
	b.Add(nil, 2)
	b.Seal(head.Hash)
	data, err := b.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	const format = 6 // after the version and five numbers, each a byte here
	for i := range data {
		for bit := range 8 {
			other := bytes.Clone(data)
			other[i] ^= 1 << bit
			var c Block
			if err := c.UnmarshalBinary(other); err == nil && i != format {
				t.Errorf("with bit %d of byte %d changed it is taken", bit, i)
			}
		}
		var c Block
		if err := c.UnmarshalBinary(data[:i]); err == nil {
			t.Errorf("cut to %d bytes it is taken", i)
		}
	}
	if err := new(Block).UnmarshalBinary(append(data, 0)); err == nil {
		t.Error("with a byte more it is taken")
	}
}

// TestAnyBlocks appends blocks of random records and reads them back, before and after reopening.
func TestAnyBlocks(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, "journal.db")
		os.Remove(path)
		j, err := OpenBolt(path, BoltOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { j.Close() }()
		var want []Record
		entry := uint64(1)
		for range rapid.IntRange(0, 5).Draw(t, "blocks") {
			b := NewBlock(j.Head(), j.Head().Time+rapid.Int64Range(0, 1e6).Draw(t, "later by"))
			for range rapid.IntRange(1, 40).Draw(t, "records") {
				size := rapid.SampledFrom([]int{0, 1, 100, 3900, 3901, 20_000}).Draw(t, "size")
				r := Record{Number: uint64(len(want) + 1), Time: b.Time, Entry: entry, Entries: rapid.Uint64Range(0, 3).Draw(t, "entries"), Payload: bytes.Repeat([]byte{byte(len(want))}, size)}
				b.Add(r.Payload, r.Entries)
				if rapid.IntRange(0, 9).Draw(t, "take back") == 0 && b.Len() > 1 {
					b.Truncate(b.Len()-1, r.Entries)
					continue
				}
				want, entry = append(want, r), entry+r.Entries
			}
			b.Seal(j.Head().Hash)
			if err := j.Append(context.Background(), b); err != nil {
				t.Fatal(err)
			}
		}
		sameRecords(t, j, want)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if j, err = OpenBolt(path, BoltOptions{ReadOnly: true}); err != nil {
			t.Fatal(err)
		}
		sameRecords(t, j, want)
		if err := j.Check(context.Background()); err != nil {
			t.Fatal(err)
		}
	})
}

func sameRecords(t *rapid.T, j *Bolt, want []Record) {
	same := func(a, b Record) bool {
		return a.Number == b.Number && a.Time == b.Time && a.Entry == b.Entry && a.Entries == b.Entries && bytes.Equal(a.Payload, b.Payload)
	}
	n := 0
	for b, err := range j.Blocks(context.Background(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Len() {
			if r := b.Record(i); n >= len(want) || !same(r, want[n]) {
				t.Fatalf("record %d is read as %d of %d bytes", n+1, r.Number, len(r.Payload))
			}
			n++
		}
	}
	if n != len(want) || j.Head().Record != uint64(n) {
		t.Fatalf("%d records, want %d", n, len(want))
	}
	s, err := j.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, w := range want {
		if r, err := s.Record(w.Number); err != nil || !same(r, w) {
			t.Fatalf("record %d: %v", w.Number, err)
		}
	}
}
