package reconcile

import (
	"context"
	"errors"
	"hash/maphash"
	"io"
	"sync"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/ondisk"
)

// A spool has the lines of a run on disk, and the order in which they are compared.
type spool struct {
	log    ondisk.Log
	first  ondisk.Sorter // what a line is grouped by, and its place
	second ondisk.Sorter // the place of the first line of its group, and its own
	strays ondisk.Sorter // places of lines of no payment, and when it is their turn
	owners owners
	seed   maphash.Seed
	room   []byte
}

// add keeps a line.
func (s *spool) add(file int, l *Line) (err error) {
	if l.second, err = s.owners.second(l); err != nil {
		return err
	}
	s.room = appendLine(s.room[:0], file, l)
	at, err := s.log.Append(s.room)
	if err != nil {
		return err
	}
	if stray(l) {
		return s.strays.Add(ondisk.Pair{A: at, B: strayTurn(l.Outcome.Kind)})
	}
	if s.seed == (maphash.Seed{}) {
		s.seed = maphash.MakeSeed()
	}
	return s.first.Add(ondisk.Pair{A: maphash.String(s.seed, groupName(l)), B: at})
}

// sort puts the groups in the order of their first lines. That is mostly the order in which the payments were
// booked, so the books are read roughly from front to back.
func (s *spool) sort() error {
	if err := s.log.Flush(); err != nil {
		return err
	}
	var group, first uint64
	begun := false
	for p, err := range s.first.All() {
		if err != nil {
			return err
		}
		if !begun || p.A != group {
			begun, group, first = true, p.A, p.B
		}
		if err := s.second.Add(ondisk.Pair{A: first, B: p.B}); err != nil {
			return err
		}
	}
	return s.first.Close()
}

func (s *spool) close() error {
	return errors.Join(s.log.Close(), s.first.Close(), s.second.Close(), s.strays.Close(), s.owners.Close())
}

// An item is a line on its way from a report.
type item struct {
	line  Line
	fault *providers.LineError // in place of the line
}

// A chunk is some lines that are looked up together.
type chunk struct {
	items []item
	n     int
	err   error // of the books
	fatal error // the report cannot be read on after these lines
	ready chan struct{}
}

const chunkLines = 256

// readFile reads a report in one goroutine, finds the payments of its lines in several others, and keeps the
// lines in their order.
func (r *run) readFile(ctx context.Context, n int, f *file) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	report, in, err := r.openFile(f)
	if err != nil {
		if in != nil {
			in.Close()
			return &FormatError{File: f.Name, Err: err}
		}
		return err
	}
	defer in.Close()
	p := &pipeline{run: r, file: f, n: n, todo: make(chan *chunk, r.Workers), done: make(chan *chunk, 2*r.Workers),
		free: sync.Pool{New: func() any { return &chunk{items: make([]item, chunkLines)} }}}
	var all sync.WaitGroup
	all.Go(func() { p.read(ctx, report) })
	for range r.Workers {
		all.Go(p.locate)
	}
	err = p.keep(ctx)
	stop()
	for range p.done { // let the others come to their end
	}
	all.Wait()
	return err
}

type pipeline struct {
	run   *run
	file  *file
	n     int         // of the file
	todo  chan *chunk // in the order of the report
	done  chan *chunk // the same chunks in the same order; each is to be waited for
	free  sync.Pool
	lines int // the last line that was read
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
			it.fault, it.line = nil, Line{}
			var err error
			it.line.Outcome, err = report.Next()
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

// locate finds the payments of the lines of chunks until there are no more.
func (p *pipeline) locate() {
	finder, group := p.run.Book.Finder(), new(group)
	for c := range p.todo {
		c.err = finder.View(func() (err error) {
			for i := range c.n {
				l := &c.items[i].line
				if c.items[i].fault != nil {
					continue
				}
				if l.Payment, l.among, err = p.run.resolver.locate(finder, &l.Outcome); err != nil {
					return err
				}
				p.run.source(p.n, l)
				if err = p.run.resolver.alone(finder, group, l); err != nil {
					return err
				}
			}
			return nil
		})
		close(c.ready)
	}
}

// keep keeps the lines in their order.
func (p *pipeline) keep(ctx context.Context) error {
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
			if err := p.one(&c.items[i]); err != nil {
				return err
			}
		}
		if c.fatal != nil {
			return p.run.broken(p.n, p.lines+1, c.fatal)
		}
		p.free.Put(c)
	}
}

