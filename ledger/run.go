package ledger

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"math/bits"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"

	mmap "github.com/edsrzf/mmap-go"
)

// A run is a file of key hashes in order, each with the newest record that had it among the records the run
// covers. It is written once, and read through a memory map. Layout, integers little-endian:
//
//	header   64 bytes: "SLKEYS01", keys[8], first record[8], last record[8], pages[8], filter blocks[8], crc32c[4] of the 48 before, zeros
//	page     4096 bytes: crc32c[4] of the rest, count[2], then count × (hash[8] big-endian, record[5])
//	fences   the first hash of each page[8]
//	filter   blocks of 64 bytes, a Bloom filter that touches one block for a hash
//	crc32c   [4] of fences and filter
type run struct {
	path        string
	first, last uint64 // records it covers
	keys        uint64
	file        *os.File
	mapped      mmap.MMap
	pages       []byte
	fences      []byte
	filter      []byte
}

const (
	runMagic     = "SLKEYS01"
	runHeader    = 64
	runPage      = 4096
	runEntry     = 13
	runPerPage   = (runPage - 6) / runEntry
	filterBlock  = 64
	filterBits   = 12 // for each key
	filterProbes = 7
)

// Whoever writes files of the index lets others have the processor after so many pages: some tenths of a millisecond. Else callers would wait
// behind it for ten milliseconds at each step of what they do, as long as Go lets a goroutine run.
const yieldEvery = 16

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// filterPlace returns the block of a hash, and the hash from which its bits are taken.
func filterPlace(hash uint64, blocks uint64) (block uint64, probes uint64) {
	block, _ = bits.Mul64(hash, blocks)
	return block, (hash ^ hash>>29) * 0x9E3779B97F4A7C15
}

func filterAdd(filter []byte, hash uint64) {
	block, probes := filterPlace(hash, uint64(len(filter)/filterBlock))
	b := filter[block*filterBlock:][:filterBlock]
	for range filterProbes {
		b[probes>>3&63] |= 1 << (probes & 7)
		probes >>= 9
	}
}

func filterHas(filter []byte, hash uint64) bool {
	block, probes := filterPlace(hash, uint64(len(filter)/filterBlock))
	b := filter[block*filterBlock:][:filterBlock]
	for range filterProbes {
		if b[probes>>3&63]&(1<<(probes&7)) == 0 {
			return false
		}
		probes >>= 9
	}
	return true
}

// openRun maps a run and checks what lookups rely on without looking: header, fences and filter.
func openRun(path string) (r *run, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r = &run{path: path, file: f}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", filepath.Base(path), err)
			r.close()
		}
	}()
	if r.mapped, err = mmap.Map(f, mmap.RDONLY, 0); err != nil {
		return r, err
	}
	return r, r.parse(r.mapped)
}

// parse finds the parts of a run in its bytes.
func (r *run) parse(b []byte) error {
	if len(b) < runHeader || string(b[:8]) != runMagic || crc32.Checksum(b[:48], castagnoli) != binary.LittleEndian.Uint32(b[48:]) ||
		[runHeader - 52]byte(b[52:]) != [runHeader - 52]byte{} {
		return errors.New("its header is damaged")
	}
	le := binary.LittleEndian
	r.keys, r.first, r.last = le.Uint64(b[8:]), le.Uint64(b[16:]), le.Uint64(b[24:])
	pages, blocks := le.Uint64(b[32:]), le.Uint64(b[40:])
	size := runHeader + pages*(runPage+8) + blocks*filterBlock + 4
	if most := uint64(len(b)); pages > most || blocks > most || size != most {
		return fmt.Errorf("it has %d bytes, not %d", len(b), size)
	}
	b = b[runHeader:]
	r.pages, b = b[:pages*runPage], b[pages*runPage:]
	if crc32.Checksum(b[:len(b)-4], castagnoli) != le.Uint32(b[len(b)-4:]) {
		return errors.New("its fences or filter are damaged")
	}
	r.fences, r.filter = b[:pages*8], b[pages*8:len(b)-4]
	return nil
}

