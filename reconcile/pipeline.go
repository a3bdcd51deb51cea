package reconcile

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/splitledger/splitledger/providers"
)

// An item is a line on its way through a run.
type item struct {
	o     providers.Outcome
	fault *providers.LineError // in place of the outcome
	res   Resolution
}

// A chunk is some lines that are compared together.
type chunk struct {
	items []item
	n     int
	err   error // of the books
	fatal error // the report cannot be read on after these lines
	ready chan struct{}
}

const chunkLines = 256

// readFile reads a report in one goroutine, compares its lines in several, and takes them in in their order.
func (r *run) readFile(ctx context.Context, n int, f *file) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	report, in, err := r.open(f)
	if err != nil {
		if in == nil {
			return err
		}
		in.Close()
		return r.broken(f, 0, err)
	}
	defer in.Close()
	p := &pipeline{run: r, file: f, todo: make(chan *chunk, r.Workers), done: make(chan *chunk, 2*r.Workers), free: sync.Pool{New: func() any { return &chunk{items: make([]item, chunkLines)} }}}
	var all sync.WaitGroup
	all.Go(func() { p.read(ctx, report) })
	for range r.Workers {
		all.Go(p.compare)
	}
	err = p.takeIn(ctx, n)
	stop()
	for range p.done { // let the others come to their end
	}
	all.Wait()
	return err
}

type pipeline struct {
	run   *run
	file  *file
	todo  chan *chunk // in the order of the report
	done  chan *chunk // the same chunks in the same order; each is to be waited for
	free  sync.Pool
	nth   map[Key]int // how many outcomes there were of one choice
	lines int         // the last line that was read
}

// read reads the report to its end.
func (p *pipeline) read(ctx context.Context, report providers.Report) {
	defer close(p.done)
	defer close(p.todo)
	for more := true; more && ctx.Err() == nil; {
		c := p.free.Get().(*chunk)
		c.n, c.err, c.fatal, c.ready = 0, nil, nil, make(chan struct{})
		for more && c.n < chunkLines {
			it := &c.items[c.n]
			it.fault = nil
			var err error
			it.o, err = report.Next()
			if err == nil {
				c.n++
				continue
			}
			if fault, ok := errors.AsType[*providers.LineError](err); ok {
				it.fault = fault
				c.n++
				continue
			}
			more = false
			if err != io.EOF {
				c.fatal = err
			}
		}
		for _, to := range []chan *chunk{p.done, p.todo} {
			select {
			case to <- c:
			case <-ctx.Done():
				close(c.ready)
				return
			}
		}
	}
}

// compare compares chunks with the books until there are no more.
func (p *pipeline) compare() {
	finder := p.run.Book.Finder()
	resolver := p.file.resolver.alone(finder)
	for c := range p.todo {
		c.err = finder.View(func() error {
			for i := range c.n {
				it := &c.items[i]
				if it.fault != nil {
					continue
				}
				if err := resolver.resolve(&it.o, 0, &it.res); err != nil {
					return err
				}
			}
			return nil
		})
		close(c.ready)
	}
}

// takeIn takes the lines in in their order.
func (p *pipeline) takeIn(ctx context.Context, n int) error {
	for {
		c, more := <-p.done
		if !more {
			return ctx.Err()
		}
		<-c.ready
		if err := ctx.Err(); err != nil {
			return err
		}
		if c.err != nil {
			return c.err
		}
		for i := range c.n {
			if err := p.take(n, &c.items[i]); err != nil {
				return err
			}
		}
		if c.fatal != nil {
			return p.run.broken(p.file, p.lines+1, c.fatal)
		}
		p.free.Put(c)
	}
}

// take takes one line in. Of several captures or refunds that fit it equally well, each such line gets the next.
func (p *pipeline) take(n int, it *item) error {
	if it.fault == nil {
		p.lines = it.o.Line
		if it.res.Choices > 1 && it.res.Choice != (Key{}) {
			if p.nth == nil {
				p.nth = map[Key]int{}
			}
			if k := p.nth[it.res.Choice]; k > 0 {
				if err := p.file.resolver.resolve(&it.o, k, &it.res); err != nil {
					return err
				}
			}
			p.nth[it.res.Choice]++
		}
	} else {
		p.lines = it.fault.Line
	}
	return p.run.line(n, p.file, it)
}

// broken adds the break of a report that cannot be read on.
func (r *run) broken(f *file, line int, err error) error {
	return r.class(f, Unreadable, func() Break {
		return Break{Class: Unreadable, File: r.label(f), Line: line, Hint: err.Error()}
	})
}
