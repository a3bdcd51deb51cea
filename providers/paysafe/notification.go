package paysafe

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/bounds"
)

// Notified authenticates a notification and says what it tells. An event that is about neither a settlement nor a
// refund, such as one of a payment handle, gives no outcome and no error, so that Paysafe does not send it again.
func (Adapter) Notified(n *providers.Notification, k providers.Keys) ([]providers.Outcome, error) {
	if !authentic(n, k.Secrets) {
		return nil, providers.ErrUnauthenticated
	}
	if err := bounds.JSON(n.Body); err != nil {
		return nil, fmt.Errorf("notification of Paysafe: %w", err)
	}
	var m struct {
		Event   string         `json:"eventName"`
		Event2  string         `json:"EventName"` // Paysafe's plugin takes it too
		Payload jsontext.Value `json:"payload"`
	}
	if err := json.Unmarshal(n.Body, &m); err != nil {
		return nil, fmt.Errorf("expected a notification as JSON: %w", err)
	}
	event := cmp.Or(m.Event, m.Event2)
	if err := bounds.Names("eventName", event); err != nil {
		return nil, err
	}
	if event == "" {
		return nil, fmt.Errorf("expected a notification with eventName, found none")
	}
	kind, status := meant(event)
	if kind == unsaid {
		return nil, nil
	}
	if m.Payload.Kind() != '{' {
		return nil, fmt.Errorf("expected a payload, found none")
	}
	o, err := read(m.Payload, kind)
	if err != nil {
		return nil, fmt.Errorf("payload.%s: %w", fieldOf(err), err)
	}
	return o.notified(event, status, n.Received)
}

// meant returns what an event is about, and the status in its name. Source: docs of webhooks; names of refunds'
// events are inferred.
func meant(event string) (kind, string) {
	i := strings.LastIndexByte(event, '_')
	if i < 0 {
		return unsaid, ""
	}
	switch what := event[:i]; {
	case what == "SETTLEMENT":
		return settlement, event[i+1:]
	case what == "REFUND", strings.HasSuffix(what, "_REFUND"):
		return refund, event[i+1:]
	}
	return unsaid, ""
}

// notified returns what the payload of an event tells. Only id and merchantRefNum are documented; without an
// amount nothing can be booked, and the outcome says so.
func (o *object) notified(event, status string, received time.Time) ([]providers.Outcome, error) {
	// The event's name and the payload contradict each other: which one is right, the settlement itself says.
	if o.Status != "" && o.Status != status {
		return nil, fmt.Errorf("payload.status: expected %s as in %s, found %q", status, event, o.Status)
	}
	o.Status, o.notice = status, true
	// The documented payload has no time: the event happened when it came in, as far as anybody knows.
	if o.At == "" {
		o.At = received.UTC().Format(time.RFC3339)
	}
	if o.Amount == nil {
		o.Amount = jsontext.Value("0")
		w, err := o.whole(money.Table{})
		if err != nil {
			return nil, fmt.Errorf("payload.%s: %w", fieldOf(err), err)
		}
		w.Kind, w.Amount, w.Reason = providers.Other, money.Amount{},
			event+" without an amount: read the "+string(o.kind)+" itself"
		return []providers.Outcome{w}, nil
	}
	all, err := o.outcomes(money.Table{})
	if err != nil {
		return nil, fmt.Errorf("payload.%s: %w", fieldOf(err), err)
	}
	for i := range all {
		if all[i].Kind == providers.Unknown { // events are more than settlements and refunds
			all[i].Kind = providers.Other
		}
	}
	return all, nil
}

// minKey is how many bytes a key has at least.
const minKey = 16

// CheckKeys returns an error if one of the keys cannot be one of Paysafe's portal. It never shows a key. It implements
// [providers.KeyChecker].
func (Adapter) CheckKeys(k providers.Keys) error {
	if len(k.Secrets) == 0 {
		return errors.New("expected an HMAC key of Paysafe, found none")
	}
	for i, text := range k.Secrets {
		key, err := decodeKey(text)
		switch {
		case strings.TrimSpace(text) == "":
			return fmt.Errorf("key %d: expected an HMAC key of Paysafe, found nothing", i+1)
		case strings.Contains(text, "-----BEGIN"):
			return fmt.Errorf("key %d: expected an HMAC key of Paysafe, found a PEM block", i+1)
		case err != nil:
			return fmt.Errorf("key %d: expected an HMAC key of Paysafe in Base64, found something else", i+1)
		case len(key) < minKey:
			return fmt.Errorf("key %d: expected an HMAC key of Paysafe of at least %d bytes, found %d",
				i+1, minKey, len(key))
		}
	}
	return nil
}

// decodeKey reads a key as the portal shows it: Base64, of which copying often loses the padding.
func decodeKey(text string) ([]byte, error) {
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(text), "="))
}

// authentic reports whether the body was signed with one of the keys of the portal, which are in Base64. No time
// of sending is signed, so MaxAge of [providers.Keys] does not count: what is sent again has the same ids.
func authentic(n *providers.Notification, keys []string) bool {
	given := n.Header.Values("Signature")
	if len(given) != 1 || len(n.Body) == 0 {
		return false
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(given[0])
	if err != nil || len(signature) != sha256.Size {
		return false
	}
	ok := false
	for _, k := range keys {
		key, err := decodeKey(k)
		if err != nil || len(key) == 0 {
			continue
		}
		h := hmac.New(sha256.New, key)
		h.Write(n.Body)
		ok = hmac.Equal(signature, h.Sum(nil)) || ok
	}
	return ok
}
