// Package examples holds event lines to try a ledger with: the payments that the providers' own
// documentation works through, and a day of a made-up marketplace.
//
//	1-adyen.jsonl        split at authorisation and at capture, fees, refund with splits, unknown account,
//	                     chargeback by ratio and its reversal, payout, reserve, conversion
//	2-xendit.jsonl       routes of percents and amounts at settlement, fees, a split that does not fit, a stored rule
//	3-paysafe.jsonl      a percent and an amount for linked accounts, refund, cancellation
//	4-antom.jsonl        a payment that is split after its capture, and settled at the second attempt
//	5-marketplace.jsonl  what "lab sample --payments 150 --seed 21" writes
//
// start holds the shop of the README's first session, reconcile the reports and statements of its second.
//
// Booked in this order into an empty ledger, all events but the few mistakes of the marketplace are accepted.
package examples

import "embed"

// Files holds the files, each of event lines, in the order of their names.
//
//go:embed *.jsonl
var Files embed.FS
