package server

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/splitledger/splitledger/internal/eventlines"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
	"github.com/splitledger/splitledger/query"
)

// Media types of lines of JSON. Both names are in use.
const (
	ndjson = "application/x-ndjson"
	jsonl  = "application/jsonl"
)

// postParams are the parameters of POST L/events.
type postParams struct {
	DryRun    bool `query:"dry_run" doc:"say what would be booked or refused, and book nothing"`
	MaxErrors int  `query:"max_errors" doc:"end a stream after so many refusals; 0 goes on to the end"`
}

// EventResult is what became of a single event.
type EventResult struct {
	ID       string           `json:"id"`
	Status   query.PostStatus `json:"status"`
	Record   uint64           `json:"record,omitempty"`
	Entries  []uint64         `json:"entries,omitempty"`
	Fallback string           `json:"fallback,omitempty" doc:"why liable has money in place of an account that is closed or was never opened"`
	DryRun   bool             `json:"dryRun,omitempty"`
	Postings []query.Posting  `json:"postings,omitempty" doc:"of a dry run, in place of record and entries"`
}

// eventRoutes book events, and find them again.
func eventRoutes() []*Route {
	post := &Route{Method: "POST", Path: InLedger + "/events", Scope: Write, Status: http.StatusCreated,
		Summary: "Book one event, or a stream of them",
		Doc: "One event as JSON is answered when it is durable: 201, or 200 where it was booked before. Lines of JSON are answered line by line, " +
			"in order, each when it is durable; the stream goes on after a refusal. The event's id makes it safe to send again.",
		Params:  paramsType[postParams](),
		Body:    []Media{{"application/json", typeOf[posting.Event]()}, {ndjson, typeOf[posting.Event]()}, {jsonl, typeOf[posting.Event]()}},
		Answers: []Media{{"application/json", typeOf[EventResult]()}, {ndjson, typeOf[query.PostResult]()}},
		Other:   map[int][]Media{http.StatusOK: has[EventResult]()}, // of a duplicate
		Codes:   []string{"409", "422"},
		handle:  (*call).postEvents,
	}
	return []*Route{
		post,
		ask(InLedger+"/events/{id}", Read, "An event, and what it booked",
			func(c *call, p *struct {
				ID string `path:"id" doc:"of the event"`
			}) (*query.Record, error) {
				c.record(c.head())
				return c.ledger.books.Event(p.ID)
			}),
		ask(InLedger+"/entries/{n}", Read, "An entry by its number, in the event that booked it",
			func(c *call, p *struct {
				Number uint64 `path:"n" doc:"of the entry, from 1"`
			}) (*query.Record, error) {
				c.record(c.head())
				return c.ledger.books.Entry(p.Number)
			}),
	}
}

// postEvents books what is sent.
func (c *call) postEvents() error {
	var p postParams
	if err := c.params(&p); err != nil {
		return err
	}
	if p.MaxErrors < 0 {
		return &ledger.Error{Code: ledger.Invalid, Field: "max_errors", Message: "expected 0 or more, found " + strconv.Itoa(p.MaxErrors)}
	}
	if c.media() == "application/json" {
		return c.postOne(p.DryRun)
	}
	if c.r.Header.Get("Idempotency-Key") != "" {
		return &ledger.Error{Code: ledger.Invalid, Field: "Idempotency-Key", Message: "expected none with lines of events: each event has its id"}
	}
	if p.DryRun {
		return c.tryLines()
	}
	return c.postLines(p.MaxErrors)
}

