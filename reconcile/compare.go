package reconcile

import (
	"context"
	"errors"
	"sync"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/reconcile/internal/ondisk"
)

// Comparing the lines in the spool: first those of payments, those of one payment together and several payments at a
// time; then those of no payment, one after another.

// maxGroup limits how many lines of one payment are compared together, and so memory. If there are more, they are
// compared in parts.
const maxGroup = 20_000

// A batchOfGroups is some groups of lines that one worker compares. Each group is the lines of one payment.
type batchOfGroups struct {
	groups [][]*Line
	lines  int
	room   []Line // for the first chunkLines lines, so that a batch that is used again allocates none
}

// compareAll compares all lines: those of each payment together, several payments at a time.
// Lines that name no payment come last, against books that have all the rest: a split is looked for among
// payments as the report left them.
func (r *run) compareAll(ctx context.Context) error {
	if err := r.spoolNotices(); err != nil {
		return err
	}
	if err := r.lines.sort(); err != nil {
		return err
	}
	free := &sync.Pool{New: func() any { return &batchOfGroups{room: make([]Line, 0, chunkLines)} }}
	err := inOrder(ctx, r.Workers, func(send func(*batchOfGroups) bool) error {
		return r.deal(free, send)
	}, func() func(*batchOfGroups) error {
		finder := r.Book.Finder()
		return func(b *batchOfGroups) error { return r.compare(finder, b) }
	}, func(b *batchOfGroups) error {
		for _, lines := range b.groups {
			for _, l := range lines {
				if err := r.takeIn(l); err != nil {
					return err
				}
			}
		}
		if r.poster == nil { // nobody has anything of it any more
			clear(b.room)
			clear(b.groups)
			*b = batchOfGroups{room: b.room[:0], groups: b.groups[:0]}
			free.Put(b)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if r.poster != nil { // lines of no payment are looked up in the books
		if err := r.poster.end(); err != nil {
			return err
		}
		r.poster = r.newPoster(ctx)
	}
	return r.compareWithoutPayment(ctx)
}

// deal reads the groups in their order and sends them in batches.
// The spool is sorted by the place of each group's first line, so groups come in the order of the report,
// with lines of one payment together however far apart they stood.
func (r *run) deal(free *sync.Pool, send func(*batchOfGroups) bool) error {
	reader := r.lines.log.Reader()
	b := free.Get().(*batchOfGroups)
	first, begun := uint64(0), false
	for p, err := range r.lines.second.All() {
		if err != nil {
			return err
		}
		record, err := reader.At(p.B)
		if err != nil {
			return err
		}
		// The lines come sorted by group, so a group ends where the next begins. A very large group is cut into parts.
		last := len(b.groups) - 1
		again := begun && p.A == first && last >= 0 && len(b.groups[last]) < maxGroup
		if !again && b.lines >= chunkLines {
			if !send(b) {
				return nil
			}
			b = free.Get().(*batchOfGroups)
		}
		l, err := r.readLine(b, record)
		if err != nil {
			return err
		}
		// A line that was resolved early is stored with its resolution, and its rest is
		// not read. If another line joins its group, both lines are compared anew.
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
		send(b)
	}
	return nil
}

// readLine reads a line of the spool, into the room of a batch where there is any.
func (r *run) readLine(b *batchOfGroups, record []byte) (*Line, error) {
	l := new(Line)
	if n := len(b.room); n < cap(b.room) {
		b.room = b.room[:n+1]
		l = &b.room[n]
	}
	n, err := readLine(record, l)
	if err == nil {
		r.source(n, l)
	}
	return l, err
}

// source says where a line comes from: a file of the run, or, with a number beyond those, a notice that waited.
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

// compare compares groups with the books.
// It changes the order of the lines in a group to that in which they were resolved, which is the
// order of their events.
func (r *run) compare(finder *posting.Finder, b *batchOfGroups) error {
	return finder.View(func() (err error) {
		for i, lines := range b.groups {
			if len(lines) == 1 && lines[0].resolvedEarly {
				continue
			}
			if b.groups[i], err = r.resolver.Resolve(finder, lines); err != nil {
				return err
			}
		}
		return nil
	})
}

// compareWithoutPayment compares the lines of no payment, one after another, in their turns.
// One goroutine does it, with one memory for all: a payout that a line was matched to must not be found by
// the next one.
func (r *run) compareWithoutPayment(ctx context.Context) error {
	reader, finder, memory := r.lines.log.Reader(), r.Book.Finder(), newMemory()
	memory.waiting = r.waiting
	var done marks
	// The lines are read once for each turn. They are few: payouts, transfers, fees of accounts.
	for _, turn := range turns {
		n := uint64(0)
		for p, err := range r.lines.withoutPayment.All() {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			if n++; p.B != turn.of || done.has(n) {
				continue
			}
			resolved, err := r.compareOneWithoutPayment(p.A, turn.named, reader, finder, memory)
			if err != nil {
				return err
			}
			if resolved {
				done.set(n, true)
			}
		}
	}
	return nil
}

// compareOneWithoutPayment compares a line of no payment. If only named lines are wanted, it reports false
// for one without a name.
func (r *run) compareOneWithoutPayment(place uint64, named bool, reader *ondisk.LogReader,
	finder *posting.Finder, memory *memory) (resolved bool, err error) {
	record, err := reader.At(place)
	if err != nil {
		return false, err
	}
	l, err := r.readLine(new(batchOfGroups), record)
	if err != nil {
		return false, err
	}
	g := &group{Resolver: r.resolver, finder: finder, lines: []*Line{l}, memory: memory}
	if resolved, err = g.resolveInTurn(named); !resolved || err != nil {
		return false, err
	}
	return true, r.takeIn(l)
}
