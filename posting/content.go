package posting

import (
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// EventOf returns the event that a record was made of.
func EventOf(rec *ledger.Record) (Event, error) {
	c, err := wire.Read(rec)
	if err != nil {
		return Event{}, err
	}
	return *c.Event, nil
}

// ContentOf returns the event that a record was made of, and the remarks kept with it. The event is nil for a record of
// the ledger's own, which no event made.
func ContentOf(rec *ledger.Record) (*Event, []Remark, error) {
	if !rec.Decoder().More() {
		return nil, nil, nil
	}
	c, err := wire.Read(rec)
	if err != nil {
		return nil, nil, err
	}
	return c.Event, c.Remarks, nil
}

// NewContent is the opposite of [ContentOf]: the content of a record for [ledger.Rebuild].
func NewContent(e *Event, remarks []Remark) ledger.Content {
	if e == nil {
		return nil
	}
	return &wire.Content{Event: e, Remarks: remarks}
}
