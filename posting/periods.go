// Closed periods of accounting: which days are closed, and what becomes of events that are of one.

package posting

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// An accountant closes a period, so that what was reported of it stays true. The books are closed through a day: what
// would make entries of an earlier time is refused, or, as a fact is never refused, booked at the first open moment.
// Only the newest of the events that close and reopen counts, so nothing has to be added up.

// A PeriodChange is an event that closed the books through a day, or opened them again.
type PeriodChange struct {
	Closed  bool   // false: the day and all after it were opened again
	Through string // the day, such as 2026-03-31, in UTC
	Reason  string
	Record  *ledger.Record // that it was booked with
}

// A period is a change with the first moment that is open after it.
type period struct {
	PeriodChange
	open time.Time
}

// everyPeriod is the key of what closes and reopens.
var everyPeriod = ledger.Key{Space: KeyPeriod}

// Periods returns what closed the books and opened them again, newest first.
func (b *Book) Periods() ([]PeriodChange, error) { return b.Finder().Periods() }

// Periods is [Book.Periods].
func (f *Finder) Periods() (list []PeriodChange, err error) {
	for rec, err := range newest(f.books, everyPeriod) {
		if err != nil {
			return nil, err
		}
		p, err := readPeriod(rec)
		if err != nil {
			return nil, err
		}
		list = append(list, p.PeriodChange)
	}
	return list, nil
}

// OpenFrom returns the first moment that the books are open at: of the day after the last closed one, in UTC. It is
// zero where nothing is closed.
func (b *Book) OpenFrom() (time.Time, error) { return b.openFrom(&b.ledger.Reader) }

// openFrom returns the first open moment as of a reader. The change that it comes from is kept once it is durable: most
// events of earlier days ask for it, and until then its block may be taken back.
func (b *Book) openFrom(books *ledger.Reader) (time.Time, error) {
	if kept := b.period.Load(); kept != nil {
		if newest, err := books.IsNewest(everyPeriod, kept.Record); newest || err != nil {
			return kept.open, err
		}
	}
	rec, err := books.Last(everyPeriod)
	if rec == nil || err != nil {
		return time.Time{}, err
	}
	p, err := readPeriod(rec)
	if err != nil {
		return time.Time{}, err
	}
	if rec.Number <= b.ledger.Stats().Records {
		b.period.Store(p)
	}
	return p.open, nil
}

// readPeriod reads the event that closed or reopened. Days are of UTC, whatever time zone the caller lives in.
func readPeriod(rec *ledger.Record) (*period, error) {
	content, err := wire.Read(rec)
	if err != nil {
		return nil, err
	}
	e := content.Event
	first, err := time.Parse(time.DateOnly, e.Through)
	if err != nil {
		return nil, wire.Damaged(rec, fmt.Errorf("a %s through %s", e.Type, quote(e.Through)))
	}
	p := &period{PeriodChange{e.Type == PeriodClose, e.Through, e.Reason, rec}, first}
	if p.Closed {
		p.open = first.AddDate(0, 0, 1)
	}
	return p, nil
}

// bookPeriodClose closes the books through a day that is over and that is not closed yet.
func bookPeriodClose(k *booking) error {
	through, _ := time.Parse(time.DateOnly, k.event.Through) // which was validated
	if today := k.books.Now().UTC().Truncate(day); !through.Before(today) {
		return refusal(ledger.Invalid, "through", "expected a day before %s, which is today in UTC, found %s",
			today.Format(time.DateOnly), k.event.Through)
	}
	open, err := k.book.openFrom(k.books)
	if err != nil {
		return err
	}
	if through.Before(open) {
		return refusal(InvalidState, "through", "expected an open day, found %s: the books are closed through %s",
			k.event.Through, lastDay(open))
	}
	k.rec.Keys = append(k.rec.Keys, everyPeriod)
	return nil
}

// bookPeriodReopen opens a closed day and all after it.
func bookPeriodReopen(k *booking) error {
	open, err := k.book.openFrom(k.books)
	if err != nil {
		return err
	}
	if first, _ := time.Parse(time.DateOnly, k.event.Through); !first.Before(open) {
		closed := "no day is closed"
		if !open.IsZero() {
			closed = "the books are closed through " + lastDay(open)
		}
		return refusal(InvalidState, "through", "expected a closed day, found %s: %s", k.event.Through, closed)
	}
	k.rec.Keys = append(k.rec.Keys, everyPeriod)
	return nil
}

// inPeriod keeps entries out of closed periods. What is of today or later need not be looked up: only days that are
// over are closed.
func (k *booking) inPeriod() error {
	at := k.rec.At
	if at.IsZero() || len(k.rec.Entries) == 0 || !at.Before(k.books.Now().UTC().Truncate(day)) {
		return nil
	}
	open, err := k.book.openFrom(k.books)
	if err != nil || !at.Before(open) {
		return err
	}
	// What a report or a notification proves is a fact, of whatever type the event is. And nobody would ever release what
	// was to be released in days that were closed meanwhile.
	if !k.event.IsFact() && k.event.Source == nil && !releasesItself(k.event) {
		return refusal(PeriodClosed, "at", "expected a time from %s on, as the books are closed through %s, found %s",
			open.Format(time.RFC3339), lastDay(open), at.UTC().Format(time.RFC3339Nano))
	}
	// The fact lands in the first open period, as an accountant would book it, and its own time stays with it.
	k.rec.At = open
	k.remark(wire.Remark{Kind: wire.Happened, Reason: at.UTC().Format(time.RFC3339Nano)})
	return nil
}

const day = 24 * time.Hour

// lastDay returns the day before the first open moment.
func lastDay(open time.Time) string { return open.AddDate(0, 0, -1).Format(time.DateOnly) }
