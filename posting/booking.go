// The tools of the functions that book: they add entries, keys and remarks to the record of the event.

package posting

import (
	"sync"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// bookings keeps the memory of bookings that are done. A ledger books one event at a time, but batches prepare others
// meanwhile.
var bookings = sync.Pool{New: func() any { return new(booking) }}

// begin returns a booking with an empty record. It is good until release.
func (b *Book) begin(books *ledger.Reader, e *Event) *booking {
	k := bookings.Get().(*booking)
	k.books, k.book, k.event, k.content.Event = books, b, e, e
	k.keys[0] = ledger.Key{Space: KeyEvent, Name: e.ID}
	if b.by != "" {
		k.remark(wire.Remark{Kind: postedBy, Reason: b.by})
	}
	k.rec = ledger.Record{At: e.At, Keys: k.keys[:1], Entries: k.entries[:0], Content: &k.content}
	return k
}

// release gives the memory back. Nothing of the record may be used after it: entries and postings are cleared, so
// that no text of an event is kept alive.
func (k *booking) release() {
	entries, postings, parts := k.rec.Entries, k.postings, k.parts
	if cap(postings) > 1000 { // rather than keep the memory of a giant for good
		postings, parts = nil, nil
	}
	clear(entries)
	clear(postings[:cap(postings)])
	*k = booking{entries: entries[:0], postings: postings[:0], parts: parts[:0]}
	bookings.Put(k)
}

// key makes the record one that is found by a name.
func (k *booking) key(space byte, name string) {
	k.rec.Keys = append(k.rec.Keys, ledger.Key{Space: space, Name: name})
}

// entry adds an entry; without postings there is none.
func (k *booking) entry(reference string, postings []ledger.Posting) {
	if len(postings) > 0 {
		k.rec.Entries = append(k.rec.Entries, ledger.Entry{Reference: reference, Postings: postings})
	}
}

// remark keeps what came of the event that neither it nor its postings say.
func (k *booking) remark(o wire.Remark) { k.content.Remarks = append(k.content.Remarks, o) }

// open opens an account of the ledger's own on its first use.
func (k *booking) open(id accounts.ID, kind accounts.Kind) {
	if _, ok := k.books.Account(id); ok {
		return
	}
	// The record may open the account itself, for an entry before.
	for i := range k.rec.Opens {
		if k.rec.Opens[i].ID == id {
			return
		}
	}
	k.rec.Opens = append(k.rec.Opens, accounts.Account{ID: id, Kind: kind})
}

// known refuses a currency that has no exponent.
func (k *booking) known(field string, c money.Currency) *ledger.Error {
	if _, ok := k.books.Table().Exponent(c); ok {
		return nil
	}
	return refusal(ledger.Invalid, join(field, "currency"),
		"expected a currency of ISO 4217 or an asset of this ledger, found %s", c)
}

// missing says why money cannot be booked to an account: it is unknown, closed or not of a kind that has
// balances of its own. It is "" for an account that receives. The code is that of a refusal.
func (k *booking) missing(id accounts.ID) (why string, code ledger.Code) {
	// Both exist in every ledger and are never closed.
	if id == accounts.Liable || id == accounts.Platform {
		return "", ""
	}
	a, ok := k.books.Account(id)
	switch {
	case !ok:
		return "unknown account " + string(id), ledger.UnknownAccount
	case a.Status == accounts.Closed:
		return "account " + string(id) + " is closed", AccountClosed
	case !holdsMoney(a.Kind):
		return "account " + string(id) + " is of kind " + a.Kind.String(), ledger.Invalid
	}
	return "", ""
}

// holdsMoney reports whether accounts of the kind have money of their own, to be paid from and into.
func holdsMoney(k accounts.Kind) bool {
	return k == accounts.KindSub || k == accounts.KindPlatform || k == accounts.KindLiable
}

// receives refuses an account that money cannot be booked to.
func (k *booking) receives(field string, id accounts.ID) *ledger.Error {
	why, code := k.missing(id)
	if why == "" {
		return nil
	}
	e := refusal(code, field, "expected an open account of kind sub, platform or liable, found %s", why)
	if code == ledger.UnknownAccount {
		e.Unknown = string(id)
	}
	return e
}

// receivable returns the account, or liable and the reason where money cannot be booked to it although it has moved
// already.
func (k *booking) receivable(id accounts.ID) (accounts.ID, string) {
	if why, _ := k.missing(id); why != "" {
		return accounts.Liable, fallback + why
	}
	return id, ""
}
