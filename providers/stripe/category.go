package stripe

import "github.com/splitledger/splitledger/providers"

// A category is what the transactions of one of Stripe's reporting categories come to.
type category struct {
	kind providers.Kind
	sign int  // of the gross amount; 0 where it may have either
	held bool // it moves money between what may be paid out and what may not
	of   noun // what its source is
}

// A noun says what the source of a transaction is.
type noun uint8

const (
	ofAccount noun = iota // of the account alone
	ofPayment             // a charge, a refund or a dispute
	ofShare               // a transfer, a fee for the platform, or one of these given back
	ofPayout
)

// categories are those of docs.stripe.com/reports/reporting-categories, of the account that has the transaction. The
// signs are stated there for some, and inferred for the others. Any other category is unknown: Stripe adds some
// without notice.
var categories = map[string]category{
	"charge": {kind: providers.Settled, sign: 1, of: ofPayment},
	// A payment that is not by card may fail after it was charged; of an authorisation that was captured in part,
	// the rest comes back. Both take the capture back, the second in part.
	"charge_failure":           {kind: providers.CaptureReversed, sign: -1, of: ofPayment},
	"partial_capture_reversal": {kind: providers.CaptureReversed, sign: -1, of: ofPayment},
	"refund":                   {kind: providers.Refunded, sign: -1, of: ofPayment},
	"refund_failure":           {kind: providers.RefundFailed, sign: 1, of: ofPayment},
	"dispute":                  {kind: providers.Chargeback, sign: -1, of: ofPayment},
	"dispute_reversal":         {kind: providers.ChargebackReversed, sign: 1, of: ofPayment},

	"transfer":                {kind: providers.Split, sign: -1, of: ofShare},
	"transfer_reversal":       {kind: providers.Split, sign: 1, of: ofShare},
	"platform_earning":        {kind: providers.Split, sign: 1, of: ofShare},
	"platform_earning_refund": {kind: providers.Split, sign: -1, of: ofShare},
	// what the platform pays for good of a connected account that is below zero
	"connect_collection_transfer": {kind: providers.Transfer, of: ofShare},

	"fee": {kind: providers.Fee},
	"tax": {kind: providers.Fee},

	// Money that comes from the platform's bank is a payout of less than nothing.
	"payout":          {kind: providers.Payout, of: ofPayout},
	"payout_reversal": {kind: providers.PayoutFailed, sign: 1, of: ofPayout},
	"topup":           {kind: providers.Payout, sign: 1, of: ofPayout},
	"topup_reversal":  {kind: providers.Payout, sign: -1, of: ofPayout},

	"connect_reserved_funds":          {kind: providers.Other, held: true},
	"risk_reserved_funds":             {kind: providers.Other, held: true},
	"payment_network_reserve_hold":    {kind: providers.Other, sign: -1, held: true},
	"payment_network_reserve_release": {kind: providers.Other, sign: 1, held: true},
	"payout_minimum_balance_hold":     {kind: providers.Other, sign: -1, held: true},
	"payout_minimum_balance_release":  {kind: providers.Other, sign: 1, held: true},

	"advance":                                     {kind: providers.Other},
	"advance_funding":                             {kind: providers.Other},
	"anticipation_repayment":                      {kind: providers.Other},
	"climate_order_purchase":                      {kind: providers.Other},
	"climate_order_refund":                        {kind: providers.Other},
	"contribution":                                {kind: providers.Other},
	"issuing_authorization_hold":                  {kind: providers.Other},
	"issuing_authorization_release":               {kind: providers.Other},
	"issuing_disbursement":                        {kind: providers.Other},
	"issuing_dispute":                             {kind: providers.Other},
	"issuing_dispute_fraud_liability_debit":       {kind: providers.Other},
	"issuing_dispute_provisional_credit":          {kind: providers.Other},
	"issuing_dispute_provisional_credit_reversal": {kind: providers.Other},
	"issuing_transaction":                         {kind: providers.Other},
	"network_cost":                                {kind: providers.Other},
	"other_adjustment":                            {kind: providers.Other},
	"unreconciled_customer_funds":                 {kind: providers.Other},
}
