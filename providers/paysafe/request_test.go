package paysafe_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers/paysafe"
)

func usd(minor int64) money.Amount { return money.New(minor, "USD") }

func percent(s string) money.Percent {
	p, err := money.ParsePercent(s)
	if err != nil {
		panic(err)
	}
	return p
}

func to(account accounts.ID, amount int64) posting.Split {
	return posting.Split{Type: posting.BalanceAccount, Account: account, Amount: usd(amount)}
}

func part(account accounts.ID, p string) posting.Split {
	return posting.Split{Type: posting.BalanceAccount, Account: account, Percent: percent(p)}
}

// order is a payment of 50.00 USD to the merchant shop.
func order() *posting.Payment {
	return &posting.Payment{ID: "p-1", Provider: "paysafe", Account: "shop", Reference: "order-1", Currency: "USD", Authorised: usd(5000), Captured: usd(5000)}
}

// linked are the linked accounts of some accounts; the others have their own names.
type linked map[accounts.ID]string

func (l linked) writer() (w paysafe.Writer) {
	if l != nil {
		w.ID = func(account accounts.ID) (string, error) {
			if id := l[account]; id != "" {
				return id, nil
			}
			return string(account), nil
		}
	}
	return w
}

// TestNoID has no linked account for an account, and says why. The merchant's own is not asked for.
func TestNoID(t *testing.T) {
	e := &posting.Event{ID: "e-2", Type: posting.PaymentRefund, Payment: "p-1", Refund: "refund-1", Amount: usd(1000), Splits: []posting.Split{to("shop", 10), to("a", 20)}}
	r, err := paysafe.Writer{ID: func(accounts.ID) (string, error) { return "", nil }}.Refund(order(), e)
	expect(t, r, err, "unknown_account: expected a linked account of a, found none")
	r, err = paysafe.Writer{ID: func(accounts.ID) (string, error) { return "", errors.New("two linked accounts have it") }}.Refund(order(), e)
	expect(t, r, err, "unknown_account: two linked accounts have it")
	r, err = paysafe.Writer{ID: func(accounts.ID) (string, error) { return "2000000001", nil }}.Refund(order(), e)
	expect(t, r, err, `{"merchantRefNum":"refund-1","amount":1000,"splitpay":[{"linkedAccount":"2000000001","amount":20}]}`)
}

