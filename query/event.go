package query

import (
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// Event returns an event by its id, with all that it booked. One that does not exist is [posting.ErrNotFound].
func (b *Books) Event(id string) (*Record, error) {
	rec, err := b.Rules.Finder().Event(id)
	if err != nil {
		return nil, err
	}
	return b.eventIn(rec)
}

// Entry returns the event that booked an entry, with all entries that it booked: one alone may not say what it is of.
// The error is that of [ledger.Reader.EntryRecord] where there is no entry of that number.
func (b *Books) Entry(number uint64) (*Record, error) {
	rec, err := b.Ledger.EntryRecord(number)
	if err != nil {
		return nil, err
	}
	return b.eventIn(rec)
}

// eventIn is [Books.record] of one that an event made.
func (b *Books) eventIn(rec *ledger.Record) (*Record, error) {
	if _, err := posting.EventOf(rec); err != nil {
		return nil, err
	}
	r, err := b.record(rec)
	if err == nil {
		r.Anew, err = b.finder().Replaced(posting.PaymentOf(rec), rec.Number)
	}
	return r, err
}
