// The way back: an export becomes a ledger. Lines are read by one goroutine, decoded by many, and booked in their order
// by the caller's.

package export

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
	blocks "github.com/splitledger/splitledger/ledger/journal"
)

// Import makes a ledger in the file at path from a [JSONL] export. The file appears only when it is whole and
// verified, and has the head that the export names. An error names the line where the export is cut short,
// changed, or something else; if there is a file at path, it is os.ErrExist. progress, if not nil, is called
// now and then with the number of records read.
func Import(ctx context.Context, r io.Reader, path string, progress func(records uint64)) (ledger.Verification, error) {
	in := &reader{lines: bufio.NewReaderSize(r, 1<<16), progress: progress}
	if err := in.head(); err != nil {
		return ledger.Verification{}, err
	}
	v, err := ledger.Rebuild(ctx, path, in.id, in.records(), in.same)
	if err != nil && in.at > 0 && !errors.Is(err, context.Canceled) {
		err = fmt.Errorf("line %d: %w", in.at, err)
	}
	return v, err
}

// maxLine bounds a line: an event of 8 MiB in the journal, written out.
const maxLine = 256 << 20

// A reader reads the lines of an export.
type reader struct {
	lines    *bufio.Reader
	line     int // number of the line read last
	at       int // the same of the line whose record is being booked
	id       uuid.UUID
	end      *end
	progress func(records uint64) // nil: nobody wants to know
}

// next returns the next line that is not blank, until it is called again; io.EOF after the last. Blank lines are
// allowed, as an editor or a transfer may add one at the end.
func (in *reader) next() ([]byte, error) {
	for {
		line, err := in.lines.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			line, err = in.long(line)
		}
		if err != nil && (len(line) == 0 || !errors.Is(err, io.EOF)) {
			return nil, err
		}
		in.line++
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, nil
		}
	}
}

