package xendit

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// split reads a route that was paid, or was not (docs.xendit.co split-payment-status-notification-webhook).
func (m *message) split() ([]providers.Outcome, error) {
	var d struct {
		ID               string         `json:"id"`
		Reference        string         `json:"reference_id"` // the route's
		Payment          string         `json:"payment_id"`
		PaymentReference string         `json:"payment_reference_id"`
		Source           string         `json:"source_account_id"`
		Destination      string         `json:"destination_account_id"`
		Status           string         `json:"status"`
		Failure          string         `json:"failure_code"`
		Amount           jsontext.Value `json:"amount"`
		Currency         money.Currency `json:"currency"`
	}
	if err := m.data(&d); err != nil {
		return nil, err
	}
	kind, err := m.kind(d.Status, map[string]providers.Kind{"COMPLETED": providers.Split,
		"FAILED": providers.SplitFailed})
	if err != nil {
		return nil, err
	}
	err = m.names("id", d.ID, "reference_id", d.Reference,
		"payment_id", d.Payment, "payment_reference_id", d.PaymentReference,
		"source_account_id", d.Source, "destination_account_id", d.Destination, "failure_code", d.Failure)
	if err != nil {
		return nil, err
	}
	// A route without destination is the platform's own; then its reference has to say which it is.
	if d.Reference == "" && d.Destination == "" {
		return nil, m.errorf("expected a reference_id or a destination_account_id, found neither")
	}
	o, err := m.outcome(kind, fact{d.ID, d.Status, d.Amount, d.Currency, nil})
	if err != nil {
		return nil, err
	}
	o.Reference, o.ProviderReference = d.PaymentReference, d.Payment
	// The amount is the route's and not the payment's, so it is a part; the money comes from the business that took the
	// payment.
	o.Split, o.Account, o.Part = d.Reference, d.Destination, true
	o.Movement, o.Counterparty = d.ID, d.Source
	if o.Reason = d.Failure; kind == providers.SplitFailed && o.Reason == "" {
		o.Reason = d.Status
	}
	return []providers.Outcome{o}, nil
}

// kind returns what a status stands for. A status that the event cannot have is refused, so that nothing is
// taken for what it is not.
func (m *message) kind(status string, kinds map[string]providers.Kind) (providers.Kind, error) {
	if k, ok := kinds[status]; ok {
		return k, nil
	}
	return "", m.errorf("expected a status that goes with the event, found %q", clip(status))
}

// paymentKinds says what the events of payments tell (docs.xendit.co payment-webhook-notification). That a
// payment.failure may have the status of one that was given up or has run out is inferred.
var paymentKinds = map[string]map[string]providers.Kind{
	"payment.capture":       {"SUCCEEDED": providers.Captured},
	"payment.authorization": {"AUTHORIZED": providers.Other},
	"payment.failure": {"FAILED": providers.Other,
		"CANCELED": providers.Cancelled, "EXPIRED": providers.Cancelled},
}

// paymentData is the data of an event of a payment. Amount is what was asked for, in major units; what was taken of it
// is in the captures, each with an id and a time of its own.
type paymentData struct {
	Payment   string         `json:"payment_id"`
	Business  string         `json:"business_id"`
	Reference string         `json:"reference_id"`
	Status    string         `json:"status"`
	Failure   string         `json:"failure_code"`
	Amount    jsontext.Value `json:"request_amount"`
	Currency  money.Currency `json:"currency"`
	Created   string         `json:"created"`
	Updated   string         `json:"updated"`
	Captures  []struct {
		ID     string         `json:"capture_id"`
		Amount jsontext.Value `json:"capture_amount"`
		At     string         `json:"capture_timestamp"`
	} `json:"captures"`
}

