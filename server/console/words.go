package console

import (
	"strings"
	"unicode"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
)

// eventWords are what events are for people.
var eventWords = map[posting.Type]string{
	wire.PaymentAuthorise: "Authorised", wire.PaymentCapture: "Captured", wire.PaymentFee: "Fees charged", wire.PaymentSettle: "Settled",
	wire.PaymentRefund: "Refunded", wire.PaymentSplit: "Split", wire.PaymentCancel: "Cancelled",
	wire.PaymentSettleFailed: "Settlement failed", wire.PaymentRefundFailed: "Refund failed", wire.PaymentChargeback: "Charged back",
	wire.PaymentChargebackReversed: "Chargeback reversed", wire.PaymentConfirm: "Confirmed by a report",
	wire.PaymentReference: "Reference told", wire.PaymentRelease: "Authorisation given up", wire.PaymentAdjust: "Authorisation changed",
	wire.PaymentResplit: "Split anew", wire.PaymentReassign: "Part given to another account", wire.PaymentSplitFailed: "Split failed",
	wire.PaymentCaptureReversed: "Capture taken back",
	wire.AccountOpen:            "Account opened", wire.AccountFreeze: "Account frozen", wire.AccountUnfreeze: "Account unfrozen",
	wire.AccountClose: "Account closed", wire.AccountUpdate: "Account changed", wire.AccountReopen: "Account opened again",
	wire.ProviderOpen: "Provider declared", wire.Transfer: "Transfer", wire.TransferReverse: "Transfer reversed",
	wire.JournalEntry: "Journal entry", wire.EntryReverse: "Entry reversed", wire.RuleCreate: "Rule made",
	wire.ChargebackDefault: "Default for disputes set", wire.ReserveHold: "Reserve held", wire.ReserveRelease: "Reserve released",
	wire.ReserveRule: "Reserve rule set", wire.PayoutRequest: "Payout asked for", wire.PayoutPaid: "Payout paid",
	wire.PayoutFailed: "Payout failed", wire.PayoutReturned: "Payout returned", wire.ProviderPayout: "Paid out by the provider",
	wire.Exchange: "Converted", wire.PeriodClose: "Books closed", wire.PeriodReopen: "Books opened again",
	wire.MetadataIndex: "Metadata made searchable", wire.Schedule: "Schedule made", wire.ScheduleCancel: "Schedule cancelled",
	wire.ProviderNotice: "Reported by the provider", wire.ProviderNoticeClosed: "Notice closed", wire.ProviderReport: "Report posted",
}

// eventWord is what an event is for people. A type of a program of the caller's own has no word, and is shown as it is.
func eventWord(t posting.Type) string {
	if w := eventWords[t]; w != "" {
		return w
	}
	return human(string(t))
}

// human makes words of a name: "SchemeFee" is "Scheme fee", "partially_settled" is "Partially settled".
func human(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case r == '_' || r == '.':
			b.WriteRune(' ')
		case i > 0 && unicode.IsUpper(r) && unicode.IsLower(runes[i-1]):
			b.WriteRune(' ')
			b.WriteRune(unicode.ToLower(r))
		case i == 0:
			b.WriteRune(unicode.ToUpper(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
