package commands

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/splitledger/splitledger/ledger"
)

// A progress line tells a person at a terminal how far a long run is and how fast it goes. Nobody
// else sees it, so that logs and pipes stay clean. It shows up after half a second, as short runs
// need none, and is wiped out in the end.
type progress struct {
	// the terminal; nil where nobody looks
	w     io.Writer
	start time.Time
	// when the line is written again
	next  time.Time
	shown int // width of the line on the screen
}

// newProgress starts the clock of a piece of work. On anything but a terminal the line is never
// shown.
func newProgress(w io.Writer) *progress {
	p := &progress{start: time.Now()}
	if isTerminal(w) {
		p.w = w
	}
	// Most runs are over by then.
	p.next = p.start.Add(500 * time.Millisecond)
	return p
}

// progress returns a function that shows how far the ledger is with long work. If results go to the same
// terminal, it shows nothing: they are progress enough.
func (c *cli) progress() func(ledger.Progress) {
	if c.streams && isTerminal(c.stdout) {
		return nil
	}
	var shown *progress // of the piece of work under way
	return func(p ledger.Progress) {
		switch {
		// The ledger reports several pieces of work, one after the other; each has a line of its
		// own.
		case p.Done < p.Total && shown == nil:
			shown = newProgress(c.stderr)
		case p.Done < p.Total:
			shown.tell(p.Done, "records", " of "+thousands(p.Total))
		case shown != nil:
			shown.done()
			shown = nil
		}
	}
}

// isTerminal reports whether a person sits at the other end of a stream.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// tell shows that n of what is counted are done, at most five times a second: writing to a terminal
// takes longer than booking an event. The rate is that since the beginning.
func (p *progress) tell(n uint64, what, more string) {
	if p.w == nil {
		return
	}
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(200 * time.Millisecond)
	// In the first instants the rate would be a division by nearly nothing.
	perSecond := n * uint64(time.Second) / uint64(max(now.Sub(p.start), time.Millisecond))
	p.show(fmt.Sprintf("%s %s, %s/s%s", thousands(n), what, thousands(perSecond), more))
}

// show replaces the line on the screen. What the one before had more of is overwritten with spaces.
func (p *progress) show(line string) {
	fmt.Fprint(p.w, "\r"+line+strings.Repeat(" ", max(p.shown-len(line), 0)))
	p.shown = len(line)
}

// done wipes the line out, so that what is printed next begins on an empty one. It may be called
// again.
func (p *progress) done() {
	if p.shown > 0 {
		p.show("")
		fmt.Fprint(p.w, "\r")
		p.shown = 0
	}
}
