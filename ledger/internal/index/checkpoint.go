package index

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/splitledger/splitledger/internal/lsm"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A checkpoint is a file with the accounts of a ledger, or with those that have changed since the checkpoint before.
// The accounts are written while the ledger goes on: each as it is at its turn, so it has at least all records up to
// the checkpoint's start and perhaps some after it. Replaying from the start on passes over the postings that an
// account has already. The file counts only once the journal durably has all that it may hold.
//
// Those that have changed are the ones opened or posted to between the starts of the two checkpoints. An account that
// is not in a checkpoint is as it was in the one before, and so on back to the first, which has all. Now and then all
// are merged into one: of each account the newest.
//
//	header frame*              integers are uvarints, but for length; the header is [lsm.Header]'s, with no counts
//	frame   = length[4] sum[16] kind[1] rest; the length little-endian; the sum begins the SHA-256 of kind and rest
//	'a'     = account*         in any order, each once
//	account = number id kind[1] status[1] holder metadata overdraft balances
//	'z'     = start end symbols assets accounts since?   the last frame: blocks' heads, the symbols, how many accounts
//	                           there are in all, and the start of the checkpoint before, none where this one has all
//	balances = count (symbol sub[1] int(balance) varint(latest) count skips*)*
//
// The sum that a manifest has of a checkpoint is the SHA-256 of its header and the sums of its frames, in order.
const checkpointKind = "SLCHECK3"

const (
	frameSum  = 16
	frameHead = 4 + frameSum + 1
)

// FrameTarget is how many bytes of accounts make a frame.
const FrameTarget = 64 << 10

// An End is the last frame of a checkpoint.
type End struct {
	Start    journal.Head // replay begins after it
	End      journal.Head // the journal had this when the file was finished; nothing in the file is from after it
	Symbols  []string
	Assets   []money.Asset
	Accounts int
	Since    journal.Head // start of the checkpoint before, zero if there is none
}

// appendHead writes the head of a journal: its numbers, then its hash.
func appendHead(b []byte, h journal.Head) []byte {
	for _, v := range []uint64{h.Block, h.Record, h.Entry, uint64(h.Time)} {
		b = binary.AppendUvarint(b, v)
	}
	return append(b, h.Hash[:]...)
}

// readHead reads what appendHead wrote. A head that is cut short is the reader's error.
func readHead(r *codec.Reader) (h journal.Head) {
	h = journal.Head{Block: r.Uint(), Record: r.Uint(), Entry: r.Uint(), Time: int64(r.Uint())}
	if len(r.B) < len(h.Hash) {
		r.Fail(codec.ErrShort)
		return h
	}
	r.B = r.B[copy(h.Hash[:], r.B):]
	return h
}

// Append writes the last frame, with all by which the checkpoint can be used without another look at the journal's
// records before it.
func (e *End) Append(b []byte) []byte {
	b = appendHead(appendHead(b, e.Start), e.End)
	b = binary.AppendUvarint(b, uint64(len(e.Symbols)))
	for _, s := range e.Symbols {
		b = appendText(b, s)
	}
	b = binary.AppendUvarint(b, uint64(len(e.Assets)))
	for _, a := range e.Assets {
		b = binary.AppendUvarint(appendText(b, a.Code), uint64(a.Exponent))
	}
	b = binary.AppendUvarint(b, uint64(e.Accounts))
	if e.Since.Record > 0 {
		b = appendHead(b, e.Since)
	}
	return b
}

// readEnd reads what [End.Append] wrote. Whether its numbers can be is for [Chain.Check] to say.
func readEnd(r *codec.Reader) (e End) {
	e.Start, e.End = readHead(r), readHead(r)
	for range r.Count() {
		e.Symbols = append(e.Symbols, string(r.Bytes()))
	}
	for range r.Count() {
		code := money.Currency(r.Bytes())
		e.Assets = append(e.Assets, money.Asset{Code: code, Exponent: int(r.Uint())})
	}
	e.Accounts = int(r.Uint())
	if len(r.B) > 0 {
		e.Since = readHead(r)
	}
	return e
}

// A CheckpointWriter writes the frames of a checkpoint to a file, which counts only after [CheckpointWriter.Finish].
type CheckpointWriter struct {
	origin Origin
	file   *os.File
	w      *bufio.Writer
	header [lsm.HeaderSize]byte
	sums   hash.Hash
	batch  []byte // accounts of the next frame
}

