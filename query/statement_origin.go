package query

import (
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// An Origin says what a row of a statement is of, by the names that a seller or a support agent knows it by.
type Origin struct {
	Payment     string `json:"payment,omitempty" col:"PAYMENT,optional"`
	Order       string `json:"merchantReference,omitempty" col:"ORDER,optional"`       // the merchant's reference of the payment
	Description string `json:"description,omitempty" col:"DESCRIPTION,optional,below"` // that the event was given
}

// orders is how many payments' references are kept: postings of one payment stand close together in most accounts.
const orders = 10_000

// origins looks up what postings are of. The record that was read last is kept, as it often has the next posting too.
type origins struct {
	books  *Books
	record *ledger.Record
	event  posting.Event
	orders map[string]string // the merchant's references of payments
}

// of returns what a posting is of, and the time that a fact itself reports where it was booked at another, as it was of
// a time to come, or of a closed period; else the zero time.
func (o *origins) of(l *ledger.Line) (origin Origin, happened time.Time, err error) {
	if err := o.read(l.Record); err != nil {
		return origin, happened, err
	}
	if at := o.event.At; !at.IsZero() && !at.Equal(o.record.At) {
		happened = at.UTC()
	}
	origin = Origin{Payment: posting.PaymentOf(o.record), Description: o.event.Description}
	origin.Order, err = o.order(origin.Payment)
	return origin, happened, err
}

// read reads a record, unless it is the one that was read last. A record of a rule of the caller's own need not have an event.
func (o *origins) read(number uint64) (err error) {
	if o.record != nil && o.record.Number == number {
		return nil
	}
	if o.record, err = o.books.Ledger.Record(number); err != nil {
		return err
	}
	o.event = posting.Event{}
	if o.record.Decoder().More() {
		o.event, err = posting.EventOf(o.record)
	}
	return err
}

// order returns the merchant's reference of a payment, which stands in the event that began it.
func (o *origins) order(payment string) (string, error) {
	if payment == "" {
		return "", nil
	}
	if known, ok := o.orders[payment]; ok {
		return known, nil
	}
	all, err := o.books.Ledger.Group(ledger.Key{Space: posting.KeyPayment, Name: payment})
	if err != nil || len(all) == 0 {
		return "", err
	}
	first, err := posting.EventOf(all[0])
	if len(o.orders) >= orders || o.orders == nil {
		o.orders = map[string]string{}
	}
	o.orders[payment] = first.Reference
	return first.Reference, err
}

// parts names the classes of postings of the record that was read last, by their types.
func (o *origins) parts(types []string) string {
	of, classes := eventOf(o.record), []string{}
	for _, typ := range types {
		if c := string(Classify(of, typ)); !slices.Contains(classes, c) {
			classes = append(classes, c)
		}
	}
	return strings.Join(classes, ", ")
}
