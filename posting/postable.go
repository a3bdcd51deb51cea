// What Post takes: the struct of a type of event, or the wide event.

package posting

import "github.com/splitledger/splitledger/posting/wire"

//go:generate go run ./internal/eventstructs/write

// A Postable is an event that [Book.Post] takes: the struct of its type, such as [CapturePayment], which has the fields
// that this type has, or the wide [Event], which has those of all types and is what [Decode] returns.
type Postable interface {
	Event() wire.Event
}

// Events returns events in their wide form, for [Book.PostBatch].
func Events(of ...Postable) []Event {
	list := make([]Event, len(of))
	for i, e := range of {
		list[i] = e.Event()
	}
	return list
}
