package query

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/splitledger/splitledger/internal/nearest"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/scheme"
)

// Books are what questions are asked of. A value is cheap, holds nothing of its own, and may be
// used by several goroutines.
type Books struct {
	Ledger *ledger.Ledger
	// Rules know payments, rules and providers; questions about accounts and balances do without
	// them
	Rules *posting.Book
	// Name is the ledger's among others, for programs that have several: records say which they are of. It may be "".
	Name string

	until uint64 // see Until; 0 is now
}

// Until returns the books as they were when a record was the newest: lists of them, and payments, are as they would have
// been listed then. 0 stands for now. [ledger.Ledger.RecordedBy] says which record was the newest at a time.
//
// What it cannot be asked is in the doc comments of the lists: those that say nothing of it are as of now.
func (b *Books) Until(record uint64) *Books { return &Books{b.Ledger, b.Rules, b.Name, record} }

// AsRecorded returns the books as they were known at a time: as [Books.Until] the record that was the newest then. It
// fails with [ledger.Invalid] where nothing had been recorded yet.
func (b *Books) AsRecorded(at time.Time) (*Books, error) {
	n, err := b.Ledger.RecordedBy(at)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, &ledger.Error{Code: ledger.Invalid, Field: "recorded", Message: fmt.Sprintf(
			"expected a time at which the ledger had records, found %s", at.UTC().Format(time.RFC3339Nano))}
	}
	if b.until > 0 {
		n = min(n, b.until)
	}
	return b.Until(n), nil
}

// head is the record that the books are as of.
func (b *Books) head() uint64 {
	last := b.Ledger.Stats().Records
	if b.until > 0 {
		return min(b.until, last)
	}
	return last
}

// reader looks up keys as of the books.
func (b *Books) reader() *ledger.Reader { return b.Ledger.Until(b.until) }

// asOf is a moment as of the books.
func (b *Books) asOf(when ledger.AsOf) ledger.AsOf {
	when.Until = b.until
	return when
}

// finder finds payments as of the books.
func (b *Books) finder() *posting.Finder { return b.Rules.Finder().Until(b.until) }

// Of returns the books of a ledger, by the rules of the providers that are built in and those that
// the ledger declares. Whoever has schemes of his own makes Books of his own book. It fails where
// the declarations cannot be read.
func Of(l *ledger.Ledger) (*Books, error) {
	book, err := posting.New(l, posting.Options{})
	return &Books{Ledger: l, Rules: book}, err
}

// Providers names all providers that payments may be of, by name: those that are built in, and
// those that the ledger declares.
func (b *Books) Providers() ([]string, error) {
	var names []string
	for _, s := range scheme.All() {
		names = append(names, s.Provider)
	}
	openings, err := b.Rules.Openings()
	if err != nil {
		return nil, err
	}
	for i := range openings {
		names = append(names, openings[i].Provider)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// didYouMean is what the error for a name that does not exist ends with: a suggestion, if one of
// the known names is the same but for so many wrong letters at most. Names are often copied with a
// letter lost, and the nearest one saves a look-up.
func didYouMean(name string, most int, known iter.Seq[string]) string {
	return suggest(nearest.Name(name, most, known))
}

// suggest makes the end of an error of the name that was meant, and nothing of "".
func suggest(meant string) string {
	if meant == "" {
		return ""
	}
	return "; did you mean " + plain(meant) + "?"
}
