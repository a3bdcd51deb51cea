// Package reconcile compares what a payment provider says with the books.
//
// A [Resolver] takes one [providers.Outcome], a line of a report or what a notification reports, finds the
// payment that it is about, and says in a [Resolution] whether both agree, what does not, why that may be, and
// which events would book what the provider proves. It writes nothing.
//
// [Compare] reads whole reports, as a stream, and counts and lists what a resolver makes of each line. Every line
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
// # In which order
//
// A run takes these steps. Each is one function, in the file that is named.
//
//  1. [Compare] (run.go) opens all files and refuses a run with one that is no report. With [Options.Post] it notes
//     in the books that posting has begun (begin, post.go).
//  2. readFile (read.go) reads lines, locate (locate.go) finds the payment of each, and the spool (spool.go) keeps
//     them on disk, sorted by payment. A settlement that agrees and is alone is done with here (alone, locate.go).
//  3. compareAll (compare.go) hands out the lines of one payment together, as a group. Several goroutines resolve
//     groups, and the results are taken in, in order (inorder.go).
//  4. group.resolve (resolver.go) sorts the lines of a group by time, and goes through them twice: first for lines
//     whose names the books know, then for the rest, which are found by amount. So no line takes by its amount what
//     belongs to another by its name. What a line would book is applied to the payment in memory before the next
//     line is compared (applyPending).
//  5. match.compare (match.go) asks whether the line was reported before, and calls the function of its kind:
//     captures.go, settlements.go, refunds.go, disputes.go, capture_reversals.go, fees.go, splits.go. Lines of a
//     payment that the books do not have go through newpayment.go, rows of one account also through rows.go.
//  6. advise (advice.go) adds a likely cause and a command; takeIn (run.go) counts the line and, with Post, hands its
//     events to the poster (post.go), which books them in batches.
//  7. compareStrays (compare.go) compares lines of no payment, one after another, since one may use up what the
//     next looks for: payouts.go, transfers.go, routes.go, receipts.go, nopayment.go.
//  8. compareBalances (closing.go) compares closing balances, and missing (missing.go) looks through the journal
//     for what no line was about.
//
// In each kind's function, the questions come in one order: was it reported before; which capture, refund or dispute
// is it; what differs; what does that prove; which fees and which conversion come with it.
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
