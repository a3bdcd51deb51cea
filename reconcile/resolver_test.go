package reconcile

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
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
	h := b.ledger.Balance(a, c)
	return fmt.Sprintf("%s/%s/%s", h.Pending.Minor(), h.Available.Minor(), h.Reserved.Minor())
}

func (b *books) resolve(o providers.Outcome) *Resolution {
	b.Helper()
	if o.At.IsZero() {
		o.At = time.Date(2026, 3, 12, 6, 0, 0, 0, time.UTC)
	}
	r := &Resolver{Ledger: b.ledger, Book: b.book, Provider: "adyen"}
	res, err := r.Resolve(&o)
	if err != nil {
		b.Fatal(err)
	}
	return res
}

// say puts a resolution into a line.
func say(r *Resolution) string {
	s := string(r.Class)
	side := func(name string, x Side) {
		if !x.IsZero() {
			s += " " + name + "="
			if x.Amount.Currency() != "" {
				s += x.Amount.String()
			}
			if x.State != "" {
				s += "(" + x.State + ")"
			}
		}
	}
	if r.Class != Matched {
		side("books", r.Expected)
		side("provider", r.Found)
	}
	if r.Waiting {
		s += " waiting"
	}
	for _, e := range r.Events {
		s += "\n  " + string(e.Type)
		for _, x := range []string{e.Capture, e.Refund, e.Chargeback, e.Batch} {
			if x != "" {
				s += " " + x
			}
		}
		if e.Amount.Currency() != "" {
			s += " " + e.Amount.String()
		}
		for _, f := range e.Fees {
			s += " " + string(f.Type) + " " + f.Amount.String()
		}
		for _, l := range e.Postings {
			side := "credit"
			if l.Debit {
				side = "debit"
			}
			s += fmt.Sprintf(" %s %s %s", side, l.Account, l.Amount)
			if l.Sub != ledger.Available {
				s += " " + l.Sub.String()
			}
		}
	}
	return s
}

