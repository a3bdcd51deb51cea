// Trying events on the books as they are, and booking none of them.

package posting

import (
	"context"
	"errors"
	"slices"

	"github.com/splitledger/splitledger/ledger"
)

// A Tried is what would become of an event.
type Tried struct {
	Result                 // without the numbers of a record and of entries, unless it is a duplicate
	Entries []ledger.Entry // that it would book, without numbers
}

// errTried takes back what was tried.
var errTried = errors.New("posting: only tried")

// Try says what [Book.PostBatch] would come to now: each event is booked on the books as those before left them, and
// then all of it is taken back. The ledger's one writer waits meanwhile, some 10 µs an event, so a try should not be of
// more than some ten thousand. An error is one of the ledger or of the context; refusals are in the results.
func (b *Book) Try(ctx context.Context, events []Event) ([]Tried, error) {
	tried := make([]Tried, len(events))
	for i := range events {
		tried[i].Receipt.ID = events[i].ID
		tried[i].Err = events[i].Validate()
	}
	err := b.ledger.Update(ctx, func(tx *ledger.Tx) error {
		for i := range events {
			if tried[i].Err != nil {
				continue
			}
			if err := b.try(tx, &events[i], &tried[i]); err != nil {
				return err
			}
		}
		return errTried
	})
	if err == errTried {
		err = nil
	}
	return tried, err
}

// try books one event in a turn that is taken back. A refusal leaves nothing, so the next event may be tried.
func (b *Book) try(tx *ledger.Tx, e *Event, t *Tried) error {
	r, known, err := posted(&tx.Reader, e)
	if known && err == nil {
		*t = Tried{Result: Result{Receipt: r}}
		return nil
	}
	if err == nil {
		k := b.begin(&tx.Reader, e)
		defer k.release()
		if err = k.decide(); err == nil {
			if err = tx.Append(&k.rec); err == nil {
				*t = Tried{Result: Result{Receipt: Receipt{ID: e.ID, Status: Accepted, Entries: []uint64{}, Fallback: FallbackOf(&k.rec)}}}
				for _, entry := range k.rec.Entries {
					t.Entries = append(t.Entries, ledger.Entry{Reference: entry.Reference, Postings: slices.Clone(entry.Postings)})
				}
				return b.holdBack(tx, k)
			}
		}
	}
	if _, refused := ledger.Refused(err); !refused {
		return err
	}
	t.Err = err
	return nil
}
