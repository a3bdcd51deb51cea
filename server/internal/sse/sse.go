// Package sse writes streams of server-sent events, as browsers and the HTTP API's clients read them.
//
// [Serve] answers one request. A producer sends events; the client reads as fast as it can. Little waits in memory: a
// producer that reads from a journal waits for its client, and one that tells what happens now has its client cut,
// which then resumes by the id of the last event that it got.
package sse

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// ErrBehind is what a client is cut with that reads more slowly than things happen.
var ErrBehind = errors.New("the client reads more slowly than events come; it may resume after the last that it got")

// Limits of a stream, unless its options say other ones.
const (
	Retry  = 2 * time.Second  // a client that was cut comes again after this
	Beat   = 15 * time.Second // a client hears something this often
	Stall  = time.Minute      // a client that takes nothing for so long is cut
	Behind = 8 << 20          // bytes that may wait for a client of what happens now
	Ahead  = 64 << 10         // bytes that may wait for a client of what happened before
)

// An Event is one message to the client.
type Event struct {
	Name string // what a browser calls the listener of
	ID   string // a client that was cut sends the last back, as Last-Event-ID
	Data []byte // in one line or several
}

// append appends the event in its form on the wire.
func (e *Event) append(b []byte) []byte {
	if e.Name != "" {
		b = append(append(append(b, "event: "...), e.Name...), '\n')
	}
	if e.ID != "" {
		b = append(append(append(b, "id: "...), e.ID...), '\n')
	}
	for line := range bytes.SplitSeq(e.Data, []byte{'\n'}) {
		b = append(append(append(b, "data: "...), line...), '\n')
	}
	return append(b, '\n')
}

// Options of a stream; the zero value is useful.
type Options struct {
	// Heartbeat makes the event that is sent after some time without another; id is that of the newest event, or what
	// [Stream.Reached] said. Nil is a comment, which clients pass over.
	Heartbeat func(id string) Event
	// Last makes the event that tells the client why it is cut. Nil is none.
	Last func(error) Event
	// Budget is shared by the streams of a server; nil is none.
	Budget        *Budget
	Beat, Stall   time.Duration // 0 is [Beat] and [Stall]
	Behind, Ahead int           // 0 is [Behind] and [Ahead]
}

// A Budget bounds what waits for all clients together, beyond what each may have waiting in any case ([Ahead]).
type Budget struct {
	Max  int64 // bytes
	used atomic.Int64
}

// Used returns how many bytes wait, for a measure.
func (b *Budget) Used() int64 { return b.used.Load() }

// take notes so many bytes more, which may be less than 0, and reports whether there is room for them.
func (b *Budget) take(n int) bool { return b == nil || b.used.Add(int64(n)) <= b.Max }

// A Stream is a client's, for the producer of its events. Its methods are for one goroutine.
type Stream struct {
	options Options
	ctx     context.Context // done when the client is gone
	more    chan struct{}   // something waits for the client, or nothing will come any more
	room    chan struct{}   // less waits for it than before

	mu      sync.Mutex
	queue   []byte // whole events that wait
	sending int    // bytes that were taken from the queue and are not sent yet
	counted int    // bytes of them that the budget has
	live    bool
	reached string
	over    bool // nothing comes any more
}

// Serve answers a request with the events of a producer, and returns what that returned, or why the client could not be
// written to. The producer ends when its context is done or a method of the stream fails.
func Serve(w http.ResponseWriter, r *http.Request, o Options, produce func(context.Context, *Stream) error) error {
	if o.Beat == 0 {
		o.Beat = Beat
	}
	if o.Stall == 0 {
		o.Stall = Stall
	}
	if o.Behind == 0 {
		o.Behind = Behind
	}
	if o.Ahead == 0 {
		o.Ahead = Ahead
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	s := &Stream{options: o, ctx: ctx, more: make(chan struct{}, 1), room: make(chan struct{}, 1)}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // or proxies keep events back
	w.WriteHeader(http.StatusOK)
	s.queue = strconv.AppendInt(append(s.queue, "retry: "...), Retry.Milliseconds(), 10)
	s.queue = append(s.queue, "\n\n"...)
	s.wake(s.more)

	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Time{}) // that of the request, which is over; else it would end the stream
	sent := make(chan error, 1)
	go func() {
		err := s.send(w, conn)
		if err != nil {
			cancel(err)
		}
		sent <- err
	}()
	err := produce(ctx, s)
	s.finish(err)
	unsent := <-sent
	o.Budget.take(-s.counted)
	_ = conn.SetWriteDeadline(time.Time{}) // the connection's next answer has its own
	if unsent != nil {
		return unsent
	}
	return err
}

