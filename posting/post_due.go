// Finding what is due, and booking it.

package posting

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// A Due is an event that is booked by itself when its time has come, by [Book.PostDue].
type Due struct {
	Event  Event          // as it will be booked: its time is when it is due
	With   string         // the id of the event that it waits with: a settlement, a hold, or a schedule
	Name   string         // of the schedule; empty of others
	Record *ledger.Record // that it waits with

	item string // the name under which it waits
}

// Due yields what waits for its time, the earliest first: all of it, or what is due by a time. It ends with an error, if
// there is one. Only days of which something waits are read.
func (f *Finder) Due(by time.Time) iter.Seq2[*Due, error] {
	return func(yield func(*Due, error) bool) {
		for items, err := range f.days(by) {
			if err != nil {
				yield(nil, err)
				return
			}
			for _, item := range items {
				if !by.IsZero() && item.due.After(by) {
					return
				}
				d, err := f.dueOf(item)
				if !yield(d, err) || err != nil {
					return
				}
			}
		}
	}
}

// An item is something that waits. It is small: a million may wait for one day.
type item struct {
	due    time.Time
	record uint64
}

// days yields what waits for each day through that of a time, or for all days, in the order of time.
func (f *Finder) days(by time.Time) iter.Seq2[[]item, error] {
	return func(yield func([]item, error) bool) {
		left, first, err := agenda(f.books)
		if err != nil {
			yield(nil, err)
			return
		}
		// Some of it is older than the days: nothing but the list of all has it.
		if first == "" && left > 0 {
			yield(f.waiting(everyDue, "", left))
			return
		}
		at, _ := time.Parse(time.DateOnly, first)
		for ; left > 0 && (by.IsZero() || !at.After(by)) && at.Year() < 2200; at = at.AddDate(0, 0, 1) {
			name := dayOf(at)
			n, err := dueOn(f.books, name)
			if err != nil {
				yield(nil, err)
				return
			}
			if n == 0 {
				continue
			}
			items, err := f.waiting(ledger.Key{Space: KeyDueDay, Name: name}, name, n)
			if !yield(items, err) || err != nil {
				return
			}
			left -= n
		}
	}
}

// waiting returns so many items that wait among the records of a key, of one day where that is given, in the order of
// time.
func (f *Finder) waiting(key ledger.Key, on string, left int) ([]item, error) {
	var list []item
	for rec, err := range newest(f.books, key) {
		if err != nil {
			return nil, err
		}
		content, err := wire.Read(rec)
		if err != nil {
			return nil, err
		}
		due, err := timeOf(content)
		if err != nil {
			return nil, wire.Damaged(rec, err)
		}
		if due.IsZero() || on != "" && dayOf(due) != on {
			continue
		}
		waits, err := f.books.IsNewest(ledger.Key{Space: KeyDue, Name: itemOf(content.Event)}, rec)
		if err != nil {
			return nil, err
		}
		if !waits {
			continue
		}
		// As many as wait were found: all older ones have come.
		if list = append(list, item{due, rec.Number}); len(list) == left {
			break
		}
	}
	slices.SortFunc(list, func(a, b item) int {
		return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.record, b.record))
	})
	return list, nil
}

// itemOf is the name under which an event waits.
func itemOf(e *Event) string {
	if e.Type == Schedule {
		return scheduleID(e.Name)
	}
	return e.ID
}

// dueOf returns what is booked of an item.
func (f *Finder) dueOf(item item) (*Due, error) {
	rec, err := f.books.Record(item.record)
	if err != nil {
		return nil, err
	}
	content, err := wire.Read(rec)
	if err != nil {
		return nil, err
	}
	e := content.Event
	d := &Due{With: e.ID, Record: rec, item: itemOf(e)}
	switch e.Type {
	case PaymentSettle:
		d.Event = *e
		d.Event.ID, d.Event.At, d.Event.Waited = dueID(e.ID), item.due, e.ID
	case ReserveHold:
		d.Event = Event{ID: dueID(e.ID), Type: ReserveRelease, At: item.due, Account: heldOn(rec, e), Amount: e.Amount,
			Hold: e.ID, Reason: e.Reason}
	case Schedule:
		d.Name, d.Event = e.Name, scheduled(e)
	default:
		return nil, wire.Damaged(rec, fmt.Errorf("a %s that waits", e.Type))
	}
	return d, nil
}

// DueCount returns how many events wait for their time.
func (f *Finder) DueCount() (int, error) {
	n, _, err := agenda(f.books)
	return n, err
}

