package webhooks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/settings"
)

// How long is waited between tries, and how long tried.
const (
	firstWait = 5 * time.Second
	mostWait  = 15 * time.Minute
	giveUp    = 72 * time.Hour
)

// engine is who pauses endpoints.
var engine = settings.Actor{By: "engine"}

// errPaused ends a runner whose endpoint is paused, or defined otherwise: then another one goes on.
var errPaused = errors.New("the endpoint is paused")

// deliver delivers records to an endpoint from its cursor on, until own is done. Requests end with all.
func (s *Sender) deliver(all, own context.Context, r *runner) {
	err := s.deliverAll(all, own, r)
	switch {
	case err == nil || own.Err() != nil || errors.Is(err, errPaused) || errors.Is(err, ledger.ErrClosed):
		return
	}
	// A filter of types that this program does not know, or a journal that cannot be read: neither gets better by
	// itself.
	s.pause(own, r, err.Error())
}

func (s *Sender) deliverAll(all, own context.Context, r *runner) error {
	e, is := s.o.Settings.Endpoint(r.ID)
	if !is {
		return nil
	}
	if head := r.books.Ledger.Stats().Records; e.Record > head {
		return fmt.Errorf("the endpoint has record %d, and the ledger ends with %d: it may be restored from a backup; "+
			"make a new endpoint that begins where this one is right", e.Record, head)
	}
	cursor := e.Record
	f := query.JournalFilter{Types: e.Types, Accounts: e.Accounts}
	for step, err := range r.books.Follow(own, e.Record, f) {
		if err != nil {
			return err
		}
		// A record of the ledger's own is no event, and has no type.
		if step.Record != nil && step.Record.Event.Type != "" {
			if err := s.insist(all, own, r, messageOf(r.books, e.Format, step.Record)); err != nil {
				return err
			}
		}
		if step.Reached > cursor { // the first step says where it begins, which is no success
			cursor = step.Reached
			if err := s.o.Settings.SetProgress(r.ID, settings.Progress{Record: cursor}); err != nil {
				return nil // it was deleted
			}
		}
		if own.Err() != nil { // before the next, and not in the middle of this one
			return own.Err()
		}
	}
	return nil
}

// insist sends a message again and again until it is taken, or the endpoint is paused, or own is done.
func (s *Sender) insist(all, own context.Context, r *runner, m *message) error {
	for attempt := 1; ; attempt++ {
		// Whoever has changed the endpoint is answered before this runner is stopped. Nothing more goes the old way.
		if e, is := s.o.Settings.Endpoint(r.ID); !is || e.State != settings.Active || !r.defines(&e) {
			r.left.Store(true)
			return errPaused
		}
		o, err := s.send(all, &r.Endpoint, m, attempt)
		if err != nil {
			return err
		}
		if o.ok() {
			return nil
		}
		if o.Status == http.StatusGone {
			s.pause(own, r, "the receiver answered 410, so it wants nothing any more")
			return errPaused
		}
		now := s.o.Clock()
		since := s.failing(r, now)
		left := since.Add(giveUp).Sub(now)
		if left <= 0 {
			s.pause(own, r, fmt.Sprintf("record %d was not taken for %s", m.record, now.Sub(since).Round(time.Minute)))
			return errPaused
		}
		wait := min(s.wait(attempt, o.retryAfter), left)
		s.o.Log.Info("a webhook was not taken", "endpoint", r.ID, "record", m.record, "attempt", attempt,
			"status", o.Status, "error", o.Error, "again_in", wait.String())
		if err := s.sleep(own, r.ID, wait); err != nil {
			return err
		}
	}
}

// failing returns since when the endpoint fails, and notes it: a server that is started again does not begin anew.
func (s *Sender) failing(r *runner, now time.Time) time.Time {
	e, is := s.o.Settings.Endpoint(r.ID)
	if !is || !e.Failing.IsZero() {
		return e.Failing
	}
	if err := s.o.Settings.SetProgress(r.ID, settings.Progress{Record: e.Record, Failing: now}); err != nil {
		s.o.Log.Debug("progress is not kept", "endpoint", r.ID, "error", err)
	}
	return now
}

// wait is how long is waited after so many tries: twice as long each time, a tenth more or less, so that many endpoints
// of one receiver do not come back together; and no less than the receiver asks for.
func (s *Sender) wait(attempt int, asked time.Duration) time.Duration {
	wait := mostWait
	if attempt < 10 {
		wait = min(firstWait<<(attempt-1), mostWait)
	}
	wait += time.Duration((s.o.Jitter()*2 - 1) * float64(wait) / 10)
	return max(wait, asked)
}

// sleep waits to try again. Connections that are open are closed: the next try resolves the name anew.
func (s *Sender) sleep(ctx context.Context, endpoint string, d time.Duration) error {
	s.lane(endpoint).rest()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// pause pauses an endpoint, with the reason that people read. Nothing of it is skipped. Where that cannot be noted, on
// a full disk, it waits until it can be.
func (s *Sender) pause(ctx context.Context, r *runner, reason string) {
	s.o.Log.Warn("an endpoint is paused", "endpoint", r.ID, "name", r.Name, "reason", reason)
	for {
		_, err := s.o.Settings.SetState(engine, r.ID, settings.Paused, reason)
		if _, refused := ledger.Refused(err); err == nil || refused { // or it was deleted
			return
		}
		s.o.Log.Error("an endpoint could not be paused", "endpoint", r.ID, "error", err)
		if s.sleep(ctx, r.ID, time.Minute) != nil {
			return
		}
	}
}
