package main

import (
	"fmt"
	"time"
)

// A timeFlag is a flag for a moment: RFC 3339, or a day for its beginning in UTC.
type timeFlag struct{ time.Time }

// Set reads the moment.
func (f *timeFlag) Set(s string) error {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			f.Time = t.UTC()
			return nil
		}
	}
	return fmt.Errorf("expected a time such as 2026-03-10T14:00:00Z or a day such as 2026-03-10, found %q", s)
}

// period refuses a period that ends before it begins.
func period(from, to timeFlag) error {
	if !to.IsZero() && to.Before(from.Time) {
		return unusable("expected --to after --from, found %s and %s", &to, &from)
	}
	return nil
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

// stamp writes a moment in UTC, with as many decimals of the second as it has.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// stampOrNone is stamp, and nothing of the zero time.
func stampOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)
}
