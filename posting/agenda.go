// The agenda: what waits for its time, by the day on which it is due. It is kept in keys and remarks of the records
// themselves, so that nothing has to be read to open a ledger, and little to find what is due.

package posting

import (
	"time"

	"github.com/google/uuid"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// Three things wait: a settlement of a later value date, a hold of a reserve that is released by itself, and the event
// of a schedule. The record that it waits with and the one of what came of it carry three keys: everyDue, that of the
// day, and that of the item. The newest record of everyDue says how many items wait in all, and a day before which none
// does; the newest of a day, how many wait for that day. Whether an item waits is whether its first record is its
// newest.

// everyDue is carried by each record with which something waits, and of what came of it.
var everyDue = ledger.Key{Space: KeyDue}

// dayOf returns the day of a time, by which what is due then is found.
func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// urn makes an id that nobody else has, and everybody makes alike: the UUID version 5 of what it is for.
func urn(what, of string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("urn:splitledger:"+what+":"+of)).String()
}

// dueID is the id of what is booked of a settlement or hold that waited under another.
func dueID(id string) string { return urn("due", id) }

// wait notes that the event waits until a time, under the name of the item.
func (k *booking) wait(item string, until time.Time) error {
	day := dayOf(until)
	n, first, err := agenda(k.books)
	if err != nil {
		return err
	}
	if r := k.remarked(waitsUntil, ""); r != nil { // the event came of another item
		n, first = r.Split, r.Capture
	}
	// Ledgers of before have no days: until all that waited there has come, what is due is looked for as it was then.
	if n == 0 || first != "" && day < first {
		first = day
	}
	return k.count(item, day, +1, wire.Remark{Kind: waitsUntil, Capture: first, Split: n + 1,
		Reason: until.UTC().Format(time.RFC3339Nano)})
}

// comes notes that the item that waited with a record waits no more.
func (k *booking) comes(item string, with *ledger.Record) error {
	n, first, err := agenda(k.books)
	if err != nil {
		return err
	}
	day := ""
	for _, key := range with.Keys {
		if key.Space == KeyDueDay {
			day = key.Name
		}
	}
	if day != "" && day == first {
		left, err := dueOn(k.books, day)
		if err != nil {
			return err
		}
		if next, err := time.Parse(time.DateOnly, day); err == nil && left == 1 {
			first = dayOf(next.AddDate(0, 0, 1))
		}
	}
	return k.count(item, day, -1, wire.Remark{Kind: waitsUntil, Capture: first, Split: n - 1})
}

// count gives the record the keys of an item, and the counts after it.
func (k *booking) count(item, day string, more int, all wire.Remark) error {
	k.carry(everyDue)
	k.carry(ledger.Key{Space: KeyDue, Name: item})
	if r := k.remarked(waitsUntil, ""); r != nil {
		*r = all
	} else {
		k.remark(all)
	}
	if day == "" {
		return nil
	}
	k.carry(ledger.Key{Space: KeyDueDay, Name: day})
	if r := k.remarked(dueOnDay, day); r != nil {
		r.Split += more
		return nil
	}
	n, err := dueOn(k.books, day)
	if err != nil {
		return err
	}
	k.remark(wire.Remark{Kind: dueOnDay, Capture: day, Split: n + more})
	return nil
}

// carry gives the record a key, once.
func (k *booking) carry(key ledger.Key) {
	for _, has := range k.rec.Keys {
		if has == key {
			return
		}
	}
	k.rec.Keys = append(k.rec.Keys, key)
}

// remarked returns the remark of a kind, of a day where one is given, that the event has so far; nil if there is none.
func (k *booking) remarked(kind wire.RemarkKind, day string) *wire.Remark {
	for i := range k.content.Remarks {
		if r := &k.content.Remarks[i]; r.Kind == kind && (day == "" || r.Capture == day) {
			return r
		}
	}
	return nil
}

// came returns the id of the event that came of an item, "" while that waits with the record.
func (k *booking) came(item string, with *ledger.Record) (string, error) {
	last, err := k.books.Last(ledger.Key{Space: KeyDue, Name: item})
	if err != nil || last == nil || last.Number == with.Number {
		return "", err
	}
	return last.Keys[0].Name, nil
}

// agenda returns how many items wait, and a day before which none does. The day is empty where items wait that were
// noted before there were days.
func agenda(books *ledger.Reader) (waiting int, first string, err error) {
	r, err := lastRemark(books, everyDue, waitsUntil, "")
	return r.Split, r.Capture, err
}

// dueOn returns how many items wait for a day.
func dueOn(books *ledger.Reader, day string) (int, error) {
	r, err := lastRemark(books, ledger.Key{Space: KeyDueDay, Name: day}, dueOnDay, day)
	return r.Split, err
}

// lastRemark returns the remark of a kind, of a day where one is given, of the newest record with a key.
func lastRemark(books *ledger.Reader, key ledger.Key, kind wire.RemarkKind, day string) (wire.Remark, error) {
	rec, err := books.Last(key)
	if err != nil || rec == nil {
		return wire.Remark{}, err
	}
	content, err := wire.Read(rec)
	if err != nil {
		return wire.Remark{}, err
	}
	for _, r := range content.Remarks {
		if r.Kind == kind && (day == "" || r.Capture == day) {
			return r, nil
		}
	}
	return wire.Remark{}, nil
}

// laterThanNow refuses a time of the event's field Due that has come already: nobody could have known of it before.
func (k *booking) laterThanNow(field string) error {
	e := k.event
	if e.Due.IsZero() || !e.At.IsZero() || e.Due.After(k.books.Now()) {
		return nil
	}
	return refusal(ledger.Invalid, field, "expected a time after the ledger's clock, or an earlier `at`, found %s",
		e.Due.UTC().Format(time.RFC3339Nano))
}
