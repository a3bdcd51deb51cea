package posting

import (
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// What a dispute has taken is not refunded by instruction while the dispute stands: the buyer has that money already.

// exceeds refuses a refund of more than is left.
func (p *Payment) exceeds(left, found money.Amount) *ledger.Error {
	if held := p.Disputed(); held.Sign() > 0 {
		return refusal(AmountExceedsRefundable, "amount",
			"expected at most what is captured less refunded and less the %s that disputes hold, %s, found %s", held, left, found)
	}
	return refusal(AmountExceedsRefundable, "amount",
		"expected at most what is captured less refunded, %s, found %s", left, found)
}

// undisputedTakes lets each part give what it has left besides what disputes took of it, where the scheme refunds
// the whole so and that is the whole; else it is nil.
func (p *Payment) undisputedTakes(whole money.Int) []take {
	if !p.scheme.WholeSplit {
		return nil
	}
	var takes []take
	var sum money.Int
	for _, part := range p.Parts {
		var left money.Int
		for _, s := range part.shares {
			left = left.Add(s.undisputed())
		}
		if left.Sign() < 0 {
			return nil
		}
		takes, sum = append(takes, take{key: part.key(), minor: left}), sum.Add(left)
	}
	if !sum.Equal(whole) {
		return nil
	}
	return takes
}
