package posting

import (
	"sync"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// What a posting is for, besides the types of splits and fees, which a part or a fee carries itself.
const (
	PostingCapture    = "Capture"    // the provider's side of a capture
	PostingFees       = "Fees"       // the provider's side of fees
	PostingRefund     = "Refund"     // the provider's side of a refund; or an account that gives a refund but had no part
	PostingChargeback = "Chargeback" // the provider's side of a chargeback; or an account that pays it for others
	PostingMerchant   = "Merchant"   // what no split takes, and what is taken back from it
	PostingSettlement = "Settlement" // from pending to available
	PostingTransfer   = "Transfer"
	PostingEntry      = "Entry"
	PostingReversal   = "Reversal"
	PostingReserve    = "Reserve"        // between available and reserved
	PostingPayout     = "Payout"         // between available and reserved, and then out
	PostingReceipt    = "ProviderPayout" // from a provider to the bank
	PostingExchange   = "Exchange"
)

// A booking is one event on its way into the books: what the rules look at, and the record they make.
// It only reads the books; a refusal leaves nothing behind.
//
// Bookings are used again, with the memory of their record, which nobody needs once it is appended: half the time would go to the
// allocator.
type booking struct {
	books *ledger.Reader
	book  *Book
	event *Event
	rec   ledger.Record
	came  wire.Content

	payment Payment // that the event makes
	finder  *Finder // of its payment; nil until that is looked for

	pretended *Finder // who has the payment that the event only pretends to change; nil of all others
	keys      [6]ledger.Key
	entries   []ledger.Entry
	postings  []ledger.Posting
	parts     []sized
	early     bool // it is a settlement of a time to come
}

var bookings = sync.Pool{New: func() any { return new(booking) }}

// begin returns a booking with an empty record. It is good until release.
func (b *Book) begin(books *ledger.Reader, e *Event) *booking {
	k := bookings.Get().(*booking)
	k.books, k.book, k.event, k.came.Event = books, b, e, e
	k.keys[0] = ledger.Key{Space: KeyEvent, Name: e.ID}
	k.rec = ledger.Record{At: e.At, Keys: k.keys[:1], Entries: k.entries[:0], Content: &k.came}
	return k
}

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

// finders have the memory of the payments that events are about.
var finders = sync.Pool{New: func() any { return new(Finder) }}

// release keeps the memory of a finder, and nothing of the books that it has looked into.
func (f *Finder) release() {
	f.book, f.books, f.near = nil, nil, nil
	finders.Put(f)
}

// decide makes the record of the event, or refuses the event. Nothing of the record is in the memory of the payment.
func (k *booking) decide() error {
	err := k.apply()
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
	return rules[k.event.Type].book(k)
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

// came of the event, besides its postings.
func (k *booking) remark(o wire.Remark) { k.came.Remarks = append(k.came.Remarks, o) }

// open opens an account of the ledger's own on its first use.
func (k *booking) open(id accounts.ID, kind accounts.Kind) {
	if _, ok := k.books.Account(id); ok {
		return
	}
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
	return refusal(ledger.Invalid, join(field, "currency"), "expected a currency of ISO 4217 or an asset of this ledger, found %s", c)
}

// missing says why money cannot be booked to an account: it is unknown, closed or not of a kind that has
// balances of its own. It is "" for an account that receives. The code is that of a refusal.
func (k *booking) missing(id accounts.ID) (why string, code ledger.Code) {
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
	return refusal(code, field, "expected an open account of kind sub, platform or liable, found %s", why)
}

// debit and credit make a posting of minor units.
func debit(id accounts.ID, sub ledger.Sub, minor money.Int, c money.Currency, kind string) ledger.Posting {
	return ledger.Posting{Account: id, Sub: sub, Amount: money.FromInt(minor, c), Type: kind}
}

func credit(id accounts.ID, sub ledger.Sub, minor money.Int, c money.Currency, kind string) ledger.Posting {
	return debit(id, sub, minor.Neg(), c, kind)
}
