package posting

import (
	"fmt"
	"slices"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// A step is one record of a payment while its state is put together.
type step struct {
	rec   *ledger.Record
	event *Event
	given []Split // the event's own, or its rule's
	came  []wire.Remark
}

// happened returns the event's own time, which may be another than that of its record.
func (s *step) happened() time.Time {
	if s.event.At.IsZero() {
		return s.rec.At
	}
	return s.event.At
}

// fold puts together the state of a payment from all its records.
func (f *Finder) fold(id string, records []*ledger.Record) (*Payment, error) {
	p, came := &f.payment, &f.came
	p.empty()
	p.Events = slices.Grow(p.Events, len(records)) // for all: they stay where they are
	for i, rec := range records {
		came.Event, came.Remarks = p.event(rec), came.Remarks[:0]
		if err := came.Load(rec); err != nil {
			return nil, err
		}
		fold := rules[came.Event.Type].fold
		if fold == nil || p.first == nil && came.Event.Provider == "" {
			return nil, wire.Damaged(rec, fmt.Errorf("a %s as event %d of the payment %q", came.Event.Type, i+1, id))
		}
		if p.first == nil {
			provider, err := f.book.recorded(rec, came)
			if err != nil {
				return nil, err
			}
			p.begin(provider, came.Event)
		}
		given, err := f.book.givenBy(f.books, rec, came.Event)
		if err != nil {
			return nil, err
		}
		f.step = step{rec, came.Event, given, came.Remarks}
		fold(p, &f.step)
		p.foldPending(rec)
	}
	p.conclude()
	return p, nil
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
		*c = Capture{pending: c.pending.emptied(), moved: c.moved.emptied(), rows: c.rows.emptied(), shares: c.shares.emptied(), reversal: c.reversal.emptied()}
	}
	*p = Payment{Captures: p.Captures[:0], Fees: p.Fees[:0], Refunds: p.Refunds[:0], Chargebacks: p.Chargebacks[:0], Events: p.Events[:0],
		parts: p.parts.emptied(), beyond: p.beyond.emptied(), sized: p.sized[:0], tellings: p.tellings.emptied(), feesTold: p.feesTold.emptied()}
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