// Send sends an event. It waits for the client while it reads what happened before; [Stream.Live] says that this is
// over, and then it fails with [ErrBehind] where too much waits. The event's memory may be used again.
func (s *Stream) Send(e *Event) error {
	for {
		s.mu.Lock()
		waits := len(s.queue) + s.sending
		if waits <= s.options.Ahead || s.live {
			break // with the lock
		}
		s.mu.Unlock()
		select {
		case <-s.room:
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		}
	}
	defer s.mu.Unlock()
	if err := context.Cause(s.ctx); err != nil {
		return err
	}
	before := len(s.queue)
	s.queue = e.append(s.queue)
	if e.ID != "" {
		s.reached = e.ID
	}
	// An event that is larger than all that may wait is sent when nothing else waits.
	if waits := before + s.sending; waits > s.options.Ahead {
		n := len(s.queue) - before
		s.counted += n
		if !s.options.Budget.take(n) || waits+n > s.options.Behind {
			s.queue = s.queue[:before]
			return ErrBehind
		}
	}
	s.wake(s.more)
	return nil
}

// Reached says that a client which resumes after this id has all there was for it, though no event of that id was sent.
func (s *Stream) Reached(id string) {
	s.mu.Lock()
	s.reached = id
	s.mu.Unlock()
}

// Live says that the client has all that happened before. From now on nothing waits for it.
func (s *Stream) Live() {
	s.mu.Lock()
	s.live = true
	s.mu.Unlock()
}

// finish says that nothing comes any more. A client that is behind gets no more than the reason.
func (s *Stream) finish(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(err, ErrBehind) {
		s.queue = s.queue[:0]
	}
	if err != nil && s.options.Last != nil {
		last := s.options.Last(err)
		s.queue = last.append(s.queue)
	}
	s.over = true
	s.wake(s.more)
}

// wake wakes who waits for a signal; one that is there already is enough.
func (s *Stream) wake(signal chan struct{}) {
	select {
	case signal <- struct{}{}:
	default:
	}
}

// send writes what waits to the client until nothing comes any more, and from time to time that it is still there.
func (s *Stream) send(w http.ResponseWriter, conn *http.ResponseController) error {
	beat := time.NewTicker(s.options.Beat)
	defer beat.Stop()
	for {
		idle := false
		select {
		case <-s.more:
		case <-beat.C:
			idle = true
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		}
		for batch := s.take(idle); len(batch) > 0; batch = s.take(false) {
			if err := s.write(w, conn, batch); err != nil {
				return err
			}
			beat.Reset(s.options.Beat)
		}
		if s.done() {
			return nil
		}
	}
}

// take takes what is to be sent next: some whole events that wait, or a heartbeat where none do and the client heard
// nothing for some time. What was taken before is sent.
func (s *Stream) take(idle bool) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sending = 0
	if len(s.queue) == 0 {
		s.options.Budget.take(-s.counted)
		s.queue, s.counted = nil, 0
		switch {
		case idle && s.options.Heartbeat == nil:
			s.queue = append(s.queue, ":\n\n"...)
		case idle:
			e := s.options.Heartbeat(s.reached)
			s.queue = e.append(s.queue)
		}
	}
	batch := s.queue
	if n := s.options.Ahead; len(batch) > n { // so that one that is cut hears of it soon
		if end := bytes.Index(batch[n:], []byte("\n\n")); end >= 0 { // which nothing but an event ends with
			batch = batch[:n+end+2]
		}
	}
	s.queue, s.sending = s.queue[len(batch):], len(batch)
	s.wake(s.room)
	return batch
}

// done reports whether nothing comes any more.
func (s *Stream) done() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over && len(s.queue) == 0
}

// write writes to the client, piece by piece: one that takes a piece is not stalled, however slow it is.
func (s *Stream) write(w http.ResponseWriter, conn *http.ResponseController, batch []byte) error {
	for len(batch) > 0 {
		n := min(len(batch), Ahead)
		err := conn.SetWriteDeadline(time.Now().Add(s.options.Stall))
		if err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		if _, err := w.Write(batch[:n]); err != nil {
			return err
		}
		if err := conn.Flush(); err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
}
