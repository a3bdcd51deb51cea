package query

import "time"

// A PeriodChange is an event that closed the books through a day, or opened them again. Of a list of them the newest
// counts.
type PeriodChange struct {
	Through  string    `json:"through" col:"THROUGH"` // a day in UTC, such as 2026-03-31
	Closed   bool      `json:"closed"`                // false: the day and all after it were opened again
	Change   string    `json:"-" col:"CHANGE"`        // "closed" or "reopened", for people
	Reason   string    `json:"reason,omitempty" col:"REASON,below"`
	Recorded time.Time `json:"recorded" col:"RECORDED"`
	Event    string    `json:"event" col:"EVENT"`
	Record   uint64    `json:"record"`
}

// Periods returns what closed the books and opened them again, newest first; none is an empty list. The event is named
// by its id, and its record by the number, by which both are found.
func (b *Books) Periods() ([]PeriodChange, error) {
	changes, err := b.Rules.Periods()
	if err != nil {
		return nil, err
	}
	list := make([]PeriodChange, 0, len(changes))
	for _, p := range changes {
		change := "reopened"
		if p.Closed {
			change = "closed"
		}
		list = append(list, PeriodChange{p.Through, p.Closed, change, p.Reason, p.Record.Recorded.UTC(),
			p.Record.Keys[0].Name, p.Record.Number})
	}
	return list, nil
}
