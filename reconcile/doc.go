// Package reconcile compares a payment provider's reports and notifications with the ledger.
//
// A [Resolver] takes one [providers.Outcome], a line of a report or of a notification, and finds the payment that it
// is about. Its [Resolution] has the class, the discrepancy, the likely cause, and the events that would book what
// the provider proves. It writes nothing.
//
// [Compare] reads whole reports, as a stream, resolves each line, and posts the events if asked. Every line is in
// exactly one [Class]. What it remembers of the lines before is kept in bounded memory and then on disk, so that
// memory does not grow with the report. docs/reconcile.md explains the results, docs/matching.md how lines are
// matched.
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
// # Again
//
// The id of every event is made from what the line says, so that posting the same report again, or after it was
// killed in the middle, books nothing twice. While a report is being posted, what it has booked itself counts
// as not booked yet: a line is classed the same whether it is seen before or after its neighbours are in the
// books.
//
// Amounts are in minor units of ISO 4217. Errors of this package mean that the ledger or the disk failed; what is
// wrong with a report is a class.
package reconcile
