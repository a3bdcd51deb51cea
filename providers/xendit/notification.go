package xendit

import (
	"crypto/sha256"
	"crypto/subtle"
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

// tokenHeader has the token of the account, which is all that proves where a webhook comes from.
const tokenHeader = "X-Callback-Token"

// Notified checks the token of a webhook and says what it tells. Keys.Secrets are the tokens of the dashboard.
// Webhooks have no time that is authenticated, so that Keys.MaxAge does not count.
//
// One webhook that comes again has the same outcomes with the same IDs, made of event, id and status (docs.xendit.co
// webhook-behavior: they are sent up to seven times, in any order). Events that are not known are [providers.Other].
func (Adapter) Notified(n *providers.Notification, k providers.Keys) ([]providers.Outcome, error) {
	if !authentic(n, k) {
		return nil, providers.ErrUnauthenticated
	}
	if err := bounds.JSON(n.Body); err != nil {
		return nil, fmt.Errorf("webhook of Xendit: %w", err)
	}
	m := message{body: n.Body, received: n.Received}
	if err := json.Unmarshal(n.Body, &m); err != nil {
		return nil, fmt.Errorf("expected a webhook as a JSON object: %w", err)
	}
	if err := m.names("event", m.Event, "business_id", m.BusinessID); err != nil {
		return nil, err
	}
	return m.outcomes()
}

// CheckKeys reports an error if one of the keys cannot be a token of the dashboard. It never shows a key.
func (Adapter) CheckKeys(k providers.Keys) error {
	if len(k.Secrets) == 0 {
		return errors.New("expected a callback token of Xendit, found none")
	}
	for i, token := range k.Secrets {
		switch {
		case token == "":
			return fmt.Errorf("token %d: expected a callback token of Xendit, found nothing", i+1)
		case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r == 0x7f || r > 0x7e }):
			return fmt.Errorf("token %d: expected a callback token of Xendit, "+
				"found a text with white space or with characters that no header has", i+1)
		case strings.Contains(token, "-----BEGIN"), strings.HasPrefix(token, "xnd_"):
			return fmt.Errorf("token %d: expected the callback token of Xendit's dashboard, "+
				"found a key that is to be kept elsewhere", i+1)
		}
	}
	return nil
}

// authentic compares the token with all that are valid, in a time that tells neither where they differ nor how
// long they are.
func authentic(n *providers.Notification, k providers.Keys) bool {
	sent := n.Header.Values(tokenHeader)
	if len(sent) != 1 || sent[0] == "" {
		return false
	}
	// Hashes are of one length, so the comparison tells nothing about that of the token.
	got, ok := sha256.Sum256([]byte(sent[0])), 0
	for _, secret := range k.Secrets {
		// An empty token would let everybody in.
		if secret == "" {
			continue
		}
		want := sha256.Sum256([]byte(secret))
		ok |= subtle.ConstantTimeCompare(got[:], want[:])
	}
	return ok == 1
}

// A message is a webhook. Those of disputes, reports and invoices are flat: they have no data.
type message struct {
	Event      string         `json:"event"`
	BusinessID string         `json:"business_id"`
	Created    string         `json:"created"`
	Data       jsontext.Value `json:"data"`
	Invoice    string         `json:"external_id"` // of the older callback of invoices

	received time.Time
	body     []byte
}

// outcomes returns what a webhook tells, by the part of its event before the first point. One without an event is an
// invoice's if it has an external_id, and otherwise a report's.
func (m *message) outcomes() ([]providers.Outcome, error) {
	family, _, _ := strings.Cut(m.Event, ".")
	switch {
	case m.Event == "" && m.Invoice != "":
		return m.invoice()
	case m.Event == "":
		return m.report()
	case m.Event == "split.payment":
		return m.split()
	case family == "payment":
		return m.payment()
	case family == "refund":
		return m.refund()
	case family == "dispute":
		return m.dispute()
	}
	return m.unknown()
}

// data reads the data of a webhook into v. One published example of refunds has data within data: both are read.
func (m *message) data(v any) error {
	data := m.Data
	var nested struct {
		Event string         `json:"event"`
		Data  jsontext.Value `json:"data"`
	}
	if len(data) > 0 && json.Unmarshal(data, &nested) == nil && nested.Event == m.Event && nested.Data.Kind() == '{' {
		data = nested.Data
	}
	if data.Kind() != '{' {
		return m.errorf("expected an object data, found none")
	}
	return m.into(data, v)
}

// into reads JSON, and names the event in the error.
func (m *message) into(text []byte, v any) error {
	if err := json.Unmarshal(text, v); err != nil {
		return m.errorf("%w", err)
	}
	return nil
}

// names returns an error that names the first field that is longer than a name is.
func (m *message) names(fields ...string) error {
	if err := bounds.Names(fields...); err != nil {
		return m.errorf("%w", err)
	}
	return nil
}

// A fact is what the payloads have in common. An amount is in major units, as in all of Xendit's messages.
type fact struct {
	id, status string
	amount     jsontext.Value
	currency   money.Currency
	times      []string // the first that is given counts
}

// outcome makes an outcome of a fact: its ID, its amount and its time.
func (m *message) outcome(kind providers.Kind, f fact) (o providers.Outcome, err error) {
	o.Kind = kind
	if f.id == "" || f.status == "" {
		return o, m.errorf("expected an id and a status, found %q and %q", clip(f.id), clip(f.status))
	}
	o.ID = m.Event + "/" + f.id + "/" + f.status
	if o.Amount, err = number(f.amount, f.currency); err != nil {
		return o, m.errorf("amount: %w", err)
	}
	o.At, err = m.at(f.times...)
	return o, err
}

// at returns the first time that is given, else when the webhook was sent, else when it came in. Times are of RFC 3339;
// any other is an error.
func (m *message) at(times ...string) (time.Time, error) {
	for _, text := range append(times, m.Created) {
		if text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return at, m.errorf("expected a time such as 2026-03-11T02:00:03Z, found %q", clip(text))
		}
		return at, nil
	}
	return m.received, nil
}

// errorf returns an error that names the event.
func (m *message) errorf(format string, args ...any) error {
	return fmt.Errorf("webhook %q: %w", clip(m.Event), fmt.Errorf(format, args...))
}

// number reads an amount above zero: a JSON number, or a string as disputes have it, and examples of others.
func number(v jsontext.Value, c money.Currency) (money.Amount, error) {
	a, given, err := optional(v, c)
	switch {
	case err != nil:
		return a, err
	case !given:
		return a, errors.New("expected a number, found none")
	case a.Sign() == 0:
		return a, fmt.Errorf("expected more than 0, found %s", clip(string(v)))
	}
	return a, nil
}

// optional reads an amount that may be missing or null; given is false then. An amount below 0 is refused by
// [parseMajor].
func optional(v jsontext.Value, c money.Currency) (a money.Amount, given bool, err error) {
	text := string(v)
	switch v.Kind() {
	case 'n', jsontext.KindInvalid:
		return a, false, nil
	case '"':
		if err := json.Unmarshal(v, &text); err != nil {
			return a, false, err
		}
	case '0':
	default:
		return a, false, fmt.Errorf("expected a number, found %s", clip(text))
	}
	a, err = parseMajor(text, c, money.Table{})
	return a, err == nil, err
}
