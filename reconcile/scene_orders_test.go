package reconcile_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/splitledger/splitledger/posting"
)

// shuffled plays a scene with the lines of its runs in other orders and other files, each file twice, and where that is said in other
// orders of its steps.
func shuffled(t *testing.T, s *scene) {
	seeds := 6
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(uint64(seed), 9))
		g := newStage(t, s)
		g.memory = []int{1, 0}[seed%2]
		var setting, told []step
		for _, x := range s.steps {
			switch {
			case x.kind == "run":
				x.files = dealt(r, x.files, seed)
				fallthrough
			case x.kind == "hook":
				told = append(told, x)
			default:
				if !s.anyOrder {
					told = append(told, x)
				} else if x.kind == "post" {
					setting = append(setting, x)
				}
			}
		}
		if s.anyOrder {
			told = scattered(told, seed)
			r.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
		}
		g.play(setting)
		g.play(told)
		g.right(fmt.Sprintf("shuffled (%d) as %s", seed, order(told)))
		if t.Failed() {
			g.end()
			return
		}
		g.again(fmt.Sprintf("shuffled (%d) and told again", seed))
		g.end()
	}
}

// dealt puts the lines of some files into an order and into other files of the same format.
func dealt(r *rand.Rand, files []string, seed int) (list []string) {
	lines := map[string][]string{}
	for _, f := range files {
		head := ""
		for line := range strings.Lines(f) {
			if strings.HasPrefix(line, "format ") {
				head = line
				continue
			}
			lines[head] = append(lines[head], line)
		}
	}
	for _, head := range slices.Sorted(maps.Keys(lines)) {
		of := lines[head]
		r.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
		switch seed % 3 {
		case 0: // one file
			list = append(list, head+strings.Join(of, ""))
		case 1: // a file a line
			for _, line := range of {
				list = append(list, head+line)
			}
		case 2: // one file twice, under two names
			whole := head + strings.Join(of, "")
			list = append(list, whole, whole)
		}
	}
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// scattered makes a step of each line, and some of them twice.
func scattered(steps []step, seed int) (list []step) {
	for _, x := range steps {
		if x.kind == "hook" {
			for line := range strings.Lines(x.files[0]) {
				list = append(list, step{kind: "hook", files: []string{line}, line: x.line})
			}
			continue
		}
		if seed%3 == 0 {
			list = append(list, x)
			continue
		}
		for _, f := range x.files {
			head := ""
			for line := range strings.Lines(f) {
				if strings.HasPrefix(line, "format ") {
					head = line
					continue
				}
				list = append(list, step{kind: "run", files: []string{head + line}, line: x.line})
			}
		}
	}
	return append(list, list[:len(list)/3]...)
}

func order(steps []step) string {
	var s strings.Builder
	for _, x := range steps {
		fmt.Fprintf(&s, "\n  %s %s", x.kind, strings.Join(x.files, " | "))
	}
	return s.String()
}

// killed plays a scene where one run was killed after so many events, or its context ended, and is run again.
func killed(t *testing.T, s *scene) {
	whole := newStage(t, s)
	whole.play(s.steps)
	events := whole.events()
	whole.end()
	step := 1
	if testing.Short() {
		step = 3
	}
	for n := 1; n < len(events); n += step {
		if x, next := events[n-1].Source, events[n].Source; !*scenesDeep && x != nil && next != nil && *x == *next {
			continue // events of one line are booked together
		}
		g := newStage(t, s)
		if !g.from(events[:n]) {
			g.ledger.Close()
			continue
		}
		for i := range s.steps {
			if x := &s.steps[i]; x.kind != "post" {
				g.step(x)
			} else if _, err := g.book.Post(context.Background(), x.event); err != nil {
				t.Fatal(err)
			}
		}
		g.right(fmt.Sprintf("killed after %d events", n))
		g.end()
		if t.Failed() {
			return
		}
	}
	for n := 0; n < 400; n = n*3/2 + 1 {
		g := newStage(t, s)
		for i := range s.steps {
			if x := &s.steps[i]; x.kind == "run" {
				ctx := &countdown{Context: context.Background(), done: make(chan struct{})}
				ctx.left.Store(int64(n))
				if r, err := g.compare(ctx, true, x.files...); err == nil {
					r.Close()
				}
			}
			g.step(&s.steps[i])
		}
		g.right(fmt.Sprintf("interrupted (%d)", n))
		g.end()
		if t.Failed() {
			return
		}
	}
}

// from posts events of other books. It reports false where the last is of the platform: nothing was killed then.
func (g *stage) from(events []posting.Event) bool {
	if events[len(events)-1].Source == nil {
		return false
	}
	for i, r := range g.book.PostBatch(context.Background(), events) {
		if r.Err != nil {
			g.Fatalf("%s: %v", events[i].AppendJSON(nil), r.Err)
		}
	}
	return true
}

// A countdown is a context that ends once it was asked so many times whether it has ended.
type countdown struct {
	context.Context
	left  atomic.Int64
	ended atomic.Bool
	done  chan struct{}
}

func (c *countdown) count() {
	if c.left.Add(-1) < 0 && c.ended.CompareAndSwap(false, true) {
		close(c.done)
	}
}

func (c *countdown) Done() <-chan struct{} {
	c.count()
	return c.done
}

func (c *countdown) Err() error {
	c.count()
	if c.ended.Load() {
		return context.Canceled
	}
	return nil
}
