// Package scheme describes what payment providers do with the money of a payment, as data: when splits are booked, who
// gets what no split takes, who bears fees, what splits a refund may have. No code knows a provider by name.
//
// A [Scheme] is a value that each payment keeps for life. [All] lists those that every ledger knows; a library user
// adds further ones with posting.Options. docs/schemes.md is made from [Scheme.Terms].
package scheme

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
)

// Generic is the name of the scheme of providers that have none of their own.
const Generic = "generic"

// A Scheme is the set of rules that a provider's payments follow. It is data: no code knows a provider by name. All
// rules but Provider may be zero: splits booked at capture that sum to the amount, liable for what is not split or
// cannot be, and for fees and refunds. [Scheme.Terms] puts a scheme into words.
type Scheme struct {
	Provider string

	Splits SplitTime // when splits are booked
	// Completed says when a booked split counts as completed and no longer as pending: AtCapture or AtSettlement.
	Completed  SplitTime
	Inherit    Inheritance  // what becomes of the authorisation's splits in a capture without any
	Merchant   Merchant     // who gets what no split takes
	Sum        SumRule      // what splits may sum to
	Missing    MissingRule  // what happens where the account of a split is unknown or closed
	FeeSplits  bool         // splits may name who bears fees, else liable does; if false, the merchant bears all
	Decimals   int          // of percents, which are of the gross amount; 0: there are no percents
	Units      []Unit       // currencies whose smallest unit at the provider is more than a minor unit
	WholeSplit bool         // a refund of all that is left, without splits, takes from each part what it has left
	Refunds    RefundSplits // what splits a refund may have

	MerchantFees  bool          // fees that no fee split covers are the merchant's, where there may be fee splits
	Transfers     TransferLimit // how much of a capture a transfer may take from an account, by instruction
	Clawbacks     ClawbackFrom  // what refunds, disputes and transfers that are given back take of a pending capture
	FailedRefunds FailedRefund  // who gets what a failed refund gives back
	Disputes      DisputeRule   // whose money disputes take where neither the payment nor the ledger says so
	Exceeding     ExceedingRule // what becomes of the authorisation's splits where they are more than is captured

	Sources []Source // where these rules come from; says nothing to the engine

	// StoredRules is what a stored rule for the provider may have. It is asked when the rule is made, and no payment
	// keeps it.
	StoredRules RuleLimits
}

// A Source says where a rule of a scheme comes from, and how certain it is.
type Source struct {
	Field    string // of [Scheme]: "Units"
	Text     string // a document or specification
	Inferred string // what the document does not say in so many words; empty: nothing
}

// A Unit is the smallest amount of a currency that a provider knows, in minor units of ISO 4217. Providers refuse finer
// amounts, so shares by percent are rounded to it.
type Unit struct {
	Currency money.Currency
	// 100 for IDR: whole rupiah, though ISO 4217 has two decimals
	Minor int64
}

// SplitTime says when splits are booked.
type SplitTime uint8

// The times.
const (
	AtCapture    SplitTime = iota // with the capture
	AtSettlement                  // with the settlement, one after another; the merchant has all until then
	Afterwards                    // by an event of their own; authorisations and captures take none
)

// Inheritance says which captures without splits take those of the authorisation.
type Inheritance uint8

// The rules of inheritance.
const (
	FullOnly Inheritance = iota // the capture of all that was authorised
	Always                      // every capture
)

// Merchant says who gets what no split takes.
type Merchant uint8

// The merchants.
const (
	LiableMerchant  Merchant = iota // liable
	AccountMerchant                 // the payment's account, else platform
)

// SumRule says what splits may sum to.
type SumRule uint8

// The rules of sums.
const (
	Equal   SumRule = iota // the amount
	AtMost                 // no more than the amount; the merchant gets the rest
	EachFit                // anything; what does not fit when it is booked fails
)

// MissingRule says what happens where the account of a split is unknown or closed.
type MissingRule uint8

// The rules for missing accounts.
const (
	ToLiable MissingRule = iota // the whole amount goes to liable, flagged as fallback
	Refuse                      // the event is refused
	FailPart                    // that part fails, its money stays with the merchant
)

// RefundSplits says what splits a refund may have.
type RefundSplits uint8

// The rules for splits of refunds.
const (
	OriginalParts   RefundSplits = iota // references and accounts of the payment's parts, in sum the amount
	NoSplits                            // none
	AnyAccount                          // any open account; the merchant gives the rest
	PaymentAccounts                     // accounts of the payment; the merchant gives the rest
)

// TransferLimit says how much of a capture a transfer may take from an account.
type TransferLimit uint8

// The limits of transfers. Facts have none.
const (
	WithinMoney TransferLimit = iota // what the account has of the capture, less fees
	WithinShare                      // its share of the capture, whatever fees took: it may be left below zero
)

// ClawbackFrom says which money is taken back of a capture that is pending.
type ClawbackFrom uint8

// The sub-balances of clawbacks. What was settled is available.
const (
	FromCapture   ClawbackFrom = iota // the capture's, which is pending
	FromAvailable                     // what is available already; the capture's is left alone
)

// FailedRefund says who gets what a failed refund gives back.
type FailedRefund uint8

// The receivers of failed refunds.
const (
	ToGivers   FailedRefund = iota // who gave it
	ToMerchant                     // the merchant; what others gave stays given, until a transfer mends it
)

// DisputeRule says whose money disputes take.
type DisputeRule uint8

// The payers of disputes.
const (
	LiablePays   DisputeRule = iota // liable, the dispute's fee too
	MerchantPays                    // the merchant; the dispute's fee is of who bears fees that are not told apart
)

// ExceedingRule says what becomes of splits that a capture takes from its authorisation and that are more than it.
type ExceedingRule uint8

// The rules of splits that exceed a capture.
const (
	AsGiven ExceedingRule = iota // the same as of splits that the capture itself gives
	// Each takes what is left: the platform's first where they took all that was authorised, else the others'.
	Capped
)

// SmallestUnit returns the smallest amount of a currency at the provider, in minor units of ISO 4217. It is 1 for a
// currency that the scheme has no unit of.
func (s *Scheme) SmallestUnit(c money.Currency) int64 {
	for _, u := range s.Units {
		if u.Currency == c {
			return u.Minor
		}
	}
	return 1
}

// MerchantAccount returns the account that gets what no split takes. account is the payment's own; it may be empty.
// With schemes of [LiableMerchant] the payment has none of its own.
func (s *Scheme) MerchantAccount(account accounts.ID) accounts.ID {
	switch {
	case s.Merchant == LiableMerchant:
		return accounts.Liable
	case account != "":
		return account
	}
	return accounts.Platform
}
