package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/splitledger/splitledger/internal/eventlines"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// maxUnread is how many bytes of answers wait for a client that sends before it reads.
const maxUnread = 8 << 20

// stream answers lines while they come in. run reads the source and gives the answers to the writer; where it ends
// before the input, the last line says so.
func (c *call) stream(body io.Reader, run func(*lineWriter, eventlines.Source) error) error {
	rc := http.NewResponseController(c.w)
	rc.EnableFullDuplex() // HTTP/2 always is
	ctx, cancel := context.WithCancel(c.r.Context())
	defer cancel()
	defer context.AfterFunc(c.server.stopping, cancel)()
	c.w.Header().Set("Content-Type", ndjson)
	c.status = http.StatusOK
	c.w.WriteHeader(http.StatusOK)
	rc.Flush()

	out := newLineWriter(ctx, c.w, rc)
	out.told = c.server.metrics.results(c.ledger.name)
	waited := c.server.metrics.waited.WithLabelValues(c.ledger.name)
	err := run(out, eventlines.Source{Name: "body", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(&patient{body, rc}), nil
	}, Waited: func(d time.Duration) { waited.Add(d.Seconds()) }})
	if err == nil && ctx.Err() != nil {
		err = ledger.Errorf(Unavailable, "the server is stopping")
	}
	if err != nil && out.failure() == nil {
		out.stopped(err)
	}
	if err := out.close(); err != nil {
		return err
	}
	return nil
}

// patient reads a body that may stand still for some time, but not for ever.
type patient struct {
	r  io.Reader
	rc *http.ResponseController
}

func (p *patient) Read(b []byte) (int, error) {
	p.rc.SetReadDeadline(time.Now().Add(progressTime)) // the wall's clock, as it is the network's
	n, err := p.r.Read(b)
	if err != nil && err != io.EOF {
		err = readError(err)
	}
	return n, err
}

// A lineWriter sends answers in the order in which they come, and holds a bounded number of bytes for a client that
// does not read yet. It implements [eventlines.Answers].
type lineWriter struct {
	ctx  context.Context
	w    io.Writer
	rc   *http.ResponseController
	told func(kind string, r *query.PostResult) // counts what became of an event
	last int                                    // line that was answered
	line []byte

	mu      sync.Mutex
	changed *sync.Cond
	ready   []byte // to be sent
	urgent  bool   // now
	closed  bool
	err     error // of sending
	done    chan struct{}
}

func newLineWriter(ctx context.Context, w io.Writer, rc *http.ResponseController) *lineWriter {
	out := &lineWriter{ctx: ctx, w: w, rc: rc, done: make(chan struct{})}
	out.changed = sync.NewCond(&out.mu)
	go out.send()
	return out
}

// Line takes the answer to a line.
func (out *lineWriter) Line(in eventlines.Line, result posting.Result) error {
	r := query.ResultOf(in.Number, in.ID, result)
	out.told(string(in.Type), &r)
	out.line = append(r.AppendJSON(out.line[:0]), '\n')
	out.last = in.Number
	return out.write(out.line, false)
}

// Flush sends what is there: the client may wait for it.
func (out *lineWriter) Flush() error { return out.write(nil, true) }

// stopped is the last answer of a stream that ended before its input did.
func (out *lineWriter) stopped(err error) {
	if errors.Is(err, eventlines.ErrEnough) {
		err = ledger.Errorf(ledger.Invalid, "so many lines were refused that the rest was not looked at, as max_errors wants it")
	}
	r := query.PostResult{Line: out.last + 1, Status: "stopped", Error: errorOf(err)}
	out.write(append(r.AppendJSON(nil), '\n'), true)
}

// write takes bytes, and waits where too many are waiting already.
func (out *lineWriter) write(b []byte, urgent bool) error {
	out.mu.Lock()
	defer out.mu.Unlock()
	for len(out.ready) > maxUnread && out.err == nil {
		out.changed.Wait()
	}
	if len(out.ready) == 0 && len(b) > 0 && !urgent {
		time.AfterFunc(flushEvery, out.hurry)
	}
	out.ready = append(out.ready, b...)
	if urgent || len(out.ready) >= 1<<16 {
		out.urgent = true
		out.changed.Broadcast()
	}
	return out.err
}

// hurry sends what has waited for long enough.
func (out *lineWriter) hurry() {
	out.mu.Lock()
	defer out.mu.Unlock()
	out.urgent = true
	out.changed.Broadcast()
}

// failure is why nothing can be sent any more.
func (out *lineWriter) failure() error {
	out.mu.Lock()
	defer out.mu.Unlock()
	return out.err
}

// close sends the rest.
func (out *lineWriter) close() error {
	out.mu.Lock()
	out.closed, out.urgent = true, true
	out.changed.Broadcast()
	out.mu.Unlock()
	<-out.done
	return out.err
}

// send sends what is ready, on a goroutine of its own. A client that does not read for long is given up.
func (out *lineWriter) send() {
	defer close(out.done)
	var sending []byte
	for {
		out.mu.Lock()
		for !out.closed && (!out.urgent || len(out.ready) == 0) {
			out.urgent = false
			out.changed.Wait()
		}
		sending, out.ready, out.urgent = out.ready, sending[:0], false
		closed := out.closed
		out.changed.Broadcast() // there is room
		out.mu.Unlock()
		if len(sending) > 0 {
			out.rc.SetWriteDeadline(time.Now().Add(progressTime))
			_, err := out.w.Write(sending)
			if err == nil {
				err = out.rc.Flush()
			}
			if err != nil {
				out.mu.Lock()
				out.err, out.ready = err, nil
				out.changed.Broadcast()
				out.mu.Unlock()
				return
			}
		} else if closed {
			return
		}
	}
}
