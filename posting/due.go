// Events of a time to come: instructions are refused, and settlements wait for their value date.

package posting

import (
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// maxAhead is how far the time of an event may be ahead of the ledger's clock: as far as clocks differ.
const maxAhead = 5 * time.Minute

// inTime looks at the event's time. An instruction of a time to come is refused. A settlement of such a time waits for
// it; any other fact is booked now, and keeps its time beside that of its record.
func (k *booking) inTime() error {
	e := k.event
	if e.At.IsZero() || !e.At.After(k.books.Now().Add(maxAhead)) {
		return nil
	}
	switch {
	case !e.IsFact() || e.Waited != "":
		return refusal(ledger.Invalid, "at", "expected a time at most 5 minutes ahead of the ledger's clock, found %s",
			e.At.UTC().Format(time.RFC3339Nano))
	case e.Type == PaymentSettle:
		k.early = true
	default:
		// Records are in the order of time, so this one gets the ledger's time, and the remark keeps the event's.
		k.rec.At = time.Time{}
		k.remark(wire.Remark{Kind: wire.Happened, Reason: e.At.UTC().Format(time.RFC3339Nano)})
	}
	return nil
}

// orDefault is a time as a message has it.
func orDefault(t time.Time) string {
	if t.IsZero() {
		return "nothing"
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// HappenedOf returns the time that a fact has of itself where its record has another: it was of a later time than the
// ledger's clock when it was booked, or of a period that is closed. It is the zero time of all other records.
func HappenedOf(rec *ledger.Record) (time.Time, error) {
	if !rec.Decoder().More() {
		return time.Time{}, nil
	}
	c, err := wire.Read(rec)
	if err != nil || !c.Has(wire.Happened) {
		return time.Time{}, err
	}
	return c.Event.At, nil
}
