package server_test

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/providers/antom"
	"github.com/splitledger/splitledger/server"
	"github.com/splitledger/splitledger/server/settings"
)

const (
	adyenKey     = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00"
	authorised   = `{"id":"auth-1","type":"payment.authorise","at":"2026-03-10T08:00:00Z","payment":"order-1001","provider":"adyen","reference":"order-1001","providerReference":"EXPSP00000001001","amount":{"value":10000,"currency":"EUR"}}`
	adyenCapture = `{"live":"false","notificationItems":[{"NotificationRequestItem":{"additionalData":{"hmacSignature":"Elh8a1F0LWKWcx28foJhUCxowTDZuW8My4ewKNRKMYs="},"amount":{"currency":"EUR","value":10000},"eventCode":"CAPTURE","eventDate":"2026-03-10T09:15:21+01:00","merchantAccountCode":"ExampleShopEUR","merchantReference":"order-1001","originalReference":"EXPSP00000001001","paymentMethod":"visa","pspReference":"EXMOD00000001001","reason":"","success":"true"}}]}`
)

// secrets opens settings with secrets, each "provider ledger secret", of test mode where the provider's tells its mode.
func secrets(t *testing.T, clock func() time.Time, of ...string) *settings.Store {
	t.Helper()
	store, err := settings.Open(t.TempDir(), settings.Options{Providers: all.Registry(), Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	for _, text := range of {
		w := strings.SplitN(text, " ", 3)
		n := settings.NewSecret{Provider: w[0], Ledger: w[1], Secret: w[2], TestMode: w[0] == "adyen" || w[0] == "stripe"}
		if _, err := store.AddSecret(settings.Actor{By: "test"}, n); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

// trusting serves without keys: every caller may do everything, and providers still have to sign.
func trusting(t *testing.T, o server.Options, names ...string) (*server.Server, string) {
	t.Helper()
	o.Authenticate = func(*http.Request) (*server.Identity, error) {
		return &server.Identity{By: "test", Scopes: []server.Scope{server.Admin}, Ledgers: []string{"*"}}, nil
	}
	s, hs := serve(t, o, names...)
	return s, hs.URL
}

// Example 8 of the documentation: a webhook of Adyen, the same again, and one that somebody has changed.
func TestIntake(t *testing.T) {
	// A second secret is there already: that the provider will change to.
	store := secrets(t, nil, "adyen shop "+adyenKey, "adyen shop "+strings.Repeat("AB", 32))
	_, url := trusting(t, server.Options{Settings: store}, "shop", "other")
	shop := url + "/v1/ledgers/shop"
	if got := send(t, "POST", shop+"/events", authorised, "Content-Type", "application/json"); got.status != 201 {
		t.Fatal(got)
	}
	for i, want := range []string{"2", "2"} { // again, and nothing is booked
		got := send(t, "POST", shop+"/intake/adyen", adyenCapture, "Content-Type", "application/json", "Accept", "text/plain")
		if got.status != 200 || got.body != "[accepted]" || !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain") {
			t.Fatalf("%d: %d %s", i, got.status, got.body)
		}
		if record := send(t, "GET", shop, "").header.Get("Record"); record != want {
			t.Errorf("%d: record %s, expected %s", i, record, want)
		}
	}
	changed := strings.Replace(adyenCapture, `"value":10000`, `"value":10001`, 1)
	for name, to := range map[string][2]string{
		"changed":        {shop + "/intake/adyen", changed},
		"no secrets":     {url + "/v1/ledgers/other/intake/adyen", adyenCapture},
		"other provider": {shop + "/intake/paysafe", adyenCapture},
		"no body":        {shop + "/intake/adyen", ""},
	} {
		got := send(t, "POST", to[0], to[1])
		if got.status != 401 || !strings.Contains(got.body, `"code":"unauthenticated"`) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := send(t, "POST", shop+"/intake/nobody", adyenCapture); got.status != 404 || !strings.Contains(got.body, `"unknown_provider"`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	compare(t, `{"data":[{"account":"provider:adyen","kind":"provider","currency":"EUR","pending":10000,"available":0,"reserved":0,"balance":10000},{"account":"liable","kind":"liable","currency":"EUR","pending":10000,"available":0,"reserved":0,"balance":10000}]}`,
		send(t, "GET", shop+"/balances", "").body)
	if got := send(t, "GET", shop+"/entries/1", ""); !strings.Contains(got.body, `"by":"intake_adyen"`) {
		t.Errorf("who booked it: %s", got.body)
	}
	metrics := send(t, "GET", url+"/metrics", "", "Accept", "text/plain").body
	for _, line := range []string{
		`splitledger_intake_total{ledger="shop",provider="adyen",status="accepted"} 1`,
		`splitledger_intake_total{ledger="shop",provider="adyen",status="duplicate"} 1`,
		`splitledger_intake_total{ledger="shop",provider="adyen",status="unauthenticated"} 2`,
	} {
		if !strings.Contains(metrics, line) {
			t.Errorf("metrics lack %s", line)
		}
	}
}

// What cannot be placed or read waits in the books, once, and the provider hears that it was taken in.
func TestIntakeKeeps(t *testing.T) {
	store := secrets(t, nil, "adyen shop "+adyenKey, "paysafe shop CwsLCwsLCwsLCwsLCwsLCwsLCws=")
	_, url := trusting(t, server.Options{Settings: store}, "shop")
	shop := url + "/v1/ledgers/shop"
	sign := func(body string) string {
		secret, _ := base64.StdEncoding.DecodeString("CwsLCwsLCwsLCwsLCwsLCwsLCws=")
		h := hmac.New(sha256.New, secret)
		h.Write([]byte(body))
		return base64.StdEncoding.EncodeToString(h.Sum(nil))
	}
	const unread = `{"eventName":"SETTLEMENT_COMPLETED","payload":{"status":"SHINY","id":"1"}}`
	for range 3 {
		if got := send(t, "POST", shop+"/intake/adyen", adyenCapture); got.status != 200 || got.body != "[accepted]" {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if got := send(t, "POST", shop+"/intake/paysafe", unread, "Signature", sign(unread)); got.status != 200 || got.body != "" {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	if record := send(t, "GET", shop, "").header.Get("Record"); record != "2" {
		t.Errorf("record %s, expected that of the second notice", record)
	}

	// The payment comes, and what waited is taken up with the next notification of it, or with lines.
	send(t, "POST", shop+"/events", authorised, "Content-Type", "application/json")
	line, _ := json.Marshal(map[string]any{"received": "2026-03-10T09:15:22Z", "body": adyenCapture})
	got := send(t, "POST", shop+"/ingest?provider=adyen", string(line)+"\nnonsense\n", "Content-Type", "application/x-ndjson")
	lines := strings.Split(got.body, "\n")
	if got.status != 200 || len(lines) != 3 || !strings.Contains(lines[0], `"status":"accepted"`) || !strings.Contains(lines[0], `"notice":"`) ||
		!strings.Contains(lines[1], `{"line":1,"status":"duplicate"`) || !strings.Contains(lines[2], `{"line":2,"status":"refused","error":{`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	// Whoever has to look at what could not be read sees it as it came.
	var waiting struct{ Data []struct{ Notice string } }
	got = send(t, "GET", shop+"/notices?provider=paysafe", "")
	if err := json.Unmarshal([]byte(got.body), &waiting); err != nil || len(waiting.Data) != 1 {
		t.Fatal(got.body)
	}
	if got = send(t, "GET", shop+"/notices/"+waiting.Data[0].Notice, ""); !strings.Contains(got.body, `"body":"{\"eventName\":`) {
		t.Errorf("the body is not there: %s", got.body)
	}
	// What could not be read waits on: no notification and no report takes it away.
	metrics := send(t, "GET", url+"/metrics", "", "Accept", "text/plain").body
	if !strings.Contains(metrics, `splitledger_notices_waiting{ledger="shop",provider="paysafe"} 1`) ||
		strings.Contains(metrics, `splitledger_notices_waiting{ledger="shop",provider="adyen"}`) {
		t.Error(metrics)
	}
}

// Every provider's notification is taken by its own signature, and thanked as it wants.
func TestIntakeOfStripe(t *testing.T) {
	dir := filepath.Join("..", "providers", "stripe", "testdata", "webhooks")
	f, err := os.Open(filepath.Join(dir, "stripe_signatures.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, row := range rows[1:] {
		known["stripe shop "+row[2]] = true
	}
	var of []string
	for text := range known {
		of = append(of, text)
	}
	var now time.Time
	store := secrets(t, nil, of...)
	_, url := trusting(t, server.Options{Settings: store, Limits: server.Limits{Strangers: 1000}, Clock: func() time.Time { return now }}, "shop")
	for _, row := range rows[1:] {
		body, err := os.ReadFile(filepath.Join(dir, row[0]))
		if err != nil {
			t.Fatal(err)
		}
		var sec int64
		fmt.Sscan(row[3], &sec)
		now = time.Unix(sec, 0)
		got := send(t, "POST", url+"/v1/ledgers/shop/intake/stripe", string(body), "Stripe-Signature", row[4])
		if live := strings.Contains(string(body), `"livemode": true`) || strings.Contains(string(body), `"livemode":true`); live {
			if got.status != 401 {
				t.Errorf("%s is of live mode: %d %s", row[0], got.status, got.body)
			}
			continue
		}
		if got.status != 200 || got.body != "" {
			t.Errorf("%s: %d %s", row[0], got.status, got.body)
		}
		now = now.Add(6 * time.Minute) // somebody has recorded it
		if got := send(t, "POST", url+"/v1/ledgers/shop/intake/stripe", string(body), "Stripe-Signature", row[4]); got.status != 401 {
			t.Errorf("%s later: %d %s", row[0], got.status, got.body)
		}
	}
}

// The token of Xendit, a body that is too large, and one that is packed to be so.
func TestIntakeBounds(t *testing.T) {
	store := secrets(t, nil, "xendit shop token-of-xendit")
	_, url := trusting(t, server.Options{Settings: store}, "shop")
	to := url + "/v1/ledgers/shop/intake/xendit"
	body, err := os.ReadFile("../providers/xendit/testdata/webhooks/invoice_paid.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := send(t, "POST", to+"?from=xendit", string(body), "X-Callback-Token", "token-of-xendit"); got.status != 200 || got.body != "" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := send(t, "POST", to, string(body), "X-Callback-Token", "token-of-xendix"); got.status != 401 {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := send(t, "POST", to, strings.Repeat(" ", 2<<20+1), "X-Callback-Token", "token-of-xendit"); got.status != 413 {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := send(t, "POST", to, bomb(t), "X-Callback-Token", "token-of-xendit", "Content-Encoding", "gzip"); got.status != 413 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// bomb is gzip of 256 MiB, of the same MiB again and again: gzip may be put together.
func bomb(t *testing.T) string {
	return strings.Repeat(packed(t, strings.Repeat(" ", 1<<20)), 256)
}

// packed packs a text.
func packed(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write([]byte(text))
	z.Close()
	return out.String()
}

// Antom signs the path that it called, which a proxy may have changed: the external URL says what was in front.
func TestIntakeOfAntom(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	body, err := os.ReadFile("../providers/antom/testdata/notifySettlement.json")
	if err != nil {
		t.Fatal(err)
	}
	store := secrets(t, nil, "antom shop "+base64.StdEncoding.EncodeToString(public))
	_, url := trusting(t, server.Options{Settings: store, ExternalURL: "https://pay.example.com/hooks/"}, "shop")
	const path = "/v1/ledgers/shop/intake/antom?of=shop"
	signer := antom.Signer{ClientID: "SANDBOX_5X", Key: key}
	for called, want := range map[string]int{"/hooks" + path: 200, path: 200, "/other" + path: 401} {
		header, err := signer.Header(antom.Request{Path: called, Body: body}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		got := send(t, "POST", url+path, string(body), "Client-Id", header.Get("Client-Id"), "Request-Time", header.Get("Request-Time"),
			"Signature", header.Get("Signature"))
		if got.status != want || want == 200 && got.body != `{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}` {
			t.Errorf("%s: %d %s", called, got.status, got.body)
		}
	}
}
