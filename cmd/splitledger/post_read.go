package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"unicode/utf8"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
)

// An input is one line that was read: an event, or why it is none.
type input struct {
	file   string
	number int // of the line, from 1
	end    int // of the line in the text of its chunk; it begins where the one before ends
	id     string
	err    error // a refusal
}

// A chunk is some lines of a file, in their order.
type chunk struct {
	text    []byte
	inputs  []input
	events  []posting.Event // of the lines that are events
	fatal   error           // the input ends here, before its end
	decoded chan struct{}   // has one when inputs and events are as told; until then there is only the text
}

// A chunk is handed over when it has so many lines or bytes, or where no more have come in yet.
const (
	chunkLines = 256
	chunkBytes = 1 << 20
)

var chunks = sync.Pool{New: func() any {
	return &chunk{inputs: make([]input, 0, chunkLines), events: make([]posting.Event, 0, chunkLines), decoded: make(chan struct{}, 1)}
}}

func (c *chunk) full() bool { return len(c.inputs) == chunkLines || len(c.text) >= chunkBytes }

func (c *chunk) empty() bool { return len(c.inputs) == 0 && c.fatal == nil }

func (c *chunk) wait() { <-c.decoded }

// release gives the chunk up, for its memory to be used again.
func (c *chunk) release() {
	clear(c.inputs)
	clear(c.events)
	*c = chunk{text: c.text[:0], inputs: c.inputs[:0], events: c.events[:0], decoded: c.decoded}
	chunks.Put(c)
}

// decode makes events of the lines.
func (c *chunk) decode() {
	begin := 0
	for i := range c.inputs {
		in := &c.inputs[i]
		line := c.text[begin:in.end]
		begin = in.end
		if in.err != nil {
			continue
		}
		at := len(c.events)
		c.events = c.events[:at+1]
		if in.err = wire.DecodeTo(&c.events[at], line); in.err != nil {
			c.events[at] = posting.Event{}
			c.events = c.events[:at]
			in.id = idOf(line)
			continue
		}
		in.id = c.events[at].ID
	}
	c.decoded <- struct{}{}
}

// openable reports the first of the files that cannot be read, before anything is booked.
func (c *cli) openable(files []string) error {
	for _, name := range files {
		if info, err := os.Stat(name); name == "-" || err == nil && !info.Mode().IsRegular() && !info.IsDir() {
			continue // a pipe can be opened but once
		}
		f, err := os.Open(name)
		if err != nil {
			return &failure{exitUsage, err}
		}
		info, err := f.Stat()
		f.Close()
		if err == nil && info.IsDir() {
			return unusable("%s is a directory", name)
		}
	}
	return nil
}

// A reader reads lines ahead of those who book them, and has several chunks decoded at a time.
type reader struct {
	ctx  context.Context
	work chan *chunk // for those who decode
	out  chan *chunk // the same, in the order of the lines
}

const (
	maxChunks   = 32 // read ahead
	maxDecoders = 4  // at work; the ledger's one writer takes longer for an event than to decode it
)

// readAhead lets read go on beside the caller, who gets what it read in order.
func readAhead(ctx context.Context, read func(*reader)) <-chan *chunk {
	r := &reader{ctx, make(chan *chunk, maxChunks), make(chan *chunk, maxChunks)}
	for range min(maxDecoders, runtime.GOMAXPROCS(0)) {
		go func() {
			for c := range r.work {
				c.decode()
			}
		}()
	}
	go func() {
		defer close(r.out)
		defer close(r.work)
		read(r)
	}()
	return r.out
}

// readEvents reads and decodes the files while the caller books what came before.
func (c *cli) readEvents(ctx context.Context, files []string) <-chan *chunk {
	return readAhead(ctx, func(r *reader) {
		for _, name := range files {
			if !c.readFile(r, name) {
				return
			}
		}
	})
}

// readFile reads one file. It returns false where the rest is not to be read.
func (c *cli) readFile(r *reader, name string) bool {
	if name == "-" {
		if isTerminal(c.stdin) {
			c.note("reading events from the terminal, one a line; Ctrl-D ends them")
		}
		return r.lines("stdin", c.stdin)
	}
	f, err := os.Open(name)
	if err != nil {
		failed := chunks.Get().(*chunk)
		failed.fatal = err
		return r.send(failed) && false
	}
	defer f.Close()
	return r.lines(name, f)
}

// lines hands over what it reads in chunks, and what it has before it waits for more.
func (r *reader) lines(name string, from io.Reader) bool {
	lines := newLineReader(from)
	c := chunks.Get().(*chunk)
	for {
		if c.full() || !c.empty() && !lines.ready() {
			if !r.send(c) {
				return false
			}
			c = chunks.Get().(*chunk)
		}
		line, whole, err := lines.next()
		if err == io.EOF {
			return true
		}
		if err != nil {
			c.fatal = fmt.Errorf("%s: after line %d: %w", name, lines.number, err)
			r.send(c)
			return false
		}
		in := input{file: name, number: lines.number}
		if !whole {
			in.err = ledger.Errorf(ledger.Invalid, "expected a line of at most %d bytes, found a longer one", maxLine)
		} else if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		c.text = append(c.text, line...)
		in.end = len(c.text)
		c.inputs = append(c.inputs, in)
	}
}

func (r *reader) send(c *chunk) bool {
	select {
	case r.work <- c:
	case <-r.ctx.Done():
		return false
	}
	select {
	case r.out <- c:
		return true
	case <-r.ctx.Done():
		return false
	}
}

// idOf looks for the id in a line that is not an event, so that its refusal can be told from others. It is
// "" where there is none that an event could have.
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
