package adyen

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// repetition is for how long Adyen repeats a webhook that was not accepted, with a day to spare.
const repetition = 31 * 24 * time.Hour

// An envelope is the body of every balance platform webhook.
type envelope struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	// Environment is live or test.
	Environment scalar          `json:"environment"`
	Data        json.RawMessage `json:"data"`
}

// platformWebhook reads a webhook whose signature was found right. The body is signed as a whole, so its timestamp can
// be believed: one that is too old is [providers.ErrUnauthenticated], as somebody may have recorded it and sent it
// again.
func platformWebhook(n *providers.Notification, k providers.Keys) ([]providers.Outcome, error) {
	if err := bounded(n.Body); err != nil {
		return nil, err
	}
	var e envelope
	if err := json.Unmarshal(n.Body, &e); err != nil {
		return nil, fmt.Errorf("expected a webhook in JSON: %w", err)
	}
	if err := ofMode("environment", e.Environment, "live", "test", k); err != nil {
		return nil, err
	}
	at := n.Received
	if e.Timestamp != "" {
		sent, err := time.Parse(time.RFC3339, e.Timestamp)
		if err != nil {
			return nil, fmt.Errorf("timestamp: expected a time such as 2026-03-10T08:15:23.114Z, found %q", e.Timestamp)
		}
		// A webhook that is repeated must still be taken in: it may be the first that arrives.
		if k.MaxAge == 0 {
			k.MaxAge = repetition
		}
		if !k.Fresh(sent, n.Received) {
			return nil, providers.ErrUnauthenticated
		}
		at = sent
	}
	switch e.Type {
	case "":
		return nil, errors.New("type: expected one such as balancePlatform.transfer.updated, found none")
	case "balancePlatform.transfer.created", "balancePlatform.transfer.updated":
		var t transfer
		if err := json.Unmarshal(e.Data, &t); err != nil {
			return nil, fmt.Errorf("data: expected a transfer: %w", err)
		}
		return t.outcomes(at)
	}
	var d notice
	if err := json.Unmarshal(e.Data, &d); err != nil {
		return nil, fmt.Errorf("data: expected an object: %w", err)
	}
	return []providers.Outcome{d.outcome(e.Type, at)}, nil
}

// A notice is what every other webhook has in common: no money is told of that a transfer does not tell better.
// The one of a transaction has its amount, but not whether that was a capture or a refund.
type notice struct {
	ID             scalar   `json:"id"`
	BalanceAccount resource `json:"balanceAccount"`
	FileName       scalar   `json:"fileName"`
}

// outcome says what kind of webhook came, and moves nothing.
func (d *notice) outcome(kind string, at time.Time) providers.Outcome {
	o := providers.Outcome{Kind: providers.Other, Reason: kind, Account: string(d.BalanceAccount.ID), At: at}
	if d.ID == "" {
		d.ID = d.FileName
	}
	if d.ID != "" {
		o.ID = kind + ":" + string(d.ID)
	}
	return o
}

// A resource is told by its id.
type resource struct {
	ID scalar `json:"id"`
}

// A transfer is the data of a webhook of one: all that has happened to it so far. Its direction is not read: in a
// direct debit it is not the sign of what was booked.
type transfer struct {
	ID                      scalar     `json:"id"`
	SequenceNumber          scalar     `json:"sequenceNumber"`
	Category                string     `json:"category"`
	Type                    string     `json:"type"`
	Status                  string     `json:"status"`
	Description             string     `json:"description"`
	Reference               string     `json:"reference"`
	ReferenceForBeneficiary string     `json:"referenceForBeneficiary"`
	BalanceAccount          resource   `json:"balanceAccount"`
	Counterparty            otherSide  `json:"counterparty"`
	CategoryData            ofTransfer `json:"categoryData"`
	Events                  []event    `json:"events"`
}

// An otherSide is whom a transfer is from or to. A scheduled top-up is from a transfer instrument, a bank account of
// the user's.
type otherSide struct {
	BalanceAccountID     scalar `json:"balanceAccountId"`
	TransferInstrumentID scalar `json:"transferInstrumentId"`
}

// ofTransfer is what a transfer of a payment says of the payment.
type ofTransfer struct {
	PlatformPaymentType           string `json:"platformPaymentType"`
	PspPaymentReference           string `json:"pspPaymentReference"`
	PaymentMerchantReference      string `json:"paymentMerchantReference"`
	ModificationPspReference      string `json:"modificationPspReference"`
	ModificationMerchantReference string `json:"modificationMerchantReference"`
}

// An event is one step of a transfer. Those of type accounting change a register, and one with a transaction id
// the balance.
type event struct {
	Type          string     `json:"type"`
	Status        string     `json:"status"`
	BookingDate   string     `json:"bookingDate"`
	ValueDate     string     `json:"valueDate"`
	TransactionID string     `json:"transactionId"`
	Mutations     []mutation `json:"mutations"`
}

