package accounts_test

import (
	"testing"

	"github.com/splitledger/splitledger/accounts"
)

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		pattern, text string
		want          bool
	}{
		{"seller:1", "seller:1", true}, {"seller:1", "seller:12", false}, {"", "", true}, {"", "a", false},
		{"*", "", true}, {"*", "liable", true}, {"seller:*", "seller:", true}, {"seller:*", "sellers", false},
		{"*:1", "seller:1", true}, {"*:1", "seller:11", false}, {"s*r:*1", "seller:01", true}, {"a*a", "a", false},
		{"a*b*c", "a-b-c", true}, {"a*b*c", "acb", false}, {"**", "x", true}, {"a*bc*c", "abcc", true},
	} {
		if got := accounts.Matches(tt.pattern, tt.text); got != tt.want {
			t.Errorf("Matches(%q, %q) = %v", tt.pattern, tt.text, got)
		}
	}
}