// CreateCheckpoint begins a checkpoint in a new file.
func CreateCheckpoint(path string, o Origin) (*CheckpointWriter, error) {
	f, err := createFile(path)
	if err != nil {
		return nil, err
	}
	w := &CheckpointWriter{origin: o, file: f, w: bufio.NewWriterSize(&lsm.SyncWriter{File: f}, 1<<16),
		sums: sha256.New()}
	h := lsm.Header{Kind: checkpointKind, Owner: o.owner()}
	w.header = h.Encode()
	w.w.Write(make([]byte, len(w.header))) // the header stands there once all is; an error stays, and comes again
	w.sums.Write(w.header[:])
	return w, nil
}

// File returns the finished checkpoint as a manifest names it, with the sum of its frames' sums.
func (w *CheckpointWriter) File() File {
	return File{filepath.Base(w.file.Name()), journal.Hash(w.sums.Sum(nil))}
}

// Accounts writes accounts as [AppendAccount] and [AppendSubBalance] have made them. They are collected until they make
// a frame, so that a frame can be read by itself and is neither small nor large.
func (w *CheckpointWriter) Accounts(b []byte) error {
	w.batch = append(w.batch, b...)
	if len(w.batch) < FrameTarget {
		return nil
	}
	err := w.frame('a', w.batch)
	w.batch = w.batch[:0]
	return err
}

// frame writes a frame: its length, its sum, its kind and its content. Its error may be that of an earlier write, which
// a bufio.Writer keeps.
func (w *CheckpointWriter) frame(kind byte, b []byte) error {
	var head [frameHead]byte
	binary.LittleEndian.PutUint32(head[:], uint32(1+len(b)))
	head[frameHead-1] = kind
	sum := sha256.New()
	sum.Write(head[frameHead-1:])
	sum.Write(b)
	copy(head[4:frameHead-1], sum.Sum(nil))
	w.sums.Write(head[4 : frameHead-1])
	w.w.Write(head[:])
	_, err := w.w.Write(b)
	runtime.Gosched() // else callers would wait behind it, as they would behind a run
	return err
}

// Finish writes the last frames and syncs.
func (w *CheckpointWriter) Finish(e *End) error {
	if len(w.batch) > 0 {
		w.frame('a', w.batch)
	}
	if err := errors.Join(w.frame('z', e.Append(nil)), w.w.Flush()); err != nil {
		return err
	}
	_, err := w.file.WriteAt(w.header[:], 0)
	return errors.Join(err, w.file.Sync(), w.file.Close())
}

// Abandon removes the file.
func (w *CheckpointWriter) Abandon() error {
	w.file.Close() // perhaps again
	return os.Remove(w.file.Name())
}

// merge writes of each account the newest that is in one of the checkpoints, which are given newest first, and returns
// what the last frame is to say. It calls between now and then.
func (w *CheckpointWriter) merge(paths []string, between func()) (end End, err error) {
	var have []bool
	var memory []byte
	for i, path := range paths {
		c, err := OpenCheckpoint(path)
		if err != nil {
			return end, err
		}
		if i == 0 {
			end, have = c.End, make([]bool, c.End.Accounts)
		}
		for n := 0; n < c.Frames() && err == nil; n++ {
			var r codec.Reader
			if r, err = c.Frame(n, &memory); err == nil {
				err = w.copy(&r, have)
			}
			if err == nil {
				between()
			}
		}
		c.Close()
		if err != nil {
			return end, c.Wrong(err)
		}
	}
	// Merged, it has all accounts: none is needed from a checkpoint before it.
	end.Since = journal.Head{}
	return end, nil
}

// copy writes the accounts of a frame of another checkpoint, but for those whose numbers have is true for, and makes it
// true.
func (w *CheckpointWriter) copy(r *codec.Reader, have []bool) error {
	var a Account
	for {
		ok, err := a.Next(r, have)
		if !ok {
			return err
		}
		have[a.Number] = true
		if err := w.Accounts(a.encoded); err != nil {
			return err
		}
	}
}

// A Checkpoint is one that was written. Its accounts are read frame by frame, by several goroutines if need be.
type Checkpoint struct {
	End  End
	Size int // bytes of accounts

	name   string
	file   io.ReaderAt
	frames []frameAt    // of accounts
	sum    journal.Hash // stands for all of it
}

// A frameAt is where a frame stands in the file, from its sum on.
type frameAt struct {
	offset int64
	size   int
}

