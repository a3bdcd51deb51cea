package settings

import "time"

// A storedEndpoint is an endpoint in a record: all of it where it is made, changed, paused or resumed; of one that is
// rotated or deleted the id and the name.
type storedEndpoint struct {
	ID       string         `json:"id"`
	Name     string         `json:"name,omitempty"`
	URL      string         `json:"url,omitempty"`
	Ledger   string         `json:"ledger,omitempty"`
	Types    []string       `json:"types,omitempty"`
	Accounts []string       `json:"accounts,omitempty"`
	Format   Format         `json:"format,omitempty"`
	State    State          `json:"state,omitempty"`
	Reason   string         `json:"reason,omitempty"`
	Record   uint64         `json:"record,omitempty"` // where it began
	Secret   *storedSigning `json:"secret,omitempty"` // a new one
	Until    time.Time      `json:"until,omitzero"`   // when those before it expire
}

// A storedSigning is a secret of an endpoint, encrypted.
type storedSigning struct {
	ID     string `json:"id"`
	Sealed []byte `json:"sealed"`
}

// storedOf returns what a record keeps of an endpoint. An empty list is none: it means the same.
func storedOf(e *Endpoint) *storedEndpoint {
	return &storedEndpoint{ID: e.ID, Name: e.Name, URL: e.URL, Ledger: e.Ledger, Types: copied(e.Types),
		Accounts: copied(e.Accounts), Format: e.Format, State: e.State, Reason: e.Reason, Record: e.Record}
}

// endpoint returns the endpoint that a record made.
func (s *storedEndpoint) endpoint(at time.Time) *endpoint {
	return &endpoint{
		Endpoint: Endpoint{ID: s.ID, Name: s.Name, URL: s.URL, Ledger: s.Ledger, Types: s.Types, Accounts: s.Accounts,
			Format: s.Format, State: s.State, Reason: s.Reason, Record: s.Record, Created: at},
		secrets: []endpointSecret{s.signing()},
	}
}

// signing returns the secret that a record made.
func (s *storedEndpoint) signing() endpointSecret {
	return endpointSecret{sealed: sealed{id: signingID(s.ID, s.Secret.ID), box: s.Secret.Sealed}}
}

// change returns what a record makes of an endpoint.
func (s *storedEndpoint) change(before *endpoint) *endpoint {
	c := before.clone()
	c.Name, c.URL, c.Types, c.Accounts, c.Format = s.Name, s.URL, s.Types, s.Accounts, s.Format
	c.State, c.Reason = s.State, s.Reason
	return c
}

// rotate returns an endpoint with the secret that a record made. Those before it expire when the record says, unless
// they do sooner; those that have expired are left out.
func (s *storedEndpoint) rotate(before *endpoint, at time.Time) *endpoint {
	c := before.clone()
	c.secrets = nil
	for _, old := range before.secrets {
		if old.expires.IsZero() || s.Until.Before(old.expires) {
			old.expires = s.Until
		}
		if old.live(at) {
			c.secrets = append(c.secrets, old)
		}
	}
	c.secrets = append(c.secrets, s.signing())
	return c
}

// copied returns a copy of a list, nil if it is empty, as JSON has it when it is read again.
func copied(l []string) []string { return append([]string(nil), l...) }
