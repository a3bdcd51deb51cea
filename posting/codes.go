package posting

import (
	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
)

// What an event is refused with, besides the ledger's own [ledger.Invalid], [ledger.Unbalanced] and
// [ledger.UnknownAccount]. A refused event leaves no trace: its id may be sent again.
const (
	AccountClosed                ledger.Code = "account_closed"                  // a closed account neither receives nor pays
	AccountFrozen                ledger.Code = "account_frozen"                  // a frozen account pays nothing out
	InsufficientFunds            ledger.Code = "insufficient_funds"              // less is available than should be moved
	IdempotencyConflict          ledger.Code = "idempotency_conflict"            // the id was used for another content
	DuplicateReference           ledger.Code = "duplicate_reference"             // a name that must be new is taken
	UnknownPayment               ledger.Code = "unknown_payment"                 // no event named this payment before
	UnknownProvider              ledger.Code = "unknown_provider"                // no built-in provider, and none that was declared
	InvalidState                 ledger.Code = "invalid_state"                   // not in the state the payment, account or entry is in
	AmountExceedsRefundable      ledger.Code = "amount_exceeds_refundable"       // more than was captured and not yet refunded
	AmountExceedsCaptured        ledger.Code = "amount_exceeds_captured"         // more than was ever captured
	SettlementAmountExceedsLimit ledger.Code = "settlement_amount_exceeds_limit" // later splits of more than is captured and not split yet
	SplitSumMismatch             ledger.Code = "split_sum_mismatch"              // the splits must sum to the amount
	SplitExceedsAmount           ledger.Code = "split_exceeds_amount"            // the splits must not sum to more than the amount
	UnknownSplitReference        ledger.Code = "unknown_split_reference"         // a refund names a part the payment does not have
	CurrencyMismatch             ledger.Code = "currency_mismatch"               // another currency than the payment's
)

// refusal makes an error about one field.
func refusal(code ledger.Code, field, format string, args ...any) *ledger.Error {
	e := ledger.Errorf(code, format, args...)
	e.Field = field
	return e
}

func expected(what, found string) *ledger.Error       { return jsonl.Expected(what, found) }
func in(path string, err *ledger.Error) *ledger.Error { return jsonl.In(path, err) }
func join(outer, inner string) string                 { return jsonl.Join(outer, inner) }
func quote(s string) string                           { return jsonl.Quote(s) }
