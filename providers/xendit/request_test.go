package xendit

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

var known = businesses{"seller:42": "5f8d0c0603ffe06b7d4d9fcf", "courier:7": "67514ce3b045c2ebade1d94e"}

// businesses are those of some accounts.
type businesses map[accounts.ID]string

func (b businesses) writer() (w Writer) {
	if b != nil {
		w.ID = func(account accounts.ID) (string, error) { return b[account], nil }
	}
	return w
}

func percent(t *testing.T, s string) money.Percent {
	p, err := money.ParsePercent(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// written is a request as it is sent, or the field and message that it is refused with.
func written(t *testing.T, request any, err error) string {
	if refused, ok := errors.AsType[*ledger.Error](err); ok {
		return refused.Field + ": " + refused.Message
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSplitRule(t *testing.T) {
	flat := func(minor int64) money.Int { return money.NewInt(minor) }
	for _, tt := range []struct {
		name string
		rule posting.Rule
		all  businesses
		want string
	}{
		{"the documented example", posting.Rule{Name: "Platform and Delivery Fees", Currency: "IDR", Routes: []posting.Route{
			{Account: "seller:42", Flat: flat(300000), Reference: "reference-1"},
			{Account: "seller:42", Percent: percent(t, "5.25"), Reference: "reference-2"},
		}}, known, `{"name":"Platform and Delivery Fees","routes":[` +
			`{"flat_amount":3000,"currency":"IDR","destination_account_id":"5f8d0c0603ffe06b7d4d9fcf","reference_id":"reference-1"},` +
			`{"percent_amount":5.25,"currency":"IDR","destination_account_id":"5f8d0c0603ffe06b7d4d9fcf","reference_id":"reference-2"}]}`},
		{"the platform needs no id", posting.Rule{Name: "half", Currency: "IDR", Routes: []posting.Route{
			{Percent: percent(t, "50"), Reference: "a"}, {Account: "platform", Percent: percent(t, "0.50"), Reference: "A"},
		}}, nil, `{"name":"half","routes":[{"percent_amount":50,"currency":"IDR","reference_id":"a"},{"percent_amount":0.5,"currency":"IDR","reference_id":"A"}]}`},
		{"the platform by its id", posting.Rule{Name: "half", Currency: "IDR", Routes: []posting.Route{{Percent: percent(t, "50"), Reference: "a"}}},
			businesses{"platform": "5cafeb170a2b18519b1b8768"},
			`{"name":"half","routes":[{"percent_amount":50,"currency":"IDR","destination_account_id":"5cafeb170a2b18519b1b8768","reference_id":"a"}]}`},
		{"cents", posting.Rule{Name: "n", Currency: "PHP", Routes: []posting.Route{{Flat: flat(15045), Reference: "a"}, {Flat: flat(15040), Reference: "b"}, {Flat: flat(5), Reference: "c"}}}, nil,
			`{"name":"n","routes":[{"flat_amount":150.45,"currency":"PHP","reference_id":"a"},{"flat_amount":150.4,"currency":"PHP","reference_id":"b"},{"flat_amount":0.05,"currency":"PHP","reference_id":"c"}]}`},
		{"dong have no decimals", posting.Rule{Name: "n", Currency: "VND", Routes: []posting.Route{{Flat: flat(25000), Reference: "a"}}}, nil,
			`{"name":"n","routes":[{"flat_amount":25000,"currency":"VND","reference_id":"a"}]}`},
		{"more than a float holds", posting.Rule{Name: "n", Currency: "USD", Routes: []posting.Route{{Flat: flat(900719925474099301), Reference: "a"}}}, nil,
			`{"name":"n","routes":[{"flat_amount":9007199254740993.01,"currency":"USD","reference_id":"a"}]}`},

		{"no name", posting.Rule{Currency: "IDR", Routes: []posting.Route{{Flat: flat(100), Reference: "a"}}}, nil, "name: expected a name, found none"},
		{"no routes", posting.Rule{Name: "n", Currency: "IDR"}, nil, "routes: expected at least one route, found none"},
		{"a currency without rules", posting.Rule{Name: "n", Currency: "EUR", Routes: []posting.Route{{Flat: flat(100), Reference: "a"}}}, nil,
			`currency: expected one of IDR, MYR, PHP, SGD, THB, USD, VND, found "EUR"`},
		{"half a rupiah", posting.Rule{Name: "n", Currency: "IDR", Routes: []posting.Route{{Flat: flat(50), Reference: "a"}}}, nil,
			"routes[0].flat: expected at most 0 decimals of IDR, found 0.5"},
		{"nothing", posting.Rule{Name: "n", Currency: "IDR", Routes: []posting.Route{{Reference: "a"}}}, nil,
			"routes[0].flat: expected either flat or percent, found neither"},
		{"both", posting.Rule{Name: "n", Currency: "IDR", Routes: []posting.Route{{Flat: flat(100), Percent: percent(t, "1"), Reference: "a"}}}, nil,
			"routes[0].flat: expected either flat or percent, found both"},
		{"less than nothing", posting.Rule{Name: "n", Currency: "IDR", Routes: []posting.Route{{Flat: flat(-100), Reference: "a"}}}, nil,
			"routes[0].flat: expected an amount above 0, found -100 IDR"},
		{"three decimals", posting.Rule{Name: "n", Currency: "IDR", Routes: []posting.Route{{Percent: percent(t, "5.125"), Reference: "a"}}}, nil,
			"routes[0].percent: expected at most 2 decimals, found 5.125"},
		{"more than all", posting.Rule{Name: "n", Currency: "IDR", Routes: []posting.Route{{Percent: percent(t, "100").Add(percent(t, "1")), Reference: "a"}}}, nil,
			"routes[0].percent: expected at most 100, found 101"},
		{"a reference twice", posting.Rule{Name: "n", Currency: "IDR", Routes: []posting.Route{{Flat: flat(100), Reference: "a"}, {Flat: flat(200), Reference: "a"}}}, nil,
			`routes[1].reference: expected a reference of its own, found "a" as at routes[0]`},
		{"no reference", posting.Rule{Name: "n", Currency: "IDR", Routes: []posting.Route{{Flat: flat(100)}}}, nil, "routes[0].reference: expected a reference, found none"},
		{"an account that is not at Xendit", posting.Rule{Name: "n", Currency: "IDR", Routes: []posting.Route{{Account: "seller:43", Flat: flat(100), Reference: "a"}}}, known,
			`routes[0].account: expected an account whose business at Xendit is known, found "seller:43"`},
		{"an account of the name of its business", posting.Rule{Name: "n", Currency: "VND", Routes: []posting.Route{{Account: "5f8d0c0603ffe06b7d4d9fcf", Flat: flat(100), Reference: "a"}}}, nil,
			`{"name":"n","routes":[{"flat_amount":100,"currency":"VND","destination_account_id":"5f8d0c0603ffe06b7d4d9fcf","reference_id":"a"}]}`},
		{"the payment's account", posting.Rule{Name: "n", Currency: "VND", Routes: []posting.Route{{Account: "$account", Flat: flat(100), Reference: "a"}}}, nil,
			"routes[0].account: expected an account, found $account: the payment's keeps what no route takes"},
	} {
		got, err := tt.all.writer().SplitRule(&tt.rule)
		if text := written(t, got, err); text != tt.want {
			t.Errorf("%s: expected\n%s\nfound\n%s", tt.name, tt.want, text)
		}
	}
}

func TestRefundRequest(t *testing.T) {
	e := posting.Event{ID: "e-1", Type: posting.PaymentRefund, Payment: "order-1", Refund: "refund-1", Amount: money.New(2000000, "IDR")}
	change := func(f func(e *posting.Event)) *posting.Event {
		c := e
		f(&c)
		return &c
	}
	for _, tt := range []struct {
		name    string
		event   *posting.Event
		request string
		why     RefundReason
		want    string
	}{
		{"in part", &e, "pr-1", RequestedByCustomer, `{"payment_request_id":"pr-1","reference_id":"refund-1","currency":"IDR","amount":20000,"reason":"REQUESTED_BY_CUSTOMER"}`},
		{"named by the event", change(func(e *posting.Event) { e.Refund = "" }), "pr-1", Others, `{"payment_request_id":"pr-1","reference_id":"e-1","currency":"IDR","amount":20000,"reason":"OTHERS"}`},
		{"another event", change(func(e *posting.Event) { e.Type = posting.PaymentCapture }), "pr-1", Others, "type: expected payment.refund, found payment.capture"},
		{"splits", change(func(e *posting.Event) { e.Splits = []posting.Split{{}} }), "pr-1", Others, "splits: expected no splits, as a refund gives none back at Xendit, found 1"},
		{"the payment's id", &e, "py-1", Others, `payment_request_id: expected the id of a payment request, pr-…, found "py-1"`},
		{"a reason of one's own", &e, "pr-1", "BORED", `reason: expected FRAUDULENT, DUPLICATE, REQUESTED_BY_CUSTOMER, CANCELLATION or OTHERS, found "BORED"`},
		{"half a rupiah", change(func(e *posting.Event) { e.Amount = money.New(50, "IDR") }), "pr-1", Others, "amount: expected at most 0 decimals of IDR, found 0.5"},
		{"no amount", change(func(e *posting.Event) { e.Amount = money.Amount{} }), "pr-1", Others, "amount: expected an amount above 0, found 0"},
	} {
		got, err := Writer{}.Refund(tt.event, tt.request, tt.why)
		if text := written(t, got, err); text != tt.want {
			t.Errorf("%s: expected\n%s\nfound\n%s", tt.name, tt.want, text)
		}
	}
}

// TestNoID has no business for an account, and says why.
func TestNoID(t *testing.T) {
	e := posting.Event{ID: "mend-1", Type: posting.Transfer, From: "seller:42", To: "platform", Amount: money.New(5000000, "IDR")}
	got, err := Writer{}.Transfer(&e)
	const want = `to: expected an account whose business at Xendit is known, found "platform"`
	if text := written(t, got, err); text != want {
		t.Errorf("expected\n%s\nfound\n%s", want, text)
	}
	w := Writer{ID: func(accounts.ID) (string, error) { return "", errors.New("two businesses have it") }}
	got, err = w.Transfer(&e)
	if text := written(t, got, err); text != "from: two businesses have it" {
		t.Errorf("expected the error of the function, found %s", text)
	}
}

func TestTransferRequest(t *testing.T) {
	e := posting.Event{ID: "mend-1", Type: posting.Transfer, From: "seller:42", To: "courier:7", Amount: money.New(5000000, "IDR")}
	got, err := known.writer().Transfer(&e)
	const want = `{"reference":"mend-1","amount":50000,"source_user_id":"5f8d0c0603ffe06b7d4d9fcf","destination_user_id":"67514ce3b045c2ebade1d94e"}`
	if text := written(t, got, err); text != want {
		t.Errorf("expected\n%s\nfound\n%s", want, text)
	}
	for want, change := range map[string]func(e *posting.Event){
		`to: expected an account whose business at Xendit is known, found "platform"`:    func(e *posting.Event) { e.To = "platform" },
		`from: expected an account whose business at Xendit is known, found "seller:43"`: func(e *posting.Event) { e.From = "seller:43" },
		`to: expected another business than "5f8d0c0603ffe06b7d4d9fcf", found the same`:  func(e *posting.Event) { e.To = "seller:42" },
		`amount: expected a currency, found "USDC"`:                                      func(e *posting.Event) { e.Amount = money.New(1000, "USDC") },
		"type: expected transfer, found payout":                                          func(e *posting.Event) { e.Type = posting.PayoutRequest },
	} {
		c := e
		change(&c)
		got, err := known.writer().Transfer(&c)
		if text := written(t, got, err); text != want {
			t.Errorf("expected\n%s\nfound\n%s", want, text)
		}
	}
}
