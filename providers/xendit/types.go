package xendit

import (
	"cmp"
	"strings"

	"github.com/splitledger/splitledger/providers"
)

// A transactionType says what the transactions of one type come to.
type transactionType struct {
	in, out providers.Kind // of money that came in or went out; empty where the type has no such
	undone  providers.Kind // where it was undone after it had gone through
	failed  providers.Kind // where it never went through; default undone
	noun    noun           // what its ids name
	bare    providers.Kind // in place of in and out where the reference is empty; default the same
	held    bool           // it moves money between what may be paid out and what may not
}

// A noun is what the Product ID and the Reference of a transaction are of.
type noun uint8

const (
	ofItself noun = iota // the transaction's own
	ofPayment
	ofRefund
	ofRoute    // the Reference is a route's of a split rule
	ofTransfer // the Reference is a route's, or a transfer's
	ofPayout
)

var (
	payment = transactionType{in: providers.Settled, undone: providers.CaptureReversed,
		failed: providers.SettlementFailed, noun: ofPayment}
	transfer = transactionType{in: providers.Split, out: providers.Split,
		undone: providers.SplitFailed, noun: ofTransfer, bare: providers.Transfer}
	payout = transactionType{out: providers.Payout, undone: providers.PayoutFailed, noun: ofPayout}

	// other is of types that say nothing of what the transaction is.
	other    = transactionType{in: providers.Other, out: providers.Other, undone: providers.Other}
	otherIn  = transactionType{in: providers.Other, undone: providers.Other}
	otherOut = transactionType{out: providers.Other, undone: providers.Other}

	// unknown is of types that are not documented.
	unknown = transactionType{in: providers.Unknown, out: providers.Unknown, undone: providers.Unknown}
)

// transactionTypes are those of both reports and of older versions (xendit-go 76d00acf knows PLATFORM_FEE and
// TRANSFER in the transactions report). Whether the money of a type comes in or goes out is documented or in
// its name, but for those that have both: the balance report says it of each line.
var transactionTypes = map[string]transactionType{
	"PAYMENT":                       payment,
	"IN_PERSON_PAYMENT":             payment,
	"REMITTANCE_COLLECTION_PAYMENT": payment,
	"REFUND":                        {out: providers.Refunded, undone: providers.RefundFailed, noun: ofRefund},
	"CHARGEBACK":                    {out: providers.Chargeback, undone: providers.ChargebackReversed, noun: ofPayment},

	"PLATFORM_FEE": {in: providers.Split, out: providers.Split,
		undone: providers.SplitFailed, noun: ofRoute, bare: providers.Other},
	"TRANSFER":     transfer,
	"TRANSFER_IN":  {in: providers.Split, undone: providers.SplitFailed, noun: ofTransfer, bare: providers.Transfer},
	"TRANSFER_OUT": {out: providers.Split, undone: providers.SplitFailed, noun: ofTransfer, bare: providers.Transfer},

	"WITHDRAWAL":         payout,
	"DISBURSEMENT":       payout,
	"BATCH_DISBURSEMENT": payout,
	"REMITTANCE_PAYOUT":  payout,

	"RESERVES_HOLD":                  {out: providers.Other, undone: providers.Other, held: true},
	"RESERVES_RELEASE":               {in: providers.Other, undone: providers.Other, held: true},
	"ADJUSTMENT_ADD":                 otherIn,
	"ADJUSTMENT_DEDUCT":              otherOut,
	"BNPL_PARTNER_SETTLEMENT_CREDIT": otherIn,
	"BNPL_PARTNER_SETTLEMENT_DEBIT":  otherOut,
	"FOREX_DEPOSIT":                  otherIn,
	"FOREX_DEDUCTION":                otherOut,
	"TOPUP":                          otherIn,
	"LOAN_REPAYMENT":                 otherOut,
	"CASHBACK":                       other,
	"CASHBACK_FEE":                   other,
	"CASHBACK_VAT":                   other,
	"CONVERSION":                     other,
	"REMITTANCE":                     other,
	"OTHER":                          other,
}

// name fills in what a transaction is of, and its id. It is not documented whether both accounts of a transfer
// see one id: in the report of the account that it reaches it has /IN behind it.
func (k *transactionType) name(o *providers.Outcome, id, product, reference string, out bool) {
	o.ID = id
	routed := k.noun == ofRoute || k.noun == ofTransfer
	if id != "" && routed && !out {
		o.ID += "/IN"
	}
	o.Group = o.ID
	if k.noun == ofPayment {
		o.Reference, o.ProviderReference = reference, product
		return
	}
	if isPayment(product) {
		o.ProviderReference, product = product, ""
	}
	switch k.noun {
	case ofRoute:
		o.Split, o.Movement = reference, cmp.Or(product, id)
	case ofTransfer:
		// Whether it is a split or a transfer of one's own only the books can tell, which have the reference.
		if o.Split, o.Common, o.Movement = reference, reference, cmp.Or(product, id); reference == "" {
			o.Common, o.Movement = product, id
		}
	case ofPayout:
		if o.Ours, o.Movement = reference, id; id == "" {
			o.Movement = product
		}
	case ofRefund:
		if o.Ours = reference; strings.HasPrefix(product, "rfd-") {
			o.Movement = product
		}
	default:
		o.Ours, o.Movement = reference, product
	}
}

// isPayment reports whether an id of Xendit's is a payment's. Older products' ids do not tell.
func isPayment(id string) bool { return len(id) > 3 && id[:3] == "py-" }

// kindOf returns the kind of a transaction that went through. A reference is a route's: without one the transaction is
// no split, whatever its type is called.
func (k *transactionType) kindOf(out bool, reference string) providers.Kind {
	switch {
	case reference == "" && k.bare != "":
		return k.bare
	case out:
		return k.out
	}
	return k.in
}

// kindUndone returns the kind of a transaction that was undone after it had gone through.
func (k *transactionType) kindUndone(reference string) providers.Kind {
	if reference == "" && k.bare != "" {
		return k.bare
	}
	return k.undone
}

// kindFailed returns the kind of a transaction that never went through. Only a payment has another one than if it was
// undone: it failed to settle, and no capture was reversed.
func (k *transactionType) kindFailed(reference string) providers.Kind {
	if k.failed != "" {
		return k.failed
	}
	return k.kindUndone(reference)
}
