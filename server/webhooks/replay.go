package webhooks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/settings"
)

// Test sends an endpoint a request of the type webhook.test, once, and returns what became of it. It does not matter
// whether the endpoint is active. It fails with [settings.NotFound] if there is no such endpoint.
func (s *Sender) Test(ctx context.Context, id string) (settings.Delivery, error) {
	e, is := s.o.Settings.Endpoint(id)
	if !is {
		return settings.Delivery{}, noEndpoint(id)
	}
	var source uuid.UUID
	if b := s.o.Books(e.Ledger); b != nil {
		source = b.Ledger.ID()
	}
	o, err := s.send(ctx, &e, testMessage(&e, source, s.o.Clock()), 1)
	if err != nil {
		return settings.Delivery{}, err
	}
	return o.Delivery, nil
}

// noEndpoint is the error for an id that no endpoint has.
func noEndpoint(id string) error {
	return ledger.Errorf(settings.NotFound, "no endpoint %.80q", id)
}

// Replay sends an endpoint the records of a range again, those of its filter, marked by the header webhook-replay:
// beside its cursor, which stays where it is, and between the requests of that. If to is 0 it ends with the record that
// is the newest now. It returns when the range is known to be right, and goes on by itself; a replay that is under way
// when the server stops is not taken up again, as whoever asked for it may ask again.
//
// It refuses with [posting.InvalidState] an endpoint that is not active or has a replay under way already.
func (s *Sender) Replay(id string, from, to uint64) error {
	e, is := s.o.Settings.Endpoint(id)
	if !is {
		return noEndpoint(id)
	}
	if e.State != settings.Active {
		return ledger.Errorf(posting.InvalidState,
			"expected an active endpoint, found one that is %s: resume it first", e.State)
	}
	b := s.o.Books(e.Ledger)
	if b == nil {
		return ledger.Errorf(posting.InvalidState,
			"expected the ledger %s, which the endpoint is of: it is not there", e.Ledger)
	}
	head := b.Ledger.Stats().Records
	if to == 0 {
		to = head
	}
	switch {
	case from == 0 || from > head:
		return outOfRange("from", fmt.Sprintf("expected a record from 1 to %d, found %d", head, from))
	case to < from || to > head:
		return outOfRange("to", fmt.Sprintf("expected a record from %d to %d, found %d", from, head, to))
	}
	f := query.JournalFilter{Types: e.Types, Accounts: e.Accounts}
	if err := f.Check(); err != nil {
		return err
	}
	return s.begin(&runner{Endpoint: e, books: b}, from, to)
}

func outOfRange(field, message string) error {
	return &ledger.Error{Code: ledger.Invalid, Field: field, Message: message}
}

// begin starts a replay, one at a time for each endpoint.
func (s *Sender) begin(r *runner, from, to uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return ledger.Errorf(posting.InvalidState,
			"expected a server that delivers webhooks, found one that is being stopped")
	}
	if s.replays[r.ID] != nil {
		return ledger.Errorf(posting.InvalidState,
			"expected no replay to this endpoint under way, found one: wait for its end")
	}
	all := s.running
	own, cancel := context.WithCancel(all)
	s.replays[r.ID] = cancel
	s.work.Go(func() {
		defer func() {
			cancel()
			s.mu.Lock()
			delete(s.replays, r.ID)
			s.mu.Unlock()
		}()
		sent, err := s.replayAll(all, own, r, from, to)
		s.o.Log.Info("a replay is over", "endpoint", r.ID, "from", from, "to", to, "sent", sent, "error", err)
	})
	return nil
}

// replayAll sends the records of a range.
func (s *Sender) replayAll(all, own context.Context, r *runner, from, to uint64) (sent int, err error) {
	f := query.JournalFilter{Types: r.Types, Accounts: r.Accounts}
	for step, err := range r.books.Follow(own, from-1, f) {
		if err != nil {
			return sent, err
		}
		if step.Reached > to { // records were only added since it was looked
			break
		}
		if step.Record != nil && step.Record.Event.Type != "" {
			m := messageOf(r.books, r.Format, step.Record)
			m.replay = true
			if err := s.repeat(all, own, r, m); err != nil {
				return sent, err
			}
			sent++
		}
		if step.Reached == to {
			break
		}
	}
	return sent, nil
}

// errGone ends a replay.
var errGone = errors.New("the receiver answered 410")

// repeat sends a message of a replay until it is taken, or for as long as an endpoint may fail. It pauses nothing: that
// is for the requests of the cursor to do.
func (s *Sender) repeat(all, own context.Context, r *runner, m *message) error {
	began := s.o.Clock()
	for attempt := 1; ; attempt++ {
		e, is := s.o.Settings.Endpoint(r.ID) // its URL may be another by now
		if !is || e.State != settings.Active {
			return errPaused
		}
		o, err := s.send(all, &e, m, attempt)
		switch {
		case err != nil:
			return err
		case o.ok():
			return nil
		case o.Status == http.StatusGone:
			return errGone
		case s.o.Clock().Sub(began) >= giveUp:
			return fmt.Errorf("record %d was not taken for %s", m.record, giveUp)
		}
		if err := s.sleep(own, r.ID, s.wait(attempt, o.retryAfter)); err != nil {
			return err
		}
	}
}

// Behind returns how many records an endpoint is behind its ledger, and when the first of them was recorded, which is
// zero where there is none. Records that its filter leaves out count until they are looked at, which is soon.
func (s *Sender) Behind(id string) (records uint64, oldest time.Time, err error) {
	e, is := s.o.Settings.Endpoint(id)
	if !is {
		return 0, time.Time{}, noEndpoint(id)
	}
	b := s.o.Books(e.Ledger)
	if b == nil {
		return 0, time.Time{}, nil
	}
	head := b.Ledger.Stats().Records
	if e.Record >= head {
		return 0, time.Time{}, nil
	}
	rec, err := b.Ledger.Record(e.Record + 1)
	if err != nil {
		return 0, time.Time{}, err
	}
	return head - e.Record, rec.Recorded, nil
}
