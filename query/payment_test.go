package query_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
)

// TestPayment asks for a payment that was captured, settled, refunded in part and disputed.
func TestPayment(t *testing.T) {
	l, b := open(t, "seller")
	for _, line := range []string{
		`{"id":"e-1","type":"payment.capture","payment":"p","provider":"adyen","reference":"order-1",
		  "providerReference":"PSP1","amount":{"value":1000,"currency":"EUR"},
		  "chargeback":{"behavior":"deductFromOneBalanceAccount","targetAccount":"seller"},
		  "splits":[{"type":"BalanceAccount","account":"seller","amount":{"value":900},"reference":"sale"},
		            {"type":"Commission","amount":{"value":100},"reference":"commission"}]}`,
		`{"id":"e-2","type":"payment.settle","payment":"p","batch":"7"}`,
		`{"id":"e-3","type":"payment.refund","payment":"p","refund":"r","amount":{"value":100,"currency":"EUR"},
		  "splits":[{"type":"BalanceAccount","account":"seller","amount":{"value":100},"reference":"sale"}]}`,
		`{"id":"e-4","type":"payment.chargeback","payment":"p","chargeback":"c","amount":{"value":300,"currency":"EUR"}}`,
	} {
		post(t, b, strings.ReplaceAll(line, "\n\t\t", ""))
	}
	p, err := books(l).Payment("p")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"state":      `"charged_back"`,
		"chargeback": `{"behavior":"deductFromOneBalanceAccount","targetAccount":"seller"}`,
		"refundable": `{"value":600,"currency":"EUR"}`,
		"fees":       `[]`,
		"parts": `[{"type":"BalanceAccount","account":"seller","reference":"sale","amount":{"value":900,"currency":"EUR"},` +
			`"refunded":{"value":100,"currency":"EUR"},"left":{"value":800,"currency":"EUR"},"status":"completed"},` +
			`{"type":"Commission","account":"liable","reference":"commission","amount":{"value":100,"currency":"EUR"},` +
			`"refunded":{"value":0,"currency":"EUR"},"left":{"value":100,"currency":"EUR"},"status":"completed"}]`,
	} {
		if string(got[key]) != want {
			t.Errorf("%s: expected %s, found %s", key, want, got[key])
		}
	}
	if len(p.Events) != 4 || len(p.Events[0].Entries) != 1 || !p.Events[0].Entries[0].Postings[0].Debit {
		t.Errorf("expected four events, the first with an entry that begins with a debit, found %+v", p.Events)
	}
	for i, want := range []struct {
		behavior wire.Behavior
		applies  bool
		payers   string
	}{
		{posting.DeductFromLiableAccount, false, "liable 1000 EUR"},
		{posting.DeductFromOneBalanceAccount, true, "seller 1000 EUR"},
		{posting.DeductAccordingToSplitRatio, false, "seller 900 EUR, liable 100 EUR"},
	} {
		d := p.WouldPay[i]
		var payers []string
		for _, x := range d.Paid {
			payers = append(payers, string(x.Account)+" "+x.Amount.String())
		}
		if got := strings.Join(payers, ", "); d.Behavior != want.behavior || d.Applies != want.applies || got != want.payers {
			t.Errorf("expected %v, found %s, %v, %s", want, d.Behavior, d.Applies, got)
		}
	}
}

// TestNoPayment asks for payments that do not exist. One that is meant by a reference of it is named.
func TestNoPayment(t *testing.T) {
	l, b := open(t)
	post(t, b, `{"id":"e-1","type":"payment.capture","payment":"p 1","provider":"adyen","reference":"order-1",`+
		`"providerReference":"PSP1","amount":{"value":1000,"currency":"EUR"}}`)
	for _, tt := range []struct{ id, want string }{
		{"order-2", "unknown_payment: no payment order-2 in this ledger"},
		{"order-1", `unknown_payment: no payment order-1 in this ledger; did you mean "p 1"?`},
		{"PSP1", `unknown_payment: no payment PSP1 in this ledger; did you mean "p 1"?`},
		{"", `unknown_payment: no payment "" in this ledger`},
		{"\x1b[2J", `unknown_payment: no payment "\x1b[2J" in this ledger`},
	} {
		if _, err := books(l).Payment(tt.id); err == nil || err.Error() != tt.want {
			t.Errorf("%q: expected %q, found %v", tt.id, tt.want, err)
		}
	}
}
