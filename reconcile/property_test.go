package reconcile

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Any lines about some payments: each is in exactly one class, the report is the same whatever the number of workers and the
// memory, and posting it again and again moves nothing.
func TestAnyReport(t *testing.T) {
	t.Parallel()
	kinds := []string{"captured", "cancelled", "settled", "settlement_failed", "refunded", "refund_failed", "chargeback", "chargeback_reversed",
		"fee", "split", "split_failed", "transfer", "payout", "payout_failed", "other"}
	rapid.Check(t, func(rt *rapid.T) {
		var closers []*Result // their files are many where little is kept in memory
		defer func() {
			for _, r := range closers {
				r.Close()
			}
		}()
		var report strings.Builder
		n := rapid.IntRange(0, 60).Draw(rt, "lines")
		for i := range n {
			if rapid.IntRange(0, 20).Draw(rt, "readable") == 0 {
				report.WriteString("? x\n")
				continue
			}
			kind := rapid.SampledFrom(kinds).Draw(rt, "kind")
			amount := rapid.SampledFrom([]int{1, 3, 8, 10, 50, 90, 100}).Draw(rt, "amount")
			currency := rapid.SampledFrom([]string{"EUR", "EUR", "EUR", "KRW"}).Draw(rt, "currency")
			order := rapid.SampledFrom([]string{"order-1", "order-2", "order-3", "order-5", "order-6", "order-9", "-"}).Draw(rt, "order")
			if order == "-" && strings.HasPrefix(kind, "split") {
				order = "order-1" // rows of routes are looked up in what is booked: before posting they are not the same
			}
			fmt.Fprintf(&report, "%s %s %d %s", kind, order, amount, currency)
			mod := map[string]string{"captured": "cap", "settled": "cap", "refunded": "ref", "refund_failed": "ref"}[kind]
			mod = cmp.Or(mod, "dispute") + strings.TrimPrefix(order, "order") // no two payments have one
			for _, more := range []string{fmt.Sprintf("net=%d", amount), fmt.Sprintf("net=-%d:EUR", amount), "Fee=1", "batch=6", "batch=7", "mod=" + mod, "part=goods", "held"} {
				if rapid.IntRange(0, 3).Draw(rt, "more") == 0 {
					report.WriteString(" " + more)
				}
			}
			again := rapid.IntRange(0, 1).Draw(rt, "again")
			if kind == "other" { // which is of a payment or of none, by its net: those of none come last, and posting has booked the others by then
				again = 0
			}
			fmt.Fprintf(&report, " id=%s-%d\n", kind, i-again)
		}
		b := open(t, market)
		compare := func(o Options) *Result {
			r := b.compare(o, report.String())
			closers = append(closers, r)
			return r
		}
		first := compare(Options{})
		sum := uint64(0)
		for c, count := range first.Counts {
			if c.OfLines() {
				sum += count
			}
		}
		if first.Lines != uint64(n) || sum != uint64(n) {
			rt.Fatalf("%d lines, %d counted, %d in classes", n, first.Lines, sum)
		}
		want := text(t, first)
		for _, o := range []Options{{Workers: 1, Memory: 1}, {Workers: 3}} {
			if got := text(t, compare(o)); got != want {
				rt.Fatalf("with %+v:\n%s\nwant\n%s", o, got, want)
			}
		}
		posted := compare(Options{Post: true})
		sum = 0
		for c, count := range posted.Counts { // lines of no payment are compared with what is booked by then, so they may say more
			if c.OfLines() {
				sum += count
			}
		}
		if posted.Lines != uint64(n) || sum != uint64(n) {
			rt.Fatalf("posted: %d lines, %d counted, %d in classes", n, posted.Lines, sum)
		}
		compare(Options{Post: true}) // what was found by its amount has a name now, and what was pending is not
		before := b.balances()
		again := compare(Options{Post: true})
		if b.balances() != before { // a confirmation may be added: of what was found by its amount, and has a name since
			rt.Fatalf("again: %+v\n%s\nbefore\n%s\nreport\n%s", again.Posting, b.balances(), before, report.String())
		}
	})
}
