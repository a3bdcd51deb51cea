package journal

import "testing"

// TestHashesCoverAll changes one thing of a block at a time: its hash is another. So is the checksum of a record.
func TestHashesCoverAll(t *testing.T) {
	block := func(change func(*Block)) Hash {
		b := NewBlock(Head{Block: 3, Record: 40, Entry: 70, Hash: Hash{1}}, 5)
		b.Add([]byte("one"), 1)
		b.Add([]byte("two"), 2)
		change(b)
		b.Seal(b.Prev)
		return b.Hash
	}
	same := block(func(*Block) {})
	for name, change := range map[string]func(*Block){
		"number":                 func(b *Block) { b.Number++ },
		"time":                   func(b *Block) { b.Time++ },
		"first record":           func(b *Block) { b.First++ },
		"first entry":            func(b *Block) { b.FirstEntry++ },
		"entries":                func(b *Block) { b.entries++ },
		"hash of the one before": func(b *Block) { b.Prev[31]++ },
		"first byte of records":  func(b *Block) { b.frames[0]++ },
		"last byte of records":   func(b *Block) { b.frames[len(b.frames)-1]++ },
		"another record":         func(b *Block) { b.Add(nil, 0) },
	} {
		if block(change) == same {
			t.Errorf("the hash of a block does not cover its %s", name)
		}
	}
	sum := checksum(1, 2, 3, []byte("x"))
	for name, other := range map[string]uint32{
		"number": checksum(2, 2, 3, []byte("x")), "time": checksum(1, 3, 3, []byte("x")), "entries": checksum(1, 2, 4, []byte("x")), "payload": checksum(1, 2, 3, []byte("y")),
	} {
		if other == sum {
			t.Errorf("the checksum of a record does not cover its %s", name)
		}
	}
}
