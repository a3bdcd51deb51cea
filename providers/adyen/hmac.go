package adyen

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/splitledger/splitledger/providers"
)

// CheckKeys refuses keys that are not the hexadecimal form of 32 bytes, as Adyen makes them. It implements
// [providers.KeyChecker].
func (Adapter) CheckKeys(k providers.Keys) error {
	if len(k.Secrets) == 0 {
		return errors.New("expected an HMAC key of Adyen's, found none")
	}
	for i, s := range k.Secrets {
		if wrong := wrongKey(strings.TrimSpace(s)); wrong != "" {
			return fmt.Errorf("key %d: expected an HMAC key of Adyen's, which is %d hexadecimal digits, found %s",
				i+1, 2*sha256.Size, wrong)
		}
	}
	return nil
}

// wrongKey says what a text is that is no key, "" where it may be one. It never quotes the text: what was given by
// mistake may be another secret, and the message goes to a log.
func wrongKey(s string) string {
	switch {
	case s == "":
		return "an empty one"
	case strings.Contains(s, "-----BEGIN") && strings.Contains(s, "PRIVATE KEY"):
		return "a private key in PEM, which nobody but its owner needs"
	case strings.Contains(s, "-----BEGIN"):
		return "PEM"
	}
	if i := strings.IndexFunc(s,
		func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) }); i >= 0 {
		return fmt.Sprintf("something else at character %d", utf8.RuneCountInString(s[:i])+1)
	}
	if len(s) != 2*sha256.Size {
		return fmt.Sprintf("%d digits", len(s))
	}
	return ""
}

// authentic reports whether a signature is that of text under one of the secrets: HMAC-SHA256 with the key that
// the secret is the hexadecimal form of, in Base64 with padding (docs.adyen.com
// development-resources/webhooks/verify-hmac-signatures). All secrets are tried, whichever fits, so that the
// time taken does not tell.
func authentic(text []byte, signature string, secrets []string) bool {
	given, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil || len(given) != sha256.Size {
		return false
	}
	ok := false
	for _, s := range secrets {
		// An empty key would make a signature that anybody can make.
		key, err := hex.DecodeString(strings.TrimSpace(s))
		if err != nil || len(key) == 0 {
			continue
		}
		h := hmac.New(sha256.New, key)
		h.Write(text)
		if hmac.Equal(h.Sum(nil), given) {
			ok = true
		}
	}
	return ok
}
