package antom

import (
	"cmp"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// outcome says what a line of the settlement details tells. In a marketplace's report a payment has a line for each
// receiver, so none of them is all of it (Part).
func (d *details) outcome(l line) (o providers.Outcome, err error) {
	o = providers.Outcome{Kind: l.means.kind, Batch: d.s.Text(d.batch),
		Receiver: d.s.Text(d.receiver), Line: d.s.Line()}
	if o.Batch == "" {
		return o, d.s.Errorf(d.batch, "expected the id of a batch, found none")
	}
	if o.At, err = d.at(d.when); err != nil {
		return o, err
	}
	d.refer(&o, l.means)
	if d.marketplace {
		o.Account = accountOf(o.Receiver)
		o.Part = o.OfPayment()
	}
	if !l.means.free && o.ID == "" && !o.OfPayment() {
		return o, d.s.Errorf(d.id, "expected the id of a transaction, found none")
	}
	l.tell(&o)
	return o, nil
}

// accountOf returns the account of a receiver: its name, or the platform for the marketplace, which has none.
func accountOf(receiver string) string { return cmp.Or(receiver, string(accounts.Platform)) }

// refer sets what the line is about: the payment by Antom's reference and by the merchant's, and what befell it
// (refund, dispute) by the same two.
func (d *details) refer(o *providers.Outcome, t transaction) {
	o.ID = d.s.Text(d.id)
	request := d.s.Text(d.request)
	if t.own {
		o.ProviderReference, o.Reference = o.ID, request
	} else {
		o.ProviderReference, o.Reference = d.s.Text(d.original), d.s.Text(d.originalRequest)
		o.Movement, o.Ours = o.ID, request
	}
	if t.same { // the payment's id, for a cancellation too
		o.ProviderReference, o.Movement = cmp.Or(o.ProviderReference, o.ID), ""
	}
	if t.back && o.Ours != "" { // which names the refund, whatever the id names
		o.Movement = ""
	}
	ownNames(o)
	if d.marketplace && o.Receiver == "" && o.ID != "" {
		// The line of the seller may have the same id: how a split shows was not found in the documentation.
		o.ID = string(Marketplace) + "/" + o.ID
	}
}

// ownNames takes the payment's own names from those of the movement: a capture of the whole has them, and would
// otherwise be found under a name that every other movement of the payment could have.
func ownNames(o *providers.Outcome) {
	if o.Movement == o.ProviderReference {
		o.Movement = ""
	}
	if o.Ours == o.Reference {
		o.Ours = ""
	}
}

// tell sets what the line says has happened, and how much. Amount is without sign and in the buyer's currency, Net with
// its sign in that of the settlement.
func (l *line) tell(o *providers.Outcome) {
	if l.name == "AUTHORIZATION" {
		l.amount, l.rate = money.Amount{}, ""
	}
	moves := !l.net.IsZero() || len(l.fees) > 0
	switch {
	// Antom sets money aside as collateral or reserve, or gives it back: it is owed all the time, and no fee.
	case l.means.held && moves:
		o.Held, o.Reason = true, l.name
		o.Amount, o.Net = l.net.Abs(), l.net
	// A line of a payment whose amount is nothing settles its fees alone, such as those of a dispute.
	case o.Kind == providers.Fee && moves, !l.means.free && l.means.kind != "" && l.amount.IsZero() && moves:
		l.fee(o)
	case o.Kind != "" && !l.amount.IsZero():
		o.Amount, o.Fees, o.Net, o.Rate = l.amount.Abs(), l.fees, l.net, l.rate
		if o.Kind == providers.SettlementFailed || o.Kind == providers.CaptureReversed {
			o.Reason = l.name
		}
	// What the line moved is kept even where nobody knows why, so that the batch still sums up to its payout.
	default:
		o.Kind, o.Reason = providers.Other, l.name
		if l.means.kind == "" {
			o.Kind, o.Part = providers.Unknown, false
		}
		if moves {
			o.Amount, o.Fees, o.Net, o.Rate = l.net.Abs(), nil, l.net, ""
		}
	}
}

// fee makes the outcome a cost: the fees that the line has, and of no particular kind what else it takes.
func (l *line) fee(o *providers.Outcome) {
	c := l.net.Currency()
	o.Kind, o.Reason, o.Net, o.Fees = providers.Fee, l.name, l.net, l.fees
	if rest := money.Sum(c, l.net.Neg(), l.cost.Neg()); !rest.IsZero() {
		o.Fees = addFee(o.Fees, posting.Fee{Type: posting.FeeGeneral, Amount: rest})
	}
}