// payment reads what became of a payment; a capture of it in parts is an outcome each. A payment.capture without
// captures, as methods have it that cannot capture in parts, is one capture of the whole. An authorisation moves no
// money.
func (m *message) payment() ([]providers.Outcome, error) {
	kinds, ok := paymentKinds[m.Event]
	if !ok {
		return m.unknown()
	}
	var d paymentData
	if err := m.data(&d); err != nil {
		return nil, err
	}
	kind, err := m.kind(d.Status, kinds)
	if err != nil {
		return nil, err
	}
	err = m.names("payment_id", d.Payment, "business_id", d.Business,
		"reference_id", d.Reference, "status", d.Status, "failure_code", d.Failure)
	if err != nil {
		return nil, err
	}
	all := []fact{{d.Payment, d.Status, d.Amount, d.Currency, []string{d.Updated, d.Created}}}
	// Each capture is a movement of its own, under its own id.
	if kind == providers.Captured && len(d.Captures) > 0 {
		all = nil
		for i, c := range d.Captures {
			if err := m.names(fmt.Sprintf("captures[%d].capture_id", i), c.ID); err != nil {
				return nil, err
			}
			all = append(all, fact{c.ID, d.Status, c.Amount, d.Currency, []string{c.At, d.Updated}})
		}
	}
	outcomes := make([]providers.Outcome, len(all))
	for i, f := range all {
		o, err := m.outcome(kind, f)
		if err != nil {
			return nil, err
		}
		o.Reference, o.ProviderReference, o.Account = d.Reference, d.Payment, d.Business
		// The payment's own id names no movement: a later capture would be found under it too.
		if f.id != d.Payment {
			o.Movement = f.id
		}
		if kind != providers.Captured {
			o.Reason = strings.TrimSpace(m.Event + " " + d.Status + " " + d.Failure)
		}
		outcomes[i] = o
	}
	return outcomes, nil
}

// refundKinds says what the events of refunds tell (docs.xendit.co refund-webhook-notification). That a refund
// that was given up comes as refund.failed is inferred.
var refundKinds = map[string]map[string]providers.Kind{
	"refund.succeeded": {"SUCCEEDED": providers.Refunded},
	"refund.failed":    {"FAILED": providers.RefundFailed, "CANCELLED": providers.RefundFailed},
}

// refund reads what became of a refund. Its reference_id is the refund's; the payment has only Xendit's ids. The
// account is that of the business whose webhook it is, as Xendit takes the refund from whoever took the payment.
func (m *message) refund() ([]providers.Outcome, error) {
	kinds, ok := refundKinds[m.Event]
	if !ok {
		return m.unknown()
	}
	var d struct {
		ID        string         `json:"id"`
		Payment   string         `json:"payment_id"`
		Request   string         `json:"payment_request_id"`
		Reference string         `json:"reference_id"`
		Status    string         `json:"status"`
		Failure   string         `json:"failure_code"`
		Amount    jsontext.Value `json:"amount"`
		Fee       jsontext.Value `json:"refund_fee_amount"`
		Currency  money.Currency `json:"currency"`
		Created   string         `json:"created"`
		Updated   string         `json:"updated"`
	}
	if err := m.data(&d); err != nil {
		return nil, err
	}
	kind, err := m.kind(d.Status, kinds)
	if err != nil {
		return nil, err
	}
	err = m.names("id", d.ID, "payment_id", d.Payment,
		"payment_request_id", d.Request, "reference_id", d.Reference, "failure_code", d.Failure)
	if err != nil {
		return nil, err
	}
	o, err := m.outcome(kind, fact{d.ID, d.Status, d.Amount, d.Currency, []string{d.Updated, d.Created}})
	if err != nil {
		return nil, err
	}
	o.Movement, o.Ours, o.Account = d.ID, d.Reference, m.BusinessID
	// Some refunds name the request of the payment alone.
	if o.ProviderReference = d.Payment; o.ProviderReference == "" {
		o.ProviderReference = d.Request
	}
	// A refund that failed cost nothing: the fee in it is what it would have cost.
	if kind == providers.RefundFailed {
		if o.Reason = d.Failure; o.Reason == "" {
			o.Reason = d.Status
		}
		return []providers.Outcome{o}, nil
	}
	fee, given, err := optional(d.Fee, d.Currency)
	if err != nil {
		return nil, m.errorf("refund_fee_amount: %w", err)
	}
	// Of no more particular type: Xendit says only that it is a fee of the refund.
	if given && !fee.IsZero() {
		o.Fees = []posting.Fee{{Type: posting.FeeGeneral, Amount: fee}}
	}
	return []providers.Outcome{o}, nil
}

// disputeKinds says what the events of disputes tell (docs.xendit.co dispute-webhook-notifications). When a
// dispute takes the money is not documented; that it has when it is lost, and gives it back when it is won, is
// inferred.
var disputeKinds = map[string]map[string]providers.Kind{
	"dispute.action_required":      {"ACTION_REQUIRED": providers.Other},
	"dispute.due_date_approaching": {"ACTION_REQUIRED": providers.Other, "UNDER_REVIEW": providers.Other},
	"dispute.under_review":         {"UNDER_REVIEW": providers.Other},
	"dispute.won":                  {"WON": providers.ChargebackReversed},
	"dispute.lost":                 {"LOST": providers.Chargeback},
}

