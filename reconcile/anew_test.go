package reconcile

import (
	"strings"
	"testing"
)

// TestFormerPayment reads a line of a payment that was cancelled, and whose id another provider's payment has: it waits, and
// says why, whichever name it has; it is kept once, however often the report is read.
func TestFormerPayment(t *testing.T) {
	t.Parallel()
	b := open(t, `{"id":"a1","type":"payment.authorise","payment":"A","provider":"adyen","providerReference":"P1","reference":"order","amount":{"value":5000,"currency":"EUR"}}
{"id":"c1","type":"payment.capture","payment":"A"}
{"id":"k1","type":"payment.cancel","payment":"A"}
{"id":"c2","type":"payment.capture","payment":"A","capture":"again","provider":"xendit","amount":{"value":5000,"currency":"EUR"}}`)
	report := "settled A 50.00 EUR psp=P1 net=50.00 id=t1 row=BA-1\n" +
		"settled A 50.00 EUR net=50.00 id=t2 row=BA-1\n" +
		"settled order 50.00 EUR psp=P9 net=50.00 id=t3\n"
	for range 2 {
		b.compare(Options{Post: true}, report)
		waiting, err := b.book.Waiting("adyen")
		if err != nil || len(waiting) != 3 {
			t.Fatalf("%d notices wait, %v", len(waiting), err)
		}
		for _, n := range waiting {
			if want := "the payment A that it is of was cancelled, and event c2 made another of that id"; !strings.Contains(n.Reason, want) {
				t.Errorf("the notice says %q, want %q", n.Reason, want)
			}
		}
	}
	p, err := b.book.Payment("A")
	if err != nil || p.Provider != "xendit" || len(p.Events) != 1 || len(p.Earlier) != 1 || len(p.Earlier[0].Events) != 3 {
		t.Errorf("the payment is %+v, %v", p, err)
	}
}
