package books

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Tell notes that a report told moves.
func Tell(moves ...*Move) {
	for _, m := range moves {
		m.Told = true
		if m.Payment != nil && m.Makes {
			m.Payment.Known = true
		}
	}
}

// Hear notes that a webhook told moves.
func Hear(moves ...*Move) {
	for _, m := range moves {
		m.Heard = true
	}
}

// known reports whether the platform's books have to have a move by itself.
func (m *Move) known() bool {
	p := m.Payment
	return m.Own || m.Told && (p == nil || p.Known || !p.Waits) || m.Heard && (p == nil || p.Known)
}

// known returns the moves that the platform's books have to have after what was told so far.
func (b *Books) known() map[*Move]bool {
	known := make(map[*Move]bool)
	var learn func(m *Move)
	learn = func(m *Move) {
		if !known[m] {
			known[m] = true
			for _, i := range m.Implies {
				learn(i)
			}
		}
	}
	for _, m := range b.Moves {
		if m.known() {
			learn(m)
		}
	}
	return known
}

// An Expectation is what the platform's books have to be after what was told so far: Sum, pending money included. Where names are missing
// they may have taken a move that was told for one of the same class that they asked for, and then each Either may be missing so
// often.
type Expectation struct {
	Sum    map[Cell]int64
	Either []Either
}

// An Either is a change that may be missing, up to Times times.
type Either struct {
	Changes []Change
	Times   int
}

// Expect returns what the platform's books have to be.
func (b *Books) Expect() Expectation {
	known := b.known()
	e := Expectation{Sum: make(map[Cell]int64)}
	type class struct {
		asked, told int
		changes     []Change
	}
	classes := make(map[string]*class)
	for _, m := range b.Moves {
		if !known[m] {
			continue
		}
		for _, c := range m.Changes {
			e.Sum[c.Cell] += c.Settled + c.Pending
		}
		if m.Class == "" {
			continue
		}
		c := classes[m.Class]
		if c == nil {
			c = &class{}
			classes[m.Class] = c
		}
		switch {
		case m.Own && !m.Told && !m.Heard:
			c.asked++
			c.changes = m.Changes
		case !m.Own && !m.Named:
			c.told++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(classes)) {
		c := classes[name]
		if n := min(c.asked, c.told); n > 0 {
			e.Either = append(e.Either, Either{c.changes, n})
		}
	}
	return e
}

// Wrong says how balances differ from what is expected; nothing, if they do not.
func (e *Expectation) Wrong(have map[Cell]int64) string {
	off := make(map[Cell]int64)
	for c, n := range have {
		off[c] = e.Sum[c] - n
	}
	if e.explains(off, 0) {
		return ""
	}
	var b strings.Builder
	for _, c := range slices.SortedFunc(maps.Keys(off), compare) {
		if off[c] != 0 {
			fmt.Fprintf(&b, "  %s %s: expected %d, found %d\n", c.Account, c.Currency, e.Sum[c], have[c])
		}
	}
	for _, x := range e.Either {
		fmt.Fprintf(&b, "  (%d times may be missing: %v)\n", x.Times, x.Changes)
	}
	return b.String()
}

// explains reports whether what is off is made of moves that may be missing. Cells that are not in off do not matter.
func (e *Expectation) explains(off map[Cell]int64, from int) bool {
	if from == len(e.Either) {
		for _, n := range off {
			if n != 0 {
				return false
			}
		}
		return true
	}
	rest := maps.Clone(off)
	for times := 0; times <= e.Either[from].Times; times++ {
		if e.explains(rest, from+1) {
			return true
		}
		for _, c := range e.Either[from].Changes {
			if _, minded := rest[c.Cell]; minded {
				rest[c.Cell] -= c.Settled + c.Pending
			}
		}
	}
	return false
}
