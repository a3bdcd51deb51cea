package antom

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/providertest"
)

// TestMovements says which names lines have of what Antom did, and on whose account.
func TestMovements(t *testing.T) {
	for _, c := range []struct{ name, cells, want string }{
		{"a payment", "s1,p1,,r1,,PAYMENT,10.00,10.00", "settled , ours , of p1 r1, on s1"},
		{"a capture", "s1,c1,p1,cr1,r1,CAPTURE,10.00,10.00", "settled c1, ours cr1, of p1 r1, on s1"},
		{"a refund", "s1,f1,p1,fr1,r1,REFUND,-10.00,-10.00", "refunded f1, ours fr1, of p1 r1, on s1"},
		{"a refund by the names of its payment", "s1,p1,p1,r1,r1,REFUND,-10.00,-10.00", "refunded , ours , of p1 r1, on s1"},
		{"a refund that came back", "s1,x1,p1,fr1,r1,REFUND_REVERSAL,10.00,10.00", "refund_failed , ours fr1, of p1 r1, on s1"},
		{"one without our name", "s1,f1,p1,,r1,REFUND_REVERSAL,10.00,10.00", "refund_failed f1, ours , of p1 r1, on s1"},
		{"a cancellation", "s1,p1,,k1,r1,CANCEL,-10.00,-10.00", "settlement_failed , ours k1, of p1 r1, on s1"},
		{"a payment taken back", "s1,v1,p1,vr1,r1,PAYMENT_REVERSAL,-10.00,-10.00", "capture_reversed v1, ours vr1, of p1 r1, on s1"},
		{"a dispute", "s1,d1,p1,,r1,DISPUTE,-10.00,-10.00", "chargeback d1, ours , of p1 r1, on s1"},
		{"a dispute that was won", "s1,d1,p1,,r1,DISPUTE_REVERSAL,10.00,10.00", "chargeback_reversed d1, ours , of p1 r1, on s1"},
		{"the marketplace's", ",p1,,r1,,PAYMENT,10.00,10.00", "settled , ours , of p1 r1, on platform"},
		{"no known type", "s1,x1,p1,xr1,r1,LOYALTY_BONUS,10.00,10.00", "unknown x1, ours xr1, of p1 r1, on s1"},
		{"no known type, of no amount", "s1,x1,p1,xr1,r1,LOYALTY_BONUS,,1.50", "unknown x1, ours xr1, of p1 r1, on s1"},
	} {
		const head = "settlementBatchId,merchantId,referenceMerchantId,transactionId,originalTransactionId,transactionRequestId,originalTransactionRequestId," +
			"transactionType,transactionAmountValue,settlementAmountValue,transactionCurrency,settlementCurrency\n"
		all, bad, err := readAll(strings.NewReader(head+"b1,m1,"+c.cells+",USD,USD\n<END>\n"), providers.ReportOptions{})
		if err != nil || len(bad) > 0 || len(all) != 1 {
			t.Fatal(c.name, all, bad, err)
		}
		o := &all[0]
		got := fmt.Sprintf("%s %s, ours %s, of %s %s, on %s", o.Kind, o.Movement, o.Ours, o.ProviderReference, o.Reference, o.Account)
		if got != c.want || o.Part == (o.Kind == providers.Unknown) {
			t.Errorf("%s: expected %q, found %q", c.name, c.want, got)
		}
	}
}

func TestSummaryTypes(t *testing.T) {
	text := strings.Replace(file(t, totalFile), ",DISPUTE,", ",MOON_FEE,", 1)
	all, _, err := readAll(strings.NewReader(text), providers.ReportOptions{})
	if err != nil || len(all) != 5 || all[2].Kind != providers.Unknown || all[2].Reason != "MOON_FEE" || all[3].Kind != providers.Other {
		t.Error(all, err)
	}
}

