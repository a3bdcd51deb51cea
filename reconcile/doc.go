// Package reconcile compares what a payment provider says with the books.
//
// A [Resolver] takes one [providers.Outcome], a line of a report or what a notification reports, finds the
// payment that it is about, and says in a [Resolution] whether both agree, what does not, why that may be, and
// which events would book what the provider proves. It writes nothing.
//
// A [Run] reads whole reports, as a stream, and counts and lists what a resolver makes of each line. Every line
// is in exactly one [Class]. What it needs to remember of the lines before is kept in a bounded piece of memory
// and then on disk, so that its memory does not grow with the report.
//
// # What is compared with what
//
// A payment is found by the provider's reference where both sides know it, else by the merchant's reference or
// the payment's name ([posting.Book.Find]). Captures, refunds and chargebacks are found by their name in the
// books, where that is the modification's reference at either side, else by amount: first those that no report
// has had yet.
//
// A provider settles what the books have as pending, and takes fees that the books do not know before it says
// so. That is agreement, and the events of the resolution book it. Refunds, chargebacks and their reversals
// that the books do not have are breaks and are booked as facts. What contradicts the books is a break and
// books nothing.
//
// What the provider does not have are captures, refunds, transfers and payouts in the books before the newest
// line that no report was about. What was refunded, transferred or paid, or settled in the books by somebody
// else, before the oldest line of all reports so far is history and is left out; what is pending is not. Which
// reports include transfers and payouts, their [providers.Format] says.
//
// # Again
//
// The id of every event is made from what the line says, so that posting the same report again, or after it was
// killed in the middle, books nothing twice. While a report is being posted, what it has booked itself counts
// as not booked yet: a line is classed the same whether it is seen before or after its neighbours are in the
// books.
//
// Amounts are in minor units of ISO 4217. Errors of this package say that the books or the disk failed; what is
// wrong with a report is a class.
package reconcile
