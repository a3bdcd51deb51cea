package reconcile

import (
	"testing"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// TestWritable keeps what events take, and writes out what they do not, so that no line of a report is lost for a character in it.
func TestWritable(t *testing.T) {
	for text, want := range map[string]string{"order-1": "order-1", "é 1/2 \"x\"": "é 1/2 \"x\"", "two\nlines": `two\nlines`, "\x1b[31mred": `\x1b[31mred`, "a\xffb": `a\xffb`} {
		if found := writable(text); found != want {
			t.Errorf("%q: expected %q, found %q", text, want, found)
		}
	}
	r := &Resolver{Provider: "adyen"}
	e := r.Notice(&providers.Outcome{Kind: providers.Settled, Reference: "two\nlines", Movement: "\x1b", Amount: money.New(100, "EUR")})
	if e.Reference != `two\nlines` || e.Metadata["modification"] != `\x1b` {
		t.Errorf("expected what a notice can keep, found %q and %q", e.Reference, e.Metadata["modification"])
	}
}
