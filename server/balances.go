package server

import (
	"iter"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

// balanceParams say which balances are wanted.
type balanceParams struct {
	Account  []string       `query:"account" doc:"an id, or a pattern such as seller:*; may be repeated"`
	Kind     accounts.Kind  `query:"kind" doc:"sub, platform, liable, provider, bank or fx"`
	Currency money.Currency `query:"currency" doc:"only of this one"`
	asOf
}

func balanceRoutes() []*Route {
	return []*Route{
		list(InLedger+"/balances", Read, "What accounts have, by currency",
			func(c *call, p *balanceParams) (rows[query.Balance], error) {
				when, err := p.asked(c.server.now())
				if err != nil {
					return nil, err
				}
				names, err := c.seen(p.Account)
				if err != nil {
					return nil, err
				}
				f := query.BalanceFilter{AccountFilter: query.AccountFilter{Accounts: names, Kind: p.Kind}, AsOf: when, Currency: p.Currency}
				return func(b *query.Books) iter.Seq2[query.Balance, error] { return query.All(b.Balances(f)) }, nil
			}),
	}
}
