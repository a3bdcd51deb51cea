package adyen_test

import (
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers/adyen"
)

// A payment that names a rule of the books is asked for with the splits that the rule comes to, where the writer has
// somebody to ask; else it is refused.
func TestRequestByRule(t *testing.T) {
	l, err := ledger.Open(filepath.Join(t.TempDir(), "l.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`{"id":"o1","type":"account.open","account":"BA1","kind":"sub"}`,
		`{"id":"u1","type":"rule.create","rule":"r","name":"R","currency":"EUR","routes":[{"account":"BA1","percent":"88","reference":"goods"}],` +
			`"splits":[{"type":"AdyenFees","account":"BA1"}]}`,
	} {
		if _, err := book.Post(t.Context(), *decode(t, line)); err != nil {
			t.Fatal(line, err)
		}
	}
	e := decode(t, `{"id":"c1","type":"payment.capture","payment":"order-1","provider":"adyen","amount":{"value":9999,"currency":"EUR"},"rule":"r"}`)
	for _, tt := range []struct {
		w    adyen.Writer
		want string
	}{
		{adyen.Writer{Rules: book.Finder().Resolved}, `/payments {"amount":{"currency":"EUR","value":9999},"reference":"order-1","splits":[` +
			`{"type":"BalanceAccount","account":"BA1","amount":{"currency":"EUR","value":8799},"reference":"goods"},` +
			`{"type":"Commission","amount":{"currency":"EUR","value":1200}},{"type":"AdyenFees","account":"BA1"}]}`},
		{adyen.Writer{}, `invalid: rule: expected splits, as Adyen does not know the rules of the books, found r`},
	} {
		if got := written(tt.w.Payment(e)); got != tt.want {
			t.Errorf("expected %s\nfound    %s", tt.want, got)
		}
	}
	if e.Rule != "r" || len(e.Splits) > 0 {
		t.Errorf("the event itself was changed: %+v", e)
	}
}
