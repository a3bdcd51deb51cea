package server

import (
	"net/http"
	"strconv"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/server/settings"
)

// CreatedKey is a key with its text, which is shown this once.
type CreatedKey struct {
	*settings.Key
	Text string `json:"key" doc:"for the header Authorization; nobody can be shown it again"`
}

// NewLedger says what ledger is wanted.
type NewLedger struct {
	Name   string  `json:"name" doc:"1 to 63 lower case letters, digits and dashes"`
	Assets []Asset `json:"assets,omitempty" doc:"currencies of the ledger's own"`
}

// ofID is the parameter of routes of one thing.
type ofID struct {
	ID string `path:"id" doc:"as the list has it"`
}

// adminRoutes are of keys, providers' secrets, ledgers and the audit.
func adminRoutes() []*Route {
	return []*Route{
		ask("/v1/keys", Admin, "API keys, without their secrets", func(c *call, p *page) (*List[*settings.Key], error) {
			return pageOf(c.store().Keys(), p, func(k *settings.Key) string { return k.ID })
		}),
		{Method: http.MethodPost, Path: "/v1/keys", Scope: Admin, Summary: "Make an API key", Status: http.StatusCreated,
			Doc:  "The answer has the key's text, this once. A name that a living key has is refused.",
			Body: takes[settings.NewKey](), Answers: has[CreatedKey](), handle: (*call).createKey},
		{Method: http.MethodDelete, Path: "/v1/keys/{id}", Scope: Admin, Summary: "Revoke an API key, from the next request on",
			Params: typeOf[ofID](), Status: http.StatusNoContent, handle: func(c *call) error {
				return c.drop(func(by settings.Actor) error { return c.store().RevokeKey(by, c.r.PathValue("id")) })
			}},
		ask("/v1/providers/{provider}/secrets", Admin, "What a provider's notifications are verified with, without the secrets",
			func(c *call, p *struct {
				Provider string `path:"provider" doc:"such as adyen"`
			}) (*List[settings.ProviderSecret], error) {
				return &List[settings.ProviderSecret]{Data: append([]settings.ProviderSecret{}, c.store().Secrets(p.Provider)...)}, nil
			}),
		{Method: http.MethodPost, Path: "/v1/providers/{provider}/secrets", Scope: Admin, Summary: "Keep a secret of a provider, beside those there are",
			Status: http.StatusCreated, Params: typeOf[struct {
				Provider string `path:"provider" doc:"such as adyen"`
			}](), Body: takes[secretBody](), Answers: has[settings.ProviderSecret](), handle: (*call).addSecret},
		{Method: http.MethodDelete, Path: "/v1/providers/{provider}/secrets/{id}", Scope: Admin, Summary: "Remove a secret of a provider",
			Params: typeOf[struct {
				Provider string `path:"provider" doc:"such as adyen"`
				ID       string `path:"id" doc:"as the list has it"`
			}](), Status: http.StatusNoContent, handle: func(c *call) error {
				return c.drop(func(by settings.Actor) error {
					return c.store().RemoveSecret(by, c.r.PathValue("provider"), c.r.PathValue("id"))
				})
			}},
		{Method: http.MethodPost, Path: "/v1/ledgers", Scope: Admin, Summary: "Make a ledger", Status: http.StatusCreated,
			Body: takes[NewLedger](), Answers: has[LedgerState](), handle: (*call).createLedger},
		ask("/v1/audit", Admin, "Changes of settings and refusals of access, the newest first", (*call).audit),
	}
}

// store has the settings. A server without any answers that there are none.
func (c *call) store() *settings.Store {
	if s := c.server.options.Settings; s != nil {
		return s
	}
	panic(noSettings)
}

// noSettings is answered by a server that has no settings.
var noSettings = ledger.Errorf(NotFound, "this server has no settings: it was not started by 'splitledger serve'")

