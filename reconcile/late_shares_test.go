package reconcile_test

import (
	"context"
	"slices"
	"testing"

	"github.com/splitledger/splitledger/reconcile"
)

// TestLateSharesAreNotClean compares without posting: what counts twice is open, and is listed with what to do.
func TestLateSharesAreNotClean(t *testing.T) {
	scenes := readScenes(t, "testdata/stripe.scenes")
	i := slices.IndexFunc(scenes, func(s *scene) bool {
		return s.title == "the platform books the capture between the rows of its shares and that of the charge"
	})
	g := newStage(t, scenes[i])
	defer g.end()
	last := len(scenes[i].steps) - 1
	g.play(scenes[i].steps[:last])
	for _, run := range []struct {
		post bool
		late int
	}{{false, 2}, {true, 2}, {false, 0}} {
		before := g.balances()
		r, err := g.compare(context.Background(), run.post, scenes[i].steps[last].files...)
		if err != nil {
			t.Fatal(err)
		}
		late := 0
		for b, err := range r.Breaks() {
			if err != nil {
				t.Fatal(err)
			}
			if b.Class == reconcile.StatusMismatch {
				late++
				if b.Open == run.post || b.Payment != "A" || b.Hint == "" || b.Expected.State != "transfer by itself" {
					t.Errorf("posting %t: %+v", run.post, b)
				}
			}
		}
		r.Close()
		if moved := before != g.balances(); late != run.late || moved != run.post {
			t.Errorf("posting %t: %d shares are late, want %d; moved %t", run.post, late, run.late, moved)
		}
	}
	g.right("posted")
}
