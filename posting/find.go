// Look-ups: payments by the names that platforms, merchants and providers have for them, and all else that a key finds.

package posting

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// Finder returns a finder of the book. Whatever it looks for, it finds in the books as they are by then.
func (b *Book) Finder() *Finder { return &Finder{book: b, books: &b.ledger.Reader} }

// Until makes the finder find everything as it was when a record was the newest, and returns it. 0 stands for now.
func (f *Finder) Until(record uint64) *Finder {
	if record > 0 {
		f.books = f.book.ledger.Until(record)
	}
	return f
}

// View runs look. All that the finder looks for until then is as of one moment, and many things are found faster. It
// should not take long, and not read the ledger by other means: see [ledger.Ledger.Read].
func (f *Finder) View(look func() error) error {
	return f.book.ledger.Read(func(r *ledger.Reader) error {
		before := f.books
		f.books = r
		defer func() { f.books = before }()
		return look()
	})
}

// Find returns a payment of the provider. It looks by the provider's reference, then by the merchant's reference, each
// time for the newest match, then for the payment whose id is the merchant's reference. Empty references match nothing.
// The last two steps skip a payment that has another provider's reference. If none matches the error is [ErrNotFound].
func (f *Finder) Find(provider, providerReference, reference string) (*Payment, error) {
	p, err := f.known(provider, providerReference, reference)
	return found(p, err, noPayment, cmp.Or(providerReference, reference))
}

// known is Find, which finds nil where there is none.
func (f *Finder) known(provider, providerReference, reference string) (*Payment, error) {
	if providerReference != "" {
		rec, err := f.books.Last(ledger.Key{Space: KeyProviderReference, Name: provider + "/" + providerReference})
		if err != nil {
			return nil, err
		}
		if rec != nil {
			if current, err := f.current(rec); err != nil || !current {
				return nil, err // it was cancelled, and its name is another's
			}
			return f.referenced(rec)
		}
	}
	if reference == "" {
		return nil, nil
	}
	is := func(p *Payment) bool {
		return p != nil && p.Provider == provider &&
			(p.ProviderReference == "" || providerReference == "" || p.ProviderReference == providerReference)
	}
	records, err := f.led(ledger.Key{Space: KeyReference, Name: reference})
	if err != nil {
		return nil, err
	}
	// References of merchants may come again, such as those of subscriptions: the newest is meant.
	for _, rec := range slices.Backward(records) {
		if p, err := f.from(rec); err != nil || is(p) {
			return p, err
		}
	}
	if p, err := f.named(reference); err != nil || is(p) {
		return p, err
	}
	return nil, nil
}

// FindRefund returns the payment that a refund of one of these names is of, the first if there are several, for what a
// provider says of a refund alone: so a later refund of that name changes no answer. Names that are empty find nothing.
// The error is [ErrNotFound] where there is none.
func (f *Finder) FindRefund(provider string, names ...string) (*Payment, error) {
	for _, name := range names {
		if name == "" {
			continue
		}
		records, err := f.led(ledger.Key{Space: KeyRefund, Name: provider + "/" + name})
		if err != nil {
			return nil, err
		}
		if len(records) > 0 {
			return f.named(PaymentOf(records[0]))
		}
	}
	return found[*Payment](nil, nil, noRefund, strings.Join(names, ", "))
}

// Payment is [Book.Payment].
func (f *Finder) Payment(id string) (*Payment, error) {
	p, err := f.named(id)
	return found(p, err, noPayment, id)
}

// Event returns the record of an event. The error is [ErrNotFound] where there is none of that id.
func (f *Finder) Event(id string) (*ledger.Record, error) {
	rec, err := f.books.Last(ledger.Key{Space: KeyEvent, Name: id})
	return found(rec, err, noEvent, id)
}

// led returns the records of a key that leads to payments, but for those of payments whose name is another's by now.
func (f *Finder) led(k ledger.Key) ([]*ledger.Record, error) {
	f.near = nil
	records, err := f.books.GroupIn(&f.first, k)
	for i := 0; i < len(records) && err == nil; {
		var current bool
		if current, err = f.current(records[i]); current {
			i++
		} else {
			records = slices.Delete(slices.Clone(records), i, i+1) // the buffer has its own list
		}
	}
	return records, err
}

// named returns the payment of a name, nil if there is none.
func (f *Finder) named(id string) (*Payment, error) {
	if near := f.near; near != nil && PaymentOf(near) == id {
		f.near, f.read, f.first = nil, f.first, f.read // the payment is in the memory of its record
		return f.from(near)
	}
	records, err := f.books.GroupIn(&f.read, ledger.Key{Space: KeyPayment, Name: id})
	if err != nil || len(records) == 0 {
		return nil, err
	}
	return f.fold(id, records)
}

