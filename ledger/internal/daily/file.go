package daily

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"

	"github.com/splitledger/splitledger/internal/lsm"
	"github.com/splitledger/splitledger/ledger/internal/codec"
)

// A file has the totals of a stretch of the journal:
//
//	header block* directory     the header is [lsm.Header]'s; its counts are where the directory stands and how
//	                            long it is
//	directory = count period* count stripes*
//	period    = varint(number) month[1] offset length sum[16]     the sum begins the SHA-256 of the block
//	stripes   = varint(day) count stripe*     which stripes of the journal have the day; each less the one before
//
// The sum that a manifest has of a file is the SHA-256 of its header and directory. A month of one day has the block of
// the day.

// Kind is what the header of a file says.
const Kind = "SLDAILY1"

const blockSum = 16

// contents are what a file is made of.
type contents struct {
	blocks  []periodBlock
	stripes map[int32][]uint64
}

// A periodBlock is a block of a period.
type periodBlock struct {
	Period
	bytes []byte
}

// A place is where the block of a period stands.
type place struct {
	Period
	offset, size int64
	sum          [blockSum]byte
}

// A File is daily totals of a stretch of the journal. It may be read by several goroutines at a time.
type File struct {
	Owner lsm.Owner
	Size  int64 // bytes

	file    *os.File
	places  []place
	stripes map[int32][]uint64
	sum     [sha256.Size]byte
}

// Write writes what a builder has added up, to a new file that is open for reading too, and opens it. The file is that
// of the totals, but for where Write fails.
func (b *Builder) Write(f *os.File, owner lsm.Owner) (*File, error) {
	c, err := b.contents()
	if err != nil {
		return nil, err
	}
	w := newWriter(f)
	for _, block := range c.blocks {
		w.block(block.Period, block.bytes)
	}
	return w.finish(owner, c.stripes)
}

// Merge writes what several files have, of stretches that follow each other, to a new one. It calls between now and
// then.
func Merge(f *os.File, owner lsm.Owner, files []*File, between func()) (*File, error) {
	w := newWriter(f)
	stripes := make(map[int32][]uint64)
	var periods []Period
	for _, old := range files {
		for _, p := range old.places {
			periods = append(periods, p.Period)
		}
		for d, list := range old.stripes {
			stripes[d] = append(stripes[d], list...)
		}
	}
	for d, list := range stripes {
		slices.Sort(list)
		stripes[d] = slices.Compact(list)
	}
	slices.SortFunc(periods, comparePeriods)
	for _, p := range slices.Compact(periods) {
		var list [][]byte
		for _, old := range files {
			if i, ok := old.find(p); ok {
				b, err := old.read(&old.places[i])
				if err != nil {
					return nil, err
				}
				list = append(list, b)
			}
		}
		block, err := mergeBlocks(list)
		if err != nil {
			return nil, err
		}
		w.block(p, block)
		between()
	}
	return w.finish(owner, stripes)
}

// comparePeriods is the order of blocks in a file: days, then months.
func comparePeriods(a, b Period) int {
	if a.Month != b.Month {
		if b.Month {
			return -1
		}
		return 1
	}
	return int(a.Number) - int(b.Number)
}

// A writer writes the blocks of a file.
type writer struct {
	file   *os.File
	w      *bufio.Writer
	at     int64
	places []place
	shared map[[blockSum]byte]place // blocks that were written: a month may have the block of its only day
}

// newWriter begins a file.
func newWriter(f *os.File) *writer {
	w := &writer{file: f, w: bufio.NewWriterSize(&lsm.SyncWriter{File: f}, 1<<16), at: lsm.HeaderSize,
		shared: make(map[[blockSum]byte]place)}
	w.w.Write(make([]byte, lsm.HeaderSize)) // an error stays, and comes again
	return w
}

// block writes the block of a period.
func (w *writer) block(p Period, b []byte) {
	sum := sha256.Sum256(b)
	at := place{p, w.at, int64(len(b)), [blockSum]byte(sum[:blockSum])}
	if same, ok := w.shared[at.sum]; ok {
		at.offset = same.offset
	} else {
		w.w.Write(b)
		w.at += at.size
		w.shared[at.sum] = at
	}
	w.places = append(w.places, at)
	runtime.Gosched() // else callers would wait behind it
}

