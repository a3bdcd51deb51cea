package main

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/splitledger/splitledger/query"
)

// A timeFlag is a flag for a moment: RFC 3339, or a day for its beginning in UTC. The zero time is
// a flag that was not given, and does not limit anything.
type timeFlag struct{ time.Time }

// Set reads the moment, in whatever zone it is given, and keeps it in UTC.
func (f *timeFlag) Set(s string) error {
	// A date alone is a day in UTC, as all times are that are printed.
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			f.Time = t.UTC()
			return nil
		}
	}
	return fmt.Errorf("expected a time such as 2026-03-10T14:00:00Z or a day such as 2026-03-10, found %q", s)
}

// periodFlags are --from and --to of the commands that look at a period.
type periodFlags struct{ from, to timeFlag }

// register adds the flags to a command. What says what is looked at, such as "what happened"; more is the end of the
// help of --from. That --to is not included stands in every help: whoever closes a month names the first of the next.
func (f *periodFlags) register(flags *pflag.FlagSet, what, more string) {
	flags.Var(&f.from, "from", what+" at this `time` or later"+more)
	flags.Var(&f.to, "to", what+" before this `time`, which is itself not included")
}

// period is what the flags ask for. One that ends before it begins is refused.
func (f *periodFlags) period() (query.Period, error) {
	if !f.to.IsZero() && f.to.Before(f.from.Time) {
		return query.Period{}, unusable("expected --to after --from, found %s and %s", &f.to, &f.from)
	}
	return query.Period{From: f.from.Time, To: f.to.Time}, nil
}

// printPeriod writes the period above a table, so that a printed one says what it is of. All time has no line.
func (c *cli) printPeriod(p query.Period) error {
	if p == (query.Period{}) {
		return nil
	}
	return writeLines(c.stdout, "", p.String(), "")
}

// String gives the moment back, or nothing for none.
func (f *timeFlag) String() string {
	if f == nil || f.IsZero() {
		return ""
	}
	return stamp(f.Time)
}

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
