package journal

import (
	"encoding/binary"
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
	pageHeader  = 16
	metaSize    = 64
	noFreelist  = 1<<64 - 1 // in place of the page of the list, where it is not kept in the file
)

// inspect fails if the file at path is not a bbolt file, was cut short, or has lost one of its metas. It writes
// nothing.
func inspect(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%w: %s is a directory", ErrNotJournal, path)
	case !info.Mode().IsRegular(): // opening a pipe would wait for whoever writes it
		return fmt.Errorf("%w: %s is not a regular file", ErrNotJournal, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if info.Size() == 0 {
		return &DamageError{What: path + " is empty: cut to nothing, or not a ledger (remove it to begin a new one)"}
	}
	metas := readMetas(f)
	for n := 0; len(metas) == 1 && n < 10; n++ { // who has the file open may be writing the other one
		metas = readMetas(f)
	}
	switch {
	case len(metas) == 0:
		return fmt.Errorf("%w: %s does not begin with the pages of a bbolt file", ErrNotJournal, path)
	case len(metas) == 1:
		// bbolt would go on with the other one, and without the newest block if it was this that is lost. A
		// crash does not do that: a meta lies within one sector, which is written whole or not at all.
		return &DamageError{What: path +
			": one of the two pages that say where the newest block is was damaged; restore a backup"}
	}
	if metas[0].freelist == noFreelist || metas[1].freelist == noFreelist {
		// bbolt would write a list of free pages into it at once.
		return fmt.Errorf("%w: %s is a bbolt file without a list of free pages, which a ledger has",
			ErrNotJournal, path)
	}
	if info, err = f.Stat(); err != nil { // again: the file may have grown before the metas were read
		return err
	}
	if need := max(metas[0].bytes(), metas[1].bytes()); info.Size() < need {
		return &DamageError{What: fmt.Sprintf("%s was cut short: it has %d bytes of at least %d",
			path, info.Size(), need)}
	}
	return nil
}

// A boltMeta is one of the two pages that say where the others are. The one with the greater txid counts.
type boltMeta struct {
	pageSize              int64
	root, freelist, pages uint64
	txid                  uint64
}

// bytes is how long the file must be at least.
func (m boltMeta) bytes() int64 { return int64(m.pages) * m.pageSize }

// readMetas returns the metas that are whole.
func readMetas(f io.ReaderAt) (metas []boltMeta) {
	first, ok := readMeta(f, 0)
	// The second meta lies behind the first page, whose size the first meta says. Without that one, all sizes are
	// tried.
	sizes := []int64{first.pageSize}
	if ok {
		metas = append(metas, first)
	} else {
		sizes = []int64{4096, 8192, 16384, 32768, 65536} // of pages, on the machines there are
	}
	for _, size := range sizes {
		if m, ok := readMeta(f, size); ok {
			return append(metas, m)
		}
	}
	return metas
}

// readMeta reads the meta in the page at the given offset.
func readMeta(f io.ReaderAt, offset int64) (m boltMeta, ok bool) {
	var b [metaSize]byte
	// one cut off before a last byte of 0 is not whole either
	if n, _ := f.ReadAt(b[:], offset+pageHeader); n < len(b) {
		return m, false
	}
	order := binary.NativeEndian
	sum := fnv.New64a()
	sum.Write(b[:metaSize-8])
	if order.Uint32(b[:]) != boltMagic || order.Uint32(b[4:]) != boltVersion || order.Uint64(b[56:]) != sum.Sum64() {
		return m, false
	}
	return boltMeta{
		pageSize: int64(order.Uint32(b[8:])), root: order.Uint64(b[16:]), freelist: order.Uint64(b[32:]),
		pages: order.Uint64(b[40:]), txid: order.Uint64(b[48:]),
	}, true
}
