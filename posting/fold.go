// How the state of a payment is put together: its records are folded one after another, oldest first. What a rule
// decided is read from postings and remarks and not decided again, so that a payment keeps its state when rules change.

package posting

import (
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// A step is one record of a payment while its state is put together.
type step struct {
	rec     *ledger.Record
	event   *Event
	given   instruction
	remarks []wire.Remark
}

// happened returns the event's own time, which may be another than that of its record.
func (s *step) happened() time.Time {
	if s.event.At.IsZero() {
		return s.rec.At
	}
	return s.event.At
}

// What is kept of the memory of a payment at most: rather than keep that of a giant for good.
const (
	maxKeptEvents = 64
	maxKeptSplits = 64
)

// empty makes a payment of nothing, in the memory of what it was.
func (p *Payment) empty() {
	if len(p.Events) > maxKeptEvents {
		p.Events, p.Captures = nil, nil
	}
	for _, c := range p.Captures {
		*c = Capture{pending: c.pending.emptied(), moved: c.moved.emptied(), rows: c.rows.emptied(),
			shares: c.shares.emptied(), reversal: c.reversal.emptied()}
	}
	*p = Payment{Captures: p.Captures[:0], Fees: p.Fees[:0], Refunds: p.Refunds[:0], Chargebacks: p.Chargebacks[:0],
		Events: p.Events[:0],
		parts:  p.parts.emptied(), beyond: p.beyond.emptied(), sized: p.sized[:0], reported: p.reported.emptied(),
		feesReported: p.feesReported.emptied()}
}

// event adds an event, for which there is room, and which is still to be read.
func (p *Payment) event(rec *ledger.Record) *Event {
	n := len(p.Events)
	p.Events = p.Events[:n+1]
	at := &p.Events[n]
	splits, fees := at.Event.Splits[:0], at.Event.Fees[:0]
	if cap(splits) > maxKeptSplits {
		splits = nil
	}
	*at = PaymentEvent{Event: Event{Splits: splits, Fees: fees}, Record: rec}
	return &at.Event
}

// newCapture adds a capture.
func (p *Payment) newCapture() (c *Capture) {
	if p.Captures, c = longer(p.Captures); c == nil {
		c = new(Capture)
		p.Captures[len(p.Captures)-1] = c
	}
	return c
}

// begin fills in what the event that makes a payment says of it.
func (p *Payment) begin(provider provider, e *Event) {
	p.ID = e.Payment
	p.Provider, p.provider, p.scheme, p.first = e.Provider, provider.account, provider.scheme, e
	p.Account, p.ChargebackPolicy = p.scheme.MerchantAccount(e.Account), e.ChargebackPolicy
	p.Reference, p.ProviderReference = e.Reference, e.ProviderReference
	p.Metadata, p.RefundPolicy = e.Metadata, e.RefundPolicy
	p.Currency, p.Authorised = e.Amount.Currency(), e.Amount
	// Zero of a currency, so that both can be printed before anything happens.
	p.Captured, p.Refunded = money.New(0, p.Currency), money.New(0, p.Currency)
}

// foldPending keeps track of what each capture has pending.
func (p *Payment) foldPending(rec *ledger.Record) {
	for i := range rec.Entries {
		// Entries carry the name of the capture that they are of.
		c := p.capture(rec.Entries[i].Reference)
		if c == nil {
			continue
		}
		for _, post := range rec.Entries[i].Postings {
			if post.Sub == ledger.Pending {
				sum, _ := c.pending.add(balanceKey{post.Account, post.Amount.Currency()})
				*sum = sum.Add(post.Amount.Int())
			}
		}
	}
}

// conclude adds up the shares of the parts, and who paid chargebacks. A part is failed if it failed in one capture,
// else pending if it is in one.
func (p *Payment) conclude() {
	for _, c := range p.Chargebacks {
		c.conclude()
	}
	for _, part := range p.Parts {
		var amount, refunded money.Int
		part.Status = PartCompleted
		var reasons []string
		// Cancelled parts show what they would have got.
		if part.cancelled() {
			part.Status = PartCancelled
			for _, s := range part.shares {
				amount = amount.Add(s.promised)
			}
		}
		for _, s := range part.shares {
			if s.reason != "" && !slices.Contains(reasons, s.reason) {
				reasons = append(reasons, s.reason)
			}
			amount, refunded = amount.Add(s.got), refunded.Add(s.refunded)
			switch s.status {
			// One failed share is enough to say so of the part: somebody has to act.
			case PartFailed:
				amount = amount.Add(s.promised)
				part.Status = PartFailed
			case PartPending:
				amount = amount.Add(s.promised)
				if part.Status == PartCompleted {
					part.Status = PartPending
				}
			}
		}
		part.Reason = strings.Join(reasons, "; ")
		part.Amount, part.Refunded = money.FromInt(amount, p.Currency), money.FromInt(refunded, p.Currency)
	}
}
