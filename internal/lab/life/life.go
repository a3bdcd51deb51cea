// Package life simulates payment providers, to judge reconciliation by.
//
// A [World] is one provider and one platform that live together for a while. The provider, a [Provider], has books of
// its own: a balance for each account and currency, which only its own operations change. It tells the platform what
// it did by webhooks, which come in any order, more than once or never, and by reports, which are split, overlap and
// are sent twice. The platform posts its own events in the ledger: in time, late or never.
//
// The world knows besides what was told so far: [World.Expect] says what the books have to be after that. It follows
// from the provider's own pieces alone. Nothing here imports package reconcile, or knows how it finds what belongs
// together.
//
// Every choice is drawn from a [Source]. A test passes rapid's, so that a life that fails shrinks to a short one:
// draws are small numbers, and the smallest is the plain case.
package life

import (
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// A Source draws a number from low to high, both included. The label says what for.
type Source func(label string, low, high int) int

// Even makes a source of bits into one that draws all numbers about equally often: rapid's own ranges prefer small
// ones.
func Even(bit func() bool) Source {
	return func(_ string, low, high int) int {
		n, span := 0, high-low+1
		for width := bits.Len(uint(span-1)) + 1; width > 0; width-- {
			n *= 2
			if bit() {
				n++
			}
		}
		return low + n%span
	}
}

// A Provider is a simulated provider. Its methods draw from the world what happens.
type Provider interface {
	// Adapter reads what the provider tells.
	Adapter() providers.Adapter

	// Keys are what its webhooks are signed with.
	Keys() providers.Keys

	// Options are what its reports leave open.
	Options() providers.ReportOptions

	// Begin opens the accounts of the ledger ([World.Setup]) and says which of them the provider tells the balance of
	// ([World.Accounts]).
	Begin(w *World)

	// Act lets one thing happen.
	Act(w *World)

	// End brings to its end what is under way, and publishes all rows that no report has yet.
	End(w *World)

	// File writes a report of a kind with these rows.
	File(kind string, rows []*Row) []byte
}

// A Bookkeeper is a provider that knows by itself what the books have to be after what was told so far, in place of
// [World.Expect].
type Bookkeeper interface {
	// Wrong says how the balances of the ledger's accounts, pending, available and reserved together, differ from
	// that; nothing, if they do not.
	Wrong(have func(account, currency string) int64) string

	// MayWait reports whether something of a payment may wait for ever.
	MayWait(reference, providerReference string) bool
}

// A Stage is the ledger that a world plays on. Errors end the life; they are the stage's matter.
type Stage interface {
	Post(e posting.Event) error // nil if it was accepted, or was there already
	Notify(hooks []*Hook)
	Run(files []*File)
}

// A World is one life. Its fields are for providers to read.
type World struct {
	Now    time.Time
	behind time.Duration // the platform's clock is behind the provider's
	Story  []string      // a line for each thing that happened

	provider Provider
	stage    Stage
	draw     Source

	// RowsMakePayments says that a row books itself though the books do not know its payment, as rows of accounts do.
	// Other rows wait until they know it.
	RowsMakePayments bool

	Files []*File // all files that were run
	Hooks []*Hook // all webhooks that came

	held     map[Holding]int64 // the provider's own books
	opened   map[string]bool   // accounts that the ledger did not know at first
	closed   map[string]string // accounts that the ledger has closed, and who gets what they should get
	groups   []*Group          // accounts whose balance the provider tells
	payments []*Payment
	things   []*Thing

	late  []*delivery       // what comes at a later turn
	turn  int               // how many things have happened
	open  map[string][]*Row // rows that no report has yet, by report
	last  map[string]*File  // the newest file of each kind of report
	files []*File           // that were published and not run yet
	count map[string]int    // for names
}

// A Holding is an account at the provider in a currency.
type Holding struct {
	Account  string
	Currency string
}

// A Group is what the provider tells one balance of: the accounts of the ledger that are one account at the provider.
type Group struct {
	Account string   // the provider's name
	Ledger  []string // the ledger's, which are summed
	Minus   []string // what is at a bank, and so no more at the provider
}

// A delivery is something that comes at a turn.
type delivery struct {
	turn int
	do   func()
	hook *Hook
}

// New returns a world in which nothing has happened yet.
func New(p Provider, s Stage, draw Source) *World {
	return &World{
		Now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), provider: p, stage: s, draw: draw,
		held: map[Holding]int64{}, opened: map[string]bool{}, closed: map[string]string{}, open: map[string][]*Row{},
		last: map[string]*File{}, count: map[string]int{},
	}
}

// Live lets turns things happen, delivers what is told of them, and ends with all of it told but what is lost.
func (w *World) Live(turns int) {
	w.provider.Begin(w)
	for range turns {
		w.Pass(time.Duration(w.Draw("hours", 1, 9)) * time.Hour)
		w.provider.Act(w)
		w.deliver(w.turn)
		w.runSome()
		w.turn++
	}
	w.Pass(24 * time.Hour)
	w.provider.End(w)
	for report, rows := range w.open {
		if len(rows) > 0 {
			panic("life: rows of " + report + " are in no file")
		}
	}
	w.Pass(7 * 24 * time.Hour) // value dates are past
	w.deliver(w.turn + 1<<20)
	if len(w.files) == 0 && len(w.Files) > 0 {
		w.files = w.Files[len(w.Files)-1:] // what came late is placed by the next run
	}
	w.Run(w.files)
	w.files = nil
}

// Pass lets time go by.
func (w *World) Pass(d time.Duration) { w.Now = w.Now.Add(d) }

// An Act is one thing that may happen, so many times as often as one of weight 1.
type Act = struct {
	Weight int
	Do     func(*World)
}

// Act lets one of several things happen.
func (w *World) Act(acts []Act) {
	sum := 0
	for _, a := range acts {
		sum += a.Weight
	}
	n := w.Draw("act", 0, sum-1)
	for _, a := range acts {
		if n -= a.Weight; n < 0 {
			a.Do(w)
			return
		}
	}
}

// Draw draws a number from low to high.
func (w *World) Draw(label string, low, high int) int {
	if low >= high {
		return low
	}
	return w.draw(label, low, high)
}

// Once draws whether something happens that does so once in n times; not, in the plainest life.
func (w *World) Once(n int, label string) bool { return w.Draw(label, 0, n-1) == n-1 }

// Name returns a new name: a prefix and a number.
func (w *World) Name(prefix string) string {
	w.count[prefix]++
	return fmt.Sprintf("%s%d", prefix, w.count[prefix])
}

// Tell adds a line to the story.
func (w *World) Tell(format string, args ...any) {
	w.Story = append(w.Story, w.Now.Format("01-02 15:04:05 ")+fmt.Sprintf(format, args...))
}

// String is the story so far.
func (w *World) String() string { return strings.Join(w.Story, "\n") }

// Pick draws one of a list.
func Pick[T any](w *World, label string, of []T) T { return of[w.Draw(label, 0, len(of)-1)] }

// Accounts says which accounts the provider tells the balance of.
func (w *World) Accounts(groups ...*Group) { w.groups = append(w.groups, groups...) }

// Setup posts events that a life begins with. They have to be accepted.
func (w *World) Setup(events ...posting.Event) {
	for _, e := range events {
		if err := w.stage.Post(e); err != nil {
			panic(fmt.Sprintf("life: %s was refused: %v", e.ID, err))
		}
	}
}
