package adyen_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
	"github.com/splitledger/splitledger/providers/adyen"
)

// decode reads an event from a line such as the books take.
func decode(t *testing.T, text string) *posting.Event {
	t.Helper()
	e, err := posting.Decode([]byte(text))
	if err != nil {
		t.Fatal(text, err)
	}
	return &e
}

// written writes a request, or why it is refused.
func written(r *adyen.Request, err error) string {
	if err != nil {
		return err.Error()
	}
	b, err := json.Marshal(r)
	if err != nil {
		return err.Error()
	}
	return r.Path + " " + string(b)
}

const goods = `{"type":"BalanceAccount","account":"BA1","amount":{"value":8800},"reference":"goods"}`

// TestPaymentRequests has payments with members of their own, for the most part splits of 100.00 EUR.
func TestPaymentRequests(t *testing.T) {
	const commission = goods + `,{"type":"Commission","amount":{"value":1200},"reference":"commission"}`
	for _, tt := range []struct{ name, amount, members, want string }{
		{"no splits", "", ``, `/payments {"amount":{"currency":"EUR","value":10000},"reference":"order-1"}`},
		{"a part and the commission", "", `"splits":[` + commission + `]`,
			`/payments {"amount":{"currency":"EUR","value":10000},"reference":"order-1","splits":[{"type":"BalanceAccount","account":"BA1","amount":{"currency":"EUR","value":8800},"reference":"goods"},{"type":"Commission","amount":{"currency":"EUR","value":1200},"reference":"commission"}]}`},
		{"who bears fees", "", `"splits":[` + commission + `,{"type":"AcquiringFees","account":"BA1"},{"type":"AdyenFees","account":"BA2","reference":"fees","description":"Adyen's"}]`,
			`/payments {"amount":{"currency":"EUR","value":10000},"reference":"order-1","splits":[{"type":"BalanceAccount","account":"BA1","amount":{"currency":"EUR","value":8800},"reference":"goods"},{"type":"Commission","amount":{"currency":"EUR","value":1200},"reference":"commission"},{"type":"AcquiringFees","account":"BA1"},{"type":"AdyenFees","account":"BA2","reference":"fees","description":"Adyen's"}]}`},
		{"a remainder of nothing", "", `"splits":[` + commission + `,{"type":"Remainder","account":"BA1"}]`,
			`/payments {"amount":{"currency":"EUR","value":10000},"reference":"order-1","splits":[{"type":"BalanceAccount","account":"BA1","amount":{"currency":"EUR","value":8800},"reference":"goods"},{"type":"Commission","amount":{"currency":"EUR","value":1200},"reference":"commission"}]}`},
		{"a tip for liable", "", `"splits":[` + goods + `,{"type":"Tip","account":"liable","amount":{"value":1200}}]`,
			`/payments {"amount":{"currency":"EUR","value":10000},"reference":"order-1","splits":[{"type":"BalanceAccount","account":"BA1","amount":{"currency":"EUR","value":8800},"reference":"goods"},{"type":"Tip","amount":{"currency":"EUR","value":1200}}]}`},
		{"whole rupiah", `{"value":1500000,"currency":"IDR"}`, ``, `/payments {"amount":{"currency":"IDR","value":15000},"reference":"order-1"}`},
		{"rupiah that are not whole", `{"value":1500050,"currency":"IDR"}`, ``, `invalid: amount: expected at most 0 decimals of IDR, as Adyen counts it, found 15000.50`},
		{"pesos", `{"value":1500,"currency":"CLP"}`, ``, `/payments {"amount":{"currency":"CLP","value":150000},"reference":"order-1"}`},
		{"rupiah split into parts that are not whole", `{"value":10000,"currency":"IDR"}`, `"splits":[{"type":"BalanceAccount","account":"BA1","amount":{"value":9950},"reference":"a"},{"type":"Commission","amount":{"value":50}}]`,
			`invalid: splits[0].amount: expected at most 0 decimals of IDR, as Adyen counts it, found 99.50`},
		{"more than 64 bits", `{"value":123456789012345678901,"currency":"EUR"}`, ``, `invalid: amount: expected an amount that fits 64 bits, found 123456789012345678901 EUR`},
		{"less than the amount", "", `"splits":[` + goods + `]`, `split_sum_mismatch: splits: expected splits that sum to the amount, 10000 EUR, found 8800 EUR`},
		{"a remainder of something", "", `"splits":[` + goods + `,{"type":"Remainder","account":"BA2","reference":"rest"}]`,
			`/payments {"amount":{"currency":"EUR","value":10000},"reference":"order-1","splits":[{"type":"BalanceAccount","account":"BA1","amount":{"currency":"EUR","value":8800},"reference":"goods"},{"type":"BalanceAccount","account":"BA2","amount":{"currency":"EUR","value":1200},"reference":"rest"}]}`},
		{"a remainder of liable", "", `"splits":[` + goods + `,{"type":"Remainder"}]`,
			`/payments {"amount":{"currency":"EUR","value":10000},"reference":"order-1","splits":[{"type":"BalanceAccount","account":"BA1","amount":{"currency":"EUR","value":8800},"reference":"goods"},{"type":"Commission","amount":{"currency":"EUR","value":1200}}]}`},
		{"a remainder and too much", `{"value":8000,"currency":"EUR"}`, `"splits":[` + goods + `,{"type":"Remainder"}]`, `split_sum_mismatch: splits: expected splits that sum to the amount, 8000 EUR, found 8800 EUR`},
		{"fees alone", "", `"splits":[{"type":"PaymentFee","account":"BA1"}]`,
			`/payments {"amount":{"currency":"EUR","value":10000},"reference":"order-1","splits":[{"type":"PaymentFee","account":"BA1"},{"type":"Commission","amount":{"currency":"EUR","value":10000}}]}`},
		{"a percent", "", `"splits":[{"type":"BalanceAccount","account":"BA1","percent":"88","reference":"goods"}]`, `invalid: splits[0].percent: expected an amount, as Adyen's splits have no percents, found 88 %`},
		{"no reference", "", `"splits":[{"type":"BalanceAccount","account":"BA1","amount":{"value":10000}}]`,
			`/payments {"amount":{"currency":"EUR","value":10000},"reference":"order-1","splits":[{"type":"BalanceAccount","account":"BA1","amount":{"currency":"EUR","value":10000},"reference":"BA1"}]}`},
		{"no reference twice", "", `"splits":[{"type":"BalanceAccount","account":"BA1","amount":{"value":5000}},{"type":"BalanceAccount","account":"BA1","amount":{"value":5000}}]`, `invalid: splits[1].reference: expected a reference of its own, found BA1 twice`},
		{"a commission for a seller", "", `"splits":[` + goods + `,{"type":"Commission","account":"BA2","amount":{"value":1200}}]`, `invalid: splits[1].account: expected liable, which gets every Commission at Adyen, found BA2`},
		{"a top-up of no account", "", `"splits":[{"type":"TopUp","amount":{"value":10000}}]`, `invalid: splits[0].account: expected the account of a split of type TopUp, found none`},
		{"an account of the books", "", `"splits":[{"type":"BalanceAccount","account":"platform","amount":{"value":10000},"reference":"ours"}]`, `invalid: splits[0].account: expected a balance account of Adyen's, found platform, whose name there is not known`},
		{"disputes of one account", "", `"chargeback":{"behavior":"deductFromOneBalanceAccount","targetAccount":"BA1","costAllocationAccount":"BA2"}`,
			`/payments {"amount":{"currency":"EUR","value":10000},"reference":"order-1","platformChargebackLogic":{"behavior":"deductFromOneBalanceAccount","targetAccount":"BA1","costAllocationAccount":"BA2"}}`},
		{"disputes by ratio", "", `"chargeback":{"behavior":"deductAccordingToSplitRatio"}`, `/payments {"amount":{"currency":"EUR","value":10000},"reference":"order-1","platformChargebackLogic":{"behavior":"deductAccordingToSplitRatio"}}`},
		{"a policy of refunds", "", `"refund":{"behavior":"deductAccordingToSplitRatio"}`, `invalid: refund: expected none, as Adyen takes no policy of refunds with a payment, found deductAccordingToSplitRatio`},
		{"a rule of the books", "", `"rule":"standard"`, `invalid: rule: expected splits, as Adyen does not know the rules of the books, found standard`},
	} {
		amount := tt.amount
		if amount == "" {
			amount = `{"value":10000,"currency":"EUR"}`
		}
		members := tt.members
		if members != "" {
			members = "," + members
		}
		e := decode(t, `{"id":"a1","type":"payment.authorise","payment":"order-1","provider":"adyen","amount":`+amount+members+`}`)
		if got := written((adyen.Writer{}).Payment(e)); got != tt.want {
			t.Errorf("%s:\nexpected %s\nfound    %s", tt.name, tt.want, got)
		}
	}
}

