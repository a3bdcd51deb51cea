package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/reconcile/internal/ondisk"
)

// Events of the report itself are in the books as provider.report, twice: when it was begun to be posted, and
// when that was done. Metadata of both:
//
//	state   "begun" or "done"
//	sha256  of the file
//
// and of the second:
//
//	lines   how many were in a class
//	newest  when the newest of them happened
//	open    the number of the oldest record that a later report has still to be compared with (see missing)
//	since   when the oldest line happened of all reports that were posted
//	sinceTransfers, sincePayouts  the same of those that report transfers, and payouts
//	until   when the newest line happened of all reports that were posted
const (
	metaState  = "state"
	metaSum    = "sha256"
	metaLines  = "lines"
	metaNewest = "newest"
	metaOpen   = "open"
	metaSince  = "since"

	metaTransfers = "sinceTransfers"
	metaPayouts   = "sincePayouts"
	metaUntil     = "until"

	stateBegun = "begun"
	stateDone  = "done"
)

// hash returns the SHA-256 of a whole file in hexadecimal. It stands for the report: two files of one content are one.
func hash(f *os.File) (string, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// report makes the event of a report.
func (f *file) report(provider, state string) posting.Event {
	return posting.Event{Type: posting.ProviderReport, Provider: provider, Name: f.Format,
		Reference: clip(f.Name), Metadata: map[string]string{metaState: state, metaSum: f.sum}}
}

// newPoster starts a poster.
func (r *run) newPoster(ctx context.Context) *poster {
	p := &poster{run: r, ctx: context.WithoutCancel(ctx),
		queue: make(chan []posting.Event, 1), ended: make(chan struct{})}
	p.refused.Dir = r.Dir
	go func() {
		defer close(p.ended)
		for events := range p.queue {
			if p.err == nil {
				if p.err = p.post(events); p.err != nil {
					p.fails.Store(true)
				}
			}
		}
	}()
	return p
}

// begin notes in the books that the reports are posted, and takes up what waits.
func (r *run) begin(ctx context.Context) (err error) {
	r.Posting = &Posting{}
	for _, f := range r.files {
		if !f.Before.IsZero() || f.again {
			continue
		}
		e := f.report(r.Provider, stateBegun)
		e.ID = f.id
		// An IdempotencyConflict is no error: the same report was begun under another name.
		if _, err := r.Book.Post(ctx, e); err != nil && !errors.Is(err, posting.IdempotencyConflict) {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	if r.notices, err = r.Book.Waiting(r.Provider); err != nil {
		return err
	}
	r.poster = r.newPoster(ctx)
	return nil
}

// spoolNotices adds the waiting notices to the lines, so that both are compared together.
func (r *run) spoolNotices() error {
	finder := r.Book.Finder()
	for i, n := range r.notices {
		l, err := noticeLine(n)
		if err != nil {
			return err
		}
		if l.Payment, l.ambiguousPayment, err = r.resolver.locate(finder, &l.Outcome); err != nil {
			return err
		}
		if l.Payment != "" && l.Outcome.Movement != "" && movementOf(l.Outcome.Kind) == posting.MovementRefund {
			if r.waiting == nil {
				r.waiting = map[string]string{}
			}
			r.waiting[clip(l.Outcome.Movement)] = l.Payment
		}
		if err := r.lines.add(len(r.files)+i, l); err != nil {
			return err
		}
	}
	return nil
}

// noticed takes in what became of an outcome that waited.
func (r *run) noticed(l *Line) error {
	if l.stays() {
		return nil
	}
	return r.poster.takeUp(l)
}

// stays reports whether the notice of a line waits on: it cannot be booked yet, or contradicts the books, which a person
// has to decide.
func (l *Line) stays() bool { return l.Waiting || len(l.Events) == 0 && l.Left() }

// retry takes up once more what waits: it may be about what was booked now. Some of it may be what others wait for.
// It ends when a round closes nothing, or when nothing is left.
func (r *run) retry(ctx context.Context) error {
	for {
		notices, err := r.Book.Waiting(r.Provider)
		if err != nil || len(notices) == 0 {
			return err
		}
		lines := make([]*Line, len(notices))
		for i, n := range notices {
			if lines[i], err = noticeLine(n); err != nil {
				return err
			}
		}
		if lines, err = r.resolver.ResolveAll(lines); err != nil {
			return err
		}
		p, before := r.newPoster(ctx), r.Posting.Waiting
		for _, l := range lines {
			if l.stays() {
				continue
			}
			if err := p.takeUp(l); err != nil {
				return errors.Join(err, p.end())
			}
		}
		err = p.end()
		if closed := int(r.Posting.Waiting - before); err != nil || closed == 0 || closed == len(lines) {
			r.Waiting = uint64(len(lines) - closed)
			return err
		}
	}
}

// finish notes in the books that the reports are posted.
// left is from where on the next report has to look through the journal. The id has Through in it: a report of
// which the later lines were left is done once more when those are posted.
func (r *run) finish(ctx context.Context, left horizon) error {
	for _, f := range r.files {
		e := f.report(r.Provider, stateDone)
		e.ID = derivedID(r.Provider, "report", f.sum, stateDone, r.Through.String())
		e.Metadata[metaLines] = strconv.FormatUint(f.Lines, 10)
		e.Metadata[metaOpen] = strconv.FormatUint(left.record, 10)
		for key, at := range left.times() {
			if !at.IsZero() {
				e.Metadata[key] = at.UTC().Format(time.RFC3339Nano)
			}
		}
		if !r.Newest.IsZero() {
			e.Metadata[metaNewest] = r.Newest.UTC().Format(time.RFC3339)
		}
		if _, err := r.Book.Post(ctx, e); err != nil && !errors.Is(err, posting.IdempotencyConflict) {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

// A poster books events in batches, while the lines after them are compared.
type poster struct {
	run   *run
	ctx   context.Context // without cancellation: what was proved is booked
	batch []posting.Event
	queue chan []posting.Event
	ended chan struct{}

	// err is of the books, and set before fails, so that the goroutine that adds events may look at both.
	fails atomic.Bool
	err   error

	refused ondisk.Log      // events as JSON, to be tried again
	waited  []takenUp       // what waited and is booked now
	failed  map[string]bool // ids of events that are refused
}

// A takenUp is a notice that is being booked. The notice is closed only if none of its events is refused.
type takenUp struct {
	events []string
	closes posting.Event
}

// takeUp books an outcome that waited.
func (p *poster) takeUp(l *Line) error {
	t := takenUp{closes: closes(p.run.Provider, l)}
	for i := range l.Events {
		t.events = append(t.events, l.Events[i].ID)
	}
	p.waited = append(p.waited, t)
	return p.events(l.Events...)
}

// postBatch is how many events are posted at a time: enough that syncs to disk do not count, few enough for memory.
const postBatch = 4096

// add books what a line proves, or keeps it until it can be booked.
func (p *poster) add(l *Line) error {
	if !l.Waiting {
		return p.events(l.Events...)
	}
	n, err := p.run.notice(l)
	if err != nil {
		return err
	}
	return p.events(append(l.Events, n)...)
}

// notice makes the event that keeps a line. The line is kept even if a notice of the same outcome came by
// webhook: then both have reported it.
func (r *run) notice(l *Line) (posting.Event, error) {
	n := Notice(r.Provider, l)
	rec, err := r.Ledger.Last(ledger.Key{Space: posting.KeyEvent, Name: n.ID})
	if err != nil || rec == nil {
		return n, err
	}
	besides := slices.ContainsFunc(r.notices, func(kept *posting.Notice) bool {
		return kept.ID == n.ID && kept.Source != nil && kept.Source.Report == ""
	})
	if besides {
		n.ID = derivedID(r.Provider, "notice of a report", n.ID)
	}
	return n, nil
}

// events takes events to be booked, and hands them to the poster's goroutine when a batch is full. Its error
// is of an earlier batch.
func (p *poster) events(events ...posting.Event) error {
	if p.fails.Load() {
		return p.err
	}
	p.batch = append(p.batch, events...)
	if len(p.batch) >= postBatch {
		p.queue <- p.batch
		p.batch = make([]posting.Event, 0, postBatch+16)
	}
	return nil
}

// end books what is left and stops. Refused events are tried once more at the end: they may have needed
// something that was booked after them.
func (p *poster) end() error {
	if p.queue != nil {
		p.queue <- p.batch
		close(p.queue)
		<-p.ended
		p.batch, p.queue = nil, nil
	}
	// Each round may book what another refused event needs, so it goes on as long as a round books anything.
	for more := true; more && p.err == nil && p.refused.Len() > 0; {
		before := p.run.Posting.Accepted
		if p.err = p.again(); p.err == nil {
			more = p.run.Posting.Accepted > before
		}
	}
	// What waited is closed if it is booked.
	if p.err == nil {
		var events []posting.Event
		for _, t := range p.waited {
			if !slices.ContainsFunc(t.events, func(id string) bool { return p.failed[id] }) {
				events = append(events, t.closes)
			}
		}
		p.run.Posting.Waiting += uint64(len(events))
		p.err = p.post(events)
	}
	return errors.Join(p.err, p.refused.Close())
}

// again posts what was refused once more.
func (p *poster) again() error {
	list := p.refused
	defer list.Close()
	p.refused = ondisk.Log{Dir: p.run.Dir}
	p.run.Posting.Refused, p.run.Posting.Why, p.failed = 0, nil, nil
	var events []posting.Event
	for text, err := range list.All() {
		if err != nil {
			return err
		}
		e, err := posting.Decode(text)
		if err != nil { // no event at all: nothing that is booked will change that
			if err := p.count(&e, posting.Result{Err: err}); err != nil {
				return err
			}
			continue
		}
		if events = append(events, e); len(events) == postBatch {
			if err := p.post(events); err != nil {
				return err
			}
			events = events[:0]
		}
	}
	return p.post(events)
}

// post books events now. A refusal is no error; see count.
func (p *poster) post(events []posting.Event) error {
	if len(events) == 0 {
		return nil
	}
	for i, result := range p.run.Book.PostBatch(p.ctx, events) {
		if err := p.count(&events[i], result); err != nil {
			return err
		}
	}
	return nil
}

// count counts what became of an event. An id that was used before counts as a duplicate, because ids
// are made from movements.
func (p *poster) count(e *posting.Event, result posting.Result) error {
	s := p.run.Posting
	refused, ok := ledger.Refused(result.Err)
	switch {
	case result.Err == nil && result.Receipt.Status == posting.Duplicate,
		ok && refused.Code == posting.IdempotencyConflict:
		s.Duplicate++
	case result.Err == nil:
		s.Accepted++
	case ok && refused.Code == posting.DuplicateReference &&
		e.Type == posting.PaymentReference && strings.HasPrefix(e.Payment, refundOnly):
		s.Duplicate++ // of two refunds of one payment that were reported without it the other has its reference
	case !ok:
		return result.Err
	default:
		s.Refused++
		if len(s.Why) < p.run.Top {
			// What is of no payment, such as a fee of the provider, has only its id.
			which := e.ID
			if e.Payment != "" {
				which = "of " + e.Payment
			}
			s.Why = append(s.Why, string(e.Type)+" "+which+": "+refused.Error())
		}
		if p.failed == nil {
			p.failed = map[string]bool{}
		}
		p.failed[e.ID] = true
		_, err := p.refused.Append(e.AppendJSON(nil))
		return err
	}
	return nil
}
