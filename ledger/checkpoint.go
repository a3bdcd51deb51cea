package ledger

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"

	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A checkpoint is a file with the state, or with what has changed of it since the checkpoint before, so that opening need not
// replay the whole journal. The accounts are written while the executor goes on: each as it is at its turn, so it has
// at least all records up to the checkpoint's start and perhaps some after it. Replaying from the start on passes over
// the postings that an account has already. The file counts only once the journal durably has all that it may hold.
//
// Those that have changed are the ones opened or posted to between the starts of the two walks. An account that is not in a
// checkpoint is as it was in the one before, and so on back to the first, which has all. Now and then all are merged into one: of
// each account the newest.
//
//	"SLCHECK2" frame*          integers are uvarints, but for length and checksum
//	frame   = length[4] crc32c[4] kind[1] rest; little-endian; the checksum is of kind and rest
//	'a'     = account*         account = number id kind[1] status[1] holder metadata overdraft cells; in any order, each once
//	'z'     = start end words assets accounts since?    the last frame: blocks' heads, the vocabulary, how many accounts there
//	                           are in all, and the start of the checkpoint before, missing where this one has all
//	cells   = count (word sub[1] int(balance) varint(latest) count links*)*
const checkpointMagic = "SLCHECK2"

// checkpointEnd is the last frame of a checkpoint.
type checkpointEnd struct {
	start    journal.Head // replay begins after it
	end      journal.Head // the journal had this when the file was finished; nothing in the file is from after it
	words    []string
	assets   []money.Asset
	accounts int
	since    journal.Head // start of the checkpoint before, zero if there is none
}

const frameTarget = 64 << 10 // bytes of accounts in a frame

// appendAccount writes an account as it is now.
func appendAccount(b []byte, a *account) []byte {
	str := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.AppendUvarint(b, uint64(a.number))
	str(string(a.id))
	b = append(b, byte(a.kind), byte(a.status))
	d := a.details
	if d == nil {
		d = &details{}
	}
	str(d.holder)
	b = binary.AppendUvarint(b, uint64(len(d.metadata)))
	for _, k := range sortedKeys(d.metadata) {
		str(k)
		str(d.metadata[k])
	}
	b = binary.AppendUvarint(b, uint64(len(d.overdraft)))
	for _, o := range d.overdraft {
		str(string(o.Currency()))
		b = o.Int().AppendBinary(b)
	}
	n := 0
	for c := a.cells; c != nil; c = c.next {
		n++
	}
	b = binary.AppendUvarint(b, uint64(n))
	for c := a.cells; c != nil; c = c.next {
		b = binary.AppendUvarint(b, uint64(c.currency))
		b = append(b, byte(c.sub))
		b = c.balance.AppendBinary(b)
		b = binary.AppendVarint(b, c.latest)
		b = binary.AppendUvarint(b, uint64(len(c.skips)))
		for _, l := range c.skips {
			b = binary.AppendUvarint(b, uint64(l))
		}
	}
	return b
}

func appendHead(b []byte, h journal.Head) []byte {
	for _, v := range []uint64{h.Block, h.Record, h.Entry, uint64(h.Time)} {
		b = binary.AppendUvarint(b, v)
	}
	return append(b, h.Hash[:]...)
}

func appendEnd(b []byte, e *checkpointEnd) []byte {
	b = appendHead(appendHead(b, e.start), e.end)
	b = binary.AppendUvarint(b, uint64(len(e.words)))
	for _, w := range e.words {
		b = binary.AppendUvarint(b, uint64(len(w)))
		b = append(b, w...)
	}
	b = binary.AppendUvarint(b, uint64(len(e.assets)))
	for _, a := range e.assets {
		b = binary.AppendUvarint(b, uint64(len(a.Code)))
		b = append(b, a.Code...)
		b = binary.AppendUvarint(b, uint64(a.Exponent))
	}
	b = binary.AppendUvarint(b, uint64(e.accounts))
	if e.since.Record > 0 {
		b = appendHead(b, e.since)
	}
	return b
}

// A checkpointWriter writes the frames of a checkpoint.
type checkpointWriter struct {
	file  *os.File
	w     *bufio.Writer
	batch []byte // accounts of the next frame
}

func createCheckpoint(path string) (*checkpointWriter, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriterSize(&syncWriter{file: f}, 1<<16)
	w.WriteString(checkpointMagic) // an error stays, and comes again
	return &checkpointWriter{file: f, w: w}, nil
}

func (c *checkpointWriter) name() string { return filepath.Base(c.file.Name()) }

// account writes an account, unless that was taken back.
func (c *checkpointWriter) account(a *account) error {
	if !a.gone {
		c.batch = appendAccount(c.batch, a)
	}
	return c.full()
}

// full writes a frame if there are accounts enough for one.
func (c *checkpointWriter) full() error {
	if len(c.batch) < frameTarget {
		return nil
	}
	err := c.frame('a', c.batch)
	c.batch = c.batch[:0]
	return err
}

func (c *checkpointWriter) frame(kind byte, b []byte) error {
	var head [9]byte
	binary.LittleEndian.PutUint32(head[:], uint32(1+len(b)))
	head[8] = kind
	binary.LittleEndian.PutUint32(head[4:], crc32.Update(crc32.Checksum(head[8:], castagnoli), castagnoli, b))
	c.w.Write(head[:])
	_, err := c.w.Write(b)
	runtime.Gosched() // see yieldEvery
	return err
}

// finish writes the last frames and syncs.
func (c *checkpointWriter) finish(e *checkpointEnd) error {
	if len(c.batch) > 0 {
		c.frame('a', c.batch)
	}
	return errors.Join(c.frame('z', appendEnd(nil, e)), c.w.Flush(), c.file.Sync(), c.file.Close())
}

// abandon removes the file.
func (c *checkpointWriter) abandon() error {
	c.file.Close() // perhaps again
	return os.Remove(c.file.Name())
}