// paid is a payment of 100.00 EUR with two parts.
func paid() *posting.Payment {
	eur := func(minor int64) money.Amount { return money.New(minor, "EUR") }
	return &posting.Payment{
		ID: "order-1", Provider: "adyen", ProviderReference: "EXPSP1", Currency: "EUR", Authorised: eur(10000), Captured: eur(10000), Refunded: eur(0),
		Parts: []*posting.Part{
			{Account: "seller:1", Type: "BalanceAccount", Reference: "goods", Amount: eur(8800)},
			{Account: accounts.Liable, Type: "Commission", Reference: "commission", Amount: eur(1200)},
		},
	}
}

// names gives accounts of the books the names that they have at Adyen.
func names(id accounts.ID) (string, error) {
	switch id {
	case "seller:1":
		return "BA0000000000000000SELLER1", nil
	case accounts.Liable:
		return "BA00000000000000000LIABLE", nil
	case "seller:2":
		return "", nil
	}
	return "", fmt.Errorf("expected an account with a name at Adyen, found %s", id)
}

func TestModificationRequests(t *testing.T) {
	const seller = `{"type":"BalanceAccount","account":"seller:1","amount":{"value":3000},"reference":"goods"}`
	w := adyen.Writer{MerchantAccount: "ExampleShopEUR", ID: names}
	for _, tt := range []struct {
		name, event string
		change      func(*posting.Payment)
		want        string
	}{
		{"a capture", `"type":"payment.capture","amount":{"value":3000,"currency":"EUR"},"splits":[` + seller + `],"capture":"c1"`, nil,
			`/payments/EXPSP1/captures {"merchantAccount":"ExampleShopEUR","amount":{"currency":"EUR","value":3000},"reference":"c1","splits":[{"type":"BalanceAccount","account":"BA0000000000000000SELLER1","amount":{"currency":"EUR","value":3000},"reference":"goods"}]}`},
		{"a refund of the whole", `"type":"payment.refund","amount":{"value":10000,"currency":"EUR"},"refund":"r1"`, nil,
			`/payments/EXPSP1/refunds {"merchantAccount":"ExampleShopEUR","amount":{"currency":"EUR","value":10000},"reference":"r1"}`},
		{"a refund in part", `"type":"payment.refund","amount":{"value":3000,"currency":"EUR"},"refund":"r1","splits":[` + seller + `]`, nil,
			`/payments/EXPSP1/refunds {"merchantAccount":"ExampleShopEUR","amount":{"currency":"EUR","value":3000},"reference":"r1","splits":[{"type":"BalanceAccount","account":"BA0000000000000000SELLER1","amount":{"currency":"EUR","value":3000},"reference":"goods"}]}`},
		{"a part may give more than it got", `"type":"payment.refund","amount":{"value":5000,"currency":"EUR"},"refund":"r1","splits":[{"type":"Commission","amount":{"value":5000},"reference":"commission"}]`, nil,
			`/payments/EXPSP1/refunds {"merchantAccount":"ExampleShopEUR","amount":{"currency":"EUR","value":5000},"reference":"r1","splits":[{"type":"Commission","amount":{"currency":"EUR","value":5000},"reference":"commission"}]}`},
		{"another reference", `"type":"payment.refund","amount":{"value":3000,"currency":"EUR"},"refund":"r1","splits":[` + strings.Replace(seller, "goods", "other", 1) + `]`, nil,
			`unknown_split_reference: splits[0].reference: expected a part of the payment, found none of seller:1 with reference "other"`},
		{"more than was captured", `"type":"payment.refund","amount":{"value":10001,"currency":"EUR"},"refund":"r1"`, nil,
			`amount_exceeds_refundable: amount: expected at most what was captured and not refunded, 10000 EUR, found 10001 EUR`},
		{"what an earlier refund left", `"type":"payment.refund","amount":{"value":7000,"currency":"EUR"},"refund":"r1"`, func(p *posting.Payment) { p.Refunded = money.New(3000, "EUR") },
			`invalid: splits: expected splits of a refund of what earlier ones left, as Adyen calls it partial and takes it from the liable account, found none`},
		{"a policy of the books", `"type":"payment.refund","amount":{"value":3000,"currency":"EUR"},"refund":"r1"`, func(p *posting.Payment) { p.RefundPolicy = &wire.RefundPolicy{} },
			`invalid: splits: expected splits, as Adyen does not know the refund policy of the payment, found none`},
		{"another currency", `"type":"payment.refund","amount":{"value":3000,"currency":"USD"},"refund":"r1"`, nil, `currency_mismatch: amount.currency: expected EUR, found USD`},
		{"of another provider", `"type":"payment.refund","amount":{"value":3000,"currency":"EUR"},"refund":"r1"`, func(p *posting.Payment) { p.Provider = "xendit" }, `invalid: provider: expected adyen, found "xendit"`},
		{"without Adyen's reference", `"type":"payment.refund","amount":{"value":3000,"currency":"EUR"},"refund":"r1"`, func(p *posting.Payment) { p.ProviderReference = "" },
			`invalid: payment: expected a payment with the reference that Adyen gave it, found order-1 without`},
		{"of another payment", `"type":"payment.refund","amount":{"value":3000,"currency":"EUR"},"refund":"r1"`, func(p *posting.Payment) { p.ID = "order-2" }, `invalid: payment: expected an event of order-2, found one of order-1`},
		{"an account without a name", `"type":"payment.capture","amount":{"value":3000,"currency":"EUR"},"splits":[` + strings.Replace(seller, "seller:1", "seller:2", 1) + `]`, nil,
			`invalid: splits[0].account: expected a balance account of Adyen's for seller:2, found none`},
	} {
		p := paid()
		if tt.change != nil {
			tt.change(p)
		}
		e := decode(t, `{"id":"m1","payment":"order-1",`+tt.event+`}`)
		var got string
		if e.Type == posting.PaymentCapture {
			got = written(w.Capture(p, e))
		} else {
			got = written(w.Refund(p, e))
		}
		if got != tt.want {
			t.Errorf("%s:\nexpected %s\nfound    %s", tt.name, tt.want, got)
		}
	}
}