// Refusal tries an event that is due, books nothing, and returns why it would be refused, nil where it would be booked or
// has been since.
func (b *Book) Refusal(d *Due) (refused *ledger.Error, err error) {
	err = b.ledger.Read(func(books *ledger.Reader) error {
		if waits, err := books.IsNewest(ledger.Key{Space: KeyDue, Name: d.item}, d.Record); err != nil || !waits {
			return err
		}
		k := b.begin(books, &d.Event)
		defer k.release()
		return k.decide()
	})
	if e, is := ledger.Refused(err); is {
		return e, nil
	}
	return nil, err
}

// PostDue books what is due by now, each event at its own time, in that order: settlements of later value dates,
// releases of holds, and the events of schedules. It says how many they were. The ids follow from those under which they
// waited, so nothing is booked twice, whoever else calls PostDue, and whenever it is stopped. What is after the ledger's
// clock is not due, whatever now is.
//
// What is refused waits on, and is tried again by the next call; the error joins all refusals, each a [DueRefusal].
func (b *Book) PostDue(ctx context.Context, now time.Time) (int, error) {
	// A booking of a time to come would be refused.
	if clock := b.ledger.Now(); now.After(clock) {
		now = clock
	}
	for booked := 0; ; {
		n, refused, err := b.postDue(ctx, now)
		booked += n
		if err != nil {
			return booked, err
		}
		// What was booked may have others follow that are due already.
		if n == 0 {
			return booked, errors.Join(refused...)
		}
	}
}

// dueAtOnce is how many events that are due share a sync.
const dueAtOnce = 1000

// postDue goes once through what is due.
func (b *Book) postDue(ctx context.Context, now time.Time) (n int, refused []error, err error) {
	for items, err := range b.Finder().days(now) {
		if err != nil {
			return n, refused, err
		}
		for part := range slices.Chunk(items, dueAtOnce) {
			var events []Event
			var waited []*Due
			for _, item := range part {
				if item.due.After(now) {
					break
				}
				d, err := b.Finder().dueOf(item)
				if err != nil {
					return n, refused, err
				}
				events, waited = append(events, d.Event), append(waited, d)
			}
			for i, r := range b.PostBatch(ctx, events) {
				if _, is := ledger.Refused(r.Err); is {
					refused = append(refused, &DueRefusal{waited[i], r.Err})
				} else if r.Err != nil {
					return n, refused, r.Err
				} else if r.Receipt.Status == Accepted {
					n++
				}
			}
			if len(events) < len(part) {
				break
			}
		}
	}
	return n, refused, nil
}

// A DueRefusal is the refusal of an event whose time has come. The event waits on.
type DueRefusal struct {
	Due *Due
	Err error
}

// Error names the event, and says why it was refused.
func (r *DueRefusal) Error() string { return r.Due.Event.ID + ": " + r.Err.Error() }

// Unwrap returns the refusal as it is of any event.
func (r *DueRefusal) Unwrap() error { return r.Err }

// DueRefusals returns the refusals that an error of [Book.PostDue] joins; none of any other error.
func DueRefusals(err error) (list []*DueRefusal) {
	joined, _ := err.(interface{ Unwrap() []error })
	if joined == nil {
		return nil
	}
	for _, e := range joined.Unwrap() {
		if r, ok := errors.AsType[*DueRefusal](e); ok {
			list = append(list, r)
		}
	}
	return list
}

// KeepDue books what is due, now and then again each time that so much time has passed, until ctx is done. A program that
// has the ledger open for long runs it on a goroutine of its own. What came of each round is told, where something was
// booked or refused; what is refused in each of several rounds for the same reason is told once.
func (b *Book) KeepDue(ctx context.Context, every time.Duration, tell func(booked int, err error)) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	var told map[string]bool
	for {
		n, err := b.PostDue(ctx, b.ledger.Now())
		if !ledger.Failed(err) {
			told, err = untold(err, told)
		}
		if ctx.Err() != nil {
			return
		}
		if tell != nil && (n > 0 || err != nil) {
			tell(n, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// untold returns the refusals of a round that were not told of the one before, and all that are told now.
func untold(err error, before map[string]bool) (now map[string]bool, _ error) {
	now = map[string]bool{}
	var list []error
	for _, r := range DueRefusals(err) {
		text := r.Error()
		if now[text] = true; !before[text] {
			list = append(list, r)
		}
	}
	return now, errors.Join(list...)
}
