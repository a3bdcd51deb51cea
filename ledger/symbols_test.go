package ledger

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestWords holds the vocabulary to a list: words are added, taken back, and asked for, those of a copy too.
func TestWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, want := newSymbols([]string{""}), []string{""}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			if rapid.IntRange(0, 3).Draw(t, "back") == 0 {
				n := rapid.IntRange(1, len(want)).Draw(t, "to")
				w.truncate(n)
				want = want[:n]
			}
			before := newSymbols(w.list)
			shown := len(before.list)
			for range rapid.IntRange(0, 100).Draw(t, "more") {
				word := fmt.Sprint("word ", len(want))
				if n := w.add(word); int(n) != len(want) {
					t.Fatalf("%q is word %d, want %d", word, n, len(want))
				}
				want = append(want, word)
			}
			for i, word := range want {
				if n, ok := w.number(word); !ok || int(n) != i {
					t.Fatalf("%q is word %d, %v, want %d", word, n, ok, i)
				}
				if n, ok := before.number(word); ok != (i < shown) || ok && int(n) != i {
					t.Fatalf("%q is word %d, %v of %d, want %d", word, n, ok, shown, i)
				}
			}
			if n, ok := w.number(fmt.Sprint("word ", len(want))); ok {
				t.Fatalf("word %d of %d", n, len(want))
			}
		}
	})
}