// one keeps one line.
func (p *pipeline) one(it *item) error {
	r, f, n := p.run, p.file, p.n
	line := it.line.Outcome.Line
	if it.fault != nil {
		line = it.fault.Line
	}
	p.lines = line
	if line != 0 && line == f.at {
		if r.several == nil {
			r.several = map[uint64]Class{}
		}
		r.several[lineID(n, line)] = ""
	} else {
		r.Lines++
		f.Lines++
	}
	f.at = line
	if it.fault != nil {
		r.batches.unreadable()
		r.balances.forget()
		return r.unreadable(n, it.fault)
	}
	o := &it.line.Outcome
	if want, ok := r.balances.check(n, o); !ok {
		if err := r.offBalance(n, o, want); err != nil {
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
	return r.lines.add(n, &it.line)
}

// broken adds the break of a report that cannot be read on.
func (r *run) broken(n, line int, err error) error {
	r.Lines++
	r.files[n].Lines++
	return r.unreadable(n, &providers.LineError{Line: line, What: err.Error()})
}

// forget starts the running balances anew: a line in between was not read, so the next balance proves nothing.
func (s *balances) forget() { clear(s.byKey) }

// most limits how many lines of one payment are compared together, and so memory. If there are more, they are
// compared in parts.
const most = 20_000

// A batchOfGroups is some groups that are compared together.
type batchOfGroups struct {
	groups [][]*Line
	lines  int
	err    error
	ready  chan struct{}
	room   []Line // for some of the lines
}

// compareAll compares all lines: those of each payment together, several payments at a time.
func (r *run) compareAll(ctx context.Context) error {
	if err := r.spoolNotices(); err != nil {
		return err
	}
	if err := r.lines.sort(); err != nil {
		return err
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	todo, done := make(chan *batchOfGroups, r.Workers), make(chan *batchOfGroups, 2*r.Workers)
	var all sync.WaitGroup
	var failed error
	all.Go(func() { failed = r.deal(working, todo, done) })
	for range r.Workers {
		all.Go(func() { r.compare(todo) })
	}
	err := r.collect(working, done)
	stop()
	for range done {
	}
	all.Wait()
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	if r.poster != nil { // lines of no payment are looked up in the books
		if err := r.poster.end(); err != nil {
			return err
		}
		r.poster = r.newPoster(ctx)
	}
	return r.compareStrays(ctx)
}

// deal reads the groups in their order and hands them out.
func (r *run) deal(ctx context.Context, todo, done chan *batchOfGroups) error {
	defer close(done)
	defer close(todo)
	reader := r.lines.log.Reader()
	begin := func() *batchOfGroups {
		b, _ := r.free.Get().(*batchOfGroups)
		if b == nil {
			b = &batchOfGroups{room: make([]Line, 0, chunkLines)}
		}
		b.ready = make(chan struct{})
		return b
	}
	b := begin()
	// A batch goes to the collector first, and then to whoever compares it. So the collector gets all batches
	// in order, and waits for each to be ready. One that nobody will compare is closed here, or the collector
	// would wait for ever.
	send := func() bool {
		for _, to := range []chan *batchOfGroups{done, todo} {
			select {
			case to <- b:
			case <-ctx.Done():
				if to == todo {
					close(b.ready)
				}
				return false
			}
		}
		b = begin()
		return true
	}
	first, begun := uint64(0), false
	for p, err := range r.lines.second.All() {
		if err != nil {
			return err
		}
		record, err := reader.At(p.B)
		if err != nil {
			return err
		}
		// The lines come sorted by group, so a group ends where the next begins. A very large group is cut into
		// parts of most lines.
		last := len(b.groups) - 1
		again := begun && p.A == first && last >= 0 && len(b.groups[last]) < most
		if !again && b.lines >= chunkLines && !send() {
			return ctx.Err()
		}
		l := new(Line)
		if n := len(b.room); n < cap(b.room) {
			b.room = b.room[:n+1]
			l = &b.room[n]
		}
		n, err := readLine(record, l)
		if err != nil {
			return err
		}
		r.source(n, l)
		// A line that was alone in its group when it was read is stored with its resolution, and its rest is
		// not read. Now that it is not alone, both lines are compared anew.
		if again {
			if err := errors.Join(b.groups[last][0].readRest(), l.readRest()); err != nil {
				return err
			}
			b.groups[last] = append(b.groups[last], l)
		} else {
			b.groups = append(b.groups, []*Line{l})
		}
		b.lines++
		first, begun = p.A, true
	}
	if b.lines > 0 {
		send()
	}
	return nil
}

// source says where a line comes from.
func (r *run) source(n int, l *Line) {
	l.file = n
	if n < len(r.files) {
		f := r.files[n]
		l.Source = posting.FactSource{Report: f.id, Line: uint64(l.Outcome.Line), Format: f.Format}
		return
	}
	l.Notice = r.notices[n-len(r.files)]
	if l.Notice.Source != nil {
		l.Source = *l.Notice.Source
	} else if kept, err := noticeLine(l.Notice); err == nil {
		l.Source = kept.Source
	}
}

// compare compares groups with the books until there are no more.
func (r *run) compare(todo chan *batchOfGroups) {
	finder := r.Book.Finder()
	for b := range todo {
		b.err = finder.View(func() error {
			for i, lines := range b.groups {
				if len(lines) == 1 && lines[0].alone {
					continue
				}
				var err error
				if b.groups[i], err = r.resolver.Resolve(finder, lines); err != nil {
					return err
				}
			}
			return nil
		})
		close(b.ready)
	}
}

// collect takes in what became of the lines, group by group.
func (r *run) collect(ctx context.Context, done chan *batchOfGroups) error {
	for b := range done {
		<-b.ready
		if err := ctx.Err(); err != nil {
			return err
		}
		if b.err != nil {
			return b.err
		}
		for _, lines := range b.groups {
			for _, l := range lines {
				if err := r.takeIn(l.file, l); err != nil {
					return err
				}
			}
		}
		if r.poster == nil { // nobody has anything of it any more
			clear(b.room)
			clear(b.groups)
			*b = batchOfGroups{room: b.room[:0], groups: b.groups[:0]}
			r.free.Put(b)
		}
	}
	return ctx.Err()
}

// compareStrays compares the lines of no payment, one after another, in their turns.
func (r *run) compareStrays(ctx context.Context) error {
	reader, finder, memory := r.lines.log.Reader(), r.Book.Finder(), newMemory()
	memory.waiting = r.waiting
	var done marks
	for _, turn := range strayTurns {
		n := uint64(0)
		for p, err := range r.lines.strays.All() {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			if n++; p.B != turn.of || done.has(n) {
				continue
			}
			placed, err := r.compareStray(p.A, turn.named, reader, finder, memory)
			if err != nil {
				return err
			}
			if placed {
				done.set(n, true)
			}
		}
	}
	return nil
}

// compareStray compares a line of no payment. If only named lines are wanted, it reports false for one without
// a name.
func (r *run) compareStray(place uint64, named bool, reader *ondisk.LogReader,
	finder *posting.Finder, memory *memory) (placed bool, err error) {
	record, err := reader.At(place)
	if err != nil {
		return false, err
	}
	l := new(Line)
	n, err := readLine(record, l)
	if err != nil {
		return false, err
	}
	r.source(n, l)
	g := &group{Resolver: r.resolver, finder: finder, lines: []*Line{l}, memory: memory}
	if placed, err = g.stray(named); !placed || err != nil {
		return false, err
	}
	return true, r.takeIn(n, l)
}
