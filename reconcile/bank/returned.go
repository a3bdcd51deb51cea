package bank

import (
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// Payouts of accounts that the bank sends back.
//
// Example: payout po-12345678 of 50.00 EUR left on the 3rd. On the 6th a line of 50.00 comes in with that name:
// the seller's account is closed, and the seller is owed the money again.

// cameBack compares a line that brought money with the payout of an account that it names: a bank that cannot
// pay sends the money back under the same name.
// Several lines may bring it back in pieces. So their sum is compared with what the books have as returned, and
// only what goes beyond is missing in the ledger. An event to post is offered only for a payout that can be
// returned: one of the books that is still asked for has to be paid first.
func (c *comparison) cameBack(k *candidate, p *posting.Payout) {
	f := c.finding(k, Matched, "")
	f.Provider, f.Payout, f.By = p.Provider, p.ID, byName
	back, err := c.back[p.ID].Add(k.line.Amount)
	if err != nil || p.Amount.Currency() != k.line.Amount.Currency() {
		f.Class, f.Expected, f.Hint = AmountMismatch, p.Amount, "the money of the payout came back in another currency"
		c.find(f)
		return
	}
	c.back[p.ID] = back
	if beyond := money.FromInt(back.Int().Sub(p.Returned.Int()), back.Currency()); beyond.Sign() > 0 {
		f.Class, f.Hint = MissingInLedger, "the money of the payout came back: post payout.returned"
		if p.State == posting.PayoutIsPaid || p.State == posting.PayoutPartiallyReturned {
			f.Remedy = c.post(posting.Event{
				ID: eventID(k.line), Type: posting.PayoutReturned,
				At: k.line.Booked, Payout: p.ID, Amount: k.line.Amount,
			})
		}
	} else {
		f.Expected = k.line.Amount
		f.compare()
	}
	c.find(f)
}