func TestSettlement(t *testing.T) {
	published := []posting.Split{part("123124124", "5.31"), to("767862873", 500)}
	for _, c := range []struct {
		name   string
		change func(*posting.Payment, *posting.Event)
		linked linked
		want   string
	}{
		{"as published", func(_ *posting.Payment, e *posting.Event) { e.Splits = published }, nil,
			`{"merchantRefNum":"order-1","amount":5000,"splitpay":[{"linkedAccount":"123124124","percent":5.31},{"linkedAccount":"767862873","amount":500}]}`},
		{"all that is left", func(_ *posting.Payment, e *posting.Event) { e.Amount = money.Amount{} }, nil, `{"merchantRefNum":"order-1"}`},
		{"splits of the authorisation", func(p *posting.Payment, e *posting.Event) {
			p.Events = []posting.PaymentEvent{{Event: posting.Event{Type: posting.PaymentAuthorise, Splits: published[1:]}}}
		}, nil, `{"merchantRefNum":"order-1","amount":5000,"splitpay":[{"linkedAccount":"767862873","amount":500}]}`},
		{"not in part", func(p *posting.Payment, e *posting.Event) {
			p.Events = []posting.PaymentEvent{{Event: posting.Event{Type: posting.PaymentAuthorise, Splits: published[1:]}}}
			e.Amount = usd(1000)
		}, nil, `{"merchantRefNum":"order-1","amount":1000}`},
		{"a second capture", func(p *posting.Payment, e *posting.Event) {
			p.Captures = []*posting.Capture{{ID: "c-0"}}
			e.Amount = usd(10)
		}, nil,
			`{"merchantRefNum":"c-1","amount":10}`},
		{"the merchant's own part", func(_ *posting.Payment, e *posting.Event) {
			e.Splits = []posting.Split{to("shop", 4000), to("a", 1000)}
		}, nil,
			`{"merchantRefNum":"order-1","amount":5000,"splitpay":[{"linkedAccount":"a","amount":1000}]}`},
		{"a remainder", func(_ *posting.Payment, e *posting.Event) {
			e.Splits = []posting.Split{part("a", "5.31"), {Type: posting.Remainder, Account: "b"}}
		}, linked{"b": "2000000002"},
			`{"merchantRefNum":"order-1","amount":5000,"splitpay":[{"linkedAccount":"a","percent":5.31},{"linkedAccount":"2000000002","amount":4734}]}`},
		{"a commission", func(_ *posting.Payment, e *posting.Event) {
			e.Splits = []posting.Split{{Type: posting.Commission, Amount: usd(500)}}
		}, linked{accounts.Liable: "2000000009"},
			`{"merchantRefNum":"order-1","amount":5000,"splitpay":[{"linkedAccount":"2000000009","amount":500}]}`},
		{"a commission of the platform's own payment", func(p *posting.Payment, e *posting.Event) {
			p.Account = ""
			e.Splits = []posting.Split{{Type: posting.Commission, Amount: usd(500)}}
		}, nil, `{"merchantRefNum":"order-1","amount":5000}`},

		{"a commission without account", func(_ *posting.Payment, e *posting.Event) {
			e.Splits = []posting.Split{{Type: posting.Commission, Amount: usd(500)}}
		}, nil, `unknown_account: expected a linked account of liable, found none`},
		{"too much", func(_ *posting.Payment, e *posting.Event) { e.Splits = []posting.Split{to("a", 4999), to("b", 2)} }, nil,
			`split_exceeds_amount: expected at most 5000 USD in all, found 5001 USD`},
		{"too much by percents", func(_ *posting.Payment, e *posting.Event) {
			e.Splits = []posting.Split{part("a", "99.99"), part("b", "0.02")}
		}, nil, `split_exceeds_amount: expected percents of at most 100 in all, found 100.01`},
		{"three decimals", func(_ *posting.Payment, e *posting.Event) { e.Splits = []posting.Split{part("a", "5.315")} }, nil,
			`invalid: expected at most 2 decimals, found 5.315`},
		{"a fee split", func(_ *posting.Payment, e *posting.Event) {
			e.Splits = []posting.Split{{Type: posting.PaymentFeeSplit, Account: "a"}}
		}, nil, `invalid: expected a part of the amount, found PaymentFee: at Paysafe the merchant bears fees`},
		{"more than authorised", func(_ *posting.Payment, e *posting.Event) { e.Amount = usd(5001) }, nil, `invalid: expected from 0 to 5000 USD, found 5001 USD`},
		{"more than Paysafe takes", func(p *posting.Payment, e *posting.Event) {
			p.Authorised, e.Amount = usd(200000000000), usd(100000000000)
		}, nil, `invalid: expected from 0 to 99999999999 USD, found 100000000000 USD`},
		{"another currency", func(_ *posting.Payment, e *posting.Event) { e.Amount = money.New(5000, "EUR") }, nil, `currency_mismatch: expected USD, the payment's currency, found EUR`},
		{"a long reference", func(p *posting.Payment, e *posting.Event) { p.Reference = strings.Repeat("é", 256) }, nil, `invalid: expected at most 255 characters, found 256`},
		{"a stored rule", func(_ *posting.Payment, e *posting.Event) { e.Rule = "rule-1" }, nil, `invalid: expected the splits of the stored rule, found its name rule-1`},
		{"another payment's", func(_ *posting.Payment, e *posting.Event) { e.Payment = "p-2" }, nil, `invalid: expected a capture of payment p-1, found payment.capture of p-2`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, e := order(), &posting.Event{ID: "e-1", Type: posting.PaymentCapture, Payment: "p-1", Capture: "c-1", Amount: usd(5000)}
			c.change(p, e)
			s, err := c.linked.writer().Settlement(p, e)
			expect(t, s, err, c.want)
		})
	}
}

// expect compares a request as JSON, or code and message of the error.
func expect(t *testing.T, v any, err error, want string) {
	t.Helper()
	b, failed := json.Marshal(v)
	if failed != nil {
		t.Fatal(failed)
	}
	got := string(b)
	if e, ok := errors.AsType[*ledger.Error](err); ok {
		got = string(e.Code) + ": " + e.Message
		if e.Field == "" {
			t.Error("expected the path of the field, found none")
		}
	}
	if got != want {
		t.Errorf("expected\n%s\nfound\n%s", want, got)
	}
}

func TestRefund(t *testing.T) {
	e := &posting.Event{ID: "e-2", Type: posting.PaymentRefund, Payment: "p-1", Refund: "refund-1", Amount: usd(1000)}
	r, err := paysafe.Writer{}.Refund(order(), e)
	expect(t, r, err, `{"merchantRefNum":"refund-1","amount":1000}`)
	e.Splits = []posting.Split{part("1001391850", "5.75"), to("1001391860", 500)}
	r, err = paysafe.Writer{}.Refund(order(), e)
	expect(t, r, err, `{"merchantRefNum":"refund-1","amount":1000,"splitpay":[{"linkedAccount":"1001391850","percent":5.75},{"linkedAccount":"1001391860","amount":500}]}`)
	e.Amount = usd(5001)
	r, err = paysafe.Writer{}.Refund(order(), e)
	expect(t, r, err, `invalid: expected from 0 to 5000 USD, found 5001 USD`)
	e.Type = posting.PaymentCancel
	r, err = paysafe.Writer{}.Refund(order(), e)
	expect(t, r, err, `invalid: expected a refund of payment p-1, found payment.cancel of p-1`)
}

func TestCancellation(t *testing.T) {
	c, err := paysafe.NewCancellation(&posting.Capture{ID: "c-1"})
	expect(t, c, err, `{"status":"CANCELLED"}`)
	c, err = paysafe.NewCancellation(&posting.Capture{ID: "c-1", Settled: true})
	expect(t, c, err, `invalid_state: expected a capture that is pending, found that c-1 is settled: refund it`)
}
