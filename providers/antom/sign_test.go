package antom

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/textproto"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/splitledger/splitledger/providers"
)

// A vector is a signed notification, as in testdata/notifySettlement_signed.json.
type vector struct {
	Method, URI string
	ClientID    string `json:"client_id"`
	RequestTime string `json:"request_time"`
	BodyFile    string `json:"body_file"`
	Signature   string `json:"signature_header"`
	PublicKey   string `json:"public_key_base64_der"`
}

// settlement returns the notification of the vector, as it was received five seconds after it was sent.
func settlement(t testing.TB) (*providers.Notification, providers.Keys) {
	t.Helper()
	var v vector
	if err := json.Unmarshal([]byte(file(t, "testdata/notifySettlement_signed.json")), &v); err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile("testdata/" + strings.TrimPrefix(v.BodyFile, "antom_"))
	if err != nil {
		t.Fatal(err)
	}
	return &providers.Notification{
		Method: v.Method, Path: v.URI, Body: body,
		Header:   textproto.MIMEHeader{"Client-Id": {v.ClientID}, "Request-Time": {v.RequestTime}, "Signature": {v.Signature}},
		Received: time.Date(2026, 3, 12, 2, 0, 10, 0, time.UTC),
	}, providers.Keys{Secrets: []string{v.PublicKey}}
}

func TestVector(t *testing.T) {
	n, k := settlement(t)
	outcomes, err := New().Notified(n, k)
	if err != nil || len(outcomes) != 1 {
		t.Fatal(outcomes, err)
	}
	const want = "0 payout amount=7455 USD net=-7455 USD id=2026031100000000001/seller-1/USD batch=2026031100000000001 receiver=seller-1 account=seller-1 at=2026-03-12T02:00:00Z"
	if got := tell(&outcomes[0]); got != want {
		t.Errorf("expected\n%s\nfound\n%s", want, got)
	}
}

// TestUnauthenticated alters the vector in one way each.
func TestUnauthenticated(t *testing.T) {
	set := func(name, value string) func(*providers.Notification) {
		return func(n *providers.Notification) { n.Header[name] = []string{value} }
	}
	signature := func(change func(string) string) func(*providers.Notification) {
		return func(n *providers.Notification) { n.Header.Set("Signature", change(n.Header.Get("Signature"))) }
	}
	replace := func(old, new string) func(*providers.Notification) {
		return signature(func(s string) string { return strings.Replace(s, old, new, 1) })
	}
	for name, change := range map[string]func(*providers.Notification){
		"another path":          func(n *providers.Notification) { n.Path += "/" },
		"no path":               func(n *providers.Notification) { n.Path = "" },
		"a query":               func(n *providers.Notification) { n.Path += "?x=1" },
		"another method":        func(n *providers.Notification) { n.Method = "PUT" },
		"another client":        set("Client-Id", "SANDBOX_5EXAMPLE0000001"),
		"no client":             func(n *providers.Notification) { n.Header.Del("Client-Id") },
		"an empty client":       set("Client-Id", ""),
		"another time":          set("Request-Time", "2026-03-12T10:00:06+08:00"),
		"the time otherwise":    set("Request-Time", "2026-03-12T02:00:05Z"),
		"no time":               func(n *providers.Notification) { n.Header.Del("Request-Time") },
		"two signatures":        func(n *providers.Notification) { n.Header.Add("Signature", n.Header.Get("Signature")) },
		"two names":             func(n *providers.Notification) { n.Header["signature"] = n.Header["Signature"] },
		"another algorithm":     replace("RSA256", "none"),
		"no algorithm":          replace("algorithm=RSA256,", ""),
		"two algorithms":        replace("algorithm=RSA256,", "algorithm=RSA256,algorithm=RSA256,"),
		"the signature alone":   signature(func(s string) string { return s[strings.Index(s, "signature=")+len("signature="):] }),
		"cut short":             signature(func(s string) string { return s[:len(s)-12] }),
		"a byte longer":         replace("signature=", "signature=AAAA"),
		"not URL-encoded right": replace("%2B", "%2"),
		"a day later":           func(n *providers.Notification) { n.Received = n.Received.Add(25 * time.Hour) },
		"before it was sent":    func(n *providers.Notification) { n.Received = n.Received.Add(-time.Hour) },
		"received at no time":   func(n *providers.Notification) { n.Received = time.Time{} },
	} {
		n, k := settlement(t)
		change(n)
		if outcomes, err := New().Notified(n, k); err != providers.ErrUnauthenticated || outcomes != nil {
			t.Errorf("%s: expected %v, found %v, %v", name, providers.ErrUnauthenticated, outcomes, err)
		}
	}
}

