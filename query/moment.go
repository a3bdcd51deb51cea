package query

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/ledger"
)

// A Moment is how a question names a time: 2026-03-10T14:00:00Z, the day 2026-03-10 or the month 2026-03. Days and months
// are those of a time zone, which is known only when the whole question is. The zero value was not given, and limits
// nothing.
type Moment struct {
	text   string
	exact  time.Time // of a moment
	civil  time.Time // in UTC, the beginning of a day or month
	months int       // 1: a month
}

// Set reads what was given.
func (m *Moment) Set(s string) error {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		*m = Moment{text: s, exact: t.UTC()}
		return nil
	}
	for months, layout := range []string{time.DateOnly, "2006-01"} {
		if t, err := time.Parse(layout, s); err == nil {
			*m = Moment{text: s, civil: t, months: months}
			return nil
		}
	}
	return fmt.Errorf("expected a time such as 2026-03-10T14:00:00Z, a day such as 2026-03-10 or a month such as 2026-03, "+
		"found %q", s)
}

// Given reports whether there is one.
func (m *Moment) Given() bool { return m.text != "" }

// Begin is the moment, or the first of a day or month.
func (m *Moment) Begin(zone *time.Location) time.Time {
	if m.civil.IsZero() {
		return m.exact
	}
	return time.Date(m.civil.Year(), m.civil.Month(), m.civil.Day(), 0, 0, 0, 0, zone).UTC()
}

// End is the moment, or the first one after a day or month. Between two days there may be 23 hours, or 25.
func (m *Moment) End(zone *time.Location) time.Time {
	if m.civil.IsZero() {
		return m.exact
	}
	after := *m
	if m.months > 0 {
		after.civil = m.civil.AddDate(0, m.months, 0)
	} else {
		after.civil = m.civil.AddDate(0, 0, 1)
	}
	return after.Begin(zone)
}

// Last is the moment, or the last one of a day or month: what a balance as of that day is of.
func (m *Moment) Last(zone *time.Location) time.Time {
	if m.civil.IsZero() {
		return m.exact
	}
	return m.End(zone).Add(-1)
}

// String gives back what was given.
func (m *Moment) String() string { return m.text }

// Between is the period from one moment to the end of another. ok is false where that ends before it begins.
func Between(from, to *Moment, zone *time.Location) (p Period, ok bool) {
	p = Period{From: from.Begin(zone), To: to.End(zone)}
	return p, !to.Given() || !p.To.Before(p.From) && (to.civil.IsZero() || p.To.After(p.From))
}

// AsOfMoments is what is asked for as of an effective and a recorded time.
func AsOfMoments(at, recorded *Moment, zone *time.Location) ledger.AsOf {
	return ledger.AsOf{At: at.Last(zone), Recorded: recorded.Last(zone)}
}

// ParseZone finds a time zone by its name in the IANA database. The machine's own is refused: what is asked must not
// depend on it.
func ParseZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fmt.Errorf("expected a time zone such as UTC or Europe/Berlin, found %q", name)
	}
	return zone, nil
}