// A mutation is by how much an event changes a register, here the balance, in minor units of Adyen's.
type mutation struct {
	Currency scalar `json:"currency"`
	Balance  scalar `json:"balance"`
}

// outcomes returns what was booked, one outcome for each transaction: each webhook of a transfer has them all
// again, and their ids are those of the accounting report, so that neither order nor repetition matters, and
// sequenceNumber need not be looked at. Where nothing is booked yet there is one outcome that says so.
func (t *transfer) outcomes(at time.Time) ([]providers.Outcome, error) {
	var outcomes []providers.Outcome
	for i := range t.Events {
		e := &t.Events[i]
		if e.Type != "accounting" || e.TransactionID == "" {
			continue
		}
		o, err := t.booked(e)
		if err != nil {
			return nil, fmt.Errorf("data.events[%d]: %w", i, err)
		}
		outcomes = append(outcomes, o)
	}
	if outcomes == nil {
		o := t.outcome()
		o.Kind, o.At, o.Reason = t.idle(), at, "transfer "+t.Category+" "+t.Type+" "+t.Status
		o.ID = string(t.ID + "/" + t.SequenceNumber)
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// outcome returns an outcome with the names of the transfer, as [platform.names] reads them from the accounting report.
func (t *transfer) outcome() providers.Outcome {
	o := providers.Outcome{
		Reference: t.CategoryData.PaymentMerchantReference, ProviderReference: t.CategoryData.PspPaymentReference,
		Account: string(t.BalanceAccount.ID),
	}
	o.Movement = modificationName(t.CategoryData.ModificationPspReference, o.ProviderReference)
	o.Ours = modificationName(t.CategoryData.ModificationMerchantReference, o.Reference)
	if t.Category == ofPayment {
		o.Split = given(t.Reference)
	} else {
		o.Ours = given(t.Reference)
	}
	return o
}

// movement returns what is booked with a status. The transfer's own type is that of its last event: the status of the
// event says of which type it was itself. A correction has the statuses of what it corrects, and keeps its type.
func (t *transfer) movement(status string) movement {
	m := movement{
		category: t.Category, sort: t.Type, status: status, about: t.Description,
		id: string(t.ID), counterparty: string(t.Counterparty.BalanceAccountID),
		common: given(t.ReferenceForBeneficiary),
		topUp:  t.Category == ofPayment && t.Counterparty.TransferInstrumentID != "",
	}
	step, ok := steps[status]
	if ok && t.Category == ofPayment && m.known() && !strings.HasSuffix(t.Type, "Correction") {
		m.sort = step
	}
	if _, ok := feeTypes[t.CategoryData.PlatformPaymentType]; ok {
		m.about = t.CategoryData.PlatformPaymentType
	}
	return m
}

// idle returns the kind of what changes no balance.
func (t *transfer) idle() providers.Kind {
	if m := t.movement(t.Status); !m.known() {
		return providers.Unknown
	}
	return providers.Other
}

// booked returns what a booking event says, with the id and the time that the accounting report has for it: settled
// money counts from the value date.
func (t *transfer) booked(e *event) (o providers.Outcome, err error) {
	o = t.outcome()
	o.ID = e.TransactionID
	if o.Account == "" {
		return o, errors.New("expected the balance account of the transfer, found none")
	}
	if o.Net, err = e.net(); err != nil {
		return o, err
	}
	if o.Net.IsZero() {
		o.Kind, o.Reason, o.Net = t.idle(), "transfer "+t.Category+" "+t.Type+" "+e.Status, money.Amount{}
		return o, nil
	}
	o.Amount = o.Net.Abs()
	m := t.movement(e.Status)
	m.topUp = m.topUp || t.Category == ofPayment && m.sort == "capture" && o.Net.Sign() > 0 && ofNoPayment(&o)
	if err := m.interpret(&o, money.Table{}); err != nil {
		return o, err
	}
	date := e.BookingDate
	if o.Kind == providers.Settled && e.ValueDate != "" {
		date = e.ValueDate
	}
	if o.At, err = time.Parse(time.RFC3339, date); err != nil {
		return o, fmt.Errorf("expected a time such as 2026-03-10T09:15:21+01:00, found %q", date)
	}
	return o, nil
}

// net returns by how much an event changed the balance, in minor units of ISO 4217; the zero Amount if it changed other
// registers alone, such as what is reserved.
func (e *event) net() (net money.Amount, err error) {
	for _, m := range e.Mutations {
		if m.Balance == "" || m.Balance == "0" {
			continue
		}
		// Two currencies in one event would be two movements under one id.
		if net.Currency() != "" {
			return net, fmt.Errorf("mutations: expected one that changes the balance, found two, of %s and %s",
				net.Currency(), m.Currency)
		}
		if net, err = fromMinor(string(m.Balance), money.Currency(m.Currency), money.Table{}); err != nil {
			return net, fmt.Errorf("mutations: %w", err)
		}
	}
	return net, nil
}
