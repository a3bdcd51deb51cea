package query

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// A SeriesPoint is what an account had in one currency at one moment.
type SeriesPoint struct {
	At time.Time `json:"at" col:"AT"`
	Holdings
}

// A SeriesFilter says which points of a series are wanted.
type SeriesFilter struct {
	Points   []time.Time
	Currency money.Currency // "" is any
	// Recorded: points are recorded times, what the books knew by then; else effective ones, what had happened by then.
	Recorded bool
	// AsOf limits all points by the other clock: an effective series by what the books knew by its Recorded, a recorded
	// one to what had happened by its At.
	AsOf ledger.AsOf
}

// Series returns what an account had at each point, in every currency that it has or had. It asks
// [ledger.Ledger.BalanceAt] once a point, which does not read the postings in between. Whoever wants all points of one
// state of the books while somebody writes gives a recorded time.
func (b *Books) Series(id accounts.ID, f SeriesFilter) ([]SeriesPoint, error) {
	if _, ok := b.Ledger.Account(id); !ok {
		return nil, NoAccount(b.Ledger, id)
	}
	list := []SeriesPoint{}
	for _, at := range f.Points {
		when := ledger.AsOf{At: at, Recorded: f.AsOf.Recorded}
		if f.Recorded {
			when = ledger.AsOf{At: f.AsOf.At, Recorded: at}
		}
		all, err := b.Ledger.BalanceAt(id, b.asOf(when))
		if err != nil {
			return nil, err
		}
		for _, has := range all {
			if f.Currency == "" || has.Currency == f.Currency {
				list = append(list, SeriesPoint{at.UTC(), holdings(has)})
			}
		}
	}
	return list, nil
}

// An Interval is what lies between two points of a series.
type Interval string

// The steps.
const (
	Daily   Interval = "day"
	Weekly  Interval = "week" // Monday to Sunday
	Monthly Interval = "month"
)

// maxPoints is how many points a series may have.
const maxPoints = 100_000

// Points are the ends of a period's steps: the last moments of its days, weeks or months in a zone, and its own. So a
// point has all of its step, and the last one all of the period. If most is not 0, steps are merged until there are
// that many points or fewer, all of as many steps, or one more. Without a step the period is cut into most parts of the same
// length. A period without a beginning or an end, and one of more than 100,000 steps, is refused.
func Points(within Period, by Interval, most int, zone *time.Location) ([]time.Time, error) {
	if within.From.IsZero() || within.To.IsZero() || !within.From.Before(within.To) {
		return nil, fmt.Errorf("expected a period with a beginning and an end, found %s", within)
	}
	if most < 0 || most > maxPoints || by == "" && most == 0 {
		return nil, fmt.Errorf("expected 1 to %d points, found %d", maxPoints, most)
	}
	var ends []time.Time
	if by == "" {
		length := within.To.Sub(within.From)
		for i := range most {
			// In whole parts first: the product of a length and a number of points may be too large.
			part, rest := length/time.Duration(most), length%time.Duration(most)
			n := time.Duration(i + 1)
			ends = append(ends, within.From.Add(part*n+rest*n/time.Duration(most)-1))
		}
		return ends, nil
	}
	for at := within.From; at.Before(within.To); {
		if at = by.after(at, zone); at.After(within.To) {
			at = within.To
		}
		if ends = append(ends, at.Add(-1)); len(ends) > maxPoints {
			return nil, fmt.Errorf("expected at most %d steps, found more", maxPoints)
		}
	}
	if most == 0 || most >= len(ends) {
		return ends, nil
	}
	merged := make([]time.Time, most)
	for i := range merged {
		merged[i] = ends[(i+1)*len(ends)/most-1]
	}
	return merged, nil
}

// after returns the first moment after the step that a moment is in.
func (s Interval) after(t time.Time, zone *time.Location) time.Time {
	year, month, day := t.In(zone).Date()
	switch s {
	case Weekly:
		day += (7 - int(t.In(zone).Weekday())) % 7
	case Monthly:
		return time.Date(year, month+1, 1, 0, 0, 0, 0, zone)
	}
	return time.Date(year, month, day+1, 0, 0, 0, 0, zone)
}