func (r *run) close() error {
	var err error
	if r.mapped != nil {
		err = r.mapped.Unmap()
	}
	r.pages, r.fences, r.filter = nil, nil, nil
	return errors.Join(err, r.file.Close())
}

// get returns the newest record with the hash among those the run covers, 0 if there is none.
func (r *run) get(hash uint64) (uint64, error) {
	if len(r.filter) == 0 || !filterHas(r.filter, hash) {
		return 0, nil
	}
	i := sort.Search(len(r.fences)/8, func(i int) bool { return binary.LittleEndian.Uint64(r.fences[8*i:]) > hash }) - 1
	if i < 0 {
		return 0, nil
	}
	entries, err := r.page(i)
	if err != nil {
		return 0, err
	}
	j := sort.Search(len(entries)/runEntry, func(j int) bool { return binary.BigEndian.Uint64(entries[j*runEntry:]) >= hash })
	if j*runEntry == len(entries) {
		return 0, nil
	}
	if k := entryAt(entries, j); k.hash == hash {
		return k.record, nil
	}
	return 0, nil
}

// page returns the entries of a page.
func (r *run) page(i int) ([]byte, error) {
	p := r.pages[i*runPage:][:runPage]
	n := int(binary.LittleEndian.Uint16(p[4:]))
	if crc32.Checksum(p[4:], castagnoli) != binary.LittleEndian.Uint32(p) || n > runPerPage {
		return nil, &Error{Code: Corrupt, Message: "a page of the key index is damaged; remove the index directory to have it rebuilt", Detail: fmt.Sprintf("%s, page %d", r.path, i)}
	}
	return p[6:][:n*runEntry], nil
}

// checkedPage returns the entries of a page, of which the first is the one that the page's fence says.
func (r *run) checkedPage(i int) ([]byte, error) {
	entries, err := r.page(i)
	if err == nil && (len(entries) == 0 || entryAt(entries, 0).hash != binary.LittleEndian.Uint64(r.fences[8*i:])) {
		err = fmt.Errorf("page %d does not begin with the key that its fence says", i)
	}
	return entries, err
}

func entryAt(entries []byte, i int) keyed {
	e := entries[i*runEntry:][:runEntry]
	return keyed{binary.BigEndian.Uint64(e), uint64(binary.LittleEndian.Uint32(e[8:])) | uint64(e[12])<<32}
}

// all yields the run's keys in order.
func (r *run) all() iter.Seq2[keyed, error] {
	return func(yield func(keyed, error) bool) {
		for i := range len(r.fences) / 8 {
			entries, err := r.checkedPage(i)
			if err != nil {
				yield(keyed{}, err)
				return
			}
			for j := range len(entries) / runEntry {
				if !yield(entryAt(entries, j), nil) {
					return
				}
			}
		}
	}
}

