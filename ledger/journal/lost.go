package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// checkLost looks in unused pages for blocks from after the journal's end. They are there if somebody put older
// metas into the file or the newest were lost, until the pages are reused.
//
// The block right after the head proves nothing: a writer that was stopped before it wrote its meta leaves it.
// A later block does, because it was only written after the one before it was kept.
//
// Copies of formats 1 and 2 may be from a program that copied free pages with the later blocks in them. In such
// files only the pages behind the last one in use are checked, which copies do not have.
func (j *Bolt) checkLost(c *checker) error {
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	var latest uint64
	look := func(id uint64) error {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		block, err := latestBlock(c.file, int64(id)*c.meta.pageSize, c.meta.pageSize)
		latest = max(latest, block)
		return err
	}
	for id := c.meta.pages; int64(id+1)*c.meta.pageSize <= info.Size(); id++ {
		if err := look(id); err != nil {
			return err
		}
	}
	for id, as := range c.used {
		if as == free && j.Info().Identified {
			if err := look(uint64(id)); err != nil {
				return err
			}
		}
	}
	if head := j.Head().Block; latest > head+1 { // the head as it is by now: writers may go on
		return &DamageError{Block: head + 1, What: fmt.Sprintf(
			"is missing: the journal ends before it, but blocks up to number %d were written to this file", latest)}
	}
	return nil
}

// mostOverflow bounds how many pages of one leaf are read.
const mostOverflow = 16

// latestBlock returns the greatest block number of any chunk in what may once have been a leaf page, 0 if there
// is none. Nothing else in such a page can be trusted.
func latestBlock(f io.ReaderAt, offset, pageSize int64) (latest uint64, err error) {
	b := make([]byte, pageSize)
	if _, err := f.ReadAt(b, offset); err != nil {
		return 0, err
	}
	order := binary.NativeEndian
	if order.Uint64(b) != uint64(offset/pageSize) || order.Uint16(b[8:]) != leafPage {
		return 0, nil
	}
	// A chunk of a large record goes on over several pages. A number of them that cannot be is only bounded here: the
	// page is old, and anything may stand in it.
	if overflow := int64(order.Uint32(b[12:])); overflow > 0 {
		more := make([]byte, min(overflow, mostOverflow)*pageSize)
		n, err := f.ReadAt(more, offset+pageSize)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		b = append(b, more[:n]...)
	}
	for i := range int(order.Uint16(b[10:])) {
		if pageHeader+(i+1)*elementSize > len(b) {
			break
		}
		e, ok := readElement(b, i, leafPage)
		if !ok || e.flags != 0 {
			continue
		}
		c, err := decodeChunk(e.key, e.value)
		if err != nil {
			continue
		}
		if frame := nextFrame(c.frames); frame.size > 0 && frame.fits(c.Record, c.Time) {
			latest = max(latest, c.Block)
		}
	}
	return latest, nil
}
