package posting

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// maxAhead is how far the time of an event may be ahead of the ledger's clock: as far as clocks differ.
const maxAhead = 5 * time.Minute

// inTime looks at the event's time. An instruction of a time to come is refused. A settlement of such a time waits for it;
// any other fact is booked now, and keeps its time beside that of its record.
func (k *booking) inTime() error {
	e := k.event
	if e.At.IsZero() || !e.At.After(k.books.Now().Add(maxAhead)) {
		return nil
	}
	switch {
	case !e.IsFact() || e.Waited != "":
		return refusal(ledger.Invalid, "at", "expected a time at most 5 minutes ahead of the ledger's clock, found %s", e.At.UTC().Format(time.RFC3339Nano))
	case e.Type == PaymentSettle:
		k.early = true
	default:
		k.rec.At = time.Time{}
		k.remark(wire.Remark{Kind: wire.Happened, Reason: e.At.UTC().Format(time.RFC3339Nano)})
	}
	return nil
}

// settlesLater keeps a settlement whose time has not come. It reports whether there is nothing to book of the event.
func (k *booking) settlesLater() (bool, error) {
	e := k.event
	if e.Waited != "" {
		return k.comesDue()
	}
	if !k.early {
		return false, nil
	}
	p, err := k.existing()
	if err != nil {
		return false, err
	}
	if _, refused := p.settledBy(e); refused != nil {
		return false, refused
	}
	if err := k.ofMovement(p); err != nil {
		return false, err
	}
	k.key(KeyDue, e.ID)
	return true, k.countDue(+1, e.At)
}

// comesDue looks for the settlement that waited for this event. Where it was booked at once, which is what happens where
// events are posted again to another ledger, there is nothing to book.
func (k *booking) comesDue() (bool, error) {
	e := k.event
	records, err := k.books.Group(ledger.Key{Space: KeyEvent, Name: e.Waited})
	if err != nil {
		return false, err
	}
	var first *wire.Content
	if len(records) > 0 {
		if first, err = wire.Read(records[0]); err != nil {
			return false, err
		}
	}
	if first == nil || first.Event.Type != PaymentSettle || first.Event.Payment != e.Payment {
		return false, refusal(ledger.Invalid, "waited", "expected the id of a settlement of the payment %s, found %s", quote(e.Payment), quote(e.Waited))
	}
	if at := first.Event.At; !e.At.Equal(at) {
		return false, refusal(ledger.Invalid, "at", "expected the time that %s waits for, %s, found %s", quote(e.Waited), at.Format(time.RFC3339Nano), orDefault(e.At))
	}
	if !first.Has(waitsUntil) {
		k.key(KeyPayment, e.Payment)
		k.remark(wire.Remark{Kind: confirms, Reason: e.Waited})
		return true, nil
	}
	booked, err := k.books.Group(ledger.Key{Space: KeyDue, Name: e.Waited})
	if err != nil {
		return false, err
	}
	if len(booked) > 1 {
		return false, refusal(DuplicateReference, "waited", "expected a settlement that waits, found %s, which event %s booked", quote(e.Waited), quote(booked[1].Keys[0].Name))
	}
	k.key(KeyDue, e.Waited)
	return false, k.countDue(-1, time.Time{})
}

// orDefault is a time as a message has it.
func orDefault(t time.Time) string {
	if t.IsZero() {
		return "nothing"
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// countDue counts the settlements that wait, until this event's time where it waits itself.
func (k *booking) countDue(more int, until time.Time) error {
	n, err := countOf(k.books, everyDue, waitsUntil)
	if err != nil {
		return err
	}
	k.key(everyDue.Space, everyDue.Name)
	o := wire.Remark{Kind: waitsUntil, Split: n + more}
	if !until.IsZero() {
		o.Reason = until.UTC().Format(time.RFC3339Nano)
	}
	k.remark(o)
	return nil
}

var everyDue = ledger.Key{Space: KeyDue}

// countOf returns the count that the newest record of a key has.
func countOf(books *ledger.Reader, key ledger.Key, kind wire.RemarkKind) (int, error) {
	rec, err := books.Last(key)
	if err != nil || rec == nil {
		return 0, err
	}
	came, err := wire.Read(rec)
	if err != nil {
		return 0, err
	}
	for _, o := range came.Remarks {
		if o.Kind == kind {
			return o.Split, nil
		}
	}
	return 0, nil
}

// A DueEvent is a settlement that a provider told ahead of its time: it is booked when that has come, by [Book.PostDue].
type DueEvent struct {
	Event  Event
	Due    time.Time
	Record *ledger.Record // that it waits with
}

// Due returns the settlements that wait for their time, by that time.
func (b *Book) Due() ([]*DueEvent, error) {
	left, err := countOf(&b.ledger.Reader, everyDue, waitsUntil)
	if err != nil || left == 0 {
		return nil, err
	}
	var list []*DueEvent
	booked := map[string]bool{}
	for rec, err := range b.newest(everyDue) {
		if err != nil {
			return nil, err
		}
		came, err := wire.Read(rec)
		if err != nil {
			return nil, err
		}
		e := came.Event
		if e.Waited != "" {
			booked[e.Waited] = true
			continue
		}
		if booked[e.ID] {
			continue
		}
		if list = append(list, &DueEvent{*e, rec.At, rec}); len(list) == left {
			break
		}
	}
	slices.SortStableFunc(list, func(a, b *DueEvent) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Record.Number, b.Record.Number))
	})
	return list, nil
}

// PostDue books the settlements whose time has come by now, at their own time, each under an id that is the UUID version 5
// of the id under which it waited, and says how many they were. A program that takes settlements of later dates calls it when it has
// opened the ledger, and from time to time, such as once an hour. Nothing is booked twice, whoever else calls it.
//
// A settlement that is refused waits on; the error has all refusals.
func (b *Book) PostDue(ctx context.Context, now time.Time) (int, error) {
	list, err := b.Due()
	if err != nil {
		return 0, err
	}
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

// A dueTime is the time of a settlement that waits.
type dueTime struct {
	event string
	at    time.Time
}

// foldDue notes which settlements of a payment's captures wait. It reports whether the event changes nothing else.
func (p *Payment) foldDue(s *step) bool {
	e := s.event
	for i := range s.came {
		switch o := &s.came[i]; {
		case o.Kind == confirms:
			return true
		case o.Kind == waitsUntil && o.Reason != "":
			settlements, _ := p.settledBy(e)
			for _, one := range settlements {
				one.capture.waits = append(one.capture.waits, dueTime{e.ID, s.rec.At})
				one.capture.nextDue()
			}
			return true
		}
	}
	if e.Waited != "" {
		for _, c := range p.Captures {
			c.waits = slices.DeleteFunc(c.waits, func(d dueTime) bool { return d.event == e.Waited })
			c.nextDue()
		}
	}
	return false
}

// nextDue finds the first of the settlements that wait.
func (c *Capture) nextDue() {
	c.Due = time.Time{}
	for _, d := range c.waits {
		if c.Due.IsZero() || d.at.Before(c.Due) {
			c.Due = d.at
		}
	}
}

// HappenedOf returns the time that a fact has of itself where its record has another: it was of a later time than the ledger's clock when
// it was booked. It is the zero time of all other records.
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