// long returns a line that the buffer does not hold, of which there is the beginning. Most lines fit the buffer, and
// only others are copied.
func (in *reader) long(begin []byte) (line []byte, err error) {
	for line = bytes.Clone(begin); ; {
		var piece []byte
		piece, err = in.lines.ReadSlice('\n')
		line = append(line, piece...)
		if len(line) > maxLine {
			return nil, fmt.Errorf("expected a line of at most %d bytes", maxLine)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// head reads the first line, which says what the file is. A version that this program does not know is refused before
// anything is made. The error names line 1, and shows what stands there.
func (in *reader) head() error {
	line, err := in.next()
	if err != nil {
		return fmt.Errorf("expected an export in the format jsonl, found nothing: %w", err)
	}
	var head headLine
	if err := strict(line, &head); err != nil || head.Splitledger != program {
		return fmt.Errorf("line 1: expected {\"splitledger\":%q,\"version\":%d,…}, "+
			"the beginning of an export in the format jsonl, found %.80q", program, lastVersion, line)
	}
	if head.Version < 1 || head.Version > lastVersion {
		return fmt.Errorf("line 1: expected an export of version 1 to %d, "+
			"found version %d, which a newer program wrote", lastVersion, head.Version)
	}
	if has := head.ID != uuid.Nil; has != (head.Version >= identified) && (has || head.Version == identified) {
		return fmt.Errorf("line 1: expected the identity of a ledger, \"id\", with version 3 and not before, "+
			"found version %d and %s", head.Version, head.ID)
	}
	in.id, in.at = head.ID, in.line
	return nil
}

// A chunk is some lines, in their order, that become records.
type chunk struct {
	text  strings.Builder
	lines []line
	count int    // of the lines that are used
	end   []byte // the line behind them, if it says that it is the end
	err   error  // else why there are no more, if so

	decoded chan struct{} // has one when the lines are records
	records int           // how many of them: less where the next is none
	bad     error         // why it is none
}

// Lines are handed over by so many, or so many bytes, and read ahead by so many chunks.
const (
	chunkLines  = 128
	chunkBytes  = 128 << 10
	aheadChunks = 32
)

// chunks keeps memory for reuse: an export of millions of records would otherwise leave it to the garbage collector.
var chunks = sync.Pool{New: func() any {
	return &chunk{lines: make([]line, chunkLines), decoded: make(chan struct{}, 1)}
}}

// release gives the chunk up, for its memory to be used again, but for that of giants. A giant's memory is left to the
// garbage collector.
func (c *chunk) release() {
	if c.text.Len() > 2*chunkBytes {
		return
	}
	*c = chunk{lines: c.lines, decoded: c.decoded}
	chunks.Put(c)
}

// records yields the records, and takes in the end. Those to come are decoded meanwhile, on all processors.
func (in *reader) records() iter.Seq2[*ledger.Record, error] {
	return func(yield func(*ledger.Record, error) bool) {
		// Each chunk goes to two places: to ahead, which keeps the order, and to work, where any goroutine takes it.
		ahead, work, stop := make(chan *chunk, aheadChunks), make(chan *chunk, aheadChunks), make(chan struct{})
		// Where the caller stops early, the goroutines end: split by stop, and the others when it closes work.
		defer close(stop)
		go in.split(ahead, work, stop)
		for range runtime.GOMAXPROCS(0) {
			go func() {
				for c := range work {
					c.decode()
				}
			}()
		}
		var booking []*chunk
		for c := range ahead {
			<-c.decoded
			if booking = append(booking, c); !in.yield(c, yield) {
				return
			}
			for last := c.block(); len(booking) > 0 && booking[0].block() < last; booking = booking[1:] {
				booking[0].release() // its records are booked, as Rebuild says
			}
		}
	}
}

// block returns the block of the last record, 0 where there is none. The ledger still needs the records of a block that
// is not complete.
func (c *chunk) block() uint64 {
	if c.records == 0 {
		return 0
	}
	return c.lines[c.records-1].Block
}

// yield yields the records of a chunk, and what comes after them. It reports whether there are more. What is wrong is
// reported with the number of its line.
func (in *reader) yield(c *chunk, yield func(*ledger.Record, error) bool) bool {
	for i := range c.lines[:c.records] {
		l := &c.lines[i]
		in.at = l.number
		if !yield(&l.Record, nil) {
			return false
		}
		if in.progress != nil {
			in.progress(l.Number)
		}
	}
	err := c.err
	switch {
	case c.bad != nil:
		in.at, err = c.lines[c.records].number, fmt.Errorf("expected a record of the journal: %w", c.bad)
	case c.end != nil:
		in.at = in.line
		err = in.takeEnd(c.end)
	case err != nil:
		in.at = in.line
	}
	if err != nil {
		yield(nil, err)
	}
	return err == nil && c.end == nil
}

// split reads lines until the one that says it is the end, the first error, or until it is to stop. It runs ahead by a
// bounded number of chunks, so that memory does not grow with the file.
func (in *reader) split(ahead, work chan<- *chunk, stop <-chan struct{}) {
	defer close(ahead)
	defer close(work)
	for last := false; !last; {
		c := chunks.Get().(*chunk)
		in.fill(c)
		last = c.err != nil || c.end != nil
		select {
		case ahead <- c:
		case <-stop:
			return
		}
		work <- c // there is as much room as ahead
	}
}

// fill reads the next lines. It ends with the end of the export, an error, or a full chunk.
func (in *reader) fill(c *chunk) {
	c.text.Grow(chunkBytes + chunkBytes/8) // most often enough: what is copied once need not be copied again
	for c.count < chunkLines && c.text.Len() < chunkBytes {
		text, err := in.next()
		if errors.Is(err, io.EOF) {
			err = errors.New("the export is cut short: " +
				"its last line, which says how many records there are, is missing")
		}
		if err != nil {
			c.err = err
			return
		}
		if bytes.HasPrefix(text, []byte(`{"end":`)) {
			c.end = bytes.Clone(text)
			return
		}
		c.text.Write(text)
		l := &c.lines[c.count]
		l.number, l.end = in.line, c.text.Len()
		c.count++
	}
}

// decode makes records of the lines, up to the first that is none. Chunks are decoded on several goroutines, each by
// one.
func (c *chunk) decode() {
	defer func() { c.decoded <- struct{}{} }()
	var r jsonl.Scanner
	text, begin := c.text.String(), 0
	for ; c.records < c.count; c.records++ {
		l := &c.lines[c.records]
		if c.bad = l.decode(&r, text[begin:l.end]); c.bad != nil {
			return
		}
		begin = l.end
	}
}

// takeEnd reads the end, after which there is nothing more. Nobody else reads lines any more. Something after the end
// means that two files were joined, or one was written over.
func (in *reader) takeEnd(line []byte) error {
	var last endLine
	if err := strict(line, &last); err != nil || last.End == nil {
		return fmt.Errorf("expected the end of the export, found %.80q", line)
	}
	in.end = last.End
	if more, err := in.next(); !errors.Is(err, io.EOF) {
		in.at = in.line
		return fmt.Errorf("expected nothing after the end, found %.80q", more)
	}
	return nil
}

// strict reads JSON that has no more than the fields of v. A field that this program does not know would be lost, and
// the hash would not fit.
func strict(line []byte, v any) error {
	return json.Unmarshal(line, v, json.RejectUnknownMembers(true))
}

// same compares the ledger with the end of the export. Numbers that differ show that lines are missing or added; a head
// that differs, that some were changed.
func (in *reader) same(head blocks.Head) error {
	is := end{head.Block, head.Record, head.Entry, head.Hash.String()}
	switch {
	case is == *in.end:
		return nil
	case is.Blocks != in.end.Blocks || is.Records != in.end.Records || is.Entries != in.end.Entries:
		return fmt.Errorf("the ledger has %d blocks, %d records, %d entries; "+
			"the export says %d, %d and %d: it was changed",
			is.Blocks, is.Records, is.Entries, in.end.Blocks, in.end.Records, in.end.Entries)
	}
	return fmt.Errorf("the head does not fit the %d records before it: it or they were changed", is.Records)
}
