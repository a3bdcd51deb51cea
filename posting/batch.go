package posting

import (
	"context"
	"sync"

	"github.com/splitledger/splitledger/ledger"
)

// PostBatch books events one after another, each by itself as [Book.Post] would, and waits once for all of
// them. The results are in the order of the events.
func (b *Book) PostBatch(ctx context.Context, events []Event) []Result {
	return b.StartBatch(ctx, events).Wait()
}

// A Batch is a call of [Book.StartBatch].
type Batch struct {
	results []Result
	started []*stretch
}

// StartBatch is PostBatch without the wait, which [Batch.Wait] does: the caller can get more events ready
// meanwhile. Batches that one goroutine starts are booked in that order. The events must not be changed
// before Wait returns.
func (b *Book) StartBatch(ctx context.Context, events []Event) Batch {
	batch := Batch{results: make([]Result, len(events))}
	for from := 0; from < len(events); from += stretchEvents {
		to := min(from+stretchEvents, len(events))
		batch.started = append(batch.started, b.start(ctx, events[from:to], batch.results[from:to]))
	}
	return batch
}

// Wait returns what PostBatch does. It must be called once.
func (b Batch) Wait() []Result {
	for _, s := range b.started {
		s.finish()
	}
	return b.results
}

// stretchEvents is how many events of a batch are handed to the ledger at a time: while it books those, the next are
// validated and encoded.
const stretchEvents = 256

// A stretch is some events of a batch on their way into the books.
type stretch struct {
	drafts  []draft
	updates []func(*ledger.Tx) error
	of      []int // which event an update is for
	results []Result
	numbers []uint64 // of entries, which the receipts share
	batch   ledger.Batch
}

var stretches = sync.Pool{New: func() any { return &stretch{drafts: make([]draft, stretchEvents)} }}

// start validates events and hands them to the ledger.
func (b *Book) start(ctx context.Context, events []Event, results []Result) *stretch {
	s := stretches.Get().(*stretch)
	s.results, s.numbers = results, make([]uint64, 0, len(events))
	for i := range events {
		e, r := &events[i], &results[i]
		if r.Err = e.Validate(); r.Err != nil {
			continue
		}
		d := &s.drafts[i]
		d.prepare(b.ledger, e)
		s.of = append(s.of, i)
		s.updates = append(s.updates, func(tx *ledger.Tx) (err error) {
			r.Receipt, err = b.execute(tx, e, d, &s.numbers)
			return err
		})
	}
	s.batch = b.ledger.StartBatch(ctx, s.updates)
	return s
}

// finish waits for the events to be booked.
func (s *stretch) finish() {
	for i, err := range s.batch.Wait() {
		if err != nil {
			s.results[s.of[i]] = Result{Err: err}
		}
	}
	clear(s.updates)
	*s = stretch{drafts: s.drafts, updates: s.updates[:0], of: s.of[:0]}
	stretches.Put(s)
}

// A draft is an event as the journal will have it, got ready beside the ledger's one writer.
type draft struct {
	content  content
	prepared ledger.Prepared
	ready    bool
}

var drafts = sync.Pool{New: func() any { return new(draft) }}

func (d *draft) prepare(l *ledger.Ledger, e *Event) {
	d.content.event = e
	d.ready = l.Prepare(&d.prepared, d.content.store)
	d.content.event = nil
}
