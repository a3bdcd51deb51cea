// Package marketplace makes up the events of a marketplace, one JSON object a line, for demonstrations,
// tests and measurements.
//
// Thousands of sellers, a few of which make most of the sales, are paid in several currencies through
// five providers. Payments are authorised, captured at once or in parts, split between sellers,
// couriers, influencers, tax and the platform, by amounts, percents or stored rules, charged with fees, settled some hours later, and now and
// then cancelled, refunded or charged back. Sellers are paid out, have money set aside, convert it; providers pay what they
// hold to the bank. Clients repeat themselves and make mistakes, so a few events are duplicates and a few must
// be refused; [Summary] says how many of each.
//
// The same [Options] make the same bytes. Events come in the order of their time, duplicates apart. Memory depends on
// the number of sellers and on how many payments are under way at a time, not on how many there are in
// all: the stream is made while it is written. No floats are involved.
package marketplace

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"github.com/splitledger/splitledger/internal/lab/dice"
)

// Options say what to make. The zero value makes an ordinary day.
type Options struct {
	Seed     uint64    // another seed, another marketplace; ids carry the seed
	Payments int       // how many payments; 0 means DefaultPayments
	Sellers  int       // how many sellers there are to draw from; 0 means a tenth of the payments, at least 8 and at most 3000
	Start    time.Time // beginning of the first day; zero means DefaultStart
}

// DefaultPayments is an ordinary day.
const DefaultPayments = 10_000

// DefaultStart is the beginning of the first day, unless Options say otherwise.
var DefaultStart = time.Date(2026, time.March, 10, 0, 0, 0, 0, time.UTC)

// perDay is how many payments are spread over one day; more payments take more days.
const perDay = 100_000

// A Summary says what was written, and what a ledger that knows none of it yet will answer.
type Summary struct {
	Lines      int            // all events
	Accepted   int            // to be booked
	Duplicates int            // word for word what was sent before
	Refused    map[string]int // to be refused, by the code of the refusal
	Types      map[string]int // all events by type, duplicates and refused ones included
}

// Refusals returns how many events are to be refused in all.
func (s Summary) Refusals() int {
	n := 0
	for _, k := range s.Refused {
		n += k
	}
	return n
}

// Write makes the events and writes them to w. The error is w's first, or says which option makes no sense.
func Write(w io.Writer, o Options) (Summary, error) {
	if o.Payments < 0 || o.Sellers < 0 {
		return Summary{}, fmt.Errorf("expected a number of payments and sellers of at least 0, found %d and %d", o.Payments, o.Sellers)
	}
	if o.Payments == 0 {
		o.Payments = DefaultPayments
	}
	if o.Sellers == 0 {
		o.Sellers = min(max(o.Payments/10, 8), 3000)
	}
	if o.Start.IsZero() {
		o.Start = DefaultStart
	}
	g := newMaker(bufio.NewWriterSize(w, 1<<16), o)
	g.makeAll()
	return g.summary, g.out.Flush()
}

// A maker makes one stream of events.
type maker struct {
	o       Options
	out     *bufio.Writer // its error is sticky
	dice    dice.Dice
	line    line
	sellers *sellers
	helpers map[string]bool // accounts other than sellers' that have been opened
	held    map[holding]int64
	payday  bool // is on the agenda
	payouts int  // numbers payouts
	agenda  agenda
	now     int64 // seconds of Unix time
	events  int   // numbers event ids
	typ     string
	summary Summary
}

func newMaker(out *bufio.Writer, o Options) *maker {
	g := &maker{o: o, out: out, dice: dice.Dice{Seed: o.Seed}, now: o.Start.Unix(), helpers: map[string]bool{}, held: map[holding]int64{}}
	g.summary = Summary{Refused: map[string]int{}, Types: map[string]int{}}
	g.sellers = newSellers(&g.dice, o.Sellers)
	return g
}

func (g *maker) makeAll() {
	g.openHouse()
	for i := range g.o.Payments {
		arrival := g.o.Start.Unix() + arrival(i, g.o.Payments)
		g.catchUp(arrival)
		g.now = arrival
		g.arrive(i)
		if i%1024 == 0 && g.failed() {
			return
		}
	}
	g.catchUp(1 << 62)
}

// failed reports that there is nobody left to write for.
func (g *maker) failed() bool {
	_, err := g.out.Write(nil)
	return err != nil
}

// catchUp does what is due by the time given.
func (g *maker) catchUp(until int64) {
	for {
		s, ok := g.agenda.next(until)
		if !ok {
			return
		}
		g.now = s.at
		s.do(g)
	}
}

// hourly says how busy each hour of the day is.
var hourly = [24]int64{12, 8, 5, 4, 4, 6, 12, 22, 34, 44, 52, 58, 64, 60, 54, 52, 54, 62, 76, 90, 96, 82, 52, 27}

// arrival returns at which second after the start payment i of n comes in. It never falls.
func arrival(i, n int) int64 {
	day, i := int64(i/perDay), i%perDay
	if n -= int(day) * perDay; n > perDay {
		n = perDay
	}
	var total int64
	for _, w := range hourly {
		total += w
	}
	at := int64(i) * total * 3600 / int64(n) // in weighted seconds
	for hour, w := range hourly {
		if at < w*3600 {
			return day*86400 + int64(hour)*3600 + at/w
		}
		at -= w * 3600
	}
	return day*86400 + 86399
}

// begin starts an event that happens now, with an id of its own.
func (g *maker) begin(typ string) *line {
	g.events++
	g.typ = typ
	g.line.begin(fmt.Sprintf("s%d-e%07d", g.o.Seed, g.events), typ, g.now)
	return &g.line
}

// accept ends an event that a ledger will book. Now and then the client sends it once more, up to ten
// minutes later.
func (g *maker) accept() {
	b := g.line.end()
	g.write(b)
	g.summary.Accepted++
	if g.dice.Permille(4) {
		again, typ := append([]byte(nil), b...), g.typ
		g.agenda.add(g.now+g.dice.Between(1, 600), func(g *maker) {
			g.typ = typ
			g.write(again)
			g.summary.Duplicates++
		})
	}
}

// refuse ends an event that a ledger will refuse with the code.
func (g *maker) refuse(code string) {
	g.write(g.line.end())
	g.summary.Refused[code]++
}

func (g *maker) write(b []byte) {
	g.out.Write(b) // the error is sticky and comes out of Flush
	g.summary.Lines++
	g.summary.Types[g.typ]++
}
