// Package ingest books what providers' notifications report.
//
// An [Intake] takes notifications of one provider. Each is authenticated by the provider's adapter, which says
// what it reports; every outcome is compared with the books by a [reconcile.Resolver], and booked. One [Result] a
// notification says what became of it:
//
//   - accepted: something was booked
//   - duplicate: the books had it already
//   - waiting: the books do not know the payment, or what of it is meant. It is kept in the books as a notice
//     and booked by a later [Intake.Retry], as soon as they do; until then it is among [posting.Book.Waiting]
//   - ignored: it is authentic, and reports nothing that is booked
//   - refused: it is not authentic, cannot be read, or contradicts the books
//
// A notification that reports several things has the status of the one that matters most, in the order refused,
// waiting, accepted, duplicate, ignored.
//
// # Any order, and more than once
//
// The ids of events are made from what the notification says, so that one that is repeated, or taken again
// after the program was killed, books nothing twice. Notifications that are taken together are booked in the
// order in which things happened. What comes too early in an earlier call, such as a refund before its capture,
// waits. So the books end the same in whatever order notifications come, as far as one order of events and
// another lead to the same at all.
//
// Errors of this package say that the books failed; what is wrong with a notification is in its result.
package ingest