// from returns the payment of which a record is the first. Where it is the only one, as is usual of payments that wait
// for their settlement, nothing else is read.
func (f *Finder) from(first *ledger.Record) (*Payment, error) {
	id := PaymentOf(first)
	only, err := f.books.IsNewest(ledger.Key{Space: KeyPayment, Name: id}, first)
	if err != nil {
		return nil, err
	}
	if only && !BeginsAnew(first) {
		return f.fold(id, []*ledger.Record{first})
	}
	return f.named(id)
}

// referenced returns the payment of a record that made a reference of it known: its first, or a later one of that
// alone.
func (f *Finder) referenced(rec *ledger.Record) (*Payment, error) {
	t, err := TypeOf(rec)
	if err != nil {
		return nil, err
	}
	if t == PaymentReference {
		return f.named(PaymentOf(rec))
	}
	return f.from(rec)
}

// PaymentOf returns the name of the payment that a record is of; empty where it is of none.
func PaymentOf(rec *ledger.Record) string {
	for i := range rec.Keys {
		if rec.Keys[i].Space == KeyPayment {
			return rec.Keys[i].Name
		}
	}
	return ""
}

// Locate returns the name of the payment that a provider knows by its own reference, or else that has the merchant's
// reference or is called so. Where several may be it by the merchant's reference it says so, and it is the first of
// those that fit best, where fits is not nil, else the newest. The error is [ErrNotFound] where there is none. Of a
// payment with the merchant's reference both may know the provider's reference, and know it otherwise.
func (f *Finder) Locate(provider, providerReference, reference string, fits func(*Payment) int) (name string,
	several bool, err error) {
	name, several, err = f.locate(provider, providerReference, reference, fits)
	name, err = found(name, err, noPayment, cmp.Or(providerReference, reference))
	return name, several, err
}

// locate is Locate, which finds an empty name where there is none.
func (f *Finder) locate(provider, providerReference, reference string, fits func(*Payment) int) (found string,
	several bool, err error) {
	if providerReference != "" {
		rec, err := f.books.Last(ledger.Key{Space: KeyProviderReference, Name: provider + "/" + providerReference})
		if err != nil {
			return "", false, err
		}
		if rec != nil {
			// That of a payment which was cancelled is no reference of the one that has its name now.
			current, err := f.current(rec)
			if current {
				return PaymentOf(rec), false, err
			}
			return "", false, err
		}
	}
	if reference == "" {
		return "", false, nil
	}
	names, err := f.referring(reference)
	if err != nil || len(names) < 2 {
		return last(names), false, err
	}
	n, best := 0, 0
	for _, name := range names {
		p, err := f.named(name)
		if err != nil {
			return "", false, err
		}
		if !p.mayBe(provider, providerReference) {
			continue
		}
		n++
		likeness := 0
		if fits != nil {
			likeness = fits(p)
		}
		if found == "" || likeness > best || likeness == 0 && best == 0 {
			found, best = name, likeness
		}
	}
	return found, n > 1, nil
}

// mayBe reports whether a payment may be what a provider calls so: whether it is of the provider, and nothing else is
// known to be called so.
func (p *Payment) mayBe(provider, providerReference string) bool {
	return p.Provider == provider && (p.ProviderReference == "" || providerReference == "" ||
		p.ProviderReference == providerReference)
}

// Unclaimed lists the payments of a provider that have the merchant's reference, or are called so, and of which the
// provider's is not known, oldest first.
func (f *Finder) Unclaimed(provider, reference string) (names []string, err error) {
	all, err := f.referring(reference)
	for _, name := range all {
		p, err := f.named(name)
		if err != nil {
			return nil, err
		}
		if p.Provider == provider && p.ProviderReference == "" {
			names = append(names, name)
		}
	}
	return names, err
}

// referring lists the payments that have the merchant's reference, oldest first, and then the one of that name.
func (f *Finder) referring(reference string) (names []string, err error) {
	records, err := f.led(ledger.Key{Space: KeyReference, Name: reference})
	if err != nil {
		return nil, err
	}
	for _, rec := range records {
		names = append(names, PaymentOf(rec))
	}
	is, err := f.books.Has(ledger.Key{Space: KeyPayment, Name: reference})
	if is {
		names = append(names, reference)
	} else if len(records) == 1 {
		f.near = records[0]
	}
	return names, err
}

// last returns the newest of some names, empty where there is none.
func last(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}

// Taken reports whether a payment is called so, or has that merchant's reference.
func (f *Finder) Taken(name string) (bool, error) {
	for _, space := range []byte{KeyPayment, KeyReference} {
		if taken, err := f.books.Has(ledger.Key{Space: space, Name: name}); taken || err != nil {
			return taken, err
		}
	}
	return false, nil
}

