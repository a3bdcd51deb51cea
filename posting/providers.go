// Which providers a ledger knows, and how it comes to know one more. A name that is only misspelt would begin a second
// provider with balances of its own, so names are declared first.

package posting

import (
	"slices"
	"strings"

	"github.com/splitledger/splitledger/internal/nearest"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// provider refuses the name of a provider that is not declared.
func (k *booking) provider(field, name string) error {
	if k.book.declared(name) {
		return nil
	}
	// Ledgers of before provider.open have used names without declaring them. Those names stay good.
	if known, err := used(k.books, name); known || err != nil {
		return err
	}
	// A hint allows one wrong letter in three, and one more: longer names are more often misspelt.
	known := k.knownProviders()
	hint := "there are " + strings.Join(known, ", ")
	if near := nearest.Name(name, 1+len(name)/3, slices.Values(known)); near != "" {
		hint = "did you mean " + near + "?"
	}
	return refusal(UnknownProvider, field,
		"no provider %s in this ledger (%s); provider.open declares one of your own", quote(name), hint)
}

// knownProviders lists the providers that are built in, of the options and opened.
func (k *booking) knownProviders() []string {
	known := scheme.BuiltIn()
	for name := range k.book.schemes {
		if k.book.declared(name) {
			known = append(known, name)
		}
	}
	// An error of the journal is not worth hiding the refusal behind.
	opened, _ := openings(k.books) // they are for a hint only
	for i := range opened {
		known = append(known, opened[i].Provider)
	}
	slices.Sort(known)
	return slices.Compact(known)
}

// bookProviderOpen declares a provider of the user's own. The name must be new: payments that followed another scheme
// under it would no longer be understood. The error is [DuplicateReference] for a name that is taken, or
// [ledger.Invalid] for a scheme that the book does not have.
func bookProviderOpen(k *booking) error {
	e := k.event
	if k.book.declared(e.Provider) {
		return refusal(DuplicateReference, "provider",
			"expected a name of your own, found %s, which every ledger knows", quote(e.Provider))
	}
	first, err := opening(k.books, e.Provider)
	if err != nil {
		return err
	}
	if first != nil {
		return refusal(DuplicateReference, "provider",
			"expected the name of a new provider, found %s, which event %s opened with the scheme %s",
			quote(e.Provider), quote(first.Event.ID), first.Event.Scheme)
	}
	if before, err := used(k.books, e.Provider); err != nil {
		return err
	} else if before {
		return refusal(DuplicateReference, "provider",
			"expected the name of a new provider, found %s, which this ledger has used before: it is declared, with "+
				"the scheme generic", quote(e.Provider))
	}
	p := k.book.schemes[e.Scheme]
	if p == nil {
		names := make([]string, 0, len(k.book.schemes))
		for name := range k.book.schemes {
			names = append(names, name)
		}
		slices.Sort(names)
		return refusal(ledger.Invalid, "scheme", "expected one of the schemes %s, found %s", strings.Join(names, ", "),
			quote(e.Scheme))
	}
	k.key(KeyProvider, e.Provider)
	// The empty name is carried by the records of all openings, for the list of known providers.
	k.key(KeyProvider, "")
	// The scheme may be one of the program's options, which the next program that opens the ledger may not have. So the
	// record keeps the rules themselves. Generic is left out, because every program has it.
	if code := p.scheme.Code(); code != k.book.common[scheme.Generic].Code() {
		k.remark(wire.Remark{Kind: ofScheme, Reason: code})
	}
	return nil
}
