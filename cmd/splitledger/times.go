package main

import (
	"fmt"
	"time"
	_ "time/tzdata" // for --zone, where the system has no time zones

	"github.com/spf13/pflag"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
)

// A timeFlag is a flag for a moment, a day or a month: 2026-03-10T14:00:00Z, 2026-03-10 or 2026-03. Days and months are
// those of --zone, which may be given behind the flag: so they are turned into moments when they are used. The zero value
// is a flag that was not given, and does not limit anything.
type timeFlag struct {
	text   string
	exact  time.Time // of a moment
	civil  time.Time // in UTC, the beginning of a day or month
	months int       // 1: a month
}

// Set reads what was given.
func (f *timeFlag) Set(s string) error {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		*f = timeFlag{text: s, exact: t.UTC()}
		return nil
	}
	for months, layout := range []string{time.DateOnly, "2006-01"} {
		if t, err := time.Parse(layout, s); err == nil {
			*f = timeFlag{text: s, civil: t, months: months}
			return nil
		}
	}
	return fmt.Errorf("expected a time such as 2026-03-10T14:00:00Z, a day such as 2026-03-10 or a month such as 2026-03, "+
		"found %q", s)
}

// given reports whether there is one.
func (f *timeFlag) given() bool { return f.text != "" }

// begin is the moment, or the first of a day or month.
func (f *timeFlag) begin(zone *time.Location) time.Time {
	if f.civil.IsZero() {
		return f.exact
	}
	return time.Date(f.civil.Year(), f.civil.Month(), f.civil.Day(), 0, 0, 0, 0, zone).UTC()
}

// end is the moment, or the first one after a day or month. Between two days there may be 23 hours, or 25.
func (f *timeFlag) end(zone *time.Location) time.Time {
	if f.civil.IsZero() {
		return f.exact
	}
	after := *f
	if f.months > 0 {
		after.civil = f.civil.AddDate(0, f.months, 0)
	} else {
		after.civil = f.civil.AddDate(0, 0, 1)
	}
	return after.begin(zone)
}

// last is the moment, or the last one of a day or month: what a balance as of that day is of.
func (f *timeFlag) last(zone *time.Location) time.Time {
	if f.civil.IsZero() {
		return f.exact
	}
	return f.end(zone).Add(-1)
}

// asOf is what --at and --recorded ask for.
func (c *cli) asOf(at, recorded *timeFlag) ledger.AsOf {
	return ledger.AsOf{At: at.last(c.zone.Location), Recorded: recorded.last(c.zone.Location)}
}

// periodFlags are --from and --to of the commands that look at a period.
type periodFlags struct{ from, to timeFlag }

// register adds the flags to a command. What says what is looked at, such as "what happened"; more is the end of the
// help of --from.
func (f *periodFlags) register(flags *pflag.FlagSet, what, more string) {
	flags.Var(&f.from, "from", what+" at this `time` or later"+more)
	flags.Var(&f.to, "to", what+" before this `time`, or up to the end of this day or month")
}

// period is what the flags ask for. One that ends before it begins is refused.
func (f *periodFlags) period(zone *time.Location) (query.Period, error) {
	p := query.Period{From: f.from.begin(zone), To: f.to.end(zone)}
	if f.to.given() && (p.To.Before(p.From) || !f.to.civil.IsZero() && !p.To.After(p.From)) {
		return query.Period{}, unusable("expected --to after --from, found %s and %s", &f.to, &f.from)
	}
	return p, nil
}

// printPeriod writes the period above a table, so that a printed one says what it is of. All time has no line.
func (c *cli) printPeriod(p query.Period) error {
	if p == (query.Period{}) {
		return nil
	}
	return writeLines(c.stdout, "", p.String(), "")
}

// String gives back what was given.
func (f *timeFlag) String() string { return f.text }

// Type names the flag's value in help texts.
func (f *timeFlag) Type() string { return "time" }

// stamp writes a moment in UTC, with as many decimals of the second as it has: two moments that
// differ must look different.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// stampOrNone is stamp, and nothing of the zero time.
func stampOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)
}

// A zoneFlag is the time zone of the days and months that are asked for.
type zoneFlag struct{ *time.Location }

// Set finds a zone by its name in the IANA database, which is part of the program.
func (f *zoneFlag) Set(name string) error {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" { // what is asked must not depend on the machine
		return fmt.Errorf("expected a time zone such as UTC or Europe/Berlin, found %q", name)
	}
	f.Location = zone
	return nil
}

// Type names the flag's value in help texts.
func (f *zoneFlag) Type() string { return "zone" }
