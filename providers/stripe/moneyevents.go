package stripe

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/bounds"
)

// charge reads that a buyer was charged, or that what was only authorised was captured. How much of it is Stripe's
// fee is in its balance transaction alone.
func (e *event) charge() ([]providers.Outcome, error) {
	var d struct {
		ID       string            `json:"id"`
		Amount   int64             `json:"amount_captured"`
		Captured bool              `json:"captured"`
		Currency string            `json:"currency"`
		Created  int64             `json:"created"`
		Intent   reference         `json:"payment_intent"`
		Transfer reference         `json:"source_transfer"`
		Metadata map[string]string `json:"metadata"`
	}
	if err := e.into(&d); err != nil {
		return nil, err
	}
	switch {
	case !d.Captured:
		return e.told(providers.Other, e.Type+": authorised, not captured")
	case d.Transfer != "": // at the connected account, what a transfer has brought
		return e.told(providers.Other, e.Type+" by "+string(d.Transfer))
	}
	return e.captured(fact{d.ID, d.ID, d.Amount, d.Currency, d.Created}, string(d.Intent), d.Metadata)
}

// intent reads that a payment was captured: the same as its charge tells.
func (e *event) intent() ([]providers.Outcome, error) {
	var d struct {
		ID       string            `json:"id"`
		Amount   int64             `json:"amount_received"`
		Currency string            `json:"currency"`
		Charge   reference         `json:"latest_charge"`
		Metadata map[string]string `json:"metadata"`
	}
	if err := e.into(&d); err != nil {
		return nil, err
	}
	if d.Charge == "" {
		return e.told(providers.Other, e.Type+" without a charge")
	}
	at, err := e.at() // the intent is older than its charge
	if err != nil {
		return nil, err
	}
	return e.captured(fact{string(d.Charge), string(d.Charge), d.Amount, d.Currency, at.Unix()}, d.ID, d.Metadata)
}

// captured returns a capture, which is one whichever event tells it.
func (e *event) captured(f fact, intent string, metadata map[string]string) ([]providers.Outcome, error) {
	order := metadata[orderKey]
	if err := bounds.Names("payment_intent", intent, "metadata."+orderKey, order); err != nil {
		return nil, err
	}
	o, err := e.outcome(providers.Captured, f)
	if err != nil {
		return nil, err
	}
	o.Account, o.Reference, o.ProviderReference = e.account(), order, intent
	if o.Movement == intent {
		o.Movement = ""
	}
	return []providers.Outcome{o}, nil
}

// over reads that an authorisation was given up or has run out.
func (e *event) over() ([]providers.Outcome, error) {
	var d struct {
		ID       string            `json:"id"`
		Intent   reference         `json:"payment_intent"`
		Captured int64             `json:"amount_received"`
		Why      string            `json:"cancellation_reason"`
		Currency string            `json:"currency"`
		Created  int64             `json:"created"`
		Metadata map[string]string `json:"metadata"`
	}
	if err := e.into(&d); err != nil {
		return nil, err
	}
	if d.Captured > 0 { // what is left of it is over, and the rest stays
		return e.told(providers.Other, e.Type)
	}
	at, err := e.at()
	if err != nil {
		return nil, err
	}
	intent, order := cmp.Or(string(d.Intent), d.ID), d.Metadata[orderKey]
	err = bounds.Names("id", intent, "metadata."+orderKey, order, "cancellation_reason", d.Why)
	return []providers.Outcome{{Kind: providers.Cancelled, ID: "cancelled/" + intent, Account: e.account(), At: at,
		ProviderReference: intent, Reference: order, Reason: strings.TrimSpace(e.Type + " " + d.Why)}}, err
}

