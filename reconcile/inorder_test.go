package reconcile

import (
	"context"
	"errors"
	"testing"
	"time"
)

// Work that ends in any order is taken in the order in which it was sent. An error ends it, whoever returns it, and
// nothing after it is taken.
func TestInOrder(t *testing.T) {
	t.Parallel()
	fault := errors.New("fault")
	for _, at := range []string{"", "produce", "work", "take", "context"} {
		ctx, cancel := context.WithCancel(t.Context())
		var got []int
		err := inOrder(ctx, 4, func(send func(int) bool) error {
			for i := range 200 {
				if i == 150 && at == "produce" {
					return fault
				}
				if !send(i) {
					return nil
				}
			}
			return nil
		}, func() func(int) error {
			return func(i int) error {
				time.Sleep(time.Duration(i%7) * 10 * time.Microsecond)
				if i == 100 && at == "work" {
					return fault
				}
				return nil
			}
		}, func(i int) error {
			got = append(got, i)
			if i == 100 && at == "take" {
				return fault
			}
			if i == 100 && at == "context" {
				cancel()
			}
			return nil
		})
		cancel()
		want := map[string]struct {
			n   int
			err error
		}{"": {200, nil}, "produce": {150, fault}, "work": {100, fault}, "take": {101, fault}, "context": {101, context.Canceled}}[at]
		if len(got) != want.n || !errors.Is(err, want.err) {
			t.Errorf("%q: took %d, %v, want %d, %v", at, len(got), err, want.n, want.err)
		}
		for i, x := range got {
			if i != x {
				t.Fatalf("%q: took %d at place %d", at, x, i)
			}
		}
	}
}
