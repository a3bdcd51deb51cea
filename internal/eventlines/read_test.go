package eventlines

import (
	"strings"
	"testing"
)

// A line that is no event keeps its id, where it has one.
func TestIDOfALineThatIsNoEvent(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{`{"id":"e-1","amount":1.5}`, "e-1"},
		{`{"amount":{"value":1e3},"id":"e-1"}`, "e-1"},
		{`{"id":7}`, ""},
		{`{"id":"` + strings.Repeat("x", 65) + `"}`, ""},
		{`{"id":"e-1"`, ""},
		{`["e-1"]`, ""},
		{"\xff", ""},
	} {
		if got := idOf([]byte(tt.line)); got != tt.want {
			t.Errorf("%s: got %q, expected %q", tt.line, got, tt.want)
		}
	}
}
