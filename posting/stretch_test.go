package posting

import (
	"slices"
	"testing"
)

// Events of one line of a report are not cut apart, unless they are more than a stretch holds.
func TestStretchEnds(t *testing.T) {
	line := func(n uint64, events int) []Event {
		return slices.Repeat([]Event{{Source: &FactSource{Report: "r", Line: n}}}, events)
	}
	for _, c := range []struct {
		name   string
		events []Event
		want   []int
	}{
		{"nothing", nil, nil},
		{"no sources", make([]Event, 130), []int{64, 128, 130}},
		{"a line across the end", slices.Concat(make([]Event, 62), line(1, 3), line(2, 2)), []int{62, 67}},
		{"lines that end with it", slices.Concat(line(1, 32), line(2, 32), line(3, 1)), []int{64, 65}},
		{"a line of more", slices.Concat(line(1, 70), line(2, 1)), []int{64, 71}},
	} {
		if got := stretchEnds(c.events); !slices.Equal(got, c.want) {
			t.Errorf("%s: expected %v, found %v", c.name, c.want, got)
		}
	}
}
