// The codes of refusals. They are part of the API: callers branch on them, so they never change.

package wire

import (
	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
)

// What an event is refused with, besides the ledger's own [ledger.Invalid], [ledger.Unbalanced] and
// [ledger.UnknownAccount]. A refused event leaves no trace: its id may be sent again.
const (
	// a closed account neither receives nor pays
	AccountClosed ledger.Code = "account_closed"
	AccountFrozen ledger.Code = "account_frozen" // a frozen account pays nothing out
	PeriodClosed  ledger.Code = "period_closed"  // the books are closed through a later day than the event's
	// less is available than should be moved
	InsufficientFunds   ledger.Code = "insufficient_funds"
	IdempotencyConflict ledger.Code = "idempotency_conflict" // the id was used for another content
	DuplicateReference  ledger.Code = "duplicate_reference"  // a name that must be new is taken
	UnknownPayment      ledger.Code = "unknown_payment"      // no event named this payment before
	// no built-in provider, and none that was declared
	UnknownProvider ledger.Code = "unknown_provider"
	// not in the state the payment, account or entry is in
	InvalidState ledger.Code = "invalid_state"
	// more than was captured and not yet refunded
	AmountExceedsRefundable ledger.Code = "amount_exceeds_refundable"
	AmountExceedsCaptured   ledger.Code = "amount_exceeds_captured" // more than was ever captured
	// later splits of more than is captured and not split yet
	SettlementAmountExceedsLimit ledger.Code = "settlement_amount_exceeds_limit"
	SplitSumMismatch             ledger.Code = "split_sum_mismatch" // the splits must sum to the amount
	// the splits must not sum to more than the amount
	SplitExceedsAmount ledger.Code = "split_exceeds_amount"
	// a refund names a part the payment does not have
	UnknownSplitReference ledger.Code = "unknown_split_reference"
	CurrencyMismatch      ledger.Code = "currency_mismatch" // another currency than the payment's
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
func index(i int) string                              { return jsonl.Index(i) }
