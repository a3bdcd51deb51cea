package query

import (
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// Event returns an event by its id, with all that it booked. One that does not exist is [posting.ErrNotFound].
func (b *Books) Event(id string) (*PaymentEvent, error) {
	rec, err := b.Rules.Finder().Event(id)
	if err != nil {
		return nil, err
	}
	return eventIn(rec)
}

// Entry returns the event that booked an entry, with all entries that it booked: one alone may not say what it is of.
// The error is that of [ledger.Reader.EntryRecord] where there is no entry of that number.
func (b *Books) Entry(number uint64) (*PaymentEvent, error) {
	rec, err := b.Ledger.EntryRecord(number)
	if err != nil {
		return nil, err
	}
	return eventIn(rec)
}

func eventIn(rec *ledger.Record) (*PaymentEvent, error) {
	e, err := posting.EventOf(rec)
	if err != nil {
		return nil, err
	}
	v := bookedEvent(e, rec)
	return &v, nil
}