// TestRequestSums writes requests with any parts in any currency: they sum to the amount in Adyen's minor units too.
func TestRequestSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cur := rapid.SampledFrom([]money.Currency{"EUR", "IDR", "CLP", "JPY", "KWD", "ISK", "CVE"}).Draw(t, "currency")
		unit := int64(1)
		if cur == "IDR" || cur == "CVE" {
			unit = 100
		}
		e := &posting.Event{ID: "c1", Type: posting.PaymentCapture, Payment: "p1", Provider: "adyen"}
		sum := int64(0)
		for i, n := range rapid.SliceOfN(rapid.Int64Range(1, 1_000_000), 1, 10).Draw(t, "parts") {
			sum += n * unit
			e.Splits = append(e.Splits, posting.Split{Type: posting.BalanceAccount, Account: "BA1", Amount: money.New(n*unit, cur), Reference: fmt.Sprint(i)})
		}
		e.Amount = money.New(sum, cur)
		r, err := adyen.Writer{}.Payment(e)
		if err != nil {
			t.Fatal(err)
		}
		left := r.Amount.Value
		for _, s := range r.Splits {
			left -= s.Amount.Value
		}
		if left != 0 {
			t.Errorf("expected parts that sum to %d, found %d too few", r.Amount.Value, left)
		}
	})
}

