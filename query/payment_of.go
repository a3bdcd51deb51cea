package query

import (
	"cmp"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
)

// PaymentOf gives a payment the form it has in answers. The policy is that of its next chargeback.
// The table of currencies is for the notes, which have amounts in words.
func PaymentOf(p *posting.Payment, policy posting.ChargebackPolicy, t money.Table) *Payment {
	a := &Payment{
		Payment: p.ID, State: p.State(), Provider: p.Provider, Account: p.Account, Reference: p.Reference,
		ProviderReference: p.ProviderReference, Metadata: p.Metadata, Cancelled: p.Cancelled, Released: p.Released,
		Expired: p.Expired, Authorised: p.Authorised, Captured: p.Captured, Refunded: p.Refunded,
		Refundable: p.Refundable(), WouldPay: disputes(p, policy),
		Captures: each(p.Captures, func(c **posting.Capture) Capture { return capture(*c, t) }),
		Parts: each(p.Parts, func(part **posting.Part) PaymentPart {
			x := *part
			return PaymentPart{x.Type, x.Account, x.Reference, x.Amount, x.Refunded, x.Left(), x.Status, x.Reason}
		}),
		Fees: each(p.Fees, func(f *posting.BookedFee) Fee {
			return Fee{f.Type, f.Amount, f.Account, f.Capture, f.Reason}
		}),
		Refunds: each(p.Refunds, func(r *posting.Refund) Refund {
			note := strings.Join(provenance(r.Fact, r.Confirmed), "; ")
			return Refund{r.ID, r.Movement, r.At.UTC(), r.Amount, r.State(), r.Fact, confirmation(r.Confirmed), note}
		}),
		Chargebacks: each(p.Chargebacks, func(c **posting.Chargeback) Chargeback { return chargeback(*c) }),
		Events:      each(p.Events, paymentEvent),
		Earlier: each(p.Earlier, func(e *posting.Earlier) EarlierPayment {
			return EarlierPayment{e.Provider, e.Reference, e.ProviderReference, e.Authorised, each(e.Events, paymentEvent)}
		}),
	}
	if r := p.RefundPolicy; r != nil {
		a.Refund = &Policy{r.Behavior, r.TargetAccount, ""}
	}
	if c := p.ChargebackPolicy; c != nil {
		a.Chargeback = &Policy{c.Behavior, c.TargetAccount, c.CostAllocationAccount}
	}
	return a
}

// paymentEvent gives an event of a payment the form it has in answers.
func paymentEvent(e *posting.PaymentEvent) Record {
	r := recordOf(e.Event, e.Record)
	r.By, _ = posting.By(e.Record) // its content was read once already
	return r
}

// each makes a list of another. It is not nil, so that JSON has [] where there is nothing.
func each[From, To any](from []From, convert func(*From) To) []To {
	to := make([]To, len(from))
	for i := range from {
		to[i] = convert(&from[i])
	}
	return to
}

// inUTC leaves the zero time as it is, by which JSON knows what to leave out.
func inUTC(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

// capture gives a capture its form, with a note of all that is unusual about it.
func capture(c *posting.Capture, t money.Table) Capture {
	a := Capture{
		Capture: c.ID, Movement: c.Movement, At: c.At.UTC(), Amount: c.Amount, Refunded: c.Refunded, Status: c.State(),
		Settled: c.Settled, Rule: c.Rule, Version: c.Version, Batch: c.Batch, Fallback: c.Fallback, Reason: cmp.Or(c.Reason, c.Failure),
		Fact: c.Fact, Confirmed: confirmation(c.Confirmed), Due: inUTC(c.Due),
	}
	var notes []string
	if c.Rule != "" {
		note := "split by rule " + c.Rule
		if c.Version != "1" { // which is what one of a single version is called
			note += ", version " + c.Version
		}
		notes = append(notes, note)
	}
	if c.Fallback {
		notes = append(notes, "fallback: "+c.Reason)
	}
	if c.Failure != "" {
		notes = append(notes, c.Failure)
	}
	if back := c.TakenBack(); !back.IsZero() {
		notes = append(notes, "the provider took back "+t.Format(back)+" "+string(back.Currency()))
	}
	if left := c.Unsettled(); !c.Settled && !left.IsZero() && !left.Equal(c.Amount) {
		notes = append(notes, t.Format(left)+" "+string(left.Currency())+" of it still to be settled")
	}
	if !c.Due.IsZero() {
		notes = append(notes, "to be settled "+a.Due.Format(time.RFC3339Nano))
	}
	a.Note = strings.Join(append(notes, provenance(c.Fact, c.Confirmed)...), "; ")
	return a
}

// chargeback gives a chargeback its form. It is always a fact, so its note does not say that it was
// reported.
func chargeback(c *posting.Chargeback) Chargeback {
	notes := provenance(false, c.Confirmed)
	if c.Second {
		notes = append([]string{"second chargeback"}, notes...)
	}
	return Chargeback{
		Chargeback: c.ID, Movement: c.Movement, Second: c.Second,
		At: c.At.UTC(), Amount: c.Amount, Reversed: c.Reversed,
		Status: c.State(), Fee: c.Fee, FeeAccount: c.FeeAccount, Paid: each(c.Paid, payer),
		Confirmed: confirmation(c.Confirmed), Note: strings.Join(notes, "; "),
	}
}

// confirmation gives a confirmation its form; nil where no report has the thing yet.
func confirmation(c *posting.Confirmation) *Confirmation {
	if c == nil {
		return nil
	}
	return &Confirmation{c.At.UTC(), c.Batch}
}

// provenance says whether a provider reported something, and whether a report of it has it. A
// reader wants to know what is certain: what we expect, what a webhook said, and what was settled.
func provenance(fact bool, c *posting.Confirmation) (notes []string) {
	if fact {
		notes = append(notes, "as reported by the provider")
	}
	switch {
	case c != nil && c.Batch != "":
		notes = append(notes, "confirmed in "+c.Batch)
	case c != nil:
		notes = append(notes, "confirmed")
	}
	return notes
}

// disputes lists what each behavior would take from whom in a chargeback of all that was captured.
// Behaviors that need an account show TARGET where the policy that applies names none. A payment of
// which nothing was captured has none.
func disputes(p *posting.Payment, applies posting.ChargebackPolicy) []Dispute {
	list := []Dispute{}
	if p.Captured.IsZero() {
		return list
	}
	for _, behavior := range []wire.Behavior{
		posting.DeductFromLiableAccount, posting.DeductFromOneBalanceAccount, posting.DeductAccordingToSplitRatio,
	} {
		// The policy that applies may name accounts; the others are shown without any.
		policy := posting.ChargebackPolicy{Behavior: behavior}
		if applies.Behavior == behavior {
			policy = applies
		}
		if behavior == posting.DeductFromOneBalanceAccount && policy.TargetAccount == "" {
			policy.TargetAccount = "TARGET"
		}
		payers := each(p.ChargebackOf(policy, p.Captured), payer)
		list = append(list, Dispute{behavior, applies.Behavior == behavior, payers})
	}
	return list
}

// payer gives a payer its form, with how much of it came back with a dispute that was won.
func payer(p *posting.Payer) Payer {
	return Payer{p.Account, p.Type, p.Reference, p.Amount, p.Reversed, p.Reason}
}
