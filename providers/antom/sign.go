package antom

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/providers"
)

// The headers that a signature covers, and the one it is in. Answers have response-time in place of request-time.
const (
	headerClient    = "Client-Id"
	headerTime      = "Request-Time"
	headerAnswered  = "Response-Time"
	headerSignature = "Signature"
	headerContent   = "Content-Type"
)

// A message is what one signature is of. The time is signed as the text in its header.
// Source: alipay/global-open-sdk-go, tools/SignatureTool.go.
type message struct {
	method, path, client, time string
	body                       []byte
}

// digest returns the hash of the signed text: "POST /path", a line break, then client, time and body with points
// between. The parts are hashed one by one, so that no copy of the body is made.
func (m *message) digest() []byte {
	h := sha256.New()
	for _, part := range []string{m.method, " ", m.path, "\n", m.client, ".", m.time, "."} {
		h.Write([]byte(part))
	}
	h.Write(m.body)
	return h.Sum(nil)
}

// A Signer signs requests to Antom, and knows its answers.
type Signer struct {
	ClientID   string          // Antom's name of the platform
	Key        *rsa.PrivateKey // the platform's, see [ParsePrivateKey]
	KeyVersion int             // which of the platform's keys it is; default 1
}

// Header returns the headers of a request that is sent now: who sends it, when, what it is, and a signature of
// all that.
func (s *Signer) Header(r Request, now time.Time) (textproto.MIMEHeader, error) {
	m := message{"POST", r.Path, s.ClientID, strconv.FormatInt(now.UnixMilli(), 10), r.Body}
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.Key, crypto.SHA256, m.digest())
	if err != nil {
		return nil, fmt.Errorf("sign a request to Antom: %w", err)
	}
	header := make(textproto.MIMEHeader)
	header.Set(headerClient, m.client)
	header.Set(headerTime, m.time)
	header.Set(headerSignature, fmt.Sprintf("algorithm=RSA256,keyVersion=%d,signature=%s",
		max(s.KeyVersion, 1), url.QueryEscape(base64.StdEncoding.EncodeToString(signature))))
	header.Set(headerContent, "application/json; charset=UTF-8")
	return header, nil
}

// CheckAnswer proves that an answer to a request comes from Antom, which signs it with the path of the request.
// The error is [providers.ErrUnauthenticated]; what became of the request is not known then.
func (s *Signer) CheckAnswer(r Request, header textproto.MIMEHeader,
	body []byte, received time.Time, k providers.Keys) error {
	at, ok := one(header, headerAnswered)
	if !ok || !authentic(message{"POST", r.Path, s.ClientID, at, body}, header, received, k) {
		return providers.ErrUnauthenticated
	}
	return nil
}

// authenticate proves that a notification comes from Antom, and returns when it was sent, by the time that the
// signature covers. It is false too where a header is missing or there twice, and where the caller gave no path, which
// is signed.
func authenticate(n *providers.Notification, k providers.Keys) (sent time.Time, ok bool) {
	client, one1 := one(n.Header, headerClient)
	at, one2 := one(n.Header, headerTime)
	if !one1 || !one2 || n.Path == "" {
		return time.Time{}, false
	}
	method := n.Method
	if method == "" {
		method = "POST"
	}
	if !authentic(message{method, n.Path, client, at, n.Body}, n.Header, n.Received, k) {
		return time.Time{}, false
	}
	return parseTime(at)
}

// authentic reports whether one of the keys has signed a message, not long ago. The time is looked at first, as it
// costs least; [providers.Keys] say what is long.
func authentic(m message, header textproto.MIMEHeader, received time.Time, k providers.Keys) bool {
	sent, ok := parseTime(m.time)
	if !ok || !k.Fresh(sent, received) {
		return false
	}
	text, ok := one(header, headerSignature)
	if !ok {
		return false
	}
	signature, ok := parseSignature(text)
	if !ok {
		return false
	}
	digest := m.digest()
	// Any key will do, so that keys can be rotated.
	for _, secret := range k.Secrets {
		key, err := ParsePublicKey(secret)
		if err == nil && rsa.VerifyPKCS1v15(key, crypto.SHA256, digest, signature) == nil {
			return true
		}
	}
	return false
}

// one returns the value of a header that is there once, under a name in whatever letters.
func one(header textproto.MIMEHeader, name string) (value string, ok bool) {
	// Two headers of one name are refused: which one was signed would be a guess.
	for have, values := range header {
		if !strings.EqualFold(have, name) {
			continue
		}
		if ok || len(values) != 1 {
			return "", false
		}
		value, ok = values[0], true
	}
	return value, ok && value != ""
}

