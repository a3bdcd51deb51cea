// What programs of the first file format know, so that a newer event keeps them from opening the ledger.

package wire

import "reflect"

// The ledger's file has format 1 as long as all its records can be read by programs that know no more than that; see
// [ledger.Encoder.Needs]. What they know of events is written down here. It never changes: fields that are added to a
// table later, and new types, are what they do not know.

// Format of the file that events need which programs of format 1 do not know.
const format2 = 2

// Format of the file that [Anew] needs: programs of before would take two payments of one name for one, and never say.
const format4 = 4

// fieldsOfFormat1 says how many fields the tables of objects had in format 1. An object that is not here is newer.
var fieldsOfFormat1 = map[reflect.Type]int{
	reflect.TypeFor[Split](): 6, reflect.TypeFor[Fee](): 2, reflect.TypeFor[RefundPolicy](): 2,
	reflect.TypeFor[ChargebackPolicy](): 3,
	reflect.TypeFor[Route]():            4, reflect.TypeFor[Leg](): 6,
}

// eventsOfFormat1 says how many fields each type of event had in format 1, besides those of every event. A type that is
// not here is newer.
var eventsOfFormat1 = map[Type]int{
	AccountOpen: 5, AccountFreeze: 1, AccountUnfreeze: 1, AccountClose: 1,
	PaymentAuthorise: 11, PaymentCapture: 13, PaymentSplit: 2, PaymentCancel: 2, PaymentFee: 2, PaymentSettle: 3,
	PaymentSettleFailed: 3,
	PaymentRefund:       5, PaymentRefundFailed: 2, PaymentChargeback: 4, PaymentChargebackReversed: 3,
	PaymentConfirm:   5,
	PaymentReference: 2,
	Transfer:         4, JournalEntry: 1, EntryReverse: 1, RuleCreate: 4, ChargebackDefault: 1, ReserveHold: 3,
	ReserveRelease: 3,
	PayoutRequest:  4, PayoutPaid: 1, PayoutFailed: 2, ProviderPayout: 3, Exchange: 3,
	ProviderNotice: 8, ProviderNoticeClosed: 3, ProviderReport: 5,
}

// commonFieldsOfFormat1 is how many of the stored fields every event had.
const commonFieldsOfFormat1 = 1
