package xendit

import (
	"errors"
	"net/textproto"
	"os"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers"
)

func TestOpenRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"ID,Name\n1,2\n":                "expected Xendit's balance report, with a column Line Type, or its transactions report, with a column Net Amount, found the columns ID, Name",
		"Line Type,Currency\nFEE,IDR\n": "expected the columns Transaction ID, Transaction Type, Reference, Amount, Debit or Credit of Xendit's balance report, found Line Type, Currency",
		"Net Amount,Status,Type,Reference,Transaction ID,Currency,Amount,Fee,VAT\n": "expected the columns Settlement Status or Timestamp - Settled of Xendit's transactions report, " +
			"found Net Amount, Status, Type, Reference, Transaction ID, Currency, Amount, Fee, VAT",
	} {
		_, err := New().Open(strings.NewReader(text), providers.ReportOptions{})
		if err == nil || err.Error() != want {
			t.Errorf("expected the error\n%s\nfound\n%v", want, err)
		}
	}
}

func TestToken(t *testing.T) {
	for _, tt := range []struct {
		name    string
		header  textproto.MIMEHeader
		secrets []string
		ok      bool
	}{
		{"the token", textproto.MIMEHeader{"X-Callback-Token": {"abc"}}, []string{"abc"}, true},
		{"one of several", textproto.MIMEHeader{"X-Callback-Token": {"abc"}}, []string{"old", "", "abc", "abc", "new"}, true},
		{"another", textproto.MIMEHeader{"X-Callback-Token": {"abd"}}, []string{"abc"}, false},
		{"a longer one", textproto.MIMEHeader{"X-Callback-Token": {"abcd"}}, []string{"abc"}, false},
		{"a shorter one", textproto.MIMEHeader{"X-Callback-Token": {"ab"}}, []string{"abc"}, false},
		{"an empty one", textproto.MIMEHeader{"X-Callback-Token": {""}}, []string{"abc"}, false},
		{"an empty one, and no token is set", textproto.MIMEHeader{"X-Callback-Token": {""}}, []string{""}, false},
		{"none", nil, []string{"abc"}, false},
		{"none, and no token is set", nil, []string{""}, false},
		{"two", textproto.MIMEHeader{"X-Callback-Token": {"abc", "abc"}}, []string{"abc"}, false},
		{"in another header", textproto.MIMEHeader{"Authorization": {"abc"}}, []string{"abc"}, false},
		{"no tokens", textproto.MIMEHeader{"X-Callback-Token": {"abc"}}, nil, false},
	} {
		body, err := os.ReadFile("testdata/webhooks/split_completed.json")
		if err != nil {
			t.Fatal(err)
		}
		outcomes, err := New().Notified(&providers.Notification{Header: tt.header, Body: body}, providers.Keys{Secrets: tt.secrets})
		switch {
		case tt.ok && (err != nil || len(outcomes) != 1):
			t.Errorf("%s: expected an outcome, found %d and the error %v", tt.name, len(outcomes), err)
		case !tt.ok && (!errors.Is(err, providers.ErrUnauthenticated) || outcomes != nil):
			t.Errorf("%s: expected %v, found %v", tt.name, providers.ErrUnauthenticated, err)
		}
	}
}

// TestWebhookRefuses sends webhooks with the right token that cannot be read.
func TestWebhookRefuses(t *testing.T) {
	split := func(old, now string) string {
		const whole = `{"event":"split.payment","data":{"id":"s","reference_id":"r","payment_id":"py-1","status":"COMPLETED","amount":150.45,"currency":"PHP"}}`
		return strings.Replace(whole, old, now, 1)
	}
	for _, tt := range []struct{ name, body, want string }{
		{"no JSON", `hello`, "expected a webhook as a JSON object"},
		{"an array", `[]`, "expected a webhook as a JSON object"},
		{"nothing", `{}`, `expected an event, or a report's id, type and status, found "", "" and ""`},
		{"text behind it", split("}}", "}}x"), "expected a webhook as a JSON object"},
		{"an amount given twice", split(`"amount":150.45`, `"amount":150.45,"amount":1`), "duplicate"},
		{"no data", `{"event":"split.payment"}`, "expected an object data, found none"},
		{"no id", split(`"id":"s",`, ""), `expected an id and a status, found "" and "COMPLETED"`},
		{"no part", split(`"reference_id":"r",`, ""), "expected a reference_id or a destination_account_id, found neither"},
		{"a status of its own", split("COMPLETED", "DONE"), `expected a status that goes with the event, found "DONE"`},
		{"no amount", split(`"amount":150.45,`, ""), "amount: expected a number, found none"},
		{"an amount of nothing", split("150.45", "0.00"), "amount: expected more than 0, found 0.00"},
		{"an amount below nothing", split("150.45", "-150.45"), `amount: expected a number of digits with a decimal point at most, found "-150.45"`},
		{"an exponent", split("150.45", "1.5045e2"), `amount: expected a number of digits with a decimal point at most, found "1.5045e2"`},
		{"a huge exponent", split("150.45", "1e999999999"), "expected a number of digits"},
		{"a third decimal", split("150.45", "150.455"), `amount: expected at most 2 decimals of PHP, found "150.455"`},
		{"half a rupiah", split(`150.45,"currency":"PHP"`, `150.5,"currency":"IDR"`), `amount: expected at most 0 decimals of IDR, found "150.5"`},
		{"a comma", split("150.45", `"150,45"`), "expected a number of digits"},
		{"an amount as an object", split("150.45", `{}`), "amount: expected a number, found {}"},
		{"too many digits", split("150.45", strings.Repeat("9", 60)), "expected at most 36 digits"},
		{"no currency", split(`,"currency":"PHP"`, ""), `amount: expected a currency, found ""`},
		{"no time", split(`"split.payment",`, `"split.payment","created":"yesterday",`), `expected a time such as 2026-03-11T02:00:03Z, found "yesterday"`},
		{"a refund that failed and succeeded", `{"event":"refund.succeeded","data":{"id":"rfd-1","status":"FAILED","amount":1,"currency":"PHP"}}`, `expected a status that goes with the event, found "FAILED"`},
		{"a dispute that is won and lost", `{"event":"dispute.won","id":"d","status":"LOST","amount":{"initial":"1"},"currency":"USD"}`, `expected a status that goes with the event, found "LOST"`},
	} {
		outcomes, err := New().Notified(signed([]byte(tt.body)), keys)
		if err == nil || !strings.Contains(err.Error(), tt.want) || outcomes != nil {
			t.Errorf("%s: expected an error with\n%s\nfound %d outcomes and\n%v", tt.name, tt.want, len(outcomes), err)
		}
		if errors.Is(err, providers.ErrUnauthenticated) {
			t.Errorf("%s: expected that the sender is believed, found %v", tt.name, err)
		}
	}
}

// TestRepeated sends a webhook again, later: its outcome is the same under the same ID.
func TestRepeated(t *testing.T) {
	body := []byte(`{"event":"refund.succeeded","created":"2026-03-12T04:30:02Z","data":{"id":"rfd-1","status":"SUCCEEDED","amount":1,"currency":"PHP"}}`)
	again := []byte(strings.Replace(string(body), "04:30:02", "05:30:02", 1))
	first, err := New().Notified(signed(body), keys)
	if err != nil {
		t.Fatal(err)
	}
	second, err := New().Notified(signed(again), keys)
	if err != nil {
		t.Fatal(err)
	}
	if first[0].ID == "" || first[0].ID != second[0].ID || first[0].Kind != second[0].Kind {
		t.Errorf("expected one ID, found %q and %q", first[0].ID, second[0].ID)
	}
}
