package antom

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// books returns a book with a payment of 100.00 USD by a seller, and whatever else is told.
func books(t *testing.T, events ...string) *posting.Payment {
	t.Helper()
	b, err := posting.New(ledgertest.Open(t, ledger.Options{}), posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range append([]string{
		`{"id":"a1","type":"account.open","account":"seller-1","kind":"sub"}`,
		`{"id":"a2","type":"account.open","account":"courier","kind":"sub"}`,
		`{"id":"c1","type":"payment.capture","payment":"order-1","provider":"antom","providerReference":"2026031000000000001","account":"seller-1","amount":{"value":10000,"currency":"USD"}}`,
	}, events...) {
		e, err := posting.Decode([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Post(context.Background(), e); err != nil {
			t.Fatal(line, err)
		}
	}
	p, err := b.Payment("order-1")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const (
	commission = `{"id":"split-1","type":"payment.split","payment":"order-1","splits":[{"type":"Commission","account":"platform","amount":{"value":1000}},{"type":"VAT","amount":{"value":190}}]}`
	whole      = `{"id":"split-1","type":"payment.split","payment":"order-1","splits":[{"type":"BalanceAccount","account":"seller-1","amount":{"value":3000}},{"type":"Remainder","account":"platform"}]}`
	courier    = `{"id":"split-1","type":"payment.split","payment":"order-1","splits":[{"type":"BalanceAccount","account":"courier","amount":{"value":500}}]}`
	settled    = `{"id":"s1","type":"payment.settle","payment":"order-1"}`
	refund     = `{"id":"r1","type":"payment.refund","payment":"order-1","refund":"refund-1","amount":{"value":2500,"currency":"USD"}}`
	shared     = `{"id":"r1","type":"payment.refund","payment":"order-1","refund":"refund-1","amount":{"value":2500,"currency":"USD"},"splits":[{"type":"Commission","account":"platform","amount":{"value":250}}]}`
)

// TestRequests writes requests from books.
func TestRequests(t *testing.T) {
	split := func(p *posting.Payment) (any, error) { return SettleSplit(p, "split-1") }
	rest := func(p *posting.Payment) (any, error) { return SettleRest(p, "rest-1") }
	back := func(p *posting.Payment) (any, error) { return NewRefund(p, "refund-1") }
	for _, tt := range []struct {
		name   string
		events []string
		write  func(*posting.Payment) (any, error)
		want   string
	}{
		{"a split", []string{commission}, split, `{"settlementRequestId":"split-1","paymentId":"2026031000000000001","settlementDetails":[{"settleTo":"MARKETPLACE","settlementAmount":{"currency":"USD","value":"1190"}}]}`},
		{"a split of all", []string{whole}, split, `{"settlementRequestId":"split-1","paymentId":"2026031000000000001","settlementDetails":[{"settleTo":"SELLER","settlementAmount":{"currency":"USD","value":"3000"}},{"settleTo":"MARKETPLACE","settlementAmount":{"currency":"USD","value":"7000"}}]}`},
		{"a split to somebody else", []string{courier}, split, "expected the payment's seller (seller-1), platform or liable: Antom splits a payment between the seller and the marketplace alone, found courier"},
		{"a split that is not there", nil, split, `expected a payment.split of payment "order-1", found none named "split-1"`},
		{"the rest", []string{commission, refund}, rest, `{"settlementRequestId":"rest-1","paymentId":"2026031000000000001","settlementDetails":[{"settleTo":"SELLER","settlementAmount":{"currency":"USD","value":"6310"}}]}`},
		{"all of it", nil, rest, `{"settlementRequestId":"rest-1","paymentId":"2026031000000000001","settlementDetails":[{"settleTo":"SELLER","settlementAmount":{"currency":"USD","value":"10000"}}]}`},
		{"no rest", []string{whole, refund, strings.NewReplacer("r1", "r2", "refund-1", "refund-2", "2500", "500").Replace(refund)}, rest, `expected something of payment "order-1" left to settle to seller-1`},
		{"a refund", []string{refund}, back, `{"refundRequestId":"refund-1","paymentId":"2026031000000000001","refundAmount":{"currency":"USD","value":"2500"},"refundDetails":[{"refundAmount":{"currency":"USD","value":"2500"},"refundFrom":"UNSETTLED_FUNDS"}],"metadata":"{\"splitledger_payment\":\"order-1\"}"}`},
		{"a refund after settlement", []string{settled, refund}, back, `{"refundRequestId":"refund-1","paymentId":"2026031000000000001","refundAmount":{"currency":"USD","value":"2500"},"refundDetails":[{"refundAmount":{"currency":"USD","value":"2500"},"refundFrom":"SELLER"}],"metadata":"{\"splitledger_payment\":\"order-1\"}"}`},
		{"a refund by both", []string{commission, shared}, back, `{"refundRequestId":"refund-1","paymentId":"2026031000000000001","refundAmount":{"currency":"USD","value":"2500"},"refundDetails":[{"refundAmount":{"currency":"USD","value":"2250"},"refundFrom":"SELLER"},{"refundAmount":{"currency":"USD","value":"250"},"refundFrom":"MARKETPLACE"}],"metadata":"{\"splitledger_payment\":\"order-1\"}"}`},
		{"a refund that is not there", nil, back, `expected a payment.refund of payment "order-1", found none named "refund-1"`},
	} {
		got, err := tt.write(books(t, tt.events...))
		if err != nil {
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: expected %s, found the error %v", tt.name, tt.want, err)
			}
			continue
		}
		if b, err := json.Marshal(got); err != nil || string(b) != tt.want {
			t.Errorf("%s: expected\n%s\nfound\n%s", tt.name, tt.want, b)
		}
	}
}

// TestChecks has requests that Antom would not take.
func TestChecks(t *testing.T) {
	usd := func(v string) Amount { return Amount{"USD", v} }
	part := SettlePart{Seller, usd("100")}
	long := strings.Repeat("x", 65)
	for _, tt := range []struct {
		r interface {
			Request(bool) (Request, error)
		}
		want string
	}{
		{&Settle{"s1", "p1", []SettlePart{part, {Marketplace, usd("200")}}}, ""},
		{&Settle{"", "p1", []SettlePart{part}}, "settlementRequestId: expected 1 to 64 characters, found 0"},
		{&Settle{long, "p1", []SettlePart{part}}, "settlementRequestId: expected 1 to 64 characters, found 65"},
		{&Settle{"s1", "", []SettlePart{part}}, "paymentId: expected Antom's name of the payment"},
		{&Settle{"s1", "p1", nil}, "settlementDetails: expected 1 to 20, found 0"},
		{&Settle{"s1", "p1", make([]SettlePart, 21)}, "settlementDetails: expected 1 to 20, found 21"},
		{&Settle{"s1", "p1", []SettlePart{{Unsettled, usd("1")}}}, "settlementDetails[0].settleTo: expected SELLER or MARKETPLACE"},
		{&Settle{"s1", "p1", []SettlePart{{Seller, usd("0")}}}, "settlementDetails[0].settlementAmount: expected an amount above zero"},
		{&Settle{"s1", "p1", []SettlePart{{Seller, usd("1.00")}}}, "settlementDetails[0].settlementAmount: "},
		{&Settle{"s1", "p1", []SettlePart{part, {Marketplace, Amount{"EUR", "1"}}}}, "settlementDetails[1].settlementAmount: expected USD like the first, found EUR"},
		{&Refund{ID: "r1", Payment: "p1", Amount: usd("3"), Details: []RefundPart{{usd("2"), Seller}, {usd("1"), Unsettled}}}, ""},
		{&Refund{ID: "r1", Payment: "p1", Amount: usd("3"), Details: []RefundPart{{usd("2"), Seller}}}, "refundDetails: expected parts that sum to 3 USD, found 2 USD"},
		{&Refund{ID: "r1", Payment: "p1", Amount: usd("3"), Details: []RefundPart{{Amount{"EUR", "3"}, Seller}}}, "refundDetails: expected parts that sum to 3 USD, found 3 EUR"},
		{&Refund{ID: "r1", Payment: "p1", Amount: usd("3"), Details: []RefundPart{{usd("3"), "COURIER"}}}, "refundDetails[0].refundFrom: expected SELLER, MARKETPLACE or UNSETTLED_FUNDS"},
		{&Refund{ID: "r1", Payment: "p1", Amount: usd("3"), Details: []RefundPart{{usd("3"), Seller}}, Reason: strings.Repeat("ж", 257)}, "refundReason: expected at most 256 characters, found 257"},
	} {
		got, err := tt.r.Request(true)
		switch {
		case tt.want == "" && (err != nil || !strings.HasPrefix(got.Path, "/ams/sandbox/api/v1/payments/")):
			t.Errorf("%+v: %v, path %s", tt.r, err, got.Path)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%+v: expected an error with %q, found %v", tt.r, tt.want, err)
		}
	}
}

// TestSums: whatever is split and refunded, no settle asks for more than the payment, and a refund's parts are its amount.
func TestSums(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		minor := func(name string, most int64) int64 { return rapid.Int64Range(1, most).Draw(r, name) }
		left, back := int64(10000), int64(10000)
		var events []string
		var settles int64
		for i := range rapid.IntRange(0, 3).Draw(r, "splits") {
			a := minor("split", 4000)
			if a > left {
				break
			}
			left -= a
			to := rapid.SampledFrom([]accounts.ID{"platform", "liable", "seller-1"}).Draw(r, "to")
			events = append(events, fmt.Sprintf(`{"id":"split-%d","type":"payment.split","payment":"order-1","splits":[{"type":"BalanceAccount","account":%q,"amount":{"value":%d}}]}`, i, to, a))
		}
		splits := len(events)
		for i := range rapid.IntRange(0, 2).Draw(r, "refunds") {
			a := minor("refund", 3000)
			back -= a
			events = append(events, fmt.Sprintf(`{"id":"r-%d","type":"payment.refund","payment":"order-1","refund":"refund-%d","amount":{"value":%d,"currency":"USD"}}`, i, i, a))
		}
		p := books(t, events...)
		for i := range events {
			if i < splits {
				s, err := SettleSplit(p, fmt.Sprint("split-", i))
				if err != nil {
					r.Fatal(err)
				}
				settles += sum(r, s)
			} else if f, err := NewRefund(p, fmt.Sprint("refund-", i-splits)); err != nil {
				r.Fatal(f, err) // its sum is checked as it is written
			}
		}
		if s, err := SettleRest(p, "rest"); err == nil {
			settles += sum(r, s)
		} else if left-(10000-back) > 0 {
			r.Fatal(err)
		}
		if settles > 10000 {
			r.Errorf("%d settled of 10000", settles)
		}
	})
}

func sum(r *rapid.T, s *Settle) (n int64) {
	for _, d := range s.Details {
		a, err := money.ParseMinor(d.Amount.Value, "USD")
		if err != nil {
			r.Fatal(err)
		}
		v, _ := a.Int().Int64()
		n += v
	}
	return n
}

func TestReadResult(t *testing.T) {
	for _, tt := range []struct {
		body, want string
	}{
		{`{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"},"settlementRequestId":"s1","settlementId":"9"}`, "done SUCCESS 9"},
		{`{"result":{"resultStatus":"S","resultCode":"SUCCESS"},"refundId":"8"}`, "done SUCCESS 8"},
		{`{"result":{"resultStatus":"U","resultCode":"UNKNOWN_EXCEPTION"}}`, "retry same UNKNOWN_EXCEPTION "},
		{`{"result":{"resultStatus":"F","resultCode":"INVALID_SETTLEMENT_TIME"}}`, "refused INVALID_SETTLEMENT_TIME : wait until the payment's earliestSettlementTime"},
		{`{"result":{"resultStatus":"F","resultCode":"ORDER_FROZEN"}}`, "refused ORDER_FROZEN : ask Antom's support"},
		{`{"result":{"resultStatus":"F","resultCode":"SETTLEMENT_AMOUNT_EXCEEDS_LIMIT"}}`, "refused SETTLEMENT_AMOUNT_EXCEEDS_LIMIT : settle no more"},
		{`{"result":{"resultStatus":"F","resultCode":"PARAM_ILLEGAL"}}`, "refused PARAM_ILLEGAL : look the code up"},
		{`{"result":{"resultStatus":"X"}}`, `retry same  : answer of Antom: expected a resultStatus of S, F or U, found "X"`},
		{`{}`, "retry same  : answer of Antom: expected a result, found none"},
		{`<html>`, "retry same  : answer of Antom: expected a JSON object"},
	} {
		r, err := ReadResult([]byte(tt.body))
		got := fmt.Sprint(string(r.Next), " ", r.Code, " ", r.ID)
		if r.Remedy != "" {
			got += ": " + r.Remedy
		}
		if err != nil {
			got += ": " + err.Error()
		}
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: expected %s, found %s", tt.body, tt.want, got)
		}
	}
}
