// Fallbacks: money that liable has in place of an account that is closed or was never opened.

package posting

import (
	"strings"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// IsFallback reports whether the reason of a posting says that it is on liable, or the merchant's account, in place of
// another account, which is closed or was never opened.
func IsFallback(reason string) bool { return isFallback(reason) }

// FallbackOf returns why money of a record is on another account than its event says, "" where none is.
func FallbackOf(rec *ledger.Record) string {
	for i := range rec.Entries {
		for j := range rec.Entries[i].Postings {
			if why, is := strings.CutPrefix(rec.Entries[i].Postings[j].Reason, fallback); is {
				return strings.Clone(why) // the record's memory is used again
			}
		}
	}
	return ""
}

// A FallenSplit is a split that was not made, because of an account that is closed or was never opened.
type FallenSplit struct {
	Split
	Got money.Amount // what it would have got
}

// FallenSplits returns the splits that a capture was to have, where all of it went to one account instead because one of
// theirs was closed or unknown. Fee splits are left out.
func (p *Payment) FallenSplits(c *Capture) []FallenSplit {
	splits := c.Meant()
	parts, _ := sizesOf(p.scheme, nil, splits, c.Amount, c.Amount.Int())
	list := make([]FallenSplit, len(parts))
	for i, part := range parts {
		list[i] = FallenSplit{splits[part.split], money.FromInt(part.minor, p.Currency)}
	}
	return list
}
