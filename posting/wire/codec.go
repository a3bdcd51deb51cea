// The encoder and decoder of records, with what an event adds to those of the ledger.

package wire

import (
	"errors"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// The journal keeps events in a layout of its own, see content.go: shorter than JSON, and read without a parser.

// An encoder stores an event. It knows the event's currency, which splits do not repeat.
type encoder struct {
	*ledger.Encoder
	currency money.Currency
}

// A decoder loads an event.
// What the ledger decodes may be damaged in a way that its checksums cannot tell, such as a program's own fault. So a
// decoder checks what it reads, and keeps the first failure; callers look for it once at the end.
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

// failure returns the first failure: that of the content, or that of the ledger's decoder.
func (d *decoder) failure() error {
	if d.err != nil {
		return d.err
	}
	return d.Err()
}
