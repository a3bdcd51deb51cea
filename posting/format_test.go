package posting

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/ledger/ledgertest"
)

// TestFormatOfEvents books events one after another in a file of format 1, of which programs of format 1 know the first: the file has format 1 until
// one comes that they do not know.
func TestFormatOfEvents(t *testing.T) {
	old := []string{
		`"type":"account.open","account":"S","kind":"sub","holder":"Ada","metadata":{"a":"b"},"overdraft":{"value":5,"currency":"EUR"}`,
		`"type":"payment.authorise","payment":"p","provider":"adyen","amount":{"value":100,"currency":"EUR"},"reference":"r","providerReference":"psp","metadata":{"a":"b"}`,
		`"type":"payment.capture","payment":"p","capture":"c","splits":[{"type":"BalanceAccount","account":"S","amount":{"value":100},"reference":"s","description":"d"}],"fact":true`,
		`"type":"payment.fee","payment":"p","fees":[{"type":"Fee","amount":{"value":1,"currency":"EUR"}}]`,
		`"type":"payment.settle","payment":"p","capture":"c","batch":"b"`,
		`"type":"payment.refund","payment":"p","refund":"f","amount":{"value":1,"currency":"EUR"},"fact":true`,
		`"type":"payment.chargeback","payment":"p","chargeback":"d","amount":{"value":1,"currency":"EUR"},"fee":{"value":1,"currency":"EUR"}`,
		`"type":"transfer","from":"liable","to":"S","amount":{"value":1,"currency":"EUR"},"reference":"x"`,
		`"type":"provider.notice","provider":"adyen","name":"captured","reference":"r","providerReference":"psp","amount":{"value":1,"currency":"EUR"},"batch":"b","reason":"x","metadata":{"a":"b"}`,
		`"type":"account.freeze","account":"S"`,
	}
	for _, newer := range []string{
		`"type":"provider.open","provider":"acme","scheme":"generic"`,
		`"type":"account.open","account":"T","kind":"sub","providerIds":{"adyen":["BA1"]}`,
		`"type":"account.update","account":"S","holder":"Bea"`,
		`"type":"account.update","account":"S","providerIds":{"adyen":["BA1"]}`,
	} {
		path := filepath.Join(t.TempDir(), "book.db")
		ledgertest.MakeFormat1(t, path)
		l, b := open(t, path)
		for i, line := range append(old, newer) {
			var e Event
			if err := json.Unmarshal([]byte(`{"id":"`+strings.Repeat("i", i+1)+`",`+line+`}`), &e); err != nil {
				t.Fatal(err)
			}
			want := 1
			if i == len(old) {
				want = 2
			}
			if _, err := b.Post(t.Context(), e); err != nil || l.Stats().Format != want {
				t.Errorf("%s: format %d, want %d; %v", line, l.Stats().Format, want, err)
			}
		}
	}
}

// TestFormatOfAnew books a payment, cancels it and makes another of its name, in a file of format 1 and in a new one: it
// is the last event that keeps older programs away.
func TestFormatOfAnew(t *testing.T) {
	for _, tt := range []struct {
		made  int
		wants []int
	}{{1, []int{1, 1, 4, 4}}, {3, []int{3, 3, 4, 4}}} {
		path := filepath.Join(t.TempDir(), "book.db")
		if tt.made == 1 {
			ledgertest.MakeFormat1(t, path)
		}
		l, b := open(t, path)
		for i, line := range []string{
			`"type":"payment.authorise","payment":"p","provider":"xendit","amount":{"value":100,"currency":"EUR"}`,
			`"type":"payment.cancel","payment":"p"`,
			`"type":"payment.authorise","payment":"p","provider":"adyen","amount":{"value":100,"currency":"EUR"}`,
			`"type":"payment.cancel","payment":"p"`,
		} {
			var e Event
			if err := json.Unmarshal([]byte(`{"id":"`+strings.Repeat("i", i+1)+`",`+line+`}`), &e); err != nil {
				t.Fatal(err)
			}
			if _, err := b.Post(t.Context(), e); err != nil || l.Stats().Format != tt.wants[i] {
				t.Errorf("%s: format %d, want %d; %v", line, l.Stats().Format, tt.wants[i], err)
			}
		}
	}
}
