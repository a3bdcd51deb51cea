package providers

import "github.com/splitledger/splitledger/ledger"

// Unauthenticated is the code of notifications that do not prove that they come from the provider.
const Unauthenticated ledger.Code = "unauthenticated"

// ErrUnauthenticated refuses a notification. Its text is the same whatever is wrong, so that a stranger learns
// nothing from it.
var ErrUnauthenticated = &ledger.Error{Code: Unauthenticated,
	Message: "expected a notification that proves to come from its provider"}
