// Package reconcile compares a payment provider's reports and notifications with the ledger.
//
// A [Resolver] takes one [providers.Outcome], a line of a report or of a notification, and finds the payment that it
// is about. Its [Resolution] has the class, the discrepancy, the likely cause, and the events that would book what
// the provider proves. It writes nothing.
//
// [Compare] reads whole reports, as a stream, resolves each line, and posts the events if asked. Every line is in
// exactly one [Class]. What it remembers of the lines before is kept in bounded memory and then on disk, so that
// memory does not grow with the report. docs/reconcile.md explains the results, docs/matching.md
// how lines are matched.
//
// # What is compared with what
//
// A payment is found by the provider's reference where both sides know it, else by the merchant's reference or
// the payment's name ([posting.Book.Find]). Captures, refunds and chargebacks are found by their name in the
// books, where that is the modification's reference at either side, else by amount: first those that no report
// has had yet.
//
// A settlement of what is pending, and a fee that is news, are agreement, and the events of the resolution book them.
// Refunds, chargebacks and their reversals that are not in the ledger are breaks and are booked as facts.
//
// Missing at the provider are captures, refunds, transfers and payouts in the ledger that are older than the newest
// line and in no report. Refunds, transfers, payouts and already-settled captures older than the first report line
// known to the ledger are history and left out; what is pending is not. A report's [providers.Format] says whether it
// lists transfers and payouts.
//
// # In which order
//
// A run takes these steps. Each is one function, in the file that is named.
//
//  1. [Compare] (run.go) opens all files and refuses a run with one that is no report. With [Options.Post] it notes
//     in the books that posting has begun (begin, post.go).
//  2. readFile (read.go) reads lines, locate (locate.go) finds the payment of each, and the spool (spool.go) keeps
//     them on disk, sorted by payment. A settlement that agrees, and is the only line of its payment, is done with
//     here (resolveEarly, locate.go).
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
//  7. compareWithoutPayment (compare.go) compares lines of no payment, one after another, since one may use up what the
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
// as not booked yet: a line is classed the same whether it is seen before or after its
// neighbours are in the books.
//
// Amounts are in minor units of ISO 4217. Errors of this package mean that the ledger or the disk failed; what is
// wrong with a report is a class.
package reconcile
