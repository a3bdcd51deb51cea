package posting

import "github.com/splitledger/splitledger/ledger"

// A draft is what becomes of an event on the books as they are, got ready beside the ledger's one writer.
type draft struct {
	ahead   ledger.Draft
	decided bool // ahead has the event's record
}

// prepare does all of an event that can be done before its turn, on a view of the books. What it decides is booked at the turn, if
// nothing that it looked at has changed by then.
func (d *draft) prepare(b *Book, v *ledger.View, e *Event) {
	d.ahead.Begin(v)
	k := b.begin(&d.ahead, e)
	defer func() {
		d.decided = d.ahead.End()
		if recover() != nil { // so it will at the event's turn, of which the caller learns
			d.decided = false
			return
		}
		k.release()
	}()
	if !d.ahead.Prepare(k.came.store) {
		return
	}
	k.came.draft = &d.ahead
	if e.At.After(d.ahead.Now().Add(maxAhead)) { // whether that is too late is known at the turn
		return
	}
	if known, err := d.ahead.Has(k.keys[0]); !known && err == nil && k.decide() == nil {
		d.ahead.Append(&k.rec)
	}
}
