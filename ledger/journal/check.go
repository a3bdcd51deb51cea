package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"go.etcd.io/bbolt"
)

// Check reads the structure of the file page by page, as it lies on disk. Both metas must be whole; every page
// must be either in use once or free once; keys must be in order; and no unused page may have blocks after the
// end of the journal. [Bolt.Blocks] checks what the pages hold. Writers may go on.
//
// bbolt has a check of its own, but it must not run beside writers, and crashes on a page number outside the
// file.
func (j *Bolt) Check(ctx context.Context) error {
	f, err := os.Open(j.Path())
	if err != nil {
		return err
	}
	defer f.Close()
	for range 100 { // until no writer comes between the two lines that agree on a meta
		var tx *bbolt.Tx // keeps the pages from reuse
		err := guard(func() (err error) {
			tx, err = j.begin()
			return err
		})
		if err != nil {
			return err
		}
		metas := readMetas(f)
		for _, m := range metas {
			if int(m.txid) == tx.ID() {
				c := newChecker(ctx, f, m)
				if err = errors.Join(checkMetas(f, m), c.check()); err == nil {
					err = j.checkLost(c)
				}
				return errors.Join(err, tx.Rollback())
			}
		}
		if err := tx.Rollback(); err != nil {
			return err
		}
	}
	return errors.New("journal: the file is written to so fast that its pages could not be checked")
}

// checkMetas tells a damaged meta from one that is being written.
func checkMetas(f io.ReaderAt, m boltMeta) error {
	for range 100 {
		if len(readMetas(f)) == 2 {
			return nil
		}
	}
	return &DamageError{What: fmt.Sprintf("one of the two metas of the file is damaged "+
		"(the other is of transaction %d)", m.txid)}
}

// Kinds of pages, and sizes, by bbolt internal/common/page.go.
const (
	branchPage   = 0x01
	leafPage     = 0x02
	metaPage     = 0x04
	freelistPage = 0x10

	elementSize  = 16
	bucketHeader = 16   // of the root page and a sequence number
	bucketLeaf   = 0x01 // flag of a leaf element that is a bucket
)

// What a checker knows of a page; 0 where it has not seen it.
const (
	inUse     = 1
	free      = 2
	continued = 3 // in use: the one before goes on into it
)

// A checker walks the pages that one meta leads to.
type checker struct {
	ctx  context.Context
	file io.ReaderAt
	meta boltMeta
	used []byte // by page

	// fewLeaves has only the first and the last of the leaves below a branch page read. The others are marked as used.
	fewLeaves bool
}

// newChecker makes a checker of the file as the meta has it.
func newChecker(ctx context.Context, f io.ReaderAt, m boltMeta) *checker {
	return &checker{ctx: ctx, file: f, meta: m, used: make([]byte, m.pages)}
}

// check reads every page: those that lead to others, and those that are in use without a way to them.
func (c *checker) check() error {
	for id := range uint64(2) {
		if err := c.metaHeader(id); err != nil {
			return err
		}
		c.used[id] = inUse
	}
	if err := c.freelist(); err != nil {
		return err
	}
	if _, err := c.tree(c.meta.root, nil, nil); err != nil {
		return err
	}
	for id, used := range c.used {
		// A page that nobody uses is lost room, and a sign that the pages or the list are not those that belong
		// together.
		if used == 0 {
			return c.damage(uint64(id), "is neither in use nor free")
		}
	}
	return nil
}

// checkTree checks what must be right before bbolt follows any page: the list of free pages, all branch pages, and of
// the leaves below each of these the first and the last, so also the one with the newest record. Nobody may be
// writing meanwhile. It reads some hundredth of the file.
//
// A branch page that leads back to itself, or to one above it, would have bbolt recurse until the stack overflows,
// which ends the process: [guard] cannot catch that. A page that claims too many elements would make bbolt read old
// ones behind its end.
func checkTree(f io.ReaderAt) (*checker, error) {
	c := newChecker(context.Background(), f, newestMeta(f))
	c.fewLeaves = true
	if err := c.freelist(); err != nil {
		return nil, err
	}
	_, err := c.tree(c.meta.root, nil, nil)
	return c, err
}

// checkFree checks that no page listed as free is in use, as it would be overwritten. After [checkTree] that can only
// be the rest of a leaf that was not read and extends over several pages: so it reads the heads of pages before free
// ones.
func (c *checker) checkFree() error {
	last, end := uint64(0), uint64(0) // a page in use, and the one up to which it goes on, if that is known
	for i, as := range c.used {
		id := uint64(i)
		switch {
		case as == inUse:
			last, end = id, 0
		case as == free && last > 0:
			if end == 0 {
				var head [pageHeader]byte
				if _, err := c.file.ReadAt(head[:], int64(last)*c.meta.pageSize); err != nil {
					return err
				}
				end = last + uint64(binary.NativeEndian.Uint32(head[12:]))
			}
			if id <= end {
				return c.damage(id, "is listed as free, but page %d goes on to page %d", last, end)
			}
		}
	}
	return nil
}

