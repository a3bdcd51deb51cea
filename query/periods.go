package query

import (
	"time"

	"github.com/splitledger/splitledger/posting"
)

// A PeriodChange is an event that closed the books through a day, or opened them again. Of a list of them the newest
// counts.
type PeriodChange struct {
	Through  string    `json:"through" col:"THROUGH"` // a day in UTC, such as 2026-03-31
	Closed   bool      `json:"closed"`                // false: the day and all after it were opened again
	Change   string    `json:"-" col:"CHANGE"`        // "closed" or "reopened", for people
	Reason   string    `json:"reason,omitempty" col:"REASON,below"`
	Recorded time.Time `json:"recorded" col:"RECORDED"`
	By       string    `json:"by,omitempty" col:"BY,optional"` // who posted it, see [Record]
	Event    string    `json:"event" col:"EVENT"`
	Record   uint64    `json:"record"`
}

// key is the record, as the newest is first.
func (p PeriodChange) key() string { return keyOf(^p.Record) }

// Periods returns what closed the books and opened them again, newest first; none is an empty list. The event is named
// by its id, and its record by the number, by which both are found.
func (b *Books) Periods() ([]PeriodChange, error) {
	changes, err := b.finder().Periods()
	if err != nil {
		return nil, err
	}
	list := make([]PeriodChange, 0, len(changes))
	for _, p := range changes {
		change := "reopened"
		if p.Closed {
			change = "closed"
		}
		_, by, err := posting.Posted(p.Record)
		if err != nil {
			return nil, err
		}
		list = append(list, PeriodChange{p.Through, p.Closed, change, p.Reason, p.Record.Recorded.UTC(), by,
			p.Record.Keys[0].Name, p.Record.Number})
	}
	return list, nil
}
