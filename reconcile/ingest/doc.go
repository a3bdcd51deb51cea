// Package ingest books providers' notifications (webhooks).
//
// An [Intake] takes notifications of one provider. The provider's adapter authenticates each and reads its outcomes.
// A [reconcile.Resolver] compares every outcome with the ledger, and it is booked. Each notification has one
// [Result]:
//
//   - accepted: something was booked
//   - duplicate: it was booked before
//   - waiting: the payment, or the refund, capture or dispute, is not in the ledger yet. It is parked as a notice and
//     booked by a later [Intake.Retry]; until then [posting.Book.Waiting] lists it
//   - ignored: it is authentic, with nothing to book
//   - refused: it is not authentic, cannot be read, or contradicts the ledger
//
// A notification with several outcomes has the status that matters most, in the order refused, waiting, accepted,
// duplicate, ignored.
//
// # Any order, and more than once
//
// The ids of events are made from what the notification says, so that one that is repeated, or taken again
// after the program was killed, books nothing twice. Notifications that are taken together are booked in the
// order in which things happened. What comes too early in an earlier call, such as a refund before its capture,
// is parked. So the ledger ends the same in whatever order notifications come; docs/matching.md has the one
// exception.
//
// Errors of this package mean that the ledger failed; what is wrong with a notification is in its result.
package ingest