// book posts the events of a resolution.
func (b *books) bookAll(r *Resolution) {
	b.Helper()
	for _, e := range r.Events {
		if _, err := b.book.Post(context.Background(), e); err != nil && !errors.Is(err, posting.IdempotencyConflict) {
			b.Fatalf("%s: %v", e.AppendJSON(nil), err)
		}
	}
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

func eur(v int64) money.Amount { return money.New(v, "EUR") }

func TestResolve(t *testing.T) {
	b := open(t, market)
	for _, tt := range []struct {
		name string
		o    providers.Outcome
		want string
	}{
		{"settled, with fees", providers.Outcome{Kind: providers.Settled, ProviderReference: "PSP1", Movement: "cap-1", Amount: eur(10000), Net: eur(9880), Fees: []posting.Fee{{Type: posting.FeeInterchange, Amount: eur(120)}}, Batch: "7"},
			"matched\n  payment.fee Interchange 120 EUR\n  payment.settle cap-1 7"},
		{"settled, found by amount", providers.Outcome{Kind: providers.Settled, Reference: "order-1", Movement: "MOD", Amount: eur(10000), Net: eur(10000), Batch: "7"},
			"matched\n  payment.settle cap-1 7"},
		{"part of a settlement", providers.Outcome{Kind: providers.Settled, Reference: "order-1", Part: true, Split: "goods", Account: "BA1", Amount: eur(9000), Net: eur(9000)},
			"matched\n  payment.settle cap-1\n  payment.confirm cap-1"},
		{"part of another amount", providers.Outcome{Kind: providers.Settled, Reference: "order-1", Part: true, Split: "goods", Account: "BA1", Amount: eur(8000), Net: eur(8000)},
			"amount_mismatch books=9000 EUR provider=8000 EUR"},
		{"part that is not there", providers.Outcome{Kind: providers.Settled, Reference: "order-1", Part: true, Split: "other", Account: "BA1", Amount: eur(9000), Net: eur(9000)},
			"missing_in_ledger provider=9000 EUR(part other of BA1)"},
		{"fees that are in the books", providers.Outcome{Kind: providers.Settled, Reference: "order-2", Amount: eur(5000), Net: eur(4900), Fees: []posting.Fee{{Type: posting.FeeInterchange, Amount: eur(60)}, {Type: posting.FeeMarkup, Amount: eur(40)}}},
			"matched\n  payment.settle cap-2"},
		{"other fees", providers.Outcome{Kind: providers.Settled, Reference: "order-2", Amount: eur(5000), Net: eur(4880), Fees: []posting.Fee{{Type: posting.FeeGeneral, Amount: eur(120)}}},
			"fee_mismatch books=100 EUR provider=120 EUR\n  payment.settle cap-2"},
		{"converted", providers.Outcome{Kind: providers.Settled, Reference: "order-3", Amount: money.New(2600000, "KRW"), Net: money.New(1940, "USD"), Fees: []posting.Fee{{Type: posting.FeeGeneral, Amount: money.New(60, "USD")}}},
			"matched\n  payment.fee Fee 60 USD\n  payment.settle cap-3\n  entry debit fx 2600000 KRW credit provider:adyen 2600000 KRW debit provider:adyen 2000 USD credit fx 2000 USD"},
		{"cancelled in the books", providers.Outcome{Kind: providers.Settled, Reference: "order-4", Amount: eur(700), Net: eur(700), Batch: "7"},
			"status_mismatch books=(cancelled) provider=700 EUR(settled in batch 7)"},
		{"settled in another batch", providers.Outcome{Kind: providers.Settled, Reference: "order-5", Amount: eur(800), Net: eur(800), Batch: "7"},
			"status_mismatch books=(settled in batch 6) provider=800 EUR(settled in batch 7)"},
		{"settled by the platform", providers.Outcome{Kind: providers.Settled, Reference: "order-5", Amount: eur(800), Net: eur(800), Batch: "6"},
			"matched\n  payment.confirm cap-5 6"},
		{"another amount", providers.Outcome{Kind: providers.Settled, Reference: "order-1", Amount: eur(9900), Net: eur(9900)},
			"amount_mismatch books=10000 EUR provider=9900 EUR"},
		{"another currency", providers.Outcome{Kind: providers.Settled, Reference: "order-1", Amount: money.New(10000, "USD"), Net: money.New(10000, "USD")},
			"currency_mismatch books=10000 EUR provider=10000 USD"},
		{"no such payment", providers.Outcome{Kind: providers.Settled, Reference: "order-99", Amount: eur(1), Net: eur(1)},
			"missing_in_ledger provider=1 EUR waiting"},
		{"authorised only", providers.Outcome{Kind: providers.Settled, Reference: "order-6", Ours: "c6", Amount: eur(900), Net: eur(900)},
			"missing_in_ledger provider=900 EUR\n  payment.capture c6 900 EUR\n  payment.settle c6"},
		{"captured", providers.Outcome{Kind: providers.Captured, Reference: "order-1", Amount: eur(10000)},
			"matched\n  payment.confirm cap-1"},
		{"settlement failed", providers.Outcome{Kind: providers.SettlementFailed, Reference: "order-1", Amount: eur(10000), Reason: "no"},
			"matched\n  payment.settle_failed cap-1"},
		{"settlement failed of what is cancelled", providers.Outcome{Kind: providers.SettlementFailed, Reference: "order-4", Amount: eur(700), Reason: "cancelled"},
			"matched"},
		{"settlement failed of an authorisation that is cancelled", providers.Outcome{Kind: providers.SettlementFailed, Reference: "order-7", Amount: eur(900)},
			"matched"},
		{"cancelled", providers.Outcome{Kind: providers.Cancelled, Reference: "order-6", Amount: eur(900)},
			"matched\n  payment.cancel"},
		{"cancelled in both", providers.Outcome{Kind: providers.Cancelled, Reference: "order-4", Amount: eur(700)},
			"matched"},
		{"known refund", providers.Outcome{Kind: providers.Refunded, Reference: "order-5", Amount: eur(300), Net: eur(-300)},
			"matched\n  payment.confirm ref-5"},
		{"refund of another amount", providers.Outcome{Kind: providers.Refunded, Reference: "order-5", Ours: "ref-5", Amount: eur(310), Net: eur(-310)},
			"amount_mismatch books=300 EUR provider=310 EUR"},
		{"unknown refund", providers.Outcome{Kind: providers.Refunded, Reference: "order-1", Movement: "ref-1", Amount: eur(2500), Net: eur(-2500)},
			"missing_in_ledger provider=2500 EUR\n  payment.refund ref-1 2500 EUR"},
		{"refund failed", providers.Outcome{Kind: providers.RefundFailed, Reference: "order-5", Amount: eur(300), Net: eur(300)},
			"missing_in_ledger books=300 EUR(refunded) provider=300 EUR(refund failed)\n  payment.refund_failed ref-5"},
		{"unknown chargeback", providers.Outcome{Kind: providers.Chargeback, Reference: "order-1", Movement: "cb-1", Amount: eur(10000), Net: eur(-11500), Fees: []posting.Fee{{Type: posting.FeeDispute, Amount: eur(1500)}}},
			"missing_in_ledger provider=10000 EUR\n  payment.chargeback cb-1 10000 EUR\n  payment.fee DisputeFee 1500 EUR"},
		{"fee of a payment", providers.Outcome{Kind: providers.Fee, Reference: "order-1", Fees: []posting.Fee{{Type: posting.FeeGeneral, Amount: eur(135)}}, Net: eur(-135)},
			"matched\n  payment.fee Fee 135 EUR"},
		{"fee of the account", providers.Outcome{Kind: providers.Fee, Net: eur(-320), Reason: "Fee", Batch: "7"},
			"unmatched_other provider=-320 EUR\n  entry debit liable 320 EUR credit provider:adyen 320 EUR"},
		{"set aside", providers.Outcome{Kind: providers.Other, Net: eur(-500), Held: true},
			"unmatched_other provider=-500 EUR\n  entry debit provider:adyen 500 EUR reserved credit provider:adyen 500 EUR"},
		{"moves nothing", providers.Outcome{Kind: providers.Other, Reason: "received", Reference: "order-1"},
			"unmatched_other"},
		{"payout to the bank", providers.Outcome{Kind: providers.Payout, Net: eur(-14504), Batch: "7"},
			"unmatched_other provider=14504 EUR\n  provider.payout 7 14504 EUR"},
		{"payout that was asked for", providers.Outcome{Kind: providers.Payout, Reference: "po-1", Net: eur(-200)},
			"matched\n  payout.paid"},
		{"payout of a seller", providers.Outcome{Kind: providers.Payout, Account: "seller:1", Net: eur(-200)},
			"unmatched_other provider=200 EUR\n  entry debit seller:1 200 EUR credit provider:adyen 200 EUR"},
		{"payout that came back", providers.Outcome{Kind: providers.PayoutFailed, Net: eur(14504), Batch: "7"},
			"unmatched_other provider=14504 EUR\n  entry debit provider:adyen 14504 EUR credit bank 14504 EUR"},
	} {
		if got := say(b.resolve(tt.o)); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// Who comes second with a payout, a report or a notification, tells what is booked already.
func TestPayoutToldTwice(t *testing.T) {
	o := providers.Outcome{Kind: providers.Payout, Amount: eur(14504), Batch: "7", At: time.Date(2026, 3, 12, 6, 0, 0, 0, time.UTC)}
	reported := o
	reported.Net = eur(-14504)
	for _, notifiedFirst := range []bool{false, true} {
		b := open(t, market)
		var got []string
		for range 2 {
			told := notifiedFirst == (len(got) == 0)
			r, line := &Resolver{Ledger: b.ledger, Book: b.book, Provider: "adyen", Told: told}, reported
			if told {
				line = o
			}
			res, err := r.Resolve(&line)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, say(res))
			b.bookAll(res)
		}
		want := []string{"unmatched_other provider=14504 EUR\n  provider.payout 7 14504 EUR", "duplicate books=(paid out) provider=14504 EUR"}
		if notifiedFirst {
			want[1] = "unmatched_other provider=14504 EUR" // a report is no duplicate of what was told
		}
		if got[0] != want[0] || got[1] != want[1] {
			t.Errorf("got %q\nwant %q", got, want)
		}
	}
}
