// Package ledger keeps a double-entry ledger in one bbolt file.
//
// A [Ledger] is one platform's books. What happens is appended as a [Record]: an event's id and other keys, the
// accounts it opened, its entries and whatever the caller stores of the event itself. An [Entry] is one or more
// postings that sum to zero in every currency. Nothing that was booked ever changes.
//
// [Ledger.Update] runs a function on the books as they are at its turn. Either all it appended happens or none;
// it is synced to the file before Update returns. Functions run one after another, so a busy account never
// contends, and become durable in groups, so that many callers share one sync. [Ledger.UpdateBatch]
// takes many at once from one caller.
//
// # The journal is the truth
//
// All else is derived from the journal (package journal) and checked against it: balances are kept in memory,
// and in checkpoints that bound what is replayed on opening; keys in sorted runs of hashes; both in the
// directory <file>-index, which may be deleted while the ledger is closed. The file <file>-manifest says which
// of them count, with their checksums: a file that is foreign, older or changed is made again. An account's history
// is a chain through the journal, so that [Ledger.BalanceAt] finds the balance as of any moment in O(log n)
// reads and no index. [Ledger.Verify] derives everything anew and names each place that differs.
//
// # Copies
//
// [Ledger.Backup] copies a ledger while writers go on; [Restore] makes a ledger of a backup after it has
// checked every byte and the trial balance. What is promised of the data, and how that is
// tested, is in docs/durability.md.
//
// # Reading
//
// A [Reader] looks into the books. That of a Ledger shows what is durable: a group is seen as a whole, once it
// has been synced, or not at all; that of a [Tx] the books as they are at the function's turn, and the one that
// [Ledger.Read] lends the records up to one block. [Ledger.Follow] yields records as they become durable.
//
// # A journal elsewhere
//
// [Options.Journal] may be a log that others append to. Where another was first, the ledger takes in what that
// one appended, and callers get [NotLeader]; where the log does not say what became of a block, they get
// [OutcomeUnknown]. Both may send the same event again.
//
// # Money
//
// Amounts are whole minor units of any size; sums never wrap. Inside, a debit is positive and a credit
// negative. Balances are shown positive on the account's normal side: debit for provider and bank accounts,
// credit for all others.
package ledger
