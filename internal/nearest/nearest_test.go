package nearest

import (
	"slices"
	"testing"
)

func TestName(t *testing.T) {
	known := []string{"adyen", "antom", "paysafe", "stripe", "xendit"}
	for _, tt := range []struct{ name, want string }{
		{"ayden", "adyen"}, // two letters swapped
		{"adyenn", "adyen"},
		{"adyn", "adyen"},
		{"pay-safe", "paysafe"},
		{"Xendit", "xendit"},
		{"strip", "stripe"},
		{"acme", ""},
		{"klarna", ""},
		{"a", ""},
		{"", ""},
		{"adyen", "adyen"},
	} {
		if got := Name(tt.name, 1+len(tt.name)/3, slices.Values(known)); got != tt.want {
			t.Errorf("Name(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A limit only cuts short what is not looked for.
func TestLimit(t *testing.T) {
	for _, pair := range [][2]string{{"seller:42", "seller:24"}, {"", "abc"}, {"ab", "ba"}, {"abcdef", "fedcba"}, {"liable", "platform"}} {
		whole := distance(pair[0], pair[1], 100)
		for limit := range 12 {
			if got := distance(pair[0], pair[1], limit); got != min(whole, limit) {
				t.Errorf("%q to %q with a limit of %d: %d, want %d", pair[0], pair[1], limit, got, min(whole, limit))
			}
		}
	}
}
