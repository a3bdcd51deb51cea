package posting

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/splitledger/splitledger/ledger"
)

// PostBatch books events one after another, each by itself as [Book.Post] would, and waits once for all of
// them. The results are in the order of the events. Events with one source that follow each other, such as those of one line of a report, are
// durable together or not at all, up to 64 of them.
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
	ends := stretchEnds(events)
	n := len(ends)
	batch := Batch{results: make([]Result, len(events)), started: make([]*stretch, n)}
	handed := make([]chan struct{}, n+1) // closed once all stretches before are with the ledger
	for i := range handed {
		handed[i] = make(chan struct{})
	}
	var next atomic.Int64
	work := func() {
		for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
			from, to := 0, ends[i]
			if i > 0 {
				from = ends[i-1]
			}
			s := b.prepare(events[from:to], batch.results[from:to])
			<-handed[i]
			s.batch = b.ledger.StartBatch(ctx, s.updates)
			batch.started[i] = s
			close(handed[i+1])
		}
	}
	close(handed[0])
	for range min(runtime.GOMAXPROCS(0), n) - 1 {
		go work()
	}
	work()
	<-handed[n]
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
// prepared, by as many goroutines as there are processors. What is prepared should stay in the processors' caches.
const stretchEvents = 64

// stretchEnds cuts events into stretches. Those of one source, such as a line of a report, stay together.
func stretchEnds(events []Event) (ends []int) {
	for from := 0; from < len(events); from = ends[len(ends)-1] {
		to := min(from+stretchEvents, len(events))
		cut := to
		for cut > from && cut < len(events) && together(&events[cut-1], &events[cut]) {
			cut--
		}
		if cut == from { // more than fit
			cut = to
		}
		ends = append(ends, cut)
	}
	return ends
}

// together reports whether two events that follow each other are made durable together.
func together(a, b *Event) bool {
	return a.Source != nil && b.Source != nil && *a.Source == *b.Source
}

// A stretch is some events of a batch on their way into the books.
type stretch struct {
	drafts  *[stretchEvents]draft // nil once all are used up
	used    int
	updates []func(*ledger.Tx) error
	of      []int // which event an update is for
	results []Result
	numbers []uint64 // of entries, which the receipts share
	batch   ledger.Batch
}

var stretches = sync.Pool{New: func() any { return new(stretch) }}

// trays have the drafts of stretches. A tray is free again, and still in the processors' caches, when the last of its events
// has had its turn, long before they are durable.
var trays = sync.Pool{New: func() any { return new([stretchEvents]draft) }}

// prepare does all of events that can be done before their turn.
func (b *Book) prepare(events []Event, results []Result) *stretch {
	s := stretches.Get().(*stretch)
	s.results, s.numbers = results, make([]uint64, 0, len(events))
	s.drafts = trays.Get().(*[stretchEvents]draft)
	err := b.ledger.View(func(v *ledger.View) error {
		for i := range events {
			e, r := &events[i], &results[i]
			if r.Err = e.Validate(); r.Err != nil {
				continue
			}
			n := len(s.of)
			s.drafts[n].prepare(b, v, e)
			s.of = append(s.of, i)
			s.updates = append(s.updates, func(tx *ledger.Tx) (err error) {
				r.Receipt, err = b.execute(tx, e, s.draft(n), &s.numbers)
				s.done()
				return err
			})
		}
		return nil
	})
	if err != nil { // so it would be at the turn
		for i := range results {
			results[i].Err = err
		}
	}
	return s
}

// draft returns a draft, an empty one if it is used up.
func (s *stretch) draft(n int) *draft {
	if s.drafts == nil {
		return new(draft)
	}
	return &s.drafts[n]
}

// done says that a draft is used up.
func (s *stretch) done() {
	if s.used++; s.used == len(s.of) {
		trays.Put(s.drafts)
		s.drafts = nil
	}
}

// finish waits for the events to be booked.
func (s *stretch) finish() {
	for i, err := range s.batch.Wait() {
		if err != nil {
			s.results[s.of[i]] = Result{Err: err}
		}
	}
	clear(s.updates)
	*s = stretch{updates: s.updates[:0], of: s.of[:0]}
	stretches.Put(s)
}
