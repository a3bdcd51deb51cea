// The objects that events consist of: splits, fees, policies, postings, routes, sources.

package wire

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// A Split is one part of an amount: who gets it or, in a refund, gives it back.
type Split struct {
	Type        SplitType
	Account     accounts.ID   // BalanceAccount and fee splits need it; else default liable
	Amount      money.Amount  // its currency may be "": the payment's
	Percent     money.Percent // instead of an amount, where the scheme has percents
	Reference   string        // unique in the event; the same in another capture means the same part
	Description string
}

// Receiver returns who gets the part, or gives it back.
func (s *Split) Receiver() accounts.ID {
	if s.Account == "" {
		return accounts.Liable
	}
	return s.Account
}

// A SplitType says what a [Split] is. Most of the words are Adyen's, and mean for every scheme what they mean there.
type SplitType string

// Parts of the amount.
const (
	BalanceAccount SplitType = "BalanceAccount" // a share of the payment
	Commission     SplitType = "Commission"     // the platform's commission
	VAT            SplitType = "VAT"            // value added tax
	Tip            SplitType = "Tip"            // gratuity
	Surcharge      SplitType = "Surcharge"      // paid by the shopper for the card
	TopUp          SplitType = "TopUp"          // money put on a balance account
	Default        SplitType = "Default"        // arranged with the provider
	Remainder      SplitType = "Remainder"      // what the others leave; carries no amount
)

// Fee splits carry no amount: they name the account that bears a later fee. The most specific wins.
const (
	PaymentFeeSplit    SplitType = "PaymentFee"      // all fees but a dispute's
	AcquiringFeesSplit SplitType = "AcquiringFees"   // interchange and scheme fee
	AdyenFeesSplit     SplitType = "AdyenFees"       // commission and markup
	InterchangeSplit   SplitType = "Interchange"     //
	SchemeFeeSplit     SplitType = "SchemeFee"       //
	AdyenCommission    SplitType = "AdyenCommission" // the provider's commission
	AdyenMarkup        SplitType = "AdyenMarkup"     // the provider's markup
)

// Fee reports whether t names the bearer of a fee and is no part of the amount.
func (t SplitType) Fee() bool {
	switch t {
	case PaymentFeeSplit, AcquiringFeesSplit, AdyenFeesSplit, InterchangeSplit, SchemeFeeSplit, AdyenCommission,
		AdyenMarkup:
		return true
	}
	return false
}

// A Fee is a cost the provider reports.
type Fee struct {
	Type   FeeType
	Amount money.Amount // any currency; below 0 for a fee that is given back, in payment.fee alone
	Of     FeeType      // of VAT: the fee that it is on, whose bearer bears it
}

// A FeeType says what a [Fee] is for. Providers that do not tell their fees apart report all as [FeeGeneral].
type FeeType string

// The types of fees.
const (
	FeeInterchange FeeType = "Interchange" // the card issuer's
	FeeScheme      FeeType = "SchemeFee"   // the card scheme's
	FeeMarkup      FeeType = "Markup"      // the provider's markup on these
	FeeCommission  FeeType = "Commission"  // the provider's commission
	FeeGeneral     FeeType = "Fee"         // not told apart
	FeeVAT         FeeType = "VAT"         // tax on fees
	FeeDispute     FeeType = "DisputeFee"  // of a dispute; no fee split covers it
)

// A RefundPolicy says who gives a payment's money back where a refund has no splits, in place of the
// scheme's rule.
type RefundPolicy struct {
	Behavior      Behavior
	TargetAccount accounts.ID // of DeductFromOneBalanceAccount
}

// A ChargebackPolicy says whose money a dispute takes, in place of the default.
type ChargebackPolicy struct {
	Behavior              Behavior
	TargetAccount         accounts.ID // of DeductFromOneBalanceAccount
	CostAllocationAccount accounts.ID // bears the dispute fees; default liable
}

// A Behavior says from which accounts money is taken back. The words are Adyen's.
type Behavior string

// The behaviors.
const (
	DeductFromLiableAccount     Behavior = "deductFromLiableAccount"     // all from liable
	DeductFromOneBalanceAccount Behavior = "deductFromOneBalanceAccount" // all from the target account
	// from each part: refunds by what it has left, chargebacks by what it got
	DeductAccordingToSplitRatio Behavior = "deductAccordingToSplitRatio"
)

// A Leg is one posting of a journal entry. Exactly one of Debit and Credit is true.
type Leg struct {
	Account   accounts.ID
	Sub       ledger.Sub // default available
	Debit     bool
	Credit    bool
	Amount    money.Amount // above 0
	Reference string
}

// PaymentAccount stands in a rule for the account of the payment that follows it.
const PaymentAccount accounts.ID = "$account"

// A Route is one part of a [Rule]. It has Flat, Percent or both, which add up.
type Route struct {
	Account   accounts.ID   // default platform
	Flat      money.Int     // minor units of the rule's currency, above 0
	Percent   money.Percent // of the payment; at most 2 decimals
	Reference string        // unique in the rule; the reference of the split
	Min, Max  money.Int     // what the part is at least and at most, in minor units; 0: no limit
}

// Attributes are what is known of how a payment was made. The words are the caller's or the provider's.
type Attributes struct {
	Method             string // "visa"
	Channel            string // "web"
	Country            string // "DE"
	FundingSource      string // "credit"
	ShopperInteraction string // "Ecommerce"
}

// A Condition says which payments follow a rule: those that have all that it names. Capitals do not matter.
type Condition struct {
	Currency           money.Currency
	Method             string
	Channel            string
	Country            string
	FundingSource      string
	ShopperInteraction string
	// of the authorised amount, both included, in minor units of the rule's currency; 0: no limit
	MinAmount, MaxAmount money.Int
}

// Given reports whether there is any condition.
func (c *Condition) Given() bool { return c.given() != 0 }

// A FactSource says where a fact comes from: a line of a report, or a notification.
type FactSource struct {
	Report string // the id of the provider.report
	Line   uint64 // of that report, from 1
	Format string // of a notification: "webhook"
	SHA256 string // of the notification's body, in hexadecimal
}