// checkNeighbours checks that the two metas are of successive transactions, as bbolt writes them in turns. If
// not, one was restored from an older copy of the file, or a write of one was lost. Nobody may be writing
// meanwhile.
func checkNeighbours(f io.ReaderAt) error {
	metas := readMetas(f)
	if len(metas) != 2 {
		return nil // inspect says what that means
	}
	zero, one := metas[0].txid, metas[1].txid
	if zero == one+1 || one == zero+1 {
		return nil
	}
	// A copy that bbolt writes has its newest meta in page 0, and in page 1 the same with the number before.
	// The next transaction goes to the page of its own parity, which may be page 0 again.
	if zero == one+2 && one%2 == 0 {
		return nil
	}
	return &DamageError{What: fmt.Sprintf("the two pages that say where the newest block is "+
		"are of transactions %d and %d, not of successive ones: "+
		"one was put back from an older copy, or never reached the disk", zero, one)}
}

// newestMeta returns the meta that counts.
func newestMeta(f io.ReaderAt) (newest boltMeta) {
	for _, m := range readMetas(f) {
		if m.txid >= newest.txid {
			newest = m
		}
	}
	return newest
}

// metaHeader checks the head of a meta page, at which bbolt does not look. The meta itself has a checksum.
func (c *checker) metaHeader(id uint64) error {
	var b [pageHeader]byte
	if _, err := c.file.ReadAt(b[:], int64(id)*c.meta.pageSize); err != nil {
		return err
	}
	order := binary.NativeEndian
	if order.Uint64(b[:]) != id || order.Uint16(b[8:]) != metaPage ||
		order.Uint16(b[10:]) != 0 || order.Uint32(b[12:]) != 0 {
		return c.damage(id, "should be a meta page, but its head is %x", b)
	}
	return nil
}

// damage names a page and what is wrong with it.
func (c *checker) damage(page uint64, format string, args ...any) error {
	return &DamageError{What: fmt.Sprintf("page %d ", page) + fmt.Sprintf(format, args...)}
}

// page reads a page with its overflow and marks it as used.
func (c *checker) page(id uint64) (b []byte, kind uint16, count int, err error) {
	if err := c.ctx.Err(); err != nil {
		return nil, 0, 0, err
	}
	if id < 2 || id >= c.meta.pages {
		return nil, 0, 0, c.damage(id, "is pointed to, but the file has pages 2 to %d", c.meta.pages-1)
	}
	b = make([]byte, c.meta.pageSize)
	if _, err := c.file.ReadAt(b, int64(id)*c.meta.pageSize); err != nil {
		return nil, 0, 0, err
	}
	order := binary.NativeEndian
	if found := order.Uint64(b); found != id {
		return nil, 0, 0, c.damage(id, "says that it is page %d", found)
	}
	kind, count = order.Uint16(b[8:]), int(order.Uint16(b[10:]))
	overflow := uint64(order.Uint32(b[12:]))
	if overflow >= c.meta.pages-id {
		return nil, 0, 0, c.damage(id, "says that it goes on for %d pages, beyond the end of the file", overflow)
	}
	if overflow > 0 {
		more := make([]byte, int64(overflow)*c.meta.pageSize)
		if _, err := c.file.ReadAt(more, int64(id+1)*c.meta.pageSize); err != nil {
			return nil, 0, 0, err
		}
		b = append(b, more...)
	}
	if err := c.mark(id, inUse); err != nil {
		return nil, 0, 0, err
	}
	for i := id + 1; i <= id+overflow; i++ {
		if err := c.mark(i, continued); err != nil {
			return nil, 0, 0, err
		}
	}
	return b, kind, count, nil
}

// mark notes that a page is in use, or free. A page with two uses is damage: to write one would destroy the other.
func (c *checker) mark(id uint64, as byte) error {
	if id < 2 || id >= c.meta.pages {
		return c.damage(id, "is pointed to or listed as free, but the file has pages 2 to %d", c.meta.pages-1)
	}
	if c.used[id] != 0 {
		return c.damage(id, "is used twice, or is in use and listed as free")
	}
	c.used[id] = as
	return nil
}

// freelist reads the list of free pages, and marks them.
func (c *checker) freelist() error {
	b, kind, count, err := c.page(c.meta.freelist)
	if err != nil {
		return err
	}
	if kind != freelistPage {
		return c.damage(c.meta.freelist, "should be the list of free pages, but has kind %#x", kind)
	}
	ids := b[pageHeader:]
	n := uint64(count)
	if count == 0xFFFF { // then the first number is the count
		n, ids = binary.NativeEndian.Uint64(ids), ids[8:]
	}
	if n > uint64(len(ids)/8) {
		return c.damage(c.meta.freelist, "lists %d free pages, more than it has room for", n)
	}
	for i := range n {
		if err := c.mark(binary.NativeEndian.Uint64(ids[8*i:]), free); err != nil {
			return err
		}
	}
	return nil
}

