// Booking what has waited for its time.

package posting

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/splitledger/splitledger/ledger"
)

// PostDue books the settlements whose time has come by now, at their own time, each under an id that is the UUID
// version 5 of the id under which it waited, and says how many they were. A program that takes settlements of later
// dates calls it when it has opened the ledger, and from time to time, such as once an hour. Nothing is booked twice,
// whoever else calls it.
//
// A settlement that is refused waits on; the error has all refusals.
func (b *Book) PostDue(ctx context.Context, now time.Time) (int, error) {
	list, err := b.due()
	if err != nil {
		return 0, err
	}
	// A booking of a time to come would be refused.
	if clock := b.ledger.Now(); now.After(clock) {
		now = clock
	}
	n := 0
	var refused []error
	for _, d := range list {
		if d.Due.After(now) {
			break
		}
		e := d.Event
		e.ID, e.At, e.Waited = dueID(d.Event.ID), d.Due, d.Event.ID
		r, err := b.Post(ctx, e)
		if _, is := ledger.Refused(err); is {
			refused = append(refused, err)
			continue
		}
		if err != nil {
			return n, err
		}
		if r.Status == Accepted {
			n++
		}
	}
	return n, errors.Join(refused...)
}

// dueID is the id under which a settlement is booked that waited under another.
func dueID(id string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("urn:splitledger:due:"+id)).String()
}