// OpenCheckpoint opens a checkpoint. It must be closed.
func OpenCheckpoint(path string) (*Checkpoint, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	var c *Checkpoint
	info, err := file.Stat()
	if err == nil {
		c, err = ParseCheckpoint(filepath.Base(path), file, info.Size())
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return c, nil
}

// ParseCheckpoint finds the frames in a file of the given size, and reads the last one. The error names the file. A
// file that was cut off has no last frame.
func ParseCheckpoint(name string, file io.ReaderAt, size int64) (*Checkpoint, error) {
	c := &Checkpoint{name: name, file: file}
	if err := c.parse(size); err != nil {
		return nil, c.Wrong(err)
	}
	return c, nil
}

// parse finds all frames by their lengths, without reading the accounts, and compares nothing but the last with its
// sum: what is between is checked when it is read.
func (c *Checkpoint) parse(size int64) error {
	var header [lsm.HeaderSize]byte
	if _, err := c.file.ReadAt(header[:], 0); err != nil {
		return errors.Join(codec.ErrShort, err)
	}
	if _, err := lsm.DecodeHeader(header[:], checkpointKind); err != nil {
		return err
	}
	sums := sha256.New()
	sums.Write(header[:])
	var head [frameHead]byte
	for at := int64(len(header)); ; {
		if _, err := c.file.ReadAt(head[:], at); err != nil {
			return errors.Join(codec.ErrShort, err)
		}
		n := int64(binary.LittleEndian.Uint32(head[:]))
		if n == 0 || n > size-at-4-frameSum {
			return codec.ErrShort
		}
		sums.Write(head[4 : frameHead-1])
		frame := frameAt{at + 4, int(n) + frameSum}
		at += 4 + frameSum + n
		if head[frameHead-1] == 'a' {
			c.frames, c.Size = append(c.frames, frame), c.Size+frame.size
			continue
		}
		r, err := c.read(frame, new([]byte))
		if err != nil {
			return err
		}
		if c.End = readEnd(&r); head[frameHead-1] != 'z' || r.Err != nil || at != size {
			return errors.New("its last frame is damaged")
		}
		break
	}
	sums.Sum(c.sum[:0])
	if symbols := c.End.Symbols; len(symbols) == 0 || symbols[0] != "" || len(symbols) > codec.MaxSymbols {
		return fmt.Errorf("it has a vocabulary of %d words", len(symbols))
	}
	return nil
}

// Close closes the file. One that was parsed in memory needs none.
func (c *Checkpoint) Close() {
	if f, ok := c.file.(io.Closer); ok {
		f.Close()
	}
}

// Wrong says of which file an error is.
func (c *Checkpoint) Wrong(err error) error { return fmt.Errorf("%s: %w", c.name, err) }

// Frames returns how many frames of accounts there are.
func (c *Checkpoint) Frames() int { return len(c.frames) }

// Frame reads a frame into memory, which it makes larger if it must, and checks it against its sum.
func (c *Checkpoint) Frame(n int, memory *[]byte) (codec.Reader, error) {
	return c.read(c.frames[n], memory)
}

// read reads a frame into memory and compares it with its sum. The reader aliases the memory, so it is good until the
// next frame is read into it.
func (c *Checkpoint) read(at frameAt, memory *[]byte) (r codec.Reader, err error) {
	if cap(*memory) < at.size {
		*memory = make([]byte, at.size+at.size/8)
	}
	b := (*memory)[:at.size]
	if _, err := c.file.ReadAt(b, at.offset); err != nil {
		return r, err
	}
	if sum := sha256.Sum256(b[frameSum:]); !bytes.Equal(b[:frameSum], sum[:frameSum]) {
		return r, errors.New("a frame's checksum does not fit")
	}
	return codec.Reader{B: b[frameSum+1:]}, nil
}

// A Chain is checkpoints that belong together, newest first. The last has all accounts.
type Chain []*Checkpoint

// Close closes the files.
func (c Chain) Close() {
	for _, f := range c {
		f.Close()
	}
}

// Check checks that each checkpoint goes on from the one after it in the list, and that the last has all accounts. With
// one of them missing, an account would be as it was long ago.
func (c Chain) Check() error {
	size := 0
	for i, f := range c {
		if i > 0 && (c[i-1].End.Since != f.End.Start || f.End.End.Block > c[i-1].End.Start.Block) {
			return c[i-1].Wrong(fmt.Errorf("%s is not the checkpoint before it", f.name))
		}
		size += f.Size
	}
	if oldest := c[len(c)-1]; oldest.End.Since != (journal.Head{}) {
		return oldest.Wrong(errors.New("the checkpoint before it is missing"))
	}
	if n := c[0].End.Accounts; n < 0 || n > size { // below 0 where a forged one is beyond an int
		return c[0].Wrong(fmt.Errorf("it has %d accounts in %d bytes", n, size))
	}
	return nil
}
