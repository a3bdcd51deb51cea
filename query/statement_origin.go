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
	orders map[string][]order // the merchant's references of payments, oldest first
}

// An order is the merchant's reference of a payment, from a record on: a name may be another payment's later, see
// [posting.BeginsAnew].
type order struct {
	from      uint64
	reference string
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
	origin.Order, err = o.order(origin.Payment, l.Record)
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

// order returns the merchant's reference of the payment that a record is of, which stands in the event that began it.
func (o *origins) order(payment string, record uint64) (string, error) {
	if payment == "" {
		return "", nil
	}
	list, known := o.orders[payment]
	if !known {
		var err error
		if list, err = o.ordersOf(payment); err != nil {
			return "", err
		}
		if len(o.orders) >= orders || o.orders == nil {
			o.orders = map[string][]order{}
		}
		o.orders[payment] = list
	}
	for _, one := range slices.Backward(list) {
		if one.from <= record {
			return one.reference, nil
		}
	}
	return "", nil
}

// ordersOf reads the merchant's references of all payments that had a name, one after another.
func (o *origins) ordersOf(payment string) (list []order, err error) {
	all, err := o.books.Ledger.Group(ledger.Key{Space: posting.KeyPayment, Name: payment})
	for i, rec := range all {
		if i > 0 && !posting.BeginsAnew(rec) {
			continue
		}
		first, err := posting.EventOf(rec)
		if err != nil {
			return nil, err
		}
		list = append(list, order{rec.Number, first.Reference})
	}
	return list, err
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
