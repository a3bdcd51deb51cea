package stripe

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/bounds"
)

// Notified checks the signature of a webhook and says what it tells, possibly nothing. Keys.Secrets are the signing
// secrets of all endpoints: those for the platform's account and for connected accounts have one each. Events may come
// twice and in any order; what two of them tell is the same outcome.
func (Adapter) Notified(n *providers.Notification, k providers.Keys) ([]providers.Outcome, error) {
	if !authentic(n, k) {
		return nil, providers.ErrUnauthenticated
	}
	if err := bounds.JSON(n.Body); err != nil {
		return nil, fmt.Errorf("webhook of Stripe: %w", err)
	}
	var e event
	if err := json.Unmarshal(n.Body, &e); err != nil {
		return nil, fmt.Errorf("expected an event as a JSON object: %w", err)
	}
	err := wrongMode(e.Live, k.TestMode)
	var outcomes []providers.Outcome
	if err == nil {
		outcomes, err = e.outcomes()
	}
	if err != nil {
		return nil, fmt.Errorf("event %s %q: %w", clip(e.ID), clip(e.Type), err)
	}
	return outcomes, nil
}

// An event is a webhook. Account is the connected account that its object lives on; without it, that is the
// platform's.
type event struct {
	ID      string         `json:"id"`
	Object  string         `json:"object"`
	Account string         `json:"account"`
	Type    string         `json:"type"`
	Live    *bool          `json:"livemode"`
	Created jsontext.Value `json:"created"` // seconds, of a thin event a text
	Data    struct {
		Object jsontext.Value `json:"object"`
	} `json:"data"`
	Related struct {
		URL string `json:"url"`
	} `json:"related_object"`
}

// readers say what the events tell that move money (docs.stripe.com/api/events/types).
var readers = map[string]func(*event) ([]providers.Outcome, error){
	"charge.succeeded":                (*event).charge,
	"charge.captured":                 (*event).charge,
	"payment_intent.succeeded":        (*event).intent,
	"charge.expired":                  (*event).over,
	"payment_intent.canceled":         (*event).over,
	"refund.created":                  (*event).refund,
	"refund.updated":                  (*event).refund,
	"refund.failed":                   (*event).refund,
	"charge.dispute.funds_withdrawn":  (*event).dispute,
	"charge.dispute.funds_reinstated": (*event).dispute,
	"transfer.created":                (*event).transfer,
	"transfer.reversed":               (*event).transfer,
	"application_fee.created":         (*event).applicationFee,
	"application_fee.refunded":        (*event).applicationFee,
	"payout.paid":                     (*event).payout,
	"payout.failed":                   (*event).payout,
	"payout.canceled":                 (*event).payout,
}

// hints are events that another event, a balance transaction or a report proves, by how their names begin. Those of
// objects that move no money of payments are hints as well.
var hints = []string{
	"account.", "application_fee.refund.updated", "balance.", "balance_settings.", "billing", "capability.", "charge.",
	"checkout.", "coupon.", "customer.", "entitlements.", "file.", "financial_connections.", "identity.", "invoice.",
	"invoice_payment.", "invoiceitem.", "mandate.", "payment_intent.", "payment_link.", "payment_method.", "payout.",
	"person.", "plan.", "price.", "product.", "promotion_code.", "quote.", "radar.", "refund.", "reporting.",
	"reserve.", "review.", "setup_intent.", "sigma.", "source.", "subscription_schedule.", "tax.", "tax_rate.",
	"terminal.", "topup.", "transfer.updated",
}

// outcomes says what the event tells.
func (e *event) outcomes() ([]providers.Outcome, error) {
	switch {
	case strings.HasPrefix(e.Object, "v2."):
		return nil, fmt.Errorf("expected an event with its data, found a thin event, whose data is at %s: "+
			"an endpoint for snapshots of the first version of the API tells it", clip(e.Related.URL))
	case e.Object != "event" || e.ID == "" || e.Type == "":
		return nil, fmt.Errorf("expected an event with an id and a type, found the object %q", clip(e.Object))
	case e.Data.Object.Kind() != '{':
		return nil, fmt.Errorf("data.object: expected an object, found none")
	}
	if err := bounds.Names("id", e.ID, "type", e.Type, "account", e.Account); err != nil {
		return nil, err
	}
	if read := readers[e.Type]; read != nil {
		return read(e)
	}
	for _, begin := range hints {
		if strings.HasPrefix(e.Type, begin) {
			return e.told(providers.Other, e.Type)
		}
	}
	return e.told(providers.Unknown, e.Type)
}

// told returns what moves nothing, or nobody knows what.
func (e *event) told(kind providers.Kind, why string) ([]providers.Outcome, error) {
	at, err := e.at()
	if err != nil {
		return nil, err
	}
	var d struct {
		ID     string `json:"id"`
		Status string `json:"status"`
	}
	if err := e.into(&d); err != nil {
		return nil, err
	}
	if err := bounds.Names("id", d.ID, "status", d.Status); err != nil {
		return nil, err
	}
	return []providers.Outcome{{Kind: kind, ID: e.ID, Account: e.Account, At: at,
		Reason: strings.TrimSpace(why + " " + d.ID + " " + d.Status)}}, nil
}

// into reads the object that the event is about.
func (e *event) into(v any) error {
	if err := json.Unmarshal(e.Data.Object, v); err != nil {
		return fmt.Errorf("data.object: %w", err)
	}
	return nil
}

// at is when the event was made.
func (e *event) at() (time.Time, error) {
	var seconds int64
	if err := json.Unmarshal(e.Created, &seconds); err != nil || seconds == 0 {
		return time.Time{}, fmt.Errorf("created: expected seconds since 1970, found %s", clip(string(e.Created)))
	}
	return unix(seconds), nil
}

// account is the one whose balance changed: the platform's where the event names none.
func (e *event) account() string {
	if e.Account != "" {
		return e.Account
	}
	return string(accounts.Platform)
}

// A fact is what the objects have in common that moved money.
type fact struct {
	id       string // of the outcome: that of the balance transaction where it is told
	movement string
	amount   int64
	currency string
	created  int64
}

// outcome makes an outcome of a fact. Amounts are above zero, but for those of payouts.
func (e *event) outcome(kind providers.Kind, f fact) (o providers.Outcome, err error) {
	if f.id == "" || f.created == 0 {
		return o, fmt.Errorf("data.object: expected an id and when it was created, found %q and %d", clip(f.id),
			f.created)
	}
	if err := bounds.Names("id", f.id, "movement", f.movement); err != nil {
		return o, err
	}
	c, err := currencyOf(f.currency, money.Table{})
	if err != nil {
		return o, fmt.Errorf("currency: %w", err)
	}
	a, err := fromMinor(f.amount, c, money.Table{})
	if err != nil {
		return o, fmt.Errorf("amount: %w", err)
	}
	if a.Sign() < 0 && kind != providers.Payout {
		return o, fmt.Errorf("amount: expected one above 0, found %d", f.amount)
	}
	return providers.Outcome{Kind: kind, ID: f.id, Movement: f.movement, Amount: a.Abs(), At: unix(f.created)}, nil
}