// writeRun writes the keys, which are at most the given number and in order, to a new file and opens it.
func writeRun(path string, first, last uint64, atMost int, keys iter.Seq2[keyed, error]) (_ *run, err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(path)
		}
	}()
	slow := &syncWriter{file: f}
	w := bufio.NewWriterSize(slow, 1<<16)
	w.Write(make([]byte, runHeader))
	filter := make([]byte, (atMost*filterBits/8+filterBlock)/filterBlock*filterBlock)
	var fences []byte
	var page [runPage]byte
	n, total := 0, uint64(0)
	flush := func() {
		clear(page[6+n*runEntry:])
		binary.LittleEndian.PutUint16(page[4:], uint16(n))
		binary.LittleEndian.PutUint32(page[:], crc32.Checksum(page[4:], castagnoli))
		fences = append(fences, make([]byte, 8)...)
		binary.LittleEndian.PutUint64(fences[len(fences)-8:], binary.BigEndian.Uint64(page[6:]))
		w.Write(page[:])
		if n = 0; len(fences)%(8*yieldEvery) == 0 {
			runtime.Gosched()
		}
	}
	for k, err := range keys {
		if err != nil {
			return nil, err
		}
		e := page[6+n*runEntry:][:runEntry]
		binary.BigEndian.PutUint64(e, k.hash)
		binary.LittleEndian.PutUint32(e[8:], uint32(k.record))
		e[12] = byte(k.record >> 32)
		filterAdd(filter, k.hash)
		total++
		if n++; n == runPerPage {
			flush()
		}
	}
	if n > 0 {
		flush()
	}
	w.Write(fences)
	w.Write(filter)
	sum := crc32.Update(crc32.Checksum(fences, castagnoli), castagnoli, filter)
	w.Write(binary.LittleEndian.AppendUint32(nil, sum))
	if err := w.Flush(); err != nil {
		return nil, err
	}
	header := append(make([]byte, 0, runHeader), runMagic...)
	for _, v := range []uint64{total, first, last, uint64(len(fences) / 8), uint64(len(filter) / filterBlock)} {
		header = binary.LittleEndian.AppendUint64(header, v)
	}
	header = binary.LittleEndian.AppendUint32(header, crc32.Checksum(header, castagnoli))
	if _, err := f.WriteAt(header, 0); err != nil {
		return nil, err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	return openRun(path)
}

// sortedKeyeds yields a table in memory in order: of its pieces, which are in order, one after another.
func sortedKeyeds(table *keyMap) iter.Seq2[keyed, error] {
	return func(yield func(keyed, error) bool) {
		var keys []keyed
		for i := range table.pieces {
			keys = slices.AppendSeq(keys[:0], table.pieces[i].all())
			slices.SortFunc(keys, func(a, b keyed) int { return cmp.Compare(a.hash, b.hash) })
			for _, k := range keys {
				if !yield(k, nil) {
					return
				}
			}
		}
	}
}

// mergeRuns yields the keys of several runs, given newest first, in order; of one hash only the newest record. It calls between
// now and then.
func mergeRuns(runs []*run, between func()) iter.Seq2[keyed, error] {
	return func(yield func(keyed, error) bool) {
		var left []*runCursor
		for _, r := range runs {
			left = append(left, &runCursor{run: r})
		}
		var last uint64
		for n := 0; ; n++ {
			var least *runCursor
			for i := 0; i < len(left); {
				c := left[i]
				if c.at == len(c.page) {
					more, err := c.turn()
					if err != nil {
						yield(keyed{}, err)
						return
					}
					if !more {
						left = slices.Delete(left, i, i+1)
						continue
					}
					between()
				}
				if i++; least == nil || c.hash() < least.hash() { // of equal ones the newest
					least = c
				}
			}
			if least == nil {
				return
			}
			k := entryAt(least.page, least.at/runEntry)
			least.at += runEntry
			if n > 0 && k.hash == last {
				continue
			}
			if last = k.hash; !yield(k, nil) {
				return
			}
		}
	}
}

// A runCursor goes through the keys of a run.
type runCursor struct {
	run  *run
	next int    // page
	page []byte // entries of the page before that
	at   int    // in page
}

func (c *runCursor) hash() uint64 { return binary.BigEndian.Uint64(c.page[c.at:]) }

// turn goes on to the next page, if there is one.
func (c *runCursor) turn() (more bool, err error) {
	if c.next == len(c.run.fences)/8 {
		return false, nil
	}
	c.page, err = c.run.checkedPage(c.next)
	c.next, c.at = c.next+1, 0
	return true, err
}

// A syncWriter syncs as it goes, so that what is derived does not pile up in front of the journal's own syncs.
type syncWriter struct {
	file *os.File
	due  int
}

const syncEvery = 4 << 20

func (w *syncWriter) Write(b []byte) (int, error) {
	n, err := w.file.Write(b)
	if w.due += n; err == nil && w.due >= syncEvery {
		w.due = 0
		err = w.file.Sync()
	}
	return n, err
}

var _ io.Writer = (*syncWriter)(nil)
