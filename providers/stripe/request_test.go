package stripe

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A shop is a ledger with two sellers, S and T, and a courier C.
type shop struct {
	*testing.T
	book *posting.Book
}

func newShop(t *testing.T) shop {
	l, err := ledger.Open(filepath.Join(t.TempDir(), "book.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	b, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := shop{t, b}
	for _, a := range []accounts.ID{"S", "T", "C"} {
		s.post(posting.Event{ID: "open " + string(a), Type: posting.AccountOpen, Account: a, Kind: accounts.KindSub})
	}
	return s
}

func (s shop) post(e posting.Event) posting.Event {
	s.Helper()
	if _, err := s.book.Post(context.Background(), e); err != nil {
		s.Fatal(err)
	}
	return e
}

func (s shop) payment(name string) *posting.Payment {
	s.Helper()
	p, err := s.book.Payment(name)
	if err != nil {
		s.Fatal(err)
	}
	return p
}

// acct says what accounts are called at Stripe.
func acct(id accounts.ID) (string, error) {
	if id == "C" {
		return "", nil
	}
	return "acct_" + string(id), nil
}

// said is a request in a line, or the field and message that it is refused with.
func said(t *testing.T, r *Request, err error) string {
	t.Helper()
	if refused, ok := errors.AsType[*ledger.Error](err); ok {
		return refused.Field + ": " + refused.Message
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := url.QueryUnescape(r.Body())
	if err != nil {
		t.Fatal(err)
	}
	if r.Account != "" {
		text += " on " + r.Account
	}
	return r.Path + " " + text
}

func usd(minor int64) money.Amount { return money.New(minor, "USD") }

func split(kind posting.SplitType, account accounts.ID, minor int64) posting.Split {
	return posting.Split{Type: kind, Account: account, Amount: money.New(minor, ""), Reference: "ref " + string(account)}
}

func capture(name string, splits ...posting.Split) posting.Event {
	return posting.Event{ID: "c " + name, Type: posting.PaymentCapture, Payment: name, Provider: Name,
		ProviderReference: "pi_" + name, Capture: "ch_" + name, Amount: usd(10000), Splits: splits}
}

// TestPayments writes requests of payments that the books take, too.
func TestPayments(t *testing.T) {
	s := newShop(t)
	w := Writer{ID: acct}
	direct := capture("direct", split(posting.Commission, "platform", 1200))
	direct.Account, direct.Reference = "S", "order 7"
	payer := capture("payer", split(posting.Commission, "platform", 1200), posting.Split{Type: posting.PaymentFeeSplit, Account: "platform"})
	payer.Account = "S"
	manual := capture("manual", split(posting.BalanceAccount, "S", 8800), split(posting.Commission, "platform", 1200))
	manual.Type, manual.Capture = posting.PaymentAuthorise, ""
	for _, tt := range []struct {
		event posting.Event
		want  string
	}{
		{capture("fee", split(posting.BalanceAccount, "S", 8800), split(posting.Commission, "platform", 1200)),
			"/v1/payment_intents amount=10000&application_fee_amount=1200&currency=usd&metadata[order_id]=fee&transfer_data[destination]=acct_S"},
		{capture("rest", posting.Split{Type: posting.Remainder, Account: "S", Reference: "r"}, split(posting.Commission, "platform", 1200)),
			"/v1/payment_intents amount=10000&application_fee_amount=1200&currency=usd&metadata[order_id]=rest&transfer_data[destination]=acct_S"},
		{capture("part", split(posting.BalanceAccount, "S", 8770)),
			"/v1/payment_intents amount=10000&currency=usd&metadata[order_id]=part&transfer_data[amount]=8770&transfer_data[destination]=acct_S"},
		{capture("separate"), "/v1/payment_intents amount=10000&currency=usd&metadata[order_id]=separate&transfer_group=separate"},
		{direct, "/v1/payment_intents amount=10000&application_fee_amount=1200&currency=usd&metadata[order_id]=order 7 on acct_S"},
		{payer, "/v1/payment_intents amount=10000&application_fee_amount=1200&currency=usd&metadata[order_id]=payer on acct_S"},
		{manual, "/v1/payment_intents amount=10000&application_fee_amount=1200&capture_method=manual&currency=usd&metadata[order_id]=manual&transfer_data[destination]=acct_S"},
	} {
		r, err := w.Payment(&tt.event)
		if got := said(t, r, err); got != tt.want {
			t.Errorf("%s: expected\n%s\nfound\n%s", tt.event.Payment, tt.want, got)
		}
		s.post(tt.event)
	}
	e := posting.Event{ID: "later", Type: posting.PaymentCapture, Payment: "manual", Capture: "ch_manual", Amount: usd(5000),
		Splits: []posting.Split{split(posting.BalanceAccount, "S", 3800), split(posting.Commission, "platform", 1200)}}
	r, err := w.Capture(s.payment("manual"), &e)
	if got, want := said(t, r, err), "/v1/payment_intents/pi_manual/capture amount_to_capture=5000&application_fee_amount=1200"; got != want {
		t.Errorf("expected\n%s\nfound\n%s", want, got)
	}
	s.post(e)
}

func TestPaymentsRefused(t *testing.T) {
	half, err := money.ParsePercent("50")
	if err != nil {
		t.Fatal(err)
	}
	direct := capture("direct", split(posting.BalanceAccount, "T", 100))
	direct.Account = "S"
	other := capture("other")
	other.Provider = "adyen"
	fact := capture("fact")
	fact.Fact = true
	krona := capture("krona")
	krona.Amount = money.New(1005, "KWD")
	disputes := capture("disputes")
	disputes.ChargebackPolicy = &posting.ChargebackPolicy{Behavior: posting.DeductFromLiableAccount}
	for _, tt := range []struct {
		event posting.Event
		want  string
	}{
		{capture("two", split(posting.BalanceAccount, "S", 100), split(posting.BalanceAccount, "T", 100)),
			"splits[1].account: expected one seller, S, found T: of a charge without splits, any number get transfers"},
		{direct, "splits[0].account: expected the platform, as a direct charge is the seller's besides, found T"},
		{capture("percent", posting.Split{Type: posting.BalanceAccount, Account: "S", Percent: half}),
			"splits[0].percent: expected an amount, as Stripe takes no percents, found 50"},
		{capture("unknown", split(posting.BalanceAccount, "C", 100)), "splits: expected a connected account of Stripe's for C, found none"},
		{other, `provider: expected stripe, found "adyen"`},
		{fact, "fact: expected what is to be asked of Stripe, found what it has reported"},
		{krona, "amount: expected a multiple of 10 of Stripe's minor units of KWD, found 1005"},
		{disputes, "chargeback: expected none: Stripe takes disputes from whose charge it is, found deductFromLiableAccount"},
	} {
		r, err := Writer{ID: acct}.Payment(&tt.event)
		if got := said(t, r, err); got != tt.want {
			t.Errorf("%s: expected\n%s\nfound\n%s", tt.event.Payment, tt.want, got)
		}
	}
}

// TestRefunds writes refunds, whose splits have to be what Stripe's flags come to.
func TestRefunds(t *testing.T) {
	s := newShop(t)
	w := Writer{ID: acct}
	s.post(capture("fee", split(posting.BalanceAccount, "S", 8800), split(posting.Commission, "platform", 1200)))
	s.post(capture("part", split(posting.BalanceAccount, "S", 8770)))
	s.post(capture("separate"))
	s.post(posting.Event{ID: "t", Type: posting.Transfer, From: "platform", To: "S", Amount: usd(7000), Payment: "separate", Capture: "ch_separate"})
	direct := capture("direct", split(posting.Commission, "platform", 1200))
	direct.Account = "S"
	s.post(direct)
	in := " amount=2500&metadata[refund]=re&payment_intent=pi_"
	const refused = "splits: expected what reverse_transfer and refund_application_fee take in proportion, found something else: " +
		"without splits a refund is the merchant's, and transfers are given back by themselves"
	for _, tt := range []struct {
		payment string
		amount  int64
		splits  []posting.Split
		want    string
	}{
		{"fee", 2500, nil, "/v1/refunds" + in + "fee"},
		{"fee", 2500, []posting.Split{split(posting.BalanceAccount, "S", 2500)}, "/v1/refunds" + in + "fee&reverse_transfer=true"},
		{"fee", 2500, []posting.Split{split(posting.BalanceAccount, "S", 2200), split(posting.Commission, "platform", 300)},
			"/v1/refunds" + in + "fee&refund_application_fee=true&reverse_transfer=true"},
		{"fee", 2500, []posting.Split{split(posting.BalanceAccount, "S", 2300), split(posting.Commission, "platform", 200)}, refused},
		{"fee", 10000, []posting.Split{split(posting.BalanceAccount, "S", 8800), split(posting.Commission, "platform", 1200)},
			"/v1/refunds amount=10000&metadata[refund]=re&payment_intent=pi_fee&refund_application_fee=true&reverse_transfer=true"},
		{"fee", 1, []posting.Split{split(posting.BalanceAccount, "S", 1)}, "/v1/refunds amount=1&metadata[refund]=re&payment_intent=pi_fee&reverse_transfer=true"},
		{"part", 1000, []posting.Split{split(posting.BalanceAccount, "S", 877)},
			"/v1/refunds amount=1000&metadata[refund]=re&payment_intent=pi_part&reverse_transfer=true"},
		{"part", 999, []posting.Split{split(posting.BalanceAccount, "S", 876)}, refused}, // 876.123
		{"direct", 2500, nil, "/v1/refunds" + in + "direct on acct_S"},
		{"direct", 2500, []posting.Split{split(posting.Commission, "platform", 300)}, "/v1/refunds" + in + "direct&refund_application_fee=true on acct_S"},
		{"direct", 2500, []posting.Split{split(posting.Commission, "platform", 301)}, refused},
		{"separate", 2500, nil, "/v1/refunds" + in + "separate"},
		{"separate", 2500, []posting.Split{split(posting.BalanceAccount, "S", 2500)},
			"splits: expected a charge with one seller, found transfers of it: they are given back by themselves"},
	} {
		e := posting.Event{ID: "r", Type: posting.PaymentRefund, Payment: tt.payment, Refund: "re", Amount: usd(tt.amount), Splits: tt.splits}
		r, err := w.Refund(s.payment(tt.payment), &e)
		if got := said(t, r, err); got != tt.want {
			t.Errorf("%s: expected\n%s\nfound\n%s", tt.payment, tt.want, got)
		}
	}
}

// TestTransfers writes transfers of a charge and of what is available, and reversals.
func TestTransfers(t *testing.T) {
	s := newShop(t)
	w := Writer{ID: acct}
	s.post(capture("p"))
	of := func(id, name string, from, to accounts.ID, capture string) posting.Event {
		e := posting.Event{ID: id, Type: posting.Transfer, Transfer: name, From: from, To: to, Amount: usd(7000)}
		if capture != "" {
			e.Payment, e.Capture = "p", capture
		}
		return e
	}
	for _, tt := range []struct {
		event posting.Event
		want  string
	}{
		{of("t1", "tr_1", "platform", "S", "ch_p"), "/v1/transfers amount=7000&currency=usd&destination=acct_S&metadata[transfer]=tr_1&source_transaction=ch_p&transfer_group=p"},
		{of("t2", "", "platform", "S", ""), "/v1/transfers amount=7000&currency=usd&destination=acct_S&metadata[transfer]=t2"},
		{of("t3", "", "S", "platform", ""), "from: expected the platform, which transfers to others (what a transfer brought is given back by its reversal), found S"},
		{of("t4", "", "platform", "liable", ""), "to: expected a connected account, found liable"},
		{of("t5", "", "platform", "S", "ch_q"), `capture: expected a capture of the payment, found "ch_q"`},
	} {
		r, err := w.Transfer(s.payment("p"), &tt.event)
		if got := said(t, r, err); got != tt.want {
			t.Errorf("%s: expected\n%s\nfound\n%s", tt.event.ID, tt.want, got)
		}
	}
	s.post(of("t1", "tr_1", "platform", "S", "ch_p"))
	state, err := s.book.Finder().Transfer("tr_1")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		amount money.Amount
		want   string
	}{
		{money.Amount{}, "/v1/transfers/tr_1/reversals metadata[reversal]=trr_1"},
		{usd(2500), "/v1/transfers/tr_1/reversals amount=2500&metadata[reversal]=trr_1"},
		{usd(7001), "amount: expected at most what is left of the transfer, 7000 USD, found 7001 USD"},
	} {
		e := posting.Event{ID: "v", Type: posting.TransferReverse, Transfer: "tr_1", Reversal: "trr_1", Amount: tt.amount}
		r, err := w.Reverse(state, &e)
		if got := said(t, r, err); got != tt.want {
			t.Errorf("expected\n%s\nfound\n%s", tt.want, got)
		}
	}
	if key := idempotencyKey("order 1"); len(key) != 64 || idempotencyKey("order-1") != "order-1" {
		t.Errorf("expected a hash of an id with a space, found %q", key)
	}
}
