package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/internal/sse"
)

// cloudBatch is the media type of a page of CloudEvents.
const cloudBatch = "application/cloudevents-batch+json"

// maxFeeds is how many bytes may wait for all clients of feeds together.
const maxFeeds = 64 << 20

// journalParams say which records are wanted.
type journalParams struct {
	Types   []string `query:"types" doc:"types of events, with * for any characters: payment.*; may be repeated"`
	Account []string `query:"account" doc:"that a record is about, with * for any characters: seller:*; may be repeated"`
	After   uint64   `query:"after" doc:"the number of a record: those after it, or with order=desc before it"`
	Limit   int      `query:"limit" doc:"records at most, 1 to 1000; 100 by default"`
	Format  string   `query:"format" doc:"json, or cloudevents: CloudEvents 1.0" enum:"json,cloudevents"`
	direction
}

// filter is which records are wanted.
func (p *journalParams) filter() query.JournalFilter {
	return query.JournalFilter{Types: p.Types, Accounts: p.Account}
}

// A JournalList is a part of the journal.
type JournalList struct {
	Data []*query.Record `json:"data"`
	Next uint64          `json:"next" doc:"the after of the next page; always there, so that a reader may ask again and again"`
}

// journalRoutes feed the journal to whoever wants it.
func journalRoutes() []*Route {
	return []*Route{{Method: http.MethodGet, Path: InLedger + "/journal", Scope: Read, Summary: "The journal, record by record",
		Doc: "Pages, or with Accept: text/event-stream all records as they become durable: after Last-Event-ID, or after, or from now on. " +
			"After 15 seconds without a record there is an event head with how far the journal was looked at.",
		Params:  typeOf[journalParams](),
		Answers: []Media{{"application/json", typeOf[JournalList]()}, {eventStream, nil}, {cloudBatch, typeOf[[]query.CloudEvent]()}},
		handle:  (*call).journal}}
}

// journal answers with a page of the journal, or follows it.
func (c *call) journal() error {
	p := journalParams{Limit: 100}
	if err := c.params(&p); err != nil {
		return err
	}
	err := errors.Join(p.direction.check(), (&page{Limit: p.Limit}).check(), oneOf("format", []string{p.Format}, "", "json", "cloudevents"))
	if err != nil {
		return err
	}
	if accept := strings.Join(c.r.Header.Values("Accept"), ","); strings.Contains(accept, eventStream) && accepted(accept, eventStream) {
		return c.follow(&p)
	}
	defer c.within(readTime)()
	list, err := c.ledger.books.Journal(c.ctx(), query.JournalRequest{
		JournalFilter: p.filter(), After: p.After, Limit: p.Limit, Desc: p.descending()})
	if err != nil {
		return err
	}
	c.record(list.Record)
	if p.Format != "cloudevents" {
		return c.answer(JournalList{notNil(list.Data), list.Next})
	}
	events := make([]query.CloudEvent, len(list.Data))
	for i, r := range list.Data {
		events[i] = c.ledger.books.CloudEvent(r)
	}
	q := c.query()
	q.Set("after", strconv.FormatUint(list.Next, 10))
	next := url.URL{Path: c.r.URL.Path, RawPath: c.r.URL.RawPath, RawQuery: q.Encode()}
	c.w.Header().Set("Link", "<"+next.String()+`>; rel="next"`) // a batch of CloudEvents has no room for it
	return c.answerWith(http.StatusOK, cloudBatch, events)
}

// follow answers with records as they become durable, for as long as the client listens.
func (c *call) follow(p *journalParams) error {
	head := c.head()
	after := head
	if c.given("after") {
		after = p.After
	}
	if last := c.r.Header.Get("Last-Event-ID"); last != "" {
		n, err := strconv.ParseUint(last, 10, 64)
		if err != nil {
			return &ledger.Error{Code: ledger.Invalid, Field: "Last-Event-ID", Message: "expected the number of a record, found " + strconv.Quote(last)}
		}
		after = n
	}
	f := p.filter()
	switch err := f.Check(); {
	case err != nil:
		return err
	case p.descending():
		return &ledger.Error{Code: ledger.Invalid, Field: "order", Message: "expected none with " + eventStream + ": a feed goes forwards"}
	case after > head:
		return ledger.Errorf(RecordNotReached, "expected record %d, the ledger has %d", after, head)
	}
	c.record(head)
	c.status = http.StatusOK
	if c.r.Method == http.MethodHead {
		c.w.Header().Set("Content-Type", eventStream)
		c.w.WriteHeader(http.StatusOK)
		return nil
	}
	feed := feed{c: c, filter: f, cloud: p.Format == "cloudevents"}
	clients := c.server.metrics.feeds.WithLabelValues(c.r.PathValue("ledger"))
	clients.Inc()
	defer clients.Dec()
	err := sse.Serve(c.w, c.r, sse.Options{Heartbeat: headEvent, Last: c.lastEvent, Budget: c.server.feeds},
		func(ctx context.Context, s *sse.Stream) error { return feed.send(ctx, s, after) })
	if c.r.Context().Err() != nil || errors.Is(err, context.Canceled) { // the client is gone, or was told that the server stops
		return nil
	}
	return err
}

// headEvent says up to which record all were looked at.
func headEvent(id string) sse.Event {
	return sse.Event{Name: "head", ID: id, Data: append(append([]byte(`{"record":`), id...), '}')}
}

// lastEvent says why the feed ends.
func (c *call) lastEvent(err error) sse.Event {
	if errors.Is(err, sse.ErrBehind) {
		err = ledger.Errorf(Unavailable, "%v", err)
	}
	body, _ := json.Marshal(c.problem(err))
	return sse.Event{Name: "error", Data: body}
}

// A feed sends records to one client.
type feed struct {
	c      *call
	filter query.JournalFilter
	cloud  bool
	line   []byte
}

// send sends the records after one, and then those to come.
func (f *feed) send(ctx context.Context, s *sse.Stream, after uint64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(f.c.server.stopping, cancel)()
	b := f.c.ledger.books
	for step, err := range b.Follow(ctx, after, f.filter) {
		if err != nil {
			return err
		}
		id := strconv.FormatUint(step.Reached, 10)
		s.Reached(id)
		switch {
		case step.Record != nil:
			if err := s.Send(f.event(b, step.Record, id)); err != nil {
				return err
			}
		case step.Reached == after && step.Head: // where the client begins
			first := headEvent(id)
			if err := s.Send(&first); err != nil {
				return err
			}
		}
		if step.Head {
			s.Live()
		}
	}
	return nil
}

// event is a record as an event of the feed.
func (f *feed) event(b *query.Books, r *query.Record, id string) *sse.Event {
	of := typeOf[query.Record]()
	if f.line = f.line[:0]; f.cloud {
		e := b.CloudEvent(r)
		f.line, of = e.AppendJSON(f.line), typeOf[query.CloudEvent]()
	} else {
		f.line = r.AppendJSON(f.line)
	}
	if f.c.amountsAsText() {
		f.line = amountsAsText(f.line, of)
	}
	return &sse.Event{Name: "record", ID: id, Data: f.line}
}
