// Schedules: an event that is booked by itself when it is due.

package posting

import (
	"cmp"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// scheduleID is the id under which the event of a schedule is booked.
func scheduleID(name string) string { return urn("schedule", name) }

// bookSchedule keeps an event for later. Its fields were checked; funds and states are those of then.
func bookSchedule(k *booking) error {
	e := k.event
	taken, err := k.books.Has(ledger.Key{Space: KeySchedule, Name: e.Name})
	if err != nil {
		return err
	}
	if taken {
		return refusal(DuplicateReference, "schedule", "expected the name of a new schedule, found %s, which is taken",
			quote(e.Name))
	}
	if err := k.laterThanNow("due"); err != nil {
		return err
	}
	if s := e.Scheduled; s.Provider != "" && s.Type != ProviderOpen {
		if err := k.provider("event.provider", s.Provider); err != nil {
			return err
		}
	}
	k.key(KeySchedule, e.Name)
	return k.wait(scheduleID(e.Name), e.Due)
}

// bookScheduleCancel takes an event off the agenda.
func bookScheduleCancel(k *booking) error {
	e := k.event
	records, err := k.books.Group(ledger.Key{Space: KeySchedule, Name: e.Name})
	if err != nil {
		return err
	}
	if len(records) == 0 {
		return refusal(ledger.Invalid, "schedule", "expected the name of a schedule, found %s", quote(e.Name))
	}
	item := scheduleID(e.Name)
	by, err := k.came(item, records[0])
	if err != nil {
		return err
	}
	switch {
	case by == item:
		return refusal(InvalidState, "schedule", "expected a schedule that waits, found %s, whose event was booked as %s",
			quote(e.Name), quote(by))
	case by != "":
		return refusal(InvalidState, "schedule", "expected a schedule that waits, found %s, which event %s cancelled",
			quote(e.Name), quote(by))
	}
	k.key(KeySchedule, e.Name)
	return k.comes(item, records[0])
}

// ofSchedule looks whether the event is one that a schedule has, which its id says. Then it has to be that event, and the
// schedule waits no more. Only ids of the length of a UUID are looked up, and only where there was ever a schedule.
func (k *booking) ofSchedule() error {
	e := k.event
	if len(e.ID) != len("01234567-89ab-5def-0123-456789abcdef") || !k.books.HasSymbol(string(Schedule)) {
		return nil
	}
	rec, err := k.books.Last(ledger.Key{Space: KeyDue, Name: e.ID})
	if err != nil || rec == nil {
		return err
	}
	content, err := wire.Read(rec)
	if err != nil {
		return err
	}
	switch s := content.Event; s.Type {
	case Schedule:
		want := scheduled(s)
		if d := want.Differ(e); d != nil {
			return refusal(IdempotencyConflict, d.Path, "expected what schedule %s has for this id, %s, found %s",
				quote(s.Name), d.A, d.B)
		}
		// What was meant for a payment is not for another that was made of its name since.
		if by, err := replaced(k.books, e.Payment, rec.Number); by != "" || err != nil {
			return cmp.Or(err, error(refusal(InvalidState, "payment", "expected the payment that schedule %s was made for, "+
				"found %s, which event %s made anew since: cancel the schedule", quote(s.Name), quote(e.Payment), quote(by))))
		}
		return k.comes(e.ID, rec)
	case ScheduleCancel:
		return refusal(ledger.Invalid, "id", "expected an id of your own, found that of the schedule %s, which was cancelled",
			quote(s.Name))
	}
	return nil
}

// scheduled is the event that is booked of a schedule.
func scheduled(schedule *Event) Event {
	e := *schedule.Scheduled
	e.ID, e.At = scheduleID(schedule.Name), schedule.Due
	return e
}

// timeOf reads the time that a record waits for; the zero time where it does not wait.
func timeOf(content *wire.Content) (time.Time, error) {
	for _, r := range content.Remarks {
		if r.Kind == waitsUntil && r.Reason != "" {
			return time.Parse(time.RFC3339Nano, r.Reason)
		}
	}
	return time.Time{}, nil
}
