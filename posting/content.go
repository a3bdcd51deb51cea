// The way from a record of the journal back to the event that made it.

package posting

import (
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// EventOf returns the event that a record was made of. It is as it was compared: times in UTC, numbers in their
// shortest form. The error is of code [ledger.Corrupt] where the record has no event, or one that cannot be read.
func EventOf(rec *ledger.Record) (Event, error) {
	c, err := wire.Read(rec)
	if err != nil {
		return Event{}, err
	}
	return *c.Event, nil
}

// Posted returns the event of a record, as [EventOf] does, and who posted it, "" where the record does not say. The event
// is nil for a record of the ledger's own, which no event made.
func Posted(rec *ledger.Record) (e *Event, by string, err error) {
	e, remarks, err := wire.ContentOf(rec)
	for i := range remarks {
		if remarks[i].Kind == postedBy {
			by = remarks[i].Reason
		}
	}
	return e, by, err
}