// refund reads what became of a refund. One that is pending has taken its money where it has a balance transaction.
func (e *event) refund() ([]providers.Outcome, error) {
	var d struct {
		ID          string    `json:"id"`
		Amount      int64     `json:"amount"`
		Currency    string    `json:"currency"`
		Created     int64     `json:"created"`
		Charge      reference `json:"charge"`
		Intent      reference `json:"payment_intent"`
		Status      string    `json:"status"`
		Failure     string    `json:"failure_reason"`
		Transaction reference `json:"balance_transaction"`
		Back        reference `json:"failure_balance_transaction"`
	}
	if err := e.into(&d); err != nil {
		return nil, err
	}
	kind, name := providers.Refunded, d.Transaction
	switch {
	case d.Status == "failed", d.Status == "canceled":
		kind, name = providers.RefundFailed, d.Back
	case d.Status == "succeeded", d.Status == "pending" && d.Transaction != "":
	default:
		return e.told(providers.Other, e.Type)
	}
	o, err := e.outcome(kind, fact{nameOf(name, d.ID), d.ID, d.Amount, d.Currency, d.Created})
	if err != nil {
		return nil, err
	}
	o.Account, o.ProviderReference = e.account(), cmp.Or(string(d.Intent), string(d.Charge))
	if kind == providers.RefundFailed {
		o.Reason = cmp.Or(d.Failure, d.Status)
		if o.At, err = e.at(); err != nil {
			return nil, err
		}
	}
	return []providers.Outcome{o}, bounds.Names("payment_intent", o.ProviderReference, "failure_reason", d.Failure)
}

// dispute reads that a dispute took money, or gave it back: each is a balance transaction, and the event has all there
// are by then.
func (e *event) dispute() ([]providers.Outcome, error) {
	var d struct {
		ID           string               `json:"id"`
		Amount       int64                `json:"amount"`
		Currency     string               `json:"currency"`
		Charge       reference            `json:"charge"`
		Intent       reference            `json:"payment_intent"`
		Reason       string               `json:"reason"`
		Transactions []balanceTransaction `json:"balance_transactions"`
	}
	if err := e.into(&d); err != nil {
		return nil, err
	}
	var outcomes []providers.Outcome
	for i := range d.Transactions {
		t, err := d.Transactions[i].transaction(money.Table{})
		if err != nil {
			return nil, fmt.Errorf("balance_transactions[%d]: %w", i, err)
		}
		t.account, t.source, t.charge, t.intent = e.account(), d.ID, string(d.Charge), string(d.Intent)
		if t.converted {
			c, err := currencyOf(d.Currency, money.Table{})
			if err != nil {
				return nil, fmt.Errorf("currency: %w", err)
			}
			if t.shown, err = fromMinor(d.Amount, c, money.Table{}); err != nil {
				return nil, fmt.Errorf("amount: %w", err)
			}
		}
		o, err := t.outcome()
		if err != nil {
			return nil, fmt.Errorf("balance_transactions[%d]: %w", i, err)
		}
		o.Net, o.Rate, o.Reason = money.Amount{}, "", d.Reason
		if o.Kind == providers.Unknown {
			o.Reason = t.reason()
		}
		outcomes = append(outcomes, o)
	}
	if outcomes == nil {
		return e.told(providers.Other, e.Type+" without a balance transaction")
	}
	return outcomes, bounds.Names("id", d.ID, "charge", string(d.Charge), "payment_intent", string(d.Intent),
		"reason", d.Reason)
}

// transfer reads a transfer, and each part of it that was given back: amounts add up over time, the parts do not. The
// event has the last ten.
func (e *event) transfer() ([]providers.Outcome, error) {
	var d struct {
		ID          string    `json:"id"`
		Amount      int64     `json:"amount"`
		Currency    string    `json:"currency"`
		Created     int64     `json:"created"`
		Destination reference `json:"destination"`
		Charge      reference `json:"source_transaction"`
		Transaction reference `json:"balance_transaction"`
		Reversals   struct {
			Data []part `json:"data"`
		} `json:"reversals"`
	}
	if err := e.into(&d); err != nil {
		return nil, err
	}
	whole := part{d.ID, d.Amount, d.Currency, d.Created, d.Transaction}
	return e.shares(string(d.Destination), string(d.Charge), -1, whole, d.Reversals.Data)
}