// drop removes something, and answers without a body.
func (c *call) drop(f func(by settings.Actor) error) error {
	err := c.params()
	if err == nil {
		err = f(c.actor(http.StatusNoContent))
	}
	if err != nil {
		return err
	}
	c.status = http.StatusNoContent
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// createKey makes a key.
func (c *call) createKey() error {
	var n settings.NewKey
	if err := c.decode(&n); err != nil {
		return err
	}
	k, text, err := c.store().CreateKey(c.actor(http.StatusCreated), n)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", "/v1/keys/"+k.ID)
	return c.answer(CreatedKey{k, text})
}

// secretBody is a secret of the provider of the path.
type secretBody struct {
	Ledger   string `json:"ledger" doc:"that notifications are booked in"`
	Account  string `json:"account,omitempty" doc:"at the provider, for those who look at the list"`
	TestMode bool   `json:"testMode,omitempty" doc:"of the provider's test mode"`
	Secret   string `json:"secret" doc:"as the provider shows it"`
}

// addSecret keeps a secret of a provider.
func (c *call) addSecret() error {
	var b secretBody
	if err := c.decode(&b); err != nil {
		return err
	}
	s, err := c.store().AddSecret(c.actor(http.StatusCreated), settings.NewSecret{Provider: c.r.PathValue("provider"),
		Ledger: b.Ledger, Account: b.Account, TestMode: b.TestMode, Secret: b.Secret})
	if err != nil {
		return err
	}
	return c.answer(s)
}

// createLedger makes a ledger.
func (c *call) createLedger() error {
	var n NewLedger
	if err := c.decode(&n); err != nil {
		return err
	}
	create := c.server.options.Create
	if create == nil {
		return noSettings
	}
	if !c.who.mayUse(n.Name) {
		return ledger.Errorf(Forbidden, "this key is not for ledger %s", n.Name)
	}
	assets := make([]money.Asset, len(n.Assets))
	for i, a := range n.Assets {
		assets[i] = money.Asset{Code: a.Code, Exponent: a.Exponent}
	}
	if err := create(n.Name, assets); err != nil {
		return err
	}
	c.w.Header().Set("Location", "/v1/ledgers/"+n.Name)
	if store := c.server.options.Settings; store != nil {
		if err := store.Note(settings.AuditEntry{By: c.who.By, Address: address(c.r), Action: "ledger.create", Target: n.Name,
			RequestID: c.id, Status: http.StatusCreated}); err != nil {
			return err
		}
	}
	return c.answer(c.server.hosted(n.Name).state())
}

// auditParams say which entries are wanted.
type auditParams struct {
	page
	within
	By     string `query:"by" doc:"who did it"`
	Action string `query:"action" doc:"such as key.create, or key.* for all that begin so"`
}

// audit lists what was changed and refused.
func (c *call) audit(p *auditParams) (*List[settings.AuditEntry], error) {
	period, err := p.period()
	if err != nil {
		return nil, err
	}
	f := settings.AuditFilter{By: p.By, Action: p.Action, From: period.From, To: period.To}
	if p.After != "" {
		if f.Before, err = strconv.ParseUint(p.After, 10, 64); err != nil {
			return nil, &ledger.Error{Code: ledger.Invalid, Field: "after", Message: "expected next of the page before"}
		}
	}
	l := &List[settings.AuditEntry]{Data: []settings.AuditEntry{}}
	if err := p.check(); err != nil {
		return nil, err
	}
	for e, err := range c.store().Audit(c.r.Context(), f) {
		if err != nil {
			return nil, err
		}
		if len(l.Data) == p.Limit {
			l.Next = strconv.FormatUint(l.Data[p.Limit-1].Record, 10)
			break
		}
		l.Data = append(l.Data, e)
	}
	return l, nil
}

// pageOf returns a page of a list that is in memory, the oldest first. The cursor is the id of the last row.
func pageOf[T any](all []T, p *page, id func(T) string) (*List[T], error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	l := &List[T]{Data: []T{}}
	begun := p.After == ""
	for _, row := range all {
		switch {
		case !begun:
			begun = id(row) == p.After
		case len(l.Data) == p.Limit:
			l.Next = id(l.Data[p.Limit-1])
			return l, nil
		default:
			l.Data = append(l.Data, row)
		}
	}
	if !begun {
		return nil, &ledger.Error{Code: ledger.Invalid, Field: "after", Message: "expected next of the page before, of something that is still there"}
	}
	return l, nil
}
