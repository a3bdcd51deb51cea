package commands

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// Scopes that commands need, as package settings of the server has them.
const (
	ScopeRead      = "read"
	ScopeWrite     = "events:write"
	ScopeReconcile = "reconcile:post"
	ScopeIntake    = "intake"
	ScopeAdmin     = "admin"
)

// A Host is a ledger that a program has open, and runs commands on for others.
type Host struct {
	Ledger *ledger.Ledger
	Rules  *posting.Book
	By     string                   // who the others are, in the journal
	May    func(scope string) error // why they may not do what a scope allows; nil if they may
}

// errAway is what a command meets where whoever had it run is gone.
var errAway = errors.New("whoever asked is gone")

// Serve runs one command on a ledger that is open: what is to be run, and the files that it reads, come in; what it prints,
// the files that it makes and its exit code are sent. It returns when the command has ended. A canceled ctx stops it.
func (h *Host) Serve(ctx context.Context, in io.Reader, send func([]byte) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := bufio.NewReaderSize(in, 64<<10)
	var b beginning
	if kind, text, err := readFrame(r); err != nil || kind != frameBegin || json.Unmarshal(text, &b) != nil {
		return ledger.Errorf(ledger.Invalid, "expected a command of splitledger's command line, found something else")
	}
	f := &wireFiles{out: newFrameWriter(send), made: make(chan *fault, 1), gone: make(chan struct{})}
	f.out.frame(frameHello, []byte(module()))
	go f.receive(r, cancel)
	getenv := func(name string) string { return b.Env[name] }
	c := &cli{args: b.Args, host: h, files: f, stdin: &standardInput{files: f}, getenv: getenv,
		stdout: &wireOut{files: f, kind: frameOut}, stderr: &wireOut{files: f, kind: frameErr}}
	code := c.run(ctx, nil)
	f.out.frame(frameExit, []byte(strconv.Itoa(code)))
	return f.out.close()
}

// wireFiles are the files of whoever had a command run.
type wireFiles struct {
	out    *frameWriter
	made   chan *fault   // answers about files that are made
	gone   chan struct{} // closed when nothing comes in any more
	closed atomic.Bool   // nobody reads the results

	mu     sync.Mutex
	number uint32         // of the file that was asked for last
	input  *io.PipeWriter // of its reader
}

// receive takes what comes in, until it ends.
func (f *wireFiles) receive(r *bufio.Reader, cancel context.CancelCauseFunc) {
	defer close(f.gone)
	for {
		kind, b, err := readFrame(r)
		if err != nil {
			f.end(errAway)
			cancel(nil)
			return
		}
		switch kind {
		case frameData, frameEnd:
			f.data(kind, b)
		case frameMade:
			var why *fault
			if json.Unmarshal(b, &why) != nil {
				why = &fault{Text: "expected an answer about a file"}
			}
			select {
			case f.made <- why:
			default: // nobody asked
			}
		case frameClosed:
			f.closed.Store(true)
		case frameInterrupt:
			if string(b) == "term" {
				cancel(ErrTerminated)
			} else {
				cancel(context.Canceled)
			}
		}
	}
}

// data gives bytes to the reader of the file that was asked for last. Others are of a file that nobody reads any more.
func (f *wireFiles) data(kind byte, b []byte) {
	if len(b) < 4 {
		return
	}
	f.mu.Lock()
	in := f.input
	if binary.BigEndian.Uint32(b) != f.number {
		in = nil
	}
	f.mu.Unlock()
	switch {
	case in == nil:
	case kind == frameData:
		in.Write(b[4:]) // of a reader that was closed, the rest is not wanted
	default:
		var why *fault
		json.Unmarshal(b[4:], &why)
		in.CloseWithError(why.err())
	}
}

// end ends the file that is being read.
func (f *wireFiles) end(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.input != nil {
		f.input.CloseWithError(err)
	}
}

// stat implements [filesystem]: whoever had the command run looked at the files before, and each is sent but once.
func (f *wireFiles) stat(string) (fileKind, error) { return stream, nil }

func (f *wireFiles) plan(string) {}

func (f *wireFiles) moved(string, string) {}

func (f *wireFiles) keep(string, []byte) {}

// open asks for a file. One that was asked for before is not wanted any more.
func (f *wireFiles) open(name string) (io.ReadCloser, error) {
	r, w := io.Pipe()
	f.mu.Lock()
	if f.input != nil {
		f.input.CloseWithError(io.ErrClosedPipe)
	}
	f.number++
	f.input = w
	number := binary.BigEndian.AppendUint32(nil, f.number)
	f.mu.Unlock()
	select {
	case <-f.gone:
		return nil, errAway
	default:
	}
	if err := f.out.frame(frameRead, number, []byte(name)); err != nil {
		return nil, err
	}
	// What it begins with, so that one which cannot be opened is an error here.
	first := bufio.NewReader(r)
	if _, err := first.Peek(1); err != nil && err != io.EOF {
		return nil, err
	}
	return &wireFile{first, r}, nil
}

// A wireFile is a file that is being sent.
type wireFile struct {
	*bufio.Reader
	pipe *io.PipeReader
}

func (f *wireFile) Close() error { return f.pipe.Close() }

func (f *wireFiles) make(name string, how fileKind, write func(io.Writer) error) error {
	if err := f.out.json(frameMake, making{name, how}); err != nil {
		return err
	}
	if err := f.answer(); err != nil || how == directory {
		return err
	}
	w := bufio.NewWriterSize(&wireOut{files: f, kind: frameWrite}, 64<<10)
	err := write(w)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		f.out.frame(frameDrop)
		f.answer()
		return err
	}
	if err := f.out.frame(frameDone); err != nil {
		return err
	}
	return f.answer()
}

// answer waits for what became of a file.
func (f *wireFiles) answer() error {
	select {
	case why := <-f.made:
		return why.err()
	case <-f.gone:
		return errAway
	}
}

// wireOut is a stream to whoever had the command run.
type wireOut struct {
	files *wireFiles
	kind  byte
}

func (w *wireOut) Write(b []byte) (int, error) {
	if w.kind == frameOut && w.files.closed.Load() {
		return 0, syscall.EPIPE
	}
	return w.files.out.bytes(w.kind, b)
}

// standardInput asks for the standard input once somebody reads it.
type standardInput struct {
	files *wireFiles
	in    io.Reader
}

func (s *standardInput) Read(b []byte) (int, error) {
	if s.in == nil {
		in, err := s.files.open("-")
		if err != nil {
			return 0, err
		}
		s.in = in
	}
	return s.in.Read(b)
}

// open returns the ledger to a command that may do what it needs.
func (h *Host) open(o ledger.Options, needs ...string) (*ledger.Ledger, error) {
	for _, scope := range needs {
		if err := h.May(scope); err != nil {
			return nil, &failure{exitUsage, err}
		}
	}
	if o.AcceptLoss > 0 {
		return nil, unusable("expected no --accept-loss: the ledger is open, and whole")
	}
	if _, err := h.Ledger.Table().With(o.Assets...); err != nil {
		return nil, unusable("expected the assets that the ledger has, as it is open already: %w", err)
	}
	if o.DryRun {
		return h.Ledger.DryRun()
	}
	return h.Ledger, nil
}
