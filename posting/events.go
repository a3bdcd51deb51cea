// The names of package wire that callers of this package need, so that most programs import this package alone. They
// are documented there.

package posting

import "github.com/splitledger/splitledger/posting/wire"

// Events are of package wire, which knows their form and nothing of the rules here.
type (
	Attributes       = wire.Attributes
	Behavior         = wire.Behavior
	ChargebackPolicy = wire.ChargebackPolicy
	Event            = wire.Event
	FactSource       = wire.FactSource
	Fee              = wire.Fee
	FeeType          = wire.FeeType
	Leg              = wire.Leg
	MovementKind     = wire.MovementKind
	RefundPolicy     = wire.RefundPolicy
	Route            = wire.Route
	Split            = wire.Split
	SplitType        = wire.SplitType
	Type             = wire.Type
)

// PaymentAccount stands in a rule for the account of the payment that follows it.
const PaymentAccount = wire.PaymentAccount

// What an event is refused with, besides the ledger's own [ledger.Invalid], [ledger.Unbalanced] and
// [ledger.UnknownAccount]. A refused event leaves no trace: its id may be sent again.
const (
	AccountClosed                = wire.AccountClosed
	AccountFrozen                = wire.AccountFrozen
	PeriodClosed                 = wire.PeriodClosed
	InsufficientFunds            = wire.InsufficientFunds
	IdempotencyConflict          = wire.IdempotencyConflict
	DuplicateReference           = wire.DuplicateReference
	UnknownPayment               = wire.UnknownPayment
	UnknownProvider              = wire.UnknownProvider
	InvalidState                 = wire.InvalidState
	AmountExceedsRefundable      = wire.AmountExceedsRefundable
	AmountExceedsCaptured        = wire.AmountExceedsCaptured
	SettlementAmountExceedsLimit = wire.SettlementAmountExceedsLimit
	SplitSumMismatch             = wire.SplitSumMismatch
	SplitExceedsAmount           = wire.SplitExceedsAmount
	UnknownSplitReference        = wire.UnknownSplitReference
	CurrencyMismatch             = wire.CurrencyMismatch
)

// MaxLine is how many bytes an event may have as JSON.
const MaxLine = wire.MaxLine

// The types of events that a payment may see after it is captured.
const (
	PaymentSplit              = wire.PaymentSplit
	PaymentCancel             = wire.PaymentCancel
	PaymentSettleFailed       = wire.PaymentSettleFailed
	PaymentRefundFailed       = wire.PaymentRefundFailed
	PaymentChargeback         = wire.PaymentChargeback
	PaymentChargebackReversed = wire.PaymentChargebackReversed
	PaymentConfirm            = wire.PaymentConfirm
	PaymentReference          = wire.PaymentReference
	PaymentRelease            = wire.PaymentRelease
	PaymentAdjust             = wire.PaymentAdjust
	PaymentResplit            = wire.PaymentResplit
	PaymentReassign           = wire.PaymentReassign
	PaymentSplitFailed        = wire.PaymentSplitFailed
	PaymentCaptureReversed    = wire.PaymentCaptureReversed
)

// The types of events.
const (
	AccountOpen       = wire.AccountOpen
	AccountFreeze     = wire.AccountFreeze
	AccountUnfreeze   = wire.AccountUnfreeze
	AccountClose      = wire.AccountClose
	AccountUpdate     = wire.AccountUpdate
	AccountReopen     = wire.AccountReopen
	ProviderOpen      = wire.ProviderOpen
	PaymentAuthorise  = wire.PaymentAuthorise
	PaymentCapture    = wire.PaymentCapture
	PaymentFee        = wire.PaymentFee
	PaymentSettle     = wire.PaymentSettle
	PaymentRefund     = wire.PaymentRefund
	Transfer          = wire.Transfer
	TransferReverse   = wire.TransferReverse
	JournalEntry      = wire.JournalEntry
	EntryReverse      = wire.EntryReverse
	RuleCreate        = wire.RuleCreate
	ChargebackDefault = wire.ChargebackDefault
	ReserveHold       = wire.ReserveHold
	ReserveRelease    = wire.ReserveRelease
	PayoutRequest     = wire.PayoutRequest
	PayoutPaid        = wire.PayoutPaid
	PayoutFailed      = wire.PayoutFailed
	PayoutReturned    = wire.PayoutReturned
	ProviderPayout    = wire.ProviderPayout
	Exchange          = wire.Exchange
	PeriodClose       = wire.PeriodClose
	PeriodReopen      = wire.PeriodReopen
	MetadataIndex     = wire.MetadataIndex
	ReserveRule       = wire.ReserveRule
	Schedule          = wire.Schedule
	ScheduleCancel    = wire.ScheduleCancel
)

// The types of events that note what providers say. They move no money.
const (
	ProviderNotice       = wire.ProviderNotice
	ProviderNoticeClosed = wire.ProviderNoticeClosed
	ProviderReport       = wire.ProviderReport
)

// Parts of the amount.
const (
	BalanceAccount = wire.BalanceAccount
	Commission     = wire.Commission
	VAT            = wire.VAT
	Tip            = wire.Tip
	Surcharge      = wire.Surcharge
	TopUp          = wire.TopUp
	Default        = wire.Default
	Remainder      = wire.Remainder
)

// Fee splits carry no amount: they name the account that bears a later fee. The most specific wins.
const (
	PaymentFeeSplit    = wire.PaymentFeeSplit
	AcquiringFeesSplit = wire.AcquiringFeesSplit
	AdyenFeesSplit     = wire.AdyenFeesSplit
	InterchangeSplit   = wire.InterchangeSplit
	SchemeFeeSplit     = wire.SchemeFeeSplit
	AdyenCommission    = wire.AdyenCommission
	AdyenMarkup        = wire.AdyenMarkup
)

// The types of fees.
const (
	FeeInterchange = wire.FeeInterchange
	FeeScheme      = wire.FeeScheme
	FeeMarkup      = wire.FeeMarkup
	FeeCommission  = wire.FeeCommission
	FeeGeneral     = wire.FeeGeneral
	FeeVAT         = wire.FeeVAT
	FeeDispute     = wire.FeeDispute
)

// The behaviors.
const (
	DeductFromLiableAccount     = wire.DeductFromLiableAccount
	DeductFromOneBalanceAccount = wire.DeductFromOneBalanceAccount
	DeductAccordingToSplitRatio = wire.DeductAccordingToSplitRatio
)

// The kinds of movements.
const (
	MovementCapture            = wire.MovementCapture
	MovementSettlement         = wire.MovementSettlement
	MovementRefund             = wire.MovementRefund
	MovementRefundFailed       = wire.MovementRefundFailed
	MovementChargeback         = wire.MovementChargeback
	MovementSecondChargeback   = wire.MovementSecondChargeback
	MovementChargebackReversed = wire.MovementChargebackReversed
	MovementCaptureReversed    = wire.MovementCaptureReversed
	MovementFee                = wire.MovementFee
	MovementTransfer           = wire.MovementTransfer
	MovementPayout             = wire.MovementPayout
	MovementPayoutReturned     = wire.MovementPayoutReturned
)

// Limits of an event.
const (
	MaxID          = wire.MaxID
	MaxName        = wire.MaxName
	MaxDescription = wire.MaxDescription
)

// Decode is [wire.Decode].
func Decode(line []byte) (Event, error) { return wire.Decode(line) }
