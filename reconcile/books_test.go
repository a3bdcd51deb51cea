package reconcile

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/ledger/ledgertest"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// books is a ledger of a test.
type books struct {
	testing.TB
	ledger *ledger.Ledger
	book   *posting.Book
}

func open(t testing.TB, events ...string) *books {
	t.Helper()
	l, err := ledger.Open(filepath.Join(t.TempDir(), "l.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if v, err := l.Verify(context.Background(), nil); err != nil || len(v.Damage) > 0 {
			t.Errorf("verify: %v %v", v.Damage, err)
		}
		l.Close()
	})
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &books{t, l, book}
	b.post(events...)
	return b
}

// post books events of JSON, which must be accepted.
func (b *books) post(events ...string) {
	b.Helper()
	for _, text := range events {
		for line := range strings.Lines(text) {
			if strings.TrimSpace(line) == "" {
				continue
			}
			e, err := posting.Decode([]byte(strings.TrimSpace(line)))
			if err != nil {
				b.Fatalf("%s: %v", line, err)
			}
			if _, err := b.book.Post(context.Background(), e); err != nil {
				b.Fatalf("%s: %v", line, err)
			}
		}
	}
}

// held is what an account holds of a currency: pending/available/reserved.
func (b *books) held(account string, c money.Currency) string {
	a := accounts.ID(account)
	h := ledgertest.Holds(b.ledger, a, c)
	return fmt.Sprintf("%s/%s/%s", h.Pending.Minor(), h.Available.Minor(), h.Reserved.Minor())
}

const market = `
{"id":"a1","type":"account.open","account":"seller:1","kind":"sub"}
{"id":"p1","type":"payment.capture","payment":"order-1","capture":"cap-1","provider":"adyen","providerReference":"PSP1","at":"2026-03-10T10:00:00Z","amount":{"value":10000,"currency":"EUR"},"splits":[{"type":"BalanceAccount","account":"seller:1","amount":{"value":9000,"currency":"EUR"},"reference":"goods"},{"type":"Commission","amount":{"value":1000,"currency":"EUR"},"reference":"commission"}]}
{"id":"p2","type":"payment.capture","payment":"order-2","capture":"cap-2","provider":"adyen","at":"2026-03-10T10:00:00Z","amount":{"value":5000,"currency":"EUR"}}
{"id":"p2f","type":"payment.fee","payment":"order-2","fees":[{"type":"Fee","amount":{"value":100,"currency":"EUR"}}]}
{"id":"p3","type":"payment.capture","payment":"order-3","capture":"cap-3","provider":"adyen","at":"2026-03-10T10:00:00Z","amount":{"value":2600000,"currency":"KRW"}}
{"id":"p4","type":"payment.capture","payment":"order-4","capture":"cap-4","provider":"adyen","at":"2026-03-10T10:00:00Z","amount":{"value":700,"currency":"EUR"}}
{"id":"p4c","type":"payment.cancel","payment":"order-4"}
{"id":"p5","type":"payment.capture","payment":"order-5","capture":"cap-5","provider":"adyen","at":"2026-03-10T10:00:00Z","amount":{"value":800,"currency":"EUR"}}
{"id":"p5s","type":"payment.settle","payment":"order-5","batch":"6"}
{"id":"p5r","type":"payment.refund","payment":"order-5","refund":"ref-5","amount":{"value":300,"currency":"EUR"}}
{"id":"p6","type":"payment.authorise","payment":"order-6","provider":"adyen","amount":{"value":900,"currency":"EUR"}}
{"id":"p7","type":"payment.authorise","payment":"order-7","provider":"adyen","amount":{"value":900,"currency":"EUR"}}
{"id":"p7c","type":"payment.cancel","payment":"order-7"}
{"id":"po","type":"payout","payout":"po-1","account":"liable","amount":{"value":200,"currency":"EUR"},"provider":"adyen"}
`
