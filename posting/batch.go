// Posting many events at once. A batch waits for the disk once, which is what makes a ledger of many events fast.

package posting

import (
	"context"
	"errors"
	"sync"

	"github.com/splitledger/splitledger/ledger"
)

// PostBatch books events one after another, each by itself as [Book.Post] would, and waits once for all of them. The
// results are in the order of the events. Events with one source that follow each other, such as those of one line of a
// report, are durable together or not at all, up to 64 of them.
func (b *Book) PostBatch(ctx context.Context, events []Event) []Result {
	return b.StartBatch(ctx, events)()
}

// StartBatch is PostBatch without the wait: wait does that, and returns the results. The caller can get more events
// ready meanwhile. wait must be called once, and the events must not be changed before it returns. Batches that one
// goroutine starts are booked in that order.
func (b *Book) StartBatch(ctx context.Context, events []Event) (wait func() []Result) {
	return b.StartBatchWithin(ctx, events, nil, nil)
}

// A RefusalLimit ends the batches that it is given to once so many events were refused: of those after the last of
// them none is booked, and their result is [ErrEnough]. It is for batches that one goroutine starts.
type RefusalLimit struct {
	Most    int
	refused int // so far; counted by the ledger's one writer
}

// ErrEnough is the result of an event that was not looked at, because so many before it were refused.
var ErrEnough = errors.New("posting: so many events before were refused")

// StartBatchWithin is StartBatch with a limit, unless that is nil. besides says of each event how many lines that are no
// events, and so were refused already, were read before it in all.
func (b *Book) StartBatchWithin(ctx context.Context, events []Event, limit *RefusalLimit,
	besides []int) (wait func() []Result) {
	results := make([]Result, len(events))
	var started []*stretch
	from := 0
	for _, to := range stretchEnds(events) {
		s := b.prepare(events[from:to], results[from:to])
		if s.limit = limit; limit != nil {
			s.besides = besides[from:to]
		}
		s.batch = b.ledger.StartBatch(ctx, len(s.of), s.run)
		started = append(started, s)
		from = to
	}
	return func() []Result {
		for _, s := range started {
			s.finish()
		}
		return results
	}
}

// stretchEvents is how many events of a batch are handed to the ledger at a time: while it books those, the next are
// validated.
const stretchEvents = 64

// stretchEnds cuts events into stretches. Those of one source, such as a line of a report, stay together.
func stretchEnds(events []Event) (ends []int) {
	for from := 0; from < len(events); from = ends[len(ends)-1] {
		to := min(from+stretchEvents, len(events))
		cut := to
		// Go back to where one source ends, so that the lines of one source stay in one stretch.
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
	book     *Book
	events   []Event
	results  []Result
	of       []int             // the events that are valid
	expected []ledger.Expected // by them
	numbers  []uint64          // of entries, which the receipts share
	run      func(*ledger.Tx, int) error
	batch    ledger.Batch
	limit    *RefusalLimit
	besides  []int
}

// stretches keeps the memory of stretches that are done.
var stretches = sync.Pool{New: func() any {
	s := new(stretch)
	s.run = s.execute
	return s
}}

// prepare does what can be done of events before their turn.
func (b *Book) prepare(events []Event, results []Result) *stretch {
	s := stretches.Get().(*stretch)
	s.book, s.events, s.results, s.numbers = b, events, results, make([]uint64, 0, len(events))
	// The memory of stretches before is used again.
	if missing := len(events) - len(s.expected); missing > 0 {
		s.expected = append(s.expected, make([]ledger.Expected, missing)...)
	}
	for i := range events {
		if err := events[i].Validate(); err != nil {
			results[i] = Result{Receipt: Receipt{ID: events[i].ID}, Err: err}
			continue
		}
		expect(&events[i], &s.expected[len(s.of)])
		s.of = append(s.of, i)
	}
	b.ledger.Expect(s.expected[:len(s.of)])
	return s
}

// execute books the n-th valid event.
func (s *stretch) execute(tx *ledger.Tx, n int) (err error) {
	// The keys of the whole stretch are fetched before its first event.
	if n == 0 {
		tx.Warm(s.expected[:len(s.of)])
	}
	i := s.of[n]
	if s.limit != nil && s.limit.refused+s.besides[i] >= s.limit.Most {
		return ErrEnough
	}
	s.results[i].Receipt, err = s.book.execute(tx, &s.events[i], &s.expected[n], &s.numbers)
	if _, refused := ledger.Refused(err); refused && s.limit != nil {
		s.limit.refused++
	}
	return err
}

// finish waits for the events to be booked.
func (s *stretch) finish() {
	for n, err := range s.batch.Wait() {
		if err != nil {
			i := s.of[n]
			s.results[i] = Result{Receipt: Receipt{ID: s.events[i].ID}, Err: err}
		}
	}
	*s = stretch{of: s.of[:0], expected: s.expected, run: s.run}
	stretches.Put(s)
}
