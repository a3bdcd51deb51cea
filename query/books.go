package query

import (
	"iter"
	"slices"

	"github.com/splitledger/splitledger/internal/nearest"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/scheme"
)

// Books are what questions are asked of.
type Books struct {
	Ledger *ledger.Ledger
	Rules  *posting.Book
}

// Of returns the books of a ledger, by the rules of the providers that are built in and those that the ledger declares.
// Whoever has schemes of his own makes Books of his own book.
func Of(l *ledger.Ledger) (*Books, error) {
	book, err := posting.New(l, posting.Options{})
	return &Books{l, book}, err
}

// Providers names all providers that payments may be of: those that are built in, and those that the ledger declares.
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

// didYouMean is what the error for a name that does not exist ends with: a suggestion, if one of the known names is
// the same but for so many wrong letters at most.
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
