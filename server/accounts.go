package server

import (
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// accountsParams say which accounts are wanted.
type accountsParams struct {
	Account    []string          `query:"account" doc:"an id, or a pattern such as seller:*; may be repeated"`
	Kind       accounts.Kind     `query:"kind" doc:"sub, platform, liable, provider, bank or fx"`
	Status     status            `query:"status" doc:"open, frozen or closed"`
	Holder     string            `query:"holder" doc:"a part of whose it is, whatever its capitals"`
	Prefix     string            `query:"prefix" doc:"with which ids begin"`
	ProviderID string            `query:"provider_id" doc:"what a provider calls the account"`
	Metadata   map[string]string `query:"metadata." doc:"metadata.KEY=VALUE: accounts that have it"`
	Negative   bool              `query:"negative" doc:"only those below zero, by currency, with what they owe and since when"`
	recordedOf
}

// A status of an account, or any.
type status struct{ *accounts.Status }

// Set reads the name of a status.
func (s *status) Set(text string) error {
	is, err := accounts.ParseStatus(text)
	s.Status = &is
	return err
}

// filter is what is asked for, of accounts that the key is for.
func (p *accountsParams) filter(c *call) (query.AccountFilter, error) {
	names, err := c.seen(p.Account)
	return query.AccountFilter{Accounts: names, Kind: p.Kind, Status: p.Status.Status, Holder: p.Holder, Metadata: p.Metadata}, err
}

// seen are the accounts, or patterns, that were named, or else those that the key is for. One that it is not for is refused.
func (c *call) seen(names []string) ([]string, error) {
	if len(names) == 0 {
		return c.who.Accounts, nil
	}
	for _, name := range names {
		if err := c.seesAccount(accounts.ID(name)); err != nil && !slices.Contains(c.who.Accounts, name) {
			return nil, err
		}
	}
	return names, nil
}

// has reports whether an account is one by what the filter of package query does not have.
func (p *accountsParams) has(a *query.Account) bool {
	return strings.HasPrefix(string(a.Account), p.Prefix) && (p.ProviderID == "" ||
		slices.ContainsFunc(slices.Collect(maps.Values(a.ProviderIDs)), func(ids []string) bool { return slices.Contains(ids, p.ProviderID) }))
}

// listAccounts lists accounts.
func listAccounts(c *call, p *accountsParams) (rows[query.Account], error) {
	f, err := p.filter(c)
	return recorded(c, &p.recordedOf, func(b *query.Books) iter.Seq2[query.Account, error] {
		list, err := b.Accounts(f)
		return query.All(slices.DeleteFunc(list, func(a query.Account) bool { return !p.has(&a) }), err)
	}), err
}

// listNegatives lists accounts below zero.
func listNegatives(c *call, p *accountsParams) (rows[query.Negative], error) {
	f, err := p.filter(c)
	if p.ProviderID != "" {
		return nil, &ledger.Error{Code: ledger.Invalid, Field: "provider_id", Message: "expected none with negative=true"}
	}
	return recorded(c, &p.recordedOf, func(b *query.Books) iter.Seq2[query.Negative, error] {
		list, err := b.Negatives(c.ctx(), f, p.now(c.server.now()))
		return query.All(slices.DeleteFunc(list, func(n query.Negative) bool { return !strings.HasPrefix(string(n.Account), p.Prefix) }), err)
	}), err
}

// accountsRoute lists accounts, or what those below zero owe.
func accountsRoute() *Route {
	r := list(InLedger+"/accounts", Read, "Accounts", listAccounts)
	r.Doc = "With negative=true the rows are those of accounts below zero, by currency, with what they owe and since when."
	usual := r.handle
	r.handle = func(c *call) error {
		if c.query().Get("negative") == "true" {
			return answerList(c, listNegatives)
		}
		return usual(c)
	}
	return r
}

// An AccountSheet is an account with what it has.
type AccountSheet struct {
	query.Account
	Balances []query.Holdings `json:"balances"`
}

// accountParams say which account is wanted, as of when.
type accountParams struct {
	ID accounts.ID `path:"id" doc:"of the account"`
	asOf
}

// account answers with an account and what it has.
func account(c *call, p *accountParams) (*AccountSheet, error) {
	b, when, err := p.one(c)
	if err != nil {
		return nil, err
	}
	list, err := b.Accounts(query.AccountFilter{Accounts: []string{string(p.ID)}})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 { // not yet, then
		return nil, query.NoAccount(b.Ledger, p.ID)
	}
	has, err := b.Balances(query.BalanceFilter{AccountFilter: query.AccountFilter{Accounts: []string{string(p.ID)}}, AsOf: when})
	sheet := &AccountSheet{list[0], make([]query.Holdings, len(has))}
	for i := range has {
		sheet.Balances[i] = has[i].Holdings
	}
	return sheet, err
}

// one checks that the account may be seen, and returns the books that the question is about.
func (p *accountParams) one(c *call) (*query.Books, ledger.AsOf, error) {
	b := c.pinned()
	when, err := p.asked(c.server.now())
	if err == nil {
		err = c.seesAccount(p.ID)
	}
	return b, when, err
}

// explainParams say which balances of an account are taken apart.
type explainParams struct {
	accountParams
	Currency money.Currency `query:"currency" doc:"only this one"`
}

// explained answers with what the balances of an account are made of.
func explained(c *call, p *explainParams) (*List[query.Explanation], error) {
	b, when, err := p.one(c)
	if err != nil {
		return nil, err
	}
	list, err := b.Explain(c.ctx(), p.ID, query.ExplainFilter{AsOf: when, Currency: p.Currency})
	return all(list), err
}

// statementParams say which postings of an account are wanted.
type statementParams struct {
	ID       accounts.ID    `path:"id" doc:"of the account"`
	Currency money.Currency `query:"currency" doc:"only this one"`
	Order    statementOrder `query:"order" doc:"effective: by when things happened; recorded: as they were booked" enum:"effective,recorded"`
	within
	At       query.Moment `query:"as_of" doc:"what had happened by this time, day or month: an earlier end than to"`
	Recorded query.Moment `query:"recorded" doc:"what the books knew by this time, day or month"`
}

// A statementOrder is that of the rows of a statement.
type statementOrder string

// Set reads the name of an order.
func (o *statementOrder) Set(text string) error {
	if *o = statementOrder(text); text != "effective" && text != "recorded" {
		return fmt.Errorf("expected effective or recorded, found %q", text)
	}
	return nil
}

// filter is what is asked for, and the books that it is asked of.
func (p *statementParams) filter(c *call, b *query.Books) (*query.Books, query.StatementFilter, error) {
	period, err := p.period()
	as := asOf{p.At, p.Recorded, p.Zone}
	if err == nil {
		_, err = as.asked(c.server.now())
	}
	if end := p.At.Last(p.Zone.location()); err == nil && p.At.Given() && (period.To.IsZero() || !end.Before(period.From) && end.Before(period.To)) {
		period.To = end.Add(1)
	}
	if err == nil {
		b, err = (&recordedOf{p.Recorded, p.Zone}).books(c, b)
	}
	return b, query.StatementFilter{Within: period, Recorded: p.Order == "recorded", Currency: p.Currency, Details: true}, err
}

// statement answers with a page of a statement, or with all rows as CSV.
func (c *call) statement() error {
	var p statementParams
	var of page
	of.defaults()
	if err := c.params(&p, &of); err != nil {
		return err
	}
	if err := of.check(); err != nil {
		return err
	}
	if err := c.seesAccount(p.ID); err != nil {
		return err
	}
	b, f, err := p.filter(c, c.pinned())
	if err != nil {
		return err
	}
	if c.wantsCSV() {
		return c.csv(func(w io.Writer, s columns.Style) error {
			return columns.WriteCSV(w, s, b.Statement(c.ctx(), p.ID, f))
		})
	}
	defer c.within(readTime)()
	s, err := b.StatementPage(c.ctx(), p.ID, f, query.PageRequest{List: string(p.ID) + " " + c.listName(), After: of.After, Limit: of.Limit})
	if err != nil {
		return err
	}
	s.Zone = p.Zone.location().String()
	if !p.Recorded.Given() {
		c.record(s.Record)
	}
	return c.answer(s)
}

// accountRoutes answer what there is on accounts.
func accountRoutes() []*Route {
	return []*Route{
		accountsRoute(),
		ask(InLedger+"/accounts/{id}", Read, "An account, and what it has", account),
		{Method: http.MethodGet, Path: InLedger + "/accounts/{id}/statement", Scope: Read, Summary: "What was booked on an account",
			Doc: "One row a posting. The first page has the totals of the whole period, which lead from the opening balances to the " +
				"closing ones.",
			Params: typeOf[statementParams](), Answers: has[query.StatementPage](), Paged: true, CSV: true, handle: (*call).statement},
		ask(InLedger+"/accounts/{id}/explain", Read, "What the balances of an account are made of", explained,
			func(w io.Writer, s columns.Style, _ *explainParams, list *List[query.Explanation]) error {
				return columns.WriteCSV(w, s, query.Each(query.ExplainRecords(list.Data)))
			}),
	}
}
