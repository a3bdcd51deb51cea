// Package eventlines books events that come as lines of JSON, one event a line.
//
// Reading, decoding and booking go on side by side: lines are read ahead and decoded by several goroutines,
// the ledger books them in batches, and [Post] gives the answers in the order of the lines. What has come in
// is booked before more is waited for, so that a producer may wait for each answer.
package eventlines

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

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

// ErrEnough is what [Post] fails with when so many lines were refused. Of the lines after the last of them none was
// booked.
var ErrEnough = errors.New("so many lines were refused")

// Post books the events of the sources until there are no more, the context is canceled, the ledger or the
// answers fail, or so many lines were refused, if most is not 0. What was begun is finished: after a failure, what the
// ledger has not begun is not booked.
func Post(ctx context.Context, book *posting.Book, sources []Source, answers Answers, most int) error {
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
		start := starter(booking, book, most)
		for {
			lines, ok := receive(receiving, in)
			if !ok {
				return
			}
			flights <- flight{lines, start(lines)}
		}
	}()
	var failed error
	refused := 0
	for f := range flights {
		results := f.wait()
		if failed != nil {
			continue
		}
		failed = answer(answers, f.lines, results, &refused, most)
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

// starter returns what starts to book the lines of chunks, in order.
func starter(ctx context.Context, book *posting.Book, most int) func(*chunk) (wait func() []posting.Result) {
	if most == 0 {
		return func(lines *chunk) func() []posting.Result { return book.StartBatch(ctx, lines.events) }
	}
	limit, unreadable := &posting.RefusalLimit{Most: most}, 0
	return func(lines *chunk) func() []posting.Result {
		besides := make([]int, 0, len(lines.events))
		for i := range lines.lines {
			if lines.lines[i].Err != nil {
				unreadable++
			} else {
				besides = append(besides, unreadable)
			}
		}
		return book.StartBatchWithin(ctx, lines.events, limit, besides)
	}
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
// was not booked. So does the last line that may be refused.
func answer(answers Answers, lines *chunk, results []posting.Result, refused *int, most int) error {
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
		if result.Err != nil {
			*refused++
		}
		if most > 0 && *refused == most {
			return ErrEnough
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

// After counts the lines of the sources that come after a line of one of them, blank ones left out.
func After(ctx context.Context, sources []Source, last Line) (lines int, err error) {
	found := false
	for _, s := range sources {
		skip := 0
		if !found {
			if s.Name != last.File {
				continue
			}
			found, skip = true, last.Number
		}
		n, err := countLines(ctx, s, skip)
		if lines += n; err != nil {
			return lines, err
		}
	}
	return lines, nil
}

// countLines counts the lines of a source behind the first so many.
func countLines(ctx context.Context, s Source, skip int) (n int, err error) {
	from, err := s.Open()
	if err != nil {
		return 0, err
	}
	defer from.Close()
	for r := NewReader(from); ; {
		line, whole, err := r.Next()
		switch {
		case err == io.EOF:
			return n, ctx.Err()
		case err != nil || ctx.Err() != nil:
			return n, cmp.Or(err, ctx.Err())
		case r.Number > skip && (!whole || len(bytes.TrimSpace(line)) > 0):
			n++
		}
	}
}