// fold puts together the state of a payment from all its records.
func (f *Finder) fold(id string, records []*ledger.Record) (*Payment, error) {
	p, content := &f.payment, &f.content
	p.empty()
	p.Events = slices.Grow(p.Events, len(records)) // for all: they stay where they are
	for i, rec := range records {
		if BeginsAnew(rec) {
			p.beginAnew()
			p.Events = slices.Grow(p.Events, len(records)-i)
		}
		content.Event, content.Remarks = p.event(rec), content.Remarks[:0]
		if err := content.Load(rec); err != nil {
			return nil, err
		}
		fold := f.book.rules[content.Event.Type].fold
		if fold == nil || p.first == nil && content.Event.Provider == "" {
			return nil, wire.Damaged(rec, fmt.Errorf("a %s as event %d of the payment %q", content.Event.Type, i+1, id))
		}
		first := p.first == nil
		if first {
			provider, err := f.book.recorded(rec, content)
			if err != nil {
				return nil, err
			}
			p.begin(provider, content.Event)
		}
		given, err := f.book.givenBy(f.books, rec, content.Event, content.Remarks)
		if err != nil {
			return nil, err
		}
		if first {
			p.instruct(given)
		}
		f.step = step{rec, content.Event, given, content.Remarks}
		fold(p, &f.step)
		p.foldPending(rec)
	}
	p.conclude()
	return p, nil
}

// Payment returns the state of a payment, as the journal has it. The error is [ErrNotFound] where no
// event named it.
func (b *Book) Payment(id string) (*Payment, error) { return b.Finder().Payment(id) }

// movementName is the name of a movement in [KeyMovement].
func movementName(provider string, kind MovementKind, movement string) string {
	return provider + "/" + string(kind) + "/" + movement
}

// Movement returns the records of the events that reported a movement of a provider, oldest first; none if nothing
// reported it.
func (f *Finder) Movement(provider string, kind MovementKind, movement string) ([]*ledger.Record, error) {
	return f.books.Group(ledger.Key{Space: KeyMovement, Name: movementName(provider, kind, movement)})
}

// finders have the memory of the payments that events are about.
var finders = sync.Pool{New: func() any { return new(Finder) }}

// release keeps the memory of a finder, and nothing of the books that it has looked into.
func (f *Finder) release() {
	f.book, f.books, f.near = nil, nil, nil
	finders.Put(f)
}

// countOf returns the count that the newest record of a key has.
func countOf(books *ledger.Reader, key ledger.Key, kind wire.RemarkKind) (int, error) {
	rec, err := books.Last(key)
	if err != nil || rec == nil {
		return 0, err
	}
	content, err := wire.Read(rec)
	if err != nil {
		return 0, err
	}
	for _, o := range content.Remarks {
		if o.Kind == kind {
			return o.Split, nil
		}
	}
	return 0, nil
}

// newest yields the records that carry a key, newest first. They are read in portions, so that no more is read than is
// asked for, and what is booked meanwhile does not matter.
func newest(books *ledger.Reader, key ledger.Key) iter.Seq2[*ledger.Record, error] {
	return func(yield func(*ledger.Record, error) bool) {
		last := uint64(0) // that was yielded
		// Most callers stop after a few records; those that want all need few rounds.
		for portion := 64; ; portion *= 4 {
			list, err := books.Newest(key, portion)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, rec := range list {
				// It was yielded in the portion before, or has been booked since.
				if last != 0 && rec.Number >= last {
					continue
				}
				if last = rec.Number; !yield(rec, nil) {
					return
				}
			}
			if len(list) < portion {
				return
			}
		}
	}
}

// find returns the event's payment, nil if there is none. It is good until the event is decided on.
func (k *booking) find() (*Payment, error) { return k.findNamed(k.event.Payment) }

// findNamed is find for another payment than the event's own.
func (k *booking) findNamed(id string) (*Payment, error) {
	// A pretended event sees the payment as it would be, and no other payment.
	if k.pretended != nil {
		if p := &k.pretended.payment; p.ID == id {
			return p, nil
		}
		return nil, nil
	}
	if k.finder == nil {
		k.finder = finders.Get().(*Finder)
	}
	k.finder.book, k.finder.books = k.book, k.books
	return k.finder.named(id)
}

// existing returns the event's payment, or refuses.
func (k *booking) existing() (*Payment, error) {
	p, err := k.find()
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, noPayment.refusal(k.event.Payment)
	}
	k.key(KeyPayment, p.ID)
	return p, nil
}
