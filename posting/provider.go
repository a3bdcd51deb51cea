package posting

import (
	"slices"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
)

// builtIn are the names of providers that every book knows. Those without a scheme of their own follow generic.
var builtIn = []string{"adyen", "antom", "paysafe", "stripe", "xendit"}

// BuiltIn returns the names of the providers that every book knows.
func BuiltIn() []string { return slices.Clone(builtIn) }

// ownWords are words that records have by [ledger.Encoder.Symbol] and that are no names of providers although they look
// like one. Those of events are others, see [wire.IsWord].
var ownWords = map[string]bool{
	fellBack: true, splitFailed: true, noticesWait: true, payoutsWait: true, ofScheme: true,
	feeMoved: true, promiseMoved: true, confirms: true, bookedAs: true, waitsUntil: true, wire.Happened: true,
}

// declared reports whether a provider is built in, or one of the book's options.
func (b *Book) declared(name string) bool {
	if slices.Contains(builtIn, name) {
		return true
	}
	p := b.schemes[name]
	return p != nil && p.scheme != b.common[name]
}

// used reports whether the ledger has the name of a provider: provider.open wrote it, or an event of a program that did not know
// provider.open. Every record that names a provider has the name as a word, but for the one that opened its account.
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

// provider refuses the name of a provider that is not declared.
func (k *booking) provider(field, name string) error {
	if k.book.declared(name) {
		return nil
	}
	if known, err := used(k.books, name); known || err != nil {
		return err
	}
	known := k.knownProviders()
	hint := "there are " + strings.Join(known, ", ")
	if near := nearest(name, known); near != "" {
		hint = "did you mean " + near + "?"
	}
	return refusal(UnknownProvider, field, "no provider %s in this ledger (%s); provider.open declares one of your own", quote(name), hint)
}

// knownProviders lists the providers that are built in, of the options and opened.
func (k *booking) knownProviders() []string {
	known := slices.Clone(builtIn)
	for name := range k.book.schemes {
		if k.book.declared(name) {
			known = append(known, name)
		}
	}
	opened, _ := openings(k.books) // they are for a hint only
	for i := range opened {
		known = append(known, opened[i].Provider)
	}
	slices.Sort(known)
	return slices.Compact(known)
}

// bookProviderOpen declares a provider of the user's own.
func bookProviderOpen(k *booking) error {
	e := k.event
	if k.book.declared(e.Provider) {
		return refusal(DuplicateReference, "provider", "expected a name of your own, found %s, which every ledger knows", quote(e.Provider))
	}
	first, err := opening(k.books, e.Provider)
	if err != nil {
		return err
	}
	if first != nil {
		return refusal(DuplicateReference, "provider", "expected the name of a new provider, found %s, which event %s opened with the scheme %s",
			quote(e.Provider), quote(first.Event.ID), first.Event.Scheme)
	}
	if before, err := used(k.books, e.Provider); err != nil {
		return err
	} else if before {
		return refusal(DuplicateReference, "provider", "expected the name of a new provider, found %s, which this ledger has used before: it is declared, with the scheme generic", quote(e.Provider))
	}
	p := k.book.schemes[e.Scheme]
	if p == nil {
		names := make([]string, 0, len(k.book.schemes))
		for name := range k.book.schemes {
			names = append(names, name)
		}
		slices.Sort(names)
		return refusal(ledger.Invalid, "scheme", "expected one of the schemes %s, found %s", strings.Join(names, ", "), quote(e.Scheme))
	}
	k.key(KeyProvider, e.Provider)
	k.key(KeyProvider, "")
	if code := p.scheme.code(); code != k.book.common[generic].code() {
		k.remark(wire.Remark{Kind: ofScheme, Reason: code})
	}
	return nil
}

// Openings returns the events that opened providers, oldest first.
func (b *Book) Openings() ([]Event, error) { return openings(&b.ledger.Reader) }

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

// opening returns the content of the event that opened a provider, nil if there is none.
func opening(books *ledger.Reader, name string) (*wire.Content, error) {
	rec, err := books.Last(ledger.Key{Space: KeyProvider, Name: name})
	if err != nil || rec == nil {
		return nil, err
	}
	return wire.Read(rec)
}

// following returns the scheme that new payments of a provider follow, and its account: that of its name, or that it was
// opened with. Where the program has that scheme no more, it is as it was when the provider was opened.
func (b *Book) following(books *ledger.Reader, name string) (provider, error) {
	p := b.provider(name)
	if b.declared(name) {
		return p, nil
	}
	opened, err := opening(books, name)
	if err != nil || opened == nil || opened.Event.Scheme == generic {
		return p, err
	}
	var scheme Scheme
	if now := b.schemes[opened.Event.Scheme]; now != nil {
		scheme = *now.scheme
	} else {
		then, err := b.recordedScheme(name, opened)
		if err != nil {
			return p, err
		}
		scheme = *then
	}
	scheme.Provider = name
	p.scheme = &scheme
	if p.code = scheme.code(); p.code == b.common[generic].code() {
		p.code = ""
	}
	return p, nil
}

// recordedScheme is the scheme whose code is in the content of a record, or else generic.
func (b *Book) recordedScheme(name string, came *wire.Content) (*Scheme, error) {
	for _, o := range came.Remarks {
		if o.Kind == ofScheme {
			return parseScheme(name, o.Reason)
		}
	}
	return b.common[generic], nil
}

// nearest returns the one of some names that was probably meant, "" if none is near.
func nearest(name string, of []string) (near string) {
	least := 1 + len(name)/3
	for _, known := range of {
		if d := distance(name, known); d <= least {
			near, least = known, d-1
		}
	}
	return near
}

// distance counts the letters to be put in, left out, changed or swapped with their neighbour to make one name of the other.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range b {
		rows[0][j+1] = j + 1
	}
	for i := range a {
		for j := range b {
			d := min(rows[i][j+1], rows[i+1][j]) + 1
			if a[i] == b[j] {
				d = min(d, rows[i][j])
			} else {
				d = min(d, rows[i][j]+1)
			}
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(a)][len(b)]
}
