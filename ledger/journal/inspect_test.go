package journal

import (
	"bytes"
	"encoding/binary"
	"hash/fnv"
	"testing"
)

// TestMetaCutOff reads a meta whose checksum's last byte is 0 as it ends one byte too soon: what is not there is not a 0.
func TestMetaCutOff(t *testing.T) {
	page := make([]byte, pageHeader+metaSize)
	meta := page[pageHeader:]
	binary.NativeEndian.PutUint32(meta, boltMagic)
	binary.NativeEndian.PutUint32(meta[4:], boltVersion)
	for txid := uint64(1); ; txid++ {
		binary.NativeEndian.PutUint64(meta[48:], txid)
		sum := fnv.New64a()
		sum.Write(meta[:metaSize-8])
		binary.NativeEndian.PutUint64(meta[56:], sum.Sum64())
		if meta[metaSize-1] == 0 {
			break
		}
	}
	if _, whole := readMeta(bytes.NewReader(page), 0); !whole {
		t.Fatal("a whole meta is not read")
	}
	if _, whole := readMeta(bytes.NewReader(page[:len(page)-1]), 0); whole {
		t.Error("a meta without its last byte is taken for whole")
	}
}
