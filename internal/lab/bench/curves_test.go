package bench

import (
	"testing"
	"time"
)

// The memory of a ledger opened anew is told apart from that of the one that was measured before.
func TestCrowds(t *testing.T) {
	var got []Crowd
	if err := Crowds(t.Context(), t.TempDir(), []int{100, 10_000}, 10*time.Millisecond, func(c Crowd) { got = append(got, c) }); err != nil {
		t.Fatal(err)
	}
	for i, sellers := range []int{100, 10_000} {
		c := got[i]
		if c.Sellers != sellers || c.Accounts < sellers || c.Callers.Payments == 0 || c.Batches.Payments == 0 {
			t.Errorf("%d sellers: %+v", sellers, c)
		}
	}
	if per := got[1].HeapPerAccount(); per < 50 || per > 5000 {
		t.Errorf("%.0f bytes of heap an account", per)
	}
}
