package ledger

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/splitledger/splitledger/internal/lsm"
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
//	header frame*              integers are uvarints, but for length; the header is that of [lsm.Header], with no counts
//	frame   = length[4] sum[16] kind[1] rest; the length little-endian; the sum begins the SHA-256 of kind and rest
//	'a'     = account*         account = number id kind[1] status[1] holder metadata overdraft cells; in any order, each once
//	'z'     = start end words assets accounts since?    the last frame: blocks' heads, the vocabulary, how many accounts there
//	                           are in all, and the start of the checkpoint before, missing where this one has all
//	cells   = count (word sub[1] int(balance) varint(latest) count links*)*
//
// The sum that a manifest has of a checkpoint is the SHA-256 of its header and the sums of its frames, in order.
const checkpointKind = "SLCHECK3"

const (
	frameSum  = 16
	frameHead = 4 + frameSum + 1
)

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
	for _, k := range slices.Sorted(maps.Keys(d.metadata)) {
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
	file   *os.File
	w      *bufio.Writer
	header [lsm.HeaderSize]byte
	sums   hash.Hash
	batch  []byte // accounts of the next frame
}

func createCheckpoint(path string, o origin) (*checkpointWriter, error) {
	f, err := createIndexFile(path)
	if err != nil {
		return nil, err
	}
	c := &checkpointWriter{file: f, w: bufio.NewWriterSize(&lsm.SyncWriter{File: f}, 1<<16), sums: sha256.New()}
	h := lsm.Header{Kind: checkpointKind, Owner: o.owner()}
	c.header = h.Encode()
	c.w.Write(make([]byte, len(c.header))) // the header stands there once all is; an error stays, and comes again
	c.sums.Write(c.header[:])
	return c, nil
}

// made returns the finished checkpoint as a manifest names it.
func (c *checkpointWriter) made() indexFile {
	return indexFile{filepath.Base(c.file.Name()), journal.Hash(c.sums.Sum(nil))}
}

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
	var head [frameHead]byte
	binary.LittleEndian.PutUint32(head[:], uint32(1+len(b)))
	head[frameHead-1] = kind
	sum := sha256.New()
	sum.Write(head[frameHead-1:])
	sum.Write(b)
	copy(head[4:frameHead-1], sum.Sum(nil))
	c.sums.Write(head[4 : frameHead-1])
	c.w.Write(head[:])
	_, err := c.w.Write(b)
	runtime.Gosched() // else callers would wait behind it, as they would behind a run
	return err
}

// finish writes the last frames and syncs.
func (c *checkpointWriter) finish(e *checkpointEnd) error {
	if len(c.batch) > 0 {
		c.frame('a', c.batch)
	}
	if err := errors.Join(c.frame('z', appendEnd(nil, e)), c.w.Flush()); err != nil {
		return err
	}
	_, err := c.file.WriteAt(c.header[:], 0)
	return errors.Join(err, c.file.Sync(), c.file.Close())
}

// abandon removes the file.
func (c *checkpointWriter) abandon() error {
	c.file.Close() // perhaps again
	return os.Remove(c.file.Name())
}
