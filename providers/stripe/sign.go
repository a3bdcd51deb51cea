package stripe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/providers"
)

// signatureHeader has the time and the signatures: "t=1773134123,v1=13c9…,v1=f6ac…,v0=…".
const signatureHeader = "Stripe-Signature"

// tolerance is how old a notification may be: retries are signed anew (docs.stripe.com/webhooks).
const tolerance = 5 * time.Minute

// authentic reports whether a v1 of the header is made with one of the keys, and the time is near. Other schemes than
// v1 are not looked at: v0 is of test events, and proves nothing.
func authentic(n *providers.Notification, k providers.Keys) bool {
	values := n.Header.Values(signatureHeader)
	if len(values) != 1 || len(n.Body) == 0 {
		return false
	}
	var stamp string
	var proofs [][]byte
	for _, pair := range strings.Split(values[0], ",") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(pair), "="); name {
		case "t":
			if stamp != "" {
				return false
			}
			stamp = value
		case "v1":
			if proof, err := hex.DecodeString(value); err == nil && len(proof) == sha256.Size {
				proofs = append(proofs, proof)
			}
		}
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return false
	}
	signed := false
	for _, secret := range k.Secrets {
		if secret == "" {
			continue
		}
		want := proofOf(secret, stamp, n.Body)
		for _, proof := range proofs {
			if hmac.Equal(proof, want) {
				signed = true
			}
		}
	}
	if k.MaxAge == 0 {
		k.MaxAge = tolerance
	}
	return signed && k.Fresh(time.Unix(seconds, 0), n.Received)
}

// proofOf signs a body that is sent at a time. The secret counts as text, with its prefix.
func proofOf(secret, stamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp))
	mac.Write([]byte{'.'})
	mac.Write(body)
	return mac.Sum(nil)
}

// CheckKeys reports an error if one of the keys cannot be the secret of an endpoint. It never shows a key.
func (Adapter) CheckKeys(k providers.Keys) error {
	if len(k.Secrets) == 0 {
		return errors.New("expected the signing secret of an endpoint, whsec_…, found none")
	}
	for i, s := range k.Secrets {
		rest, ok := strings.CutPrefix(s, "whsec_")
		switch {
		case strings.HasPrefix(s, "sk_"), strings.HasPrefix(s, "rk_"), strings.HasPrefix(s, "pk_"):
			return fmt.Errorf("secret %d: expected the signing secret of an endpoint, whsec_…, "+
				"found an API key, which is to be kept elsewhere", i+1)
		case !ok || rest == "":
			return fmt.Errorf("secret %d: expected the signing secret of an endpoint, whsec_…, found another text", i+1)
		case strings.ContainsFunc(rest, func(r rune) bool { return r <= ' ' || r > 0x7e }):
			return fmt.Errorf("secret %d: expected the signing secret of an endpoint without white space", i+1)
		}
	}
	return nil
}
