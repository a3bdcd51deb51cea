package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// The two meta pages of a bbolt file, as far as needed to refuse a file before bbolt maps it: bbolt itself
// takes an empty file for a new one and does not look whether the file ends before its last page does.
// (bbolt internal/common/meta.go, version 2: a page header of 16 bytes, then the meta, in the machine's byte order.)
const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2
	metaOffset  = 16 // of the meta in its page
	metaSize    = 64
)

// inspect fails if the file at path is not a bbolt file or was cut short. It writes nothing.
func inspect(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("%w: %s is a directory", ErrNotJournal, path)
	}
	if info.Size() == 0 {
		return &DamageError{What: path + " is empty: cut to nothing, or not a ledger (remove it to begin a new one)"}
	}
	pages, found := int64(0), false
	first, ok := readMeta(f, 0)
	if ok {
		pages, found = first.pages*first.pageSize, true
	}
	// The second meta is one page further on; where the first is unreadable, try the page sizes there are.
	sizes := []int64{first.pageSize}
	if !ok {
		sizes = []int64{4096, 8192, 16384, 32768, 65536}
	}
	for _, size := range sizes {
		if m, ok := readMeta(f, size); ok {
			if !found || m.txid > first.txid {
				pages = m.pages * m.pageSize
			}
			found = true
			break
		}
	}
	if !found {
		return fmt.Errorf("%w: %s does not begin with the pages of a bbolt file", ErrNotJournal, path)
	}
	if info.Size() < pages {
		return &DamageError{What: fmt.Sprintf("%s was cut short: it has %d bytes of at least %d", path, info.Size(), pages)}
	}
	return nil
}

type boltMeta struct {
	pageSize, pages int64
	txid            uint64
}

// readMeta reads the meta in the page at the given offset.
func readMeta(f io.ReaderAt, offset int64) (m boltMeta, ok bool) {
	var b [metaSize]byte
	if _, err := f.ReadAt(b[:], offset+metaOffset); err != nil && !errors.Is(err, io.EOF) {
		return m, false
	}
	order := binary.NativeEndian
	sum := fnv.New64a()
	sum.Write(b[:metaSize-8])
	if order.Uint32(b[:]) != boltMagic || order.Uint32(b[4:]) != boltVersion || order.Uint64(b[56:]) != sum.Sum64() {
		return m, false
	}
	return boltMeta{pageSize: int64(order.Uint32(b[8:])), pages: int64(order.Uint64(b[40:])), txid: order.Uint64(b[48:])}, true
}
