// Package eventlines books events that come as lines of JSON, one event a line.
//
// Reading, decoding and booking go on side by side: lines are read ahead and decoded by several goroutines,
// the ledger books them in batches, and [Post] gives the answers in the order of the lines. What has come in
// is booked before more is waited for, so that a producer may wait for each answer.
package eventlines

import (
	"context"
	"fmt"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// Answers take what became of each line, in the order of the lines. An error ends the posting.
type Answers interface {
	// Line takes the answer to one line.
	Line(Line, posting.Result) error
	// Flush is called when no more answers are under way, as whoever reads them may be waiting for these.
	Flush() error
}

// A flight is lines on their way into the books.
type flight struct {
	lines *chunk
	wait  func() []posting.Result
}

// maxFlights is how many chunks are on their way into the books at most, besides the one that is answered.
const maxFlights = 16

// Post books the events of the sources until there are no more, the context is canceled, or the ledger or the
// answers fail. What was begun is finished: after a failure, what the ledger has not begun is not booked.
func Post(ctx context.Context, book *posting.Book, sources []Source, answers Answers) error {
	// Canceling ctx ends the reading of lines. What has come in by then is still booked and answered, so that nobody
	// is left in doubt; only a failure stops that too.
	booking, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	receiving, enough := context.WithCancel(ctx)
	defer enough()
	in := read(receiving, sources)
	flights := make(chan flight, maxFlights)
	go func() {
		defer close(flights)
		for {
			lines, ok := receive(receiving, in)
			if !ok {
				return
			}
			flights <- flight{lines, book.StartBatch(booking, lines.events)}
		}
	}()
	var failed error
	for f := range flights {
		results := f.wait()
		if failed != nil {
			continue
		}
		failed = answer(answers, f.lines, results)
		// Whoever waits for these answers may send no more before they come.
		if failed == nil && len(flights) == 0 {
			failed = answers.Flush()
		}
		if failed != nil {
			enough()
			stop()
		}
		f.lines.release()
	}
	return failed
}

// receive waits for lines. There are none any more once the context is canceled. Lines that were read but not handed
// over are dropped then: nobody has been promised anything of them.
func receive(ctx context.Context, in <-chan *chunk) (*chunk, bool) {
	if ctx.Err() != nil {
		return nil, false
	}
	select {
	case lines, ok := <-in:
		if ok {
			lines.wait()
		}
		return lines, ok
	case <-ctx.Done():
		return nil, false
	}
}

// answer answers each line of a chunk that was booked. An error of the ledger itself ends the posting: what comes after
// was not booked.
func answer(answers Answers, lines *chunk, results []posting.Result) error {
	for _, in := range lines.lines {
		result := posting.Result{Err: in.Err}
		if in.Err == nil {
			result, results = results[0], results[1:]
		}
		if ledger.Failed(result.Err) {
			return fmt.Errorf("%s:%d: not booked, nor is what comes after: %w", in.File, in.Number, result.Err)
		}
		if err := answers.Line(in, result); err != nil {
			return err
		}
	}
	return lines.fatal
}

// Count reads and decodes all lines as [Post] does, books nothing, and returns how many there are. It shows what
// reading alone takes. A benchmark compares it with posting.
func Count(ctx context.Context, sources []Source) (lines int, err error) {
	reading, enough := context.WithCancel(ctx)
	defer enough()
	for c := range read(reading, sources) {
		c.wait()
		if c.fatal != nil {
			return lines, c.fatal
		}
		lines += len(c.lines)
		c.release()
	}
	return lines, ctx.Err()
}
