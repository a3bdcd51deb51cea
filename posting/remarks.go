// The words of remarks and of postings. They are in every ledger's file, so they never change.

package posting

import "github.com/splitledger/splitledger/posting/wire"

// What the rules remark on an event that neither the event nor its postings say.
const (
	fellBack wire.RemarkKind = "fallback" // a capture went to liable in full
	// a split could not be moved at settlement; or the provider did not make it, and the number is that of its share
	splitFailed wire.RemarkKind = "split_failed"
	// a new split has another bear a fee; the number is that of the payment's fee
	feeMoved wire.RemarkKind = "fee"
	// a split that is promised is another account's; its reason is how much, in minor units
	promiseMoved wire.RemarkKind = "promise"
	// so many notices of the provider wait after this event of one; the number is its split
	noticesWait wire.RemarkKind = "notices"
	// the account's payouts under way after this event of one; its capture is a currency, its reason minor units
	payoutsWait wire.RemarkKind = "payouts"
	confirms    wire.RemarkKind = "confirms" // the event says what another one booked, whose id is its reason
	// the event is booked as another would have been; its reason says what
	bookedAs wire.RemarkKind = "booked_as"
	// so many events wait for their time after this one, none of a day before its capture; its reason is the time that it
	// waits for itself
	waitsUntil wire.RemarkKind = "due"
	// so many events wait for a day after this one; the day is its capture
	dueOnDay wire.RemarkKind = "due_day"
	// a payment was made under a scheme that not every book has; its reason is the scheme's code
	ofScheme wire.RemarkKind = "scheme"
	// the event follows another version of its rule than the first; its reason is the version, or
	// nothing where none is for the payment and the event is a fact
	followsRule wire.RemarkKind = "rule"
	postedBy    wire.RemarkKind = "by" // somebody posted the event, whose name is the reason; see [Book.As]
)

// What a posting is for, besides the types of splits and fees, which a part or a fee carries itself.
const (
	PostingCapture = "Capture" // the provider's side of a capture
	PostingFees    = "Fees"    // the provider's side of fees
	// the provider's side of a refund; or an account that gives a refund but had no part
	PostingRefund     = "Refund"
	PostingChargeback = "Chargeback" // the provider's side of a chargeback; or an account that pays it for others
	PostingMerchant   = "Merchant"   // what no split takes, and what is taken back from it
	PostingSettlement = "Settlement" // from pending to available
	PostingTransfer   = "Transfer"
	PostingEntry      = "Entry"
	PostingReversal   = "Reversal"
	PostingReserve    = "Reserve"        // between available and reserved
	PostingPayout     = "Payout"         // between available and reserved, and then out
	PostingReceipt    = "ProviderPayout" // from a provider to the bank
	PostingExchange   = "Exchange"
)
