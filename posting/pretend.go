// Trying an event without booking it, and what each account has of a capture, refund or chargeback. Package reconcile
// uses both to work out what a report's line would change.

package posting

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// Pretend changes the payment that the finder found last as if a valid event were booked, by the rules that would book
// it, and returns it. Nothing is booked. Of an event that makes a payment the finder has to have found none of that
// name, see [Finder.Forget]. The error is that of the refusal. Further look-ups find the books as they are.
func (f *Finder) Pretend(e Event) (*Payment, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	k := f.book.begin(f.books, &e)
	k.pretended = f
	defer k.release()
	if err := k.apply(); err != nil {
		return nil, err
	}
	at := k.rec.At
	if at.IsZero() {
		at = k.books.Now()
	}
	rec := &ledger.Record{At: at, Recorded: at, Keys: slices.Clone(k.rec.Keys),
		Entries: make([]ledger.Entry, len(k.rec.Entries))}
	for i, entry := range k.rec.Entries {
		rec.Entries[i] = ledger.Entry{Reference: entry.Reference, Postings: slices.Clone(entry.Postings)}
	}
	return &f.payment, f.pretended(rec, &e, slices.Clone(k.content.Remarks))
}

// pretended folds a record into the payment.
func (f *Finder) pretended(rec *ledger.Record, e *Event, outcomes []wire.Remark) error {
	p := &f.payment
	switch {
	case BeginsAnew(rec):
		p.beginAnew()
	case p.ID != e.Payment:
		p.empty()
	}
	p.Events = append(p.Events, PaymentEvent{Event: *e, Record: rec})
	at := &p.Events[len(p.Events)-1].Event
	at.Splits, at.Fees = slices.Clone(e.Splits), slices.Clone(e.Fees) // the next payment is read into their memory
	first := p.first == nil
	if first {
		provider, err := f.book.recorded(rec, &wire.Content{Event: at, Remarks: outcomes})
		if err != nil {
			return err
		}
		p.begin(provider, at)
	}
	given, err := f.book.givenBy(f.books, rec, at, outcomes)
	if err != nil {
		return err
	}
	if first {
		p.instruct(given)
	}
	f.book.rules[e.Type].fold(p, &step{rec, at, given, outcomes})
	p.foldPending(rec)
	p.conclude()
	return nil
}

// Forget lets the finder hold no payment, so that one can be pretended.
func (f *Finder) Forget() { f.payment.empty() }

// A Holding is what one account has of something, in minor units.
type Holding struct {
	Account accounts.ID
	Minor   money.Int
}

// Holdings returns what each account got of a capture, before fees and refunds.
func (c *Capture) Holdings() []Holding {
	var sums ordered[accounts.ID, money.Int]
	for i, k := range c.shares.keys {
		sum, _ := sums.add(k.account)
		*sum = sum.Add(c.shares.values[i].got)
	}
	return holdings(&sums)
}

// Meant returns the splits of a capture of which all went to one account, as another of them was closed or unknown.
func (c *Capture) Meant() []Split {
	if !c.Fallback {
		return nil
	}
	return c.splits
}

// PartOf returns what a part of the payment has of a capture, or is to get of it, and how far that has come. It reports
// false where it has none.
func (c *Capture) PartOf(part *Part) (amount money.Amount, status State, ok bool) {
	s := c.shares.find(partKey{part.Account, part.Type, part.Reference})
	if s == nil || s.paysOnly {
		return amount, status, false
	}
	minor, status := s.got, s.status
	if status != PartCompleted {
		minor = minor.Add(s.promised)
	}
	if c.Cancelled {
		status = PartCancelled
	}
	return money.FromInt(minor, c.Amount.Currency()), status, true
}

// Holdings returns what each account gave of a refund and did not get back.
func (r *Refund) Holdings() []Holding { return r.lines.holdings() }

// Gave returns what each account gave of a refund, whether or not it got it back when the refund failed.
func (r *Refund) Gave() []Holding {
	var sums ordered[accounts.ID, money.Int]
	for _, one := range r.lines.values {
		sum, _ := sums.add(one.key.account)
		*sum = sum.Add(one.minor)
	}
	return holdings(&sums)
}

// Holdings returns what each account paid of a chargeback and did not get back.
func (c *Chargeback) Holdings() []Holding { return c.lines.holdings() }

// holdings adds up, by account, what the lines took and did not give back.
func (l *lines) holdings() []Holding {
	var sums ordered[accounts.ID, money.Int]
	for _, one := range l.values {
		sum, _ := sums.add(one.key.account)
		*sum = sum.Add(one.minor.Sub(one.back))
	}
	return holdings(&sums)
}

// holdings lists sums in the order in which their accounts came.
func holdings(sums *ordered[accounts.ID, money.Int]) []Holding {
	list := make([]Holding, len(sums.keys))
	for i, id := range sums.keys {
		list[i] = Holding{id, *sums.values[i]}
	}
	return list
}
