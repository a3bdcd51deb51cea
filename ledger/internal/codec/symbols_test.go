package codec

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestSymbols holds the table to a list: symbols are added, taken back, and asked for, those of a copy too.
func TestSymbols(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, want := NewSymbols([]string{""}), []string{""}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			if rapid.IntRange(0, 3).Draw(t, "back") == 0 {
				n := rapid.IntRange(1, len(want)).Draw(t, "to")
				w.Truncate(n)
				want = want[:n]
			}
			before := NewSymbols(w.List)
			shown := len(before.List)
			for range rapid.IntRange(0, 100).Draw(t, "more") {
				symbol := fmt.Sprint("symbol ", len(want))
				if n := w.Add(symbol); int(n) != len(want) {
					t.Fatalf("%q is symbol %d, want %d", symbol, n, len(want))
				}
				want = append(want, symbol)
			}
			for i, symbol := range want {
				if n, ok := w.Number(symbol); !ok || int(n) != i {
					t.Fatalf("%q is symbol %d, %v, want %d", symbol, n, ok, i)
				}
				if n, ok := before.Number(symbol); ok != (i < shown) || ok && int(n) != i {
					t.Fatalf("%q is symbol %d, %v of %d, want %d", symbol, n, ok, shown, i)
				}
			}
			if n, ok := w.Number(fmt.Sprint("symbol ", len(want))); ok {
				t.Fatalf("symbol %d of %d", n, len(want))
			}
		}
	})
}
