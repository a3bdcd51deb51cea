package posting

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// Layout of a record's content, version 1. uint, int, string, symbol, account, amount are what
// [ledger.Encoder] writes; a string that is also a key, a reference or a reason of the record costs a byte or two.
//
//	content  = version:uint type:symbol fields(event) outcomes
//	fields   = present:uint value*            bit i of present: the i-th field of the table is given; values in that order
//	value    = by shape: text string · word symbol · account account · amount amount · percent string · number uint ·
//	           minor units of a route int · true nothing · time nothing (the record has it) · kind and sub-balance uint · metadata count (key value)* ·
//	           list count value* · object fields · amount of a split 0 int (in the event's currency) or 1 amount
//	outcomes = count (kind:symbol capture:string split:uint reason:string)*
//
// The tables are in table.go, id and type left out: the id is the record's first key. New optional fields go to the end of their table, which keeps old content readable.
const contentVersion = 1

// Key spaces of the records that this package writes.
const (
	KeyEvent             byte = 'e' // the event's id; the first key of every record
	KeyPayment           byte = 'p' // every event of a payment, by the caller's name of it
	KeyReference         byte = 'r' // the first event of a payment, by the merchant's reference where that is another
	KeyProviderReference byte = 'v' // the same by "provider/reference of the provider", or the event that made it known
	KeyRefund            byte = 't' // every refund, by "provider/the caller's name of it"
	KeyReversal          byte = 'n' // the reversal of an entry, by the entry's number
	KeyRule              byte = 'u' // a stored rule, by its name; all of them by the empty name
	KeyPayout            byte = 'o' // every event of a payout, by the caller's name of it
	KeyPayouts           byte = 'q' // every event of an account's payouts, by the account; of all of them by the empty name
	KeyNotices           byte = 'w' // every notice of a provider and what closed it, by the provider
	KeyNoticeClosed      byte = 'x' // what closed a notice, by the notice's id
	KeyReports           byte = 'y' // every report of a provider, by the provider
	KeyChargebackDefault byte = 'd' // every default of chargebacks, by the empty name
	KeyProvider          byte = 'k' // what opened a provider, by its name; all of them by the empty name
	KeyProviderID        byte = 'i' // what an account was given or gave up: by "provider/the provider's id of the account"
	KeyAccountIDs        byte = 'a' // what changed the ids of an account, by the account; all of them by the empty name
	KeyTransfer          byte = 'f' // a transfer, by the caller's name of it; its other row and its reversals, by that or by the id of its event
	KeyTransferReversal  byte = 'g' // the reversal of a transfer, by the caller's name of it
	KeyDue               byte = 's' // a settlement that waits for its time, and its booking, by the id of the first; all of them by the empty name
)

// An outcome is what came of an event that its postings alone do not say.
type outcome struct {
	kind    outcomeKind
	capture string
	split   int // index among the capture's splits
	reason  string
}

type outcomeKind string

const (
	fellBack     outcomeKind = "fallback"     // a capture went to liable in full
	splitFailed  outcomeKind = "split_failed" // a split could not be moved at settlement; or the provider did not make it, and the number is that of its share
	feeMoved     outcomeKind = "fee"          // a new split has another bear a fee; the number is that of the payment's fee
	promiseMoved outcomeKind = "promise"      // a split that is promised is another account's; its reason is how much, in minor units
	noticesWait  outcomeKind = "notices"      // so many notices of the provider wait after this event of one; the number is its split
	payoutsWait  outcomeKind = "payouts"      // the account's payouts under way after this event of one; its capture is a currency, its reason minor units
	confirms     outcomeKind = "confirms"     // the event says what another one booked, whose id is its reason
	bookedAs     outcomeKind = "booked_as"    // the event is booked as another would have been; its reason says what
	waitsUntil   outcomeKind = "due"          // so many settlements wait after this event; its reason is the time that it waits for itself
	happened     outcomeKind = "happened"     // the event is of a later time than the ledger's clock; its reason is that time
	ofScheme     outcomeKind = "scheme"       // a payment was made under a scheme that not every book has; its reason is the scheme's code
)

// content is what a record keeps of its event.
type content struct {
	event    *Event
	outcomes []outcome
	encoder  encoder
	decoder  decoder
}

// Encode implements [ledger.Content].
func (c *content) Encode(le *ledger.Encoder) {
	e := &c.encoder
	*e = encoder{Encoder: le}
	e.Uint(contentVersion)
	e.Symbol(string(c.event.Type))
	types[c.event.Type].content.store(e, c.event)
	e.Uint(uint64(len(c.outcomes)))
	for i := range c.outcomes {
		o := &c.outcomes[i]
		e.Symbol(string(o.kind))
		e.String(o.capture)
		e.Uint(uint64(o.split))
		e.String(o.reason)
	}
}

// readContent returns the event of a record and what came of it. Decoding gives the event back as it was compared,
// with times in UTC and every number in its shortest form.
func readContent(rec *ledger.Record) (*content, error) {
	c := &content{event: &Event{}}
	if err := c.read(rec); err != nil {
		return nil, err
	}
	return c, nil
}

// read is readContent into an event that is there already, and empty.
func (c *content) read(rec *ledger.Record) error {
	d := &c.decoder
	*d = decoder{Decoder: *rec.Decoder(), record: rec}
	if v := d.Uint(); v != contentVersion && d.Err() == nil {
		return damaged(rec, fmt.Errorf("content of version %d, this program knows version %d", v, contentVersion))
	}
	e := c.event
	e.Type = Type(d.Symbol())
	r := types[e.Type]
	if err := d.Err(); err != nil {
		return damaged(rec, err)
	}
	if r == nil {
		return damaged(rec, fmt.Errorf("an event of the unknown type %q", e.Type))
	}
	if len(rec.Keys) > 0 {
		e.ID = rec.Keys[0].Name
	}
	r.content.load(d, e)
	n := d.Uint()
	for ; n > 0 && d.failure() == nil; n-- {
		c.outcomes = append(c.outcomes, outcome{outcomeKind(d.Symbol()), d.String(), int(d.Uint()), d.String()})
	}
	if err := c.happened(); err != nil && d.failure() == nil {
		d.fail(err.Error())
	}
	if d.failure() == nil && d.More() {
		d.fail("more than an event")
	}
	if err := d.failure(); err != nil {
		return damaged(rec, err)
	}
	return nil
}

// happened gives the event its own time back, where its record has that of the ledger's clock.
func (c *content) happened() error {
	for i := range c.outcomes {
		if o := &c.outcomes[i]; o.kind == happened {
			at, err := time.Parse(time.RFC3339Nano, o.reason)
			if err != nil {
				return err
			}
			c.event.At = at
		}
	}
	return nil
}

// EventOf returns the event that a record was made of.
func EventOf(rec *ledger.Record) (Event, error) {
	c, err := readContent(rec)
	if err != nil {
		return Event{}, err
	}
	return *c.event, nil
}

func damaged(rec *ledger.Record, err error) error {
	return &ledger.Error{
		Code: ledger.Corrupt, Message: "expected the content of an event: " + err.Error(),
		Detail: "record " + strconv.FormatUint(rec.Number, 10),
	}
}

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
