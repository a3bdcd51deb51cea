// Package report answers what an accountant asks of a ledger, from its journal.
//
// [Explain] takes an account's balance apart by what its postings were for. [TrialBalance] sums debits and credits of a
// period. [Splits] lists split payments, [Negatives] the accounts that are below zero and since when, and [Recover] says
// how their debts could be made good.
//
// Everything is derived from the journal, as a stream: memory grows with accounts and with rows of the
// answer, not with the number of payments. Each answer is checked against the books where it can be: parts that do not
// sum to their balance, or debits that are not credits, are an error and never an answer.
//
// What postings are for is a table of data, see [Classify]; nothing here books anything.
package report
