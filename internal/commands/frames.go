package commands

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

// What is sent between a command line and the server that runs its command: frames of one byte that says what it is,
// four of the length, and the content. docs/decisions has why.
const (
	frameBegin     = 'b' // to the server, once: what is to be run, see beginning
	frameData      = 'd' // to the server: the number of the file that was asked for (4 bytes), and bytes of it
	frameEnd       = 'z' // to the server: the number, and as JSON why the file could not be read, see fault
	frameMade      = 'k' // to the server: the answer to frameMake and frameDone, see fault
	frameInterrupt = 'i' // to the server: Ctrl-C, or "term" for SIGTERM
	frameClosed    = 'p' // to the server: nobody reads the results any more

	frameHello = 'v' // to the client, the first one: the version of the server
	frameOut   = 'o' // to the client: bytes of standard output
	frameErr   = 'e' // to the client: bytes of standard error
	frameRead  = 'r' // to the client: send the file of this name
	frameMake  = 'c' // to the client: make a file, see making
	frameWrite = 'w' // to the client: bytes of the file that is being made
	frameDone  = 'f' // to the client: it is whole
	frameDrop  = 'a' // to the client: it is not, and must not stay
	frameExit  = 'x' // to the client, the last one: the exit code as a digit or more
)

// maxFrame is how much a frame holds at most.
const maxFrame = 1 << 20

// A beginning is what is to be run.
type beginning struct {
	Version string            `json:"version"`
	Args    []string          `json:"args"`
	Env     map[string]string `json:"env,omitempty"` // variables that the command asked for
}

// A making is a file that the command makes on the client's machine.
type making struct {
	Name string   `json:"name"`
	How  fileKind `json:"how"`
}

// A fault is an error of a file, as it is told to the other side.
type fault struct {
	Text string `json:"text"`
	Op   string `json:"op,omitempty"` // of a path error
	Path string `json:"path,omitempty"`
	Is   string `json:"is,omitempty"` // exists or missing
}

// faultOf returns what is to be told of an error, nil if there is none.
func faultOf(err error) *fault {
	if err == nil {
		return nil
	}
	f := &fault{Text: err.Error()}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		f.Op, f.Path, f.Text = e.Op, e.Path, e.Err.Error()
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		f.Is = "exists"
	case errors.Is(err, fs.ErrNotExist):
		f.Is = "missing"
	}
	return f
}

// err makes an error again of what was told.
func (f *fault) err() error {
	if f == nil {
		return nil
	}
	why := error(&told{f.Text, map[string]error{"exists": fs.ErrExist, "missing": fs.ErrNotExist}[f.Is]})
	if f.Op == "" {
		return why
	}
	return &fs.PathError{Op: f.Op, Path: f.Path, Err: why}
}

// told is an error of the other side.
type told struct {
	text string
	is   error
}

func (e *told) Error() string { return e.text }

func (e *told) Unwrap() error { return e.is }

// readFrame reads the next frame. The payload is the caller's.
func readFrame(r *bufio.Reader) (kind byte, payload []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxFrame {
		return 0, nil, fmt.Errorf("expected a frame of at most %d bytes, found %d", maxFrame, n)
	}
	payload = make([]byte, n)
	if _, err := io.ReadFull(r, payload); err != nil {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return head[0], payload, nil
}

// appendFrame appends a frame.
func appendFrame(b []byte, kind byte, payload ...[]byte) []byte {
	n := 0
	for _, p := range payload {
		n += len(p)
	}
	b = binary.BigEndian.AppendUint32(append(b, kind), uint32(n))
	for _, p := range payload {
		b = append(b, p...)
	}
	return b
}

// maxUnsent is how many bytes wait to be sent before whoever writes waits too.
const maxUnsent = 256 << 10

// A frameWriter sends frames on a goroutine of its own: what comes while one is being sent goes together with the next.
type frameWriter struct {
	send func([]byte) error

	mu      sync.Mutex
	changed *sync.Cond
	ready   []byte
	closed  bool
	err     error
	done    chan struct{}
}

func newFrameWriter(send func([]byte) error) *frameWriter {
	w := &frameWriter{send: send, done: make(chan struct{})}
	w.changed = sync.NewCond(&w.mu)
	go w.run()
	return w
}

// frame sends a frame. It waits where too much is unsent; the error is an earlier one.
func (w *frameWriter) frame(kind byte, payload ...[]byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.ready) > maxUnsent && w.err == nil && !w.closed {
		w.changed.Wait()
	}
	if w.err == nil && w.closed {
		return io.ErrClosedPipe
	}
	if w.err == nil {
		w.ready = appendFrame(w.ready, kind, payload...)
		w.changed.Broadcast()
	}
	return w.err
}

// json sends a frame of a value.
func (w *frameWriter) json(kind byte, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.frame(kind, text)
}

// bytes sends bytes in frames of a kind.
func (w *frameWriter) bytes(kind byte, b []byte) (n int, err error) {
	for len(b) > 0 {
		part := b[:min(len(b), 64<<10)]
		if err := w.frame(kind, part); err != nil {
			return n, err
		}
		n, b = n+len(part), b[len(part):]
	}
	return n, nil
}

// close sends the rest.
func (w *frameWriter) close() error {
	w.mu.Lock()
	w.closed = true
	w.changed.Broadcast()
	w.mu.Unlock()
	<-w.done
	return w.err
}

// run sends what is ready.
func (w *frameWriter) run() {
	defer close(w.done)
	var sending []byte
	for {
		w.mu.Lock()
		for len(w.ready) == 0 && !w.closed {
			w.changed.Wait()
		}
		sending, w.ready = w.ready, sending[:0]
		w.changed.Broadcast()
		w.mu.Unlock()
		if len(sending) == 0 {
			return
		}
		if err := w.send(sending); err != nil {
			w.mu.Lock()
			w.err = err
			w.changed.Broadcast()
			w.mu.Unlock()
			return
		}
	}
}
