package console

import (
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
)

// momentParams are the parameters that are times, days or months.
var momentParams = []string{"at", "recorded", "from", "to", "day"}

// plainMoments writes the times of a query as the API has them, whatever way people wrote them: so they are in links, and
// mean the same tomorrow. What it does not understand stays, and is refused where it is read.
func (v *view) plainMoments() error {
	for _, name := range momentParams {
		given := strings.TrimSpace(v.query.Get(name))
		if given == "" {
			continue
		}
		if n, err := strconv.ParseUint(given, 10, 64); err == nil && name == "recorded" {
			at, err := v.recordedAt(n)
			if err != nil {
				return err
			}
			v.query.Set(name, at.UTC().Format(time.RFC3339Nano))
			continue
		}
		v.query.Set(name, plainDay(given, v.now().In(v.zone)))
	}
	return nil
}

// recordedAt is when a record was booked.
func (v *view) recordedAt(n uint64) (time.Time, error) {
	if last := v.books.Ledger.Stats().Records; n == 0 || n > last {
		return time.Time{}, &ledger.Error{Code: ledger.Invalid, Field: "recorded",
			Message: "expected a time, or a record from 1 to " + v.grouped(last) + ", found " + v.grouped(n)}
	}
	rec, err := v.books.Ledger.Record(n)
	if err != nil {
		return time.Time{}, err
	}
	return rec.Recorded, nil
}

// plainDay reads a day or month as people write one: "yesterday", "12 mar", "12 March 2026", "mar 2026", "end of feb".
// Without a year it is the newest that is not to come. Anything else it returns as it is.
func plainDay(given string, now time.Time) string {
	s := strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(given, ",", " ")), " "))
	switch s {
	case "today":
		return now.Format(time.DateOnly)
	case "yesterday":
		return now.AddDate(0, 0, -1).Format(time.DateOnly)
	case "this month":
		return now.Format("2006-01")
	case "last month":
		return time.Date(now.Year(), now.Month()-1, 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
	}
	s = strings.TrimPrefix(s, "end of ")
	for _, form := range [...]struct {
		layout, plain string
		year          bool
	}{
		{"2 Jan 2006", time.DateOnly, true}, {"2 January 2006", time.DateOnly, true}, {"Jan 2 2006", time.DateOnly,
			true},
		{"2 Jan", time.DateOnly, false}, {"2 January", time.DateOnly, false}, {"Jan 2", time.DateOnly, false},
		{"Jan 2006", "2006-01", true}, {"January 2006", "2006-01", true}, {"Jan", "2006-01", false}, {"January",
			"2006-01", false},
	} {
		t, err := time.Parse(form.layout, s)
		if err != nil {
			continue
		}
		if !form.year {
			if t = t.AddDate(now.Year()-t.Year(), 0, 0); t.Format(time.DateOnly) > now.Format(time.DateOnly) {
				t = t.AddDate(-1, 0, 0)
			}
		}
		return t.Format(form.plain)
	}
	return given
}