// postOne books one event.
func (c *call) postOne(dry bool) error {
	body, err := c.body(maxEvent)
	if err != nil {
		return err
	}
	var e posting.Event
	body = bytes.TrimSpace(body)
	if len(body) > 0 && body[0] == '[' {
		return ledger.Errorf(ledger.Invalid, "expected one event, found a JSON array: send several events as lines, with Content-Type %s", ndjson)
	}
	if err := wire.DecodeTo(&e, body); err != nil {
		return err
	}
	c.event = e.ID
	if key := c.r.Header.Get("Idempotency-Key"); key != "" && key != e.ID {
		return &ledger.Error{Code: ledger.Invalid, Field: "Idempotency-Key",
			Message: fmt.Sprintf("expected the event's id %q, or none, found %q", e.ID, key)}
	}
	if dry {
		return c.tryOne(&e)
	}
	receipt, err := c.ledger.books.Rules.As(c.who.By).Post(c.r.Context(), &e)
	r := query.ResultOf(0, receipt.ID, posting.Result{Receipt: receipt, Err: err})
	c.server.metrics.result(c.ledger.name, string(e.Type), &r)
	if err != nil {
		if e, refused := ledger.Refused(err); refused {
			c.record(c.head())
			return e
		}
		return err
	}
	status := http.StatusCreated
	if receipt.Status == posting.Duplicate {
		status = http.StatusOK
	}
	h := c.w.Header()
	c.record(receipt.Record)
	h["Location"] = []string{"/v1/ledgers/" + c.ledger.name + "/events/" + url.PathEscape(e.ID)}
	h["Content-Type"] = asJSON
	c.respond(status, append(r.AppendEvent(make([]byte, 0, 128)), '\n'))
	return nil
}

// tryOne says what an event would come to. It is always answered with 200: nothing happened.
func (c *call) tryOne(e *posting.Event) error {
	tried, err := c.ledger.books.Rules.Try(c.r.Context(), []posting.Event{*e})
	if err != nil {
		return err
	}
	c.record(c.head())
	r := query.TriedResult(0, e.ID, &tried[0])
	c.w.Header().Set("Content-Type", "application/json")
	c.respond(http.StatusOK, append(r.AppendEvent(nil), '\n'))
	return nil
}

// maxTried is how many lines a dry run has at most: the ledger's writer waits for it.
const maxTried = 10_000

// tryLines says what lines of events would come to, each on the books as those before would leave them.
func (c *call) tryLines() error {
	body, err := c.body(64 << 20)
	if err != nil {
		return err
	}
	var events []posting.Event
	type line struct {
		number int
		id     string
		err    error
		at     int // among the events
	}
	var lines []line
	in := eventlines.NewReader(bytes.NewReader(body))
	for {
		text, whole, err := in.Next()
		if err != nil {
			break
		}
		if whole && len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		l := line{number: in.Number, at: -1}
		var e posting.Event
		if !whole {
			l.err = ledger.Errorf(ledger.Invalid, "expected a line of at most %d bytes, found a longer one", posting.MaxLine)
		} else if l.err = wire.DecodeTo(&e, bytes.Clone(text)); l.err == nil {
			l.id, l.at = e.ID, len(events)
			events = append(events, e)
		}
		if lines = append(lines, l); len(lines) > maxTried {
			return ledger.Errorf(PayloadTooLarge, "expected at most %d lines in a dry run, found more", maxTried)
		}
	}
	tried, err := c.ledger.books.Rules.Try(c.r.Context(), events)
	if err != nil {
		return err
	}
	var out []byte
	for _, l := range lines {
		t := &posting.Tried{Result: posting.Result{Err: l.err}}
		if l.err == nil {
			t = &tried[l.at]
		}
		r := query.TriedResult(l.number, l.id, t)
		out = append(r.AppendJSON(out), '\n')
	}
	c.record(c.head())
	c.w.Header().Set("Content-Type", ndjson)
	c.respond(http.StatusOK, out)
	return nil
}

// postLines books a stream of lines, and answers while it comes in.
func (c *call) postLines(most int) error {
	in, err := c.input()
	if err != nil {
		return err
	}
	return c.stream(in, func(out *lineWriter, in eventlines.Source) error {
		return eventlines.Post(out.ctx, c.ledger.books.Rules.As(c.who.By), []eventlines.Source{in}, out, most)
	})
}

// flushEvery is how long an answer waits for others to be sent with.
const flushEvery = 50 * time.Millisecond