// tree checks the page and all below it; its first key is from, if there is one, and the others lie before to.
func (c *checker) tree(id uint64, from, to []byte) (kind uint16, err error) {
	b, kind, count, err := c.page(id)
	if err != nil {
		return kind, err
	}
	_, err = c.content(id, b, kind, count, from, to)
	return kind, err
}

// content checks what a page of a tree holds, and returns where that ends.
func (c *checker) content(id uint64, b []byte, kind uint16, count int, from, to []byte) (end int, err error) {
	if kind != branchPage && kind != leafPage || count == 0 && kind == branchPage {
		return 0, c.damage(id, "should be part of a tree, but has kind %#x and %d elements", kind, count)
	}
	if pageHeader+count*elementSize > len(b) {
		return 0, c.damage(id, "has %d elements, more than it has room for", count)
	}
	end = pageHeader + count*elementSize
	elements := make([]element, count)
	for i := range elements {
		e, ok := readElement(b, i, kind)
		if !ok {
			return 0, c.damage(id, "element %d lies outside the page", i)
		}
		if e.start != end {
			return 0, c.damage(id, "element %d begins at byte %d, expected %d", i, e.start, end)
		}
		if i == 0 && from != nil && !bytes.Equal(e.key, from) ||
			i > 0 && bytes.Compare(elements[i-1].key, e.key) >= 0 || to != nil && bytes.Compare(e.key, to) >= 0 {
			return 0, c.damage(id, "key %x of element %d is out of order", e.key, i)
		}
		elements[i], end = e, end+len(e.key)+len(e.value)
	}
	var below uint16 // kind of the first page that a branch page leads to; the others are of the same
	for i, e := range elements {
		next := to
		if i+1 < count {
			next = elements[i+1].key
		}
		switch {
		case kind == branchPage && c.fewLeaves && below == leafPage && i+1 < count:
			err = c.mark(e.child, inUse)
		case kind == branchPage:
			below, err = c.tree(e.child, e.key, next)
		case e.flags&^bucketLeaf != 0:
			err = c.damage(id, "element %d has unknown flags %#x", i, e.flags)
		case e.flags&bucketLeaf != 0:
			err = c.bucket(id, e.value)
		}
		if err != nil {
			return 0, err
		}
	}
	return end, nil
}

// bucket checks a bucket: its root page and sequence number, which nobody here counts up, and its tree. A small
// bucket lies inline in its value, as a page of its own.
func (c *checker) bucket(page uint64, value []byte) error {
	order := binary.NativeEndian
	if len(value) < bucketHeader || order.Uint64(value[8:]) != 0 {
		return c.damage(page, "has a bucket of %d bytes whose head is damaged", len(value))
	}
	root, inline := order.Uint64(value), value[bucketHeader:]
	switch {
	case root != 0 && len(inline) == 0:
		_, err := c.tree(root, nil, nil)
		return err
	case root != 0, len(inline) < pageHeader, order.Uint64(inline) != 0,
		order.Uint16(inline[8:]) != leafPage, order.Uint32(inline[12:]) != 0:
		return c.damage(page, "has a bucket of %d bytes whose head is damaged", len(value))
	}
	end, err := c.content(page, inline, leafPage, int(order.Uint16(inline[10:])), nil, nil)
	if err == nil && end != len(inline) {
		err = c.damage(page, "has a bucket of %d bytes, expected %d", len(value), bucketHeader+end)
	}
	return err
}

// An element is one of a branch page, with the page that it leads to, or of a leaf, with its value.
type element struct {
	start      int // of key and value in the page
	key, value []byte
	child      uint64
	flags      uint32
}

// readElement reads the i-th element of a branch or leaf page.
func readElement(b []byte, i int, kind uint16) (e element, ok bool) {
	order, at := binary.NativeEndian, uint64(pageHeader+i*elementSize)
	head := b[at:][:elementSize]
	var pos, keySize, valueSize uint64
	if kind == branchPage {
		pos, keySize, e.child = uint64(order.Uint32(head)), uint64(order.Uint32(head[4:])), order.Uint64(head[8:])
	} else {
		e.flags, pos = order.Uint32(head), uint64(order.Uint32(head[4:]))
		keySize, valueSize = uint64(order.Uint32(head[8:])), uint64(order.Uint32(head[12:]))
	}
	start := at + pos
	if start+keySize+valueSize > uint64(len(b)) {
		return e, false
	}
	e.start = int(start)
	e.key, e.value = b[start:start+keySize], b[start+keySize:start+keySize+valueSize]
	return e, true
}
