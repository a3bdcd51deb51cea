// Conversion of an account's money into another currency, at a rate that the caller has agreed with somebody. The
// ledger keeps no rates and computes none.

package posting

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

// bookExchange converts what an account has available. The account fx takes the other side in both currencies, so that
// each balances by itself; what fx holds is what conversions have gained or lost.
func bookExchange(k *booking) error {
	e := k.event
	sold, bought := e.Sell.Currency(), e.Buy.Currency()
	if err := k.known("sell", sold); err != nil {
		return err
	}
	if err := k.known("buy", bought); err != nil {
		return err
	}
	if err := k.receives("account", e.Account); err != nil {
		return err
	}
	// Only what is sold needs to be there. What is bought comes from outside, by way of fx.
	if err := k.funds("account", "sell", e.Account, e.Sell); err != nil {
		return err
	}
	fx := accounts.FX("")
	k.open(fx, accounts.KindFX)
	// The rate is kept as both amounts, in major units: a quotient would have to be rounded.
	t := k.books.Table()
	rate := t.Format(e.Sell) + " " + string(sold) + " for " + t.Format(e.Buy) + " " + string(bought)
	postings := []ledger.Posting{
		debit(e.Account, ledger.Available, e.Sell.Int(), sold, PostingExchange),
		credit(fx, ledger.Available, e.Sell.Int(), sold, PostingExchange),
		credit(e.Account, ledger.Available, e.Buy.Int(), bought, PostingExchange),
		debit(fx, ledger.Available, e.Buy.Int(), bought, PostingExchange),
	}
	for i := range postings {
		postings[i].Reason = rate
	}
	k.entry("", postings)
	return nil
}
