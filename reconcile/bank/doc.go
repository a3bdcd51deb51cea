// Package bank reads bank statements and compares them with the payouts of providers in the ledger.
//
// # Statements
//
// [Open] recognises two formats by their content and reads them as a stream of lines, each an amount that came in
// (above 0) or went out (below 0) of the account, in minor units of ISO 4217:
//
//   - camt.053 of ISO 20022, any version, in any namespace. An entry that the bank has put together of several
//     transactions is a line for each of them, where they have amounts of their own that sum to the entry's.
//     Entries that are not booked (pending, for information) are counted, and are no lines.
//   - MT940 of SWIFT (Standards MT, category 9), with or without the blocks around it: statements of several
//     pages, reversals (RC, RD), funds codes, amounts and days as banks write them, and :86: as German, Dutch
//     and other banks fill it, which is taken as text.
//
// Either may be compressed with gzip. A file in another format is refused by its name: the error wraps
// [ErrFormat]. A line that cannot be read is a [*providers.LineError], after which reading goes on; any other
// error ends it. At the end of a statement stands a [Statement] with its balances, which says whether they could
// be checked.
//
// # Comparison
//
// [Compare] checks that opening balance and lines come to the closing balance, that the pages of a statement go on
// from each other, and matches lines with the postings of provider.payout events, and of other entries between a
// provider and a bank account: those that the line names, else by amount, currency and date. Names on both sides
// that disagree are never matched. Debits are matched with payouts of accounts that left from the bank, where the
// line names the payout. Each line is in one [Class]. Nothing is written.
//
// # Memory
//
// Each piece of a file that is in memory at a time is bounded; see bounds.go. Of all lines a hash is kept, on disk
// where they are many; lines that may be of a provider are kept to the end, within a bound.
package bank
