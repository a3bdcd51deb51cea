package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// An input is one line that was read: an event, or why it is none.
type input struct {
	file   string
	number int // of the line, from 1
	id     string
	event  posting.Event
	err    error // a refusal
	fatal  error // the input ends here, before its end
}

// chunkLines is how many lines are handed over at once where they come in fast.
const chunkLines = 256

// openable reports the first of the files that cannot be read, before anything is booked.
func (c *cli) openable(files []string) error {
	for _, name := range files {
		if name == "-" {
			continue
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

// readEvents reads and decodes the files while the caller books what came before.
func (c *cli) readEvents(ctx context.Context, files []string) <-chan []input {
	out := make(chan []input, 2*batchLines/chunkLines)
	go func() {
		defer close(out)
		for _, name := range files {
			if !c.readFile(ctx, name, out) {
				return
			}
		}
	}()
	return out
}

// readFile reads one file. It returns false where the rest is not to be read.
func (c *cli) readFile(ctx context.Context, name string, out chan<- []input) bool {
	if name == "-" {
		if isTerminal(c.stdin) {
			c.note("reading events from the terminal, one a line; Ctrl-D ends them")
		}
		return readLines(ctx, "stdin", c.stdin, out)
	}
	f, err := os.Open(name)
	if err != nil {
		return send(ctx, out, []input{{file: name, fatal: err}}) && false
	}
	defer f.Close()
	return readLines(ctx, name, f, out)
}

// readLines hands over what it reads in chunks, and what it has before it waits for more.
func readLines(ctx context.Context, name string, r io.Reader, out chan<- []input) bool {
	lines := newLineReader(r)
	var chunk []input
	for {
		if len(chunk) == chunkLines || len(chunk) > 0 && !lines.ready() {
			if !send(ctx, out, chunk) {
				return false
			}
			chunk = make([]input, 0, chunkLines)
		}
		line, whole, err := lines.next()
		if err == io.EOF {
			return true
		}
		in := input{file: name, number: lines.number}
		switch {
		case err != nil:
			in.fatal = fmt.Errorf("%s: after line %d: %w", name, lines.number, err)
			send(ctx, out, append(chunk, in))
			return false
		case !whole:
			in.err = ledger.Errorf(ledger.Invalid, "expected a line of at most %d bytes, found a longer one", maxLine)
		case len(bytes.TrimSpace(line)) == 0:
			continue
		default:
			in.event, in.err = posting.Decode(line)
			in.id = in.event.ID
			if in.err != nil {
				in.id = idOf(line)
			}
		}
		chunk = append(chunk, in)
	}
}

func send(ctx context.Context, out chan<- []input, chunk []input) bool {
	select {
	case out <- chunk:
		return true
	case <-ctx.Done():
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