// parseSignature reads "algorithm=RSA256,keyVersion=1,signature=…", where the signature is Base64 that is then
// URL-encoded.
func parseSignature(header string) (signature []byte, ok bool) {
	seen := make(map[string]string, 3)
	for field := range strings.SplitSeq(header, ",") {
		name, value, found := strings.Cut(strings.TrimSpace(field), "=")
		if _, twice := seen[name]; !found || twice {
			return nil, false
		}
		seen[name] = value
	}
	if seen["algorithm"] != "RSA256" {
		return nil, false
	}
	encoded, err := url.PathUnescape(seen["signature"]) // leaves a + as it is, in a signature that was not encoded
	if err != nil {
		return nil, false
	}
	signature, err = base64.StdEncoding.Strict().DecodeString(encoded)
	return signature, err == nil && len(signature) > 0
}

// parseTime reads the time of a message: milliseconds since 1970, as Antom's libraries write it, or ISO 8601, as its
// documentation does.
func parseTime(text string) (t time.Time, ok bool) {
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms).UTC(), ms > 0 && text[0] != '+'
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// ParsePublicKey reads a public key as Antom shows it, Base64 of the DER of a SubjectPublicKeyInfo, or as PEM.
// Antom's own is what [providers.Keys] of notifications and answers hold.
func ParsePublicKey(text string) (*rsa.PublicKey, error) {
	der, err := decodeKey(text)
	if err != nil {
		return nil, fmt.Errorf("public key of Antom: %w", err)
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, errors.New("public key of Antom: expected a SubjectPublicKeyInfo, found something else")
	}
	if key, ok := key.(*rsa.PublicKey); ok {
		return key, nil
	}
	return nil, fmt.Errorf("public key of Antom: expected an RSA key, found %T", key)
}

// ParsePrivateKey reads the platform's private key, Base64 of PKCS #8 or PEM. The error never shows any of it.
func ParsePrivateKey(text string) (*rsa.PrivateKey, error) {
	der, err := decodeKey(text)
	if err != nil {
		return nil, fmt.Errorf("private key for Antom: %w", err)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("private key for Antom: expected PKCS #8, found something else")
	}
	if key, ok := key.(*rsa.PrivateKey); ok {
		return key, nil
	}
	return nil, fmt.Errorf("private key for Antom: expected an RSA key, found %T", key)
}

// decodeKey returns the DER of a key in PEM or in bare Base64, over one line or several, as dashboards and files have
// it. The error says nothing of what was found: it may be a private key.
func decodeKey(text string) ([]byte, error) {
	if strings.Contains(text, "-----BEGIN") {
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			return nil, errors.New("expected PEM, found a block that is not whole")
		}
		return block.Bytes, nil
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, errors.New("expected Base64 or PEM, found something else")
	}
	return der, nil
}

// What a public key is like: those of Antom have 2048 bits.
const (
	minBits = 2048
	maxKey  = 16 << 10 // bytes of a text that has one
)

// CheckKeys returns an error if one of the keys cannot be Antom's public key. It never shows a key. It implements
// [providers.KeyChecker].
func (adapter) CheckKeys(k providers.Keys) error {
	if len(k.Secrets) == 0 {
		return errors.New("expected a public key of Antom, found none")
	}
	for i, text := range k.Secrets {
		if err := checkKey(text); err != nil {
			return fmt.Errorf("key %d: %w", i+1, err)
		}
	}
	return nil
}

// checkKey says why a text cannot be Antom's public key. Somebody who sets a private key by mistake is told so: it
// would be sent to where it does not belong.
func checkKey(text string) error {
	if len(text) > maxKey {
		return fmt.Errorf("expected a public key of Antom of at most %d KiB, found %d bytes", maxKey>>10, len(text))
	}
	der, err := decodeKey(text)
	if err != nil {
		return fmt.Errorf("public key of Antom: %w", err)
	}
	if strings.TrimSpace(text) == "" {
		return errors.New("expected a public key of Antom, found nothing")
	}
	if strings.Contains(text, "PRIVATE KEY-----") || private(der) {
		return errors.New("expected the public key of Antom, found a private key: " +
			"keep it for signing requests, and take the key that Antom shows")
	}
	key, err := ParsePublicKey(text)
	if err != nil {
		return err
	}
	if n := key.N.BitLen(); n < minBits {
		return fmt.Errorf("public key of Antom: expected at least %d bits, found %d", minBits, n)
	}
	return nil
}

// private reports whether DER is of a private key.
func private(der []byte) bool {
	if _, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return true
	}
	if _, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return true
	}
	_, err := x509.ParseECPrivateKey(der)
	return err == nil
}
