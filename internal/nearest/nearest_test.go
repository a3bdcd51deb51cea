package nearest

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
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

// Neighbours are exactly the names of a distance of 1 that are made of letters of names, and those of other capitals.
func TestNeighbours(t *testing.T) {
	for _, name := range []string{"", "a", "aa", "order-17", "A:b"} {
		seen := map[string]bool{}
		for near := range Neighbours(name) {
			seen[near] = true
			if d := distance(name, near, 9); d != 1 && !strings.EqualFold(name, near) {
				t.Errorf("%q is a neighbour of %q, at a distance of %d", near, name, d)
			}
		}
		if seen[name] && len(name) > 0 {
			t.Errorf("%q is a neighbour of itself", name)
		}
		for _, near := range []string{name + "x", "x" + name} {
			if !seen[near] {
				t.Errorf("%q is no neighbour of %q", near, name)
			}
		}
	}
	seen := slices.Collect(Neighbours("order-17"))
	for _, near := range []string{"oder-17", "rder-17", "order-1", "roder-17", "order-71", "ordar-17", "orrder-17", "ORDER-17"} {
		if !slices.Contains(seen, near) {
			t.Errorf("%q is no neighbour of order-17", near)
		}
	}
}

// What is cheap to know is looked at first, and never leaves out a name that is near enough.
func TestNearEnough(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.StringMatching(`[abAB:1]{0,8}`)
		a, b := name.Draw(rt, "a"), name.Draw(rt, "b")
		for most := range 4 {
			got := Name(a, most, slices.Values([]string{b}))
			if near := distance(a, b, 99) <= most; (got == b) != near && b != "" {
				rt.Fatalf("Name(%q, %d) of %q is %q", a, most, b, got)
			}
		}
	})
}
