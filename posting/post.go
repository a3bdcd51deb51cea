// Posting one event: it is validated, compared with what its id was used for, decided on and appended.

package posting

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// New returns a book of l. It fails where a scheme of the options is not valid, see [scheme.Scheme.Validate], or where
// two are of one provider.
func New(l *ledger.Ledger, o Options) (*Book, error) {
	b := &Book{ledger: l, schemes: map[string]*provider{}, common: map[string]*scheme.Scheme{}, rules: rules}
	for _, s := range scheme.All() {
		p := &provider{&s, accounts.Provider(s.Provider), ""}
		if b.schemes[s.Provider] = p; scheme.Implied(s.Provider) {
			b.common[s.Provider] = &s
		} else {
			p.code = s.Code()
		}
	}
	own := map[string]bool{}
	for _, s := range o.Schemes {
		if err := s.Validate(); err != nil {
			return nil, fmt.Errorf("scheme %q: %w", s.Provider, err)
		}
		if own[s.Provider] {
			return nil, fmt.Errorf("scheme %q: %w", s.Provider,
				ledger.Errorf(ledger.Invalid, "expected one scheme of each provider, found two"))
		}
		own[s.Provider] = true
		p := &provider{&s, accounts.Provider(s.Provider), s.Code()}
		if p.code == b.commonScheme(s.Provider).Code() {
			p.code = ""
		}
		b.schemes[s.Provider] = p
	}
	return b, nil
}

// A Receipt says what an event came to. Its JSON is {"id","status","record","entries"}, and "fallback" where there is
// one.
type Receipt struct {
	ID      string   `json:"id"` // of the event
	Status  Status   `json:"status"`
	Record  uint64   `json:"record,omitempty"` // number of the event's record in the journal
	Entries []uint64 `json:"entries"`          // numbers of the entries it made, possibly none
	// why liable, or the merchant, has money of it in place of an account that is closed or was never opened
	Fallback string `json:"fallback,omitempty"`
}

// Status says whether an event was booked now or before.
type Status string

// The statuses.
const (
	Accepted  Status = "accepted"  // booked
	Duplicate Status = "duplicate" // the same event was booked before; this is its receipt again
)

// A Result is what became of one event of a batch.
type Result struct {
	Receipt Receipt
	Err     error // as of [Book.Post]
}

// MarshalJSON returns the receipt, or of an event that has none its refusal:
// {"status":"refused","code","field","error"}, the field where one is meant. The code of an error that is no
// refusal is empty: the event may be booked or not.
func (r Result) MarshalJSON() ([]byte, error) {
	if r.Err == nil {
		return json.Marshal(r.Receipt)
	}
	refused := struct {
		ID     string      `json:"id,omitempty"`
		Status string      `json:"status"`
		Code   ledger.Code `json:"code,omitempty"`
		Field  string      `json:"field,omitempty"`
		Error  string      `json:"error"`
	}{ID: r.Receipt.ID, Status: "unknown", Error: r.Err.Error()}
	if e, ok := ledger.Refused(r.Err); ok {
		refused.Status, refused.Code, refused.Field, refused.Error = "refused", e.Code, e.Field, e.Message
	}
	return json.Marshal(refused)
}

// Post books an event, all of it or nothing, and returns when that is durable. An event whose id was posted before with
// the same content books nothing and gets the first receipt, with status [Duplicate].
//
// The event is the struct of its type, such as [CapturePayment], or a wide [Event]. One that is large and at
// hand may be given by a pointer, which saves a copy; it must not be changed before Post returns.
//
// Where the event is refused the error is a [*ledger.Error], see [ledger.Refused]: nothing was booked, and the event
// may be sent again. Other errors come from the ledger or the context: whether the event was booked is then unknown,
// and posting it again finds out.
func (b *Book) Post(ctx context.Context, e Postable) (Receipt, error) {
	// The event is validated and its keys are hashed here, on the goroutine of the caller: the ledger's one writer
	// has less to do then.
	c := calls.Get().(*call)
	defer c.release()
	c.book = b
	c.event = &c.wide
	switch given := e.(type) {
	case *Event:
		c.event = given
	case Event:
		c.wide = given
	case interface{ fill(*Event) }: // a struct of a type: without a copy of the wide event
		given.fill(&c.wide)
	default:
		c.wide = e.Event()
	}
	if err := c.event.Validate(); err != nil {
		return Receipt{}, err
	}
	expect(c.event, &c.expected)
	if err := b.ledger.Update(ctx, c.execute); err != nil {
		return Receipt{}, err
	}
	return c.receipt, nil
}

// A call is one of [Book.Post]. Calls are used again, with what they hand to the ledger: events are large, and
// functions keep them from the stack.
type call struct {
	book     *Book
	event    *Event
	wide     Event // room for it
	expected ledger.Expected
	receipt  Receipt
	execute  func(*ledger.Tx) error
}

