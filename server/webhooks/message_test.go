package webhooks

import (
	"bytes"
	"encoding/base64"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/settings"
)

// The vector of the API's contract: the books make its body to the byte, and its secret the signature.
func TestVector(t *testing.T) {
	contract, err := os.ReadFile("../testdata/contract.txt")
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(contract, []byte(`{"type":"transfer","timestamp"`))
	line, _, _ := bytes.Cut(contract[at:], []byte("\n"))
	body := string(line)
	now := time.Date(2026, 3, 12, 10, 0, 1, 0, time.UTC)
	l := ledgertest.Open(t, ledger.Options{Clock: func() time.Time { return now }})
	rules, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &query.Books{Ledger: l, Rules: rules, Name: "market"}
	for line := range strings.Lines(`{"id":"acc-1","type":"account.open","at":"2026-03-01T09:00:00Z","account":"seller:42","kind":"sub","holder":"Seller 42 Ltd"}
{"id":"cap-1","type":"payment.capture","at":"2026-03-10T09:15:00Z","payment":"order-1001","provider":"adyen","reference":"R-1001","amount":{"value":40000,"currency":"USD"},"splits":[{"type":"BalanceAccount","account":"seller:42","amount":{"value":39600},"reference":"s1"},{"type":"Commission","amount":{"value":400},"reference":"s1c"}]}
{"id":"set-1","type":"payment.settle","at":"2026-03-11T06:00:00Z","payment":"order-1001","batch":"7"}
{"id":"tr-2","type":"transfer","at":"2026-03-12T10:00:00Z","from":"seller:42","to":"platform","amount":{"value":600,"currency":"USD"},"reference":"subscription 2026-03"}
`) {
		e, err := posting.Decode([]byte(strings.TrimSpace(line)))
		if err == nil {
			_, err = rules.As("key_7f3a9c21").Post(t.Context(), e)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := b.Event("tr-2")
	if err != nil {
		t.Fatal(err)
	}
	m := messageOf(b, settings.Standard, r)
	if string(m.body) != body || m.id != l.ID().String()+"-4" {
		t.Errorf("%s is\n%s, want\n%s", m.id, m.body, body)
	}
	secret, err := base64.StdEncoding.DecodeString("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	if err != nil {
		t.Fatal(err)
	}
	const want = "v1,MriQSEzUC5J3RtIfxrgnvk355fePrieRalIbU0WnVhE="
	if got := sign([][]byte{secret}, "0198d5b2-7c1e-7b6a-9f00-2f1e6a1d0c42-4", time.Unix(1773309601, 0), m.body); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}
