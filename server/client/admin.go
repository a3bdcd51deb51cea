package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// A Key is an API key. Text is there only in the answer that made it.
type Key struct {
	ID       string    `json:"id" col:"ID"`
	Name     string    `json:"name" col:"NAME"`
	Scopes   []string  `json:"scopes" col:"SCOPES"`
	Ledgers  []string  `json:"ledgers" col:"LEDGERS"`
	Accounts []string  `json:"accounts,omitempty" col:"ACCOUNTS,optional"`
	Expires  time.Time `json:"expires,omitzero" col:"EXPIRES,optional"`
	Created  time.Time `json:"created" col:"CREATED"`
	Text     string    `json:"key,omitempty"`
}

// A NewKey says what key is wanted.
type NewKey struct {
	Name     string    `json:"name"`
	Scopes   []string  `json:"scopes"`
	Ledgers  []string  `json:"ledgers"`
	Accounts []string  `json:"accounts,omitempty"`
	Expires  time.Time `json:"expires,omitzero"`
}

// CreateKey makes an API key, whose text nobody can be shown again.
func (c *Client) CreateKey(ctx context.Context, n NewKey) (k Key, err error) {
	return k, c.do(ctx, http.MethodPost, "/v1/keys", n, &k)
}

// Keys returns all API keys, without their texts.
func (c *Client) Keys(ctx context.Context) ([]Key, error) { return all[Key](ctx, c, "/v1/keys", nil) }

// RevokeKey revokes an API key, from the next request on.
func (c *Client) RevokeKey(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodDelete, "/v1/keys/"+url.PathEscape(id), nil, nil)
}

// A Ledger is how a ledger is.
type Ledger struct {
	Ledger  string    `json:"ledger" col:"LEDGER"`
	ID      string    `json:"id" col:"ID"`
	State   string    `json:"state" col:"STATE"`
	Record  uint64    `json:"record" col:"RECORD"`
	Entries uint64    `json:"entries" col:"ENTRIES"`
	Head    string    `json:"head" col:"HEAD,wide"`
	At      time.Time `json:"at"`
}

// An Asset is a currency of a ledger's own.
type Asset struct {
	Code     string `json:"code"`
	Exponent int    `json:"exponent"`
}

// CreateLedger makes a ledger.
func (c *Client) CreateLedger(ctx context.Context, name string, assets ...Asset) (l Ledger, err error) {
	return l, c.do(ctx, http.MethodPost, "/v1/ledgers", struct {
		Name   string  `json:"name"`
		Assets []Asset `json:"assets,omitempty"`
	}{name, assets}, &l)
}

// Ledgers returns the ledgers that the key is for.
func (c *Client) Ledgers(ctx context.Context) ([]Ledger, error) {
	return all[Ledger](ctx, c, "/v1/ledgers", nil)
}