// finish writes the directory and the header, syncs and opens the file.
func (w *writer) finish(owner lsm.Owner, stripes map[int32][]uint64) (*File, error) {
	d := binary.AppendUvarint(nil, uint64(len(w.places)))
	for _, p := range w.places {
		d = binary.AppendVarint(d, int64(p.Number))
		month := byte(0)
		if p.Month {
			month = 1
		}
		d = binary.AppendUvarint(binary.AppendUvarint(append(d, month), uint64(p.offset)), uint64(p.size))
		d = append(d, p.sum[:]...)
	}
	d = binary.AppendUvarint(d, uint64(len(stripes)))
	for _, p := range w.places {
		list, ok := stripes[p.Number]
		if p.Month || !ok {
			continue
		}
		d = binary.AppendUvarint(binary.AppendVarint(d, int64(p.Number)), uint64(len(list)))
		before := uint64(0)
		for _, s := range list {
			d = binary.AppendUvarint(d, s-before)
			before = s
		}
	}
	w.w.Write(d)
	if err := w.w.Flush(); err != nil {
		return nil, err
	}
	h := lsm.Header{Kind: Kind, Owner: owner, Counts: [3]uint64{uint64(w.at), uint64(len(d)), 0}}
	b := h.Encode()
	if _, err := w.file.WriteAt(b[:], 0); err != nil {
		return nil, err
	}
	if err := w.file.Sync(); err != nil {
		return nil, err
	}
	return Open(w.file)
}

var errDirectory = errors.New("its directory is damaged")

// Open reads the directory of a file, which it takes over but for where it fails.
func Open(f *os.File) (*File, error) {
	t := &File{file: f, stripes: make(map[int32][]uint64)}
	var head [lsm.HeaderSize]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return nil, err
	}
	h, err := lsm.DecodeHeader(head[:], Kind)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	t.Owner, t.Size = h.Owner, info.Size()
	if at, size := h.Counts[0], h.Counts[1]; at > uint64(t.Size) || size != uint64(t.Size)-at {
		return nil, errDirectory
	}
	d := make([]byte, h.Counts[1])
	if _, err := f.ReadAt(d, int64(h.Counts[0])); err != nil {
		return nil, err
	}
	hash := sha256.New()
	hash.Write(head[:])
	hash.Write(d)
	hash.Sum(t.sum[:0])
	return t, t.parse(d, int64(h.Counts[0]))
}

// parse reads a directory, in front of which the blocks end.
func (t *File) parse(d []byte, end int64) error {
	r := codec.Reader{B: d}
	for range r.Count() {
		p := place{Period: Period{Number: int32(r.Int()), Month: r.Byte() != 0}}
		p.offset, p.size = int64(r.Uint()), int64(r.Uint())
		if len(r.B) < blockSum || p.offset < 0 || p.size < 0 || p.offset > end || p.size > end-p.offset {
			return errDirectory
		}
		r.B = r.B[copy(p.sum[:], r.B):]
		t.places = append(t.places, p)
	}
	for range r.Count() {
		d, list, before := int32(r.Int()), []uint64(nil), uint64(0)
		for range r.Count() {
			before += r.Uint()
			list = append(list, before)
		}
		t.stripes[d] = list
	}
	if r.Err != nil || len(r.B) > 0 || !slices.IsSortedFunc(t.places, func(a, b place) int {
		return comparePeriods(a.Period, b.Period)
	}) {
		return errDirectory
	}
	return nil
}

// Close closes the file.
func (t *File) Close() error { return t.file.Close() }

// Sum stands for all that the file holds.
func (t *File) Sum() [sha256.Size]byte { return t.sum }

// find returns the place of a period.
func (t *File) find(p Period) (int, bool) {
	return slices.BinarySearchFunc(t.places, p, func(at place, p Period) int { return comparePeriods(at.Period, p) })
}

// A BlockError says that a block of a file is damaged.
type BlockError struct{ Period Period }

// Error says which block it is.
func (e *BlockError) Error() string { return "the totals of " + e.Period.String() + " are damaged" }

// String writes a day as 2026-03-05, a month as 2026-03.
func (p Period) String() string {
	if p.Month {
		return fmt.Sprintf("%04d-%02d", p.Number/12, p.Number%12+1)
	}
	return dayTime(p.Number).Format("2006-01-02")
}

// read reads a block and compares it with its sum.
func (t *File) read(p *place) ([]byte, error) {
	b := make([]byte, p.size)
	if _, err := t.file.ReadAt(b, p.offset); err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(b); !bytes.Equal(sum[:blockSum], p.sum[:]) {
		return nil, &BlockError{p.Period}
	}
	return b, nil
}

// Blocks calls f with blocks that together have all days from one up to, not including, another, each once.
func (t *File) Blocks(from, to int32, f func(Period, *Block) error) error {
	for i := range t.places {
		p := &t.places[i]
		if !p.within(from, to) {
			continue
		}
		if err := t.visit(p, f); err != nil {
			return err
		}
	}
	return nil
}

// visit reads a block for f.
func (t *File) visit(p *place, f func(Period, *Block) error) error {
	bytes, err := t.read(p)
	if err != nil {
		return err
	}
	b := newBlock(bytes)
	if err := f(p.Period, b); err != nil {
		return err
	}
	return b.Err
}

// Stretches returns which records may have one of some days: from one up to another, both included, each once.
func (t *File) Stretches(days []int32) (list [][2]uint64) {
	var all []uint64
	for _, d := range days {
		all = append(all, t.stripes[d]...)
	}
	slices.Sort(all)
	for _, s := range slices.Compact(all) {
		list = append(list, [2]uint64{s * stripe, (s+1)*stripe - 1})
	}
	return list
}
