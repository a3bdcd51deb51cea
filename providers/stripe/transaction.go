package stripe

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// A transaction is a balance transaction, in whichever form Stripe tells it.
type transaction struct {
	id, category, source, description string
	gross, fee, net                   money.Amount // net is gross less fee

	// fees are the fee by its parts, and application what of it is the platform's and not Stripe's. Tables do not have
	// the parts.
	fees        []posting.Fee
	application money.Amount

	// shown is the amount as the customer saw it; the zero Amount where nobody says. converted says that this is in
	// another currency, and rate what one of it is in that of gross.
	shown     money.Amount
	converted bool
	rate      string

	created, available time.Time

	account      string // whose balance it changed
	counterparty string // the account that a transfer or a fee is of besides
	transfer     string // of the payment that a transfer makes at the connected account: the transfer

	live *bool // whether it is of live mode; nil where nobody says

	charge, intent, order, batch string
	line                         int
}

// outcome says what the transaction comes to. A category that is not known is [providers.Unknown].
func (t *transaction) outcome() (o providers.Outcome, err error) {
	if t.id == "" || t.category == "" || t.created.IsZero() {
		return o, fmt.Errorf("expected the id, the reporting category and the time of a balance transaction, "+
			"found %q, %q and %s", clip(t.id), clip(t.category), given(t.created))
	}
	if left, err := t.gross.Sub(t.fee); err != nil || !left.Equal(t.net) {
		return o, fmt.Errorf("expected a net of the gross amount less the fee, %s, found %s", left, t.net)
	}
	o = providers.Outcome{ID: t.id, Account: t.account, Net: t.net, At: t.created, Batch: t.batch, Line: t.line}
	c, known := categories[t.category]
	if !known {
		o.Kind, o.Reason = providers.Unknown, t.reason()
		return o, nil
	}
	if c.sign != 0 && t.gross.Sign() == -c.sign {
		return o, fmt.Errorf("expected an amount %s of a %s, found %s",
			map[int]string{1: "above 0", -1: "below 0"}[c.sign], t.category, t.gross)
	}
	if o.Kind, o.Held = c.kind, c.held; c.kind != providers.Fee {
		o.Amount = t.gross.Abs()
	}
	switch {
	case t.transfer != "" && c.of == ofPayment:
		t.received(&o)
	case c.of == ofPayment:
		err = t.payment(&o)
	case c.of == ofShare:
		t.share(&o)
	case c.of == ofPayout:
		t.payout(&o)
	case o.Kind == providers.Fee:
		t.cost(&o)
	default:
		o.Reason = t.reason()
	}
	return o, err
}

// payment completes what is of a payment. Charges count from when their money is available, which may be to come.
func (t *transaction) payment(o *providers.Outcome) error {
	o.Reference, o.ProviderReference = t.order, t.intent
	if o.ProviderReference == "" && t.charge != t.source {
		o.ProviderReference = t.charge
	}
	if o.Movement = t.source; o.Movement == o.ProviderReference {
		o.Movement = ""
	}
	if t.converted {
		if o.Amount = t.shown.Abs(); o.Amount.Currency() != o.Net.Currency() {
			o.Rate = t.rate
		}
	}
	if o.Fees = t.fees; o.Fees == nil && !t.fee.IsZero() {
		o.Fees = []posting.Fee{{Type: posting.FeeGeneral, Amount: t.fee}}
	}
	switch o.Kind {
	case providers.Chargeback, providers.ChargebackReversed:
		for i := range o.Fees {
			o.Fees[i].Type, o.Fees[i].Of = posting.FeeDispute, ""
		}
	case providers.Settled:
		if t.available.IsZero() {
			return errors.New("expected when the money of a charge is available, found nothing")
		}
		t.later(o)
	}
	if !t.application.IsZero() {
		// The platform's fee goes from the seller to the platform. The platform's own transaction tells it, so that
		// this one is all that Stripe owes for the payment.
		o.Net = money.Sum(o.Net.Currency(), o.Net, t.application)
	}
	return nil
}

// later lets the outcome happen when the money is available.
func (t *transaction) later(o *providers.Outcome) {
	if t.available.After(t.created) {
		o.At, o.Booked = t.available, t.created
	}
}

// share completes a transfer between the platform and a connected account. It may be a split of a payment: the books
// know which have its reference.
func (t *transaction) share(o *providers.Outcome) {
	o.Counterparty, o.Movement = t.counterparty, t.source
	if o.Kind == providers.Split {
		o.Part, o.Split, o.Common = true, t.source, t.source
	}
}

// received completes the payment that a transfer makes at the connected account.
func (t *transaction) received(o *providers.Outcome) {
	o.Kind, o.Part = providers.Split, true
	o.Split, o.Common, o.Movement = t.transfer, t.transfer, t.transfer
}

// payout completes what goes to a bank, or comes from one. What comes back is in no batch.
func (t *transaction) payout(o *providers.Outcome) {
	o.Movement = t.source
	if o.Kind != providers.Payout || t.category != "payout" {
		o.Batch = ""
	} else if o.Batch == "" {
		o.Batch = t.source
	}
	if o.Kind == providers.PayoutFailed {
		o.Reason = t.description
	}
	if !t.fee.IsZero() {
		o.Fees = []posting.Fee{{Type: posting.FeeGeneral, Amount: t.fee}}
	}
	t.later(o)
}

// cost completes a fee of the account: its gross amount has it, and its fee is nothing.
func (t *transaction) cost(o *providers.Outcome) {
	f := posting.Fee{Type: posting.FeeGeneral, Amount: t.net.Neg()}
	if t.category == "tax" {
		f.Type, f.Of = posting.FeeVAT, posting.FeeGeneral
	}
	if o.Reason = t.description; !f.Amount.IsZero() {
		o.Fees = []posting.Fee{f}
	}
}

// reason is what Stripe calls the transaction.
func (t *transaction) reason() string {
	parts := []string{t.category}
	for _, s := range []string{t.source, t.counterparty, t.description} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// given says a time for an error message.
func given(at time.Time) string {
	if at.IsZero() {
		return "no time"
	}
	return at.UTC().Format(time.RFC3339)
}
