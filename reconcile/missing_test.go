package reconcile

import (
	"slices"
	"testing"
)

// How far back reports have come is kept from one that is posted to the next, and an older one that is posted later moves it.
func TestHistoryIsLeftOut(t *testing.T) {
	b := open(t, `
{"id":"e1","at":"2026-02-10T10:00:00Z","type":"payment.capture","payment":"february","capture":"c1","provider":"adyen","amount":{"value":1000,"currency":"EUR"}}
{"id":"s1","at":"2026-02-12T10:00:00Z","type":"payment.settle","payment":"february"}
{"id":"e2","at":"2026-03-02T10:00:00Z","type":"payment.capture","payment":"march-2","capture":"c2","provider":"adyen","amount":{"value":2000,"currency":"EUR"}}
{"id":"s2","at":"2026-03-03T10:00:00Z","type":"payment.settle","payment":"march-2"}
{"id":"r2","at":"2026-03-04T10:00:00Z","type":"payment.refund","payment":"march-2","refund":"r2","amount":{"value":100,"currency":"EUR"}}
{"id":"e3","at":"2026-03-11T10:00:00Z","type":"payment.capture","payment":"march-11","capture":"c3","provider":"adyen","amount":{"value":3000,"currency":"EUR"}}
{"id":"s3","at":"2026-03-11T11:00:00Z","type":"payment.settle","payment":"march-11"}`)
	day := func(d string) string {
		return "fee - - EUR net=-1.00 Fee=1.00 id=a" + d + " at=" + d + "T01:00\nfee - - EUR net=-1.00 Fee=1.00 id=b" + d + " at=" + d + "T23:00\n"
	}
	for _, step := range []struct {
		day  string
		want []string
	}{
		{"10", nil},
		{"12", []string{"march-11"}},
		{"03", []string{"march-2"}}, // its settlement; the refund is newer than the report
		{"13", []string{"march-2", "march-2", "march-11"}},
	} {
		for _, post := range []bool{false, true, true} {
			r := b.compare(Options{Post: post}, day(step.day))
			var got []string
			for x, err := range r.Breaks() {
				if err != nil {
					t.Fatal(err)
				}
				if x.Class == MissingAtProvider {
					got = append(got, x.Payment)
				}
			}
			if !slices.Equal(got, step.want) {
				t.Errorf("report of the %s, posted %v: missing %q, want %q", step.day, post, got, step.want)
			}
		}
	}
}