// applicationFee reads what a connected account paid the platform of a payment, and each part of it that was given
// back.
func (e *event) applicationFee() ([]providers.Outcome, error) {
	var d struct {
		ID          string    `json:"id"`
		Amount      int64     `json:"amount"`
		Currency    string    `json:"currency"`
		Created     int64     `json:"created"`
		Account     reference `json:"account"`
		Charge      reference `json:"charge"`                  // the connected account's
		Origin      reference `json:"originating_transaction"` // the platform's, of a destination charge
		Transaction reference `json:"balance_transaction"`
		Refunds     struct {
			Data []part `json:"data"`
		} `json:"refunds"`
	}
	if err := e.into(&d); err != nil {
		return nil, err
	}
	whole := part{d.ID, d.Amount, d.Currency, d.Created, d.Transaction}
	return e.shares(string(d.Account), cmp.Or(string(d.Origin), string(d.Charge)), 1, whole, d.Refunds.Data)
}

// A part is a transfer or a fee for the platform, or what was given back of one.
type part struct {
	ID          string    `json:"id"`
	Amount      int64     `json:"amount"`
	Currency    string    `json:"currency"`
	Created     int64     `json:"created"`
	Transaction reference `json:"balance_transaction"`
}

// shares returns what a transfer or a fee moved, and what came back of it: the same as its balance transactions in a
// report. The sign is that of the whole in the platform's balance. The whole is of a charge, where there is one; what
// came back may be of a refund, which the event does not say of fees.
func (e *event) shares(other, charge string, sign int, whole part, back []part) ([]providers.Outcome, error) {
	if err := bounds.Names("account", other, "charge", charge); err != nil {
		return nil, err
	}
	var outcomes []providers.Outcome
	for i, p := range append([]part{whole}, back...) {
		id := nameOf(p.Transaction, p.ID)
		o, err := e.outcome(providers.Split, fact{id, p.ID, p.Amount, p.Currency, p.Created})
		if err != nil {
			return nil, err
		}
		if o.Net = o.Amount; sign < 0 == (i == 0) {
			o.Net = o.Amount.Neg()
		}
		o.Account, o.Counterparty, o.Part = e.account(), other, true
		if o.Split, o.Common = p.ID, p.ID; i == 0 && charge != p.ID {
			o.ProviderReference = charge
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// payout reads that money left an account for its bank, or came back: then the event tells both, as it may come before
// the one that tells the first. It is of the connected account that the event names.
func (e *event) payout() ([]providers.Outcome, error) {
	var d struct {
		ID          string    `json:"id"`
		Amount      int64     `json:"amount"`
		Currency    string    `json:"currency"`
		Created     int64     `json:"created"`
		Arrival     int64     `json:"arrival_date"`
		Automatic   bool      `json:"automatic"`
		Transaction reference `json:"balance_transaction"`
		Back        reference `json:"failure_balance_transaction"`
		Code        string    `json:"failure_code"`
	}
	if err := e.into(&d); err != nil {
		return nil, err
	}
	var outcomes []providers.Outcome
	if e.Type == "payout.paid" || d.Transaction != "" && d.Back != "" { // what comes back had left
		o, err := e.outcome(providers.Payout, fact{nameOf(d.Transaction, d.ID), d.ID, d.Amount, d.Currency,
			cmp.Or(d.Arrival, d.Created)})
		if err != nil {
			return nil, err
		}
		if o.Account, o.Net = e.account(), o.Amount.Neg(); d.Amount < 0 { // from the bank
			o.Net = o.Amount
		}
		if o.Batch = d.ID; !d.Automatic {
			o.Batch = ""
		}
		outcomes = append(outcomes, o)
	}
	if e.Type == "payout.paid" {
		return outcomes, nil
	}
	o, err := e.outcome(providers.PayoutFailed, fact{nameOf(d.Back, d.ID), d.ID, d.Amount, d.Currency, d.Created})
	if err != nil {
		return nil, err
	}
	o.Account, o.Net, o.Reason = e.account(), o.Amount, cmp.Or(d.Code, strings.TrimPrefix(e.Type, "payout."))
	if o.At, err = e.at(); err != nil {
		return nil, err
	}
	return append(outcomes, o), bounds.Names("failure_code", d.Code)
}
