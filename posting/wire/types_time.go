// The tables of events that lead to others by themselves, when their time has come: schedules and rolling reserves.

package wire

import (
	"strconv"
	"time"

	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// timeTypes are the types of events that others follow from. Package posting keeps when.
var timeTypes = []*row{
	{
		// One rule for all, and others for sellers that are less or more of a risk.
		name: ReserveRule,
		doc: "A rolling reserve: from now on that share of what each settlement makes available to the account, " +
			"net of what it takes, is held back, rounded down, by a `reserve.hold` of its own, and released so many " +
			"times 24 hours after the settlement. The newest rule of an account counts, and goes before the one for " +
			"all. What is held already is released as it was to be.",
		check: checkReserveRule,
		fields: []field[Event]{
			described(accountField, "whose settlements; default: those of all sub-accounts that have no rule of "+
				"their own"),
			needed(percentField), daysField, descriptionField, notesField,
		},
	},
	{
		// The name makes the id of the event, so it is booked once, whoever does it.
		name: Schedule,
		doc: "An event that is to be booked by itself when it is due, at that time, under an id that is the UUID " +
			"version 5 of the name. Its fields are checked now; whether funds and states allow it is seen then. " +
			"Refused then, it is tried again, until it is cancelled.",
		check: checkSchedule,
		fields: []field[Event]{
			described(needed(scheduleField), "your name of it, new in the ledger"),
			needed(dueField), needed(scheduledField), reasonField, descriptionField, notesField,
		},
	},
	{
		// What was booked has to be undone by an event of its own.
		name: ScheduleCancel,
		doc:  "The event of a schedule will not be booked.",
		fields: []field[Event]{
			needed(scheduleField), reasonField, descriptionField, notesField,
		},
	},
}

// The fields of what is to come. Two names of one place are of different types.
var (
	untilField = at("until", func(e *Event) *time.Time { return &e.Due }, moment,
		"when it is released by itself; default: when a `reserve.release` says so")
	dueField = at("due", func(e *Event) *time.Time { return &e.Due }, moment, "when the event is to be booked")
	// A release by hand should not leave the date of another hold without its money.
	holdField = at("hold", func(e *Event) *string { return &e.Hold }, eventID,
		"the id of the `reserve.hold` that is released, before its time perhaps; it is not released again then")
	scheduleField  = at("schedule", func(e *Event) *string { return &e.Name }, name, "your name of the schedule")
	scheduledField = at("event", func(e *Event) **Event { return &e.Scheduled }, optional(scheduledEvent),
		"an instruction of any type but schedules, without `id` and `at`")
	percentField = at("percent", func(e *Event) **money.Percent { return &e.Percent }, optional(percentFromZero),
		"which share; 0 ends it: of an account, nothing is held back then, whatever the rule for all says")
	daysField = at("days", func(e *Event) *uint64 { return &e.Days }, wholeDays,
		"for how many times 24 hours; left out where the percent is 0")
)

// percentFromZero is the shape of a percent that may be 0.
var percentFromZero = func() *shape[money.Percent] {
	const what = `a percent as "5.31": from 0 to 100, at most 12 decimals`
	is := *percent
	is.what = what
	is.read = func(r *jsonl.Scanner, p *money.Percent) *ledger.Error {
		s, err := r.Number(what)
		if err != nil {
			return err
		}
		parsed, perr := money.ParsePercent(s)
		if perr != nil {
			return expected(what, jsonl.Short([]byte(quoteEmpty(s))))
		}
		*p = parsed
		return nil
	}
	return &is
}()

// maxDays is ten years: longer reserves are mistakes in units.
const maxDays = 3650

// wholeDays is the shape of a number of days.
var wholeDays = func() *shape[uint64] {
	const what = "a whole number of days, from 1 to 3650"
	is := *entryNumber
	is.what = what
	is.read = func(r *jsonl.Scanner, n *uint64) *ledger.Error {
		s, err := r.Number(what)
		if err != nil {
			return err
		}
		v, perr := strconv.ParseUint(s, 10, 32)
		if perr != nil || v == 0 || v > maxDays {
			return expected(what, s)
		}
		*n = v
		return nil
	}
	is.check = func(n *uint64) *ledger.Error {
		if *n > maxDays {
			return expected(what, strconv.FormatUint(*n, 10))
		}
		return nil
	}
	return &is
}()

// scheduledEvent is the shape of an event inside of another. It is stored as its type and the fields of that type.
var scheduledEvent = &shape[Event]{
	what: "an event without id and at",
	read: func(r *jsonl.Scanner, e *Event) *ledger.Error {
		if err := readEvent(r, e); err != nil {
			return err
		}
		e.completeSplits()
		return nil
	},
	// init gives it its check, which would be a cycle of initialisation here.
	write: func(b []byte, e *Event) []byte { return e.AppendJSON(b) },
	store: func(e *encoder, in *Event) {
		e.Symbol(string(in.Type))
		types[in.Type].content.store(e, in)
	},
	load: func(d *decoder, e *Event) {
		e.Type = Type(d.Symbol())
		if d.failure() != nil {
			return
		}
		r := types[e.Type]
		if r == nil || !schedulable(e.Type) {
			d.fail("a scheduled " + quote(string(e.Type)))
			return
		}
		r.content.load(d, e)
	},
	differ: func(a, b *Event) *Difference { return a.Differ(b) },
}

// schedulable reports whether events of a type may be in a schedule. One within another would not be found by its name.
func schedulable(t Type) bool { return t != Schedule && t != ScheduleCancel }

// checkScheduled checks the event of a schedule as it will be when it has an id.
func checkScheduled(e *Event) *ledger.Error {
	switch {
	case e.ID != "":
		return in("id", expected("no id, as it comes from the name of the schedule", quote(e.ID)))
	case !e.At.IsZero():
		return in("at", expected("no time but `due` of the schedule", e.At.UTC().Format(time.RFC3339Nano)))
	case e.Type != "" && !schedulable(e.Type), e.IsFact():
		return in("type", expected("an instruction that is no schedule itself", quote(string(e.Type))))
	}
	whole := *e
	whole.ID = "scheduled"
	return whole.validate()
}

// checkSchedule refuses a time at which nobody could have known of the schedule.
func checkSchedule(e *Event) *ledger.Error { return checkLater("due", e) }

// checkHold refuses a hold that would be released before it begins.
func checkHold(e *Event) *ledger.Error { return checkLater("until", e) }

// checkLater refuses what is due before the event's own time. Where that is the ledger's clock, package posting does.
func checkLater(name string, e *Event) *ledger.Error {
	if !e.Due.IsZero() && !e.At.IsZero() && !e.Due.After(e.At) {
		return in(name, expected("a time after the event's own, "+e.At.UTC().Format(time.RFC3339Nano),
			e.Due.UTC().Format(time.RFC3339Nano)))
	}
	return nil
}

// checkReserveRule wants to know how long money is held back.
func checkReserveRule(e *Event) *ledger.Error {
	switch {
	case e.Percent.IsZero() && e.Days != 0:
		return in("days", expected("no days where the percent is 0", strconv.FormatUint(e.Days, 10)))
	case !e.Percent.IsZero() && e.Days == 0:
		return in("days", expected(wholeDays.what, "nothing"))
	}
	return nil
}
