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
	"github.com/splitledger/splitledger/reconcile/internal/spill"
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
//	since   when the oldest line happened of all reports that were posted
const (
	metaState  = "state"
	metaSum    = "sha256"
	metaLines  = "lines"
	metaNewest = "newest"
	metaOpen   = "open"
	metaSince  = "since"

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

// newPoster starts a poster.
func (r *run) newPoster(ctx context.Context) *poster {
	p := &poster{run: r, ctx: context.WithoutCancel(ctx), queue: make(chan []posting.Event, 1), ended: make(chan struct{})}
	p.refused.Dir = r.Dir
	go p.work()
	return p
}

// begin takes up what waited, and notes in the books that the reports are posted.
func (r *run) begin(ctx context.Context) error {
	r.Posting = &Posting{}
	for more := true; more; {
		var err error
		if more, err = r.takeUp(ctx); err != nil {
			return err
		}
	}
	for _, f := range r.files {
		if f.resolver.Begun == 0 {
			e := f.report(r.Provider, stateBegun)
			e.ID = f.begunID(r.Provider)
			receipt, err := r.Book.Post(ctx, e)
			if err != nil {
				return fmt.Errorf("%s: %w", f.Name, err)
			}
			f.resolver.Begun = receipt.Record
		}
		f.resolver.Hidden = f.resolver.Begun
	}
	r.poster = r.newPoster(ctx)
	return nil
}

// takeUp books what waited for payments that the books know by now, of each payment one line at a time, as lines of one payment may be about
// the same. It reports whether there may be more.
func (r *run) takeUp(ctx context.Context) (bool, error) {
	notices, err := r.Book.Waiting(r.Provider)
	if err != nil || len(notices) == 0 {
		return false, err
	}
	before := r.Posting.Accepted
	busy := map[string]bool{}
	p := r.newPoster(ctx)
	resolver := &Resolver{Ledger: r.Ledger, Book: r.Book, Provider: r.Provider}
	for _, n := range notices {
		res, due := resolver.Due(n)
		if err = due; err != nil {
			break
		}
		if res == nil {
			continue
		}
		if of := res.Payment; of != "" {
			if busy[of] {
				continue // in the next round, as this one books something
			}
			busy[of] = true
		}
		r.Posting.Waiting++
		if err = p.events(res.Events...); err != nil {
			break
		}
	}
	err = errors.Join(err, p.end())
	return r.Posting.Accepted > before, err
}

// finish notes in the books that the reports are posted.
func (r *run) finish(ctx context.Context, left horizon) error {
	for _, f := range r.files {
		e := f.report(r.Provider, stateDone)
		e.ID = eventID(r.Provider, idReport, f.sum, stateDone, r.Through.String())
		e.Metadata[metaLines] = strconv.FormatUint(f.Lines, 10)
		e.Metadata[metaOpen] = strconv.FormatUint(left.record, 10)
		if !left.since.IsZero() {
			e.Metadata[metaSince] = left.since.UTC().Format(time.RFC3339Nano)
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
	ctx   context.Context
	batch []posting.Event
	queue chan []posting.Event
	ended chan struct{}
	fails atomic.Bool // err is set
	err   error       // of the books

	refused spill.List // events, to be tried again
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

// end books what is left and stops. What was refused is tried again: the lines of a payment come in any order.
func (p *poster) end() error {
	if p.queue != nil {
		p.queue <- p.batch
		close(p.queue)
		<-p.ended
		p.batch, p.queue = nil, nil
	}
	for more := true; more && p.err == nil && p.refused.Len() > 0; {
		before := p.run.Posting.Accepted
		if p.err = p.again(); p.err == nil {
			more = p.run.Posting.Accepted > before
		}
	}
	return errors.Join(p.err, p.refused.Close())
}

// again posts what was refused once more.
func (p *poster) again() error {
	list := p.refused
	defer list.Close()
	p.refused = spill.List{Dir: p.run.Dir}
	p.run.Posting.Refused, p.run.Posting.Why = 0, nil
	var events []posting.Event
	for text, err := range list.All() {
		if err != nil {
			return err
		}
		e, err := posting.Decode(text)
		if err != nil {
			return err
		}
		if e.Type == posting.PaymentChargebackReversed {
			if err := p.run.dispute(&e); err != nil {
				return err
			}
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

// dispute corrects of which chargeback a reversal is, where the chargeback was booked after the reversal was compared with the books:
// providers may name a reversal otherwise than its dispute.
func (r *run) dispute(e *posting.Event) error {
	p, err := r.Book.Payment(e.Payment)
	if err != nil || p == nil {
		return err
	}
	m := &matter{Resolver: &Resolver{Provider: r.Provider}, Resolution: new(Resolution), Payment: p,
		o: &providers.Outcome{Movement: e.Chargeback, Amount: e.Amount}}
	views := m.chargebacks()
	v := m.findChargeback(views, (*chargebackView).open)
	if v == nil {
		v = m.partlyWon(views)
	}
	if v != nil {
		e.Chargeback = v.ID
	}
	return nil
}

func (p *poster) work() {
	defer close(p.ended)
	for events := range p.queue {
		if p.err == nil {
			if p.err = p.post(events); p.err != nil {
				p.fails.Store(true)
			}
		}
	}
}

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

// count counts what became of an event. An id that was used before was made from the same, and what it says differs by no more than when.
func (p *poster) count(e *posting.Event, result posting.Result) error {
	s := p.run.Posting
	refused, ok := ledger.Refused(result.Err)
	switch {
	case result.Err == nil && result.Receipt.Status == posting.Duplicate, ok && refused.Code == posting.IdempotencyConflict:
		s.Duplicate++
	case result.Err == nil:
		s.Accepted++
	case !ok:
		return result.Err
	default:
		s.Refused++
		if len(s.Why) < p.run.Top {
			s.Why = append(s.Why, string(e.Type)+" of "+e.Payment+": "+refused.Error())
		}
		return p.refused.Add(e.AppendJSON(nil))
	}
	return nil
}
