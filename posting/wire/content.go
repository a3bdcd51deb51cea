// What a record of the journal keeps of its event, and the layout of that in bytes.

package wire

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/splitledger/splitledger/ledger"
)

// Layout of a record's content, version 1. uint, int, string, symbol, account, amount are what [ledger.Encoder] writes;
// a string that is also a key, a reference or a reason of the record costs a byte or two.
//
//	content = version:uint type:symbol fields(event) remarks
//	fields  = present:uint value*     bit i of present: the i-th field of the table is given; values in that order
//	value   = by shape:
//	          text string · word symbol · account account · amount amount · percent string · number uint ·
//	          minor units of a route int · true nothing · time nothing (the record has it) ·
//	          kind and sub-balance uint · metadata count (key value)* · list count value* · object fields ·
//	          amount of a split 0 int (in the event's currency) or 1 amount
//	remarks = count (kind:symbol capture:string split:uint reason:string)*
//
// The tables are in types.go and objects.go, id and type left out: the id is the record's first key. New optional
// fields go to the end of their table, which keeps old content readable.
const contentVersion = 1

// A Remark is what came of an event that neither the event nor its postings say, such as why a capture fell back to
// liable.
type Remark struct {
	Kind    RemarkKind `json:"kind"`
	Capture string     `json:"capture,omitempty"`
	Split   int        `json:"split,omitempty"` // index among the capture's splits
	Reason  string     `json:"reason,omitempty"`
}

// A RemarkKind says what a [Remark] is about. All but [Happened] and [Anew] are those of package posting.
type RemarkKind = string

// Happened is the kind of the remark that an event is of a later time than the ledger's clock, or of a closed period.
// Its reason is that time, as in RFC 3339.
const Happened RemarkKind = "happened"

// Anew is the kind of the remark that an event makes a payment of a name whose payment before was cancelled whole:
// nothing of that name before it is the payment's.
const Anew RemarkKind = "anew"

// Content is what a record keeps of its event. It is used for many records one after another by readers of the whole
// journal.
type Content struct {
	Event   *Event
	Remarks []Remark
	encoder encoder
	decoder decoder
}

// Encode implements [ledger.Content].
func (c *Content) Encode(le *ledger.Encoder) {
	e := &c.encoder
	*e = encoder{Encoder: le}
	e.Uint(contentVersion)
	e.Symbol(string(c.Event.Type))
	types[c.Event.Type].content.store(e, c.Event)
	e.Uint(uint64(len(c.Remarks)))
	for i := range c.Remarks {
		o := &c.Remarks[i]
		if o.Kind == Anew {
			e.Needs(format4)
		}
		e.Symbol(o.Kind)
		e.String(o.Capture)
		e.Uint(uint64(o.Split))
		e.String(o.Reason)
	}
}

// Read returns the event of a record and what came of it. Decoding gives the event back as it was compared,
// with times in UTC and every number in its shortest form.
func Read(rec *ledger.Record) (*Content, error) {
	c := &Content{Event: &Event{}}
	if err := c.Load(rec); err != nil {
		return nil, err
	}
	return c, nil
}

// Load is [Read] into an event that is there already, and empty. Load keeps the memory of the event's lists, so that a
// reader of many records allocates little. The error is of code [ledger.Corrupt] and names the record.
func (c *Content) Load(rec *ledger.Record) error {
	d := &c.decoder
	*d = decoder{Decoder: *rec.Decoder(), record: rec}
	if v := d.Uint(); v != contentVersion && d.Err() == nil {
		return Damaged(rec, fmt.Errorf("content of version %d, this program knows version %d", v, contentVersion))
	}
	e := c.Event
	e.Type = Type(d.Symbol())
	r := types[e.Type]
	if err := d.Err(); err != nil {
		return Damaged(rec, err)
	}
	if r == nil {
		return Damaged(rec, fmt.Errorf("an event of the unknown type %q", e.Type))
	}
	if len(rec.Keys) > 0 {
		e.ID = rec.Keys[0].Name
	}
	r.content.load(d, e)
	n := d.Uint()
	for ; n > 0 && d.failure() == nil; n-- {
		c.Remarks = append(c.Remarks, Remark{d.Symbol(), d.String(), int(d.Uint()), d.String()})
	}
	if err := c.happened(); err != nil && d.failure() == nil {
		d.fail(err.Error())
	}
	if d.failure() == nil && d.More() {
		d.fail("more than an event")
	}
	if err := d.failure(); err != nil {
		return Damaged(rec, err)
	}
	return nil
}

// happened gives the event its own time back, where its record has that of the ledger's clock.
func (c *Content) happened() error {
	for i := range c.Remarks {
		if o := &c.Remarks[i]; o.Kind == Happened {
			at, err := time.Parse(time.RFC3339Nano, o.Reason)
			if err != nil {
				return err
			}
			c.Event.At = at
		}
	}
	return nil
}

// Has reports whether there is a remark of a kind.
func (c *Content) Has(kind RemarkKind) bool {
	return slices.ContainsFunc(c.Remarks, func(r Remark) bool { return r.Kind == kind })
}

// Damaged says that the content of a record is not what it should be. Nothing can be done about it by the caller of an
// event: the file has to be verified.
func Damaged(rec *ledger.Record, err error) error {
	return &ledger.Error{
		Code: ledger.Corrupt, Message: "expected the content of an event: " + err.Error(),
		Detail: "record " + strconv.FormatUint(rec.Number, 10),
	}
}

// ContentOf returns the event that a record was made of, and the remarks kept with it. The event is nil for a record of
// the ledger's own, which no event made.
func ContentOf(rec *ledger.Record) (*Event, []Remark, error) {
	if !rec.Decoder().More() {
		return nil, nil, nil
	}
	c, err := Read(rec)
	if err != nil {
		return nil, nil, err
	}
	return c.Event, c.Remarks, nil
}

// NewContent is the opposite of [ContentOf]: the content of a record for [ledger.Rebuild].
func NewContent(e *Event, remarks []Remark) ledger.Content {
	if e == nil {
		return nil
	}
	return &Content{Event: e, Remarks: remarks}
}
