package xendit

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// invoiceKinds says what the statuses of an invoice tell. PAID is said when the buyer has paid, SETTLED when
// the money is in the balance.
var invoiceKinds = map[string]providers.Kind{
	"PAID":    providers.Captured,
	"SETTLED": providers.Settled,
	"EXPIRED": providers.Other,
}

// invoice reads the callback of the invoice product, which is older than events: flat, with the merchant's
// external_id and a status. All of it is inferred from how the product is known to answer: no document of it
// was at hand. Amounts without a currency are rupiah, in which invoices began. The id is the invoice's, which
// names neither the payment nor a movement in the reports; where payment_id has a payment's, that does. What
// the fees were (fees_paid_amount, adjusted_received_amount) is left to the reports: the callback does not tell
// the tax from the fee, and the same fees would be told twice and differ.
func (m *message) invoice() ([]providers.Outcome, error) {
	m.Event = "invoice"
	var d struct {
		ID       string         `json:"id"`
		External string         `json:"external_id"`
		Business string         `json:"user_id"`
		Payment  string         `json:"payment_id"`
		Status   string         `json:"status"`
		Amount   jsontext.Value `json:"amount"`
		Paid     jsontext.Value `json:"paid_amount"`
		Currency money.Currency `json:"currency"`
		PaidAt   string         `json:"paid_at"`
		Updated  string         `json:"updated"`
	}
	if err := m.into(m.body, &d); err != nil {
		return nil, err
	}
	err := m.names("id", d.ID, "external_id", d.External,
		"user_id", d.Business, "payment_id", d.Payment, "status", d.Status)
	if err != nil {
		return nil, err
	}
	kind, err := m.kind(d.Status, invoiceKinds)
	if err != nil {
		return nil, err
	}
	if d.Currency == "" {
		d.Currency = "IDR"
	}
	// The buyer may pay another amount than was asked for, where the invoice allows it: what was paid counts.
	amount, times := d.Amount, []string{d.Updated}
	if paid, given, err := optional(d.Paid, d.Currency); err != nil {
		return nil, m.errorf("paid_amount: %w", err)
	} else if given && !paid.IsZero() && kind != providers.Other {
		amount = d.Paid
	}
	if kind == providers.Captured {
		times = []string{d.PaidAt, d.Updated}
	}
	o, err := m.outcome(kind, fact{d.ID, d.Status, amount, d.Currency, times})
	if err != nil {
		return nil, err
	}
	o.Reference, o.Account = d.External, d.Business
	if isPayment(d.Payment) {
		o.ProviderReference = d.Payment
	}
	if kind == providers.Other {
		o.Reason = "invoice " + d.Status
	}
	return []providers.Outcome{o}, nil
}
