package xendit

import (
	"github.com/splitledger/splitledger/providers"
)

// A sort says what the transactions of one type come to.
type sort struct {
	in, out providers.Kind // of money that came in or went out; empty where the type has no such
	undone  providers.Kind // of its reversal, or where it failed
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
	ofRoute // the Reference is a route's of a split rule
)

// sorts are the types of transactions, of both reports and of older versions (xendit-go 76d00acf knows PLATFORM_FEE and TRANSFER in the
// transactions report). Whether the money of a type comes in or goes out is documented or in its name, but for those that have
// both: the balance report says it of each line.
var sorts = map[string]sort{
	"PAYMENT":                       {in: providers.Settled, undone: providers.SettlementFailed, noun: ofPayment},
	"IN_PERSON_PAYMENT":             {in: providers.Settled, undone: providers.SettlementFailed, noun: ofPayment},
	"REMITTANCE_COLLECTION_PAYMENT": {in: providers.Settled, undone: providers.SettlementFailed, noun: ofPayment},
	"REFUND":                        {out: providers.Refunded, undone: providers.RefundFailed, noun: ofRefund},
	"CHARGEBACK":                    {out: providers.Chargeback, undone: providers.ChargebackReversed, noun: ofPayment},

	"PLATFORM_FEE": {in: providers.Split, out: providers.Split, undone: providers.SplitFailed, noun: ofRoute, bare: providers.Other},
	"TRANSFER":     {in: providers.Split, out: providers.Split, undone: providers.SplitFailed, noun: ofRoute, bare: providers.Transfer},
	"TRANSFER_IN":  {in: providers.Split, undone: providers.SplitFailed, noun: ofRoute, bare: providers.Transfer},
	"TRANSFER_OUT": {out: providers.Split, undone: providers.SplitFailed, noun: ofRoute, bare: providers.Transfer},

	"WITHDRAWAL":         {out: providers.Payout, undone: providers.PayoutFailed},
	"DISBURSEMENT":       {out: providers.Payout, undone: providers.PayoutFailed},
	"BATCH_DISBURSEMENT": {out: providers.Payout, undone: providers.PayoutFailed},
	"REMITTANCE_PAYOUT":  {out: providers.Payout, undone: providers.PayoutFailed},

	"RESERVES_HOLD":                  {out: providers.Other, undone: providers.Other, held: true},
	"RESERVES_RELEASE":               {in: providers.Other, undone: providers.Other, held: true},
	"ADJUSTMENT_ADD":                 {in: providers.Other, undone: providers.Other},
	"ADJUSTMENT_DEDUCT":              {out: providers.Other, undone: providers.Other},
	"BNPL_PARTNER_SETTLEMENT_CREDIT": {in: providers.Other, undone: providers.Other},
	"BNPL_PARTNER_SETTLEMENT_DEBIT":  {out: providers.Other, undone: providers.Other},
	"FOREX_DEPOSIT":                  {in: providers.Other, undone: providers.Other},
	"FOREX_DEDUCTION":                {out: providers.Other, undone: providers.Other},
	"TOPUP":                          {in: providers.Other, undone: providers.Other},
	"LOAN_REPAYMENT":                 {out: providers.Other, undone: providers.Other},
	"CASHBACK":                       other,
	"CASHBACK_FEE":                   other,
	"CASHBACK_VAT":                   other,
	"CONVERSION":                     other,
	"REMITTANCE":                     other,
	"OTHER":                          other,
}

// other is the sort of types that say nothing of what the transaction is.
var other = sort{in: providers.Other, out: providers.Other, undone: providers.Other}

// name fills in what a transaction is of, and its id. It is not documented whether both accounts of a transfer see one id: in the report
// of the account that it reaches it has /IN behind it.
func (k *sort) name(o *providers.Outcome, id, product, reference string, out bool) {
	if o.ID = id; id != "" && k.noun == ofRoute && !out {
		o.ID += "/IN"
	}
	o.Group = o.ID
	switch {
	case k.noun == ofPayment:
		o.Reference, o.ProviderReference = reference, product
		return
	case k.noun == ofRoute:
		o.Split = reference
	default:
		o.Ours = reference
	}
	if isPayment(product) {
		o.ProviderReference = product
	} else {
		o.Movement = product
	}
}

// isPayment reports whether an id of Xendit's is a payment's. Older products' ids do not tell.
func isPayment(id string) bool { return len(id) > 3 && id[:3] == "py-" }

// kindOf returns the kind of a transaction that went through.
func (k *sort) kindOf(out bool, reference string) providers.Kind {
	switch {
	case reference == "" && k.bare != "":
		return k.bare
	case out:
		return k.out
	}
	return k.in
}

// kindUndone returns the kind of a transaction that did not go through.
func (k *sort) kindUndone(reference string) providers.Kind {
	if reference == "" && k.bare != "" {
		return k.bare
	}
	return k.undone
}
