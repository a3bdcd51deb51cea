package providers

import (
	"errors"

	"github.com/splitledger/splitledger/ledger"
)

// Unauthenticated is the code of notifications that do not prove that they come from the provider.
const Unauthenticated ledger.Code = "unauthenticated"

// ErrMode is in the errors of what is of the other mode than was asked for: see [OfMode].
var ErrMode = errors.New("mode")

// ErrUnauthenticated refuses a notification. Its text is the same whatever is wrong, so that a stranger learns
// nothing from it.
var ErrUnauthenticated = &ledger.Error{Code: Unauthenticated,
	Message: "expected a notification that proves to come from its provider"}
