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

// closure returns moves for which a condition holds, and what they imply.
func (b *Books) closure(holds func(*Move) bool) map[*Move]bool {
	all := make(map[*Move]bool)
	var add func(m *Move)
	add = func(m *Move) {
		if !all[m] {
			all[m] = true
			for _, i := range m.Implies {
				add(i)
			}
		}
	}
	for _, m := range b.Moves {
		if holds(m) {
			add(m)
		}
	}
	return all
}

// An Expectation is what the platform's books have to be after what was told so far: Sum, pending money included.
// Where names are missing they may have taken a move that was told for one of the same class that they asked for, and
// then each Either may be missing so often.
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
	known := b.closure((*Move).known)
	e := Expectation{Sum: make(map[Cell]int64)}
	for m := range known {
		for _, c := range m.Changes {
			e.Sum[c.Cell] += c.Settled + c.Pending
		}
	}
	e.Either = b.eithers(known)
	return e
}

// eithers says which moves may be missing. The platform hears of a move from itself, by webhooks and by rows. Whoever
// tells two moves tells them as two, so that of each class the books have at least as many as any of the three has
// told; where no name says otherwise, the books may take what one has told for what another has.
func (b *Books) eithers(known map[*Move]bool) (list []Either) {
	told := b.closure(func(m *Move) bool { return m.Told && m.known() })
	heard := b.closure(func(m *Move) bool { return m.Heard && m.known() })
	type count struct {
		all, own, heard, told int
		changes               []Change
	}
	counts := make(map[string]*count)
	for _, m := range b.Moves {
		if !known[m] || m.Class == "" || m.Named && !m.Own {
			continue
		}
		c := counts[m.Class]
		if c == nil {
			c = &count{changes: m.Changes}
			counts[m.Class] = c
		}
		c.all++
		if m.Own {
			c.own++
		}
		if told[m] || heard[m] && !m.Bare {
			c.told++
		}
		if heard[m] || told[m] && !m.Bare {
			c.heard++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if c := counts[name]; c.all > max(c.own, c.heard, c.told) {
			list = append(list, Either{c.changes, c.all - max(c.own, c.heard, c.told)})
		}
	}
	return list
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