func TestCheckKeys(t *testing.T) {
	key := testKeys()[0]
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&curve.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	text := base64.StdEncoding.EncodeToString
	const privateKey = "expected the public key of Antom, found a private key: keep it for signing requests, and take the key that Antom shows"
	for _, c := range []struct{ name, key, want string }{
		{"Base64", public(key), ""},
		{"Base64 on several lines", strings.Join([]string{public(key)[:64], public(key)[64:]}, "\n") + "\n", ""},
		{"PEM", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: decoded(t, public(key))})), ""},
		{"nothing", " \n", "expected a public key of Antom, found nothing"},
		{"a private key", text(pkcs8), privateKey},
		{"a private key, older", text(x509.MarshalPKCS1PrivateKey(key)), privateKey},
		{"a private key as PEM", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})), privateKey},
		{"a private key that is locked", string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: pkcs8[:40]})), privateKey},
		{"a short key", public(short), "public key of Antom: expected at least 2048 bits, found 1024"},
		{"another kind of key", text(der), "public key of Antom: expected an RSA key, found *ecdsa.PublicKey"},
		{"no Base64", "hello, world", "public key of Antom: expected Base64 or PEM, found something else"},
		{"no key", text([]byte("hello, world")), "public key of Antom: expected a SubjectPublicKeyInfo, found something else"},
		{"too much", strings.Repeat("A", 1<<20), "expected a public key of Antom of at most 16 KiB, found 1048576 bytes"},
	} {
		err := New().(providers.KeyChecker).CheckKeys(providers.Keys{Secrets: []string{public(key), c.key}})
		switch {
		case c.want == "" && err != nil, c.want != "" && (err == nil || err.Error() != "key 2: "+c.want):
			t.Errorf("%s: expected %q, found %v", c.name, c.want, err)
		}
	}
	if err := New().(providers.KeyChecker).CheckKeys(providers.Keys{}); err == nil || err.Error() != "expected a public key of Antom, found none" {
		t.Errorf("no keys: expected an error, found %v", err)
	}
}

func decoded(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBounds has notifications that are made to take memory.
func TestBounds(t *testing.T) {
	const done = `"result":{"resultStatus":"S","resultCode":"SUCCESS"}`
	for _, c := range []struct{ name, body, want string }{
		{"bytes", `{"notifyType":"` + strings.Repeat("x", 1<<20) + `"}`, "expected at most 1024 KiB"},
		{"levels", `{"a":` + strings.Repeat(`{"b":`, 100_000), "a.b.b.b.…: expected at most 64 levels of arrays and objects, found more"},
		{"members", `{` + strings.Repeat(`"a":1,`, 3000) + `"b":1}`, "expected at most 2000 members of an object, found more"},
		{"elements", `{"paymentResultInfo":{"x":[` + strings.Repeat("1,", 6000) + `1]}}`, "paymentResultInfo.x: expected at most 5000 elements of an array, found more"},
		{"a name", `{"notifyType":"REFUND_RESULT","refundId":"` + strings.Repeat("9", 300) + `",` + done + `}`, "refundId: expected at most 256 characters, found 300"},
		{"a number for a name", `{"notifyType":"REFUND_RESULT","refundId":` + strings.Repeat("9", 300) + `,` + done + `}`, "refundId: expected at most 256 characters, found 300"},
		{"a text", `{"notifyType":"X","disputeReasonMsg":"` + strings.Repeat("x", 5000) + `"}`, "disputeReasonMsg: expected at most 4096 characters, found 5000"},
		{"an amount", `{"notifyType":"REFUND_RESULT","refundId":"1","refundStatus":"SUCCESS","refundAmount":{"currency":"USD","value":"` + strings.Repeat("9", 300_000) + `"},` + done + `}`,
			"refundAmount: expected an amount of at most 16 digits in a currency of ISO 4217"},
	} {
		n, k := received(t, testKeys()[0], c.body)
		providertest.Frugal(t, 4, func() {
			_, err := New().Notified(n, k)
			if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 300 {
				t.Errorf("%s: expected %q, found %.200v", c.name, c.want, err)
			}
		})
	}
	if _, err := ReadResult([]byte(strings.Repeat("[", 100))); err == nil || !strings.Contains(err.Error(), "64 levels") {
		t.Errorf("an answer of many levels: expected an error, found %v", err)
	}
}
