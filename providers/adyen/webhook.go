package adyen

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// signatureHeader is the header of balance platform webhooks that has their signature.
const signatureHeader = "HmacSignature"

// Notified reads a webhook. One with a header HmacSignature is a balance platform webhook, signed as it stands;
// every other has to be a standard webhook, whose items are signed one by one: if one of them is not, all are
// refused.
func (Adapter) Notified(n *providers.Notification, k providers.Keys) ([]providers.Outcome, error) {
	if signatures := n.Header.Values(signatureHeader); len(signatures) > 0 {
		if len(signatures) != 1 || !authentic(n.Body, signatures[0], k.Secrets) {
			return nil, providers.ErrUnauthenticated
		}
		return platformWebhook(n, k)
	}
	var m message
	if json.Unmarshal(n.Body, &m) != nil || len(m.Items) == 0 {
		return nil, providers.ErrUnauthenticated
	}
	for i := range m.Items {
		it := &m.Items[i].Item
		// All are looked at before any is read: one without a signature says that the sender is not Adyen.
		if !authentic(it.signed(), string(it.AdditionalData["hmacSignature"]), k.Secrets) {
			return nil, providers.ErrUnauthenticated
		}
	}
	if err := cmp.Or(bounded(n.Body), ofMode("live", m.Live, "true", "false", k)); err != nil {
		return nil, err
	}
	outcomes := make([]providers.Outcome, 0, len(m.Items))
	for i := range m.Items {
		o, err := m.Items[i].Item.outcome()
		if err != nil {
			return nil, fmt.Errorf("notificationItems[%d]: %w", i, err)
		}
		if o.At.IsZero() {
			o.At = n.Received
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// TellsMode returns the names of the members that say whether a notification is of test mode. Reports do not tell it.
func (Adapter) TellsMode() string { return "live or environment" }

// ofMode refuses what is live where test mode is asked for, by a member that says live or test in some words. The other
// way round the signature has told already: Adyen makes each HMAC key in one of its environments. What leaves the member
// out is taken: Adyen documents it, and signs the items of a standard webhook without it.
func ofMode(member string, found scalar, live, test scalar, k providers.Keys) error {
	switch found {
	case "":
		return nil
	case live, test:
		if !k.TestMode {
			return nil
		}
		return providers.OfMode(member, found == live, true)
	}
	return fmt.Errorf("%s: expected %s or %s, found %q", member, live, test, found)
}

// A message is the body of a standard webhook.
type message struct {
	Live  scalar `json:"live"`
	Items []struct {
		Item item `json:"NotificationRequestItem"`
	} `json:"notificationItems"`
}

// An item is one event of a standard webhook.
type item struct {
	AdditionalData      map[string]scalar `json:"additionalData"`
	Amount              minor             `json:"amount"`
	EventCode           scalar            `json:"eventCode"`
	EventDate           scalar            `json:"eventDate"`
	MerchantAccountCode scalar            `json:"merchantAccountCode"`
	MerchantReference   scalar            `json:"merchantReference"`
	OriginalReference   scalar            `json:"originalReference"`
	PspReference        scalar            `json:"pspReference"`
	Reason              scalar            `json:"reason"`
	Success             scalar            `json:"success"`
}

// A scalar is a string, a number or a boolean as it is written in JSON: Adyen has amounts as strings, and booleans.
type scalar string

// UnmarshalJSON takes any value that is no object and no array; null is empty.
func (s *scalar) UnmarshalJSON(text []byte) error {
	switch text[0] {
	case '"':
		return json.Unmarshal(text, (*string)(s))
	case 'n':
		*s = ""
	case '{', '[':
		*s = "" // additional data that this package does not use
	default:
		*s = scalar(text)
	}
	return nil
}

// A minor is an amount in minor units of Adyen's.
type minor struct {
	Currency scalar `json:"currency"`
	Value    scalar `json:"value"`
}

// amount returns it in minor units of ISO 4217; the zero Amount if there is none.
func (m minor) amount(t money.Table) (money.Amount, error) {
	if m.Currency == "" && m.Value == "" {
		return money.Amount{}, nil
	}
	return fromMinor(string(m.Value), money.Currency(m.Currency), t)
}

// signed returns what the signature of an item is of. Nothing in it is escaped. What else the item has is not
// signed: its reason and its time rest on the connection, and additionalData decides nothing.
func (it *item) signed() []byte {
	// The order is Adyen's, and so is the separator (docs.adyen.com verify-hmac-signatures).
	parts := []scalar{it.PspReference, it.OriginalReference, it.MerchantAccountCode, it.MerchantReference,
		it.Amount.Value, it.Amount.Currency, it.EventCode, it.Success}
	var b []byte
	for i, p := range parts {
		if i > 0 {
			b = append(b, ':')
		}
		b = append(b, p...)
	}
	return b
}

// An effect is what an event of a standard webhook means if it succeeded, and if it did not.
type effect struct{ done, failed providers.Kind }

// effects has the events that move money or the state of a payment. All others that Adyen lists are Other: they move
// nothing, or another event or report proves what they moved. Those of payouts to third parties are in reports, and
// what the ends of arbitrations move comes with CHARGEBACK_REVERSED or SECOND_CHARGEBACK (inferred). What
// CANCEL_OR_REFUND did is in additionalData alone.
var effects = map[string]effect{
	"CAPTURE":                  {providers.Captured, providers.SettlementFailed},
	"CAPTURE_FAILED":           {providers.SettlementFailed, providers.Other},
	"CANCELLATION":             {providers.Cancelled, providers.Other},
	"TECHNICAL_CANCEL":         {providers.Cancelled, providers.Other},
	"EXPIRE":                   {providers.Adjusted, providers.Other},
	"AUTHORISATION_ADJUSTMENT": {providers.Adjusted, providers.Other},
	"REFUND":                   {providers.Refunded, providers.RefundFailed},
	"REFUND_FAILED":            {providers.RefundFailed, providers.Other},
	"REFUNDED_REVERSED":        {providers.RefundFailed, providers.Other},
	"CHARGEBACK":               {providers.Chargeback, providers.Other},
	"CHARGEBACK_REVERSED":      {providers.ChargebackReversed, providers.Other},
	"SECOND_CHARGEBACK":        {providers.SecondChargeback, providers.Other},
}

// otherEvents are the other events that Adyen lists; those of arbitrations are told by how they begin.
var otherEvents = []string{
	"AUTHORISATION", "CANCEL_OR_REFUND", "REFUND_WITH_DATA", "POSTPONED_REFUND", "VOID_PENDING_REFUND",
	"NOTIFICATION_OF_CHARGEBACK", "REQUEST_FOR_INFORMATION", "INFORMATION_SUPPLIED", "ISSUER_COMMENTS",
	"DISPUTE_DEFENSE_PERIOD_ENDED", "NOTIFICATION_OF_FRAUD",
	"PAIDOUT_REVERSED", "PAYOUT_THIRDPARTY", "PAYOUT_DECLINE", "PAYOUT_EXPIRE",
	"REPORT_AVAILABLE", "ORDER_OPENED", "ORDER_CLOSED",
}

// effect returns what the item means.
func (it *item) effect() (providers.Kind, error) {
	code := string(it.EventCode)
	e, known := effects[code]
	arbitration := strings.HasPrefix(code, "PREARBITRATION_") || strings.HasPrefix(code, "SCHEME_ARBITRATION")
	switch {
	case !known && (arbitration || slices.Contains(otherEvents, code)):
		return providers.Other, nil
	case !known:
		return providers.Unknown, nil
	case it.Success == "true":
		return e.done, nil
	case it.Success == "false":
		return e.failed, nil
	}
	return "", fmt.Errorf("success: expected true or false, found %q", string(it.Success))
}

// outcome returns what the item says. At stays zero where there is no eventDate; the caller takes the time of arrival.
func (it *item) outcome() (o providers.Outcome, err error) {
	if it.EventCode == "" || it.PspReference == "" {
		return o, fmt.Errorf("expected an eventCode and a pspReference, found %q and %q",
			string(it.EventCode), string(it.PspReference))
	}
	if o.Kind, err = it.effect(); err != nil {
		return o, err
	}
	o.ID = string(it.EventCode + ":" + it.PspReference)
	o.Reason = string(it.Reason)
	it.names(&o)
	switch {
	case o.Kind == providers.Other || o.Kind == providers.Unknown:
		o.Reason = it.event()
	case it.expires():
		o.Reason = "expired"
	}
	if o.Amount, err = it.amount(o.Kind); err != nil {
		return o, err
	}
	if it.EventDate != "" {
		if o.At, err = time.Parse(time.RFC3339, string(it.EventDate)); err != nil {
			return o, fmt.Errorf("eventDate: expected a time such as 2026-03-10T09:15:21+01:00, found %q",
				string(it.EventDate))
		}
	}
	return o, nil
}

// expires reports whether what was authorised and not captured is given up: the amount of the item is what expired.
func (it *item) expires() bool { return it.EventCode == "EXPIRE" && it.Success == "true" }

// amount returns the amount of an item. What is no money is left out where nothing depends on it. What expired leaves
// an authorised amount of 0, whatever the item's amount is; that of an unknown event may be anything.
func (it *item) amount(k providers.Kind) (money.Amount, error) {
	if k == providers.Unknown {
		return money.Amount{}, nil
	}
	a, err := it.Amount.amount(money.Table{})
	switch {
	case err == nil && it.expires():
		return money.New(0, a.Currency()), nil
	case k == providers.Other && (err != nil || a.Sign() < 0):
		return money.Amount{}, nil
	case err != nil:
		return money.Amount{}, fmt.Errorf("amount: %w", err)
	case a.Sign() < 0 || a.IsZero() && k != providers.Other && k != providers.Cancelled:
		return money.Amount{}, fmt.Errorf("amount: expected one above 0 for %s, found %q",
			it.EventCode, it.Amount.Value)
	}
	return a, nil
}

// event returns the name of the event, with what Adyen says of it.
func (it *item) event() string {
	text := string(it.EventCode)
	if it.Success == "false" {
		text += " failed"
	} else if it.EventCode == "CANCEL_OR_REFUND" {
		return text + ": whether it cancelled or refunded is not signed; a CANCELLATION, a REFUND or a report proves it"
	}
	if it.Reason != "" {
		text += ": " + string(it.Reason)
	}
	return text
}

// names takes over the references. The pspReference of an authorisation is the payment's, of a report its file
// name, else that of the modification or dispute.
func (it *item) names(o *providers.Outcome) {
	switch it.EventCode {
	case "REPORT_AVAILABLE":
		return
	case "AUTHORISATION":
		o.ProviderReference = string(it.PspReference)
	default:
		o.ProviderReference = string(it.OriginalReference)
	}
	o.Movement = modificationName(string(it.PspReference), o.ProviderReference)
	o.Reference = string(it.MerchantReference)
}
