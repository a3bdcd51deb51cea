// The error of look-ups that find nothing, and the refusals of events that name what is not there.

package posting

import (
	"errors"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

// ErrNotFound is what every look-up of a [Book] or [Finder] fails with that finds nothing: errors.Is(err, ErrNotFound).
// The error also is a [*ledger.Error] that says what is missing, of code [UnknownPayment], [ledger.UnknownAccount] or
// else [ledger.Invalid].
var ErrNotFound = errors.New("not found")

// A missing is a thing that look-ups may not find.
type missing struct {
	code    ledger.Code
	field   string
	message string // with the name that was looked for as %s
}

var (
	noPayment = &missing{UnknownPayment, "payment", "expected the name of a payment in the books, found %s"}
	// of a capture, which may begin a payment
	noAuthorisation = &missing{UnknownPayment, "payment", "expected the name of a payment in the books (or provider " +
		"and amount, to capture without an authorisation), found %s"}
	noEvent    = &missing{ledger.Invalid, "id", "no event %s in this ledger"}
	noPayout   = &missing{ledger.Invalid, "payout", "no payout %s in this ledger"}
	noTransfer = &missing{ledger.Invalid, "transfer", "no transfer %s in this ledger"}
	noRule     = &missing{ledger.Invalid, "rule", "expected the name of a stored rule, found %s"}
	noRefund   = &missing{UnknownPayment, "refund", "no refund %s in this ledger"}
	noAccount  = &missing{ledger.UnknownAccount, "account", "no account %s in this ledger"}
)

// refusal says that an event names what is not there.
func (m *missing) refusal(name string) *ledger.Error {
	e := refusal(m.code, m.field, m.message, quote(name))
	e.Unknown = name
	return e
}

// neverOpened refuses the account of a field that does not exist.
func neverOpened(field string, id accounts.ID) *ledger.Error {
	e := refusal(ledger.UnknownAccount, field, "expected an account that was opened, found %s", id)
	e.Unknown = string(id)
	return e
}

// A notFound is the error of a look-up. It has words only where somebody reads them, because to look for what
// may not be there is common.
type notFound struct {
	what *missing
	name string
}

// Error says what was looked for. As [ledger.Error] it has the code and the field that an event would be refused
// with.
func (e *notFound) Error() string        { return e.what.refusal(e.name).Error() }
func (e *notFound) Unwrap() error        { return e.what.refusal(e.name) }
func (e *notFound) Is(target error) bool { return target == ErrNotFound }

// found is the answer of a look-up: v, or the error where it is zero.
func found[T comparable](v T, err error, what *missing, name string) (T, error) {
	var zero T
	if err == nil && v == zero {
		err = &notFound{what, name}
	}
	return v, err
}
