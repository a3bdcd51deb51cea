package wire

import (
	"errors"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// An encoder stores an event. It knows the event's currency, which splits do not repeat.
type encoder struct {
	*ledger.Encoder
	currency money.Currency
}

// A decoder loads an event.
type decoder struct {
	ledger.Decoder
	record   *ledger.Record
	currency money.Currency
	err      error
}

// fail says that what was read makes no sense. The first failure stays.
func (d *decoder) fail(found string) {
	if d.failure() == nil {
		d.err = errors.New(found)
	}
}

func (d *decoder) failure() error {
	if d.err != nil {
		return d.err
	}
	return d.Err()
}
