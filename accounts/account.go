// Package accounts says what an account of a ledger is: its [ID], its [Kind], its [Status], and the
// limits of what is kept with it. It stores nothing.
//
// Every ledger has the accounts [Platform] and [Liable]. The accounts of payment providers ([Provider]),
// [Bank] and the counter-accounts of conversions ([FX]) appear when they are first used. All others,
// the balance accounts of sellers, couriers and whoever else is paid through the platform, are opened
// under an ID of the operator's choosing.
package accounts

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/splitledger/splitledger/money"
)

// Limits of what is kept with an account, in bytes of UTF-8 except where they say keys.
const (
	MaxHolder        = 256
	MaxMetadataKeys  = 50 // keys
	MaxMetadataKey   = 64
	MaxMetadataValue = 512
)

// An Account is what a ledger knows of an account, apart from its balances.
type Account struct {
	ID       ID
	Kind     Kind
	Status   Status
	Holder   string            // whose it is, in the operator's words; may be empty
	Metadata map[string]string // the operator's own; may be nil

	// Overdraft is how far below zero, per currency, transfers, payouts and reserves may take what is
	// available. Nothing below zero in a currency that is not here. Amounts are positive or zero.
	Overdraft []money.Amount
}

// An Error says which part of an account is not as it has to be.
type Error struct {
	// "account", "kind", "status", "holder", "metadata", "overdraft", perhaps with what is in it: "overdraft[1]"
	Field    string
	Expected string
	Found    string
}

// Error returns a message such as
//
//	metadata: expected at most 50 keys, found 51
func (e *Error) Error() string {
	return e.Field + ": expected " + e.Expected + ", found " + e.Found
}

// Validate reports the first thing that is wrong with a, as an [*Error]. It knows nothing of other
// accounts, nor which currencies the ledger has.
func (a Account) Validate() error {
	if err := check("account", string(a.ID)); err != nil {
		return err
	}
	if err := a.validateKind(); err != nil {
		return err
	}
	if !a.Status.Valid() {
		return &Error{"status", oneOf(statuses[:]), strconv.Itoa(int(a.Status))}
	}
	return a.ValidateDetails()
}

// ValidateDetails is Validate of the holder, metadata and overdraft alone.
func (a Account) ValidateDetails() error {
	if err := text("holder", "a name", a.Holder, MaxHolder); err != nil {
		return err
	}
	if err := a.validateMetadata(); err != nil {
		return err
	}
	return a.validateOverdraft()
}

// validateKind holds reserved ids to their kinds, and the kinds that the ledger finds by name to
// reserved ids.
func (a Account) validateKind() error {
	if !a.Kind.Valid() {
		return &Error{"kind", oneOf(kinds[1:]), strconv.Itoa(int(a.Kind))}
	}
	if k, reserved := a.ID.reservedKind(); reserved {
		if k != a.Kind {
			return &Error{"kind", fmt.Sprintf("%v for the reserved account %s", k, a.ID), a.Kind.String()}
		}
		if a.ID == providerPrefix || a.ID == fxPrefix {
			return &Error{"account", "a name after " + string(a.ID), "none"}
		}
		return nil
	}
	switch a.Kind {
	case KindLiable:
		return &Error{"account", "liable, the only account of its kind", string(a.ID)}
	case KindProvider:
		return &Error{"account", "provider:<name> for an account of kind provider", string(a.ID)}
	case KindFX:
		return &Error{"account", "fx or fx:<name> for an account of kind fx", string(a.ID)}
	}
	return nil
}

func (a Account) validateMetadata() error {
	if n := len(a.Metadata); n > MaxMetadataKeys {
		return &Error{"metadata", fmt.Sprintf("at most %d keys", MaxMetadataKeys), strconv.Itoa(n)}
	}
	for _, key := range slices.Sorted(maps.Keys(a.Metadata)) {
		if key == "" {
			return &Error{"metadata", "keys that are not empty", "an empty one"}
		}
		if err := text("metadata", "keys", key, MaxMetadataKey); err != nil {
			return err
		}
		if err := text("metadata."+key, "a value", a.Metadata[key], MaxMetadataValue); err != nil {
			return err
		}
	}
	return nil
}

func (a Account) validateOverdraft() error {
	if _, limited := a.Floor(""); !limited && len(a.Overdraft) > 0 {
		return &Error{"overdraft", fmt.Sprintf("none for %s, which has no floor", a.ID),
			plural(len(a.Overdraft), "amount")}
	}
	seen := make(map[money.Currency]bool, len(a.Overdraft))
	for i, o := range a.Overdraft {
		field := fmt.Sprintf("overdraft[%d]", i)
		c := o.Currency()
		if _, err := money.ParseCurrency(string(c)); err != nil {
			return &Error{field, "the code of a currency", strconv.Quote(string(c))}
		}
		if o.Sign() < 0 {
			return &Error{field, "an amount of zero or more", o.String()}
		}
		if seen[c] {
			return &Error{field, "each currency once", string(c) + " again"}
		}
		seen[c] = true
	}
	return nil
}

// Floor returns how low transfers, payouts and reserves may take the available balance in c: zero, or
// minus the overdraft. It is not limited for liable, which answers for everybody, nor for fx, where one
// side of a conversion is always below zero; the floor means nothing then.
func (a Account) Floor(c money.Currency) (floor money.Amount, limited bool) {
	if a.Kind == KindLiable || a.Kind == KindFX {
		return money.New(0, c), false
	}
	for _, o := range a.Overdraft {
		if o.Currency() == c {
			return o.Neg(), true
		}
	}
	return money.New(0, c), true
}

// text returns an *Error about field where s, which is what, is not UTF-8 of at most max bytes.
func text(field, what, s string, max int) error {
	if len(s) > max {
		return &Error{field, fmt.Sprintf("%s of at most %d bytes", what, max), strconv.Itoa(len(s))}
	}
	if !utf8.ValidString(s) {
		return &Error{field, what + " in valid UTF-8", strconv.Quote(s)}
	}
	return nil
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
