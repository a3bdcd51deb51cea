package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/splitledger/splitledger/ledger"
)

// What became of an event, see [Result].
const (
	Accepted  = "accepted"
	Duplicate = "duplicate" // it was booked before, with the record and entries of then
	Refused   = "refused"
	Unknown   = "unknown" // nobody can tell yet: post it again under its id
)

// A Result is what became of an event.
type Result struct {
	Line     int      `json:"line"` // of a stream, from 1
	ID       string   `json:"id"`
	Status   string   `json:"status"`
	Record   uint64   `json:"record"`
	Entries  []uint64 `json:"entries"`
	Fallback string   `json:"fallback"` // why liable has money in place of the account that was named
	Error    *Refusal `json:"error"`    // of what was refused
}

// A Refusal says why an event was refused.
type Refusal struct {
	Code    ledger.Code `json:"code"`
	Message string      `json:"message"`
	Field   string      `json:"field"`
	Detail  string      `json:"detail"`
}

// Post books one event, a value whose JSON it is, and returns when it is durable. A refusal is an error with the code, an
// [Error]. Where there is no answer, post the same event again: under its id nothing is booked twice.
func (c *Client) Post(ctx context.Context, ledger string, event any) (r Result, err error) {
	return r, c.do(ctx, http.MethodPost, c.in(ledger)+"/events", event, &r)
}

// in is where the routes of a ledger begin.
func (c *Client) in(ledger string) string { return "/v1/ledgers/" + url.PathEscape(ledger) }

// maxUnanswered is how many bytes of events wait for their answers: they are kept, to be sent again.
const maxUnanswered = 16 << 20

// How long to wait before a request is sent again: ever longer, from the first to the last.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 5 * time.Second
)

// PostStream books events, each the JSON of one on a single line, while they come, and gives what became of each to told,
// in order. Where the connection is cut, or the server is stopped and started again, it connects again and sends what was
// not answered, under the same ids, until ctx is done. An error of events or of told ends it, as does one that sending
// again would not mend.
func (c *Client) PostStream(ctx context.Context, ledger string, events iter.Seq2[[]byte, error], told func(Result) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &stream{client: c, path: c.in(ledger) + "/events", told: told}
	s.changed = sync.NewCond(&s.mu)
	defer context.AfterFunc(ctx, s.wake)()
	go s.take(ctx, events)
	pause := firstPause
	for {
		before := s.answered
		again, err := s.send(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case !again:
			return err
		case s.answered > before:
			pause = firstPause
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		pause = min(2*pause, lastPause)
	}
}

// A stream is what of a stream of events was not answered yet.
type stream struct {
	client   *Client
	path     string
	told     func(Result) error
	answered int

	mu      sync.Mutex
	changed *sync.Cond
	lines   [][]byte // not answered
	bytes   int      // of them
	sent    int      // of them, on the connection that is open
	ended   bool     // there are no more
	err     error    // of the events
}

// wake has all look again.
func (s *stream) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed.Broadcast()
}

// take takes events, as many as may wait.
func (s *stream) take(ctx context.Context, events iter.Seq2[[]byte, error]) {
	end := func(err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ended, s.err = true, err
		s.changed.Broadcast()
	}
	for line, err := range events {
		line = bytes.TrimSpace(line)
		if err == nil && bytes.IndexByte(line, '\n') >= 0 {
			err = fmt.Errorf("expected an event on one line, found several lines")
		}
		if err != nil {
			end(err)
			return
		}
		if len(line) == 0 {
			continue
		}
		s.mu.Lock()
		for s.bytes > maxUnanswered && ctx.Err() == nil {
			s.changed.Wait()
		}
		s.lines, s.bytes = append(s.lines, append(bytes.Clone(line), '\n')), s.bytes+len(line)+1
		s.changed.Broadcast()
		s.mu.Unlock()
		if ctx.Err() != nil {
			return
		}
	}
	end(nil)
}

// next returns the next line to be sent, nil if there is none.
func (s *stream) next(ctx context.Context) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.sent == len(s.lines) && !s.ended && ctx.Err() == nil {
		s.changed.Wait()
	}
	if s.sent == len(s.lines) || ctx.Err() != nil {
		return nil
	}
	s.sent++
	return s.lines[s.sent-1]
}

// done takes a line off that was answered.
func (s *stream) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes -= len(s.lines[0])
	s.lines, s.sent = s.lines[1:], s.sent-1
	s.answered++
	s.changed.Broadcast()
}

// left reports whether anything is to be sent or answered yet, and else how the events ended.
func (s *stream) left() (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.lines) > 0 || !s.ended, s.err
}

// send sends what was not answered on a new connection, and what comes after it. It reports whether it is to be sent again.
func (s *stream) send(ctx context.Context) (again bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	s.sent = 0
	s.mu.Unlock()
	body, in := io.Pipe()
	sent := make(chan struct{})
	defer func() { // the next connection's sender comes after this one's
		cancel()
		s.wake()
		body.CloseWithError(io.ErrClosedPipe)
		<-sent
	}()
	go func() {
		defer close(sent)
		for line := s.next(ctx); line != nil; line = s.next(ctx) {
			if _, err := in.Write(line); err != nil {
				return
			}
		}
		in.Close()
	}()
	r, err := s.client.request(ctx, http.MethodPost, s.path, body)
	if err != nil {
		return false, err
	}
	r.Header.Set("Content-Type", "application/x-ndjson")
	a, err := s.client.http.Do(r)
	if err != nil {
		return true, err
	}
	defer a.Body.Close()
	if a.StatusCode/100 != 2 {
		return passing(a.StatusCode), problem(a)
	}
	return s.read(a.Body)
}

// passing reports whether a status may be another the next time.
func passing(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500
}

// read reads answers until they end.
func (s *stream) read(body io.Reader) (again bool, err error) {
	in := bufio.NewScanner(body)
	in.Buffer(nil, 4<<20)
	for in.Scan() {
		var r Result
		if json.Unmarshal(in.Bytes(), &r) != nil {
			return true, errors.New("an answer was cut off")
		}
		if r.Status == "stopped" {
			e := &ledger.Error{Code: r.Error.Code, Message: r.Error.Message, Field: r.Error.Field, Detail: r.Error.Detail}
			return e.Code == "unavailable" || e.Code == "request_timeout" || e.Code == ledger.NotLeader, e
		}
		s.done()
		r.Line = s.answered
		if err := s.told(r); err != nil {
			return false, err
		}
	}
	left, err := s.left()
	return left && err == nil, err
}