// transferred writes a request for a transfer, or why it is refused.
func transferred(r *adyen.TransferRequest, err error) string {
	if err != nil {
		return err.Error()
	}
	b, err := json.Marshal(r)
	if err != nil {
		return err.Error()
	}
	return r.Path + " " + r.IdempotencyKey + " " + string(b)
}

func TestTransferRequests(t *testing.T) {
	w := adyen.Writer{ID: names}
	long := strings.Repeat("x", 81)
	for _, tt := range []struct{ name, event, beneficiary, want string }{
		{"to liable", `"id":"t1","from":"seller:1","to":"liable","amount":{"value":1250,"currency":"EUR"}`, "",
			`/transfers t1 {"amount":{"currency":"EUR","value":1250},"balanceAccountId":"BA0000000000000000SELLER1","category":"internal","type":"internalTransfer","counterparty":{"balanceAccountId":"BA00000000000000000LIABLE"},"reference":"t1","referenceForBeneficiary":"t1"}`},
		{"a reference of one's own", `"id":"t1","from":"liable","to":"seller:1","amount":{"value":1250,"currency":"EUR"}`, "Bonus2026",
			`/transfers t1 {"amount":{"currency":"EUR","value":1250},"balanceAccountId":"BA00000000000000000LIABLE","category":"internal","type":"internalTransfer","counterparty":{"balanceAccountId":"BA0000000000000000SELLER1"},"reference":"t1","referenceForBeneficiary":"Bonus2026"}`},
		{"an id with other characters", `"id":"bonus-é 1","from":"liable","to":"seller:1","amount":{"value":1500000,"currency":"IDR"}`, "",
			`/transfers 41c6ce6098992a9b82296c21714d4695fa88237f5759a53e2335f7aba38073c8 {"amount":{"currency":"IDR","value":15000},"balanceAccountId":"BA00000000000000000LIABLE","category":"internal","type":"internalTransfer","counterparty":{"balanceAccountId":"BA0000000000000000SELLER1"},"reference":"bonus-é 1","referenceForBeneficiary":"bonus141c6ce6098992a9b82296c21714d4695"}`},
		{"pesos", `"id":"t1","from":"liable","to":"seller:1","amount":{"value":1500,"currency":"CLP"}`, "",
			`/transfers t1 {"amount":{"currency":"CLP","value":150000},"balanceAccountId":"BA00000000000000000LIABLE","category":"internal","type":"internalTransfer","counterparty":{"balanceAccountId":"BA0000000000000000SELLER1"},"reference":"t1","referenceForBeneficiary":"t1"}`},
		{"rupiah that are not whole", `"id":"t1","from":"liable","to":"seller:1","amount":{"value":1500050,"currency":"IDR"}`, "",
			`invalid: amount: expected at most 0 decimals of IDR, as Adyen counts it, found 15000.50`},
		{"an account without an id", `"id":"t1","from":"seller:2","to":"seller:1","amount":{"value":1,"currency":"EUR"}`, "",
			`invalid: from: expected a balance account of Adyen's for seller:2, found none`},
		{"an account that is not at Adyen", `"id":"t1","from":"seller:1","to":"bank","amount":{"value":1,"currency":"EUR"}`, "",
			`invalid: to: expected an account with a name at Adyen, found bank`},
		{"characters that banks do not take", `"id":"t1","from":"liable","to":"seller:1","amount":{"value":1,"currency":"EUR"}`, "a-b",
			`invalid: referenceForBeneficiary: expected at most 80 of a-z, A-Z and 0-9, found "a-b"`},
		{"too long", `"id":"t1","from":"liable","to":"seller:1","amount":{"value":1,"currency":"EUR"}`, long,
			`invalid: referenceForBeneficiary: expected at most 80 of a-z, A-Z and 0-9, found "` + long + `"`},
	} {
		e := decode(t, `{"type":"transfer",`+tt.event+`}`)
		if got := transferred(w.Transfer(e, tt.beneficiary)); got != tt.want {
			t.Errorf("%s:\nexpected %s\nfound    %s", tt.name, tt.want, got)
		}
	}
	if got := transferred(w.Transfer(decode(t, `{"id":"r1","type":"reserve.hold","account":"seller:1","amount":{"value":1,"currency":"EUR"}}`), "")); got != "invalid: type: expected transfer, found reserve.hold" {
		t.Errorf("expected another type to be refused, found %s", got)
	}
	same := adyen.Writer{ID: func(accounts.ID) (string, error) { return "BA1", nil }}
	if got := transferred(same.Transfer(decode(t, `{"id":"t1","type":"transfer","from":"seller:1","to":"liable","amount":{"value":1,"currency":"EUR"}}`), "")); got !=
		"invalid: to: expected another balance account than that of seller:1, found BA1 twice" {
		t.Errorf("expected two balance accounts, found %s", got)
	}
}

// TestBeneficiaryReferences makes references for transfers of any name: of letters and digits, no longer than Adyen takes them, and for two names
// two references.
func TestBeneficiaryReferences(t *testing.T) {
	seen := map[string]string{}
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[a-c:é/ -]{0,3}[a-z0-9]{1,40}[a-c:-]{0,3}`).Draw(t, "id")
		e := &posting.Event{ID: id, Type: posting.Transfer, From: "a", To: "b", Amount: money.New(1, "EUR")}
		r, err := adyen.Writer{}.Transfer(e, "")
		if err != nil {
			t.Skip(err)
		}
		reference := r.ReferenceForBeneficiary
		if len(reference) == 0 || len(reference) > 80 || strings.Trim(reference, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			t.Errorf("%s: expected a reference of letters and digits, found %q", id, reference)
		}
		if other, ok := seen[reference]; ok && other != id {
			t.Errorf("expected references of their own of %s and %s, found %s twice", id, other, reference)
		}
		seen[reference] = id
	})
}
