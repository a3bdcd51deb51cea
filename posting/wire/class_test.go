package wire

import "testing"

// TestEightBytesAtATime puts every two bytes side by side into strings that are otherwise plain.
func TestEightBytesAtATime(t *testing.T) {
	is := func(of class, c int) bool { return classes[c]&of != 0 }
	for a := range 256 {
		for b := range 256 {
			s := "plain" + string([]byte{byte(a), byte(b)}) + "ly"
			for _, s := range []string{s, s[3:], s + s} {
				if got, want := printable.has(s), is(printable, a) && is(printable, b); got != want {
					t.Fatalf("%q is printable: %v, want %v", s, got, want)
				}
			}
		}
	}
}
