// The types that tie the package together: Book, booking and Finder, and which scheme a provider follows.

package posting

import (
	"slices"
	"sync/atomic"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// A Book posts events to a ledger. Any number of goroutines may use it, and any number of books one ledger.
type Book struct {
	ledger  *ledger.Ledger
	schemes map[string]*provider      // by name; those of the options in place of the common ones
	common  map[string]*scheme.Scheme // what payments without a code follow, see [scheme.Implied]
	rules   map[Type]*rule            // what each type of event does
	period  atomic.Pointer[period]
	by      string // who posts, see [Book.As]
}

// As returns a book of the same ledger whose records say who posted their events: a user, an API key, a program.
// [By] reads that. It is not content of the event: one that somebody else posts again is a duplicate. Without a name
// records say nothing.
func (b *Book) As(by string) *Book {
	return &Book{ledger: b.ledger, schemes: b.schemes, common: b.common, rules: b.rules, by: by}
}

// By returns who posted the event of a record, "" where the record does not say.
func By(rec *ledger.Record) (string, error) {
	_, by, err := Posted(rec)
	return by, err
}

// Options of a book; the zero value is useful.
type Options struct {
	// Schemes are rules for providers of one's own, or replace those of [scheme.All] of the same name. They are for new
	// payments: each payment keeps the rules that it was made under, which its first record has where they are not
	// those of scheme.All. Their names count as declared, see [ProviderOpen], which may name them for other providers,
	// too.
	Schemes []scheme.Scheme
}

// commonScheme returns the scheme that every book has for a provider's name.
func (b *Book) commonScheme(name string) *scheme.Scheme {
	if s := b.common[name]; s != nil {
		return s
	}
	return b.common[scheme.Generic]
}

// Scheme returns the rules that new payments of a provider follow: generic where nothing is known of it, or the ledger
// cannot tell.
func (b *Book) Scheme(provider string) scheme.Scheme {
	p, _ := b.following(&b.ledger.Reader, provider)
	return *p.scheme
}

// provider returns the scheme and account for a provider's name.
func (b *Book) provider(name string) provider {
	if p := b.schemes[name]; p != nil {
		return *p
	}
	g := b.schemes[scheme.Generic]
	return provider{g.scheme, accounts.Provider(name), g.code}
}

// recorded returns the provider of a payment, with the scheme that the payment was made under, from its first record.
func (b *Book) recorded(rec *ledger.Record, content *wire.Content) (provider, error) {
	name := content.Event.Provider
	p, code := b.provider(name), ""
	for _, o := range content.Remarks {
		if o.Kind == ofScheme {
			code = o.Reason
		}
	}
	switch code {
	case p.code:
		return p, nil
	case "":
		p.scheme = b.commonScheme(name)
		return p, nil
	}
	s, err := scheme.Parse(name, code)
	if err != nil {
		return p, wire.Damaged(rec, err)
	}
	p.scheme = s
	return p, nil
}

// ownWords are words that records have by [ledger.Encoder.Symbol] and that are no names of providers although they look
// like one. Those of events are others, see [wire.IsWord].
var ownWords = map[string]bool{
	fellBack: true, splitFailed: true, noticesWait: true, payoutsWait: true, ofScheme: true,
	feeMoved: true, promiseMoved: true, confirms: true, bookedAs: true, waitsUntil: true, dueOnDay: true,
	wire.Happened: true, followsRule: true, postedBy: true, wire.Anew: true,
}

// declared reports whether a provider is built in, or one of the book's options.
func (b *Book) declared(name string) bool {
	if slices.Contains(scheme.BuiltIn(), name) {
		return true
	}
	p := b.schemes[name]
	return p != nil && p.scheme != b.common[name]
}

// used reports whether the ledger has the name of a provider: provider.open wrote it, or an event of a program that did
// not know provider.open. Every record that names a provider has the name as a word, but for the one that opened its
// account.
func used(books *ledger.Reader, name string) (bool, error) {
	word := books.HasSymbol(name)
	own := ownWords[name] || wire.IsWord(name)
	if word && !own {
		return true, nil
	}
	if _, ok := books.Account(accounts.Provider(name)); ok || !word {
		return ok, nil
	}
	return books.Has(ledger.Key{Space: KeyProvider, Name: name})
}

// opening returns the content of the event that opened a provider, nil if there is none.
func opening(books *ledger.Reader, name string) (*wire.Content, error) {
	rec, err := books.Last(ledger.Key{Space: KeyProvider, Name: name})
	if err != nil || rec == nil {
		return nil, err
	}
	return wire.Read(rec)
}

// openings is [Book.Openings] as of a snapshot.
func openings(books *ledger.Reader) ([]Event, error) {
	all, err := books.Group(ledger.Key{Space: KeyProvider})
	if err != nil {
		return nil, err
	}
	events := make([]Event, len(all))
	for i, rec := range all {
		if events[i], err = EventOf(rec); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// Openings returns the events that opened providers, oldest first.
func (b *Book) Openings() ([]Event, error) { return openings(&b.ledger.Reader) }

// following returns the scheme that new payments of a provider follow, and its account: that of its name, or that it
// was opened with. Where the program has that scheme no more, it is as it was when the provider was opened.
func (b *Book) following(books *ledger.Reader, name string) (provider, error) {
	p := b.provider(name)
	if b.declared(name) {
		return p, nil
	}
	opened, err := opening(books, name)
	if err != nil || opened == nil || opened.Event.Scheme == scheme.Generic {
		return p, err
	}
	var s scheme.Scheme
	if now := b.schemes[opened.Event.Scheme]; now != nil {
		s = *now.scheme
	} else {
		then, err := b.recordedScheme(name, opened)
		if err != nil {
			return p, err
		}
		s = *then
	}
	s.Provider = name
	p.scheme = &s
	if p.code = s.Code(); p.code == b.common[scheme.Generic].Code() {
		p.code = ""
	}
	return p, nil
}

// recordedScheme is the scheme whose code is in the content of a record, or else generic.
func (b *Book) recordedScheme(name string, content *wire.Content) (*scheme.Scheme, error) {
	for _, o := range content.Remarks {
		if o.Kind == ofScheme {
			return scheme.Parse(name, o.Reason)
		}
	}
	return b.common[scheme.Generic], nil
}

// A rule says what an event of a type does to the books.
type rule struct {
	book    func(*booking) error
	fold    func(*Payment, *step) // of events of a payment: what it changes about the payment
	refuses []ledger.Code         // besides invalid and idempotency_conflict
}

// A booking is one event on its way into the books: what the rules look at, and the record they make. It only reads the
// books; a refusal leaves nothing behind.
//
// Bookings are used again, with the memory of their record, which nobody needs once it is appended: half the time would
// go to the allocator.
type booking struct {
	books   *ledger.Reader
	book    *Book
	event   *Event
	rec     ledger.Record
	content wire.Content

	payment Payment // that the event makes
	finder  *Finder // of its payment; nil until that is looked for

	pretended *Finder // who has the payment that the event only pretends to change; nil of all others
	keys      [6]ledger.Key
	entries   []ledger.Entry
	postings  []ledger.Posting
	parts     []sized
	rule      *Rule    // that the event names, the version that its payment follows
	unfit     error    // why no version of it is for the payment
	reasons   []string // of the splits that the rule stands for
	early     bool     // it is a settlement of a time to come
}

// A Finder looks into the books for one goroutine. It finds payments one after another, each in the memory of the one
// before: a payment, and what it consists of, is good until the next is looked for. Texts and amounts may be kept.
// [Book.Finder] makes one.
type Finder struct {
	book  *Book
	books *ledger.Reader

	payment Payment
	content wire.Content
	step    step
	read    ledger.RecordBuffer // the payment's records
	first   ledger.RecordBuffer // those that led to it

	near *ledger.Record // in first: the payment's first, where [Finder.Locate] has read it
}