// dispute reads how a dispute goes. It is flat. Where it is lost, the amount that it ended with counts, which
// may be less than what it began with.
func (m *message) dispute() ([]providers.Outcome, error) {
	kinds, ok := disputeKinds[m.Event]
	if !ok {
		return m.unknown()
	}
	var d struct {
		ID        string `json:"id"`
		Payment   string `json:"payment_id"`
		Reference string `json:"reference_id"`
		Status    string `json:"status"`
		Why       string `json:"status_reason"`
		Amount    struct {
			Initial  jsontext.Value `json:"initial"`
			Terminal jsontext.Value `json:"terminal"`
		} `json:"amount"`
		Currency money.Currency `json:"currency"`
		Created  string         `json:"created_at"`
		Updated  string         `json:"updated_at"`
	}
	if err := m.into(m.body, &d); err != nil {
		return nil, err
	}
	kind, err := m.kind(d.Status, kinds)
	if err != nil {
		return nil, err
	}
	err = m.names("id", d.ID, "payment_id", d.Payment, "reference_id", d.Reference, "status_reason", d.Why)
	if err != nil {
		return nil, err
	}
	amount := d.Amount.Initial
	if k := d.Amount.Terminal.Kind(); kind == providers.Chargeback && (k == '"' || k == '0') {
		amount = d.Amount.Terminal
	}
	o, err := m.outcome(kind, fact{d.ID, d.Status, amount, d.Currency, []string{d.Updated, d.Created}})
	if err != nil {
		return nil, err
	}
	o.Reference, o.ProviderReference, o.Movement = d.Reference, d.Payment, d.ID
	if o.Reason = d.Why; kind == providers.Other {
		o.Reason = strings.TrimSpace(m.Event + " " + d.Why)
	}
	return []providers.Outcome{o}, nil
}

// report reads that a report is ready, which has no event (docs.xendit.co report-webhook-notification). The
// address of the file is left out: whoever has it can read the report for a day.
func (m *message) report() ([]providers.Outcome, error) {
	var d struct {
		ID       string `json:"id"`
		Type     string `json:"type"`
		Status   string `json:"status"`
		Currency string `json:"currency"`
		Business string `json:"business_id"`
		Updated  string `json:"updated"`
		Filter   struct {
			From string `json:"from"`
			To   string `json:"to"`
		} `json:"filter"`
	}
	if err := m.into(m.body, &d); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(d.ID, "report_") || d.Type == "" || d.Status == "" {
		return nil, m.errorf("expected an event, or a report's id, type and status, found %q, %q and %q",
			clip(d.ID), clip(d.Type), clip(d.Status))
	}
	err := m.names("id", d.ID, "type", d.Type, "status", d.Status, "currency", d.Currency, "business_id", d.Business,
		"filter.from", d.Filter.From, "filter.to", d.Filter.To)
	if err != nil {
		return nil, err
	}
	at, err := m.at(d.Updated)
	if err != nil {
		return nil, err
	}
	return []providers.Outcome{{
		Kind: providers.Other, ID: "report/" + d.ID + "/" + d.Status, Account: d.Business, At: at,
		Reason: strings.Join([]string{"report", d.Type, d.Currency, d.Filter.From, d.Filter.To, d.Status}, " "),
	}}, nil
}

// unknown passes on an event that this package does not know, as Other: its names are shown, and nothing is booked. It
// is no error, as Xendit would then send it again up to seven times.
func (m *message) unknown() ([]providers.Outcome, error) {
	at, err := m.at()
	if err != nil {
		return nil, err
	}
	var d struct {
		ID        string `json:"id"`
		Payment   string `json:"payment_id"`
		Reference string `json:"reference_id"`
		Status    string `json:"status"`
	}
	if m.Data.Kind() == '{' {
		if err := m.data(&d); err != nil {
			return nil, err
		}
	} else if err := m.into(m.body, &d); err != nil {
		return nil, err
	}
	if err := m.names("id", d.ID, "payment_id", d.Payment, "status", d.Status); err != nil {
		return nil, err
	}
	o := providers.Outcome{Kind: providers.Other, Account: m.BusinessID, ProviderReference: d.Payment,
		At: at, Reason: strings.TrimSpace(m.Event + " " + d.Status)}
	if d.ID != "" {
		o.ID = m.Event + "/" + d.ID + "/" + d.Status
	}
	return []providers.Outcome{o}, nil
}
