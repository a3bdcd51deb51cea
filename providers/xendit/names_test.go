package xendit

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/providertest"
)

// lines reads the lines of a report that has no others.
func lines(t *testing.T, text string) (all []providers.Outcome) {
	t.Helper()
	r, err := New().Open(strings.NewReader(text), providers.ReportOptions{Account: "seller-1"})
	for err == nil {
		var o providers.Outcome
		if o, err = r.Next(); err == nil {
			all = append(all, o)
		}
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	return all
}

const (
	balanceHead      = "Product ID,Transaction ID,Transaction Type,Line Type,Reference,Currency,Amount,Balance,Debit or Credit,Created Date ISO\n"
	transactionsHead = "Status,Type,Currency,Amount,Total Fee,Total VAT,Net Amount,Reference,Transaction ID,Product ID,Capture ID,Timestamp - Updated,Settlement Status\n"
	at               = "2026-03-11T02:00:00Z"
)

// TestMovements says which names lines have of what the provider did: those of refunds and captures, never the payment's.
func TestMovements(t *testing.T) {
	balance := func(product, kind, part, reference, side string) string {
		return balanceHead + product + ",t1," + kind + "," + part + "," + reference + ",IDR,100,," + side + "," + at + "\n"
	}
	transaction := func(status, kind, reference, product, capture, settlement string) string {
		return transactionsHead + status + "," + kind + ",IDR,100,0,0,100," + reference + ",t1," + product + "," + capture + "," + at + "," + settlement + "\n"
	}
	for _, c := range []struct{ name, text, want string }{
		{"a payment", balance("py-1", "PAYMENT", "TRANSACTION", "order-1", "CREDIT"), "settled , payment order-1 py-1"},
		{"its fee", balance("py-1", "PAYMENT", "FEE", "order-1", "DEBIT"), "fee , payment order-1 py-1"},
		{"a refund", balance("rfd-1", "REFUND", "TRANSACTION", "refund-1", "DEBIT"), "refunded rfd-1, ours refund-1"},
		{"a refund of a payment", balance("py-1", "REFUND", "TRANSACTION", "refund-1", "DEBIT"), "refunded , ours refund-1, payment  py-1"},
		{"a refund of an older product", balance("ewc_1", "REFUND", "TRANSACTION", "refund-1", "DEBIT"), "refunded , ours refund-1"},
		{"a refund's fee given back", balance("rfd-1", "REFUND", "FEE_REVERSAL", "refund-1", "CREDIT"), "fee rfd-1, ours refund-1"},
		{"a payout's tax", balance("disb-1", "DISBURSEMENT", "VAT", "wd-1", "DEBIT"), "fee t1, ours wd-1"},
		{"a split", balance("", "PLATFORM_FEE", "TRANSACTION", "route-1", "DEBIT"), "split t1, split route-1"},
		{"a split or a transfer", balance("", "TRANSFER", "TRANSACTION", "route-1", "DEBIT"), "split t1, split route-1, common route-1"},
		{"a transfer without reference", balance("", "TRANSFER", "TRANSACTION", "", "CREDIT"), "transfer t1"},
		{"its reversal, a movement of its own", balance("", "TRANSFER", "TRANSACTION_REVERSAL", "", "DEBIT"), "transfer "},
		{"a line of no known type", balance("py-1", "PAYMENT", "STAMP_DUTY", "order-1", "DEBIT"), "unknown , payment order-1 py-1"},

		{"a capture", transaction("SUCCESS", "PAYMENT", "order-1", "py-1", "cap-1", "Pending"), "captured cap-1, payment order-1 py-1"},
		{"a capture of the payment's id", transaction("SUCCESS", "PAYMENT", "order-1", "py-1", "py-1", "Settled"), "settled , payment order-1 py-1"},
		{"a chargeback is no capture", transaction("SUCCESS", "CHARGEBACK", "order-1", "py-1", "cap-1", ""), "chargeback , payment order-1 py-1"},
		{"taken back", transaction("REVERSED", "PAYMENT", "order-1", "py-1", "cap-1", "Settled"), "capture_reversed cap-1, payment order-1 py-1"},
		{"taken back before it was settled", transaction("REVERSED", "PAYMENT", "order-1", "py-1", "", "Pending"), "settlement_failed , payment order-1 py-1"},
		{"taken back, nobody says when", transaction("REVERSED", "PAYMENT", "order-1", "py-1", "", ""), "settlement_failed , payment order-1 py-1"},
		{"failed", transaction("FAILED", "PAYMENT", "order-1", "py-1", "", "Settled"), "settlement_failed , payment order-1 py-1"},
		{"voided", transaction("VOIDED", "PAYMENT", "order-1", "py-1", "", "Pending"), "cancelled , payment order-1 py-1"},
		{"a transfer that failed is none", transaction("FAILED", "TRANSFER_OUT", "", "", "", ""), "other t1"},
	} {
		o := lines(t, c.text)[0]
		got := fmt.Sprintf("%s %s", o.Kind, o.Movement)
		for _, f := range []struct{ name, value string }{{"ours", o.Ours}, {"split", o.Split}, {"common", o.Common}} {
			if f.value != "" {
				got += ", " + f.name + " " + f.value
			}
		}
		if o.OfPayment() {
			got += ", payment " + o.Reference + " " + o.ProviderReference
		}
		if got != c.want || o.Account != "seller-1" {
			t.Errorf("%s: expected %q of seller-1, found %q of %s", c.name, c.want, got, o.Account)
		}
	}
}

// TestPlatform reads reports of which nobody says whose they are.
func TestPlatform(t *testing.T) {
	for _, text := range []string{
		balanceHead + "py-1,t1,PAYMENT,TRANSACTION,order-1,IDR,100,100,CREDIT," + at + "\n",
		transactionsHead + "SUCCESS,PAYMENT,IDR,100,0,0,100,order-1,t1,py-1,," + at + ",Settled\n",
	} {
		r, err := New().Open(strings.NewReader(text), providers.ReportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if o, err := r.Next(); err != nil || o.Account != "platform" || o.Part {
			t.Errorf("expected the platform's line, found %q, error %v", o.Account, err)
		}
	}
}

// TestToldTwice has one refund by webhook and by both reports: they name it alike.
func TestToldTwice(t *testing.T) {
	told := lines(t, balanceHead+"rfd-1,t5,REFUND,TRANSACTION,refund-1,IDR,20000,,DEBIT,"+at+"\n")
	told = append(told, lines(t, transactionsHead+"SUCCESS,REFUND,IDR,20000,0,0,20000,refund-1,t5,rfd-1,,"+at+",Settled\n")...)
	webhook, err := New().Notified(signed([]byte(`{"event":"refund.succeeded","data":{"id":"rfd-1","payment_id":"py-1","reference_id":"refund-1","status":"SUCCEEDED","amount":20000,"currency":"IDR"}}`)), keys)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range append(told, webhook...) {
		if o.Kind != providers.Refunded || o.Movement != "rfd-1" || o.Ours != "refund-1" {
			t.Errorf("expected the refund rfd-1, ours refund-1, found %s %s, ours %s", o.Kind, o.Movement, o.Ours)
		}
	}
	if told[0].ID != told[1].ID || told[0].Group != told[1].Group {
		t.Errorf("expected one id and group in both reports, found %q and %q, %q and %q", told[0].ID, told[1].ID, told[0].Group, told[1].Group)
	}
}

func TestCheckKeys(t *testing.T) {
	const secret = "b7b2f1d0c6a94f2c8f6c2f0d5e1a7c39"
	for _, c := range []struct {
		secrets []string
		want    string
	}{
		{[]string{secret}, ""},
		{nil, "expected a callback token of Xendit, found none"},
		{[]string{secret, ""}, "token 2: expected a callback token of Xendit, found nothing"},
		{[]string{secret + "\n"}, "token 1: expected a callback token of Xendit, found a text with white space or with characters that no header has"},
		{[]string{secret + " " + secret}, "token 1: expected a callback token of Xendit, found a text with white space or with characters that no header has"},
		{[]string{"xnd_production_" + secret}, "token 1: expected the callback token of Xendit's dashboard, found a key that is to be kept elsewhere"},
	} {
		err := New().(providers.KeyChecker).CheckKeys(providers.Keys{Secrets: c.secrets})
		if (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
			t.Errorf("%q: expected %q, found %v", c.secrets, c.want, err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("expected an error that does not show the token, found %v", err)
		}
	}
}

// TestReportBounds has cells that are made to take memory.
func TestReportBounds(t *testing.T) {
	digits := strings.Repeat("9", 60_000)
	const row = "py-1,t1,PAYMENT,TRANSACTION,order-1,IDR,100,100,CREDIT," + at + "\n"
	for old, want := range map[string]string{
		",100,100,": "line 2, column \"Amount\": ",
		"PAYMENT":   `line 2, column "Transaction Type": expected at most 256 characters, found 60000`,
		"order-1":   `line 2, column "Reference": expected at most 256 characters, found 60000`,
		"IDR":       `line 2, column "Currency": expected a currency, found "999`,
		"CREDIT":    `line 2, column "Debit or Credit": expected DEBIT or CREDIT, found "999`,
		at:          `line 2, column "Created Date ISO": expected a time`,
	} {
		changed := strings.Replace(row, old, digits, 1)
		if old == ",100,100," {
			changed = strings.Replace(row, old, ","+digits+",100,", 1)
		}
		providertest.Frugal(t, 2, func() {
			r, err := New().Open(strings.NewReader(balanceHead+changed+row), providers.ReportOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err = r.Next(); err == nil || !strings.HasPrefix(err.Error(), want) || len(err.Error()) > 1200 {
				t.Errorf("expected %s, found %.200v", want, err)
			}
			if _, err := r.Next(); err != nil {
				t.Errorf("expected that the next line is read, found %.200v", err)
			}
		})
	}
}

// TestBounds has webhooks that are made to take memory.
func TestBounds(t *testing.T) {
	many := strings.Repeat(`{"capture_id":"c","capture_amount":1},`, 5001)
	for _, c := range []struct{ name, body, want string }{
		{"bytes", `{"event":"` + strings.Repeat("x", 1<<20) + `"}`, "webhook of Xendit: expected at most 1024 KiB, found 1048588 bytes"},
		{"levels", `{"data":` + strings.Repeat("[", 100_000), "webhook of Xendit: data: expected at most 64 levels of arrays and objects, found more"},
		{"captures", `{"event":"payment.capture","data":{"captures":[` + many + `{}]}}`, "webhook of Xendit: data.captures: expected at most 5000 elements of an array, found more"},
		{"members", `{"event":"x","data":{` + strings.Repeat(`"a":1,`, 3000) + `"a":1}}`, "webhook of Xendit: data: expected at most 2000 members of an object, found more"},
		{"a name", `{"event":"refund.failed","data":{"id":"rfd-1","status":"FAILED","amount":1,"currency":"IDR","reference_id":"` + strings.Repeat("x", 257) + `"}}`,
			`webhook "refund.failed": reference_id: expected at most 256 characters, found 257`},
		{"a name of a capture", `{"event":"payment.capture","data":{"payment_id":"py-1","status":"SUCCEEDED","currency":"IDR","captures":[{"capture_id":"` + strings.Repeat("x", 300) + `","capture_amount":1}]}}`,
			`webhook "payment.capture": captures[0].capture_id: expected at most 256 characters, found 300`},
		{"an amount", `{"event":"refund.failed","data":{"id":"rfd-1","status":"FAILED","currency":"IDR","amount":1` + strings.Repeat("0", 500_000) + `}}`, "amount: "},
		{"a currency", `{"event":"refund.failed","data":{"id":"rfd-1","status":"FAILED","amount":1,"currency":"` + strings.Repeat("X", 500_000) + `"}}`, "amount: expected a currency, found"},
		{"a time", `{"event":"refund.failed","data":{"id":"rfd-1","status":"FAILED","amount":1,"currency":"IDR","updated":"` + strings.Repeat("2", 500_000) + `"}}`, "expected a time such as"},
		{"an event", `{"event":"` + strings.Repeat("x", 300) + `"}`, `expected at most 256 characters, found 300`},
	} {
		providertest.Frugal(t, 4, func() {
			_, err := New().Notified(signed([]byte(c.body)), keys)
			if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 300 {
				t.Errorf("%s: expected %q, found %.200v", c.name, c.want, err)
			}
		})
	}
}
