// Package reports makes up the reports of a payment provider and the events of a platform that they are about, for
// demonstrations and tests of reconciliation.
//
// [Write] makes events that a ledger accepts, reports in the provider's own format that agree with them, except in a
// known number of places of every class of difference, and a file that says which places these are. Payments are
// authorised, captured at once or in parts, split, charged with fees, refunded and disputed; some fees, refunds and
// settlements are in the events already, others only in the report. After the newest line of the reports a few more
// payments are captured, which no report can have.
//
// The same [Options] make the same bytes. Everything is written as it is made: memory does not grow with the number of
// payments. Amounts are whole minor units of ISO 4217 until they are written as the provider writes them; no floats.
package reports

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/internal/lab/dice"
	"github.com/splitledger/splitledger/posting"
)

// Options say what to make.
type Options struct {
	Provider string    // one of Providers
	Payments int       // how many payments; 0 means DefaultPayments, or as many as the breaks need
	Breaks   int       // how many of every class that the provider's reports can show
	Seed     uint64    // another seed, other payments; names carry the seed
	Start    time.Time // beginning of the first day; zero means DefaultStart

	// Create opens a file to write to, by its name without a directory.
	Create func(name string) (io.WriteCloser, error)
}

// DefaultPayments is how many payments there are unless [Options] say otherwise.
const DefaultPayments = 1000

// Names of the files besides the reports.
const (
	EventsFile = "events.jsonl"
	BreaksFile = "breaks.json"
)

// A Summary says what was written.
type Summary struct {
	Reports  []string         // names of the reports, in the order of time
	Events   int              // lines of EventsFile
	Lines    int              // lines of the reports that say something; not headers, not trailers
	Breaks   map[Class]int    // how many places there are of each class
	NotShown map[Class]string // why there is none of the others
}

// Providers returns the names of the providers whose reports can be made.
func Providers() []string { return slices.Sorted(maps.Keys(houses)) }

// Write makes the files. The error says which option makes no sense, or is the first of creating and writing.
func Write(o Options) (Summary, error) {
	h := houses[o.Provider]
	if h == nil {
		return Summary{}, fmt.Errorf("expected one of the providers %s, found %q", strings.Join(Providers(), ", "), o.Provider)
	}
	if o.Payments < 0 || o.Breaks < 0 {
		return Summary{}, fmt.Errorf("expected payments and breaks of at least 0, found %d and %d", o.Payments, o.Breaks)
	}
	least := room * o.Breaks * len(h.classes())
	if o.Payments == 0 {
		o.Payments = max(DefaultPayments, least)
	}
	if o.Payments < least {
		return Summary{}, fmt.Errorf("expected at least %d payments for %d breaks of every class, found %d", least, o.Breaks, o.Payments)
	}
	if o.Start.IsZero() {
		o.Start = DefaultStart
	}
	g := &maker{o: o, house: h, start: o.Start.Unix(), dice: dice.Dice{Seed: o.Seed}, files: files{create: o.Create}}
	g.summary = Summary{Breaks: map[Class]int{}, NotShown: h.hidden}
	err := g.makeAll()
	if closing := g.files.close(); err == nil {
		err = closing
	}
	g.summary.Events = g.events.line
	return g.summary, err
}

// perBatch is how many payments are in a batch, a day's, at most.
const perBatch = 5000

// DefaultStart is the beginning of the first day, unless [Options] say otherwise.
var DefaultStart = time.Date(2026, time.March, 10, 0, 0, 0, 0, time.UTC)

const (
	hour     = 3600
	day      = 24 * hour
	business = 20 * hour // of a day, in which payments come in
	payout   = 22 * hour // when the provider closes a day's batch
	late     = 23 * hour // of the last day: what no report has yet
)

// A maker makes one sample.
type maker struct {
	o       Options
	house   *house
	dice    dice.Dice
	files   files
	events  *file
	breaks  *breaksFile
	layout  layout
	plan    plan
	batch   batch
	start   int64  // beginning of the first day, in seconds of Unix time
	agenda  []task // of the batch, the next one first
	now     int64  // seconds of Unix time
	serial  int    // numbers what the provider names
	eventNo int
	event   []byte // being written
	summary Summary
}

// A batch is a day of the provider.
type batch struct {
	number   int // from 1
	from     int64
	payments int
	wrong    bool // its payout is not the sum of its lines
}

