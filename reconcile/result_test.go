package reconcile

import (
	"fmt"
	"strings"
	"testing"
)

// Payouts and fees are summed apart, and what was converted by both currencies, each line once.
func TestSums(t *testing.T) {
	b := open(t, market)
	r := b.compare(Options{}, `settled order-3 2600000 KRW net=18.80:USD Fee=1.20:USD id=m1
settled order-3 2600000 KRW net=18.80:USD Fee=1.20:USD id=m1
fee - - EUR net=-3.20 id=m2
payout - - EUR net=-145.04 id=m3
payout - - EUR net=-10.00 id=m4
`)
	var got []string
	for _, s := range r.Totals {
		if s.Class == UnmatchedOther {
			got = append(got, fmt.Sprintf("%s %d %s", s.Kind, s.Count, s.Amount))
		}
	}
	for _, c := range r.Conversions {
		got = append(got, fmt.Sprintf("%d %s %s", c.Lines, c.From, c.To))
	}
	if text := strings.Join(got, "; "); text != "fee 1 -320 EUR; payout 2 15504 EUR; 1 2600000 KRW 2000 USD" {
		t.Error(text)
	}
}
