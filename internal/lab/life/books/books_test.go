package books

import (
	"strings"
	"testing"
	"time"
)

// What is expected follows from what was told: by the platform's own events, by webhooks of payments that it knows,
// by rows, and by what these imply.
func TestExpect(t *testing.T) {
	var b Books
	p := &Payment{}
	a, z := Cell{"a", "USD"}, Cell{"z", "USD"}
	do := func(m Move, changes ...Change) *Move {
		m.Changes = changes
		return b.Do(&m)
	}
	captured := do(Move{Payment: p}, Change{a, 0, 100})
	settled := do(Move{Payment: p, Makes: true, Implies: []*Move{captured}}, Change{a, 100, -100})
	fee := do(Move{}, Change{a, -3, 0})
	split := do(Move{}, Change{a, -40, 0}, Change{z, 40, 0})
	if b.Settled(a) != 57 || b.Pending(a) != 0 || b.Settled(z) != 40 {
		t.Fatalf("the books have %d, %d, %d", b.Settled(a), b.Pending(a), b.Settled(z))
	}
	steps := []struct {
		do   func()
		a, z int64
	}{
		{func() {}, 0, 0},
		{func() { Hear(captured) }, 0, 0}, // the payment is not known
		{func() { Tell(fee) }, -3, 0},
		{func() { Tell(settled) }, 97, 0},
		{func() { split.Own = true }, 57, 40},
		{func() { Tell(split); Hear(captured, settled) }, 57, 40},
	}
	for i, s := range steps {
		s.do()
		e := b.Expect()
		if wrong := e.Wrong(map[Cell]int64{a: s.a, z: s.z}); wrong != "" {
			t.Errorf("step %d:\n%s", i, wrong)
		}
		if wrong := e.Wrong(map[Cell]int64{a: s.a + 1}); !strings.Contains(wrong, "a USD: expected") ||
			strings.Contains(wrong, "z USD") {
			t.Errorf("step %d: one too many is %q", i, wrong)
		}
	}
}

// Of two refunds alike, one asked for and one told without a name, the books may have one until the other is told.
func TestEither(t *testing.T) {
	var b Books
	a := Cell{"a", "USD"}
	asked := b.Do(&Move{Class: "refund 1", Changes: []Change{{a, -10, 0}}, Own: true})
	told := b.Do(&Move{Class: "refund 1", Changes: []Change{{a, -10, 0}}})
	fits := func(n int64) bool {
		e := b.Expect()
		return e.Wrong(map[Cell]int64{a: n}) == ""
	}
	if !fits(-10) || fits(-20) {
		t.Error("one was asked for, and nothing is told")
	}
	Tell(told)
	if !fits(-10) || !fits(-20) || fits(0) || fits(-30) {
		t.Error("one was told that may be the one that was asked for")
	}
	Tell(asked)
	if fits(-10) || !fits(-20) {
		t.Error("both are told")
	}
}

func TestWindow(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	w := Window{noon, noon.Add(time.Hour)}
	if !w.Has(noon) || w.Has(w.To) || w.Has(noon.Add(-1)) {
		t.Error("a window has its beginning, not its end")
	}
}
