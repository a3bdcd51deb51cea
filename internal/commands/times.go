package commands

import (
	"time"
	_ "time/tzdata" // for --zone, where the system has no time zones

	"github.com/spf13/pflag"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
)

// A timeFlag is a flag for a moment, a day or a month. Days and months are those of --zone, which may be given behind the
// flag.
type timeFlag struct{ query.Moment }

// given reports whether there is one.
func (f *timeFlag) given() bool { return f.Given() }

// end is the moment, or the first one after a day or month.
func (f *timeFlag) end(zone *time.Location) time.Time { return f.End(zone) }

// last is the moment, or the last one of a day or month.
func (f *timeFlag) last(zone *time.Location) time.Time { return f.Last(zone) }

// Type names the flag's value in help texts.
func (f *timeFlag) Type() string { return "time" }

// asOf is what --at and --recorded ask for.
func (c *cli) asOf(at, recorded *timeFlag) ledger.AsOf {
	return query.AsOfMoments(&at.Moment, &recorded.Moment, c.zone.Location)
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
	p, ok := query.Between(&f.from.Moment, &f.to.Moment, zone)
	if !ok {
		return query.Period{}, unusable("expected --to after --from, found %s and %s", &f.to, &f.from)
	}
	return p, nil
}

// A zoneFlag is the time zone of the days and months that are asked for.
type zoneFlag struct{ *time.Location }

// Set finds a zone by its name in the IANA database, which is part of the program.
func (f *zoneFlag) Set(name string) error {
	zone, err := query.ParseZone(name)
	if err == nil {
		f.Location = zone
	}
	return err
}

// Type names the flag's value in help texts.
func (f *zoneFlag) Type() string { return "zone" }
