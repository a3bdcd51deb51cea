package adyen

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// authentic reports whether a signature is that of text under one of the secrets: HMAC-SHA256 with the key that the secret is the
// hexadecimal form of, in Base64 with padding (docs.adyen.com development-resources/webhooks/verify-hmac-signatures). All secrets
// are tried, whichever fits, so that the time taken does not tell.
func authentic(text []byte, signature string, secrets []string) bool {
	given, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil || len(given) != sha256.Size {
		return false
	}
	ok := false
	for _, s := range secrets {
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
