package jsonl

import (
	"math/bits"
	"testing"
)

// TestEightBytesAtATime puts every two bytes side by side into strings that are otherwise plain.
func TestEightBytesAtATime(t *testing.T) {
	for a := range 256 {
		for b := range 256 {
			s := "plain" + string([]byte{byte(a), byte(b)}) + "ly"
			want := 8 // as for bits.TrailingZeros64 of nothing
			switch {
			case !plain[a]:
				want = len("plain")
			case !plain[b]:
				want = len("plain") + 1
			}
			if first := bits.TrailingZeros64(notPlain(Eight(s, 0))) / 8; first != want {
				t.Fatalf("%q: byte %d is the first that is marked, want %d", s, first, want)
			}
		}
	}
}
