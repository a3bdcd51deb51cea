// Package bank reads what a bank says of an account, and compares it with what the books say that providers have paid.
//
// # Statements
//
// [Open] tells two formats by their content and reads them as a stream of lines, each an amount that came in (above 0) or
// went out (below 0) of the account, in minor units of ISO 4217:
//
//   - camt.053 of ISO 20022, from version 001.02 on, in any namespace. An entry that the bank has put together of several
//     transactions is a line for each of them, where they have amounts of their own that sum to the entry's. Entries that are not booked
//     (pending, for information) are passed over.
//   - MT940 of SWIFT (Standards MT, category 9), with or without the blocks around it: statements of several messages,
//     reversals (RC, RD), funds codes, and :86: as German, Dutch and other banks fill it, which is taken as text.
//
// Either may be compressed with gzip. A line that cannot be read is a [*providers.LineError], after which reading goes on; any other
// error ends it. At the end of a statement stands a [Statement] with its balances.
//
// # Comparison
//
// [Compare] checks that opening balance and lines come to the closing balance, and matches lines with the postings of
// provider.payout events, and of other entries between a provider and a bank account: those whose batch the line names, else by amount,
// currency and date. Debits are matched with payouts of accounts that left from the bank, where the line names the payout. Each
// line is in one [Class]. Nothing is written.
//
// Lines of money that came in are kept in memory until the end, and 24 bytes of every line to know it again.
package bank
