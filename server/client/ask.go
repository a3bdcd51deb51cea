package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/splitledger/splitledger/money"
)

// A Balance is what an account has of a currency, in minor units.
type Balance struct {
	Account   string         `json:"account"`
	Kind      string         `json:"kind"`
	Currency  money.Currency `json:"currency"`
	Pending   Minor          `json:"pending"`
	Available Minor          `json:"available"`
	Reserved  Minor          `json:"reserved"`
	Balance   Minor          `json:"balance"`
}

// Minor is a whole number of minor units, of any size.
type Minor string

// UnmarshalJSON takes the digits as they are.
func (m *Minor) UnmarshalJSON(b []byte) error {
	*m = Minor(strings.Trim(string(b), `"`))
	return nil
}

// Balances returns the balances of accounts, by the filters of the route: account, kind, currency, as_of, recorded.
func (c *Client) Balances(ctx context.Context, ledger string, filters url.Values) ([]Balance, error) {
	return List[Balance](ctx, c, ledger, "balances", filters)
}

// Ask asks a route of a ledger, such as accounts/seller:42, whose answer is one value. Ids in the path are escaped by the
// caller, by [url.PathEscape].
func (c *Client) Ask(ctx context.Context, ledger, path string, filters url.Values, answer any) error {
	if len(filters) > 0 {
		path += "?" + filters.Encode()
	}
	return c.do(ctx, http.MethodGet, c.in(ledger)+"/"+path, nil, answer)
}

// List asks a route of a ledger that has a list, such as payments, and turns its pages to the end.
func List[T any](ctx context.Context, c *Client, ledger, path string, filters url.Values) ([]T, error) {
	return all[T](ctx, c, c.in(ledger)+"/"+path, filters)
}
