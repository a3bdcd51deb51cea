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