// batchName is what the provider calls the batch, and with it the books.
func (g *maker) batchName() string { return g.layout.batch(g.batch) }

// A task is what happens to a payment some payments later.
type task struct {
	slot int
	do   func()
}

func (g *maker) makeAll() error {
	var err error
	if g.events, err = g.files.open(EventsFile); err != nil {
		return err
	}
	out, err := g.files.open(BreaksFile)
	if err != nil {
		return err
	}
	g.breaks = newBreaksFile(out, g.o.Provider, g.house)
	g.layout = g.house.layout(g)
	g.plan = newPlan(g.o, g.house)
	g.openAccounts()
	days := g.days()
	for n, done := 1, 0; n <= days && err == nil; n++ {
		g.batch = batch{number: n, from: g.start + int64(n-1)*day, payments: g.o.Payments*n/days - done, wrong: n <= g.o.Breaks && g.house.batches}
		err = g.makeBatch(done)
		done += g.batch.payments
	}
	if err != nil {
		return err
	}
	g.notYetReported()
	g.breaks.close()
	return nil
}

// days returns how many batches there are: one for each break of a batch's sum, and one that has none.
func (g *maker) days() int {
	n := (g.o.Payments + perBatch - 1) / perBatch
	if g.house.batches && g.o.Breaks > 0 {
		n = max(n, g.o.Breaks+1)
	}
	return n
}

func (g *maker) makeBatch(first int) error {
	if err := g.layout.open(g.batch); err != nil {
		return err
	}
	g.agenda = g.agenda[:0]
	for i := range g.batch.payments {
		g.now = g.batch.from + int64(i)*business/int64(g.batch.payments)
		g.catchUp(i)
		g.pay(first + i)
	}
	g.now = g.batch.from + business
	g.catchUp(1 << 62)
	g.now = g.batch.from + payout
	return g.layout.close(g.batch)
}

// later puts a task on the agenda, up to so many payments from now. Tasks are in the order in which they are due.
func (g *maker) later(slots int64, do func()) {
	due := int(g.dice.Between(1, slots)) + int((g.now-g.batch.from)*int64(g.batch.payments)/business)
	at, _ := slices.BinarySearchFunc(g.agenda, due, func(t task, due int) int { return t.slot - due })
	g.agenda = slices.Insert(g.agenda, at, task{due, do})
}

func (g *maker) catchUp(slot int) {
	for len(g.agenda) > 0 && g.agenda[0].slot <= slot {
		next := g.agenda[0]
		g.agenda = slices.Delete(g.agenda, 0, 1)
		next.do()
	}
}

// book writes an event that happens now, with an id of its own.
func (g *maker) book(e posting.Event) {
	g.eventNo++
	e.ID = fmt.Sprintf("%s-%d-e%08d", g.o.Provider, g.o.Seed, g.eventNo)
	e.At = time.Unix(g.now, 0).UTC()
	g.event = append(e.AppendJSON(g.event[:0]), '\n')
	g.events.writeLine(g.event)
}

// line writes a line of the report, and counts it.
func (g *maker) line(m *movement) place {
	g.summary.Lines++
	return g.layout.line(m)
}

// report opens a report.
func (g *maker) report(name string) (*file, error) {
	g.summary.Reports = append(g.summary.Reports, name)
	return g.files.open(name)
}

// files are all that were opened, to be closed together.
type files struct {
	create func(string) (io.WriteCloser, error)
	all    []*file
}

// A file counts its lines. The errors of writing to it come out when it is closed.
type file struct {
	name   string
	line   int // how many were written
	out    *bufio.Writer
	closer io.Closer
}

func (s *files) open(name string) (*file, error) {
	w, err := s.create(name)
	if err != nil {
		return nil, err
	}
	f := &file{name: name, out: bufio.NewWriterSize(w, 1<<16), closer: w}
	s.all = append(s.all, f)
	return f, nil
}

// writeLine writes a line, which ends with its newline.
func (f *file) writeLine(b []byte) {
	f.line++
	f.out.Write(b) // the error is sticky and comes out of Flush
}

func (f *file) close() error {
	if f.closer == nil {
		return nil
	}
	err := f.out.Flush()
	if closing := f.closer.Close(); err == nil {
		err = closing
	}
	f.closer = nil
	return err
}

func (s *files) close() error {
	var first error
	for _, f := range s.all {
		if err := f.close(); first == nil {
			first = err
		}
	}
	return first
}
