// Reading ahead: lines are read by one goroutine and decoded by several, while others book those before.

package eventlines

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
)

// A Source is a file, or a stream, of event lines. Open is called when the sources before are read, so that not all
// files are open at once.
type Source struct {
	Name string
	Open func() (io.ReadCloser, error)
	// Waited is told how long reading stood still because what was read ahead had not been booked; it may be nil.
	Waited func(time.Duration)
}

// A Line is one line that was read: an event, or why it is none. Refusals carry the file and the number, so that
// whoever made the file finds the line.
type Line struct {
	File   string
	Number int          // from 1
	ID     string       // of the event, or what stands there in place of it
	Type   posting.Type // "" where it is no event
	Err    error        // a refusal

	end int // of the line in the text of its chunk; it begins where the one before ends
}

// A chunk is some lines of a file, in their order. Lines are handed over many at a time, because a channel costs more
// than a short line.
type chunk struct {
	text    []byte
	lines   []Line
	events  []posting.Event // of the lines that are events
	fatal   error           // the input ends here, before its end
	decoded chan struct{}   // has one when lines and events are decoded; until then there is only the text
}

// A chunk is handed over when it has so many lines or bytes, or where no more have come in yet.
const (
	chunkLines = 256
	chunkBytes = 1 << 20
)

// chunks keeps memory for reuse: a stream of events without end would otherwise leave it to the garbage collector.
var chunks = sync.Pool{New: func() any {
	return &chunk{
		lines:   make([]Line, 0, chunkLines),
		events:  make([]posting.Event, 0, chunkLines),
		decoded: make(chan struct{}, 1),
	}
}}

// full reports whether the chunk has all that one has. The bytes are counted too, because a line may have up to a
// megabyte.
func (c *chunk) full() bool { return len(c.lines) == chunkLines || len(c.text) >= chunkBytes }

// empty reports whether there is nothing to hand over.
func (c *chunk) empty() bool { return len(c.lines) == 0 && c.fatal == nil }

// wait waits until the lines are events, or refusals.
func (c *chunk) wait() { <-c.decoded }

// release gives the chunk up, for its memory to be used again. Events hold pointers into the text, so both are cleared.
func (c *chunk) release() {
	clear(c.lines)
	clear(c.events)
	*c = chunk{text: c.text[:0], lines: c.lines[:0], events: c.events[:0], decoded: c.decoded}
	chunks.Put(c)
}

// decode makes events of the lines. Lines that are no events take no place among the events.
func (c *chunk) decode() {
	begin := 0
	for i := range c.lines {
		in := &c.lines[i]
		line := c.text[begin:in.end]
		begin = in.end
		if in.Err != nil {
			continue
		}
		at := len(c.events)
		c.events = c.events[:at+1]
		if in.Err = wire.DecodeTo(&c.events[at], line); in.Err != nil {
			// What was decoded before the error must not be met in the next event of this memory.
			c.events[at] = posting.Event{}
			c.events = c.events[:at]
			in.ID = idOf(line)
			continue
		}
		in.ID, in.Type = c.events[at].ID, c.events[at].Type
	}
	c.decoded <- struct{}{}
}

// A pipeline reads lines ahead of those who book them, and has several chunks decoded at a time.
type pipeline struct {
	ctx  context.Context
	work chan *chunk // for those who decode
	out  chan *chunk // the same, in the order of the lines

	waited func(time.Duration) // of the source that is read
}

const (
	maxChunks   = 32 // read ahead
	maxDecoders = 4  // at work; the ledger's one writer takes longer for an event than to decode it
)

// read reads and decodes the sources beside the caller, who gets the chunks in order. The channel ends after the last
// chunk, or after the one with the failure.
func read(ctx context.Context, sources []Source) <-chan *chunk {
	p := &pipeline{ctx: ctx, work: make(chan *chunk, maxChunks), out: make(chan *chunk, maxChunks)}
	for range min(maxDecoders, runtime.GOMAXPROCS(0)) {
		go func() {
			for c := range p.work {
				c.decode()
			}
		}()
	}
	go func() {
		defer close(p.out)
		defer close(p.work)
		for _, s := range sources {
			if !p.source(s) {
				return
			}
		}
	}()
	return p.out
}

// source reads one source. It returns false where the rest is not to be read. A file that cannot be opened ends the
// reading: the events after it may depend on it.
func (p *pipeline) source(s Source) bool {
	p.waited = s.Waited
	from, err := s.Open()
	if err != nil {
		failed := chunks.Get().(*chunk)
		failed.fatal = err
		return p.send(failed) && false
	}
	defer from.Close()
	return p.lines(s.Name, from)
}

// lines hands over what it reads in chunks, and what it has before it waits for more. It reports false where reading is
// to stop.
func (p *pipeline) lines(name string, from io.Reader) bool {
	lines := NewReader(from)
	c := chunks.Get().(*chunk)
	for {
		if c.full() || !c.empty() && !lines.ready() {
			if !p.send(c) {
				return false
			}
			c = chunks.Get().(*chunk)
		}
		line, whole, err := lines.Next()
		if err == io.EOF {
			return true
		}
		if err != nil {
			c.fatal = fmt.Errorf("%s: after line %d: %w", name, lines.Number, err)
			p.send(c)
			return false
		}
		in := Line{File: name, Number: lines.Number}
		if !whole {
			in.Err = ledger.Errorf(ledger.Invalid, "expected a line of at most %d bytes, found a longer one", maxLine)
		} else if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		c.text = append(c.text, line...)
		in.end = len(c.text)
		c.lines = append(c.lines, in)
	}
}

// send hands a chunk to those who decode and, in order, to who books. It reports false once the context is canceled.
func (p *pipeline) send(c *chunk) bool {
	select {
	case p.work <- c:
	case <-p.ctx.Done():
		return false
	}
	select {
	case p.out <- c:
		return true
	default:
	}
	if p.waited != nil {
		began := time.Now()
		defer func() { p.waited(time.Since(began)) }()
	}
	select {
	case p.out <- c:
		return true
	case <-p.ctx.Done():
		return false
	}
}

// idOf looks for the id in a line that is not an event, so that its refusal can be told from others. It is "" where
// there is none that an event could have. The type of a field may be wrong, but the id can be right all the same.
func idOf(line []byte) string {
	var e struct{ ID string }
	if err := json.Unmarshal(line, &e); err != nil {
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok {
			return ""
		}
	}
	if utf8.RuneCountInString(e.ID) > posting.MaxID {
		return ""
	}
	return e.ID
}
