package posting

import "github.com/splitledger/splitledger/posting/wire"

// What the rules remark on an event that neither the event nor its postings say.
const (
	fellBack     wire.RemarkKind = "fallback"     // a capture went to liable in full
	splitFailed  wire.RemarkKind = "split_failed" // a split could not be moved at settlement; or the provider did not make it, and the number is that of its share
	feeMoved     wire.RemarkKind = "fee"          // a new split has another bear a fee; the number is that of the payment's fee
	promiseMoved wire.RemarkKind = "promise"      // a split that is promised is another account's; its reason is how much, in minor units
	noticesWait  wire.RemarkKind = "notices"      // so many notices of the provider wait after this event of one; the number is its split
	payoutsWait  wire.RemarkKind = "payouts"      // the account's payouts under way after this event of one; its capture is a currency, its reason minor units
	confirms     wire.RemarkKind = "confirms"     // the event says what another one booked, whose id is its reason
	bookedAs     wire.RemarkKind = "booked_as"    // the event is booked as another would have been; its reason says what
	waitsUntil   wire.RemarkKind = "due"          // so many settlements wait after this event; its reason is the time that it waits for itself
	ofScheme     wire.RemarkKind = "scheme"       // a payment was made under a scheme that not every book has; its reason is the scheme's code
)
