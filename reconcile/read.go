package reconcile

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// Reading a report: its lines are read as a stream, their payments are found, and they are kept on disk in the spool,
// to be compared when all reports are read.
//
// A report may have tens of millions of lines, and finding a payment costs several look-ups in the books.
// So lines go in chunks through several workers, and come out in the order of the report (inorder.go): only
// that order makes line numbers, running balances and rows of one line mean something.

// An item is a line on its way from a report.
type item struct {
	line  Line
	fault *providers.LineError // in place of the line
}

// A chunk is some lines that are looked up together.
type chunk struct {
	items []item
	n     int // how many of the items are used
}

// chunkLines is large enough that handing chunks over costs nothing, and small enough
// that all workers have one.
const chunkLines = 256

// readFile reads a report in one goroutine, finds the payments of its lines in several others, and keeps the lines in
// their order. Errors are of the books or the disk; what is wrong with the report is counted.
// A report that cannot be read on, such as a file that is cut short, is unreadable from there; what was
// read before is compared all the same. A file that is no report at all is a [*FormatError].
func (r *run) readFile(ctx context.Context, f *file) error {
	in, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer in.Close()
	report, err := r.Adapter.Open(in, r.Report)
	if err != nil {
		return &FormatError{File: f.Name, Err: err}
	}
	free := sync.Pool{New: func() any { return &chunk{items: make([]item, chunkLines)} }}
	var fatal error // the report cannot be read on
	err = inOrder(ctx, r.Workers, func(send func(*chunk) bool) error {
		for more := true; more; {
			c := free.Get().(*chunk)
			more, fatal = c.fill(report)
			more = send(c) && more
		}
		return nil
		// Each worker has its own finder, which is a view of the books, and its own group, to save allocations.
	}, func() func(*chunk) error {
		finder, group := r.Book.Finder(), new(group)
		return func(c *chunk) error { return r.locateLines(f, finder, group, c.items[:c.n]) }
	}, func(c *chunk) error {
		for i := range c.n {
			if err := r.keep(f, &c.items[i]); err != nil {
				return err
			}
		}
		free.Put(c)
		return nil
	})
	if err == nil && fatal != nil {
		r.Lines++
		f.Lines++
		err = r.unreadable(f, &providers.LineError{Line: f.at + 1, What: fatal.Error()})
	}
	return err
}

// fill reads lines until the chunk is full. It reports whether there are more, or why the report cannot be read on.
// A line that cannot be read keeps its place in the chunk, so that it is counted and
// listed where it stands.
func (c *chunk) fill(report providers.Report) (more bool, fatal error) {
	for c.n = 0; c.n < chunkLines; c.n++ {
		it := &c.items[c.n]
		*it = item{}
		var err error
		it.line.Outcome, err = report.Next()
		if err == nil {
			continue
		}
		fault, ofLine := errors.AsType[*providers.LineError](err)
		switch {
		case ofLine:
			it.fault = fault
		case err == io.EOF:
			return false, nil
		default:
			return false, err
		}
	}
	return true, nil
}

// locateLines finds the payments of lines.
// All look-ups of a chunk share one read transaction. Settlements, most of all lines, are resolved at once
// as well: the payment is at hand (resolveEarly).
func (r *run) locateLines(f *file, finder *posting.Finder, group *group, items []item) error {
	return finder.View(func() (err error) {
		for i := range items {
			if items[i].fault != nil {
				continue
			}
			l := &items[i].line
			if l.Payment, l.ambiguousPayment, err = r.resolver.locate(finder, &l.Outcome); err != nil {
				return err
			}
			r.source(f.n, l)
			if err = r.resolver.resolveEarly(finder, group, l); err != nil {
				return err
			}
		}
		return nil
	})
}

// keep counts one line, and keeps it in the spool.
// Lines at or after [Options.Through] are only counted: the next run takes them. Errors are of
// the disk or the books.
func (r *run) keep(f *file, it *item) error {
	line := it.line.Outcome.Line
	if it.fault != nil {
		line = it.fault.Line
	}
	// A line that reports several things comes several times, and counts once.
	if line != 0 && line == f.at {
		if r.several == nil {
			r.several = map[uint64]Class{}
		}
		r.several[lineID(f.n, line)] = ""
	} else {
		r.Lines++
		f.Lines++
	}
	f.at = line
	if it.fault != nil {
		r.batches.unreadable()
		clear(r.balances.byKey) // a line in between was not read, so the next running balance proves nothing
		return r.unreadable(f, it.fault)
	}
	// A running balance is checked here, while lines come in the order of the report.
	o := &it.line.Outcome
	if want, ok := r.balances.check(f.n, o); !ok {
		if err := r.offBalance(f, o, want); err != nil {
			return err
		}
	}
	if !r.Through.IsZero() && !o.At.Before(r.Through) {
		r.Later++
		r.Lines--
		f.Lines--
		return nil
	}
	r.covers(f, o)
	return r.lines.add(f.n, &it.line)
}
