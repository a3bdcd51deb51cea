// Package query answers the questions of people and programs about a ledger.
//
// Questions are methods of [Books]: [Books.Balances], [Books.Statement], [Books.Explain] and so on. Answers are
// values, whose JSON is that of the command line's --json: amounts are whole minor units beside their currency
// ([Minor]), times are in UTC. Tags called col and csv say how the command line prints them. Answers that may be
// long are sequences. Lists can be had in parts, see [PageOf].
//
// Everything is derived from the journal, as a stream: memory grows with accounts and with rows of the
// answer, not with the number of payments. Each answer is checked where it can be: parts that do not sum to their
// balance, or debits that differ from credits, are an error and never an answer.
//
// Which class a posting has (sales, fees, refunds …) is a table of data, see [Classify]. Nothing here books anything
// but [Books.Recover] and [Books.CloseNotice].
package query