// calls keeps the memory of calls that are done.
var calls = sync.Pool{New: func() any {
	c := new(call)
	c.execute = func(tx *ledger.Tx) (err error) {
		numbers := make([]uint64, 0, 1)
		c.receipt, err = c.book.execute(tx, c.event, &c.expected, &numbers)
		return err
	}
	return c
}}

// release gives the memory back. The event and the receipt are dropped, because the caller may keep theirs.
func (c *call) release() {
	c.book, c.event, c.wide, c.receipt = nil, nil, Event{}, Receipt{}
	calls.Put(c)
}

// execute books one valid event. The numbers of the receipt's entries are appended to numbers.
func (b *Book) execute(tx *ledger.Tx, e *Event, expected *ledger.Expected, numbers *[]uint64) (Receipt, error) {
	if err := tx.Expect(expected); err != nil {
		return Receipt{}, err
	}
	// An id that was posted before gets its first answer, whatever the books say by now.
	if r, known, err := posted(&tx.Reader, e); known || err != nil {
		return r, err
	}
	k := b.begin(&tx.Reader, e)
	defer k.release()
	if err := k.decide(); err != nil {
		return Receipt{}, err
	}
	if err := tx.Append(&k.rec); err != nil {
		return Receipt{}, err
	}
	if err := b.holdBack(tx, k); err != nil {
		return Receipt{}, err
	}
	return receipt(Accepted, &k.rec, numbers), nil
}

// expect says which keys and accounts the rules of an event ask for, as far as the event alone shows.
func expect(e *Event, x *ledger.Expected) {
	var fewKeys [4]ledger.Key
	var fewIDs [4]accounts.ID
	keys, ids := append(fewKeys[:0], ledger.Key{Space: KeyEvent, Name: e.ID}), fewIDs[:0]
	if e.Payment != "" {
		keys = append(keys, ledger.Key{Space: KeyPayment, Name: e.Payment})
	}
	if e.Reference != "" && e.Reference != e.Payment {
		keys = append(keys, ledger.Key{Space: KeyReference, Name: e.Reference},
			ledger.Key{Space: KeyPayment, Name: e.Reference})
	}
	for i := range e.Splits[:min(len(e.Splits), cap(ids))] {
		if id := e.Splits[i].Account; id != "" {
			ids = append(ids, id)
		}
	}
	x.Set(keys, ids)
}

// posted returns the first receipt of an event that was booked before.
func posted(books *ledger.Reader, e *Event) (Receipt, bool, error) {
	key := ledger.Key{Space: KeyEvent, Name: e.ID}
	if known, err := books.Has(key); !known || err != nil {
		return Receipt{}, false, err
	}
	group, err := books.Group(key)
	if err != nil {
		return Receipt{}, false, err
	}
	first, err := wire.Read(group[0])
	if err != nil {
		return Receipt{}, false, err
	}
	if err := conflict(first.Event, e); err != nil {
		return Receipt{}, false, err
	}
	return receipt(Duplicate, group[0], &[]uint64{}), true, nil
}

// conflict refuses an event whose id was used for another content.
func conflict(first, second *Event) *ledger.Error {
	d := first.Differ(second)
	if d == nil {
		return nil
	}
	return refusal(IdempotencyConflict, d.Path, "expected the content that id %s had the first time, %s, found %s",
		quote(first.ID), d.A, d.B)
}

// receipt says what the event of a record came to. The numbers of its entries are appended to numbers.
func receipt(s Status, rec *ledger.Record, numbers *[]uint64) Receipt {
	before := len(*numbers)
	for i := range rec.Entries {
		*numbers = append(*numbers, rec.Entries[i].Number)
	}
	r := Receipt{Status: s, Record: rec.Number, Entries: (*numbers)[before:len(*numbers):len(*numbers)],
		Fallback: FallbackOf(rec)}
	if len(rec.Keys) > 0 {
		r.ID = rec.Keys[0].Name
	}
	return r
}

// decide makes the record of the event, or refuses the event. The record shares no memory with the payment that was
// read, so the finder goes back to its pool here.
func (k *booking) decide() error {
	err := k.apply()
	if err == nil {
		err = k.inPeriod()
	}
	if k.finder != nil {
		k.finder.release()
		k.finder = nil
	}
	return err
}

// apply applies the rules of the event's type, and those of all events before.
func (k *booking) apply() error {
	if e := k.event; e.Provider != "" && e.Type != ProviderOpen {
		if err := k.provider("provider", e.Provider); err != nil {
			return err
		}
	}
	if err := k.inTime(); err != nil {
		return err
	}
	if err := k.ofSchedule(); err != nil {
		return err
	}
	if err := k.book.rules[k.event.Type].book(k); err != nil {
		return err
	}
	k.indexMetadata()
	return nil
}
