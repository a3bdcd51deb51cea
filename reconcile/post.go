package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// Events of the report itself are in the books as provider.report, twice: when it was begun to be posted, and when that was
// done. Metadata of both:
//
//	state   "begun" or "done"
//	sha256  of the file
//
// and of the second:
//
//	lines   how many were in a class
//	newest  when the newest of them happened
//	open    the number of the oldest record that a later report has still to be compared with (see missing)
const (
	metaState  = "state"
	metaSum    = "sha256"
	metaLines  = "lines"
	metaNewest = "newest"
	metaOpen   = "open"

	stateBegun = "begun"
	stateDone  = "done"
)

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

func (f *file) begunID(provider string) string { return eventID(provider, idReport, f.sum, stateBegun) }

// report makes the event of a report.
func (f *file) report(provider, state string) posting.Event {
	name := f.Format
	if name == "" {
		name = "report"
	}
	return posting.Event{Type: posting.ProviderReport, Provider: provider, Name: name, Reference: clip(f.Name), Metadata: map[string]string{metaState: state, metaSum: f.sum}}
}

// begin takes up what waited, and notes in the books that the reports are posted.
func (r *run) begin(ctx context.Context) error {
	r.Posting = &Posting{}
	r.poster = &poster{run: r, ctx: context.WithoutCancel(ctx), queue: make(chan []posting.Event, 1), ended: make(chan struct{})}
	go r.poster.work()
	if err := r.takeUp(); err != nil {
		return errors.Join(err, r.poster.end())
	}
	for _, f := range r.files {
		if f.resolver.Begun == 0 {
			e := f.report(r.Provider, stateBegun)
			e.ID = f.begunID(r.Provider)
			receipt, err := r.Book.Post(ctx, e)
			if err != nil {
				return errors.Join(fmt.Errorf("%s: %w", f.Name, err), r.poster.end())
			}
			f.resolver.Begun = receipt.Record
		}
		f.resolver.Hidden = f.resolver.Begun
	}
	return nil
}

// takeUp books what waited for payments that the books know by now.
func (r *run) takeUp() error {
	notices, err := r.Book.Waiting(r.Provider)
	if err != nil {
		return err
	}
	resolver := &Resolver{Ledger: r.Ledger, Book: r.Book, Provider: r.Provider}
	for _, n := range notices {
		res, err := resolver.Due(n)
		if err != nil {
			return err
		}
		if res == nil {
			continue
		}
		if err := r.poster.events(res.Events...); err != nil {
			return err
		}
		r.Posting.Waiting++
	}
	return r.poster.wait()
}

// finish notes in the books that the reports are posted.
func (r *run) finish(ctx context.Context, oldest uint64) error {
	for _, f := range r.files {
		e := f.report(r.Provider, stateDone)
		e.ID = eventID(r.Provider, idReport, f.sum, stateDone, r.Through.String())
		e.Metadata[metaLines] = strconv.FormatUint(f.Lines, 10)
		e.Metadata[metaOpen] = strconv.FormatUint(oldest, 10)
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
	ctx   context.Context
	batch []posting.Event
	queue chan []posting.Event
	ended chan struct{}
	fails atomic.Bool // err is set
	err   error       // of the books
}

const postBatch = 4096

// add books what a line proves, or keeps it until its payment is there.
func (p *poster) add(o *providers.Outcome, res *Resolution) error {
	if res.Waiting {
		return p.events((&Resolver{Provider: p.run.Provider}).Notice(o))
	}
	return p.events(res.Events...)
}

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

// wait returns when everything added is booked.
func (p *poster) wait() error {
	p.queue <- p.batch
	p.batch = nil
	p.queue <- nil // taken once the batch is done
	p.queue <- nil
	if p.fails.Load() {
		return p.err
	}
	return nil
}

// end books what is left and stops.
func (p *poster) end() error {
	if p.queue != nil {
		p.queue <- p.batch
		close(p.queue)
		<-p.ended
		p.batch, p.queue = nil, nil
	}
	return p.err
}

func (p *poster) work() {
	defer close(p.ended)
	for events := range p.queue {
		if p.err != nil || len(events) == 0 {
			continue
		}
		for i, result := range p.run.Book.PostBatch(p.ctx, events) {
			if err := p.count(&events[i], result); err != nil {
				p.err = err
				p.fails.Store(true)
				break
			}
		}
	}
}

// count counts what became of an event. An id that was used before was made from the same, and what it says differs by no more than when.
func (p *poster) count(e *posting.Event, result posting.Result) error {
	s := p.run.Posting
	refused, ok := errors.AsType[*ledger.Error](result.Err)
	switch {
	case result.Err == nil && result.Receipt.Status == posting.Duplicate, ok && refused.Code == posting.IdempotencyConflict:
		s.Duplicate++
	case result.Err == nil:
		s.Accepted++
	case !ok || refused.Code == ledger.DiskFull || refused.Code == ledger.Corrupt || refused.Code == ledger.Locked:
		return result.Err
	default:
		s.Refused++
		if len(s.Why) < p.run.Top {
			s.Why = append(s.Why, string(e.Type)+" of "+e.Payment+": "+refused.Error())
		}
	}
	return nil
}