// TestHeaderNames: names know no case, and a signature may come without the URL-encoding.
func TestHeaderNames(t *testing.T) {
	n, k := settlement(t)
	plain := strings.NewReplacer("%2B", "+", "%2F", "/", "%3D", "=").Replace(n.Header.Get("Signature"))
	n.Header = textproto.MIMEHeader{"client-id": n.Header["Client-Id"], "REQUEST-TIME": n.Header["Request-Time"], "signature": {plain}}
	n.Method = ""
	if _, err := New().Notified(n, k); err != nil {
		t.Error(err)
	}
	k.MaxAge = time.Second
	if _, err := New().Notified(n, k); err != providers.ErrUnauthenticated {
		t.Errorf("five seconds old, where one is allowed: %v", err)
	}
}

// testKeys is made once: keys of 2048 bits take a while.
var testKeys = sync.OnceValue(func() (keys [2]*rsa.PrivateKey) {
	for i := range keys {
		var err error
		if keys[i], err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			panic(err)
		}
	}
	return keys
})

func public(k *rsa.PrivateKey) string {
	der, err := x509.MarshalPKIXPublicKey(&k.PublicKey)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// received returns a notification that a key has signed.
func received(t testing.TB, key *rsa.PrivateKey, body string) (*providers.Notification, providers.Keys) {
	t.Helper()
	now := time.Date(2026, 3, 12, 2, 0, 0, 0, time.UTC)
	s := Signer{ClientID: "SANDBOX_5EXAMPLE0000000", Key: key}
	header, err := s.Header(Request{"/notify", []byte(body)}, now)
	if err != nil {
		t.Fatal(err)
	}
	return &providers.Notification{Method: "POST", Path: "/notify", Header: header, Body: []byte(body), Received: now.Add(time.Second)}, providers.Keys{Secrets: []string{public(key)}}
}

// TestAnswer signs a request, and an answer to it as Antom does: with the path of the request.
func TestAnswer(t *testing.T) {
	platform, antom := testKeys()[0], testKeys()[1]
	now := time.Date(2026, 3, 12, 2, 0, 0, 0, time.UTC)
	s := Signer{ClientID: "SANDBOX_5EXAMPLE0000000", Key: platform, KeyVersion: 2}
	r := Request{settlePath, []byte(`{}`)}
	header, err := s.Header(r, now)
	if err != nil {
		t.Fatal(err)
	}
	if got := header.Get("Signature"); !strings.HasPrefix(got, "algorithm=RSA256,keyVersion=2,signature=") || strings.ContainsAny(got[40:], "+/=") {
		t.Errorf("expected a signature that is URL-encoded, found %s", got)
	}
	if got := header.Get("Content-Type") + " " + header.Get("Request-Time"); got != "application/json; charset=UTF-8 1773280800000" {
		t.Errorf("found %s", got)
	}
	body := []byte(`{"result":{"resultStatus":"S","resultCode":"SUCCESS"}}`)
	signed, err := (&Signer{ClientID: s.ClientID, Key: antom}).Header(Request{r.Path, body}, now)
	if err != nil {
		t.Fatal(err)
	}
	answer := textproto.MIMEHeader{"response-time": signed["Request-Time"], "signature": signed["Signature"]}
	k := providers.Keys{Secrets: []string{public(antom)}}
	if err := s.CheckAnswer(r, answer, body, now, k); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"another path": s.CheckAnswer(Request{refundPath, r.Body}, answer, body, now, k),
		"another body": s.CheckAnswer(r, answer, []byte(`{}`), now, k),
		"our own key":  s.CheckAnswer(r, answer, body, now, providers.Keys{Secrets: []string{public(platform)}}),
		"too late":     s.CheckAnswer(r, answer, body, now.Add(48*time.Hour), k),
		"no time":      s.CheckAnswer(r, signed, body, now, k),
	} {
		if !errors.Is(err, providers.ErrUnauthenticated) {
			t.Errorf("%s: expected %v, found %v", name, providers.ErrUnauthenticated, err)
		}
	}
}

func TestKeys(t *testing.T) {
	key := testKeys()[0]
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	encoded := base64.StdEncoding.EncodeToString(der)
	for name, text := range map[string]string{
		"Base64": encoded, "Base64 in lines": encoded[:64] + "\n" + encoded[64:] + "\n",
		"PEM": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	} {
		if got, err := ParsePrivateKey(text); err != nil || !got.Equal(key) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{"nothing": "", "half": encoded[:100], "public": public(key), "words": "not a key", "half PEM": "-----BEGIN PRIVATE KEY-----\n" + encoded} {
		if _, err := ParsePrivateKey(text); err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%s as a private key: expected an error that does not show it, found %v", name, err)
		}
	}
	if got, err := ParsePublicKey(public(key)); err != nil || !got.Equal(&key.PublicKey) {
		t.Error(err)
	}
	for _, text := range []string{"", encoded, "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="} { // the last is of Ed25519
		if _, err := ParsePublicKey(text); err == nil {
			t.Errorf("%.20q as a public key: expected an error, found none", text)
		}
	}
}
