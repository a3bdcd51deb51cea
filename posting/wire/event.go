// The event with the fields of all types, and the names of the types. It is wide and flat, so that one table can say of
// each type which fields it has.

package wire

import (
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
)

// An Event is what happened, or what is asked for. Which fields a [Type] takes and which it needs is in
// docs/events.md; all others have to stay zero. A field is given if it is not zero.
type Event struct {
	ID   string    // idempotency key, unique in the ledger: 1 to 64 characters
	Type Type      // which fields the event has, and what it does
	At   time.Time // when it happened; zero means when it is booked

	Account accounts.ID   // account.*: the account; payment.*: the merchant's, which gets what no split takes
	Kind    accounts.Kind // of the account to open
	Holder  string        // whose account it is
	// the caller's own: of the account, the payment that the event makes, or else the event. Of account.update given if
	// it is not nil
	Metadata map[string]string
	// how far below zero the account may be taken, by currency; of account.update given if it is not nil
	Overdraft []money.Amount

	Payment           string        // the caller's name of the payment: 1 to 128 characters
	Provider          string        // one of [BuiltIn], of [Options], or opened by [ProviderOpen]
	Amount            money.Amount  // above 0
	Splits            []Split       // who gets, or gives back, which part
	RefundPolicy      *RefundPolicy // JSON "refund" of payment.authorise and payment.capture
	Reference         string        // the merchant's reference of a payment or transfer
	ProviderReference string        // the provider's reference of a payment
	Capture           string        // names one capture of the payment; default the event's id
	Fees              []Fee         // costs the provider reports
	Batch             string        // the provider's settlement batch
	Refund            string        // names one refund of the payment

	ChargebackPolicy *ChargebackPolicy // JSON "chargeback" of payment.authorise, payment.capture and chargeback.default
	Chargeback       string            // names one chargeback of the payment
	DisputeFee       money.Amount      // JSON "fee" of a chargeback; above 0, any currency

	From, To accounts.ID // of a transfer
	Postings []Leg       // of an entry
	Entry    uint64      // the entry to reverse

	Rule string // names a stored rule: the one to create, or the one that a payment's splits come from
	// of a rule, for people; of a notice, what happened; of a report, which kind it is; JSON "schedule" of a schedule
	Name      string
	Currency  money.Currency // of a rule; "" is any
	Routes    []Route        // of a rule
	Payout    string         // names a payout
	Sell, Buy money.Amount   // of an exchange; above 0, of two currencies
	Reason    string         // why, for people

	Fact   bool   // a provider reports it, so that no funds, limits and states matter
	Notice string // the id of a provider.notice

	// the provider's own reference of what it did: a capture, a refund, a dispute, a transfer, a payout
	Movement string
	// which piece of the movement: a batch, the provider's id of an account's row, the round of a reversal
	Part        string
	Source      *FactSource         // where a fact comes from
	ProviderIDs map[string][]string // JSON "providerIds": what providers call the account, by provider
	Scheme      string              // of provider.open: a built-in scheme, generic, or one of [Options]
	Transfer    string              // the caller's name of a transfer
	Reversal    string              // the caller's name of the reversal of a transfer
	Second      bool                // of a chargeback: what was won is taken again
	Outcome     *Outcome            // that a provider.notice keeps
	Waited      string              // of a payment.settle: the id under which it waited for its time
	Through     string              // of period.close and period.reopen: a day such as 2026-03-31, in UTC
	Description string              // what the event is for, in the caller's words

	Version    string      // of a rule.create: which of the rules of that name; default 1
	Replaces   string      // of a rule.create: the version that no new payment follows any more
	Rest       accounts.ID // of a rule.create: who gets what no route takes; default the scheme's merchant
	When       *Condition  // of a rule.create: which payments follow it; nil is all
	Attributes *Attributes // of a payment, by which a rule is chosen among those of one name

	Due       time.Time      // JSON "until" of reserve.hold, and "due" of a schedule: when something follows by itself
	Hold      string         // of reserve.release: the id of the reserve.hold that it releases
	Scheduled *Event         // JSON "event" of a schedule: what is booked then
	Percent   *money.Percent // of reserve.rule: which share is reserved; 0 ends it
	Days      uint64         // of reserve.rule: how long
}

// Event returns e. Package posting has a struct for each type of event, which all have this method.
func (e Event) Event() Event { return e }

// A Type is a kind of event. It is spelt as in JSON, and as it is stored.
type Type string

// The types of events that a payment may see after it is captured.
const (
	PaymentSplit              Type = "payment.split"
	PaymentCancel             Type = "payment.cancel"
	PaymentSettleFailed       Type = "payment.settle_failed"
	PaymentRefundFailed       Type = "payment.refund_failed"
	PaymentChargeback         Type = "payment.chargeback"
	PaymentChargebackReversed Type = "payment.chargeback_reversed"
	PaymentConfirm            Type = "payment.confirm"
	PaymentReference          Type = "payment.reference"
	PaymentRelease            Type = "payment.release"
	PaymentAdjust             Type = "payment.adjust"
	PaymentResplit            Type = "payment.resplit"
	PaymentReassign           Type = "payment.reassign"
	PaymentSplitFailed        Type = "payment.split_failed"
	PaymentCaptureReversed    Type = "payment.capture_reversed"
)

// The types of events.
const (
	AccountOpen       Type = "account.open"
	AccountFreeze     Type = "account.freeze"
	AccountUnfreeze   Type = "account.unfreeze"
	AccountClose      Type = "account.close"
	AccountUpdate     Type = "account.update"
	AccountReopen     Type = "account.reopen"
	ProviderOpen      Type = "provider.open"
	PaymentAuthorise  Type = "payment.authorise"
	PaymentCapture    Type = "payment.capture"
	PaymentFee        Type = "payment.fee"
	PaymentSettle     Type = "payment.settle"
	PaymentRefund     Type = "payment.refund"
	Transfer          Type = "transfer"
	TransferReverse   Type = "transfer.reverse"
	JournalEntry      Type = "entry"
	EntryReverse      Type = "entry.reverse"
	RuleCreate        Type = "rule.create"
	ChargebackDefault Type = "chargeback.default"
	ReserveHold       Type = "reserve.hold"
	ReserveRelease    Type = "reserve.release"
	PayoutRequest     Type = "payout"
	PayoutPaid        Type = "payout.paid"
	PayoutFailed      Type = "payout.failed"
	PayoutReturned    Type = "payout.returned"
	ProviderPayout    Type = "provider.payout"
	Exchange          Type = "exchange"
	PeriodClose       Type = "period.close"
	PeriodReopen      Type = "period.reopen"
	MetadataIndex     Type = "metadata.index"
	ReserveRule       Type = "reserve.rule"
	Schedule          Type = "schedule"
	ScheduleCancel    Type = "schedule.cancel"
)

// The types of events that note what providers say. They move no money.
const (
	ProviderNotice       Type = "provider.notice"
	ProviderNoticeClosed Type = "provider.notice_closed"
	ProviderReport       Type = "provider.report"
)
